//! Documents over the network, such as key sets: the engine says what to fetch and judges what came, this sends and receives.

use std::collections::BTreeMap;
use std::time::Duration;

use bailiwick_engine::gate::Instance;
use bailiwick_engine::identity::documents::{Fetch, LoadError, Loaded, shared};
use bailiwick_engine::time::UnixTime;

use crate::host::{self, BufferKind, Callout, CalloutId, HostStatus, LogLevel, MapKind};
use crate::metrics::{Event, Metrics};
use crate::root::News;
use crate::store::SharedData;

/// The calls that are under way.
#[derive(Debug, Default)]
pub(crate) struct Fetches {
    calls: BTreeMap<CalloutId, Fetch>,
}

/// Why a call brought no document.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("the call could not be sent: {0}")]
    NotSent(HostStatus),
    #[error("there was no answer")]
    NoAnswer,
    #[error("the answer can't be read: {0}")]
    Unreadable(#[from] HostStatus),
    #[error("the answer's status is `{0}`, expected 200")]
    Status(String),
    #[error("the answer has {size} bytes, the limit is {limit}")]
    TooLong { size: usize, limit: usize },
    #[error("{0}")]
    Document(#[from] LoadError),
}

impl Fetches {
    /// Takes over what other workers fetched, and fetches what is due.
    pub(crate) fn see_to(
        &mut self,
        instance: &mut Instance,
        metrics: &mut Metrics,
        now: UnixTime,
    ) -> News {
        let started = shared::start(instance.documents(), &SharedData, now);
        let mut news = News::Time;
        for kind in started.taken {
            metrics.count(Event::DocumentTaken(kind));
            news = News::DocumentsChanged;
        }
        for fetch in started.fetches {
            match send(&fetch) {
                Ok(call) => {
                    self.calls.insert(call, fetch);
                }
                Err(status) => {
                    self.fail(&fetch, &FetchError::NotSent(status), instance, metrics, now);
                    news = News::DocumentsChanged;
                }
            }
        }
        news
    }

    /// Takes the answer to a call, which has no header fields where there was none.
    pub(crate) fn answered(
        &mut self,
        call: CalloutId,
        headers: usize,
        body_size: usize,
        instance: &mut Instance,
        metrics: &mut Metrics,
        now: UnixTime,
    ) -> News {
        let Some(fetch) = self.calls.remove(&call) else {
            host::log(LogLevel::Warn, "an answer came to a call that was not made");
            return News::Time;
        };
        let taken = receive(headers, body_size, fetch.max_bytes).and_then(|document| {
            Ok(shared::loaded(
                instance.documents(),
                &SharedData,
                fetch.id,
                now,
                &document,
            )?)
        });
        match taken {
            Ok(loaded) => {
                metrics.count(Event::DocumentFetched(fetch.id.kind()));
                if loaded == Loaded::Changed {
                    host::log(
                        LogLevel::Info,
                        &format!("{}: fetched, and in use", fetch.id),
                    );
                }
            }
            Err(error) => self.fail(&fetch, &error, instance, metrics, now),
        }
        News::DocumentsChanged
    }

    fn fail(
        &self,
        fetch: &Fetch,
        error: &FetchError,
        instance: &mut Instance,
        metrics: &mut Metrics,
        now: UnixTime,
    ) {
        metrics.count(Event::DocumentFailed(fetch.id.kind()));
        host::log(
            LogLevel::Warn,
            &format!(
                "{}: could not be fetched from cluster `{}`: {error}",
                fetch.id, fetch.cluster
            ),
        );
        // A document that was not what it should be was counted when it was read.
        if !matches!(error, FetchError::Document(_)) {
            shared::failed(instance.documents(), &SharedData, fetch.id, now);
        }
    }
}

fn send(fetch: &Fetch) -> Result<CalloutId, HostStatus> {
    host::call(&Callout {
        upstream: &fetch.cluster,
        headers: &[
            (":method", b"GET"),
            (":scheme", fetch.scheme.as_bytes()),
            (":authority", fetch.authority.as_bytes()),
            (":path", fetch.path.as_bytes()),
            ("accept", fetch.accept.as_bytes()),
            ("user-agent", b"bailiwick"),
        ],
        timeout: Duration::from_secs(fetch.timeout.0),
    })
}

/// The document that came.
fn receive(headers: usize, body_size: usize, limit: usize) -> Result<Vec<u8>, FetchError> {
    if headers == 0 {
        return Err(FetchError::NoAnswer);
    }
    let headers = host::headers(MapKind::CalloutResponse)?;
    let status = headers.all(":status").next().unwrap_or_default();
    if status != b"200" {
        return Err(FetchError::Status(
            status.escape_ascii().take(16).map(char::from).collect(),
        ));
    }
    if body_size > limit {
        return Err(FetchError::TooLong {
            size: body_size,
            limit,
        });
    }
    Ok(host::buffer(BufferKind::CalloutResponseBody, body_size)?)
}
