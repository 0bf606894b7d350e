use super::super::read;
use super::{
    BOTH, NEW, OLD, SAYS_NEW, SAYS_OLD, call, excerpt, head, malformed, method_not_allowed,
    mismatch, missing, params, rules, why,
};
use crate::json::Kind;
use crate::operation::{BatchFault, McpRevision, OperationError, Protocol};
use crate::request::RequestError;

const VERSION: &str = "mcp-protocol-version";
const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

fn not_supported(requested: &str, supported: &[McpRevision]) -> OperationError {
    OperationError::RevisionNotSupported {
        requested: excerpt(requested),
        supported: supported.to_vec(),
    }
}

fn not_in(method: &str, revision: McpRevision) -> OperationError {
    OperationError::MethodNotInRevision {
        method: excerpt(method),
        revision,
    }
}

/// A request whose `_meta` states this revision, as its JSON text.
fn stating(method: &str, version: &str) -> String {
    let meta = format!(
        r#""io.modelcontextprotocol/protocolVersion":{version},"io.modelcontextprotocol/clientCapabilities":{{}}"#
    );
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{"_meta":{{{meta}}}}}}}"#)
}

/// Why a server of these revisions refuses, if it does.
fn why_at(revisions: &[McpRevision], lines: &str, body: &str) -> Option<OperationError> {
    let found = read(&rules(revisions), &head(lines), body.as_bytes());
    found.err().map(|refusal| refusal.error)
}

#[test]
fn a_revision_is_stated_in_the_header_and_accepted_here() {
    let new = r#""2026-07-28""#;
    let unknown = r#""1900-01-01""#;
    let in_header = |version: &str| format!("{VERSION}: {version}");
    let list = "tools/list";
    for (name, revisions, lines, body, expected) in [
        (
            "no header",
            BOTH,
            String::new(),
            PING.to_owned(),
            missing(VERSION),
        ),
        (
            "in the body only",
            BOTH,
            String::new(),
            stating(list, new),
            missing(VERSION),
        ),
        (
            "initialize with it",
            BOTH,
            String::new(),
            stating("initialize", new),
            missing(VERSION),
        ),
        (
            "empty",
            BOTH,
            in_header(""),
            PING.into(),
            not_supported("", BOTH),
        ),
        (
            "unknown",
            BOTH,
            in_header("1900-01-01"),
            stating(list, unknown),
            not_supported("1900-01-01", BOTH),
        ),
        (
            "earlier",
            BOTH,
            in_header("2025-03-26"),
            PING.into(),
            not_supported("2025-03-26", BOTH),
        ),
        (
            "two in one",
            BOTH,
            in_header("2025-11-25,2026-07-28"),
            PING.into(),
            not_supported("2025-11-25,2026-07-28", BOTH),
        ),
        (
            "old at a new server",
            &[NEW][..],
            SAYS_OLD.into(),
            PING.into(),
            not_supported("2025-11-25", &[NEW]),
        ),
        (
            "new at an old server",
            &[OLD],
            SAYS_NEW.into(),
            stating(list, new),
            not_supported("2026-07-28", &[OLD]),
        ),
        (
            "twice",
            BOTH,
            format!("{SAYS_OLD}\n{SAYS_NEW}"),
            PING.into(),
            RequestError::RepeatedField { name: VERSION }.into(),
        ),
    ] {
        assert_eq!(why_at(revisions, &lines, &body), Some(expected), "{name}");
    }
}

