//! What a method is asked with, in one form: that of 1.0's JSON, whatever the version and the binding.
//!
//! | elsewhere | here |
//! |---|---|
//! | a part's `kind`, a message's `kind` (0.3) | gone: it says nothing that the content doesn't, which is checked |
//! | `file` with `uri` or `bytes`, `mimeType`, `name` (0.3) | `url` or `raw`, `mediaType`, `filename` |
//! | `role`: `user` (0.3) | `ROLE_USER` |
//! | `configuration.pushNotificationConfig` (0.3) | `configuration.taskPushNotificationConfig` |
//! | `pushNotificationConfig` of a method on configurations (0.3) | its members |
//! | `id` and `pushNotificationConfigId` of such a method (0.3) | `taskId` and `id` |
//! | names of the protocol buffers (0.3 in HTTP+JSON): `message_id`, `request`, `content`, `data` in `data` | `messageId`, `message`, `parts`, `data` |
//! | `null` or empty text as an id | nothing |
//!
//! Members that mean nothing to A2A stay as they are. What goes on is what came.

use std::borrow::Cow;

use super::super::mcp::case;
use super::super::{Action, Excerpt, OperationError};
use super::{A2aVersion, is_alike};
use crate::json::{Object, Value};

/// How names are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// In JSON's way alone.
    Json,
    /// As protocol buffers name them, too.
    Buffers,
}

impl Writing {
    /// That of a body in HTTP+JSON: 0.3's is a protocol buffer in JSON.
    pub(super) const fn of_body(version: A2aVersion) -> Self {
        match version {
            A2aVersion::V0_3 => Self::Buffers,
            A2aVersion::V1_0 => Self::Json,
        }
    }
}

