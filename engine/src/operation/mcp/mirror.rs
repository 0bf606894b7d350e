//! Headers that mirror the body (2026-07-28, "Request Metadata"): they must say what the body says.
//!
//! `Mcp-Method` and `Mcp-Name` (`params.name`, or `params.uri` of a resource) are compared exactly. For `Mcp-Param-*` only the tool's schema says which argument is
//! mirrored, and the gate doesn't know it. So it demands what must be true under any schema: the header's value is the
//! value of an argument (a string, integer or boolean that isn't inside an array), and of the argument with the header's
//! name where there is one. That an argument which should be mirrored has no header, it can't see; the server does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

use super::super::{Excerpt, McpRevision, OperationError};
use super::envelope::{Method, Subject};
use super::params;
use crate::json::{Object, Value};
use crate::request::Head;

const METHOD: &str = "mcp-method";
const NAME: &str = "mcp-name";
const PARAM_PREFIX: &str = "mcp-param-";

/// Compares every mirroring header with the body, and in 2026-07-28 demands those that a request must have.
pub(super) fn check(
    head: &Head,
    revision: McpRevision,
    method: &Method,
    params: &Object<'_>,
) -> Result<(), OperationError> {
    let required = revision == McpRevision::V2026_07_28 && !method.is_notification();
    match head.headers().single(METHOD)? {
        Some(header) => check_equal(METHOD, trimmed(header), method.name)?,
        None if required => return Err(missing(METHOD)),
        None => {}
    }
    let name = match method.subject {
        Subject::Tool | Subject::Prompt => Some(params::name(params)?),
        Subject::Resource => Some(params::resource(params)?),
        Subject::Reference | Subject::Server => None,
    };
    match (head.headers().single(NAME)?, name) {
        (Some(header), Some(name)) => check_equal(NAME, &decoded(NAME, header)?, name)?,
        (Some(_), None) => return Err(without_source(NAME)),
        (None, Some(_)) if required => return Err(missing(NAME)),
        (None, _) => {}
    }
    let arguments = (method.subject == Subject::Tool).then(|| params.get("arguments"));
    check_params(head, arguments.flatten())
}

/// Refuses every header that would mirror something, where nothing is asked.
pub(super) fn check_absent(head: &Head) -> Result<(), OperationError> {
    for name in [METHOD, NAME] {
        if head.headers().single(name)?.is_some() {
            return Err(without_source(name));
        }
    }
    check_params(head, None)
}

fn check_params(head: &Head, arguments: Option<&Value<'_>>) -> Result<(), OperationError> {
    let mut seen: Vec<&str> = Vec::new();
    for (field, value) in head.headers().iter() {
        let Some(name) = param_name(field) else {
            continue;
        };
        if seen
            .iter()
            .any(|earlier| earlier.eq_ignore_ascii_case(name))
        {
            return Err(OperationError::HeaderRepeated {
                name: Excerpt::of(name),
            });
        }
        seen.push(name);
        let value = std::str::from_utf8(value).map_err(|_| malformed(name))?;
        let header = decoded(name, value)?;
        let argument = name.get(PARAM_PREFIX.len()..).unwrap_or_default();
        check_param(
            name,
            argument,
            &header,
            arguments.and_then(Value::as_object),
        )?;
    }
    Ok(())
}

/// The field's name as text, if it is an `Mcp-Param-*` header.
fn param_name(field: &[u8]) -> Option<&str> {
    let prefix = field.get(..PARAM_PREFIX.len())?;
    if !prefix.eq_ignore_ascii_case(PARAM_PREFIX.as_bytes()) {
        return None;
    }
    std::str::from_utf8(field).ok()
}

fn check_param(
    name: &str,
    argument: &str,
    header: &str,
    arguments: Option<&Object<'_>>,
) -> Result<(), OperationError> {
    let Some(arguments) = arguments else {
        return Err(without_source(name));
    };
    let namesake = arguments
        .iter()
        .find(|(member, _)| member.eq_ignore_ascii_case(argument));
    match namesake {
        Some((_, value)) if mirrors(header, value) => Ok(()),
        Some((_, value)) => Err(OperationError::HeaderMismatch {
            name: Excerpt::of(name),
            header: Excerpt::of(header),
            body: Excerpt::of(&value.to_string()),
        }),
        None if arguments.iter().any(|(_, value)| mirrors(header, value)) => Ok(()),
        None => Err(without_source(name)),
    }
}

/// Could a header with this text mirror `value`, or something in it that isn't inside an array?
fn mirrors(header: &str, value: &Value<'_>) -> bool {
    match value {
        Value::String(text) => header == text,
        Value::Bool(true) => header == "true",
        Value::Bool(false) => header == "false",
        Value::Number(number) => {
            header == number.text()
                || whole(header)
                    .is_some_and(|whole_header| Some(whole_header) == whole(number.text()))
        }
        Value::Object(object) => object.iter().any(|(_, value)| mirrors(header, value)),
        Value::Null | Value::Array(_) => false,
    }
}

/// An integer's value, also where it is written with a fraction of zeros.
fn whole(text: &str) -> Option<i64> {
    let (integer, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty()
        || fraction.bytes().any(|digit| digit != b'0')
        || integer.starts_with('+')
    {
        return None;
    }
    integer.parse().ok()
}

fn check_equal(name: &'static str, header: &str, body: &str) -> Result<(), OperationError> {
    if header == body {
        return Ok(());
    }
    Err(OperationError::HeaderMismatch {
        name: Excerpt::of(name),
        header: Excerpt::of(header),
        body: Excerpt::of(body),
    })
}

/// A header's value without the white space around it, which is no part of it (RFC 9110, section 5.5).
fn trimmed(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}

/// What a header's value means: Base64 between `=?base64?` and `?=`, anything else as it stands ("Value Encoding").
fn decoded<'v>(name: &str, value: &'v str) -> Result<Cow<'v, str>, OperationError> {
    let value = trimmed(value);
    if !value
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t'))
    {
        return Err(malformed(name));
    }
    let encoded = value
        .strip_prefix("=?base64?")
        .and_then(|rest| rest.strip_suffix("?="));
    match encoded {
        None => Ok(Cow::Borrowed(value)),
        Some(encoded) => STANDARD
            .decode(encoded)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(Cow::Owned)
            .ok_or_else(|| malformed(name)),
    }
}

fn missing(name: &str) -> OperationError {
    OperationError::HeaderMissing {
        name: Excerpt::of(name),
    }
}

fn malformed(name: &str) -> OperationError {
    OperationError::HeaderMalformed {
        name: Excerpt::of(name),
    }
}

fn without_source(name: &str) -> OperationError {
    OperationError::HeaderWithoutSource {
        name: Excerpt::of(name),
    }
}
