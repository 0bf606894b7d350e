//! The JSON-RPC message around what is asked.

use std::borrow::Cow;

use super::super::{Action, Excerpt, McpRevision, OperationError};
use crate::json::{Object, Value};

/// The longest JSON-RPC id that is answered, in bytes of its JSON text.
pub const LONGEST_ID: usize = 256;

/// A request or notification whose method isn't looked up yet.
pub(in crate::operation) struct Message<'a> {
    pub(in crate::operation) method: Cow<'a, str>,
    /// Empty where there are none.
    pub(in crate::operation) params: Object<'a>,
}

impl<'a> Message<'a> {
    /// Takes the members of a JSON-RPC 2.0 request or notification, and no others.
    pub(in crate::operation) fn read(message: Object<'a>) -> Result<Self, OperationError> {
        let (mut version, mut method, mut params) = (None, None, None);
        for (name, value) in message.0 {
            match name.as_ref() {
                "jsonrpc" => version = Some(value),
                "method" => method = Some(value),
                "params" => params = Some(value),
                "id" => {}
                _ => {
                    return Err(OperationError::UnknownMember {
                        name: Excerpt::of(&name),
                    });
                }
            }
        }
        if version.as_ref().and_then(Value::as_str) != Some("2.0") {
            return Err(OperationError::NotJsonRpc2);
        }
        let Some(Value::String(method)) = method else {
            return Err(OperationError::MethodNotText);
        };
        let params = super::params::object_or_empty(params, "params")?;
        Ok(Self { method, params })
    }
}

/// Is it an answer, and not a question?
pub(super) fn is_response(message: &Object<'_>) -> bool {
    let has = |name| message.get(name).is_some();
    !has("method") && (has("result") || has("error"))
}

/// Judges the members of a JSON-RPC 2.0 response: `id`, and one object that is its result or its error.
pub(super) fn check_response(
    message: &Object<'_>,
    id: Option<&String>,
) -> Result<(), OperationError> {
    let mut outcomes = 0_usize;
    for (name, value) in message.iter() {
        match name {
            "jsonrpc" | "id" => {}
            "result" | "error" if outcomes == 0 => {
                super::params::expect_object(value, "result` or `error")?;
                outcomes = 1;
            }
            _ => {
                return Err(OperationError::UnknownMember {
                    name: Excerpt::of(name),
                });
            }
        }
    }
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(OperationError::NotJsonRpc2);
    }
    match id {
        Some(_) => Ok(()),
        None => Err(OperationError::IdShape {
            longest: LONGEST_ID,
        }),
    }
}

/// The `id` as its JSON text: a string or an integer, never `null` (MCP, "Requests").
pub(in crate::operation) fn read_id(
    message: &Object<'_>,
) -> Result<Option<String>, OperationError> {
    let refusal = OperationError::IdShape {
        longest: LONGEST_ID,
    };
    let id = match message.get("id") {
        None => return Ok(None),
        Some(id @ Value::String(_)) => id.to_string(),
        Some(Value::Number(number)) if number.is_integer() => number.text().to_owned(),
        Some(
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_),
        ) => return Err(refusal),
    };
    if id.len() > LONGEST_ID {
        return Err(refusal);
    }
    Ok(Some(id))
}

/// A method that is understood.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) name: &'static str,
    pub(super) action: Action,
    pub(super) subject: Subject,
    revisions: &'static [McpRevision],
}

/// What a method is about, and so where that stands in its `params`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The server as a whole.
    Server,
    /// The tool in `params.name`.
    Tool,
    /// The prompt in `params.name`.
    Prompt,
    /// The resource in `params.uri`.
    Resource,
    /// The prompt or the resource template in `params.ref`.
    Reference,
}

