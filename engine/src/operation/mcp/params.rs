//! The shapes of `params`, as far as a decision rests on them.

use super::super::task::{TaskKind, TaskName};
use super::super::{Action, McpRevision, OperationError};
use super::envelope::{Method, Subject};
use super::{case, uri};
use crate::json::{Object, Value};

/// The longest name of a tool, a prompt or a task, in bytes; the specification recommends 128 characters for tools.
const LONGEST_NAME: usize = 256;

const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const RELATED_TASK: &str = "io.modelcontextprotocol/related-task";
/// Among a client's capabilities, and what is named there.
const EXTENSIONS: &str = "extensions";
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// Names in `params` by which anything is decided.
const KNOWN: [&str; 9] = [
    "_meta",
    "arguments",
    "name",
    "notifications",
    "protocolVersion",
    "ref",
    "task",
    "taskId",
    "uri",
];

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

/// The tool or the prompt that `params.name` names.
pub(super) fn name<'o>(params: &'o Object<'_>) -> Result<&'o str, OperationError> {
    named(params, "name", "params.name")
}

fn named<'o>(
    object: &'o Object<'_>,
    name: &str,
    member: &'static str,
) -> Result<&'o str, OperationError> {
    let value = object.get(name);
    value
        .and_then(Value::as_str)
        .filter(|name| (1..=LONGEST_NAME).contains(&name.len()) && !name.contains(char::is_control))
        .ok_or(OperationError::Params {
            member,
            expected: "a string of 1 to 256 bytes without control characters",
            found: value.map(Value::kind),
        })
}

/// The resource that `params.uri` names.
pub(super) fn resource<'o>(params: &'o Object<'_>) -> Result<&'o str, OperationError> {
    plain_uri(params, "params.uri")
}

fn plain_uri<'o>(object: &'o Object<'_>, member: &'static str) -> Result<&'o str, OperationError> {
    let value = object.get("uri");
    value
        .and_then(Value::as_str)
        .filter(|text| uri::is_plain(text))
        .ok_or(OperationError::Params {
            member,
            expected: uri::PLAIN,
            found: value.map(Value::kind),
        })
}

/// What a `completion/complete` is about.
pub(super) enum Reference<'o> {
    /// A prompt, by its name.
    Prompt(&'o str),
    /// Resources, by their URI or its template.
    Resource(&'o str),
}

/// The prompt or the resource that `params.ref` names.
pub(super) fn reference<'o>(params: &'o Object<'_>) -> Result<Reference<'o>, OperationError> {
    let reference = required(params, "ref", "params.ref")?;
    case::check_known("params.ref", reference, &["name", "type", "uri"])?;
    let kind = reference.get("type");
    match kind.and_then(Value::as_str) {
        Some("ref/prompt") => named(reference, "name", "params.ref.name").map(Reference::Prompt),
        Some("ref/resource") => plain_uri(reference, "params.ref.uri").map(Reference::Resource),
        _ => Err(OperationError::Params {
            member: "params.ref.type",
            expected: "`ref/prompt` or `ref/resource`",
            found: kind.map(Value::kind),
        }),
    }
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
            &[PROTOCOL_VERSION, CLIENT_CAPABILITIES, RELATED_TASK],
        )?;
    }
    if revision == McpRevision::V2026_07_28 && !method.is_notification() {
        check_stateless_meta(meta)?;
    }
    match method.subject {
        Subject::Tool | Subject::Prompt => {
            name(params)?;
            if let Some(arguments) = object(params, "arguments", "params.arguments")? {
                case::check_deep("params.arguments", arguments)?;
            }
        }
        Subject::Resource => {
            resource(params)?;
        }
        Subject::Reference => {
            reference(params)?;
        }
        Subject::Server => {}
    }
    check_of(revision, method.action, params)
}

/// Judges what one action has of its own.
fn check_of(
    revision: McpRevision,
    action: Action,
    params: &Object<'_>,
) -> Result<(), OperationError> {
    match action {
        Action::ListTools | Action::ListResources | Action::ListPrompts | Action::ListTasks => {
            match params.get("cursor") {
                None | Some(Value::String(_)) => Ok(()),
                Some(other) => Err(OperationError::Params {
                    member: "params.cursor",
                    expected: "a string",
                    found: Some(other.kind()),
                }),
            }
        }
        Action::Initialize if revision.has_sessions() => {
            required_object(params, "capabilities", "params.capabilities")?;
            required_object(params, "clientInfo", "params.clientInfo")
        }
        Action::Complete => required_object(params, "argument", "params.argument"),
        Action::SetLogLevel => named(params, "level", "params.level").map(drop),
        Action::Listen => followed(params).map(drop),
        // The task that some are about is judged when it is read.
        Action::GetTask
        | Action::GetTaskResult
        | Action::CancelTask
        | Action::CallTool
        | Action::ReadResource
        | Action::SubscribeResource
        | Action::UnsubscribeResource
        | Action::GetPrompt
        | Action::Respond
        | Action::Initialize
        | Action::Ping
        | Action::Notify
        | Action::Batch
        | Action::OpenStream
        | Action::EndSession
        | Action::SendMessage
        | Action::GetAgentTask
        | Action::ListAgentTasks
        | Action::CancelAgentTask
        | Action::FollowAgentTask
        | Action::SetPushConfig
        | Action::GetPushConfig
        | Action::ListPushConfigs
        | Action::DeletePushConfig
        | Action::GetAgentCard
        | Action::GetExtendedAgentCard
        | Action::HttpRequest => Ok(()),
    }
}

/// The task that a request is about, where its method has one.
pub(super) fn about(method: &Method, params: &Object<'_>) -> Result<Vec<TaskName>, OperationError> {
    if !method.is_about_one_task() {
        return Ok(Vec::new());
    }
    Ok(vec![task(params, "params.taskId")?])
}

