//! An issuer's key server: a JWK set over HTTP that a test can change, break, and count the fetches of.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Where the key set is on this server.
pub const PATH: &str = "/jwks.json";

#[derive(Debug, Default)]
struct Published {
    keys: Vec<Value>,
    failing: bool,
    fetches: u32,
}

/// A running key server; it stops when dropped.
#[derive(Debug)]
pub struct JwksServer {
    address: SocketAddr,
    published: Arc<Mutex<Published>>,
    task: JoinHandle<()>,
}

impl JwksServer {
    /// Starts the server on a free port of 127.0.0.1, publishing `keys` (public JWKs).
    ///
    /// # Errors
    ///
    /// No port can be had.
    pub async fn start(keys: Vec<Value>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let published = Arc::new(Mutex::new(Published {
            keys,
            ..Published::default()
        }));
        let router = Router::new()
            .route(PATH, get(serve))
            .with_state(Arc::clone(&published));
        let task = tokio::spawn(async move {
            // An accept error ends the server; the test that needed it then fails on its fetch.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self {
            address,
            published,
            task,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Publishes `keys` instead of the ones before.
    pub fn rotate(&self, keys: Vec<Value>) {
        self.state().keys = keys;
    }

    /// Answers 503 while `failing`.
    pub fn set_failing(&self, failing: bool) {
        self.state().failing = failing;
    }

    /// How often the keys were asked for, answered or not.
    #[must_use]
    pub fn fetches(&self) -> u32 {
        self.state().fetches
    }

    fn state(&self) -> MutexGuard<'_, Published> {
        lock(&self.published)
    }
}

impl Drop for JwksServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(published: &Mutex<Published>) -> MutexGuard<'_, Published> {
    published.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(State(published): State<Arc<Mutex<Published>>>) -> Response {
    let mut published = lock(&published);
    published.fetches = published.fetches.saturating_add(1);
    if published.failing {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let set = json!({"keys": published.keys}).to_string();
    ([(header::CONTENT_TYPE, "application/jwk-set+json")], set).into_response()
}
