//! The Model Context Protocol over streamable HTTP, in revisions 2025-03-26, 2025-06-18, 2025-11-25 and 2026-07-28.
//!
//! `envelope.rs` has every method with its action and what it is about: all that a client may send by each revision's schema.
//!
//! | asked by | revision | action |
//! |---|---|---|
//! | POST of a request or notification | as `METHODS` has them | the method's |
//! | POST of a response | those with sessions | [`Action::Respond`]: what the server asked, the client answers |
//! | GET | those with sessions | [`Action::OpenStream`] |
//! | DELETE | those with sessions | [`Action::EndSession`] |
//! | POST of several messages | 2025-03-26 | [`Action::Batch`], and each message's own (`batch.rs`) |
//!
//! Everything else is refused. The body decides. A header that mirrors it
//! must say the same, in earlier revisions too, where it isn't required; so nobody behind the gate can be led by a header that the
//! gate didn't believe.
//!
//! **Revision.** It is the `MCP-Protocol-Version` header; the body's `_meta` must agree where it states one, and must
//! state one in 2026-07-28. Without the header only `initialize` is understood, which proposes a revision and speaks
//! none; and everything else in 2025-03-26, which has no such header, where that is accepted. A proposal of a revision that isn't
//! accepted is refused at once, since every later request would be; a newer or unknown one passes, since the server
//! answers with one that it has.
//!
//! **Stricter than the specification**, so that no two readers differ: a message has no members but JSON-RPC's; names
//! that differ in case only are refused, since some JSON libraries don't tell them apart; `Mcp-Session-Id` is refused in
//! 2026-07-28, where a server of both eras could take it for a session; an id has at most [`LONGEST_ID`] bytes; a resource's URI
//! is in its plainest form (`uri.rs`); a
//! `subscriptions/listen` follows at most 64 resources, each of which must be permitted.
//!
//! **Tasks** (2025-11-25): a call with `task` may make one, and what a request names as `params.taskId` must be its caller's
//! ([`super::task`]). The task that a message is said to be related to must not be another's; a client may have tasks of its own. Those of
//! 2026-07-28's extension are bound to nobody, and refused where tasks are bound.
//!
//! **What isn't judged**: members of `params` beside what a method is about and a tool's arguments, so also a prompt's arguments,
//! what `task` says, `inputResponses` and `requestState` (2026-07-28), which go on a call that was judged by its name and
//! arguments; and what a response says, but for lists (`listing`). Neither is `Accept`.
//!
//! **What can't be checked without the tools' schemas**: which argument an `Mcp-Param-*` header mirrors. See
//! `mirror.rs`.

mod batch;
pub(super) mod case;
pub(super) mod envelope;
pub mod events;
pub mod listing;
mod mirror;
mod params;
mod revision;
mod transport;
mod uri;

use std::sync::Arc;

use self::envelope::{Message, Subject};
use self::params::Reference;
use super::route::McpRules;
use super::{Action, McpRevision, Operation, OperationError, Protocol, Refusal, Resource};
use crate::json::{self, Object, Value};
use crate::request::Head;

pub(crate) use self::case::same_but_for_case;
pub use self::envelope::LONGEST_ID;
pub use self::revision::SESSION;
pub use self::transport::{check_head, methods};

/// Understands one request to an MCP server.
///
/// # Errors
///
/// Whatever isn't understood, with the id to answer where the message has one.
pub fn read<'a>(rules: &McpRules, head: &Head, body: &'a [u8]) -> Result<Operation<'a>, Refusal> {
    check_head(rules, head)?;
    if let Some(action) = transport::session_action(head) {
        return Ok(session(rules, head, action, body)?);
    }
    if body.is_empty() {
        return Err(OperationError::BodyMissing.into());
    }
    if body.len() > rules.json.max_bytes {
        let limit = rules.json.max_bytes;
        return Err(OperationError::BodyTooLarge { limit }.into());
    }
    let message = json::parse(body, &rules.json).map_err(OperationError::Json)?;
    if let Value::Array(messages) = message {
        return batch::read(rules, head, messages);
    }
    one(rules, head, message)
}

