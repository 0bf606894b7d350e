//! Between HTTP as the server and the client have it, and HTTP as a module sees it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;

use crate::callout::{Callout, CalloutAnswer};
use crate::headers::HeaderMap;
use crate::stream::{LocalResponse, Passed};

/// The most that is read of a callout's answer.
const MAX_ANSWER: usize = 1 << 20;
/// Fields of one connection, which are not for the next (RFC 9110, section 7.6.1), and lengths, which are made anew.
const HOP_BY_HOP: [&str; 4] = [
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
];

/// A request got no answer.
#[derive(Debug, Error)]
pub(super) enum CallError {
    #[error("no connection: {0}")]
    Connect(#[from] io::Error),
    #[error("no answer: {0}")]
    Http(#[from] hyper::Error),
    #[error("no valid request: {0}")]
    Request(#[from] http::Error),
}

/// A request's head as proxy-wasm shows it: pseudo-headers first, `host` among them as `:authority`.
pub(super) fn to_module(head: &http::request::Parts) -> HeaderMap {
    let authority = head.headers.get(http::header::HOST);
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let mut headers = HeaderMap::new();
    headers.add(
        ":authority",
        authority.map_or(&b""[..], HeaderValue::as_bytes),
    );
    headers.add(":path", target);
    headers.add(":method", head.method.as_str());
    headers.add(":scheme", "http");
    for (name, value) in &head.headers {
        if name != http::header::HOST {
            headers.add(name, value.as_bytes());
        }
    }
    headers
}

/// A response that the module gave.
pub(super) fn from_module(local: LocalResponse) -> Response {
    let status = u16::try_from(local.status).ok();
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = Response::new(Body::from(local.body));
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in local.headers.iter() {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Sends what the module let through to `upstream`.
pub(super) async fn forward(
    upstream: SocketAddr,
    passed: &Passed,
) -> Result<http::Response<Incoming>, CallError> {
    let headers = passed.headers.clone().unwrap_or_default();
    let mut response = send(upstream, &headers, passed.body.clone()).await?;
    for name in HOP_BY_HOP {
        response.headers_mut().remove(name);
    }
    Ok(response)
}

/// Makes a callout; whatever goes wrong is one failure, as in a gateway.
pub(super) async fn call(address: SocketAddr, callout: &Callout) -> CalloutAnswer {
    let time_limit = Duration::from_millis(callout.timeout_ms.into());
    let exchange = async {
        let response = send(address, &callout.headers, callout.body.clone())
            .await
            .ok()?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_ANSWER)
            .collect()
            .await
            .ok()?
            .to_bytes();
        let mut headers = HeaderMap::new();
        headers.add(":status", head.status.as_str());
        for (name, value) in &head.headers {
            headers.add(name, value.as_bytes());
        }
        Some(CalloutAnswer::Response {
            headers,
            body: body.to_vec(),
            trailers: HeaderMap::new(),
        })
    };
    let answer = tokio::time::timeout(time_limit, exchange).await;
    answer.ok().flatten().unwrap_or(CalloutAnswer::Failed)
}

async fn send(
    address: SocketAddr,
    headers: &HeaderMap,
    body: Vec<u8>,
) -> Result<http::Response<Incoming>, CallError> {
    let pseudo = |name| headers.first(name).unwrap_or_default();
    let mut request = http::Request::builder()
        .method(pseudo(":method"))
        .uri(pseudo(":path"))
        .header(http::header::HOST, pseudo(":authority"));
    for (name, value) in headers.iter() {
        let made_anew = HOP_BY_HOP.iter().any(|known| known.as_bytes() == name);
        if !made_anew && !name.starts_with(b":") {
            request = request.header(name, value);
        }
    }
    let request = request.body(Full::new(Bytes::from(body)))?;
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}
