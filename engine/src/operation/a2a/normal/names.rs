//! How names are written, and values of which protocol buffers in JSON have several spellings.

use std::borrow::Cow;

use super::super::is_alike;
use super::{OperationError, Writing, put, refusal, unknown};
use crate::json::{Number, Object, Value};

/// Names that mean something, by where.
const PARAMS: &[&str] = &[
    "tenant",
    "message",
    "configuration",
    "metadata",
    "id",
    "taskId",
    "contextId",
    "historyLength",
    "pageSize",
    "pageToken",
    "status",
    "statusTimestampAfter",
    "includeArtifacts",
    "url",
    "token",
    "authentication",
    "pushNotificationConfig",
    "pushNotificationConfigId",
];
/// What a body of 0.3's protocol buffers can have, and what the path says of them.
const PARAMS_OF_BUFFERS: &[&str] = &[
    "tenant",
    "message",
    "configuration",
    "metadata",
    "id",
    "taskId",
    "parent",
    "name",
    "config",
    "configId",
];
pub(super) const MESSAGE: &[&str] = &[
    "messageId",
    "contextId",
    "taskId",
    "role",
    "parts",
    "metadata",
    "extensions",
    "referenceTaskIds",
    "kind",
];
pub(super) const PART: &[&str] = &[
    "text",
    "raw",
    "url",
    "data",
    "file",
    "kind",
    "metadata",
    "filename",
    "mediaType",
];
pub(super) const FILE: &[&str] = &[
    "uri",
    "bytes",
    "fileWithUri",
    "fileWithBytes",
    "mimeType",
    "name",
];
pub(super) const CONFIGURATION: &[&str] = &[
    "acceptedOutputModes",
    "taskPushNotificationConfig",
    "pushNotificationConfig",
    "historyLength",
    "returnImmediately",
    "blocking",
];
pub(super) const PUSH_CONFIG: &[&str] =
    &["tenant", "id", "taskId", "url", "token", "authentication"];
pub(super) const AUTHENTICATION: &[&str] = &["scheme", "schemes", "credentials"];

/// Names of protocol buffers that aren't just written in another way.
const OF_BUFFERS: [(&str, &str); 4] = [
    ("request", "message"),
    ("content", "parts"),
    ("push_notification", "pushNotificationConfig"),
    ("pushNotification", "pushNotificationConfig"),
];

/// A value that everybody has to read alike: what it is called, what it has to be, and whether it is that.
type Scalar = (&'static str, &'static str, fn(&Value<'_>) -> bool);

const SCALARS: [Scalar; 6] = [
    ("historyLength", INTEGER, is_integer),
    ("pageSize", INTEGER, is_integer),
    ("includeArtifacts", BOOLEAN, is_boolean),
    ("returnImmediately", BOOLEAN, is_boolean),
    ("blocking", BOOLEAN, is_boolean),
    (
        "status",
        "the name of a task's state, `TASK_STATE_..`",
        is_state,
    ),
];
const INTEGER: &str = "an integer of 32 bits in plain digits";
const BOOLEAN: &str = "`true` or `false`";

/// The names that mean something in what a method is asked with.
pub(super) const fn of_params(writing: Writing) -> &'static [&'static str] {
    match writing {
        Writing::Json => PARAMS,
        Writing::Buffers => PARAMS_OF_BUFFERS,
    }
}

/// Refuses names that somebody could take for `known` ones, and writes them so where they are written as is usual there. Protocol
/// buffers have no others.
pub(super) fn spelled<'a>(
    place: &'static str,
    given: Object<'a>,
    known: &[&'static str],
    writing: Writing,
) -> Result<Object<'a>, OperationError> {
    let of_buffers = || OF_BUFFERS.into_iter().filter(|(_, to)| known.contains(to));
    let mut spelled = Object::default();
    for (name, value) in given.0 {
        let is_known = known.contains(&name.as_ref());
        let name = match writing {
            Writing::Json => {
                let mut similar = known
                    .iter()
                    .copied()
                    .chain(of_buffers().map(|(from, _)| from));
                if !is_known && similar.any(|known| is_alike(known, &name)) {
                    return Err(unknown(place, &name));
                }
                name
            }
            Writing::Buffers => {
                let renamed = of_buffers().find(|(from, _)| *from == name);
                let written = || known.iter().copied().find(|known| snake(known) == name);
                match renamed.map(|(_, to)| to).or_else(written) {
                    Some(meant) => Cow::Borrowed(meant),
                    None if is_known => name,
                    None => return Err(unknown(place, &name)),
                }
            }
        };
        put(&mut spelled, name, value)?;
    }
    Ok(spelled)
}

/// Refuses names of the other version: who knows them would read something that others don't.
pub(super) fn absent(
    place: &'static str,
    object: &Object<'_>,
    names: &[&str],
) -> Result<(), OperationError> {
    match names.iter().find(|name| object.get(name).is_some()) {
        Some(name) => Err(unknown(place, name)),
        None => Ok(()),
    }
}

/// `messageId` as `message_id`.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// Refuses values in one of the other spellings that protocol buffers in JSON have, such as `"5"` and `5.0` for 5; `null` is as none.
pub(super) fn check_scalars(object: &mut Object<'_>) -> Result<(), OperationError> {
    for (name, expected, is_so) in SCALARS {
        let Some(value) = object.get(name) else {
            continue;
        };
        if *value == Value::Null {
            object.remove(name);
        } else if !is_so(value) {
            return Err(refusal(name, expected, Some(value.kind())));
        }
    }
    Ok(())
}

/// Is it an integer of 32 bits in the one way to write it?
pub(in super::super) fn is_plain_integer(text: &str) -> bool {
    text.parse::<i32>()
        .is_ok_and(|integer| integer.to_string() == text)
}

fn is_integer(value: &Value<'_>) -> bool {
    let text = value.as_number().map(Number::text);
    text.is_some_and(is_plain_integer)
}

fn is_boolean(value: &Value<'_>) -> bool {
    value.as_bool().is_some()
}

fn is_state(value: &Value<'_>) -> bool {
    let state = value
        .as_str()
        .and_then(|text| text.strip_prefix("TASK_STATE_"));
    let is_name = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    state.is_some_and(|state| !state.is_empty() && state.bytes().all(is_name))
}
