//! HTTP/1.1 written byte by byte onto a TCP connection, so that a request may hold anything.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ExchangeError, Framing, Reply, Request, in_time};

/// Sends `request` to `address` on a connection of its own.
///
/// # Errors
///
/// No whole reply came back.
pub async fn send(
    address: SocketAddr,
    request: &Request,
    framing: Framing,
) -> Result<Reply, ExchangeError> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target).into_bytes();
    field(&mut head, "host", address.to_string().as_bytes());
    for (name, value) in &request.headers {
        field(&mut head, name, value);
    }
    let body = match framing {
        Framing::Whole => {
            if !request.body.is_empty() {
                field(
                    &mut head,
                    "content-length",
                    request.body.len().to_string().as_bytes(),
                );
            }
            vec![request.body.clone()]
        }
        Framing::ByteByByte => {
            field(&mut head, "transfer-encoding", b"chunked");
            let bytes = request.body.iter();
            let mut chunks: Vec<_> = bytes
                .map(|byte| [b"1\r\n", &[*byte][..], b"\r\n"].concat())
                .collect();
            chunks.push(b"0\r\n\r\n".to_vec());
            chunks
        }
    };
    head.extend_from_slice(b"\r\n");
    exchange(address, [head].into_iter().chain(body)).await
}

/// Writes `pieces` to `address`, each as a packet of its own, and reads one reply.
///
/// # Errors
///
/// No whole reply came back.
pub async fn exchange(
    address: SocketAddr,
    pieces: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Reply, ExchangeError> {
    in_time(async {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        for piece in pieces {
            if stream.write_all(&piece).await.is_err() {
                // The gateway may refuse before it has read all; the reply then says why.
                break;
            }
        }
        read_reply(&mut stream).await
    })
    .await
}

fn field(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    head.extend_from_slice(value);
    head.extend_from_slice(b"\r\n");
}

async fn read_reply(stream: &mut TcpStream) -> Result<Reply, ExchangeError> {
    let mut received = Vec::new();
    loop {
        let ended = stream.read_buf(&mut received).await? == 0;
        if let Some(reply) = parse(&received, ended)? {
            return Ok(reply);
        }
        if ended {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
}

/// The reply in `received`, or `None` while more has to come.
fn parse(received: &[u8], ended: bool) -> Result<Option<Reply>, ExchangeError> {
    let Some((head, rest)) = split_at(received, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let start = lines.next().unwrap_or_default();
    let status = start
        .strip_prefix("HTTP/1.1 ")
        .and_then(|after| after.get(..3));
    let Some(status) = status.and_then(|digits| digits.parse().ok()) else {
        let start = start.chars().take(40).collect();
        return Err(ExchangeError::Malformed { start });
    };
    let fields = lines.filter_map(|line| line.split_once(':'));
    let headers = fields
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().as_bytes().to_vec()))
        .collect();
    let mut reply = Reply {
        status,
        headers,
        body: Vec::new(),
    };
    let chunked = reply
        .header("transfer-encoding")
        .is_some_and(|coding| coding == "chunked");
    let length = reply
        .header("content-length")
        .and_then(|length| length.parse().ok());
    let body = match length {
        _ if chunked => dechunk(rest),
        Some(length) => rest.get(..length).map(<[u8]>::to_vec),
        None => ended.then(|| rest.to_vec()),
    };
    Ok(body.map(|body| {
        reply.body = body;
        reply
    }))
}

/// The body in `rest`, or `None` while its last chunk hasn't come.
fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let (size, after) = split_at(rest, b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?.trim(), 16).ok()?;
        body.extend_from_slice(after.get(..size)?);
        rest = after.get(size..)?.strip_prefix(b"\r\n")?;
        if size == 0 {
            return Some(body);
        }
    }
}

fn split_at<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes
        .windows(separator.len())
        .position(|window| window == separator)?;
    Some((
        bytes.get(..at)?,
        bytes.get(at.checked_add(separator.len())?..)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_read_only_when_it_is_whole() {
        let whole = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";
        assert_eq!(parse(&whole[..whole.len() - 1], false).unwrap(), None);
        let reply = parse(whole, false).unwrap().unwrap();
        assert_eq!((reply.status, reply.text().as_str()), (403, "no"));
    }

    #[test]
    fn chunks_are_joined() {
        let whole = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\na\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(parse(&whole[..whole.len() - 2], false).unwrap(), None);
        assert_eq!(parse(whole, false).unwrap().unwrap().text(), "ab0123456789");
    }
}
