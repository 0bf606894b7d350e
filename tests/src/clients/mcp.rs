//! MCP requests as the clients of today send them, spelled out so that a test can bend one detail.

use serde_json::{Value, json};

use super::Request;

/// Where the MCP endpoint is.
pub const PATH: &str = "/mcp";
/// The stateless revision.
pub const STATELESS: &str = "2026-07-28";
/// The last revision with sessions.
pub const HANDSHAKE: &str = "2025-11-25";

/// The body of a `tools/call` of the stateless revision.
#[must_use]
pub fn call_body(tool: &str, arguments: &Value) -> Value {
    message("tools/call", json!({"name": tool, "arguments": arguments}))
}

/// A `tools/call` of the stateless revision, its headers equal to its body.
#[must_use]
pub fn call(tool: &str, arguments: &Value) -> Request {
    call_with_body(tool, call_body(tool, arguments).to_string())
}

/// The same with `body` as its bytes, whatever they are.
#[must_use]
pub fn call_with_body(tool: &str, body: impl Into<Vec<u8>>) -> Request {
    post("tools/call", body).with("mcp-name", tool)
}

/// A `tools/list` of the stateless revision.
#[must_use]
pub fn list() -> Request {
    post("tools/list", message("tools/list", json!({})).to_string())
}

fn post(method: &str, body: impl Into<Vec<u8>>) -> Request {
    Request::post(PATH, body)
        .with("mcp-protocol-version", STATELESS)
        .with("mcp-method", method)
}

fn message(method: &str, mut params: Value) -> Value {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    if let Some(params) = params.as_object_mut() {
        params.insert("_meta".to_owned(), meta);
    }
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

/// A `tools/call` of the last revision with sessions, in no session yet.
#[must_use]
pub fn session_call(tool: &str, arguments: &Value) -> Request {
    let params = json!({"name": tool, "arguments": arguments});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    Request::post(PATH, body.to_string()).with("mcp-protocol-version", HANDSHAKE)
}
