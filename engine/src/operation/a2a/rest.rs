//! Where each method stands in HTTP+JSON (1.0, section 11.3; 0.3, section 3.5.6).

use std::borrow::Cow;

use super::super::{Action, Excerpt, OperationError};
use super::normal::{self, Writing};
use super::{A2aVersion, version};
use crate::json::{self, Limits, Number, Object, Value};
use crate::request::Head;

/// The longest id in a path, in bytes.
const LONGEST_ID: usize = 256;

/// A method that a path and an HTTP method ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestCall {
    action: Action,
    version: A2aVersion,
    has_body: bool,
    /// What stands in the path, by its names in 1.0's JSON.
    bound: Vec<(&'static str, String)>,
}

/// What a path names.
struct Found<'p> {
    /// HTTP methods, what each does, and whether it has a body.
    choices: &'static [(&'static str, Action, bool)],
    bound: Vec<(&'static str, &'p str)>,
}

const SEND: &[(&str, Action, bool)] = &[("POST", Action::SendMessage, true)];
const LIST: &[(&str, Action, bool)] = &[("GET", Action::ListAgentTasks, false)];
const GET: &[(&str, Action, bool)] = &[("GET", Action::GetAgentTask, false)];
const CANCEL: &[(&str, Action, bool)] = &[("POST", Action::CancelAgentTask, true)];
// 1.0 has GET and 0.3 POST; today's servers take either.
const FOLLOW: &[(&str, Action, bool)] = &[
    ("GET", Action::FollowAgentTask, false),
    ("POST", Action::FollowAgentTask, true),
];
const PUSH_CONFIGS: &[(&str, Action, bool)] = &[
    ("GET", Action::ListPushConfigs, false),
    ("POST", Action::SetPushConfig, true),
];
const PUSH_CONFIG: &[(&str, Action, bool)] = &[
    ("GET", Action::GetPushConfig, false),
    ("DELETE", Action::DeletePushConfig, false),
];
const CARD: &[(&str, Action, bool)] = &[("GET", Action::GetExtendedAgentCard, false)];

/// The method that a request asks for by the segments of its path below the agent's own; none where nothing is there.
///
/// # Errors
///
/// There is something, but not for this HTTP method.
pub(super) fn find(head: &Head, below: &[&str]) -> Result<Option<RestCall>, OperationError> {
    let (version, found) = match below {
        ["v1", rest @ ..] => (A2aVersion::V0_3, resource(A2aVersion::V0_3, rest)),
        [first, rest @ ..] => {
            let version = A2aVersion::V1_0;
            let tenant = plain(first).and_then(|tenant| {
                let mut found = resource(version, rest)?;
                found.bound.push(("tenant", tenant));
                Some(found)
            });
            match (resource(version, below), tenant) {
                (Some(found), None) | (None, Some(found)) => (version, Some(found)),
                // Two readings are one too many.
                (Some(_), Some(_)) | (None, None) => (version, None),
            }
        }
        [] => return Ok(None),
    };
    let Some(Found { choices, bound }) = found else {
        return Ok(None);
    };
    let (_, action, has_body) = choices
        .iter()
        .find(|(method, _, _)| *method == head.method())
        .ok_or_else(|| {
            let methods: Vec<_> = choices.iter().map(|(method, _, _)| *method).collect();
            OperationError::MethodNotAllowed {
                method: Excerpt::of(head.method()),
                allow: methods.join(", "),
            }
        })?;
    let bound = bound.into_iter();
    Ok(Some(RestCall {
        action: *action,
        version,
        has_body: *has_body,
        bound: bound.map(|(name, id)| (name, id.to_owned())).collect(),
    }))
}

