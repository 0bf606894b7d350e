//! How a refusal looks on the wire: status, header fields, and a problem document, a JSON-RPC error, or what A2A has.
//!
//! | | explain | opaque |
//! |---|---|---|
//! | HTTP status, `WWW-Authenticate` error code, `Retry-After`, `Allow` | of the reason | the same |
//! | `type` | `urn:bailiwick:reason:CODE` | `about:blank` |
//! | `title` | of the reason | the status' phrase |
//! | `detail`, `reason`, `policies`, `remedy`, challenge's `error_description`, `scope`, `acr_values`, `max_age` and `authorization_remediation` | there | left out |
//! | `evidence` | there | there, so that the operator can find the record that has the rest |
//! | JSON-RPC code and the data that MCP requires with it | of the reason | the same |
//!
//! An MCP denial, as an A2A denial in JSON-RPC, is 403 or, where the route says `denial_status: 200`, a 200 whose body is the JSON-RPC error. The
//! latter holds for judgements (403 without a challenge, and tasks that aren't the caller's) of requests that have an id only: a missing, bad or
//! insufficient credential must reach the client's OAuth code, which looks at the status and at `WWW-Authenticate`, and
//! a refused notification has no id that an error could answer.

mod a2a;

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::challenge::{self, Offer, visible};
use super::denial::Denial;
use super::remedy::Remedy;
use crate::credential::Scheme;
use crate::operation::A2aVersion;
use crate::operation::route::DenialStatus;

/// A whole response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Header fields, names in lower case; a name may stand there several times. Values are visible ASCII and spaces.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

/// How to refuse on one route.
#[derive(Clone, Copy, Debug)]
pub struct Style<'a> {
    /// What the client expects.
    pub shape: Shape<'a>,
    /// How much it is told.
    pub detail: Detail,
    /// What it can authenticate with.
    pub offer: Offer<'a>,
    /// The scheme that it presented its credential by, where it did.
    pub used: Option<Scheme>,
    /// The nonce that its next proof is to have (RFC 9449, section 8.2), where nonces are used; goes with a challenge that
    /// offers `DPoP`.
    pub nonce: Option<&'a str>,
}

/// What the client expects.
#[derive(Clone, Copy, Debug)]
pub enum Shape<'a> {
    /// `application/problem+json` (RFC 9457).
    Http,
    /// A JSON-RPC error.
    Mcp {
        /// The request's id as its JSON text. Without one the error has no `id` at all, as the transport says for
        /// bodies that answer no particular request.
        rpc_id: Option<&'a str>,
        /// The ids of a batch's requests: each is answered, all by the same error.
        batch_ids: &'a [String],
        /// The HTTP status of a judgement.
        denial_status: DenialStatus,
    },
    /// A JSON-RPC error of A2A.
    A2aRpc {
        /// The version that the client speaks.
        version: A2aVersion,
        /// The request's id as its JSON text.
        rpc_id: Option<&'a str>,
        /// The HTTP status of a judgement.
        denial_status: DenialStatus,
    },
    /// An error of A2A in HTTP+JSON.
    A2aRest {
        /// The version that the client speaks.
        version: A2aVersion,
    },
}

/// How much a refused client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Detail {
    /// Why, which policies, and what would help.
    #[default]
    Explain,
    /// The class of error and the evidence id.
    Opaque,
}

/// The response that refuses a request, with the id of the record that explains it.
#[must_use]
pub fn refuse(denial: &Denial, style: &Style<'_>, evidence: &str) -> Response {
    let status = status(denial, style.shape);
    let (content_type, body) = match style.shape {
        Shape::Http => (
            "application/problem+json",
            Value::Object(problem(denial, style.detail, evidence)).to_string(),
        ),
        Shape::Mcp {
            rpc_id, batch_ids, ..
        } => {
            let data = mcp_data(denial, style.detail, evidence);
            let code = denial.reason().answer().rpc_code();
            let error = |id| rpc_error(denial, style.detail, code, &data, id);
            let errors = batch_ids.iter().map(|id| error(Some(id)));
            let errors: Vec<_> = errors.collect();
            let body = if errors.is_empty() {
                error(rpc_id)
            } else {
                format!("[{}]", errors.join(","))
            };
            ("application/json", body)
        }
        Shape::A2aRpc {
            version, rpc_id, ..
        } => {
            let data = a2a::rpc_data(denial, style.detail, evidence, version);
            let code = a2a::rpc_code(denial.reason().answer());
            let error = rpc_error(denial, style.detail, code, &data, rpc_id);
            ("application/json", error)
        }
        Shape::A2aRest { version } => {
            let (media_type, body) = a2a::rest(denial, style.detail, evidence, version);
            (media_type, body.to_string())
        }
    };
    let mut headers = vec![
        ("content-type", content_type.to_owned()),
        ("cache-control", "no-store".to_owned()),
    ];
    let challenges = challenge::values(denial, &style.offer, style.used, style.detail);
    if let Some(nonce) = style
        .nonce
        .filter(|_| style.offer.dpop.is_some() && !challenges.is_empty())
    {
        headers.push(("dpop-nonce", nonce.chars().map(visible).collect()));
    }
    headers.extend(
        challenges
            .into_iter()
            .map(|value| ("www-authenticate", value)),
    );
    if let Some(span) = denial.reason().answer().retry_after() {
        headers.push(("retry-after", span.0.to_string()));
    }
    if let Some(methods) = denial.allow() {
        headers.push(("allow", methods.chars().map(visible).collect()));
    }
    Response {
        status,
        headers,
        body: body.into_bytes(),
    }
}

