//! Key sets over the network: the engine says what to fetch and judges what came, this sends and receives.

use std::collections::BTreeMap;
use std::time::Duration;

use bailiwick_engine::gate::Instance;
use bailiwick_engine::identity::jose::keyset;
use bailiwick_engine::identity::keyring::{Fetch, Loaded, shared};
use bailiwick_engine::time::UnixTime;

use crate::host::{self, BufferKind, Callout, CalloutId, HostStatus, LogLevel, MapKind};
use crate::metrics::{Event, Metrics};
use crate::root::News;
use crate::store::SharedData;

/// The calls that are under way.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    calls: BTreeMap<CalloutId, Fetch>,
}

/// Why a call brought no key set.
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
    #[error("the answer has {0} bytes, the limit is {limit}", limit = keyset::LIMITS.max_bytes)]
    TooLong(usize),
    #[error("{0}")]
    Document(#[from] bailiwick_engine::identity::keyring::LoadError),
}

impl Keys {
    /// Takes over what other workers fetched, and fetches what is due.
    pub(crate) fn see_to(
        &mut self,
        instance: &mut Instance,
        metrics: &mut Metrics,
        now: UnixTime,
    ) -> News {
        let started = shared::start(instance.keys(), &SharedData, now);
        let mut news = News::Time;
        if started.changed {
            metrics.count(Event::KeysTaken);
            news = News::KeysChanged;
        }
        for fetch in started.fetches {
            match send(&fetch) {
                Ok(call) => {
                    self.calls.insert(call, fetch);
                }
                Err(status) => {
                    self.fail(&fetch, &FetchError::NotSent(status), instance, metrics, now);
                    news = News::KeysChanged;
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
        let taken = receive(headers, body_size).and_then(|document| {
            Ok(shared::loaded(
                instance.keys(),
                &SharedData,
                fetch.issuer,
                now,
                &document,
            )?)
        });
        match taken {
            Ok(loaded) => {
                metrics.count(Event::KeysFetched);
                if loaded == Loaded::Changed {
                    host::log(
                        LogLevel::Info,
                        &format!(
                            "issuers[{}]: keys were fetched and are in use",
                            fetch.issuer
                        ),
                    );
                }
            }
            Err(error) => self.fail(&fetch, &error, instance, metrics, now),
        }
        News::KeysChanged
    }

    fn fail(
        &self,
        fetch: &Fetch,
        error: &FetchError,
        instance: &mut Instance,
        metrics: &mut Metrics,
        now: UnixTime,
    ) {
        metrics.count(Event::KeysFailed);
        host::log(
            LogLevel::Warn,
            &format!(
                "issuers[{}]: keys could not be fetched from cluster `{}`: {error}",
                fetch.issuer, fetch.cluster
            ),
        );
        // A document that was no key set was reported when it was read.
        if !matches!(error, FetchError::Document(_)) {
            shared::failed(instance.keys(), &SharedData, fetch.issuer, now);
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
            ("accept", b"application/jwk-set+json, application/json"),
            ("user-agent", b"bailiwick"),
        ],
        timeout: Duration::from_secs(fetch.timeout.0),
    })
}

/// The document that came.
fn receive(headers: usize, body_size: usize) -> Result<Vec<u8>, FetchError> {
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
    if body_size > keyset::LIMITS.max_bytes {
        return Err(FetchError::TooLong(body_size));
    }
    Ok(host::buffer(BufferKind::CalloutResponseBody, body_size)?)
}
