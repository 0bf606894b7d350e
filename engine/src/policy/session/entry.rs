//! What stands in one bucket: sessions behind each other, each 16 bytes of digest, one with the number of its facts, and 12 for
//! each fact.

use crate::digest::Digest;
use crate::time::UnixTime;

/// How much of a digest tells sessions apart.
const DIGEST_BYTES: usize = 16;

const FACT_BYTES: usize = 12;

/// Something that is remembered of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// What it is about: the beginning of a digest, so that it stays the same whatever else a configuration changes.
    pub(super) id: u32,
    /// From when it is forgotten.
    pub(super) until: UnixTime,
    /// How often.
    pub(super) count: u32,
}

/// One session, and what stands beside it in its bucket.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    digest: [u8; DIGEST_BYTES],
    /// What has not expired of it; nothing where the session isn't known.
    pub(super) facts: Vec<Fact>,
    /// The other sessions, packed, of which something has not expired.
    others: Vec<u8>,
    /// How many they are.
    pub(super) beside: usize,
}

impl Entry {
    /// The session `key` as it stands in `bytes`; nothing where they are no bucket.
    pub(super) fn read(bytes: &[u8], key: &Digest, now: UnixTime) -> Option<Self> {
        let (digest, _) = key.as_bytes().split_first_chunk::<DIGEST_BYTES>()?;
        let mut entry = Self {
            digest: *digest,
            facts: Vec::new(),
            others: Vec::with_capacity(bytes.len()),
            beside: 0,
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            let (found, facts, behind) = next(rest)?;
            let living = facts.map(unpack).filter(|fact| now < fact.until);
            let living: Vec<_> = living.collect();
            if found == digest {
                entry.facts = living;
            } else if !living.is_empty() {
                pack(&mut entry.others, found, &living)?;
                entry.beside = entry.beside.saturating_add(1);
            }
            rest = behind;
        }
        Some(entry)
    }

    /// The bucket with these facts of the session; nothing where they are more than are ever kept.
    pub(super) fn with(&self, facts: &[Fact]) -> Option<Vec<u8>> {
        let mut bytes = self.others.clone();
        if !facts.is_empty() {
            pack(&mut bytes, &self.digest, facts)?;
        }
        Some(bytes)
    }
}

/// The first entry: whose it is, its facts as they stand there, and what is behind it.
fn next(
    bytes: &[u8],
) -> Option<(
    &[u8; DIGEST_BYTES],
    impl Iterator<Item = &[u8; FACT_BYTES]>,
    &[u8],
)> {
    let (digest, rest) = bytes.split_first_chunk()?;
    let (count, rest) = rest.split_first()?;
    let length = usize::from(*count).checked_mul(FACT_BYTES)?;
    let (facts, behind) = rest.split_at_checked(length)?;
    let (facts, _) = facts.as_chunks::<FACT_BYTES>();
    Some((digest, facts.iter(), behind))
}

/// Times as 32 bits, which last until the year 2106; a later one is kept for ever.
fn pack(bytes: &mut Vec<u8>, digest: &[u8; DIGEST_BYTES], facts: &[Fact]) -> Option<()> {
    let count = u8::try_from(facts.len()).ok()?;
    bytes.extend_from_slice(digest);
    bytes.push(count);
    for Fact { id, until, count } in facts {
        let until = u32::try_from(until.0).unwrap_or(u32::MAX);
        for number in [*id, until, *count] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
    }
    Some(())
}

fn unpack(packed: &[u8; FACT_BYTES]) -> Fact {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *packed;
    Fact {
        id: u32::from_be_bytes([a, b, c, d]),
        until: UnixTime(u32::from_be_bytes([e, f, g, h]).into()),
        count: u32::from_be_bytes([i, j, k, l]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Fact};
    use crate::digest::Digest;
    use crate::time::UnixTime;

    fn fact(id: u32, until: u64) -> Fact {
        Fact {
            id,
            until: UnixTime(until),
            count: id,
        }
    }

    fn read(bytes: &[u8], name: &str, now: u64) -> Option<Entry> {
        Entry::read(bytes, &Digest::of(name.as_bytes()), UnixTime(now))
    }

    #[test]
    fn what_is_written_is_read_until_it_expires() {
        let bytes = read(&[], "a", 100)
            .unwrap()
            .with(&[fact(1, 110), fact(2, 120)]);
        let bytes = read(&bytes.unwrap(), "b", 100)
            .unwrap()
            .with(&[fact(3, 115)]);
        let bytes = bytes.unwrap();
        for (name, session, now, facts, beside) in [
            ("the first", "a", 109, vec![fact(1, 110), fact(2, 120)], 1),
            (
                "when one of its facts is over",
                "a",
                110,
                vec![fact(2, 120)],
                1,
            ),
            (
                "when its neighbour is over",
                "a",
                115,
                vec![fact(2, 120)],
                0,
            ),
            ("when all is over", "a", 120, vec![], 0),
            ("the second", "b", 100, vec![fact(3, 115)], 1),
            ("one that isn't there", "c", 100, vec![], 2),
        ] {
            let entry = read(&bytes, session, now).unwrap();
            assert_eq!((entry.facts, entry.beside), (facts, beside), "{name}");
        }
    }

    #[test]
    fn what_is_no_bucket_is_not_read() {
        let whole = read(&[], "a", 100).unwrap().with(&[fact(1, 110)]).unwrap();
        for length in 1..whole.len() {
            assert!(read(&whole[..length], "a", 100).is_none(), "{length} bytes");
        }
        assert!(read(&whole, "a", 100).is_some());
        let entry = read(&[], "a", 100).unwrap();
        let many: Vec<_> = (0..256).map(|id| fact(id, 110)).collect();
        assert_eq!(entry.with(&many), None, "more facts than are kept");
        assert_eq!(entry.with(&[]), Some(Vec::new()), "no facts, no session");
    }
}
