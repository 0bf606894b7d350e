//! An issuer's key server: a JWK set over HTTP that a test can change, break, and count the fetches of. What else an issuer
//! publishes stands beside it: status lists, bundles, deny-lists.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Where the key set is on this server.
pub const PATH: &str = "/jwks.json";

#[derive(Debug, Default)]
struct Published {
    documents: BTreeMap<String, Document>,
    failing: bool,
}

#[derive(Debug, Default)]
struct Document {
    media_type: &'static str,
    body: String,
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
        let published = Arc::<Mutex<Published>>::default();
        let router = Router::new()
            .fallback(serve)
            .with_state(Arc::clone(&published));
        let task = tokio::spawn(async move {
            // An accept error ends the server; the test that needed it then fails on its fetch.
            drop(axum::serve(listener, router).await);
        });
        let server = Self {
            address,
            published,
            task,
        };
        server.rotate(keys);
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Publishes `keys` instead of the ones before.
    pub fn rotate(&self, keys: Vec<Value>) {
        let set = json!({"keys": keys}).to_string();
        self.publish(PATH, "application/jwk-set+json", set);
    }

    /// Publishes `body` at `path` instead of what stood there, if anything.
    pub fn publish(&self, path: &str, media_type: &'static str, body: String) {
        let mut state = self.state();
        let document = state.documents.entry(path.to_owned()).or_default();
        document.media_type = media_type;
        document.body = body;
    }

    /// Answers 503 while `failing`.
    pub fn set_failing(&self, failing: bool) {
        self.state().failing = failing;
    }

    /// How often the keys were asked for, answered or not.
    #[must_use]
    pub fn fetches(&self) -> u32 {
        self.fetches_of(PATH)
    }

    /// How often what stands at `path` was asked for, answered or not.
    #[must_use]
    pub fn fetches_of(&self, path: &str) -> u32 {
        let state = self.state();
        state
            .documents
            .get(path)
            .map_or(0, |document| document.fetches)
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

async fn serve(State(published): State<Arc<Mutex<Published>>>, target: Uri) -> Response {
    let mut published = lock(&published);
    let failing = published.failing;
    let Some(document) = published.documents.get_mut(target.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    document.fetches = document.fetches.saturating_add(1);
    if failing {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let media_type = [(header::CONTENT_TYPE, document.media_type)];
    (media_type, document.body.clone()).into_response()
}
