//! One issuer's remote keys.

use super::{Fetch, Generation, KeyState, Loaded};
use crate::digest::Digest;
use crate::identity::issuer::RemoteKeys;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::jwk::KeyUse;
use crate::identity::jose::keyset::{KeySet, KeySetError};
use crate::time::{Seconds, UnixTime};

/// The wait after the first failure; it doubles with each further one.
const FIRST_BACKOFF: Seconds = Seconds(1);
/// The longest wait after a failure.
const LONGEST_BACKOFF: Seconds = Seconds(60);
/// As long as keys were never there, requests wait for them through this many failures.
const PATIENCE: u32 = 3;
/// A host that doesn't answer at all within the timeout and this is taken to have failed.
const ANSWER_SLACK: Seconds = Seconds(2);

#[derive(Debug)]
pub(super) struct Remote {
    fetch: Fetch,
    /// By which workers find each other's documents: the same for the same address, algorithms and use of keys, so that a
    /// document that one worker could use is one that all can.
    address: Digest,
    algorithms: Vec<Algorithm>,
    key_use: KeyUse,
    refresh: Seconds,
    grace: Seconds,
    min_interval: Seconds,
    keys: Option<Keys>,
    phase: Phase,
    /// In a row.
    failures: u32,
    /// When the last fetch was started, here or by another worker.
    last_attempt: Option<UnixTime>,
    generations: u64,
}

#[derive(Debug)]
struct Keys {
    set: KeySet,
    document: Digest,
    fetched_at: UnixTime,
    generation: Generation,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The next fetch is due then.
    Waiting { until: UnixTime },
    /// A fetch runs, and is given up then.
    Fetching { until: UnixTime },
}

impl Remote {
    /// `None` where the address can't be fetched from.
    pub(super) fn new(
        issuer: usize,
        keys: &RemoteKeys,
        algorithms: &[Algorithm],
        key_use: KeyUse,
    ) -> Option<Self> {
        let (scheme, authority, path) = split_url(&keys.url)?;
        let mut address = vec![
            keys.cluster.as_bytes(),
            keys.url.as_bytes(),
            key_use.name().as_bytes(),
        ];
        address.extend(
            algorithms
                .iter()
                .map(|algorithm| algorithm.name().as_bytes()),
        );
        Some(Self {
            fetch: Fetch {
                issuer,
                cluster: keys.cluster.clone(),
                scheme: scheme.to_owned(),
                authority: authority.to_owned(),
                path,
                timeout: keys.timeout,
            },
            address: Digest::of_parts(&address),
            algorithms: algorithms.to_vec(),
            key_use,
            refresh: keys.refresh,
            grace: keys.grace,
            min_interval: keys.min_interval,
            keys: None,
            phase: Phase::Waiting { until: UnixTime(0) },
            failures: 0,
            last_attempt: None,
            generations: 0,
        })
    }

    pub(super) const fn address(&self) -> Digest {
        self.address
    }

