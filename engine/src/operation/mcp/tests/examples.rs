//! The specification's own examples, where they are at hand: in `BAILIWICK_VECTORS`, or beside the repository.

use std::path::PathBuf;

use super::{NEW, SAYS_NEW, ask, why};
use crate::operation::mcp::listing::{Lists, narrow};
use crate::operation::task::found::Form;
use crate::operation::{Action, OperationError, Protocol, Resource};

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

/// What each example of a request asks, and the header that repeats its subject.
const ASKED: [(&str, Action, Option<&str>); 10] = [
    ("tools/call", Action::CallTool, Some("get_weather")),
    ("tools/list", Action::ListTools, None),
    ("resources/list", Action::ListResources, None),
    ("resources/templates/list", Action::ListResources, None),
    (
        "resources/read",
        Action::ReadResource,
        Some("file:///project/src/main.rs"),
    ),
    ("prompts/list", Action::ListPrompts, None),
    ("prompts/get", Action::GetPrompt, Some("code_review")),
    ("completion/complete", Action::Complete, None),
    ("subscriptions/listen", Action::Listen, None),
    ("server/discover", Action::Initialize, None),
];

/// What a server asks a client isn't sent by a client, and has no `id` and `_meta` there.
const SERVER_ASKS: [&str; 3] = ["sampling/createMessage", "elicitation/create", "roots/list"];

#[test]
fn every_example_of_a_request_is_understood() {
    let mut seen = std::collections::BTreeSet::new();
    for (kind, text) in examples().unwrap_or_default() {
        if !kind.ends_with("Request") {
            continue;
        }
        let message: serde_json::Value = serde_json::from_str(&text).unwrap();
        let method = message["method"].as_str().unwrap();
        if SERVER_ASKS.contains(&method) {
            assert!(why(SAYS_NEW, &text).is_some(), "{kind}");
            continue;
        }
        let row = ASKED.iter().find(|(name, ..)| *name == method);
        let (_, action, name) = row.unwrap_or_else(|| panic!("{kind}: {method}"));
        let name = name.map_or(String::new(), |name| format!("\nmcp-name: {name}"));
        let lines = format!("{SAYS_NEW}\nmcp-method: {method}{name}");
        let found = ask(&lines, &text).unwrap_or_else(|refusal| panic!("{kind}: {refusal:?}"));
        assert_eq!(found.protocol, Protocol::Mcp(NEW), "{kind}");
        assert_eq!(found.action, *action, "{kind}");
        seen.insert(method.to_owned());
        if found.action == Action::Listen {
            let followed: Vec<_> = found.follows.iter().map(Resource::name).collect();
            assert_eq!(followed, ["file:///project/config.json"], "{kind}");
        }
    }
    assert!(
        seen.is_empty() || seen.len() == ASKED.len(),
        "an example of each: {seen:?}"
    );
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

#[test]
fn every_example_of_a_list_can_be_narrowed() {
    const ALL: Lists = Lists {
        form: Form::Mcp,
        usable: true,
        tasks: true,
    };
    let mut lists = 0;
    for (kind, text) in examples().unwrap_or_default() {
        if !kind.ends_with("ResultResponse") {
            continue;
        }
        let kept = narrow(text.as_bytes(), ALL, &mut |_| true);
        assert_eq!(kept, Ok(Vec::new()), "{kind}");
        let hidden = narrow(text.as_bytes(), ALL, &mut |_| false).unwrap();
        let is_list = kind.starts_with("List");
        assert_eq!(!hidden.is_empty(), is_list, "{kind}");
        lists += u32::from(is_list);
    }
    assert!(lists == 0 || lists >= 4, "an example of each");
}
