//! Proofs that may be used once: which were seen, remembered for as long as they would be accepted.
//!
//! A fixed number of buckets, each a packed and bounded list of marks with their expiry. A mark belongs to one bucket only,
//! so a look costs the same however many proofs are remembered, and what has expired leaves when its bucket is next
//! written. Where the host shares a store between its workers the buckets stand there and change by compare-and-swap only;
//! elsewhere each worker keeps its own, and a proof can be used once with each. `docs/replay.md` says what that promises.

mod bucket;
mod own;

use std::fmt::Write as _;

use self::bucket::Bucket;
use self::own::OwnStore;
use crate::digest::Digest;
use crate::ports::{Store, StoreError, Version};
use crate::time::UnixTime;

/// How many buckets there are. Fixed, so that a mark is looked for in the same place after a change of configuration.
pub const BUCKETS: usize = 1024;

/// How often one mark tries to get into a bucket that other workers write at the same time.
const ATTEMPTS: u8 = 16;

/// Where used proofs are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// In the host's store: once per proof among all workers of the host.
    Shared,
    /// In each worker by itself, for the host has no store that can be relied on: once per proof and worker.
    PerWorker,
}

/// What is remembered of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which it is: whatever makes it unique, such as the key's thumbprint and the proof's `jti`.
    pub digest: Digest,
    /// From when it would not be accepted anyway.
    pub until: UnixTime,
}

/// Why a proof is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// It was used before.
    #[error("the proof was used before")]
    Replayed,
    /// As many proofs as fit are remembered and none has expired, so this one could be used again.
    #[error("no more proofs can be remembered for now")]
    Full,
    /// The host's store refused, or other workers came first too often.
    #[error("the memory of used proofs is not available")]
    Unavailable,
}

/// The proofs that were seen.
#[derive(Debug)]
pub struct Replays {
    /// How many marks one bucket holds.
    capacity: usize,
    own: Option<OwnStore>,
}

impl Replays {
    /// A memory of about `capacity` marks, in the host's store where that proves to compare and swap.
    #[must_use]
    pub fn new(capacity: usize, store: &dyn Store) -> Self {
        Self {
            capacity: capacity.div_ceil(BUCKETS).max(1),
            own: (!swaps(store)).then(OwnStore::default),
        }
    }

    /// Where the marks are.
    #[must_use]
    pub const fn memory(&self) -> Memory {
        match self.own {
            None => Memory::Shared,
            Some(_) => Memory::PerWorker,
        }
    }

    /// Lets a proof in, the first time.
    ///
    /// # Errors
    ///
    /// [`ReplayError`]; whatever it is, the proof must not count.
    pub fn admit(&self, store: &dyn Store, mark: Mark, now: UnixTime) -> Result<(), ReplayError> {
        let store = self.own.as_ref().map_or(store, |own| own as &dyn Store);
        let mut attempt = Attempt::new(mark, self.capacity);
        loop {
            if let Some(outcome) = attempt.advance(store, now) {
                return outcome;
            }
        }
    }
}

/// Does the store do what all depends on: create only what isn't there, and refuse a version that is past?
fn swaps(store: &dyn Store) -> bool {
    const PROBE: &str = "bailiwick/replay/1/probe";
    if store.create(PROBE, b"") == Err(StoreError::Unavailable) {
        return false;
    }
    let Some((_, version)) = store.get(PROBE) else {
        return false;
    };
    // Another worker that tries the store at the same time may be first here; the next write is a conflict either way.
    let swapped = store.set(PROBE, b"", Some(version)) != Err(StoreError::Unavailable);
    swapped
        && store.set(PROBE, b"", Some(version)) == Err(StoreError::Conflict)
        && store.create(PROBE, b"") == Err(StoreError::Conflict)
}

/// One mark on its way into its bucket, one access to the store at a time, so that tests can put other workers in between.
///
/// INVARIANT: what is written was made from what was read at that very version, or from nothing where nothing stands.
struct Attempt {
    bucket: String,
    mark: Mark,
    capacity: usize,
    left: u8,
    next: Next,
}

enum Next {
    Read,
    Write(Bucket, Option<Version>),
}

impl Attempt {
    fn new(mark: Mark, capacity: usize) -> Self {
        Self {
            bucket: name(&mark.digest),
            mark,
            capacity,
            left: ATTEMPTS,
            next: Next::Read,
        }
    }

    /// One access; the outcome, once there is one.
    fn advance(&mut self, store: &dyn Store, now: UnixTime) -> Option<Result<(), ReplayError>> {
        match std::mem::replace(&mut self.next, Next::Read) {
            Next::Read => {
                let read = store.get(&self.bucket);
                let (bytes, version) =
                    read.map_or_else(Default::default, |(bytes, version)| (bytes, Some(version)));
                match Bucket::with(bytes, &self.mark, self.capacity, now) {
                    Ok(bucket) => self.next = Next::Write(bucket, version),
                    Err(error) => return Some(Err(error)),
                }
            }
            Next::Write(bucket, version) => {
                let written = match version {
                    Some(_) => store.set(&self.bucket, bucket.bytes(), version),
                    None => store.create(&self.bucket, bucket.bytes()),
                };
                match written {
                    Ok(()) => return Some(Ok(())),
                    Err(StoreError::Unavailable) => return Some(Err(ReplayError::Unavailable)),
                    Err(StoreError::Conflict) => {
                        self.left = self.left.saturating_sub(1);
                        if self.left == 0 {
                            return Some(Err(ReplayError::Unavailable));
                        }
                    }
                }
            }
        }
        None
    }
}

/// The name of a mark's bucket, by bits that the mark in it doesn't have.
fn name(digest: &Digest) -> String {
    let [.., high, low] = digest.as_bytes();
    let number = u16::from_be_bytes([*high, *low]) as usize % BUCKETS;
    let mut name = String::from("bailiwick/replay/1/");
    // Writing to a `String` can't fail.
    let _ = write!(name, "{number:03x}");
    name
}

#[cfg(test)]
pub(crate) mod tests;