/// The task that a message is said to be related to, by its `_meta`.
pub(super) fn related(meta: Option<&Object<'_>>) -> Result<Vec<TaskName>, OperationError> {
    const MEMBER: &str = "_meta.io.modelcontextprotocol/related-task";
    let Some(related) = meta.and_then(|meta| meta.get(RELATED_TASK)) else {
        return Ok(Vec::new());
    };
    let related = expect_object(related, MEMBER)?;
    case::check_known(MEMBER, related, &["taskId"])?;
    Ok(vec![task(related, MEMBER)?])
}

/// The same of a client's answer.
pub(super) fn related_of_result(message: &Object<'_>) -> Result<Vec<TaskName>, OperationError> {
    let Some(result) = message.get("result").and_then(Value::as_object) else {
        return Ok(Vec::new());
    };
    case::check_known("result", result, &["_meta"])?;
    let meta = object(result, "_meta", "result._meta")?;
    if let Some(meta) = meta {
        case::check_known("result._meta", meta, &[RELATED_TASK])?;
    }
    related(meta)
}

fn task(object: &Object<'_>, member: &'static str) -> Result<TaskName, OperationError> {
    TaskName::read(TaskKind::Task, member, object.get("taskId"))
}

/// Does a request ask for a task that stands for its answer? Only revisions count whose requests can name one afterwards.
pub(super) fn asks_for_task(revision: McpRevision, method: &Method, params: &Object<'_>) -> bool {
    let wanted = params.get("task").filter(|task| **task != Value::Null);
    revision.has_tasks() && method.action == Action::CallTool && wanted.is_some()
}

/// Refuses what has to do with the tasks of 2026-07-28's extension, which nobody binds to their callers: a call whose answer may be one, and
/// to follow them, or whatever else a `subscriptions/listen` names that isn't known to be none.
pub(super) fn check_no_extension(
    revision: McpRevision,
    method: &Method,
    params: &Object<'_>,
    meta: Option<&Object<'_>>,
) -> Result<(), OperationError> {
    const CAPABILITIES: &str = "params._meta.io.modelcontextprotocol/clientCapabilities";
    const NOTIFICATIONS: &str = "params.notifications";
    const NOT_OF_TASKS: [&str; 4] = [
        "promptsListChanged",
        "resourceSubscriptions",
        "resourcesListChanged",
        "toolsListChanged",
    ];
    let refusal = |member, expected| {
        let found = None;
        Err(OperationError::Params {
            member,
            expected,
            found,
        })
    };
    if method.action == Action::Listen {
        let wanted = required(params, "notifications", NOTIFICATIONS)?;
        if wanted.iter().any(|(name, _)| !NOT_OF_TASKS.contains(&name)) {
            return refusal(
                NOTIFICATIONS,
                "without what could be about tasks, which are not bound to their callers in this revision: nothing but `toolsListChanged`, `promptsListChanged`, `resourcesListChanged` and `resourceSubscriptions`",
            );
        }
    }
    if revision == McpRevision::V2026_07_28
        && method.action == Action::CallTool
        && let Some(meta) = meta
        && let Some(capabilities) = object(meta, CLIENT_CAPABILITIES, CAPABILITIES)?
    {
        case::check_known(CAPABILITIES, capabilities, &[EXTENSIONS])?;
        if let Some(extensions) = object(capabilities, EXTENSIONS, CAPABILITIES)?
            && extensions
                .iter()
                .any(|(name, _)| case::same_but_for_case(name, TASKS))
        {
            return refusal(
                CAPABILITIES,
                "without the extension `io.modelcontextprotocol/tasks`, whose tasks are not bound to their callers",
            );
        }
    }
    Ok(())
}

/// The most resources that one `subscriptions/listen` follows.
const MOST_FOLLOWED: usize = 64;

/// The resources that a `subscriptions/listen` follows.
pub(super) fn followed<'o>(params: &'o Object<'_>) -> Result<Vec<&'o str>, OperationError> {
    let wanted = required(params, "notifications", "params.notifications")?;
    case::check_known("params.notifications", wanted, &["resourceSubscriptions"])?;
    let Some(stated) = wanted.get("resourceSubscriptions") else {
        return Ok(Vec::new());
    };
    let refusal = |expected| OperationError::Params {
        member: "params.notifications.resourceSubscriptions",
        expected,
        found: Some(stated.kind()),
    };
    let all = stated
        .as_array()
        .filter(|all| all.len() <= MOST_FOLLOWED)
        .ok_or_else(|| refusal("an array of at most 64 URIs"))?;
    let plain = |value: &'o Value<'_>| value.as_str().filter(|text| uri::is_plain(text));
    all.iter()
        .map(|value| plain(value).ok_or_else(|| refusal(uri::EACH_PLAIN)))
        .collect()
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
    required(object, name, member).map(drop)
}

fn required<'o, 'a>(
    of: &'o Object<'a>,
    name: &str,
    member: &'static str,
) -> Result<&'o Object<'a>, OperationError> {
    object(of, name, member)?.ok_or(OperationError::Params {
        member,
        expected: "an object",
        found: None,
    })
}

fn object<'o, 'a>(
    object: &'o Object<'a>,
    name: &str,
    member: &'static str,
) -> Result<Option<&'o Object<'a>>, OperationError> {
    let value = object.get(name);
    value.map(|value| expect_object(value, member)).transpose()
}

/// The object that a member must be.
pub(super) fn expect_object<'o, 'a>(
    value: &'o Value<'a>,
    member: &'static str,
) -> Result<&'o Object<'a>, OperationError> {
    value.as_object().ok_or(OperationError::Params {
        member,
        expected: "an object",
        found: Some(value.kind()),
    })
}
