//! The operations of an OpenAPI description (3.0 and 3.1), with their parameters.

mod parameter;

use bailiwick_engine::operation::http::parameters::Parameters;
use bailiwick_engine::policy::declared::Holder;
use serde_json::{Map, Value};

use self::parameter::Found;
use crate::json_schema::{Reader, encoded};
use crate::{ImportError, Note, separate_choices};

/// An operation and what it is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name: the `operationId`, or else one made of method and path.
    pub name: String,
    /// The method.
    pub method: String,
    /// The path template, below the first server's.
    pub path: String,
    /// Its parameters.
    pub parameters: Parameters,
}

/// The members of a path item that are operations, and what each is as a method.
const METHODS: [(&str, &str); 8] = [
    ("delete", "DELETE"),
    ("get", "GET"),
    ("head", "HEAD"),
    ("options", "OPTIONS"),
    ("patch", "PATCH"),
    ("post", "POST"),
    ("put", "PUT"),
    ("trace", "TRACE"),
];

/// Members of the objects of a description that have nothing to do with which requests there are.
const OF_DOCUMENT: [&str; 9] = [
    "openapi",
    "info",
    "jsonSchemaDialect",
    "servers",
    "paths",
    "components",
    "tags",
    "externalDocs",
    "security",
];
const OF_PATH: [&str; 4] = ["$ref", "summary", "description", "parameters"];
const OF_OPERATION: [&str; 9] = [
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "parameters",
    "responses",
    "deprecated",
    "security",
];

/// Reads a description.
///
/// # Errors
///
/// [`ImportError::NoOpenApi`] and [`ImportError::NoOperation`].
pub fn read(document: &Value) -> Result<(Vec<Operation>, Vec<Note>), ImportError> {
    let says = ["openapi", "swagger"]
        .into_iter()
        .find_map(|name| document.get(name)?.as_str());
    let version = says.unwrap_or_default();
    if !(version.starts_with("3.0") || version.starts_with("3.1")) {
        return Err(ImportError::NoOpenApi {
            version: version.to_owned(),
        });
    }
    let mut reader = if version.starts_with("3.0") {
        Reader::of_openapi_30(document)
    } else {
        Reader::new(document)
    };
    unknown(&mut reader, document, &OF_DOCUMENT, "#");
    if document.get("security").is_some()
        || document.pointer("/components/securitySchemes").is_some()
    {
        reader.note(
            "#/security",
            "security schemes are not imported: the configuration says whose tokens count",
        );
    }
    let base = base(&mut reader, document);
    let mut operations: Vec<Operation> = Vec::new();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let place = format!("#/paths/{}", encoded(path));
        let Some(item) = target(&mut reader, item, &place) else {
            continue;
        };
        unknown_of_path(&mut reader, item, &place);
        for (member, method) in METHODS {
            let Some(of) = item.get(member) else {
                continue;
            };
            let place = format!("{place}/{member}");
            let shared = item.get("parameters");
            if let Some(mut operation) =
                operation(&mut reader, (of, shared), &base, path, (method, &place))
            {
                operation.name = free_name(&mut reader, &operations, operation.name, &place);
                operations.push(operation);
            }
        }
    }
    if operations.is_empty() {
        return Err(ImportError::NoOperation);
    }
    Ok((operations, reader.notes))
}

/// An object, or what a reference leads to.
fn target<'d>(
    reader: &mut Reader<'d>,
    value: &'d Value,
    place: &str,
) -> Option<&'d Map<String, Value>> {
    let target = match value.get("$ref").and_then(Value::as_str) {
        None => Some(value),
        Some(reference) => {
            let target = reader.resolve(reference);
            if target.is_none() {
                reader.note(
                    place,
                    format!("`{reference}` is not in the document, so this is left out"),
                );
            }
            target
        }
    };
    let object = target?.as_object();
    if object.is_none() {
        reader.note(place, "this is no object, so it is left out");
    }
    object
}

/// The path that all others are below: that of the first server.
fn base(reader: &mut Reader<'_>, document: &Value) -> String {
    let servers = document.get("servers").and_then(Value::as_array);
    let Some(url) = servers.and_then(|all| all.first()?.get("url")?.as_str()) else {
        return String::new();
    };
    if servers.is_some_and(|all| all.len() > 1) {
        reader.note(
            "#/servers",
            format!("only `{url}`, which is the first, says what paths are below"),
        );
    }
    let behind = url.split_once("://").map_or(url, |(_, rest)| {
        rest.find('/')
            .and_then(|at| rest.get(at..))
            .unwrap_or_default()
    });
    let path = behind.trim_end_matches('/');
    if path.contains(['{', '?', '#']) || !(path.is_empty() || path.starts_with('/')) {
        reader.note(
            "#/servers",
            format!("`{url}` has no plain path, so paths are taken as they are"),
        );
        return String::new();
    }
    path.to_owned()
}

