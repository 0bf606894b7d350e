//! The tools of an MCP server, as its `tools/list` tells them.

use bailiwick_engine::operation::declared::{Record, Type};
use bailiwick_engine::policy::declared::Holder;
use serde_json::Value;

use crate::json_schema::{Reader, encoded};
use crate::{ImportError, Note, separate_choices};

/// A tool and what it is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub arguments: Record,
}

/// Reads a `tools/list` result, or the JSON-RPC response that it came in, or its list alone.
///
/// # Errors
///
/// [`ImportError::NoTools`].
pub fn read(document: &Value) -> Result<(Vec<Tool>, Vec<Note>), ImportError> {
    let list = list(document).ok_or(ImportError::NoTools)?;
    let (mut tools, mut notes) = (Vec::<Tool>::new(), Vec::new());
    if next_page(document) {
        notes.push(Note {
            place: "nextCursor".to_owned(),
            message: "there are more tools than in this list".to_owned(),
        });
    }
    for tool in list {
        let name = tool.get("name").and_then(Value::as_str);
        let name = name.ok_or(ImportError::NoTools)?;
        let place = encoded(name);
        if tools.iter().any(|known| known.name == name) {
            notes.push(Note {
                place,
                message: "there is another tool of this name before it, so this is left out"
                    .to_owned(),
            });
            continue;
        }
        let schema = tool.get("inputSchema").unwrap_or(&Value::Null);
        let mut reader = Reader::new(schema);
        let arguments = if let Type::Object(record) = reader.declared(schema, &place, 0).of {
            record
        } else {
            reader.note(
                &place,
                "no object is what it is called with, so its arguments pass unseen",
            );
            Record {
                passes_others: true,
                ..Record::default()
            }
        };
        notes.append(&mut reader.notes);
        let mut tool = Tool {
            name: name.to_owned(),
            arguments,
        };
        separate_choices(Holder::Arguments, &mut tool.arguments, &place, &mut notes);
        tools.push(tool);
    }
    Ok((tools, notes))
}

/// The list of tools in a document, if it has one.
pub(crate) fn list(document: &Value) -> Option<&Vec<Value>> {
    let result = document.get("result").unwrap_or(document);
    let list = result.get("tools").unwrap_or(result).as_array()?;
    let is_tool = |tool: &Value| tool.get("name").is_some_and(Value::is_string);
    (!list.is_empty() && list.iter().all(is_tool)).then_some(list)
}

fn next_page(document: &Value) -> bool {
    let result = document.get("result").unwrap_or(document);
    result
        .get("nextCursor")
        .is_some_and(|cursor| !cursor.is_null())
}

#[cfg(test)]
mod tests;
