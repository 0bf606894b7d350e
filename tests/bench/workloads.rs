//! What is asked of the contenders, and what they answer.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::TOOL;

/// A read of a plain HTTP route.
pub(crate) const GET: &str = "GET";
/// A tool call of 1 KB: the workload that the goal is about.
pub(crate) const TOOLS_CALL: &str = "tools/call";
const TOOLS_CALL_16_KB: &str = "tools/call of 16 KB";
const TOOLS_CALL_256_KB: &str = "tools/call of 256 KB";
const TOOLS_LIST: &str = "tools/list of 500";
const LARGE_ANSWER: &str = "GET, answer of 1 MB";

/// Where MCP is spoken, and where it is answered with a list of tools.
pub(crate) const MCP: &str = "/mcp";
pub(crate) const LISTS: &str = "/lists";
/// What plain HTTP reads.
pub(crate) const STATUS: &str = "/status";
pub(crate) const LARGE: &str = "/large";
/// The longest answer.
pub(crate) const LARGEST: usize = 1 << 20;

/// What every contender is measured with.
pub(crate) const USUAL: &[&str] = &[GET, TOOLS_CALL];
/// Tool calls of every size, too.
pub(crate) const BODIES: &[&str] = &[GET, TOOLS_CALL, TOOLS_CALL_16_KB, TOOLS_CALL_256_KB];
/// All there are.
pub(crate) const ALL: &[&str] = &[
    GET,
    TOOLS_CALL,
    TOOLS_CALL_16_KB,
    TOOLS_CALL_256_KB,
    TOOLS_LIST,
    LARGE_ANSWER,
];
/// One tool call, where only the policies differ.
pub(crate) const CALLS: &[&str] = &[TOOLS_CALL];

/// One kind of request.
#[derive(Debug)]
pub(crate) struct Workload {
    /// Its name in the results.
    pub(crate) name: &'static str,
    /// The method.
    pub(crate) method: &'static str,
    /// The path.
    pub(crate) path: &'static str,
    /// The file with the body, if there is one.
    pub(crate) body: Option<PathBuf>,
}

/// All workloads, in the order of the table; bodies are written to files in `directory`.
///
/// # Errors
///
/// There is no room for files.
pub(crate) fn all(directory: &Path) -> io::Result<Vec<Workload>> {
    let read = |name, path| Workload {
        name,
        method: "GET",
        path,
        body: None,
    };
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let posts = [
        (TOOLS_CALL, MCP, tool_call(TOOL)),
        (TOOLS_CALL_16_KB, MCP, tool_call_of(TOOL, 16 << 10)),
        (TOOLS_CALL_256_KB, MCP, tool_call_of(TOOL, 256 << 10)),
        (TOOLS_LIST, LISTS, list.to_string()),
    ];
    let mut workloads = vec![read(GET, STATUS), read(LARGE_ANSWER, LARGE)];
    for (number, (name, path, text)) in posts.into_iter().enumerate() {
        let body = directory.join(format!("{number}.json"));
        fs::write(&body, text)?;
        workloads.push(Workload {
            name,
            method: "POST",
            path,
            body: Some(body),
        });
    }
    Ok(workloads)
}

/// A call of `tool` of exactly a kilobyte.
pub(crate) fn tool_call(tool: &str) -> String {
    tool_call_of(tool, 1 << 10)
}

/// A call of `tool` of exactly so many `bytes`.
fn tool_call_of(tool: &str, bytes: usize) -> String {
    let call = |text: &str| {
        let arguments = json!({"query": text, "limit": 10});
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}).to_string()
    };
    call(&"x".repeat(bytes.saturating_sub(call("").len())))
}

/// How many tools a list has, and how many of them may be called.
const LISTED: usize = 500;
const CALLABLE: usize = 250;

/// The tools of the list that may be called, by their names.
pub(crate) fn callable() -> impl Iterator<Item = String> {
    (0..CALLABLE).map(|number| format!("tool_{number}"))
}

/// The answer to `tools/list`: every other tool may be called.
pub(crate) fn list() -> Value {
    let tools = (0..LISTED).map(|number| {
        let kind = if number.is_multiple_of(2) { "tool" } else { "hidden" };
        let properties = json!({"query": {"type": "string", "description": "What to look for"}, "limit": {"type": "integer"}});
        json!({
            "name": format!("{kind}_{}", number / 2),
            "description": "Looks for what it is asked for, and tells where it was found",
            "inputSchema": {"type": "object", "properties": properties, "required": ["query"]},
        })
    });
    let tools: Vec<Value> = tools.collect();
    json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": tools}})
}
