//! What the head of an MCP request must say before its body is worth reading.

use super::super::route::McpRules;
use super::super::{Action, Excerpt, OperationError, body};
use crate::request::Head;

/// Judges an MCP request by its head alone: method, origin, and how the body is declared.
///
/// # Errors
///
/// [`OperationError::MethodNotAllowed`], [`OperationError::OriginNotAllowed`], [`OperationError::ContentType`],
/// [`OperationError::ContentEncoding`], [`OperationError::BodyTooLarge`] by `content-length`, or one of these headers
/// stands there twice.
pub fn check_head(rules: &McpRules, head: &Head) -> Result<(), OperationError> {
    let is_post = head.method() == "POST";
    let methods = methods(rules);
    if !methods.split(", ").any(|method| method == head.method()) {
        return Err(not_allowed(head, methods));
    }
    if let Some(origin) = head.headers().single("origin")?
        && !rules
            .allowed_origins
            .iter()
            .any(|allowed| allowed == origin)
    {
        return Err(OperationError::OriginNotAllowed {
            origin: Excerpt::of(origin),
        });
    }
    if is_post {
        body::check_type(head, &["application/json"])?;
    }
    body::check_encoding(head)?;
    body::check_length(head, rules.json.max_bytes)
}

/// The HTTP methods of an endpoint, separated by commas: POST, and with sessions also those that have no message.
#[must_use]
pub fn methods(rules: &McpRules) -> &'static str {
    if rules.revisions.iter().any(|one| one.has_sessions()) {
        "POST, GET, DELETE"
    } else {
        "POST"
    }
}

/// What a request without a message asks for, where the revision has sessions.
pub(super) fn session_action(head: &Head) -> Option<Action> {
    match head.method() {
        "GET" => Some(Action::OpenStream),
        "DELETE" => Some(Action::EndSession),
        _ => None,
    }
}

pub(super) fn not_allowed(head: &Head, allow: &str) -> OperationError {
    OperationError::MethodNotAllowed {
        method: Excerpt::of(head.method()),
        allow: allow.to_owned(),
    }
}