    pub(super) fn state(&self, now: UnixTime) -> KeyState<'_> {
        match &self.keys {
            Some(keys) if self.is_fresh(keys, now) => KeyState::Ready(&keys.set),
            None if self.failures < PATIENCE => KeyState::Pending,
            Some(_) | None => KeyState::Unavailable,
        }
    }

    pub(super) fn generation(&self, now: UnixTime) -> Option<Generation> {
        let keys = self.keys.as_ref()?;
        self.is_fresh(keys, now).then_some(keys.generation)
    }

    fn is_fresh(&self, keys: &Keys, now: UnixTime) -> bool {
        now < keys.fetched_at.after(self.refresh).after(self.grace)
    }

    /// Is it time to fetch? Giving up on a host that never answered is part of the question.
    pub(super) fn is_due(&mut self, now: UnixTime) -> bool {
        match self.phase {
            Phase::Waiting { until } => now >= until,
            Phase::Fetching { until } if now >= until => {
                self.failed(now);
                false
            }
            Phase::Fetching { .. } => false,
        }
    }

    pub(super) fn start(&mut self, now: UnixTime) -> Fetch {
        self.last_attempt = Some(now);
        self.phase = Phase::Fetching {
            until: self.given_up_at(now),
        };
        self.fetch.clone()
    }

    /// When a fetch that starts now has certainly ended.
    pub(super) const fn given_up_at(&self, now: UnixTime) -> UnixTime {
        now.after(self.fetch.timeout).after(ANSWER_SLACK)
    }

    /// Until when a worker may keep others from fetching: through a fetch, or through the wait after a failure.
    pub(super) fn longest_claim(&self, now: UnixTime) -> UnixTime {
        self.given_up_at(now).max(now.after(LONGEST_BACKOFF))
    }

    pub(super) fn failed(&mut self, now: UnixTime) {
        self.failures = self.failures.saturating_add(1);
        self.phase = Phase::Waiting {
            until: now.after(backoff(self.failures)),
        };
    }

    /// When the next fetch is due, if none runs.
    pub(super) const fn due_at(&self) -> Option<UnixTime> {
        match self.phase {
            Phase::Waiting { until } => Some(until),
            Phase::Fetching { .. } => None,
        }
    }

    pub(super) fn take(
        &mut self,
        now: UnixTime,
        fetched_at: UnixTime,
        document: &[u8],
    ) -> Result<Loaded, KeySetError> {
        let digest = Digest::of(document);
        if self.renew(fetched_at, digest) {
            return Ok(Loaded::Unchanged);
        }
        match KeySet::parse(document, &self.algorithms, self.key_use) {
            Ok(set) => {
                self.generations = self.generations.saturating_add(1);
                self.keys = Some(Keys {
                    set,
                    document: digest,
                    fetched_at,
                    generation: Generation(self.generations),
                });
                self.rest(fetched_at);
                Ok(Loaded::Changed)
            }
            Err(error) => {
                self.failed(now);
                Err(error)
            }
        }
    }

    /// Counts the keys in use as fetched at `fetched_at` if they are of this document.
    pub(super) fn renew(&mut self, fetched_at: UnixTime, document: Digest) -> bool {
        match &mut self.keys {
            Some(keys) if keys.document == document => {
                keys.fetched_at = fetched_at;
                self.rest(fetched_at);
                true
            }
            Some(_) | None => false,
        }
    }

    fn rest(&mut self, fetched_at: UnixTime) {
        self.failures = 0;
        self.last_attempt = self.last_attempt.max(Some(fetched_at));
        self.phase = Phase::Waiting {
            until: fetched_at.after(self.refresh),
        };
    }

    /// When the keys in use were fetched.
    pub(super) fn fetched_at(&self) -> Option<UnixTime> {
        self.keys.as_ref().map(|keys| keys.fetched_at)
    }

    /// Makes a fetch due now if that is allowed; true if one runs or is due.
    pub(super) fn want(&mut self, now: UnixTime) -> bool {
        let Phase::Waiting { until } = self.phase else {
            return true;
        };
        if now >= until {
            return true;
        }
        let rested = |at: UnixTime| now >= at.after(self.min_interval);
        let allowed = self.failures == 0 && self.last_attempt.is_none_or(rested);
        if allowed {
            self.phase = Phase::Waiting { until: now };
        }
        allowed
    }
}

fn backoff(failures: u32) -> Seconds {
    let doublings = failures.saturating_sub(1).min(16);
    let seconds = FIRST_BACKOFF.0.saturating_mul(1 << doublings);
    Seconds(seconds.min(LONGEST_BACKOFF.0))
}

/// Scheme, authority, and path with query, which is `/` where there is none. Printable ASCII only, no user info, no fragment.
fn split_url(url: &str) -> Option<(&str, &str, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let sound = matches!(scheme, "http" | "https")
        && !authority.is_empty()
        && !authority.contains('@')
        && url
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let path = if target.starts_with('/') {
        target.to_owned()
    } else {
        format!("/{target}")
    };
    sound.then_some((scheme, authority, path))
}

#[cfg(test)]
mod tests {
    use super::{backoff, split_url};
    use crate::time::Seconds;

    #[test]
    fn waits_double_up_to_a_minute() {
        let waits: Vec<_> = [1, 2, 3, 6, 7, 8, u32::MAX].map(backoff).into();
        assert_eq!(waits, [1, 2, 4, 32, 60, 60, 60].map(Seconds));
    }

    #[test]
    fn an_address_is_scheme_authority_and_path() {
        for (name, url, expected) in [
            (
                "https",
                "https://as.example/jwks",
                Some(("https", "as.example", "/jwks")),
            ),
            (
                "a port and a query",
                "http://as:8080/j?a=b",
                Some(("http", "as:8080", "/j?a=b")),
            ),
            (
                "the root",
                "https://as.example/",
                Some(("https", "as.example", "/")),
            ),
            (
                "no path",
                "https://as.example",
                Some(("https", "as.example", "/")),
            ),
            ("no authority", "https:///jwks", None),
            ("no scheme", "as.example/jwks", None),
            ("another scheme", "file:///etc/keys", None),
            ("user info", "https://user@as.example/jwks", None),
            (
                "a query without a path",
                "https://as.example?a=/b",
                Some(("https", "as.example", "/?a=/b")),
            ),
            ("a fragment", "https://as.example/jwks#a", None),
            (
                "a line break",
                "https://as.example/jwks\r\nHost: evil",
                None,
            ),
            ("a space", "https://as.example/a b", None),
        ] {
            let expected = expected.map(|(scheme, authority, path): (_, _, &str)| {
                (scheme, authority, path.to_owned())
            });
            assert_eq!(split_url(url), expected, "{name}");
        }
    }
}
