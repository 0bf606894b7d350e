//! Which revision a request speaks: what its header says, and its body too where it says anything.

use super::super::route::McpRules;
use super::super::{Excerpt, McpRevision, OperationError};
use super::params;
use crate::json::Object;
use crate::request::Head;

const HEADER: &str = "mcp-protocol-version";
/// The header that names a session.
pub const SESSION: &str = "mcp-session-id";

/// The revision before those that are understood. A client that proposes it would go on in it.
const EARLIER: &str = "2024-11-05";

/// The revision of a request without a message.
pub(super) fn of_header(rules: &McpRules, head: &Head) -> Result<McpRevision, OperationError> {
    match head.headers().single(HEADER)? {
        Some(name) => accepted(rules, name),
        None => unstated(rules),
    }
}

/// The revision of a request that states none: the one that has no header for that (2025-06-18, "Protocol Version Header"), where
/// it is accepted.
fn unstated(rules: &McpRules) -> Result<McpRevision, OperationError> {
    let headless = McpRevision::V2025_03_26;
    let is_accepted = rules.revisions.contains(&headless);
    is_accepted.then_some(headless).ok_or_else(missing)
}

/// The revision of a message: header and body must state the same one.
pub(super) fn of_message(
    rules: &McpRules,
    head: &Head,
    method: &str,
    params: &Object<'_>,
    meta: Option<&Object<'_>>,
) -> Result<McpRevision, OperationError> {
    let header = head.headers().single(HEADER)?;
    let body = meta.map_or(Ok(None), params::protocol_version)?;
    let revision = match (header, body) {
        (Some(header), Some(body)) if header != body => {
            return Err(OperationError::HeaderMismatch {
                name: Excerpt::of(HEADER),
                header: Excerpt::of(header),
                body: Excerpt::of(body),
            });
        }
        (Some(header), _) => Some(accepted(rules, header)?),
        (None, None) if method == "initialize" => None,
        (None, None) => Some(unstated(rules)?),
        (None, Some(_)) => return Err(missing()),
    };
    if method == "initialize" && revision != Some(McpRevision::V2026_07_28) {
        return proposed(rules, params::proposed_version(params)?);
    }
    revision.ok_or_else(missing)
}

/// A handshake ends in a revision that has one, so one must be accepted here, and the client must know it. A proposal that isn't
/// known is of a later revision: the server answers with one that it has.
fn proposed(rules: &McpRules, name: &str) -> Result<McpRevision, OperationError> {
    let with_sessions = |revision: &McpRevision| revision.has_sessions();
    let found = match McpRevision::from_name(name).filter(with_sessions) {
        Some(revision) => rules.revisions.contains(&revision).then_some(revision),
        None if name == EARLIER => None,
        None => rules.revisions.iter().copied().filter(with_sessions).max(),
    };
    found.ok_or_else(|| not_supported(rules, name))
}

/// `Mcp-Session-Id` is a server's name for a session: visible ASCII (2025-11-25, "Session Management"), and nothing to a
/// stateless revision.
pub(super) fn check_session(head: &Head, revision: McpRevision) -> Result<(), OperationError> {
    let Some(session) = head.headers().single(SESSION)? else {
        return Ok(());
    };
    if !revision.has_sessions() {
        return Err(OperationError::SessionOnStateless { revision });
    }
    if session.is_empty() || !session.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(OperationError::HeaderMalformed {
            name: Excerpt::of(SESSION),
        });
    }
    Ok(())
}

fn accepted(rules: &McpRules, name: &str) -> Result<McpRevision, OperationError> {
    McpRevision::from_name(name)
        .filter(|revision| rules.revisions.contains(revision))
        .ok_or_else(|| not_supported(rules, name))
}

fn not_supported(rules: &McpRules, requested: &str) -> OperationError {
    OperationError::RevisionNotSupported {
        requested: Excerpt::of(requested),
        supported: rules.revisions.clone(),
    }
}

fn missing() -> OperationError {
    OperationError::HeaderMissing {
        name: Excerpt::of(HEADER),
    }
}
