//! One document's state, apart from what stands in it: when to fetch, and how long what came may be used.

use super::source::{Source, split_url};
use super::{DocumentId, Fetch, Generation, Loaded};
use crate::digest::Digest;
use crate::time::{Seconds, UnixTime};

/// The wait after the first failure; it doubles with each further one.
const FIRST_BACKOFF: Seconds = Seconds(1);
/// The longest wait after a failure.
const LONGEST_BACKOFF: Seconds = Seconds(60);
/// As long as a document was never there, requests wait for it through this many failures.
const PATIENCE: u32 = 3;
/// A host that doesn't answer at all within the timeout and this is taken to have failed.
const ANSWER_SLACK: Seconds = Seconds(2);

/// One document's state, apart from what stands in it.
#[derive(Debug)]
pub struct Course {
    fetch: Fetch,
    /// Which document it is to all workers: the same for the same address and rules, so that a document that one worker could
    /// use is one that all can.
    address: Digest,
    /// Under which name the workers share it.
    entry: Digest,
    refresh: Seconds,
    grace: Seconds,
    min_interval: Seconds,
    version: Option<Version>,
    phase: Phase,
    /// In a row.
    failures: u32,
    /// When the last fetch was started, here or by another worker.
    last_attempt: Option<UnixTime>,
    generations: u64,
}

/// Under which name in the store workers share a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Its own. For documents whose addresses stand in the configuration.
    Own,
    /// One that others may have too, of which one at a time is shared. For documents without number: the store forgets
    /// nothing.
    Bucket(Digest),
}

/// The document in use.
#[derive(Clone, Copy, Debug)]
struct Version {
    document: Digest,
    fetched_at: UnixTime,
    refresh: Seconds,
    generation: Generation,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The next fetch is due then.
    Waiting { until: UnixTime },
    /// A fetch runs, and is given up then.
    Fetching { until: UnixTime },
}

/// May a document be used?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Yes.
    Usable,
    /// Not now, but perhaps soon.
    Pending,
    /// No.
    Unavailable,
}

impl Course {
    /// `None` where the address can't be fetched from.
    pub(super) fn new(
        id: DocumentId,
        source: &Source,
        accept: &'static str,
        max_bytes: usize,
        marks: &[&str],
        entry: Address,
    ) -> Option<Self> {
        let (scheme, authority, path) = split_url(&source.url)?;
        let mut address = vec![
            id.kind().name().as_bytes(),
            source.cluster.as_bytes(),
            source.url.as_bytes(),
        ];
        address.extend(marks.iter().map(|mark| mark.as_bytes()));
        let address = Digest::of_parts(&address);
        Some(Self {
            fetch: Fetch {
                id,
                cluster: source.cluster.clone(),
                scheme: scheme.to_owned(),
                authority: authority.to_owned(),
                path,
                accept,
                timeout: source.timeout,
                max_bytes,
            },
            address,
            entry: match entry {
                Address::Own => address,
                Address::Bucket(bucket) => bucket,
            },
            refresh: source.refresh,
            grace: source.grace,
            min_interval: source.min_interval,
            version: None,
            phase: Phase::Waiting { until: UnixTime(0) },
            failures: 0,
            last_attempt: None,
            generations: 0,
        })
    }

    /// Which document this is.
    pub const fn id(&self) -> DocumentId {
        self.fetch.id
    }

    pub(super) const fn address(&self) -> Digest {
        self.address
    }

    pub(super) const fn entry(&self) -> Digest {
        self.entry
    }

    /// May what was loaded be used at `now`? What is too old is worth waiting for until a fetch has failed.
    pub(super) fn standing(&self, now: UnixTime) -> Standing {
        let patience = match &self.version {
            Some(version) if self.is_fresh(version, now) => return Standing::Usable,
            Some(_) => 1,
            None => PATIENCE,
        };
        if self.failures < patience {
            Standing::Pending
        } else {
            Standing::Unavailable
        }
    }

    pub(super) fn generation(&self, now: UnixTime) -> Option<Generation> {
        let version = self.version.as_ref()?;
        self.is_fresh(version, now).then_some(version.generation)
    }

    const fn is_fresh(&self, version: &Version, now: UnixTime) -> bool {
        now.0
            < version
                .fetched_at
                .after(version.refresh)
                .after(self.grace)
                .0
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

    /// Counts a document that was read as the one in use.
    pub(super) fn taken(
        &mut self,
        fetched_at: UnixTime,
        document: Digest,
        refresh: Option<Seconds>,
    ) -> Loaded {
        self.generations = self.generations.saturating_add(1);
        self.version = Some(Version {
            document,
            fetched_at,
            refresh: refresh.unwrap_or(self.refresh),
            generation: Generation(self.generations),
        });
        self.rest(fetched_at);
        Loaded::Changed
    }

    /// Counts the document in use as fetched at `fetched_at` if it is this one.
    pub(super) fn renew(&mut self, fetched_at: UnixTime, document: Digest) -> bool {
        match &mut self.version {
            Some(version) if version.document == document => {
                version.fetched_at = fetched_at;
                self.rest(fetched_at);
                true
            }
            Some(_) | None => false,
        }
    }

    fn rest(&mut self, fetched_at: UnixTime) {
        self.failures = 0;
        self.last_attempt = self.last_attempt.max(Some(fetched_at));
        let refresh = self.version.map_or(self.refresh, |version| version.refresh);
        self.phase = Phase::Waiting {
            until: fetched_at.after(refresh),
        };
    }

    /// When the document in use was fetched.
    pub(super) fn fetched_at(&self) -> Option<UnixTime> {
        self.version.map(|version| version.fetched_at)
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

#[cfg(test)]
mod tests {
    use super::backoff;
    use crate::time::Seconds;

    #[test]
    fn waits_double_up_to_a_minute() {
        let waits: Vec<_> = [1, 2, 3, 6, 7, 8, u32::MAX].map(backoff).into();
        assert_eq!(waits, [1, 2, 4, 32, 60, 60, 60].map(Seconds));
    }
}
