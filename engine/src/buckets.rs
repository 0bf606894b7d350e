//! Tables in the store that a host's workers share.
//!
//! Such a store lists nothing, expires nothing and has no size limit. So a table is a fixed number of buckets, each a packed
//! and bounded list of entries with their expiry. An entry belongs to one bucket only, which its digest says, so a look costs
//! the same however much is remembered; what has expired leaves when its bucket is next written; and workers change a bucket
//! by compare-and-swap only.

mod own;

use std::fmt::Write as _;

pub use self::own::OwnStore;

use crate::digest::Digest;
use crate::ports::{Store, StoreError, Version};

/// How many buckets a table has. Fixed, so that an entry is looked for in the same place after a change of configuration.
pub const BUCKETS: usize = 1024;

/// How often one change tries to get into a bucket that other workers write at the same time.
pub const ATTEMPTS: u8 = 16;

/// A table, by the beginning of its buckets' names, which ends in `/`.
#[derive(Clone, Copy, Debug)]
pub struct Table(pub &'static str);

/// A bucket as it stood when it was read.
#[derive(Clone, Debug)]
pub struct Bucket {
    name: String,
    bytes: Vec<u8>,
    /// None where nothing stood there.
    version: Option<Version>,
}

impl Table {
    /// How many entries one bucket may hold where the whole table is to hold about `entries`.
    #[must_use]
    pub fn per_bucket(entries: usize) -> usize {
        entries.div_ceil(BUCKETS).max(1)
    }

    /// The name of the bucket of an entry, by bits of its digest that an entry of 16 bytes doesn't have.
    #[must_use]
    pub fn name(self, digest: &Digest) -> String {
        let [.., high, low] = digest.as_bytes();
        let number = u16::from_be_bytes([*high, *low]) as usize % BUCKETS;
        let mut name = String::from(self.0);
        // Writing to a `String` can't fail.
        let _ = write!(name, "{number:03x}");
        name
    }

    /// The bucket of an entry, as it stands now.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] where the host doesn't say what stands there.
    pub fn read(self, store: &dyn Store, digest: &Digest) -> Result<Bucket, StoreError> {
        let name = self.name(digest);
        let (bytes, version) = store.get(&name)?.unzip();
        Ok(Bucket {
            name,
            bytes: bytes.unwrap_or_default(),
            version,
        })
    }

    /// Does the store do what all depends on: create only what isn't there, and refuse a version that is past?
    #[must_use]
    pub fn swaps(self, store: &dyn Store) -> bool {
        let probe = format!("{}probe", self.0);
        if store.create(&probe, b"") == Err(StoreError::Unavailable) {
            return false;
        }
        let Ok(Some((_, version))) = store.get(&probe) else {
            return false;
        };
        // Another worker that tries the store at the same time may be first here; the next write is a conflict either way.
        let swapped = store.set(&probe, b"", Some(version)) != Err(StoreError::Unavailable);
        swapped
            && store.set(&probe, b"", Some(version)) == Err(StoreError::Conflict)
            && store.create(&probe, b"") == Err(StoreError::Conflict)
    }
}

impl Bucket {
    /// What stood there; nothing where no bucket was.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Puts `bytes` in its place, if nobody has changed it since it was read.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] where somebody has, [`StoreError::Unavailable`] where the host refuses.
    pub fn replace(&self, store: &dyn Store, bytes: &[u8]) -> Result<(), StoreError> {
        match self.version {
            Some(_) => store.set(&self.name, bytes, self.version),
            None => store.create(&self.name, bytes),
        }
    }
}
