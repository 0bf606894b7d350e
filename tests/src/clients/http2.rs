//! HTTP/2 with prior knowledge (no TLS), one stream on a connection of its own.

use std::net::SocketAddr;

use bytes::Bytes;
use h2::SendStream;
use http::{HeaderName, HeaderValue};
use tokio::net::TcpStream;

use super::{ExchangeError, Framing, Reply, Request, in_time};

/// Sends `request` to `address`.
///
/// # Errors
///
/// The request can't be said in HTTP/2 (a name that is no token), or no whole reply came back.
pub async fn send(
    address: SocketAddr,
    request: &Request,
    framing: Framing,
) -> Result<Reply, ExchangeError> {
    let head = head(address, request, framing)?;
    in_time(async {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (client, connection) = h2::client::handshake(stream).await?;
        let driver = tokio::spawn(connection);
        let mut client = client.ready().await?;
        let (reply, body) = client.send_request(head, request.body.is_empty())?;
        // The gateway may refuse before it has read all, and reset the stream; the reply then says why.
        drop(write_body(body, &request.body, framing));
        let reply = read_reply(reply).await;
        driver.abort();
        reply
    })
    .await
}

fn head(
    address: SocketAddr,
    request: &Request,
    framing: Framing,
) -> Result<http::Request<()>, http::Error> {
    let mut head = http::Request::builder()
        .method(request.method.as_str())
        .uri(format!("http://{address}{}", request.target));
    if framing == Framing::Whole && !request.body.is_empty() {
        head = head.header("content-length", request.body.len());
    }
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        head = head.header(name, HeaderValue::from_bytes(value)?);
    }
    head.body(())
}

fn write_body(
    mut stream: SendStream<Bytes>,
    body: &[u8],
    framing: Framing,
) -> Result<(), h2::Error> {
    let size = match framing {
        Framing::Whole => body.len(),
        Framing::ByteByByte => 1,
    };
    let mut left = body.chunks(size.max(1)).peekable();
    while let Some(piece) = left.next() {
        stream.send_data(Bytes::copy_from_slice(piece), left.peek().is_none())?;
    }
    Ok(())
}

async fn read_reply(reply: h2::client::ResponseFuture) -> Result<Reply, ExchangeError> {
    let (head, mut stream) = reply.await?.into_parts();
    let fields = head.headers.iter();
    let headers = fields.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    let mut reply = Reply {
        status: head.status.as_u16(),
        headers: headers.collect(),
        body: Vec::new(),
    };
    while let Some(piece) = stream.data().await {
        let piece = piece?;
        // Without this the peer stops once the stream's window is used up.
        stream.flow_control().release_capacity(piece.len())?;
        reply.body.extend_from_slice(&piece);
    }
    Ok(reply)
}
