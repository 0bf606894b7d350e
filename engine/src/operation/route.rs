//! Routes: which rule a request falls under.

use std::sync::Arc;

use super::McpRevision;
use crate::json::Limits;

/// A rule as the configuration has it; [`Routes`] checks it.
#[derive(Clone, Debug)]
pub struct RouteRule {
    /// Its name, unique among all rules.
    pub name: Arc<str>,
    /// The host that it is for, without port, compared without regard to case; none for every host that no other rule
    /// names.
    pub host: Option<String>,
    /// What is spoken there.
    pub protocol: RouteProtocol,
    /// The audience that tokens must have here, in place of the issuer's.
    pub audience: Option<Arc<str>>,
}

/// What is spoken on a route.
#[derive(Clone, Debug)]
pub enum RouteProtocol {
    /// MCP, at one endpoint.
    Mcp(McpRules),
    /// Plain HTTP, as the operations that it has. Whatever isn't among them is refused.
    Http(Vec<HttpOperation>),
}

/// The rules for one MCP server.
#[derive(Clone, Debug)]
pub struct McpRules {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Its name in policies.
    pub server: Arc<str>,
    /// The revisions that are accepted; at least one.
    pub revisions: Vec<McpRevision>,
    /// How a denial of policy's looks.
    pub denial_status: DenialStatus,
    /// Values of `Origin` that are accepted, compared exactly; a request without `Origin` isn't from a browser and passes.
    pub allowed_origins: Vec<String>,
    /// How the body is bounded: its length, and its nesting and number of values.
    pub json: Limits,
}

/// Where an MCP server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// At exactly this path.
    Exact(String),
    /// At this path and at every path below it.
    Below(String),
}

/// How a denied MCP request is answered; clients differ in what they show their user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenialStatus {
    /// HTTP 403 with the JSON-RPC error as its body.
    Forbidden,
    /// HTTP 200 with the JSON-RPC error.
    Ok,
}

/// An operation of a plain HTTP route.
#[derive(Clone, Debug)]
pub struct HttpOperation {
    /// Its name in policies, unique among all routes.
    pub name: Arc<str>,
    /// The method, exactly.
    pub method: String,
    /// The path template, such as `/v1/orders/{id}`.
    pub template: String,
}
