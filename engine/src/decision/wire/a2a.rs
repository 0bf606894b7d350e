//! Refusals as A2A has errors.
//!
//! | | JSON-RPC | HTTP+JSON |
//! |---|---|---|
//! | 1.0 | the error's `data` is a list with a `google.rpc.ErrorInfo` (section 9.5) | `google.rpc.Status` as `error`, with the same list as its `details` (section 11.6) |
//! | 0.3 | the error's `data` is the problem document, as for MCP | the problem document, with a `message`, and A2A's name of the error as its `type` where it has one |
//!
//! `ErrorInfo.reason` is A2A's where it has one, in A2A's `domain`; else the gate's own reason, in the domain [`DOMAIN`]. Its
//! `metadata` has what a problem document has, as texts; what is no text, nor a list of texts, as its JSON.

use serde_json::{Map, Value, json};

use super::{Detail, problem, rpc_message};
use crate::decision::answer::Answer;
use crate::decision::denial::Denial;
use crate::operation::A2aVersion;

/// The domain of reasons that are the gate's.
const DOMAIN: &str = "bailiwick";

/// The domain of reasons that are A2A's (1.0, sections 9.5 and 11.6).
const A2A_DOMAIN: &str = "a2a-protocol.org";

/// The code of a JSON-RPC error: A2A's where it has one (1.0, section 5.4; 0.3, section 8.2), else as everywhere.
pub(super) const fn rpc_code(answer: Answer) -> i32 {
    if matches!(answer, Answer::UnsupportedMediaType) {
        return -32_005;
    }
    answer.rpc_code()
}

/// `data` of a JSON-RPC error.
pub(super) fn rpc_data(
    denial: &Denial,
    detail: Detail,
    evidence: &str,
    version: A2aVersion,
) -> Value {
    match version {
        A2aVersion::V1_0 => details(denial, detail, evidence),
        A2aVersion::V0_3 => Value::Object(problem(denial, detail, evidence)),
    }
}

/// The media type and the body of an answer in HTTP+JSON.
pub(super) fn rest(
    denial: &Denial,
    detail: Detail,
    evidence: &str,
    version: A2aVersion,
) -> (&'static str, Value) {
    let answer = denial.reason().answer();
    match version {
        A2aVersion::V1_0 => {
            let status = json!({
                "code": answer.status(),
                "status": status_name(answer),
                "message": rpc_message(denial, detail),
                "details": details(denial, detail, evidence),
            });
            ("application/json", json!({ "error": status }))
        }
        A2aVersion::V0_3 => {
            let mut members = problem(denial, detail, evidence);
            let message = rpc_message(denial, detail);
            members.insert("message".to_owned(), json!(message));
            if let Some((_, name)) = error_of(answer) {
                members.insert("type".to_owned(), json!(name));
            }
            ("application/problem+json", Value::Object(members))
        }
    }
}

/// The list of a `google.rpc.ErrorInfo`.
fn details(denial: &Denial, detail: Detail, evidence: &str) -> Value {
    let answer = denial.reason().answer();
    let (domain, reason) = match (error_of(answer), detail) {
        (Some((reason, _)), _) => (A2A_DOMAIN, reason.to_owned()),
        (None, Detail::Explain) => (DOMAIN, denial.reason().code().to_ascii_uppercase()),
        (None, Detail::Opaque) => (DOMAIN, status_name(answer).to_owned()),
    };
    let mut metadata = Map::new();
    for (name, value) in problem(denial, detail, evidence) {
        let text = match value {
            Value::String(text) => text,
            Value::Array(values) => {
                texts(&values).unwrap_or_else(|| Value::Array(values).to_string())
            }
            Value::Object(members) => Value::Object(members).to_string(),
            Value::Null | Value::Bool(_) | Value::Number(_) => continue,
        };
        metadata.insert(name, Value::String(text));
    }
    json!([{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": metadata,
    }])
}

/// All of them with a space between, where they are texts.
fn texts(values: &[Value]) -> Option<String> {
    let texts: Option<Vec<_>> = values.iter().map(Value::as_str).collect();
    texts.map(|texts| texts.join(" "))
}

/// What A2A calls it: in `ErrorInfo.reason`, and by its name (1.0, section 3.3.2).
const fn error_of(answer: Answer) -> Option<(&'static str, &'static str)> {
    match answer {
        Answer::UnsupportedVersion => Some(("VERSION_NOT_SUPPORTED", "VersionNotSupportedError")),
        Answer::TaskNotFound => Some(("TASK_NOT_FOUND", "TaskNotFoundError")),
        Answer::UnsupportedMediaType => {
            Some(("CONTENT_TYPE_NOT_SUPPORTED", "ContentTypeNotSupportedError"))
        }
        Answer::NoCredential
        | Answer::InvalidCredential
        | Answer::InvalidToken
        | Answer::InvalidProof
        | Answer::InvalidWorkloadProof
        | Answer::NonceWanted
        | Answer::InsufficientAuthentication
        | Answer::InsufficientScope
        | Answer::InsufficientAuthorization
        | Answer::Judgement
        | Answer::Forbidden
        | Answer::BadRequest
        | Answer::NotJson
        | Answer::NotJsonRpc
        | Answer::UnknownMethod
        | Answer::InvalidParams
        | Answer::HeaderMismatch
        | Answer::UnsupportedRevision
        | Answer::McpTaskNotFound
        | Answer::NotFound
        | Answer::MethodNotAllowed
        | Answer::TooEarly
        | Answer::TooLarge
        | Answer::Internal
        | Answer::BadGateway
        | Answer::Unavailable => None,
    }
}

/// The name of a `google.rpc.Code`.
const fn status_name(answer: Answer) -> &'static str {
    if matches!(answer, Answer::UnsupportedVersion) {
        return "FAILED_PRECONDITION";
    }
    match answer.status() {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        405 => "UNIMPLEMENTED",
        500 => "INTERNAL",
        502 | 503 => "UNAVAILABLE",
        _ => "INVALID_ARGUMENT",
    }
}
