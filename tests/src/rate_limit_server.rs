//! A rate-limit service over gRPC, by hand on HTTP/2: what it counts is [`Counted`], and how it answers a test can change.
//!
//! It is not built on the `limitador` crate (0.14). That brings 27 crates more even without its features, `prost-build` and `tonic-build`
//! for a build script that then does nothing, and two that RustSec lists as unmaintained: `paste` (RUSTSEC-2024-0436), by way of `cel`, and
//! `atomic-polyfill` (RUSTSEC-2023-0089), by way of `postcard`'s default features, which it turns on for wasmtime too.
//! `deny.toml` excepts nothing that is unmaintained. It would also count otherwise than the service that is documented: each of its
//! windows begins with the first call, and those of envoyproxy/ratelimit with the epoch.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bailiwick_host_test::rate_limits::{Counted, PATH, RateLimits};
use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// The longest question that is read, in bytes.
const MAX_QUESTION: usize = 1 << 20;

/// How the service answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manner {
    /// By what it has counted.
    Right,
    /// The same, after so long.
    Slow(Duration),
    /// With a status alone, as gRPC has it where nothing else is said.
    Status(u8),
    /// With this message.
    Message(Vec<u8>),
}

#[derive(Debug)]
struct Service {
    limits: RateLimits,
    counted: Counted,
    manner: Manner,
    questions: usize,
}

/// A running service; it stops when dropped.
#[derive(Debug)]
pub struct RateLimitServer {
    address: SocketAddr,
    service: Arc<Mutex<Service>>,
    task: JoinHandle<()>,
}

impl RateLimitServer {
    /// Starts a service with these limits on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// No port can be had.
    pub async fn start(limits: RateLimits) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let service = Arc::new(Mutex::new(Service {
            limits,
            counted: Counted::default(),
            manner: Manner::Right,
            questions: 0,
        }));
        let shared = Arc::clone(&service);
        let task = tokio::spawn(async move {
            // With the server, its connections end.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let service = Arc::clone(&shared);
                // A connection that breaks is the client's to tell.
                connections.spawn(async move { drop(serve(stream, service).await) });
            }
        });
        Ok(Self {
            address,
            service,
            task,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers in this manner from now on.
    pub fn answer(&self, manner: Manner) {
        lock(&self.service).manner = manner;
    }

    /// How many questions came.
    #[must_use]
    pub fn questions(&self) -> usize {
        lock(&self.service).questions
    }

    /// By what it knows what it has counted.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let service = lock(&self.service);
        service.counted.keys().map(str::to_owned).collect()
    }
}

impl Drop for RateLimitServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(service: &Mutex<Service>) -> MutexGuard<'_, Service> {
    service.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(stream: TcpStream, service: Arc<Mutex<Service>>) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(accepted) = connection.accept().await {
        let (request, respond) = accepted?;
        let service = Arc::clone(&service);
        tokio::spawn(async move { drop(answer(request, respond, &service).await) });
    }
    Ok(())
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    service: &Mutex<Service>,
) -> Result<(), h2::Error> {
    let path = request.uri().path().to_owned();
    let question = read(request.into_body()).await?;
    let manner = {
        let mut service = lock(service);
        service.questions = service.questions.saturating_add(1);
        service.manner.clone()
    };
    if let Manner::Slow(delay) = manner {
        tokio::time::sleep(delay).await;
    }
    let message = match manner {
        Manner::Right | Manner::Slow(_) if path == PATH => {
            let mut service = lock(service);
            let Service {
                limits, counted, ..
            } = &mut *service;
            counted.answer(limits, now(), &question).ok_or(2)
        }
        Manner::Right | Manner::Slow(_) => Err(12),
        Manner::Status(status) => Err(status),
        Manner::Message(message) => Ok(message),
    };
    let head = Response::builder().header("content-type", "application/grpc");
    match message {
        Err(status) => {
            let head = head.header("grpc-status", u64::from(status));
            respond.send_response(head.body(()).unwrap_or_default(), true)?;
        }
        Ok(message) => {
            let mut body = respond.send_response(head.body(()).unwrap_or_default(), false)?;
            let mut frame = vec![0];
            frame.extend_from_slice(
                &u32::try_from(message.len())
                    .unwrap_or_default()
                    .to_be_bytes(),
            );
            frame.extend_from_slice(&message);
            body.send_data(frame.into(), false)?;
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            body.send_trailers(trailers)?;
        }
    }
    Ok(())
}

/// The one message of a gRPC call, without its frame's head.
async fn read(mut body: RecvStream) -> Result<Vec<u8>, h2::Error> {
    const HEAD: usize = 5;
    let mut frame = Vec::new();
    while let Some(part) = body.data().await {
        let part = part?;
        body.flow_control().release_capacity(part.len())?;
        if frame.len().saturating_add(part.len()) <= MAX_QUESTION {
            frame.extend_from_slice(&part);
        }
    }
    Ok(frame.get(HEAD..).unwrap_or_default().to_vec())
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map(|since| since.as_secs()).unwrap_or_default()
}