fn operation<'d>(
    reader: &mut Reader<'d>,
    (of, shared): (&'d Value, Option<&'d Value>),
    base: &str,
    path: &str,
    (method, place): (&str, &str),
) -> Option<Operation> {
    let of = of.as_object()?;
    let (template, names) = template(path).map_or_else(
        || {
            reader.note(
                place,
                format!("`{path}` has a parameter that is no whole segment, so this is left out"),
            );
            None
        },
        Some,
    )?;
    unknown(reader, &Value::Object(of.clone()), &OF_OPERATION, place);
    if of.contains_key("requestBody") {
        reader.note(
            &format!("{place}/requestBody"),
            "bodies of plain HTTP pass unseen",
        );
    }
    let mut found = Found::new(&names);
    let own = of.get("parameters");
    for (list, at) in [(own, place), (shared, place)] {
        for parameter in list.and_then(Value::as_array).into_iter().flatten() {
            if let Some(parameter) = target(reader, parameter, at) {
                found.add(reader, parameter, at);
            }
        }
    }
    let mut parameters = found.finish(reader, place);
    separate(&mut parameters, place, &mut reader.notes);
    Some(Operation {
        name: name(reader, of, method, path, place),
        method: method.to_owned(),
        path: format!("{base}{template}"),
        parameters,
    })
}

/// Lets no two enumerations of an operation be one in policies.
fn separate(parameters: &mut Parameters, place: &str, notes: &mut Vec<Note>) {
    use bailiwick_engine::operation::declared::Type;

    let mut record = parameters.record();
    let before = notes.len();
    separate_choices(Holder::Parameters, &mut record, place, notes);
    if notes.len() == before {
        return;
    }
    let mut lists = record.members.into_iter().filter_map(|member| {
        if let Type::Object(record) = member.of {
            Some(record.members)
        } else {
            None
        }
    });
    let mut next = || lists.next().unwrap_or_default();
    (parameters.path, parameters.query) = (next(), next());
    let headers = next();
    for ((_, member), new) in parameters.headers.iter_mut().zip(headers) {
        *member = new;
    }
}

/// A template as routes have them, and its parameters as (name here, name in the document).
fn template(path: &str) -> Option<(String, Vec<(String, String)>)> {
    let mut names: Vec<(String, String)> = Vec::new();
    let segments = path.split('/').map(|segment| {
        if !segment.contains(['{', '}']) {
            return Some(segment.to_owned());
        }
        let written = segment.strip_prefix('{')?.strip_suffix('}')?;
        let is_one = !written.is_empty() && !written.contains(['{', '}']);
        let mut name = is_one.then(|| identifier(written))?;
        while names.iter().any(|(known, _)| *known == name) {
            name.push('_');
        }
        names.push((name.clone(), written.to_owned()));
        Some(format!("{{{name}}}"))
    });
    let template = segments.collect::<Option<Vec<_>>>()?.join("/");
    Some((template, names))
}

/// A name of letters, digits and `_`, which begins with no digit.
fn identifier(name: &str) -> String {
    let mut identifier: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if identifier.starts_with(|c: char| c.is_ascii_digit()) {
        identifier.insert(0, '_');
    }
    identifier
}

/// The longest name of an operation.
const LONGEST: usize = 64;

fn name(
    reader: &mut Reader<'_>,
    of: &Map<String, Value>,
    method: &str,
    path: &str,
    place: &str,
) -> String {
    let stated = of.get("operationId").and_then(Value::as_str);
    let wanted = match stated {
        Some(id) => id.to_owned(),
        None => format!("{}{path}", method.to_lowercase()),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut name = String::new();
    for c in wanted.chars().filter(|c| !matches!(c, '{' | '}')) {
        if allowed(c) {
            name.push(c);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    name.truncate(LONGEST);
    if stated != Some(name.as_str()) {
        let why = if stated.is_some() {
            "its `operationId` is no name here"
        } else {
            "it has no `operationId`"
        };
        reader.note(place, format!("{why}, so it is called `{name}`"));
    }
    name
}

/// The same name with a number behind it where it is taken.
fn free_name(reader: &mut Reader<'_>, known: &[Operation], name: String, place: &str) -> String {
    let is_taken = |name: &str| known.iter().any(|one| one.name == name);
    if !is_taken(&name) {
        return name;
    }
    let numbers = 2..=known.len().saturating_add(2);
    let numbered = numbers.map(|number| {
        let mut start = name.clone();
        start.truncate(LONGEST.saturating_sub(6));
        format!("{start}_{number}")
    });
    let free = numbered
        .into_iter()
        .find(|name| !is_taken(name))
        .unwrap_or(name);
    reader.note(
        place,
        format!("its name is taken, so it is called `{free}`"),
    );
    free
}

/// Tells which members of an object aren't read.
fn unknown(reader: &mut Reader<'_>, object: &Value, known: &[&str], place: &str) {
    let members = object.as_object().into_iter().flatten();
    for (name, _) in members {
        let name = name.as_str();
        let is_told_elsewhere = name == "requestBody";
        if !known.contains(&name) && !name.starts_with("x-") && !is_told_elsewhere {
            reader.note(place, format!("`{name}` is not imported"));
        }
    }
}

fn unknown_of_path(reader: &mut Reader<'_>, item: &Map<String, Value>, place: &str) {
    for name in item.keys().map(String::as_str) {
        let is_method = METHODS.iter().any(|(member, _)| *member == name);
        if !is_method && !OF_PATH.contains(&name) && !name.starts_with("x-") {
            reader.note(place, format!("`{name}` is not imported"));
        }
    }
}

#[cfg(test)]
mod tests;
