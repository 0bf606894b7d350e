//! A message and its parts.

use std::borrow::Cow;

use super::names::{FILE, MESSAGE, PART, absent, spelled};
use super::{A2aVersion, OperationError, Writing, check_ids, put, refusal, take_object, unknown};
use crate::json::{Object, Value};

pub(super) fn message<'a>(
    version: A2aVersion,
    writing: Writing,
    given: Object<'a>,
) -> Result<Object<'a>, OperationError> {
    let mut message = spelled("params.message", given, MESSAGE, writing)?;
    check_ids("params.message", &mut message)?;
    absent("params.message", &message, &["id"])?;
    if version == A2aVersion::V0_3 {
        let kind = message.remove("kind");
        if kind.is_some_and(|kind| kind.as_str() != Some("message")) {
            return Err(refusal("params.message.kind", "`message`", None));
        }
    }
    let role = role(version, writing, message.remove("role").as_ref())?;
    let role = (Cow::Borrowed("role"), Value::String(Cow::Borrowed(role)));
    message.0.push(role);
    let expected = "an array of at least one part";
    let Some(Value::Array(given)) = message.remove("parts") else {
        return Err(refusal("params.message.parts", expected, None));
    };
    if given.is_empty() {
        return Err(refusal("params.message.parts", expected, None));
    }
    let parts = given.into_iter().map(|one| part(version, writing, one));
    let parts = parts.collect::<Result<Vec<_>, _>>()?;
    let parts = (Cow::Borrowed("parts"), Value::Array(parts));
    message.0.push(parts);
    Ok(message)
}

/// Who speaks. Protocol buffers in JSON take numbers for it, too, which others don't.
fn role(
    version: A2aVersion,
    writing: Writing,
    given: Option<&Value<'_>>,
) -> Result<&'static str, OperationError> {
    let (user, agent) = match (version, writing) {
        (A2aVersion::V0_3, Writing::Json) => ("user", "agent"),
        (A2aVersion::V0_3, Writing::Buffers)
        | (A2aVersion::V1_0, Writing::Json | Writing::Buffers) => ("ROLE_USER", "ROLE_AGENT"),
    };
    match given.and_then(Value::as_str) {
        Some(one) if one == user => Ok("ROLE_USER"),
        Some(one) if one == agent => Ok("ROLE_AGENT"),
        Some(_) | None => {
            let expected = "`ROLE_USER` or `ROLE_AGENT`; in 0.3's JSON-RPC `user` or `agent`";
            Err(refusal(
                "params.message.role",
                expected,
                given.map(Value::kind),
            ))
        }
    }
}

fn part<'a>(
    version: A2aVersion,
    writing: Writing,
    given: Value<'a>,
) -> Result<Value<'a>, OperationError> {
    const PLACE: &str = "params.message.parts";
    const ONE: &str = "parts with one content each, of its `kind` where that is said";
    let Value::Object(given) = given else {
        return Err(refusal(PLACE, "an array of objects", None));
    };
    let mut part = spelled(PLACE, given, PART, writing)?;
    let contents: &[&str] = match version {
        A2aVersion::V0_3 => &["text", "file", "data"],
        A2aVersion::V1_0 => &["text", "raw", "url", "data"],
    };
    let all = ["text", "raw", "url", "data", "file"];
    let mut present = all.into_iter().filter(|name| part.get(name).is_some());
    let (content, another) = (present.next(), present.next());
    let content = content
        .filter(|name| another.is_none() && contents.contains(name))
        .ok_or_else(|| refusal(PLACE, ONE, None))?;
    if version == A2aVersion::V0_3 {
        absent(PLACE, &part, &["mediaType", "filename"])?;
        let kind = part.remove("kind");
        if kind.is_some_and(|kind| kind.as_str() != Some(content)) {
            return Err(refusal(PLACE, ONE, None));
        }
        if content == "file" {
            file(writing, &mut part)?;
        }
        if content == "data" && writing == Writing::Buffers {
            unwrap_data(&mut part)?;
        }
        if content == "data" {
            unwrap_value(&mut part)?;
        }
    }
    Ok(Value::Object(part))
}

/// The content of 0.3's file, in the part itself.
fn file(writing: Writing, part: &mut Object<'_>) -> Result<(), OperationError> {
    const PLACE: &str = "params.message.parts.file";
    let file = take_object(part, "file")?.unwrap_or_default();
    let file = spelled(PLACE, file, FILE, writing)?;
    let mut contents = 0_usize;
    for (name, value) in file.0 {
        let name = match name.as_ref() {
            "uri" | "fileWithUri" => "url",
            "bytes" | "fileWithBytes" => "raw",
            "mimeType" => "mediaType",
            "name" => "filename",
            _ => return Err(unknown(PLACE, &name)),
        };
        if matches!(name, "url" | "raw") {
            contents = contents.saturating_add(1);
        }
        put(part, Cow::Borrowed(name), value)?;
    }
    if contents == 1 {
        Ok(())
    } else {
        Err(refusal(PLACE, "a file with one content", None))
    }
}

/// `DataPart` of 0.3's protocol buffers has one member, which is the data.
fn unwrap_data(part: &mut Object<'_>) -> Result<(), OperationError> {
    const PLACE: &str = "params.message.parts.data";
    let mut data = take_object(part, "data")?.unwrap_or_default();
    let inner = data.remove("data").filter(|_| data.is_empty());
    let inner = inner.ok_or_else(|| refusal(PLACE, "an object with `data` alone", None))?;
    put(part, Cow::Borrowed("data"), inner)
}

/// In 0.3 the official SDK for Python has data that is no object in `value`, and says so in the part's metadata.
fn unwrap_value(part: &mut Object<'_>) -> Result<(), OperationError> {
    const PLACE: &str = "params.message.parts.data";
    const ONE: &str =
        "an object with `value` alone where `data_part_compat` is there, which must be `true`";
    let metadata = part.get("metadata").and_then(Value::as_object);
    let Some(is_wrapped) = metadata.and_then(|all| all.get("data_part_compat")) else {
        return Ok(());
    };
    let is_wrapped = is_wrapped.as_bool() == Some(true);
    let mut data = take_object(part, "data")?.unwrap_or_default();
    let value = data
        .remove("value")
        .filter(|_| is_wrapped && data.is_empty());
    let value = value.ok_or_else(|| refusal(PLACE, ONE, None))?;
    put(part, Cow::Borrowed("data"), value)
}
