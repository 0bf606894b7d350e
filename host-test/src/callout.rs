//! HTTP and gRPC calls that a module makes, held until whoever drives the host answers them.

use crate::headers::HeaderMap;

/// A call that the module has started and nobody has answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callout {
    /// The number by which the module recognises the answer.
    pub token: u32,
    /// The cluster that the module named.
    pub cluster: String,
    /// Request headers, with `:method`, `:path` and `:authority`.
    pub headers: HeaderMap,
    /// Request body.
    pub body: Vec<u8>,
    /// Request trailers.
    pub trailers: HeaderMap,
    /// The module's time limit in milliseconds.
    pub timeout_ms: u32,
}

impl Callout {
    /// The `:path` of the call, for people and for scripted answers.
    pub fn path(&self) -> String {
        String::from_utf8_lossy(self.headers.first(":path").unwrap_or_default()).into_owned()
    }
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalloutAnswer {
    /// The other side answered.
    Response {
        /// Response headers, with `:status`.
        headers: HeaderMap,
        /// Response body.
        body: Vec<u8>,
        /// Response trailers.
        trailers: HeaderMap,
    },
    /// The connection failed or the time was up: the module sees a response with no headers.
    Failed,
}

impl CalloutAnswer {
    /// A response of a status and a body, with the headers that a plain server would send.
    pub fn response(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self::Response {
            headers: [
                (":status", status.to_string()),
                ("content-type", content_type.to_owned()),
                ("content-length", body.len().to_string()),
            ]
            .into_iter()
            .collect(),
            body,
            trailers: HeaderMap::new(),
        }
    }
}

/// A gRPC call of one message that the module has started and nobody has answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrpcCall {
    /// The number by which the module recognises the answer.
    pub token: u32,
    /// The cluster that the module named.
    pub cluster: String,
    /// The path of the method: `/SERVICE/METHOD`.
    pub path: String,
    /// The message.
    pub message: Vec<u8>,
    /// The longest answer that the module takes, where it says so.
    pub max_answer: Option<u32>,
    /// The module's time limit in milliseconds.
    pub timeout_ms: u32,
}

/// How a gRPC call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrpcAnswer {
    /// With this message.
    Message(Vec<u8>),
    /// Without one, with this status.
    Closed(u32),
}