const SESSIONS: &[McpRevision] = &[
    McpRevision::V2025_03_26,
    McpRevision::V2025_06_18,
    McpRevision::V2025_11_25,
];
const TASKS: &[McpRevision] = &[McpRevision::V2025_11_25];
const STATELESS: &[McpRevision] = &[McpRevision::V2026_07_28];
const ALL: &[McpRevision] = &McpRevision::ALL;

const fn about(
    subject: Subject,
    name: &'static str,
    action: Action,
    revisions: &'static [McpRevision],
) -> Method {
    Method {
        name,
        action,
        subject,
        revisions,
    }
}

const fn method(name: &'static str, action: Action, revisions: &'static [McpRevision]) -> Method {
    about(Subject::Server, name, action, revisions)
}

/// Every method that is understood: `ClientRequest` and `ClientNotification` of each revision's schema.
static METHODS: [Method; 24] = [
    about(Subject::Tool, "tools/call", Action::CallTool, ALL),
    method("tools/list", Action::ListTools, ALL),
    method("resources/list", Action::ListResources, ALL),
    method("resources/templates/list", Action::ListResources, ALL),
    about(
        Subject::Resource,
        "resources/read",
        Action::ReadResource,
        ALL,
    ),
    about(
        Subject::Resource,
        "resources/subscribe",
        Action::SubscribeResource,
        SESSIONS,
    ),
    about(
        Subject::Resource,
        "resources/unsubscribe",
        Action::UnsubscribeResource,
        SESSIONS,
    ),
    method("prompts/list", Action::ListPrompts, ALL),
    about(Subject::Prompt, "prompts/get", Action::GetPrompt, ALL),
    about(
        Subject::Reference,
        "completion/complete",
        Action::Complete,
        ALL,
    ),
    method("tasks/get", Action::GetTask, TASKS),
    method("tasks/result", Action::GetTaskResult, TASKS),
    method("tasks/list", Action::ListTasks, TASKS),
    method("tasks/cancel", Action::CancelTask, TASKS),
    method("logging/setLevel", Action::SetLogLevel, SESSIONS),
    method("subscriptions/listen", Action::Listen, STATELESS),
    method("initialize", Action::Initialize, SESSIONS),
    method("server/discover", Action::Initialize, STATELESS),
    method("ping", Action::Ping, SESSIONS),
    method("notifications/initialized", Action::Notify, SESSIONS),
    method("notifications/cancelled", Action::Notify, ALL),
    method("notifications/progress", Action::Notify, SESSIONS),
    method("notifications/roots/list_changed", Action::Notify, SESSIONS),
    method("notifications/tasks/status", Action::Notify, TASKS),
];

/// The method with exactly this name, if `revision` has it.
pub(super) fn find_method(
    name: &str,
    revision: McpRevision,
) -> Result<&'static Method, OperationError> {
    let method = METHODS
        .iter()
        .find(|method| method.name == name)
        .ok_or_else(|| OperationError::UnknownMethod {
            method: Excerpt::of(name),
        })?;
    if method.revisions.contains(&revision) {
        Ok(method)
    } else {
        Err(OperationError::MethodNotInRevision {
            method: Excerpt::of(name),
            revision,
        })
    }
}

impl Method {
    /// Is it one that isn't answered?
    pub(super) const fn is_notification(&self) -> bool {
        matches!(self.action, Action::Notify)
    }

    /// Does it name a task as what it is about?
    pub(super) const fn is_about_one_task(&self) -> bool {
        matches!(
            self.action,
            Action::GetTask | Action::GetTaskResult | Action::CancelTask
        )
    }

    /// A request has an id, a notification has none.
    pub(super) fn check_id(&self, has_id: bool) -> Result<(), OperationError> {
        match (self.is_notification(), has_id) {
            (true, false) | (false, true) => Ok(()),
            (true, true) => Err(OperationError::IdOnNotification {
                method: Excerpt::of(self.name),
            }),
            (false, false) => Err(OperationError::IdMissing {
                method: Excerpt::of(self.name),
            }),
        }
    }
}
