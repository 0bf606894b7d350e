//! The Agent2Agent protocol, versions 1.0 and 0.3, in the bindings JSON-RPC and HTTP+JSON.
//!
//! Both bindings and both versions ask for one and the same operation: `methods.rs` has every method with its action, `rest.rs`
//! where each stands in HTTP+JSON, and `normal.rs` the one form of what they are asked with, which is that of 1.0's JSON.
//!
//! | asked by | action |
//! |---|---|
//! | `SendMessage`, `SendStreamingMessage`; `message/send`, `message/stream` | [`Action::SendMessage`]: how the answer comes makes no difference |
//! | `GetTask`, `ListTasks`, `CancelTask`, `SubscribeToTask` and their older names | [`Action::GetAgentTask`] and so on |
//! | the methods on push notification configurations | [`Action::SetPushConfig`] and so on |
//! | `GetExtendedAgentCard`; `agent/getAuthenticatedExtendedCard` | [`Action::GetExtendedAgentCard`] |
//! | GET of the agent's card | [`Action::GetAgentCard`] |
//!
//! **Version.** It is the `A2A-Version` field, or the parameter of that name in the query; without either, or where it is empty,
//! 0.3 (1.0, section 3.6.2). Only major and minor count. A method belongs to one version, and so does a path of HTTP+JSON: 0.3
//! has `/v1/` in front. What goes on states the version that it was judged by, so that nobody behind the gate reads it in another.
//!
//! **Stricter than the specification**, so that no two readers differ: a message has no members but JSON-RPC's; a name that
//! differs from one that means something in case or underscores only is refused, since parsers of protocol buffers take
//! `task_id` for `taskId`, and others don't; a part has exactly one content; what stands in the path stands in no other
//! way in the body or the query; an id in a path is plain; numbers, booleans and enumerated names have the one spelling that all
//! readers know.
//!
//! **Extensions** that header fields activate stand among what the method is asked with, as `extensions`. **An inline push
//! configuration** of a message must be permitted by itself, too, as `CreateTaskPushNotificationConfig` is.
//!
//! **Tasks and contexts** that a request names must be its caller's ([`super::task`]).
//!
//! **What isn't judged**: what an agent answers, its card among that; and what it reads behind the URL of a part. gRPC is not
//! understood, and refused by its media type.

mod methods;
mod normal;
mod rest;
mod version;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use self::rest::RestCall;
pub(crate) use self::version::{FIELD as VERSION_FIELD, spoken};

use self::methods::Method;
use self::normal::Writing;
use super::mcp::{envelope, same_but_for_case};
use super::route::DenialStatus;
use super::task::{TaskKind, TaskName};
use super::{Action, Excerpt, Operation, OperationError, Protocol, Refusal, Resource, body};
use crate::json::{self, Limits, Object, Value};
use crate::request::{Head, RequestError};

/// A version of A2A, by major and minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum A2aVersion {
    /// 0.3
    V0_3,
    /// 1.0
    V1_0,
}

impl A2aVersion {
    /// Every version that is understood, oldest first.
    pub const ALL: [Self; 2] = [Self::V0_3, Self::V1_0];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V0_3 => "0.3",
            Self::V1_0 => "1.0",
        }
    }

    /// The version with exactly this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl fmt::Display for A2aVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The rules for one agent.
#[derive(Clone, Debug)]
pub struct A2aRules {
    /// The path of its URL, without a slash at the end; empty where it is the root.
    pub base: String,
    /// Its name in policies.
    pub agent: Arc<str>,
    /// Is JSON-RPC spoken, at the path itself?
    pub json_rpc: bool,
    /// Is HTTP+JSON spoken, below the path?
    pub http_json: bool,
    /// The versions that are accepted; at least one.
    pub versions: Vec<A2aVersion>,
    /// Where its card can be read.
    pub card_paths: Vec<String>,
    /// May everybody read the card?
    pub card_is_public: bool,
    /// How a denial of policy's looks in JSON-RPC.
    pub denial_status: DenialStatus,
    /// Is each task and context its caller's alone?
    pub bind_tasks: bool,
    /// How the body is bounded: its length, and its nesting and number of values.
    pub json: Limits,
}

/// What is at a path of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum A2aPlace {
    /// Its card.
    Card,
    /// All of JSON-RPC.
    Rpc,
    /// One method in HTTP+JSON.
    Rest(RestCall),
}