/// The longest id, in bytes.
const LONGEST_ID: usize = 256;

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
const MESSAGE: &[&str] = &[
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
const PART: &[&str] = &[
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
const FILE: &[&str] = &[
    "uri",
    "bytes",
    "fileWithUri",
    "fileWithBytes",
    "mimeType",
    "name",
];
const CONFIGURATION: &[&str] = &[
    "acceptedOutputModes",
    "taskPushNotificationConfig",
    "pushNotificationConfig",
    "historyLength",
    "returnImmediately",
    "blocking",
];
const PUSH_CONFIG: &[&str] = &["tenant", "id", "taskId", "url", "token", "authentication"];

/// Names of protocol buffers that aren't just written in another way.
const OF_BUFFERS: [(&str, &str); 3] = [
    ("request", "message"),
    ("content", "parts"),
    ("push_notification", "pushNotificationConfig"),
];

/// Texts that name something, of which an empty one is none.
const IDS: [&str; 4] = ["id", "taskId", "contextId", "tenant"];

/// Puts `given` into the one form, with what stands in the path: nothing else may say the same.
pub(super) fn params<'a>(
    action: Action,
    version: A2aVersion,
    writing: Writing,
    given: Object<'a>,
    bound: &[(&'static str, String)],
) -> Result<Object<'a>, OperationError> {
    case::check_deep("params", &given)?;
    let mut params = spelled("params", given, PARAMS, writing)?;
    if version == A2aVersion::V0_3 {
        check_resource_names(&mut params, bound)?;
        older(action, writing, &mut params)?;
    }
    check_ids("params", &mut params)?;
    for (name, value) in bound {
        match params.remove(name) {
            None => {}
            Some(same) if same.as_str() == Some(value) => {}
            Some(_) => return Err(OperationError::SaidTwice { member: name }),
        }
        let value = Value::String(Cow::Owned(value.clone()));
        params.0.push((Cow::Borrowed(name), value));
    }
    for name in needed(action) {
        if params.get(name).is_none() {
            return Err(refusal(name, "a text of 1 to 256 bytes", None));
        }
    }
    if action == Action::SendMessage {
        let Some(sent) = take_object(&mut params, "message")? else {
            return Err(refusal("params.message", "an object", None));
        };
        let sent = message(version, writing, sent)?;
        params
            .0
            .push((Cow::Borrowed("message"), Value::Object(sent)));
        if let Some(how) = take_object(&mut params, "configuration")? {
            let how = configuration(version, writing, how)?;
            let how = (Cow::Borrowed("configuration"), Value::Object(how));
            params.0.push(how);
        }
    }
    Ok(params)
}

/// What has to be named.
const fn needed(action: Action) -> &'static [&'static str] {
    if matches!(
        action,
        Action::GetAgentTask | Action::CancelAgentTask | Action::FollowAgentTask
    ) {
        &["id"]
    } else if matches!(action, Action::SetPushConfig) {
        &["taskId", "url"]
    } else if names_configs(action) {
        // Which configuration, 0.3 may leave open.
        &["taskId"]
    } else {
        &[]
    }
}

const fn names_configs(action: Action) -> bool {
    matches!(
        action,
        Action::GetPushConfig | Action::ListPushConfigs | Action::DeletePushConfig
    )
}

/// Puts what 0.3 has in another way where 1.0 has it.
fn older(action: Action, writing: Writing, params: &mut Object<'_>) -> Result<(), OperationError> {
    if names_configs(action) {
        rename(params, "id", "taskId")?;
        return rename(params, "pushNotificationConfigId", "id");
    }
    if action == Action::SetPushConfig {
        let nested = match writing {
            Writing::Json => take_object(params, "pushNotificationConfig")?,
            Writing::Buffers => of_buffers(params)?,
        };
        let nested = nested.unwrap_or_default();
        let place = "params.pushNotificationConfig";
        for (name, value) in spelled(place, nested, PUSH_CONFIG, writing)?.0 {
            put(params, name, value)?;
        }
    }
    Ok(())
}

/// The configuration in the body of `CreateTaskPushNotificationConfig` as 0.3's protocol buffers have it: the names of resources
/// beside it say what the path says.
fn of_buffers<'a>(params: &mut Object<'a>) -> Result<Option<Object<'a>>, OperationError> {
    let Some(mut config) = take_object(params, "config")? else {
        return Ok(None);
    };
    let known = &["name", "pushNotificationConfig"];
    config = spelled("params.config", config, known, Writing::Buffers)?;
    take_object(&mut config, "pushNotificationConfig")
}

/// Names of resources in 0.3's protocol buffers say what the path says; it alone is read.
fn check_resource_names(
    params: &mut Object<'_>,
    bound: &[(&'static str, String)],
) -> Result<(), OperationError> {
    let mut of_task = bound
        .iter()
        .filter(|(name, _)| matches!(*name, "taskId" | "id"));
    let Some((_, task)) = of_task.next() else {
        return Ok(());
    };
    let config = params.get("config").and_then(Value::as_object);
    let of_config = config.and_then(|config| config.get("name"));
    let stated = [params.get("parent"), params.get("name"), of_config];
    let is_of_task = |stated: &Value<'_>| {
        let name = stated.as_str().and_then(|text| text.strip_prefix("tasks/"));
        name.is_some_and(|name| name.split('/').next() == Some(task))
    };
    if !stated.into_iter().flatten().all(is_of_task) {
        return Err(OperationError::SaidTwice { member: "name" });
    }
    params.remove("parent");
    params.remove("name");
    Ok(())
}

fn message<'a>(
    version: A2aVersion,
    writing: Writing,
    given: Object<'a>,
) -> Result<Object<'a>, OperationError> {
    let mut message = spelled("params.message", given, MESSAGE, writing)?;
    check_ids("params.message", &mut message)?;
    if version == A2aVersion::V0_3 {
        let kind = message.remove("kind");
        if kind.is_some_and(|kind| kind.as_str() != Some("message")) {
            return Err(refusal("params.message.kind", "`message`", None));
        }
        for (old, new) in [("user", "ROLE_USER"), ("agent", "ROLE_AGENT")] {
            if message.get("role").and_then(Value::as_str) == Some(old) {
                message.remove("role");
                let role = Value::String(Cow::Borrowed(new));
                message.0.push((Cow::Borrowed("role"), role));
            }
        }
    }
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

