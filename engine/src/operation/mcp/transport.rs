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
        check_content_type(head)?;
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

/// `application/json`, in UTF-8 where it says so; other parameters mean nothing to JSON (RFC 8259, section 11).
fn check_content_type(head: &Head) -> Result<(), OperationError> {
    let declared = head.headers().single("content-type")?;
    let refusal = || OperationError::ContentType {
        found: declared.map(Excerpt::of),
    };
    let mut parts = declared.ok_or_else(refusal)?.split(';');
    let media_type = parts.next().unwrap_or_default();
    if !media_type
        .trim_ascii()
        .eq_ignore_ascii_case("application/json")
    {
        return Err(refusal());
    }
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let charset = value.trim_ascii().trim_matches('"');
        if name.trim_ascii().eq_ignore_ascii_case("charset")
            && !charset.eq_ignore_ascii_case("utf-8")
        {
            return Err(refusal());
        }
    }
    Ok(())
}
