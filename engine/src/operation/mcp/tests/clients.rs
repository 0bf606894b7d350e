//! What today's clients send, message by message: `rmcp` 3.11 and the Python `mcp` 2.3.

use super::{META, NEW, OLD, SAYS_NEW, SAYS_OLD, ask};
use crate::operation::{Action, McpRevision, Protocol, Resource};

/// What `rmcp` says about itself in the new revision; Python sends the same three members.
const RMCP_META: &str = r#""_meta":{"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"rmcp","version":"3.11.0"},"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":0}"#;

const SESSION: &str = "mcp-session-id: 6734c4fd-cbde-4da0-bd48-badaf5313ff9";

fn request(id: u32, method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{params}}}}}"#)
}

#[track_caller]
fn understood(lines: &str, body: &str, revision: McpRevision, action: Action, id: Option<&str>) {
    let operation = ask(lines, body).unwrap();
    assert_eq!(operation.protocol, Protocol::Mcp(revision));
    assert_eq!(operation.action, action);
    assert_eq!(operation.rpc_id.as_deref(), id);
    let expected = if action == Action::CallTool {
        let arguments = operation.arguments.unwrap();
        assert_eq!(arguments.get("amount").unwrap().to_string(), "40");
        Resource::Tool {
            server: "orders".into(),
            tool: "refund_order".to_owned(),
        }
    } else {
        assert_eq!(operation.arguments, None);
        Resource::Server {
            server: "orders".into(),
        }
    };
    assert_eq!(operation.resource, expected);
}

#[test]
fn rmcp_with_a_handshake() {
    let session = format!("{SAYS_OLD}\n{SESSION}");
    let initialize = r#""capabilities":{},"clientInfo":{"name":"rmcp","version":"3.11.0"},"protocolVersion":"2026-07-28""#;
    let initialized = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let list = r#""_meta":{"progressToken":0}"#;
    let call = r#""_meta":{"progressToken":1},"arguments":{"amount":40,"order_id":"A-1001"},"name":"refund_order""#;
    let delete = format!(":method: DELETE\n{session}");
    understood(
        "",
        &request(0, "initialize", initialize),
        OLD,
        Action::Initialize,
        Some("0"),
    );
    understood(&session, initialized, OLD, Action::Notify, None);
    understood(
        &session,
        &request(1, "tools/list", list),
        OLD,
        Action::ListTools,
        Some("1"),
    );
    understood(
        &session,
        &request(2, "tools/call", call),
        OLD,
        Action::CallTool,
        Some("2"),
    );
    understood(&delete, "", OLD, Action::EndSession, None);
}

#[test]
fn python_with_a_handshake() {
    let session = format!("{SAYS_OLD}\n{SESSION}");
    let initialize = r#""protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"mcp","version":"0.1.0"}"#;
    let list = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;
    let ping = r#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#;
    let call = r#""name":"refund_order","arguments":{"amount":40,"order_id":"A-1001"}"#;
    let get = format!(":method: GET\n{session}\ncache-control: no-store");
    understood(
        "",
        &request(1, "initialize", initialize),
        OLD,
        Action::Initialize,
        Some("1"),
    );
    understood(&get, "", OLD, Action::OpenStream, None);
    understood(&session, list, OLD, Action::ListTools, Some("2"));
    understood(&session, ping, OLD, Action::Ping, Some("3"));
    understood(
        &session,
        &request(4, "tools/call", call),
        OLD,
        Action::CallTool,
        Some("4"),
    );
}

#[test]
fn both_without_a_session() {
    let call = format!(r#""name":"refund_order","arguments":{{"amount":40}},{RMCP_META}"#);
    let lines = |method: &str| format!("{SAYS_NEW}\nmcp-method: {method}");
    let call_lines = format!("{}\nmcp-name: refund_order", lines("tools/call"));
    let discover = request(0, "server/discover", RMCP_META);
    let list = request(1, "tools/list", RMCP_META);
    understood(
        &lines("server/discover"),
        &discover,
        NEW,
        Action::Initialize,
        Some("0"),
    );
    understood(
        &lines("tools/list"),
        &list,
        NEW,
        Action::ListTools,
        Some("1"),
    );
    understood(
        &call_lines,
        &request(2, "tools/call", &call),
        NEW,
        Action::CallTool,
        Some("2"),
    );
}

#[test]
fn arguments_keep_their_text_and_the_trace_is_taken_along() {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let meta = META.replace(r#":{"#, &format!(r#":{{"traceparent":"{trace}","#));
    let meta = meta.replace(
        &format!(r#"ties":{{"traceparent":"{trace}","#),
        r#"ties":{"#,
    );
    let params = format!(r#""name":"refund","arguments":{{"amount":4.0e1}},{meta}"#);
    let body =
        format!(r#"{{"jsonrpc":"2.0","id":"a\"b","method":"tools/call","params":{{{params}}}}}"#);
    let lines = format!("{SAYS_NEW}\nmcp-method: tools/call\nmcp-name: refund");
    let operation = ask(&lines, &body).unwrap();
    assert_eq!(
        operation.arguments.unwrap().to_string(),
        r#"{"amount":4.0e1}"#
    );
    assert_eq!(operation.rpc_id.as_deref(), Some(r#""a\"b""#));
    assert_eq!(operation.traceparent.as_deref(), Some(trace));
}

#[test]
fn no_arguments_are_empty_arguments_and_no_trace_is_made_up() {
    let body = request(
        1,
        "tools/call",
        r#""name":"x","_meta":{"traceparent":"a b"}"#,
    );
    let operation = ask(SAYS_OLD, &body).unwrap();
    assert!(operation.arguments.unwrap().is_empty());
    assert_eq!(operation.traceparent, None);
}
