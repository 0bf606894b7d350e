//! The Model Context Protocol over streamable HTTP, in revisions 2025-11-25 and 2026-07-28.
//!
//! | asked by | revision | action |
//! |---|---|---|
//! | POST `tools/call` | both | [`Action::CallTool`] |
//! | POST `tools/list` | both | [`Action::ListTools`] |
//! | POST `initialize` | 2025-11-25 | [`Action::Initialize`] |
//! | POST `server/discover` | 2026-07-28 | [`Action::Initialize`] |
//! | POST `ping` | 2025-11-25 | [`Action::Ping`] |
//! | POST of the client's notifications | as each revision has them | [`Action::Notify`] |
//! | GET | 2025-11-25 | [`Action::OpenStream`] |
//! | DELETE | 2025-11-25 | [`Action::EndSession`] |
//!
//! Everything else is refused: other methods, batches, responses. The body decides. A header that mirrors it must say
//! the same, in 2025-11-25 too, where it isn't required; so nobody behind the gate can be led by a header that the gate
//! didn't believe.
//!
//! **Revision.** It is the `MCP-Protocol-Version` header; the body's `_meta` must agree where it states one, and must
//! state one in 2026-07-28. Without the header only `initialize` is understood, which proposes a revision and speaks
//! none; the 2025-03-26 that servers may assume otherwise isn't one that is read here. A proposal of an earlier
//! revision is refused at once, since every later request would be; a newer or unknown one passes, since the server
//! answers with one that it has.
//!
//! **Stricter than the specification**, so that no two readers differ: a message has no members but JSON-RPC's; names
//! that differ in case only are refused, since some JSON libraries don't tell them apart; `Mcp-Session-Id` is refused in
//! 2026-07-28, where a server of both eras could take it for a session; an id has at most [`LONGEST_ID`] bytes.
//!
//! **What isn't judged**: members of `params` beside the tool's name and arguments, so also `task` (2025-11-25),
//! `inputResponses` and `requestState` (2026-07-28), which go on a call that was judged by its name and arguments. Neither
//! is `Accept`.
//!
//! **What can't be checked without the tools' schemas**: which argument an `Mcp-Param-*` header mirrors. See
//! `mirror.rs`.

mod case;
mod envelope;
mod mirror;
mod params;
mod revision;
mod transport;

use std::sync::Arc;

use self::envelope::Message;
use super::route::McpRules;
use super::{Action, McpRevision, Operation, OperationError, Protocol, Refusal, Resource};
use crate::json::{self, Object, Value};
use crate::request::Head;

pub(crate) use self::case::same_but_for_case;
pub use self::envelope::LONGEST_ID;
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
    let message = match json::parse(body, &rules.json).map_err(OperationError::Json)? {
        Value::Object(message) => message,
        Value::Array(_) => return Err(OperationError::Batch.into()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            return Err(OperationError::NotAnObject {
                found: other.kind(),
            }
            .into());
        }
    };
    let rpc_id = envelope::read_id(&message)?;
    match understand(rules, head, message, rpc_id.is_some()) {
        Ok(operation) => Ok(Operation {
            rpc_id,
            ..operation
        }),
        Err(error) => Err(Refusal { error, rpc_id }),
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
    if revision == McpRevision::V2026_07_28 {
        return Err(transport::not_allowed(head, "POST"));
    }
    Ok(operation(
        revision,
        action,
        Resource::Server {
            server: Arc::clone(&rules.server),
        },
    ))
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

    let traceparent = meta.and_then(params::traceparent);
    let member = rules.warrant_member.as_deref();
    let warrant = member.and_then(|member| params::take_meta(&mut params, member));
    let server = Arc::clone(&rules.server);
    let (resource, arguments) = match method.action {
        Action::CallTool => (
            Resource::Tool {
                server,
                tool: params::tool_name(&params)?.to_owned(),
            },
            Some(params::take_arguments(&mut params)?),
        ),
        Action::ListTools
        | Action::Initialize
        | Action::Ping
        | Action::Notify
        | Action::OpenStream
        | Action::EndSession
        | Action::HttpRequest => (Resource::Server { server }, None),
    };
    Ok(Operation {
        arguments,
        traceparent,
        warrant,
        ..operation(revision, method.action, resource)
    })
}

const fn operation(
    revision: McpRevision,
    action: Action,
    resource: Resource,
) -> Operation<'static> {
    Operation {
        protocol: Protocol::Mcp(revision),
        action,
        resource,
        arguments: None,
        rpc_id: None,
        traceparent: None,
        warrant: None,
    }
}

#[cfg(test)]
mod tests;
