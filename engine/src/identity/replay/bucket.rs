//! One bucket: marks behind each other, 16 bytes of digest and 4 of time each.

use super::{Mark, ReplayError};
use crate::time::UnixTime;

/// How much of a digest tells marks apart.
const DIGEST_BYTES: usize = 16;

const MARK_BYTES: usize = DIGEST_BYTES + 4;

/// The marks of a bucket as they are to be written.
#[derive(Debug)]
pub(super) struct Marks(Vec<u8>);

impl Marks {
    /// What stands in `bytes` with one mark more, and without those that have expired.
    ///
    /// # Errors
    ///
    /// The mark is there already, there is no room for it, or the bytes are no bucket.
    pub(super) fn with(
        bytes: &[u8],
        mark: &Mark,
        capacity: usize,
        now: UnixTime,
    ) -> Result<Self, ReplayError> {
        let (marks, rest) = bytes.as_chunks::<MARK_BYTES>();
        if !rest.is_empty() {
            return Err(ReplayError::Unavailable);
        }
        let added = pack(mark);
        let (identity, _) = split(&added);
        let mut kept = Vec::with_capacity(bytes.len().saturating_add(MARK_BYTES));
        for packed in marks {
            let (found, until) = split(packed);
            if now >= until {
                continue;
            }
            if found == identity {
                return Err(ReplayError::Replayed);
            }
            kept.extend_from_slice(packed);
        }
        if kept.len() / MARK_BYTES >= capacity {
            return Err(ReplayError::Full);
        }
        kept.extend_from_slice(&added);
        Ok(Self(kept))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The time as 32 bits, which last until the year 2106; a later one is kept for ever.
fn pack(mark: &Mark) -> [u8; MARK_BYTES] {
    let until = u32::try_from(mark.until.0).unwrap_or(u32::MAX);
    let mut packed = [0; MARK_BYTES];
    let bytes = mark.digest.as_bytes().iter().take(DIGEST_BYTES);
    for (place, byte) in packed.iter_mut().zip(bytes.chain(&until.to_be_bytes())) {
        *place = *byte;
    }
    packed
}

fn split(packed: &[u8; MARK_BYTES]) -> (&[u8], UnixTime) {
    let (digest, until) = packed.split_at(DIGEST_BYTES);
    let until = until
        .iter()
        .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    (digest, UnixTime(until))
}
