//! The specification's own examples, where they are at hand: in `BAILIWICK_VECTORS`, or beside the repository.

use std::path::PathBuf;

use super::{NEW, SAYS_NEW, ask, excerpt, why};
use crate::operation::{Action, Operation, OperationError, Protocol, Refusal};

/// The examples of revision 2026-07-28, as (folder, text); none where they aren't at hand.
fn examples() -> Option<Vec<(String, String)>> {
    let vectors = std::env::var_os("BAILIWICK_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
        PathBuf::from,
    );
    let folder = vectors.join("mcp-schema/schema/2026-07-28/examples");
    let Ok(kinds) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: no MCP examples at {}", folder.display());
        return None;
    };
    let mut examples = Vec::new();
    for kind in kinds.map(Result::unwrap) {
        for file in std::fs::read_dir(kind.path()).unwrap().map(Result::unwrap) {
            examples.push((
                kind.file_name().into_string().unwrap(),
                std::fs::read_to_string(file.path()).unwrap(),
            ));
        }
    }
    assert!(examples.len() > 50, "the examples of a whole revision");
    Some(examples)
}

#[test]
fn every_example_is_strict_json() {
    for (kind, text) in examples().unwrap_or_default() {
        let ours = crate::json::parse(text.as_bytes(), &crate::json::Limits::default()).unwrap();
        let theirs: serde_json::Value = serde_json::from_str(&text).unwrap();
        let again: serde_json::Value = serde_json::from_str(&ours.to_string()).unwrap();
        assert_eq!(again, theirs, "{kind}");
    }
}

/// Requests are understood by what they ask, or refused because the gate can't judge what they ask.
#[test]
fn every_example_of_a_request_is_understood_or_refused_by_its_method() {
    for (kind, text) in examples().unwrap_or_default() {
        if !kind.ends_with("Request") {
            continue;
        }
        let message: serde_json::Value = serde_json::from_str(&text).unwrap();
        let method = message["method"].as_str().unwrap();
        let mut lines = format!("{SAYS_NEW}\nmcp-method: {method}");
        if method == "tools/call" {
            lines.push_str("\nmcp-name: get_weather");
        }
        let found = ask(&lines, &text);
        let action = match method {
            "tools/call" => Some(Action::CallTool),
            "tools/list" => Some(Action::ListTools),
            "server/discover" => Some(Action::Initialize),
            _ => None,
        };
        match (found, action) {
            (
                Ok(Operation {
                    protocol, action, ..
                }),
                Some(expected),
            ) => {
                assert_eq!(protocol, Protocol::Mcp(NEW));
                assert_eq!(action, expected, "{kind}");
            }
            (Err(Refusal { error, .. }), None) => {
                let unknown = OperationError::UnknownMethod {
                    method: excerpt(method),
                };
                // What a server asks a client isn't sent by a client and has no `id` and `_meta` there.
                let server_asks = ["sampling/createMessage", "elicitation/create", "roots/list"];
                assert!(
                    error == unknown || server_asks.contains(&method),
                    "{kind}: {error}"
                );
            }
            (found, _) => panic!("{kind}: {found:?}"),
        }
    }
}

#[test]
fn every_example_of_a_response_is_refused() {
    for (kind, text) in examples().unwrap_or_default() {
        if kind.ends_with("ResultResponse") {
            let refused = why(SAYS_NEW, &text);
            assert_eq!(refused, Some(OperationError::ResponseFromClient), "{kind}");
        }
    }
}
