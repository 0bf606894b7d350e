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
//! | `configuration.blocking` (0.3) | `configuration.returnImmediately`, the contrary |
//! | `authentication.schemes`, with one (0.3) | `authentication.scheme` |
//! | `config`, `configId` of a method on configurations (0.3 in HTTP+JSON) | the members of the configuration in it, and its `id` |
//! | data in `value` where a part's metadata has `data_part_compat` (0.3) | the data |
//! | `null` or empty text as an id; `null` as a number or boolean | nothing |
//!
//! Members that mean nothing to A2A stay as they are, but 0.3's protocol buffers have none. What goes on is what came.

mod configuration;
mod message;
mod names;

use std::borrow::Cow;

pub(super) use self::names::is_plain_integer;

use self::configuration::{authentication, configuration, push_config};
use self::message::message;
use self::names::{absent, check_scalars, spelled};

use super::super::mcp::case;
use super::super::{Action, Excerpt, OperationError};
use super::A2aVersion;
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
    let mut params = spelled("params", given, names::of_params(writing), writing)?;
    // These stand in header fields.
    absent("params", &params, &["extensions"])?;
    check_scalars(&mut params)?;
    match version {
        A2aVersion::V0_3 => {
            check_resource_names(&mut params, bound)?;
            older(action, writing, &mut params, bound)?;
        }
        A2aVersion::V1_0 => {
            let older = ["pushNotificationConfig", "pushNotificationConfigId"];
            absent("params", &params, &older)?;
            if action == Action::SetPushConfig {
                authentication(version, writing, &mut params)?;
            }
        }
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
    absent("params", &params, no_ids(action))?;
    for name in needed(action) {
        if params.get(name).is_none() {
            return Err(refusal(name, "a text of 1 to 256 bytes", None));
        }
    }
    if action == Action::SendMessage {
        sent(version, writing, &mut params)?;
    }
    Ok(params)
}

/// A message, and how it is to be answered.
fn sent(
    version: A2aVersion,
    writing: Writing,
    params: &mut Object<'_>,
) -> Result<(), OperationError> {
    let Some(sent) = take_object(params, "message")? else {
        return Err(refusal("params.message", "an object", None));
    };
    let sent = message(version, writing, sent)?;
    let how = take_object(params, "configuration")?;
    let how = how.map(|how| configuration(version, writing, how));
    let how = how.transpose()?;
    let push = how
        .as_ref()
        .and_then(|how| how.get("taskPushNotificationConfig"));
    if let Some(push) = push.and_then(Value::as_object) {
        for (member, said) in [
            ("taskId", sent.get("taskId")),
            ("tenant", params.get("tenant")),
        ] {
            if push.get(member).is_some_and(|also| Some(also) != said) {
                return Err(OperationError::SaidTwice { member });
            }
        }
    }
    let sent = (Cow::Borrowed("message"), Value::Object(sent));
    params.0.push(sent);
    let how = how.map(|how| (Cow::Borrowed("configuration"), Value::Object(how)));
    params.0.extend(how);
    Ok(())
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

/// Names of ids that a method doesn't have, and some server could read all the same. Of a message they stand in the message.
const fn no_ids(action: Action) -> &'static [&'static str] {
    if matches!(
        action,
        Action::GetAgentTask | Action::CancelAgentTask | Action::FollowAgentTask
    ) {
        &["taskId", "contextId"]
    } else if matches!(action, Action::ListAgentTasks) {
        &["id", "taskId"]
    } else if matches!(action, Action::ListPushConfigs) {
        &["id", "contextId"]
    } else if matches!(action, Action::SetPushConfig) || names_configs(action) {
        &["contextId"]
    } else {
        &["id", "taskId", "contextId"]
    }
}

pub(super) const fn names_configs(action: Action) -> bool {
    matches!(
        action,
        Action::GetPushConfig | Action::ListPushConfigs | Action::DeletePushConfig
    )
}

