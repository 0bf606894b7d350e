//! Tools and the Cedar schemas that `cedar-for-agents` makes of them: each argument must come out as the same type here. What differs
//! is how a tool's arguments are reached (there by an action for each tool, here by the resource in a policy's scope), which is
//! not compared, and what entities and common types are called, which is resolved.

use bailiwick_engine::policy::declared::{Holder, schema_text};
use bailiwick_import::tools;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cedar_policy::SchemaFragment;
use serde_json::{Map, Value};

use crate::{BESIDE, Suite, Verdict, text};

pub(crate) const SUITE: Suite = Suite {
    name: "cedar-for-agents",
    files: &[
        "rust/cedar-policy-mcp-schema-generator/examples/strands/strands_tools.json",
        "rust/cedar-policy-mcp-schema-generator/examples/simple/tool.json",
    ],
    judge,
};

/// The extension of the schemas.
pub(crate) const SCHEMAS: &str = "cedarschema";

fn judge(file: &str, document: &Value) -> Vec<Verdict> {
    let name = file.rsplit('/').next().unwrap_or(file);
    match compare(name, document) {
        Ok(verdicts) => verdicts,
        Err(why) => vec![Verdict {
            case: name.to_owned(),
            fault: Some(why),
        }],
    }
}

fn compare(name: &str, document: &Value) -> Result<Vec<Verdict>, String> {
    let stem = name.trim_end_matches(".json");
    // The variants of one tool's schema are called after the options that they were made with.
    let beside = [
        format!("{stem}.{SCHEMAS}"),
        format!("{stem}_default.{SCHEMAS}"),
    ];
    let all = document.get(BESIDE).unwrap_or(&Value::Null);
    let schema = beside.iter().find_map(|name| all.get(name)?.as_str());
    let schema = URL_SAFE_NO_PAD
        .decode(schema.ok_or("there is no schema beside it")?)
        .map_err(|error| error.to_string())?;
    let expected = json_of(&String::from_utf8_lossy(&schema))?;
    let (tools, _) = tools::read(&listed(document)).map_err(|error| error.to_string())?;
    let mut verdicts = Vec::new();
    for tool in tools {
        let declared = schema_text(Holder::Arguments, &tool.arguments)?;
        let declared = json_of(&declared)?;
        let found = declared.pointer("//entityTypes/Arguments/shape/attributes");
        let common = format!("/MyMcpServer/commonTypes/{}Input/attributes", tool.name);
        let wanted = expected.pointer(&common);
        let none = Map::new();
        let members =
            |value: Option<&Value>| value.and_then(Value::as_object).unwrap_or(&none).clone();
        let (found, wanted) = (members(found), members(wanted));
        let mut names: Vec<_> = found.keys().chain(wanted.keys()).collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            verdicts.push(Verdict {
                case: format!("{name}#{}", tool.name),
                fault: None,
            });
        }
        for argument in names {
            let shown =
                |schema: &Value, namespace: &str, of: &Map<String, Value>| match of.get(argument) {
                    Some(attribute) => Types(schema).attribute(attribute, namespace, 0),
                    None => "nothing".to_owned(),
                };
            let wanted = shown(&expected, "MyMcpServer", &wanted);
            let found = shown(&declared, "", &found);
            verdicts.push(Verdict {
                case: format!("{name}#{}/{argument}", tool.name),
                fault: (wanted != found).then(|| format!("should be `{wanted}`, is `{found}`")),
            });
        }
    }
    Ok(verdicts)
}

/// The tools as MCP lists them: some of these have the schema one level deeper, or are one tool alone.
fn listed(document: &Value) -> Value {
    let list = document.pointer("/result/tools").and_then(Value::as_array);
    let mut tools = list.cloned().unwrap_or_else(|| vec![document.clone()]);
    for tool in &mut tools {
        if let Some(inner) = tool.pointer("/inputSchema/json").cloned()
            && let Some(members) = tool.as_object_mut()
        {
            members.insert("inputSchema".to_owned(), inner);
        }
    }
    Value::Array(tools)
}

fn json_of(schema: &str) -> Result<Value, String> {
    let (fragment, _) =
        SchemaFragment::from_cedarschema_str(schema).map_err(|error| error.to_string())?;
    fragment.to_json_value().map_err(|error| error.to_string())
}

/// A schema in JSON form, whose types are written out without names.
struct Types<'s>(&'s Value);

/// Types may have themselves in them.
const DEEPEST: usize = 12;

impl Types<'_> {
    fn attribute(&self, attribute: &Value, namespace: &str, depth: usize) -> String {
        let is_required = attribute.get("required") != Some(&Value::Bool(false));
        let shown = self.of(attribute, namespace, depth);
        if is_required {
            shown
        } else {
            format!("{shown}?")
        }
    }

    fn of(&self, shape: &Value, namespace: &str, depth: usize) -> String {
        if depth > DEEPEST {
            return "...".to_owned();
        }
        let below = depth.saturating_add(1);
        match text(shape, "type") {
            "Set" => {
                let element = shape.get("element").unwrap_or(&Value::Null);
                format!("Set<{}>", self.of(element, namespace, below))
            }
            "Record" => {
                let attributes = shape.get("attributes").and_then(Value::as_object);
                let mut shown: Vec<_> = attributes
                    .into_iter()
                    .flatten()
                    .map(|(name, of)| format!("{name}: {}", self.attribute(of, namespace, below)))
                    .collect();
                shown.sort();
                format!("{{{}}}", shown.join(", "))
            }
            "EntityOrCommon" | "Entity" | "Extension" => {
                self.named(text(shape, "name"), namespace, below)
            }
            other => self.named(other, namespace, below),
        }
    }

    /// What a name stands for: an entity is what it has.
    fn named(&self, name: &str, namespace: &str, depth: usize) -> String {
        let (own, last) = name.rsplit_once("::").unwrap_or((namespace, name));
        let of = |namespace: &str| {
            let all = self.0.get(namespace)?;
            let common = all.get("commonTypes").and_then(|types| types.get(last));
            if let Some(shape) = common {
                return Some(self.of(shape, namespace, depth));
            }
            let entity = all.get("entityTypes")?.get(last)?;
            if let Some(words) = entity.get("enum") {
                return Some(format!("enum{words}"));
            }
            if let Some(tags) = entity.get("tags") {
                return Some(format!("tags<{}>", self.of(tags, namespace, depth)));
            }
            let attributes = entity.get("shape")?;
            Some(self.of(attributes, namespace, depth))
        };
        of(own)
            .or_else(|| of(""))
            .unwrap_or_else(|| last.to_owned())
    }
}