impl A2aPlace {
    /// What of the agent a path below its own is, and none where nothing is there. `below` is what follows the agent's path.
    ///
    /// # Errors
    ///
    /// Something is there, but not for this HTTP method.
    pub(super) fn find(
        rules: &A2aRules,
        head: &Head,
        below: &[&str],
    ) -> Result<Option<Self>, OperationError> {
        match below {
            [] => Ok(rules.json_rpc.then_some(Self::Rpc)),
            [..] if rules.http_json => Ok(rest::find(head, below)?.map(Self::Rest)),
            [..] => Ok(None),
        }
    }

    /// May what is asked stand in a body?
    #[must_use]
    pub const fn has_body(&self) -> bool {
        match self {
            Self::Card => false,
            Self::Rpc => true,
            Self::Rest(call) => call.has_body(),
        }
    }

    const fn needs_body(&self) -> bool {
        match self {
            Self::Card => false,
            Self::Rpc => true,
            Self::Rest(call) => call.needs_body(),
        }
    }
}

/// Judges a request by its head alone: method, version, and how the body is declared.
///
/// # Errors
///
/// [`OperationError::MethodNotAllowed`], [`OperationError::A2aVersionNotAccepted`], [`OperationError::ContentType`],
/// [`OperationError::ContentEncoding`], [`OperationError::BodyTooLarge`] by `content-length`, or one of these fields stands
/// there twice.
pub fn check_head(rules: &A2aRules, place: &A2aPlace, head: &Head) -> Result<(), OperationError> {
    let (method, allow) = match place {
        A2aPlace::Card => (head.method() == "GET", "GET"),
        A2aPlace::Rpc => (head.method() == "POST", "POST"),
        // It was found by its method.
        A2aPlace::Rest(_) => (true, ""),
    };
    if !method {
        return Err(OperationError::MethodNotAllowed {
            method: Excerpt::of(head.method()),
            allow: allow.to_owned(),
        });
    }
    version::of(rules, place, head)?;
    body::check_encoding(head)?;
    body::check_length(head, rules.json.max_bytes)?;
    let needs_type = place.needs_body() || head.headers().single("content-type")?.is_some();
    if place.has_body() && needs_type {
        body::check_type(head, &["application/json", "application/a2a+json"])?;
    }
    Ok(())
}

/// Understands one request to an agent.
///
/// # Errors
///
/// Whatever isn't understood, with the JSON-RPC id to answer where the message has one.
pub fn read<'a>(
    rules: &A2aRules,
    place: &A2aPlace,
    head: &Head,
    body: &'a [u8],
) -> Result<Operation<'a>, Refusal> {
    check_head(rules, place, head)?;
    let version = version::of(rules, place, head)?;
    let extensions = extensions(head)?;
    if body.len() > rules.json.max_bytes {
        let limit = rules.json.max_bytes;
        return Err(OperationError::BodyTooLarge { limit }.into());
    }
    let mut operation = match place {
        A2aPlace::Rpc => rpc(rules, version, body)?,
        A2aPlace::Rest(call) => {
            let params = call.params(head, &rules.json, body)?;
            of_agent(rules, version, call.action(), params)?
        }
        A2aPlace::Card if body.is_empty() => {
            let (action, params) = (Action::GetAgentCard, Object::default());
            of_agent(rules, version, action, params)?
        }
        A2aPlace::Card => return Err(OperationError::BodyUnexpected.into()),
    };
    if let Some(arguments) = &mut operation.arguments {
        arguments.0.extend(extensions);
    }
    Ok(operation)
}

/// The extensions that a request activates (1.0, section 3.2.6; 0.3 has an `X-` in front), as one argument; today's servers take
/// both fields in either version, and each as often as it stands there.
fn extensions(head: &Head) -> Result<Option<(Cow<'static, str>, Value<'static>)>, OperationError> {
    let mut all = Vec::new();
    for name in ["a2a-extensions", "x-a2a-extensions"] {
        for value in head.headers().all(name) {
            let text =
                std::str::from_utf8(value).map_err(|_| RequestError::FieldNotText { name })?;
            let named = text.split(',').map(str::trim_ascii);
            let named = named.filter(|one| !one.is_empty());
            all.extend(named.map(|one| Value::String(Cow::Owned(one.to_owned()))));
        }
    }
    Ok((!all.is_empty()).then_some((Cow::Borrowed("extensions"), Value::Array(all))))
}

