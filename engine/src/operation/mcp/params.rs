//! The shapes of `params`, as far as a decision rests on them.

use super::super::{Action, McpRevision, OperationError};
use super::case;
use super::envelope::Method;
use crate::json::{Object, Value};

/// The longest name of a tool, in bytes; the specification recommends 128 characters.
const LONGEST_NAME: usize = 256;

const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// Names in `params` by which anything is decided.
const KNOWN: [&str; 4] = ["_meta", "arguments", "name", "protocolVersion"];

/// `params._meta`, if it is there.
pub(super) fn meta<'o, 'a>(
    params: &'o Object<'a>,
) -> Result<Option<&'o Object<'a>>, OperationError> {
    object(params, "_meta", "params._meta")
}

/// The revision that `_meta` states, if it does.
pub(super) fn protocol_version<'o>(
    meta: &'o Object<'_>,
) -> Result<Option<&'o str>, OperationError> {
    let Some(stated) = meta.get(PROTOCOL_VERSION) else {
        return Ok(None);
    };
    stated.as_str().map(Some).ok_or(OperationError::Params {
        member: "params._meta.io.modelcontextprotocol/protocolVersion",
        expected: "a string",
        found: Some(stated.kind()),
    })
}

/// The revision that an `initialize` proposes.
pub(super) fn proposed_version<'o>(params: &'o Object<'_>) -> Result<&'o str, OperationError> {
    let proposed = params.get("protocolVersion");
    proposed
        .and_then(Value::as_str)
        .ok_or(OperationError::Params {
            member: "params.protocolVersion",
            expected: "a string",
            found: proposed.map(Value::kind),
        })
}

/// The W3C trace context that `_meta` carries, if it could be one.
pub(super) fn traceparent(meta: &Object<'_>) -> Option<String> {
    const LONGEST: usize = 64;
    meta.get("traceparent")
        .and_then(Value::as_str)
        .filter(|text| text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(str::to_owned)
}

/// Takes a member of `_meta` out.
pub(super) fn take_meta<'a>(params: &mut Object<'a>, name: &str) -> Option<Value<'a>> {
    match params.remove("_meta")? {
        Value::Object(mut meta) => meta.remove(name),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

/// Refuses names in `_meta` that differ from `name` in case only, by which somebody else could read another value.
pub(super) fn check_spelling(
    meta: Option<&Object<'_>>,
    name: Option<&str>,
) -> Result<(), OperationError> {
    match (meta, name) {
        (Some(meta), Some(name)) => case::check_known("params._meta", meta, &[name]),
        (Some(_) | None, _) => Ok(()),
    }
}

/// The tool that a `tools/call` names.
pub(super) fn tool_name<'o>(params: &'o Object<'_>) -> Result<&'o str, OperationError> {
    let name = params.get("name");
    name.and_then(Value::as_str)
        .filter(|name| (1..=LONGEST_NAME).contains(&name.len()) && !name.contains(char::is_control))
        .ok_or(OperationError::Params {
            member: "params.name",
            expected: "a string of 1 to 256 bytes without control characters",
            found: name.map(Value::kind),
        })
}

/// The arguments of a `tools/call`; none are the same as `{}`.
pub(super) fn take_arguments<'a>(params: &mut Object<'a>) -> Result<Object<'a>, OperationError> {
    object_or_empty(params.remove("arguments"), "params.arguments")
}

/// An object, or the empty one where none is.
pub(super) fn object_or_empty<'a>(
    value: Option<Value<'a>>,
    member: &'static str,
) -> Result<Object<'a>, OperationError> {
    match value {
        None => Ok(Object::default()),
        Some(Value::Object(object)) => Ok(object),
        Some(
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)),
        ) => Err(OperationError::Params {
            member,
            expected: "an object",
            found: Some(other.kind()),
        }),
    }
}

/// Judges the shape of a method's `params`, but for what the functions above judge when it is taken.
pub(super) fn check(
    revision: McpRevision,
    method: &Method,
    params: &Object<'_>,
    meta: Option<&Object<'_>>,
) -> Result<(), OperationError> {
    case::check_known("params", params, &KNOWN)?;
    if let Some(meta) = meta {
        case::check_known(
            "params._meta",
            meta,
            &[PROTOCOL_VERSION, CLIENT_CAPABILITIES],
        )?;
    }
    if revision == McpRevision::V2026_07_28 && !method.is_notification() {
        check_stateless_meta(meta)?;
    }
    match method.action {
        Action::CallTool => {
            tool_name(params)?;
            match object(params, "arguments", "params.arguments")? {
                Some(arguments) => case::check_deep("params.arguments", arguments),
                None => Ok(()),
            }
        }
        Action::ListTools => match params.get("cursor") {
            None | Some(Value::String(_)) => Ok(()),
            Some(other) => Err(OperationError::Params {
                member: "params.cursor",
                expected: "a string",
                found: Some(other.kind()),
            }),
        },
        Action::Initialize if revision == McpRevision::V2025_11_25 => {
            required_object(params, "capabilities", "params.capabilities")?;
            required_object(params, "clientInfo", "params.clientInfo")
        }
        Action::Initialize
        | Action::Ping
        | Action::Notify
        | Action::OpenStream
        | Action::EndSession
        | Action::HttpRequest => Ok(()),
    }
}

/// What every request of the stateless revision says about itself (2026-07-28, `RequestMetaObject`).
fn check_stateless_meta(meta: Option<&Object<'_>>) -> Result<(), OperationError> {
    let missing = |member, expected| OperationError::Params {
        member,
        expected,
        found: None,
    };
    let meta = meta.ok_or_else(|| missing("params._meta", "an object"))?;
    if meta.get(PROTOCOL_VERSION).is_none() {
        return Err(missing(
            "params._meta.io.modelcontextprotocol/protocolVersion",
            "a string",
        ));
    }
    required_object(
        meta,
        CLIENT_CAPABILITIES,
        "params._meta.io.modelcontextprotocol/clientCapabilities",
    )
}

fn required_object(
    object: &Object<'_>,
    name: &str,
    member: &'static str,
) -> Result<(), OperationError> {
    match object.get(name) {
        Some(Value::Object(_)) => Ok(()),
        other => Err(OperationError::Params {
            member,
            expected: "an object",
            found: other.map(Value::kind),
        }),
    }
}

fn object<'o, 'a>(
    object: &'o Object<'a>,
    name: &str,
    member: &'static str,
) -> Result<Option<&'o Object<'a>>, OperationError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::Object(found)) => Ok(Some(found)),
        Some(other) => Err(OperationError::Params {
            member,
            expected: "an object",
            found: Some(other.kind()),
        }),
    }
}