/// The status that [`refuse`] answers with.
fn status(denial: &Denial, shape: Shape<'_>) -> u16 {
    let answer = denial.reason().answer();
    match shape {
        Shape::Mcp {
            rpc_id,
            batch_ids,
            denial_status: DenialStatus::Ok,
        } if is_judgement(answer) && (rpc_id.is_some() || !batch_ids.is_empty()) => 200,
        Shape::A2aRpc {
            rpc_id: Some(_),
            denial_status: DenialStatus::Ok,
            ..
        } if is_judgement(answer) => 200,
        Shape::Http | Shape::Mcp { .. } | Shape::A2aRpc { .. } | Shape::A2aRest { .. } => {
            answer.status()
        }
    }
}

/// Is the request understood and its caller known, and the answer to what it asks no?
const fn is_judgement(answer: Answer) -> bool {
    matches!(
        answer,
        Answer::Judgement | Answer::McpTaskNotFound | Answer::TaskNotFound
    )
}

/// The members of a problem document (RFC 9457, section 3).
fn problem(denial: &Denial, detail: Detail, evidence: &str) -> Map<String, Value> {
    let facts = denial.reason().facts();
    let status = facts.answer.status();
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    match detail {
        Detail::Opaque => {
            put("type", json!("about:blank"));
            put("title", json!(facts.answer.phrase()));
            put("status", json!(status));
        }
        Detail::Explain => {
            put("type", json!(facts.problem_type));
            put("title", json!(facts.title));
            put("status", json!(status));
            put("reason", json!(facts.code));
            if let Some(detail) = denial.detail() {
                put("detail", json!(detail));
            }
            if !denial.policies().is_empty() {
                put("policies", json!(denial.policies()));
            }
            put("remedy", json!(Remedy::of(denial)));
        }
    }
    put("evidence", json!(evidence));
    members
}

/// The problem document, with what MCP requires beside it.
fn mcp_data(denial: &Denial, detail: Detail, evidence: &str) -> Value {
    let mut data = problem(denial, detail, evidence);
    for (name, fact) in denial.protocol_facts() {
        data.insert((*name).to_owned(), fact.clone());
    }
    Value::Object(data)
}

/// A JSON-RPC error response (JSON-RPC 2.0, section 5.1).
fn rpc_error(
    denial: &Denial,
    detail: Detail,
    code: i32,
    data: &Value,
    rpc_id: Option<&str>,
) -> String {
    let error = json!({
        "code": code,
        "message": rpc_message(denial, detail),
        "data": data,
    });
    match rpc_id.filter(|text| is_rpc_id(text)) {
        Some(id) => format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#),
        None => format!(r#"{{"jsonrpc":"2.0","error":{error}}}"#),
    }
}

/// The one line that most clients hand to the model.
fn rpc_message(denial: &Denial, detail: Detail) -> String {
    let facts = denial.reason().facts();
    match (detail, denial.detail()) {
        (Detail::Opaque, _) => facts.answer.phrase().to_owned(),
        (Detail::Explain, None) => format!("{} ({})", facts.title, denial.remedy()),
        (Detail::Explain, Some(detail)) => {
            format!("{}: {detail} ({})", facts.title, denial.remedy())
        }
    }
}

/// MCP's `RequestId`: a string or a number. Anything else would break the document it is put into.
fn is_rpc_id(text: &str) -> bool {
    matches!(
        serde_json::from_str(text),
        Ok(Value::String(_) | Value::Number(_))
    )
}

#[cfg(test)]
mod tests;
