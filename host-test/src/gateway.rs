//! A small HTTP/1.1 gateway around a [`Fleet`], for machines that have no Envoy: it runs the very module, judges live
//! requests by the wall clock, and forwards what the module lets through.
//!
//! It is for trying things out. A request's body is read whole before the module sees it, and the module doesn't see
//! responses: lists are not narrowed here, and a server's sessions are unknown.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::fleet::Fleet;
use crate::module::Module;
use crate::profile::Profile;
use crate::stream::{LocalResponse, Passed};
use crate::vm::{Failure, Plugin, Start};
use crate::world::UnixNanos;

mod driver;
mod wire;

use driver::{Driver, Event};

/// What a gateway is made of.
pub struct Setup {
    /// The module.
    pub module: Module,
    /// How it is configured; its list of clusters is taken from `clusters`.
    pub plugin: Plugin,
    /// How many workers, each with a VM of its own.
    pub workers: usize,
    /// Where requests go.
    pub upstream: SocketAddr,
    /// Where callouts go, by cluster.
    pub clusters: BTreeMap<String, SocketAddr>,
    /// The property that is kept of each request, as Envoy's access log would print it.
    pub logged_property: String,
}

/// The gateway did not come up.
#[derive(Debug, Error)]
pub enum GatewayError {
    /// No port.
    #[error("can't listen: {0}")]
    Listen(#[from] io::Error),
    /// The module trapped while it started.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The module refused its configuration.
    #[error("the plugin refuses its configuration; its log:\n{log}")]
    Refused {
        /// Its log.
        log: String,
    },
}

/// One finished request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The status that the client got.
    pub status: u16,
    /// The property that [`Setup::logged_property`] names, if the module set it.
    pub property: Option<Vec<u8>>,
}

/// A running gateway; it stops when dropped.
pub struct Gateway {
    address: SocketAddr,
    log: Arc<Mutex<Vec<Logged>>>,
    tasks: [JoinHandle<()>; 2],
}

/// What the module decided about a request.
#[derive(Debug)]
enum Verdict {
    Forward(Passed),
    Respond(LocalResponse),
    Reset,
}

#[derive(Debug)]
struct Decided {
    verdict: Verdict,
    property: Option<Vec<u8>>,
}

#[derive(Clone)]
struct Front {
    events: mpsc::UnboundedSender<Event>,
    upstream: SocketAddr,
    body_limit: usize,
    log: Arc<Mutex<Vec<Logged>>>,
}

impl Gateway {
    /// Starts the workers and listens on a free port of 127.0.0.1. Needs a tokio runtime.
    ///
    /// # Errors
    /// If there is no port, or a worker does not start.
    pub async fn start(setup: Setup) -> Result<Self, GatewayError> {
        let mut plugin = setup.plugin;
        plugin.clusters = setup.clusters.keys().cloned().collect();
        let profile = Profile::envoy();
        let body_limit = profile.body_buffer_limit;
        let mut fleet = Fleet::new(&setup.module, profile, plugin, setup.workers, now());
        if fleet.start()? == Start::Refused {
            let lines = fleet.workers().iter().flat_map(|worker| worker.logs());
            let log = lines.map(|line| line.text.as_str()).collect::<Vec<_>>();
            return Err(GatewayError::Refused {
                log: log.join("\n"),
            });
        }
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (events, inbox) = mpsc::unbounded_channel();
        let driver = Driver::new(fleet, setup.clusters, setup.logged_property, events.clone());
        let log = Arc::default();
        let front = Front {
            events,
            upstream: setup.upstream,
            body_limit,
            log: Arc::clone(&log),
        };
        let router = Router::new().fallback(handle).with_state(front);
        let tasks = [
            tokio::spawn(driver.run(inbox)),
            tokio::spawn(async move {
                // An accept error ends the gateway; whoever talks to it then sees a refused connection.
                drop(axum::serve(listener, router).await);
            }),
        ];
        Ok(Self {
            address,
            log,
            tasks,
        })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every finished request, in order.
    pub fn log(&self) -> Vec<Logged> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.clone()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn handle(State(front): State<Front>, request: Request) -> Response {
    let (response, property) = front.answer(request).await;
    let logged = Logged {
        status: response.status().as_u16(),
        property,
    };
    let mut log = front.log.lock().unwrap_or_else(PoisonError::into_inner);
    log.push(logged);
    drop(log);
    response
}

impl Front {
    async fn answer(&self, request: Request) -> (Response, Option<Vec<u8>>) {
        let (head, body) = request.into_parts();
        // One byte over the limit is enough for the module, or the host, to see that it is over.
        let Ok(body) = to_bytes(body, self.body_limit.saturating_add(1)).await else {
            return (StatusCode::PAYLOAD_TOO_LARGE.into_response(), None);
        };
        let (answer, decided) = oneshot::channel();
        let event = Event::Request {
            headers: wire::to_module(&head),
            body: body.to_vec(),
            answer,
        };
        let decided = match self.events.send(event) {
            Ok(()) => decided.await.ok(),
            Err(_) => None,
        };
        let Some(Decided { verdict, property }) = decided else {
            return (StatusCode::SERVICE_UNAVAILABLE.into_response(), None);
        };
        let response = match verdict {
            Verdict::Forward(passed) => match wire::forward(self.upstream, &passed).await {
                Ok(response) => response.map(Body::new),
                Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
            },
            Verdict::Respond(local) => wire::from_module(local),
            Verdict::Reset => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        };
        (response, property)
    }
}

fn now() -> UnixNanos {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    UnixNanos(since.map_or(0, |elapsed| {
        u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
    }))
}