fn configuration<'a>(
    version: A2aVersion,
    writing: Writing,
    given: Object<'a>,
) -> Result<Object<'a>, OperationError> {
    let mut configuration = spelled("params.configuration", given, CONFIGURATION, writing)?;
    if version == A2aVersion::V0_3 {
        let (old, new) = ("pushNotificationConfig", "taskPushNotificationConfig");
        rename(&mut configuration, old, new)?;
    }
    if let Some(push) = take_object(&mut configuration, "taskPushNotificationConfig")? {
        let place = "params.configuration.taskPushNotificationConfig";
        let push = Value::Object(spelled(place, push, PUSH_CONFIG, writing)?);
        let push = (Cow::Borrowed("taskPushNotificationConfig"), push);
        configuration.0.push(push);
    }
    Ok(configuration)
}

/// Refuses names that somebody could take for `known` ones, or writes them so where they are written as is usual there.
fn spelled<'a>(
    place: &'static str,
    given: Object<'a>,
    known: &[&'static str],
    writing: Writing,
) -> Result<Object<'a>, OperationError> {
    let mut spelled = Object::default();
    for (name, value) in given.0 {
        let of_buffers = (writing == Writing::Buffers).then(|| {
            let renamed = OF_BUFFERS.into_iter().filter(|(_, to)| known.contains(to));
            let mut renamed = renamed.filter(|(from, _)| *from == name);
            let written = || known.iter().copied().find(|known| snake(known) == name);
            renamed.next().map(|(_, to)| to).or_else(written)
        });
        let name = match of_buffers.flatten() {
            Some(meant) => Cow::Borrowed(meant),
            None if known.contains(&name.as_ref()) => name,
            None if known.iter().any(|known| is_alike(known, &name)) => {
                return Err(unknown(place, &name));
            }
            None => name,
        };
        put(&mut spelled, name, value)?;
    }
    Ok(spelled)
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

/// Ids are texts that can be shown; empty ones and `null` are as none.
fn check_ids(place: &'static str, object: &mut Object<'_>) -> Result<(), OperationError> {
    for name in IDS {
        let Some(value) = object.get(name) else {
            continue;
        };
        let text = value.as_str();
        if *value == Value::Null || text == Some("") {
            object.remove(name);
        } else if !text.is_some_and(is_id) {
            let found = Some(value.kind());
            return Err(refusal(place, "an object whose ids are texts", found));
        }
    }
    Ok(())
}

fn is_id(text: &str) -> bool {
    text.len() <= LONGEST_ID && !text.contains(char::is_control)
}

fn rename(
    object: &mut Object<'_>,
    old: &'static str,
    new: &'static str,
) -> Result<(), OperationError> {
    match object.remove(old) {
        Some(value) => put(object, Cow::Borrowed(new), value),
        None => Ok(()),
    }
}

/// Adds a member that isn't there yet.
fn put<'a>(
    object: &mut Object<'a>,
    name: Cow<'a, str>,
    value: Value<'a>,
) -> Result<(), OperationError> {
    if object.get(&name).is_some() {
        return Err(unknown("params", &name));
    }
    object.0.push((name, value));
    Ok(())
}

fn take_object<'a>(
    of: &mut Object<'a>,
    name: &'static str,
) -> Result<Option<Object<'a>>, OperationError> {
    match of.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_))) => {
            Err(refusal(name, "an object", Some(other.kind())))
        }
    }
}

fn refusal(
    member: &'static str,
    expected: &'static str,
    found: Option<crate::json::Kind>,
) -> OperationError {
    OperationError::Params {
        member,
        expected,
        found,
    }
}

fn unknown(object: &'static str, name: &str) -> OperationError {
    OperationError::AmbiguousMember {
        object,
        name: Excerpt::of(name),
    }
}