/// Where a message says to send what comes of it elsewhere: that is what [`Action::SetPushConfig`] does, for the task that it goes on
/// with or a new one.
pub(super) fn inline_push(operation: &Operation<'_>) -> Option<Operation<'static>> {
    if operation.action != Action::SendMessage {
        return None;
    }
    let params = operation.arguments.as_ref()?;
    let member = |of: &str, name: &str| params.get(of)?.as_object()?.get(name);
    let push = member("configuration", "taskPushNotificationConfig")?;
    let mut push = push.as_object()?.clone();
    for (name, value) in [
        ("taskId", member("message", "taskId")),
        ("tenant", params.get("tenant")),
    ] {
        // Where it has them itself, they are the same.
        push.remove(name);
        let value = value.map(|value| (Cow::Borrowed(name), value.clone()));
        push.0.extend(value);
    }
    Some(Operation {
        arguments: Some(push.into_owned()),
        ..Operation::new(
            operation.protocol,
            Action::SetPushConfig,
            operation.resource.clone(),
        )
    })
}

fn rpc<'a>(
    rules: &A2aRules,
    version: A2aVersion,
    body: &'a [u8],
) -> Result<Operation<'a>, Refusal> {
    if body.is_empty() {
        return Err(OperationError::BodyMissing.into());
    }
    let message = match json::parse(body, &rules.json).map_err(OperationError::Json)? {
        Value::Object(message) => message,
        Value::Array(_) => return Err(OperationError::Batch.into()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            let found = other.kind();
            return Err(OperationError::NotAnObject { found }.into());
        }
    };
    let rpc_id = envelope::read_id(&message)?;
    match understand(rules, version, message, rpc_id.is_some()) {
        Ok(operation) => Ok(Operation {
            rpc_id,
            ..operation
        }),
        Err(error) => Err(Refusal {
            rpc_id,
            ..error.into()
        }),
    }
}

fn understand<'a>(
    rules: &A2aRules,
    version: A2aVersion,
    message: Object<'a>,
    has_id: bool,
) -> Result<Operation<'a>, OperationError> {
    let envelope::Message { method, params } = envelope::Message::read(message)?;
    let found = Method::of_rpc(&method, version)?;
    if !has_id {
        return Err(OperationError::IdMissing {
            method: Excerpt::of(&method),
        });
    }
    let params = normal::params(found.action, version, Writing::Json, params, &[])?;
    of_agent(rules, version, found.action, params)
}

fn of_agent<'a>(
    rules: &A2aRules,
    version: A2aVersion,
    action: Action,
    params: Object<'a>,
) -> Result<Operation<'a>, OperationError> {
    let agent = Arc::clone(&rules.agent);
    Ok(Operation {
        about: if rules.bind_tasks {
            about(action, &params)?
        } else {
            Vec::new()
        },
        makes_tasks: action == Action::SendMessage,
        arguments: Some(params),
        ..Operation::new(Protocol::A2a(version), action, Resource::A2aAgent { agent })
    })
}

/// The tasks and contexts that a method names, by what it is asked with.
fn about(action: Action, params: &Object<'_>) -> Result<Vec<TaskName>, OperationError> {
    const TASK: TaskKind = TaskKind::Task;
    const CONTEXT: TaskKind = TaskKind::Context;
    let about_one = matches!(
        action,
        Action::GetAgentTask | Action::CancelAgentTask | Action::FollowAgentTask
    );
    let about_configs = action == Action::SetPushConfig || normal::names_configs(action);
    let message = params.get("message").and_then(Value::as_object);
    let message = message.filter(|_| action == Action::SendMessage);
    let in_message = |name| message.and_then(|message| message.get(name));
    let of = |is_it: bool, name| params.get(name).filter(|_| is_it);
    let referred = in_message("referenceTaskIds");
    let mut about = TaskName::read_all(TASK, "params.message.referenceTaskIds", referred)?;
    for (kind, member, value) in [
        (TASK, "params.message.taskId", in_message("taskId")),
        (CONTEXT, "params.message.contextId", in_message("contextId")),
        (TASK, "params.id", of(about_one, "id")),
        (TASK, "params.taskId", of(about_configs, "taskId")),
        (
            CONTEXT,
            "params.contextId",
            of(action == Action::ListAgentTasks, "contextId"),
        ),
    ] {
        if value.is_some() {
            about.push(TaskName::read(kind, member, value)?);
        }
    }
    Ok(about)
}

/// Could some reader take `one` for `two`: without regard to case and underscores?
fn is_alike(one: &str, two: &str) -> bool {
    let plain = |text: &str| text.replace('_', "");
    same_but_for_case(&plain(one), &plain(two))
}

#[cfg(test)]
mod tests;
