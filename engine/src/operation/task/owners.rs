//! Whose each task is, in a [table of buckets](crate::buckets) of the host's store.
//!
//! The first to whom an id is given has it, for as long as it is remembered. Nobody else gets it then, and whoever asks about an id that
//! isn't remembered is refused as if it were another's. The table never refuses a new one: in a bucket that is full, whoever has most,
//! the new one counted, loses the oldest, so that one caller with many tasks pushes out its own before anybody else's. An owner here is a
//! caller of one server, so that what one server names pushes out nothing of what another named to the same caller as long as that is less.

use std::cmp::Reverse;

use crate::buckets::{ATTEMPTS, Bucket, Table};
use crate::digest::Digest;
use crate::ports::{Store, StoreError};
use crate::time::{Seconds, UnixTime};

/// Where they stand.
const TABLE: Table = Table("bailiwick/task/1/");

/// How long one is remembered after the last answer to a message or a call that named it.
pub const REMEMBER: Seconds = Seconds(30 * 86_400);

/// About how many are remembered.
pub const ENTRIES: usize = 65_536;

/// How much longer one must be remembered than it would be, so that that is worth a write.
const WORTH_A_WRITE: u64 = 86_400;

/// Does a store do what all of this depends on?
#[must_use]
pub fn can_be_in(store: &dyn Store) -> bool {
    TABLE.swaps(store)
}

/// The host's store can't be read: it can't be said whose a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the memory of tasks is not available")]
pub struct OwnersUnavailable;

/// What is remembered of one: 40 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    task: [u8; PART],
    owner: [u8; PART],
    until: UnixTime,
}

/// Whose a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Nobody's that is remembered.
    Nobodys,
    /// Whose it should be.
    Theirs,
    /// Somebody else's.
    Anothers,
}

/// How many bytes of a digest are kept.
const PART: usize = 16;

/// Who has which task, as the store has it now.
#[derive(Clone, Copy)]
pub struct Owners<'s> {
    store: &'s dyn Store,
    now: UnixTime,
}

impl<'s> Owners<'s> {
    /// Those that `store` has.
    #[must_use]
    pub fn new(store: &'s dyn Store, now: UnixTime) -> Self {
        Self { store, now }
    }

    /// Does `owner` have this task?
    ///
    /// # Errors
    ///
    /// [`OwnersUnavailable`]
    pub fn has(&self, owner: &Digest, task: &Digest) -> Result<bool, OwnersUnavailable> {
        Ok(self.whose(owner, task)? == Whose::Theirs)
    }

    /// Whose is this task, as `owner` sees it?
    ///
    /// # Errors
    ///
    /// [`OwnersUnavailable`]
    pub fn whose(&self, owner: &Digest, task: &Digest) -> Result<Whose, OwnersUnavailable> {
        let (_, entries) = self.read(task)?;
        let entry = entries.iter().find(|entry| entry.task == part(task));
        Ok(match entry {
            None => Whose::Nobodys,
            Some(entry) if entry.owner == part(owner) => Whose::Theirs,
            Some(_) => Whose::Anothers,
        })
    }

    /// Gives `owner` this task, if it is nobody else's. Says whose it is then: `false` is another's.
    ///
    /// # Errors
    ///
    /// [`OwnersUnavailable`], also where other workers came first too often; then it is nobody's.
    pub fn give(&self, owner: &Digest, task: &Digest) -> Result<bool, OwnersUnavailable> {
        for _ in 0..ATTEMPTS {
            let (bucket, mut entries) = self.read(task)?;
            let until = self.now.after(REMEMBER);
            match entries.iter_mut().find(|entry| entry.task == part(task)) {
                Some(entry) if entry.owner != part(owner) => return Ok(false),
                Some(entry) if until.0.saturating_sub(entry.until.0) < WORTH_A_WRITE => {
                    return Ok(true);
                }
                Some(entry) => entry.until = until,
                None => {
                    let entry = Entry {
                        task: part(task),
                        owner: part(owner),
                        until,
                    };
                    make_room(&mut entries, &entry, Table::per_bucket(ENTRIES));
                    entries.push(entry);
                }
            }
            let bytes: Vec<u8> = entries.iter().flat_map(Entry::bytes).collect();
            match bucket.replace(self.store, &bytes) {
                Ok(()) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(StoreError::Unavailable) => return Err(OwnersUnavailable),
            }
        }
        Err(OwnersUnavailable)
    }

    /// A task's bucket, and what in it still counts.
    fn read(&self, task: &Digest) -> Result<(Bucket, Vec<Entry>), OwnersUnavailable> {
        let bucket = TABLE
            .read(self.store, task)
            .map_err(|_| OwnersUnavailable)?;
        let (entries, rest) = bucket.bytes().as_chunks::<{ Entry::LENGTH }>();
        if !rest.is_empty() {
            return Err(OwnersUnavailable);
        }
        let entries = entries.iter().map(Entry::read);
        let entries = entries.filter(|entry| entry.until > self.now).collect();
        Ok((bucket, entries))
    }
}

impl Entry {
    const LENGTH: usize = 2 * PART + 8;

    fn bytes(&self) -> impl Iterator<Item = u8> + use<> {
        let until = self.until.0.to_be_bytes();
        self.task.into_iter().chain(self.owner).chain(until)
    }

    fn read(bytes: &[u8; Self::LENGTH]) -> Self {
        let mut all = bytes.iter().copied();
        let mut entry = Self {
            task: [0; PART],
            owner: [0; PART],
            until: UnixTime(0),
        };
        let mut until = [0; 8];
        for place in entry
            .task
            .iter_mut()
            .chain(&mut entry.owner)
            .chain(&mut until)
        {
            *place = all.next().unwrap_or_default();
        }
        entry.until = UnixTime(u64::from_be_bytes(until));
        entry
    }
}

/// Lets the oldest go of whoever has most, the new one counted, until that fits.
fn make_room(entries: &mut Vec<Entry>, new: &Entry, capacity: usize) {
    while entries.len() >= capacity {
        let count = |entry: &Entry| {
            let all = entries.iter().chain(std::iter::once(new));
            all.filter(|one| one.owner == entry.owner).count()
        };
        // Of those as old, the one that was written first.
        let oldest = entries
            .iter()
            .enumerate()
            .min_by_key(|(_, entry)| (Reverse(count(entry)), entry.until));
        let Some((place, _)) = oldest else {
            return;
        };
        entries.remove(place);
    }
}

fn part(digest: &Digest) -> [u8; PART] {
    let [part @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *digest.as_bytes();
    part
}

#[cfg(test)]
mod tests;
