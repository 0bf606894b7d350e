//! Proofs that may be used once: which were seen, remembered for as long as they would be accepted.
//!
//! Marks stand in a [table of buckets](crate::buckets). Where the host shares a store between its workers the table stands
//! there; elsewhere each worker keeps its own, and a proof can be used once with each. `docs/replay.md` says what that
//! promises.

mod bucket;

use self::bucket::Marks;
use crate::buckets::{ATTEMPTS, Bucket, OwnStore, Table};
use crate::digest::Digest;
use crate::ports::{Store, StoreError};
use crate::time::UnixTime;

/// Where marks stand.
const TABLE: Table = Table("bailiwick/replay/1/");

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
            capacity: Table::per_bucket(capacity),
            own: (!TABLE.swaps(store)).then(OwnStore::default),
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

/// One mark on its way into its bucket, one access to the store at a time, so that tests can put other workers in between.
///
/// INVARIANT: what is written was made from what was read at that very version, or from nothing where nothing stands.
struct Attempt {
    mark: Mark,
    capacity: usize,
    left: u8,
    next: Next,
}

enum Next {
    Read,
    Write(Bucket, Marks),
}

impl Attempt {
    fn new(mark: Mark, capacity: usize) -> Self {
        Self {
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
                let Ok(bucket) = TABLE.read(store, &self.mark.digest) else {
                    return Some(Err(ReplayError::Unavailable));
                };
                match Marks::with(bucket.bytes(), &self.mark, self.capacity, now) {
                    Ok(marks) => self.next = Next::Write(bucket, marks),
                    Err(error) => return Some(Err(error)),
                }
            }
            Next::Write(bucket, marks) => {
                let written = bucket.replace(store, marks.bytes());
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

#[cfg(test)]
pub(crate) mod tests;