/// What a path names, behind a tenant or `v1`.
fn resource<'p>(version: A2aVersion, segments: &[&'p str]) -> Option<Found<'p>> {
    let found = |choices, bound| Some(Found { choices, bound });
    match segments {
        ["message:send" | "message:stream"] => found(SEND, Vec::new()),
        ["extendedAgentCard"] if version == A2aVersion::V1_0 => found(CARD, Vec::new()),
        ["card"] if version == A2aVersion::V0_3 => found(CARD, Vec::new()),
        ["tasks"] => found(LIST, Vec::new()),
        ["tasks", task] => match task.split_once(':') {
            None => found(GET, vec![("id", plain(task)?)]),
            Some((id, "cancel")) => found(CANCEL, vec![("id", plain(id)?)]),
            Some((id, "subscribe")) => found(FOLLOW, vec![("id", plain(id)?)]),
            Some(_) => None,
        },
        ["tasks", task, "pushNotificationConfigs"] => {
            found(PUSH_CONFIGS, vec![("taskId", plain(task)?)])
        }
        ["tasks", task, "pushNotificationConfigs", id] => found(
            PUSH_CONFIG,
            vec![("taskId", plain(task)?), ("id", plain(id)?)],
        ),
        _ => None,
    }
}

/// A segment that everybody reads alike: without encoding, and without the colon before a verb.
fn plain(segment: &str) -> Option<&str> {
    let is_plain = (1..=LONGEST_ID).contains(&segment.len()) && !segment.contains(['%', ':']);
    is_plain.then_some(segment)
}

impl RestCall {
    pub(super) const fn action(&self) -> Action {
        self.action
    }

    pub(super) const fn version(&self) -> A2aVersion {
        self.version
    }

    pub(super) const fn has_body(&self) -> bool {
        self.has_body
    }

    /// Is it nothing without a body?
    pub(super) const fn needs_body(&self) -> bool {
        matches!(self.action, Action::SendMessage | Action::SetPushConfig)
    }

    /// What it is asked with: what stands in the body or else in the query, with what stands in the path.
    pub(super) fn params<'a>(
        &self,
        head: &Head,
        limits: &Limits,
        body: &'a [u8],
    ) -> Result<Object<'a>, OperationError> {
        let in_query = query(head)?;
        let (given, writing) = match (self.has_body, body.is_empty()) {
            (false, true) => (in_query, Writing::Json),
            (false, false) => return Err(OperationError::BodyUnexpected),
            // Some servers would take it as if it stood in the body.
            (true, _) if !in_query.is_empty() => {
                return Err(OperationError::SaidTwice { member: "query" });
            }
            (true, _) => {
                let given = self.of_body(limits, body)?;
                (given, Writing::of_body(self.version))
            }
        };
        let params = normal::params(self.action, self.version, writing, given, &self.bound)?;
        let in_path = self.bound.iter().any(|(name, _)| *name == "tenant");
        if params.get("tenant").is_some() && !in_path {
            return Err(OperationError::SaidTwice { member: "tenant" });
        }
        Ok(params)
    }

    fn of_body<'a>(&self, limits: &Limits, body: &'a [u8]) -> Result<Object<'a>, OperationError> {
        if body.is_empty() {
            // What is to be done, and to what, may all stand in the path.
            return if self.needs_body() {
                Err(OperationError::BodyMissing)
            } else {
                Ok(Object::default())
            };
        }
        match json::parse(body, limits).map_err(OperationError::Json)? {
            Value::Object(object) => Ok(object),
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)) => Err(OperationError::NotAnObject {
                found: other.kind(),
            }),
        }
    }
}

/// The query as an object, numbers and booleans as JSON has them; without the version.
fn query<'a>(head: &Head) -> Result<Object<'a>, OperationError> {
    let mut object = Object::default();
    for (name, value) in version::parameters(head) {
        if name.eq_ignore_ascii_case(version::FIELD) {
            continue;
        }
        let refusal = || OperationError::SaidTwice { member: "query" };
        let name = version::decoded(name).ok_or_else(refusal)?;
        if object.get(&name).is_some() {
            return Err(refusal());
        }
        let value = version::decoded(value).ok_or_else(refusal)?;
        let value = match (name.as_str(), value.as_str()) {
            ("historyLength" | "pageSize", text) if normal::is_plain_integer(text) => {
                Value::Number(Number(Cow::Owned(value)))
            }
            ("includeArtifacts", "true" | "false") => Value::Bool(value == "true"),
            _ => Value::String(Cow::Owned(value)),
        };
        object.0.push((Cow::Owned(name), value));
    }
    Ok(object)
}
