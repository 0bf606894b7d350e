//! Clients that are not ours: the MCP clients that people use, and raw HTTP that can say what no client would.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

pub mod agent;
pub mod http1;
pub mod http2;
pub mod mcp;
pub mod tls;

/// How long any one exchange may take: far more than it needs, so that a hang shows as an error and not as a stuck run.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request, as bytes: nothing in it is checked, because refusing what is wrong with it is the gateway's work.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header lines in the order sent; `host` and the body's framing are added by the client.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A POST of `body` as JSON, with the `accept` that Streamable HTTP asks of an MCP client.
    #[must_use]
    pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        let request = Self {
            method: "POST".to_owned(),
            body: body.into(),
            ..Self::get(target)
        };
        request
            .with("content-type", "application/json")
            .with("accept", "application/json, text/event-stream")
    }

    /// The same request with one more header line; a name that is there already is then there twice.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same request with `token` as its bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }
}

/// How a body is cut on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// In one piece, its length stated.
    Whole,
    /// A chunk (HTTP/1.1) or a frame (HTTP/2) for each byte, each sent by itself, no length stated.
    ByteByByte,
}

/// The HTTP version that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 without TLS.
    Http2,
}

impl Version {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Http1, Self::Http2];
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        })
    }
}

/// Sends `request` to `address` on a connection of its own.
///
/// # Errors
///
/// No whole reply came back.
pub async fn send(
    address: SocketAddr,
    version: Version,
    request: &Request,
    framing: Framing,
) -> Result<Reply, ExchangeError> {
    match version {
        Version::Http1 => http1::send(address, request, framing).await,
        Version::Http2 => http2::send(address, request, framing).await,
    }
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Header lines in order, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body without its framing.
    pub body: Vec<u8>,
}

impl Reply {
    /// The first value of the header `name` (lower case), as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    }

    /// The body as text, with replacement characters where it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The gateway's reason for refusing: from a problem document, or from a JSON-RPC error's data.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let body = self.json();
        let reason = body
            .get("reason")
            .or_else(|| body.pointer("/error/data/reason"))?;
        Some(reason.as_str()?.to_owned())
    }

    /// How it went: the status, and the gateway's reason where it refused.
    #[must_use]
    pub fn outcome(&self) -> (u16, Option<String>) {
        (self.status, self.reason())
    }

    /// The body as JSON, or the last JSON event of a body that is an event stream; `Null` where it is neither.
    #[must_use]
    pub fn json(&self) -> Value {
        if let Ok(value) = serde_json::from_slice(&self.body) {
            return value;
        }
        let text = self.text();
        let events = text.lines().filter_map(|line| line.strip_prefix("data:"));
        let mut parsed = events.filter_map(|data| serde_json::from_str(data.trim()).ok());
        parsed.next_back().unwrap_or(Value::Null)
    }
}

/// An exchange that got no reply.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The connection failed, or ended before a whole reply was there.
    #[error("connection: {0}")]
    Connection(#[from] io::Error),
    /// The HTTP/2 stream or connection was reset.
    #[error("HTTP/2: {0}")]
    Http2(#[from] h2::Error),
    /// The request can't be said in HTTP/2.
    #[error("the request can't be sent over HTTP/2: {0}")]
    Unsayable(#[from] http::Error),
    /// The reply is no HTTP/1.1.
    #[error("the reply starts with `{start}`, which is no HTTP/1.1")]
    Malformed {
        /// Its first bytes.
        start: String,
    },
    /// Nothing whole came in time.
    #[error("no reply within {} s", PATIENCE.as_secs())]
    Timeout,
}

async fn in_time<T>(
    exchange: impl Future<Output = Result<T, ExchangeError>>,
) -> Result<T, ExchangeError> {
    tokio::time::timeout(PATIENCE, exchange)
        .await
        .unwrap_or(Err(ExchangeError::Timeout))
}
