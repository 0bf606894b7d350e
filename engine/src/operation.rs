//! Stage 4: what is being asked, in one normal form.

use crate::json::Object;

/// What one request asks for.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// How it was asked.
    pub protocol: Protocol,
    /// What is to be done.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// With which arguments; only `tools/call` has them in this version.
    pub arguments: Option<Object<'a>>,
    /// The JSON-RPC id to answer with, as its JSON text; none for HTTP and for notifications.
    pub rpc_id: Option<String>,
}

/// How an operation was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Plain HTTP.
    Http,
    /// The Model Context Protocol.
    Mcp(McpRevision),
}

/// A revision of MCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum McpRevision {
    /// 2025-11-25, with sessions.
    V2025_11_25,
    /// 2026-07-28, stateless.
    V2026_07_28,
}

/// What is to be done; each is a Cedar action of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// MCP `tools/call`.
    CallTool,
    /// MCP `tools/list`.
    ListTools,
    /// MCP `initialize`, and `server/discover` of the stateless revision.
    Initialize,
    /// MCP `ping`.
    Ping,
    /// An MCP notification.
    Notify,
    /// A plain HTTP request.
    HttpRequest,
}

/// To what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A tool of an MCP server.
    Tool {
        /// The server's name in the configuration.
        server: String,
        /// The tool's name as in `params.name`.
        tool: String,
    },
    /// An MCP server.
    Server {
        /// The server's name in the configuration.
        server: String,
    },
    /// A plain HTTP route.
    Route {
        /// The route's name in the configuration.
        route: String,
        /// The path parameters of its template, in order.
        parameters: Vec<(String, String)>,
    },
}