/// Puts what 0.3 has in another way where 1.0 has it.
fn older(
    action: Action,
    writing: Writing,
    params: &mut Object<'_>,
    bound: &[(&'static str, String)],
) -> Result<(), OperationError> {
    if names_configs(action) {
        rename(params, "id", "taskId")?;
        return rename(params, "pushNotificationConfigId", "id");
    }
    if action == Action::SetPushConfig {
        absent("params", params, &["id", "url", "token", "authentication"])?;
        let config = match writing {
            Writing::Json => {
                let config = take_object(params, "pushNotificationConfig")?;
                let place = "params.pushNotificationConfig";
                push_config(A2aVersion::V0_3, writing, place, config.unwrap_or_default())?
            }
            Writing::Buffers => of_buffers(params, bound)?,
        };
        for (name, value) in config.0 {
            put(params, name, value)?;
        }
    }
    Ok(())
}

/// The configuration in the body of `CreateTaskPushNotificationConfig` as 0.3's protocol buffers have it. What it is called stands
/// there three times; nothing of that may differ.
fn of_buffers<'a>(
    params: &mut Object<'a>,
    bound: &[(&'static str, String)],
) -> Result<Object<'a>, OperationError> {
    let known = &["name", "pushNotificationConfig"];
    let config = take_object(params, "config")?.unwrap_or_default();
    let mut config = spelled("params.config", config, known, Writing::Buffers)?;
    let nested = take_object(&mut config, "pushNotificationConfig")?;
    let place = "params.config.pushNotificationConfig";
    let nested = nested.unwrap_or_default();
    let mut nested = push_config(A2aVersion::V0_3, Writing::Buffers, place, nested)?;
    let is_stated = |value: &Value<'_>| *value != Value::Null && value.as_str() != Some("");
    let (task, _) = bound_ids(bound).unwrap_or_default();
    let in_name = match config.remove("name").filter(is_stated) {
        None => None,
        Some(name) => {
            let member = "name";
            in_name(&name, task)
                .ok_or(OperationError::SaidTwice { member })?
                .map(|id| Value::String(Cow::Owned(id.to_owned())))
        }
    };
    let beside = params.remove("configId").filter(is_stated);
    for id in beside.into_iter().chain(in_name) {
        match nested.get("id") {
            None => nested.0.push((Cow::Borrowed("id"), id)),
            Some(same) if *same == id => {}
            Some(_) => return Err(OperationError::SaidTwice { member: "id" }),
        }
    }
    Ok(nested)
}

/// Names of resources in 0.3's protocol buffers say what the path says; it alone is read.
fn check_resource_names(
    params: &mut Object<'_>,
    bound: &[(&'static str, String)],
) -> Result<(), OperationError> {
    let Some((task, config)) = bound_ids(bound) else {
        return Ok(());
    };
    for member in ["parent", "name"] {
        let Some(stated) = params.remove(member) else {
            continue;
        };
        let is_so = in_name(&stated, task).is_some_and(|id| id.is_none() || id == config);
        if !is_so {
            return Err(OperationError::SaidTwice { member });
        }
    }
    Ok(())
}

/// The task that the path names, and the configuration.
fn bound_ids<'b>(bound: &'b [(&'static str, String)]) -> Option<(&'b str, Option<&'b str>)> {
    let of = |wanted| {
        let mut all = bound.iter().filter(|(name, _)| *name == wanted);
        all.next().map(|(_, id)| id.as_str())
    };
    match (of("taskId"), of("id")) {
        (Some(task), config) => Some((task, config)),
        (None, Some(task)) => Some((task, None)),
        (None, None) => None,
    }
}

/// Which configuration of `task`, if any, the name of a resource names; none where it names something else.
fn in_name<'n>(name: &'n Value<'_>, task: &str) -> Option<Option<&'n str>> {
    let name = name.as_str()?.strip_prefix("tasks/")?;
    let rest = name.strip_prefix(task)?;
    if rest.is_empty() {
        return Some(None);
    }
    rest.strip_prefix("/pushNotificationConfigs/").map(Some)
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
