//! Declarations as a configuration writes them.

use bailiwick_engine::operation::declared::{Member, Record, Type};
use bailiwick_engine::operation::http::parameters::Parameters;
use serde_json::{Map, Value, json};

use crate::openapi::Operation;
use crate::tools::Tool;

/// What a route's `mcp` has of a server's tools.
#[must_use]
pub fn of_tools(server: &str, tools: &[Tool]) -> Value {
    let names: Vec<_> = tools.iter().map(|tool| tool.name.as_str()).collect();
    let arguments: Map<_, _> = tools
        .iter()
        .map(|tool| (tool.name.clone(), Value::Object(record(&tool.arguments))))
        .collect();
    json!({"mcp": {"server": server, "tools": names, "arguments": arguments}})
}

/// What a route's `http` has of a description's operations.
#[must_use]
pub fn of_operations(operations: &[Operation]) -> Value {
    let operations = operations.iter().map(|operation| {
        json!({
            "name": operation.name,
            "method": operation.method,
            "path": operation.path,
            "parameters": parameters(&operation.parameters),
        })
    });
    json!({"http": {"operations": operations.collect::<Vec<_>>()}})
}

fn parameters(of: &Parameters) -> Value {
    let mut all = Map::new();
    let headers = of.headers.iter().map(|(_, member)| member.clone());
    for (name, list) in [
        ("path", of.path.clone()),
        ("query", of.query.clone()),
        ("headers", headers.collect()),
    ] {
        if !list.is_empty() {
            all.insert(name.to_owned(), Value::Object(members(&list)));
        }
    }
    others(&mut all, of.passes_others);
    Value::Object(all)
}

fn record(of: &Record) -> Map<String, Value> {
    let mut all = Map::new();
    if !of.members.is_empty() {
        all.insert("members".to_owned(), Value::Object(members(&of.members)));
    }
    others(&mut all, of.passes_others);
    all
}

fn others(all: &mut Map<String, Value>, pass: bool) {
    if pass {
        all.insert("others".to_owned(), "pass".into());
    }
}

fn members(of: &[Member]) -> Map<String, Value> {
    let members = of.iter().map(|member| {
        let mut declaration = declaration(&member.of);
        for (name, is_so) in [("optional", member.optional), ("nullable", member.nullable)] {
            if is_so {
                declaration.insert(name.to_owned(), true.into());
            }
        }
        (member.name.to_string(), Value::Object(declaration))
    });
    members.collect()
}

/// One type alone.
#[cfg(test)]
pub(crate) fn shown(of: &Type) -> Value {
    Value::Object(declaration(of))
}

fn declaration(of: &Type) -> Map<String, Value> {
    let name = match of {
        Type::Any => "any",
        Type::Boolean => "boolean",
        Type::Integer => "integer",
        Type::Decimal => "decimal",
        Type::Text | Type::Choice(_) => "string",
        Type::Date => "date",
        Type::DateTime => "datetime",
        Type::List(_) => "array",
        Type::Object(_) => "object",
    };
    let mut all = Map::new();
    all.insert("type".to_owned(), name.into());
    match of {
        Type::Choice(words) => {
            let words = words.iter().map(|word| Value::from(&**word));
            all.insert("enum".to_owned(), words.collect());
        }
        Type::List(element) => {
            all.insert("items".to_owned(), Value::Object(declaration(element)));
        }
        Type::Object(of) => all.extend(record(of)),
        Type::Any
        | Type::Boolean
        | Type::Integer
        | Type::Decimal
        | Type::Text
        | Type::Date
        | Type::DateTime => {}
    }
    all
}