/// One message.
fn one<'a>(rules: &McpRules, head: &Head, message: Value<'a>) -> Result<Operation<'a>, Refusal> {
    let Value::Object(message) = message else {
        let found = message.kind();
        return Err(OperationError::NotAnObject { found }.into());
    };
    let rpc_id = envelope::read_id(&message)?;
    if envelope::is_response(&message) {
        // It has the id of the server's question, to which no error is an answer.
        return Ok(response(rules, head, &message, rpc_id.as_ref())?);
    }
    match understand(rules, head, message, rpc_id.is_some()) {
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

/// GET and DELETE, which revisions with sessions have.
fn session(
    rules: &McpRules,
    head: &Head,
    action: Action,
    body: &[u8],
) -> Result<Operation<'static>, OperationError> {
    if !body.is_empty() {
        return Err(OperationError::BodyUnexpected);
    }
    let revision = revision::of_header(rules, head)?;
    revision::check_session(head, revision)?;
    if !revision.has_sessions() {
        return Err(transport::not_allowed(head, "POST"));
    }
    Ok(of_server(rules, revision, action))
}

/// A client's answer to what the server asked.
fn response(
    rules: &McpRules,
    head: &Head,
    message: &Object<'_>,
    id: Option<&String>,
) -> Result<Operation<'static>, OperationError> {
    let revision = revision::of_header(rules, head)?;
    revision::check_session(head, revision)?;
    if !revision.has_sessions() {
        return Err(OperationError::ResponseFromClient);
    }
    envelope::check_response(message, id)?;
    mirror::check_absent(head)?;
    Ok(Operation {
        related: if rules.bind_tasks {
            params::related_of_result(message)?
        } else {
            Vec::new()
        },
        ..of_server(rules, revision, Action::Respond)
    })
}

fn understand<'a>(
    rules: &McpRules,
    head: &Head,
    message: Object<'a>,
    has_id: bool,
) -> Result<Operation<'a>, OperationError> {
    let Message {
        method: name,
        mut params,
    } = Message::read(message)?;
    let meta = params::meta(&params)?;
    let revision = revision::of_message(rules, head, &name, &params, meta)?;
    revision::check_session(head, revision)?;
    let method = envelope::find_method(&name, revision)?;
    method.check_id(has_id)?;
    mirror::check(head, revision, method, &params)?;
    params::check(revision, method, &params, meta)?;
    params::check_spelling(meta, rules.warrant_member.as_deref())?;

    let about = params::about(method, &params)?;
    let related = if rules.bind_tasks {
        params::check_no_extension(revision, method, &params, meta)?;
        params::related(meta)?
    } else {
        Vec::new()
    };
    let makes_tasks = params::asks_for_task(revision, method, &params);
    let traceparent = meta.and_then(params::traceparent);
    let member = rules.warrant_member.as_deref();
    let warrant = member.and_then(|member| params::take_meta(&mut params, member));
    let server = Arc::clone(&rules.server);
    let (resource, arguments) = match method.subject {
        Subject::Tool => {
            let tool = params::name(&params)?.to_owned();
            let arguments = params::take_arguments(&mut params)?;
            if let Some(declared) = rules.arguments.get(&tool) {
                declared.check(&arguments)?;
            }
            (Resource::Tool { server, tool }, Some(arguments))
        }
        Subject::Prompt => (prompt(server, params::name(&params)?), None),
        Subject::Resource => (mcp_resource(server, params::resource(&params)?), None),
        Subject::Reference => match params::reference(&params)? {
            Reference::Prompt(name) => (prompt(server, name), None),
            Reference::Resource(uri) => (mcp_resource(server, uri), None),
        },
        Subject::Server => (Resource::Server { server }, None),
    };
    let followed = if method.action == Action::Listen {
        params::followed(&params)?
    } else {
        Vec::new()
    };
    let follows = followed
        .into_iter()
        .map(|uri| mcp_resource(Arc::clone(&rules.server), uri))
        .collect();
    Ok(Operation {
        arguments,
        follows,
        about,
        related,
        makes_tasks,
        traceparent,
        warrant,
        ..Operation::new(Protocol::Mcp(revision), method.action, resource)
    })
}

fn prompt(server: Arc<str>, name: &str) -> Resource {
    Resource::Prompt {
        server,
        prompt: name.to_owned(),
    }
}

fn mcp_resource(server: Arc<str>, uri: &str) -> Resource {
    Resource::McpResource {
        server,
        uri: uri.to_owned(),
    }
}

fn of_server(rules: &McpRules, revision: McpRevision, action: Action) -> Operation<'static> {
    let server = Arc::clone(&rules.server);
    Operation::new(Protocol::Mcp(revision), action, Resource::Server { server })
}

#[cfg(test)]
mod tests;
