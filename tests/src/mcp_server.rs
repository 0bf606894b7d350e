//! A real MCP server (crate `rmcp`, Streamable HTTP) that remembers every request that reached it.
//!
//! It speaks the revisions that `rmcp` speaks: up to 2025-11-25 with sessions, and 2026-07-28 without. Beside `/mcp` it
//! answers plain HTTP on `/orders/{id}`, so that both kinds of operation have an upstream.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

mod tools;

pub use tools::TOOL_NAMES;

/// No test sends more than this past the gateway; a body over it is answered 413 and not remembered.
const MAX_RECORDED_BODY: usize = 8 * 1024 * 1024;

/// One request as the upstream got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRequest {
    /// The HTTP method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Every header line in order, names in lower case, values as raw bytes.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl SeenRequest {
    /// Every value of the header `name` (lower case), as text with replacement characters where it is not UTF-8.
    #[must_use]
    pub fn header(&self, name: &str) -> Vec<String> {
        let of_name = self.headers.iter().filter(|(known, _)| known == name);
        of_name
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .collect()
    }

    /// The body read as JSON, `None` where it is no JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The tool that this request calls, where it is an MCP `tools/call`.
    #[must_use]
    pub fn called_tool(&self) -> Option<String> {
        let message = self.json()?;
        (message.get("method")? == "tools/call").then_some(())?;
        Some(message.get("params")?.get("name")?.as_str()?.to_owned())
    }
}

type Seen = Arc<Mutex<Vec<SeenRequest>>>;

/// A running server; it stops when dropped.
#[derive(Debug)]
pub struct McpServer {
    address: SocketAddr,
    seen: Seen,
    task: JoinHandle<()>,
}

impl McpServer {
    /// Starts the server on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let seen = Seen::default();
        let router = router(&seen);
        let task = tokio::spawn(async move {
            // An accept error ends the server; the test that needed it then fails on its connection.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self {
            address,
            seen,
            task,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything that reached it so far, in order of arrival.
    #[must_use]
    pub fn seen(&self) -> Vec<SeenRequest> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The tools that were called so far, in order of arrival.
    #[must_use]
    pub fn called_tools(&self) -> Vec<String> {
        self.seen()
            .iter()
            .filter_map(SeenRequest::called_tool)
            .collect()
    }

    /// Takes what was remembered, so that the next step starts from nothing.
    #[must_use]
    pub fn take_seen(&self) -> Vec<SeenRequest> {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for McpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn router(seen: &Seen) -> Router {
    let config = StreamableHttpServerConfig::default().with_json_response(true);
    let service: StreamableHttpService<tools::Shop, LocalSessionManager> =
        StreamableHttpService::new(|| Ok(tools::Shop), Arc::default(), config);
    Router::new()
        .nest_service("/mcp", service)
        .route("/orders/{id}", get(order))
        .layer(middleware::from_fn_with_state(Arc::clone(seen), remember))
}

async fn order(Path(id): Path<String>) -> String {
    serde_json::json!({"order": id, "state": "shipped"}).to_string()
}

async fn remember(State(seen): State<Seen>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_RECORDED_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let headers = head.headers.iter();
    let record = SeenRequest {
        method: head.method.to_string(),
        target: head
            .uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect(),
        body: body.to_vec(),
    };
    seen.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(record);
    next.run(Request::from_parts(head, Body::from(body))).await
}
