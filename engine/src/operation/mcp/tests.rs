mod clients;
mod head;
mod message;
mod mirror;
mod params;
mod revision;

use std::collections::BTreeMap;

use super::read;
use crate::json::{Kind, Limits};
use crate::operation::route::{DenialStatus, Endpoint, McpRules};
use crate::operation::{Excerpt, McpRevision, Operation, OperationError, Refusal};
use crate::request::{Head, Headers};

const OLD: McpRevision = McpRevision::V2025_11_25;
const NEW: McpRevision = McpRevision::V2026_07_28;
const BOTH: &[McpRevision] = &McpRevision::USUAL;

/// Header lines that state a revision.
const SAYS_OLD: &str = "mcp-protocol-version: 2025-11-25";
const SAYS_NEW: &str = "mcp-protocol-version: 2026-07-28";

/// `_meta` of the new revision.
const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;

fn rules(revisions: &[McpRevision]) -> McpRules {
    McpRules {
        endpoint: Endpoint::Exact("/mcp".to_owned()),
        server: "orders".into(),
        revisions: revisions.to_vec(),
        denial_status: DenialStatus::Forbidden,
        allowed_origins: vec!["https://app.example".to_owned()],
        json: Limits {
            max_bytes: 4096,
            ..Limits::default()
        },
        filter_lists: true,
        bind_tasks: true,
        arguments: BTreeMap::new(),
        warrant_member: None,
    }
}

/// A POST with a JSON body and these header lines; one that is named here replaces the usual one.
fn head(lines: &str) -> Head {
    let given: Vec<_> = lines
        .lines()
        .map(|line| {
            line.trim_start()
                .rsplit_once(": ")
                .unwrap_or_else(|| panic!("{line:?}"))
        })
        .collect();
    let usual = [
        (":method", "POST"),
        (":authority", "h"),
        (":path", "/mcp"),
        ("content-type", "application/json"),
    ];
    let usual = usual
        .into_iter()
        .filter(|(name, _)| given.iter().all(|(other, _)| other != name));
    Head::parse(Headers::from_pairs(usual.chain(given.iter().copied()))).unwrap()
}

fn ask<'a>(lines: &str, body: &'a str) -> Result<Operation<'a>, Refusal> {
    read(&rules(BOTH), &head(lines), body.as_bytes())
}

/// Why a request is refused, if it is.
fn why(lines: &str, body: &str) -> Option<OperationError> {
    ask(lines, body).err().map(|refusal| refusal.error)
}

/// A `tools/call` of the new revision.
fn call(arguments: &str) -> String {
    let params = format!(r#""name":"refund","arguments":{arguments},{META}"#);
    format!(r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{{params}}}}}"#)
}

fn excerpt(text: &str) -> Excerpt {
    Excerpt::of(text)
}

fn params(member: &'static str, expected: &'static str, found: Option<Kind>) -> OperationError {
    OperationError::Params {
        member,
        expected,
        found,
    }
}

fn mismatch(name: &str, header: &str, body: &str) -> OperationError {
    OperationError::HeaderMismatch {
        name: excerpt(name),
        header: excerpt(header),
        body: excerpt(body),
    }
}

fn missing(name: &str) -> OperationError {
    OperationError::HeaderMissing {
        name: excerpt(name),
    }
}

fn malformed(name: &str) -> OperationError {
    OperationError::HeaderMalformed {
        name: excerpt(name),
    }
}

fn without_source(name: &str) -> OperationError {
    OperationError::HeaderWithoutSource {
        name: excerpt(name),
    }
}

fn method_not_allowed(method: &str, allow: &str) -> OperationError {
    OperationError::MethodNotAllowed {
        method: excerpt(method),
        allow: allow.to_owned(),
    }
}
