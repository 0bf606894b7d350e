//! The JSON-RPC message around what is asked.

use std::borrow::Cow;

use super::super::{Action, Excerpt, McpRevision, OperationError};
use crate::json::{Object, Value};

/// The longest JSON-RPC id that is answered, in bytes of its JSON text.
pub const LONGEST_ID: usize = 256;

/// A request or notification whose method isn't looked up yet.
pub(super) struct Message<'a> {
    pub(super) method: Cow<'a, str>,
    /// Empty where there are none.
    pub(super) params: Object<'a>,
}

impl<'a> Message<'a> {
    /// Takes the members of a JSON-RPC 2.0 request or notification, and no others.
    pub(super) fn read(message: Object<'a>) -> Result<Self, OperationError> {
        if message.get("method").is_none()
            && (message.get("result").is_some() || message.get("error").is_some())
        {
            return Err(OperationError::ResponseFromClient);
        }
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

/// The `id` as its JSON text: a string or an integer, never `null` (MCP, "Requests").
pub(super) fn read_id(message: &Object<'_>) -> Result<Option<String>, OperationError> {
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
    revisions: &'static [McpRevision],
}

const HANDSHAKE: &[McpRevision] = &[McpRevision::V2025_11_25];
const STATELESS: &[McpRevision] = &[McpRevision::V2026_07_28];
const BOTH: &[McpRevision] = &McpRevision::ALL;

const fn method(name: &'static str, action: Action, revisions: &'static [McpRevision]) -> Method {
    Method {
        name,
        action,
        revisions,
    }
}

/// Every method that is understood; the notifications are `ClientNotification` of each revision's schema.
static METHODS: [Method; 10] = [
    method("tools/call", Action::CallTool, BOTH),
    method("tools/list", Action::ListTools, BOTH),
    method("initialize", Action::Initialize, HANDSHAKE),
    method("server/discover", Action::Initialize, STATELESS),
    method("ping", Action::Ping, HANDSHAKE),
    method("notifications/initialized", Action::Notify, HANDSHAKE),
    method("notifications/cancelled", Action::Notify, BOTH),
    method("notifications/progress", Action::Notify, HANDSHAKE),
    method(
        "notifications/roots/list_changed",
        Action::Notify,
        HANDSHAKE,
    ),
    method("notifications/tasks/status", Action::Notify, HANDSHAKE),
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