#[test]
fn header_and_body_state_the_same_revision() {
    let (old, new) = (r#""2025-11-25""#, r#""2026-07-28""#);
    let says_new = format!("{SAYS_NEW}\nmcp-method: tools/list");
    let list =
        |params: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list"{params}}}"#);
    let version = "params._meta.io.modelcontextprotocol/protocolVersion";
    let capabilities = "params._meta.io.modelcontextprotocol/clientCapabilities";
    for (name, lines, body, expected) in [
        ("both old", SAYS_OLD, stating("tools/list", old), None),
        ("both new", &says_new, stating("tools/list", new), None),
        (
            "new body",
            SAYS_OLD,
            stating("tools/list", new),
            Some(mismatch(VERSION, "2025-11-25", "2026-07-28")),
        ),
        (
            "old body",
            &says_new,
            stating("tools/list", old),
            Some(mismatch(VERSION, "2026-07-28", "2025-11-25")),
        ),
        (
            "number",
            &says_new,
            stating("tools/list", "20260728"),
            Some(params(version, "a string", Some(Kind::Number))),
        ),
        (
            "no meta",
            &says_new,
            list(""),
            Some(params("params._meta", "an object", None)),
        ),
        (
            "empty meta",
            &says_new,
            list(r#","params":{"_meta":{}}"#),
            Some(params(version, "a string", None)),
        ),
        (
            "no capabilities",
            &says_new,
            list(r#","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#),
            Some(params(capabilities, "an object", None)),
        ),
    ] {
        assert_eq!(why(lines, &body), expected, "{name}");
    }
}

#[test]
fn each_revision_has_its_own_methods() {
    let new = r#""2026-07-28""#;
    let notification =
        |name: &str| format!(r#"{{"jsonrpc":"2.0","method":"notifications/{name}"}}"#);
    let discover = r#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#;
    for (name, lines, body, expected) in [
        (
            "ping in the new one",
            SAYS_NEW,
            stating("ping", new),
            Some(not_in("ping", NEW)),
        ),
        (
            "initialize in the new one",
            SAYS_NEW,
            stating("initialize", new),
            Some(not_in("initialize", NEW)),
        ),
        (
            "discover in the old one",
            SAYS_OLD,
            discover.to_owned(),
            Some(not_in("server/discover", OLD)),
        ),
        (
            "initialized in the new one",
            SAYS_NEW,
            notification("initialized"),
            Some(not_in("notifications/initialized", NEW)),
        ),
        (
            "cancelled in the new one",
            SAYS_NEW,
            notification("cancelled"),
            None,
        ),
        (
            "cancelled in the old one",
            SAYS_OLD,
            notification("cancelled"),
            None,
        ),
        (
            "progress in the old one",
            SAYS_OLD,
            notification("progress"),
            None,
        ),
        (
            "new roots in the old one",
            SAYS_OLD,
            notification("roots/list_changed"),
            None,
        ),
        (
            "task status in the old one",
            SAYS_OLD,
            notification("tasks/status"),
            None,
        ),
    ] {
        assert_eq!(why(lines, &body), expected, "{name}");
    }
}

#[test]
fn a_handshake_proposes_a_revision_and_speaks_none() {
    let proposal = |version: &str| {
        let params =
            format!(r#""protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{}}"#);
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{{params}}}}}"#)
    };
    for (name, revisions, lines, version, expected) in [
        ("the one spoken", BOTH, "", "2025-11-25", None),
        ("the stateless one", BOTH, "", "2026-07-28", None),
        ("a newer one", BOTH, "", "2099-01-01", None),
        ("an earlier one", BOTH, "", "2025-06-18", None),
        (
            "an earlier one that isn't accepted",
            &[OLD, NEW],
            "",
            "2025-06-18",
            Some(not_supported("2025-06-18", &[OLD, NEW])),
        ),
        (
            "the first with this transport, unless it is named",
            BOTH,
            "",
            "2025-03-26",
            Some(not_supported("2025-03-26", BOTH)),
        ),
        ("the same, named", &McpRevision::ALL, "", "2025-03-26", None),
        (
            "the one before",
            &McpRevision::ALL,
            "",
            "2024-11-05",
            Some(not_supported("2024-11-05", &McpRevision::ALL)),
        ),
        (
            "at a stateless server",
            &[NEW][..],
            "",
            "2025-11-25",
            Some(not_supported("2025-11-25", &[NEW])),
        ),
        ("with a header", BOTH, SAYS_OLD, "2025-11-25", None),
        (
            "with a header that isn't accepted",
            &[OLD],
            SAYS_NEW,
            "2025-11-25",
            Some(not_supported("2026-07-28", &[OLD])),
        ),
    ] {
        assert_eq!(
            why_at(revisions, lines, &proposal(version)),
            expected,
            "{name}"
        );
    }
}

#[test]
fn sessions_belong_to_the_old_revision() {
    let session = "mcp-session-id";
    let repeated = RequestError::RepeatedField { name: session };
    for (name, lines, body, expected) in [
        ("visible ascii", "mcp-session-id: !~", PING, None),
        ("empty", "mcp-session-id: ", PING, Some(malformed(session))),
        (
            "space",
            "mcp-session-id: a b",
            PING,
            Some(malformed(session)),
        ),
        (
            "twice",
            "mcp-session-id: a\nmcp-session-id: a",
            PING,
            Some(repeated.into()),
        ),
        ("delete", ":method: DELETE\nmcp-session-id: a", "", None),
        (
            "delete of no id",
            ":method: DELETE\nmcp-session-id: a b",
            "",
            Some(malformed(session)),
        ),
        (
            "get with a body",
            ":method: GET",
            PING,
            Some(OperationError::BodyUnexpected),
        ),
    ] {
        assert_eq!(
            why(&format!("{SAYS_OLD}\n{lines}"), body),
            expected,
            "{name}"
        );
    }
    let new = format!("{SAYS_NEW}\nmcp-method: tools/call\nmcp-name: refund\nmcp-session-id: a");
    let unexpected = OperationError::SessionOnStateless { revision: NEW };
    assert_eq!(why(&new, &call("{}")), Some(unexpected));
    assert_eq!(why(":method: GET", ""), Some(missing(VERSION)));
    let get = format!(":method: GET\n{SAYS_NEW}");
    assert_eq!(why(&get, ""), Some(method_not_allowed("GET", "POST")));
}

#[test]
fn a_request_that_states_no_revision_is_of_the_one_without_a_header() {
    let rules = rules(&McpRevision::ALL);
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let found = read(&rules, &head("mcp-session-id: a"), list.as_bytes()).unwrap();
    assert_eq!(
        found.protocol,
        Protocol::Mcp(McpRevision::V2025_03_26),
        "tools/list"
    );
    for (name, lines, body, expected) in [
        ("a session's end", ":method: DELETE", "", None),
        (
            "a batch",
            "accept: */*",
            "[]",
            Some(OperationError::BatchUnfit(BatchFault::Empty)),
        ),
        (
            "tasks",
            "accept: */*",
            r#"{"jsonrpc":"2.0","id":1,"method":"tasks/list"}"#,
            Some(not_in("tasks/list", McpRevision::V2025_03_26)),
        ),
        (
            "a body that states one",
            "accept: */*",
            &stating("tools/list", r#""2026-07-28""#),
            Some(missing(VERSION)),
        ),
    ] {
        let found = read(&rules, &head(lines), body.as_bytes());
        assert_eq!(found.err().map(|refusal| refusal.error), expected, "{name}");
    }
}

#[test]
fn earlier_revisions_have_what_they_have() {
    let ask = |method: &str, params: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{params}}}}}"#)
    };
    let task = r#""taskId":"t""#;
    let uri = r#""uri":"file:///a""#;
    for (name, lines, body, expected) in [
        (
            "subscribing",
            SAYS_OLD,
            ask("resources/subscribe", uri),
            None,
        ),
        (
            "a log level",
            SAYS_OLD,
            ask("logging/setLevel", r#""level":"info""#),
            None,
        ),
        ("a task", SAYS_OLD, ask("tasks/get", task), None),
        (
            "a task before there were any",
            "mcp-protocol-version: 2025-06-18",
            ask("tasks/get", task),
            Some(not_in("tasks/get", McpRevision::V2025_06_18)),
        ),
        (
            "a task without a name",
            SAYS_OLD,
            ask("tasks/cancel", ""),
            Some(params(
                "params.taskId",
                "a string of 1 to 256 bytes without control characters",
                None,
            )),
        ),
        (
            "listening",
            SAYS_OLD,
            ask("subscriptions/listen", r#""notifications":{}"#),
            Some(not_in("subscriptions/listen", OLD)),
        ),
    ] {
        assert_eq!(why(lines, &body), expected, "{name}");
    }
}
