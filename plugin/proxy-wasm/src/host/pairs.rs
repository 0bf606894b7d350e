//! The ABI's serialized form of header maps: a count, all lengths, then all names and values, each with a NUL behind.
//!
//! ```text
//! u32 count | count x (u32 name length, u32 value length) | count x (name, 0, value, 0)      little-endian
//! ```
//!
//! The names and values are whatever the client sent: any bytes, NUL included.

use std::ops::Range;

use bailiwick_engine::request::{Headers, Span};

/// Bytes of the count, and of each length.
const WORD: usize = 4;

/// The host's bytes end before, or go on after, what their own lengths say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a serialized map whose lengths don't add up")]
pub(crate) struct MalformedMap;

/// Takes a serialized map over; no field is copied.
///
/// An empty buffer is an empty map: hosts write no count where there is nothing.
///
/// # Errors
///
/// The lengths don't add up to the buffer.
pub(crate) fn parse(bytes: Vec<u8>) -> Result<Headers, MalformedMap> {
    if bytes.is_empty() {
        return Ok(Headers::default());
    }
    let count = word_at(&bytes, 0)?;
    let lengths_end = count
        .checked_mul(2 * WORD)
        .and_then(|size| size.checked_add(WORD))
        .filter(|end| *end <= bytes.len())
        .ok_or(MalformedMap)?;
    // The bound above keeps a lying count from reserving more than the buffer's own size.
    let mut spans = Vec::with_capacity(count);
    let mut data = Cursor {
        at: lengths_end,
        end: bytes.len(),
    };
    let mut length_at = WORD;
    while length_at < lengths_end {
        let name = data.take(word_at(&bytes, length_at)?)?;
        let value = data.take(word_at(&bytes, length_at.saturating_add(WORD))?)?;
        spans.push(Span { name, value });
        length_at = length_at.saturating_add(2 * WORD);
    }
    if data.at != data.end {
        return Err(MalformedMap);
    }
    Ok(Headers::new(bytes, spans))
}

/// The serialized form of `pairs`.
pub(crate) fn serialize(pairs: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_word(&mut bytes, pairs.len());
    for (name, value) in pairs {
        push_word(&mut bytes, name.len());
        push_word(&mut bytes, value.len());
    }
    for (name, value) in pairs {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(value);
        bytes.push(0);
    }
    bytes
}

/// Walks the part behind the lengths.
struct Cursor {
    at: usize,
    end: usize,
}

impl Cursor {
    /// The next `length` bytes; the NUL behind them is skipped.
    fn take(&mut self, length: usize) -> Result<Range<usize>, MalformedMap> {
        let start = self.at;
        let stop = start.checked_add(length).ok_or(MalformedMap)?;
        self.at = stop
            .checked_add(1)
            .filter(|next| *next <= self.end)
            .ok_or(MalformedMap)?;
        Ok(start..stop)
    }
}

fn word_at(bytes: &[u8], at: usize) -> Result<usize, MalformedMap> {
    let word = bytes
        .get(at..at.saturating_add(WORD))
        .and_then(|word| <[u8; WORD]>::try_from(word).ok())
        .ok_or(MalformedMap)?;
    usize::try_from(u32::from_le_bytes(word)).map_err(|_| MalformedMap)
}

/// What doesn't fit 32 bits doesn't fit the module's memory either.
fn push_word(bytes: &mut Vec<u8>, word: usize) {
    bytes.extend_from_slice(&u32::try_from(word).unwrap_or(u32::MAX).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    type Field = (Vec<u8>, Vec<u8>);

    fn read(bytes: &[u8]) -> Result<Vec<Field>, MalformedMap> {
        let headers = parse(bytes.to_vec())?;
        Ok(headers
            .iter()
            .map(|(n, v)| (n.to_vec(), v.to_vec()))
            .collect())
    }

    fn map(count: u32, lengths: &[u32], data: &[u8]) -> Vec<u8> {
        let mut bytes = count.to_le_bytes().to_vec();
        for length in lengths {
            bytes.extend_from_slice(&length.to_le_bytes());
        }
        bytes.extend_from_slice(data);
        bytes
    }

    #[test]
    fn what_is_serialized_reads_back_byte_for_byte() {
        let pairs: &[(&str, &[u8])] = &[
            (":method", b"POST"),
            ("x-empty", b""),
            ("x-bytes", b"\xff\x00\xfe"),
            ("authorization", b"Bearer a"),
            ("authorization", b"Bearer b"),
        ];
        let expected: Vec<_> = pairs
            .iter()
            .map(|(n, v)| (n.as_bytes().to_vec(), v.to_vec()))
            .collect();
        assert_eq!(read(&serialize(pairs)), Ok(expected));
        assert_eq!(read(&serialize(&[])), Ok(Vec::new()));
        assert_eq!(
            read(b""),
            Ok(Vec::new()),
            "hosts write nothing for no fields"
        );
    }

    #[test]
    fn names_may_be_any_bytes() {
        assert_eq!(
            read(&map(1, &[2, 1], b"\xff\xfe\0v\0")),
            Ok(vec![(b"\xff\xfe".to_vec(), b"v".to_vec())])
        );
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let rows: [(&str, Vec<u8>); 9] = [
            ("half a count", vec![1, 0]),
            ("a count and nothing behind it", map(1, &[], b"")),
            ("half the lengths", map(1, &[1], b"")),
            ("a count beyond memory", map(u32::MAX, &[], b"")),
            ("a name longer than the buffer", map(1, &[9, 0], b"n\0\0")),
            ("a name as long as memory", map(1, &[u32::MAX, 0], b"n\0\0")),
            ("a value longer than the buffer", map(1, &[1, 9], b"n\0v\0")),
            ("no NUL at the end", map(1, &[1, 1], b"n\0v")),
            ("bytes behind the last field", map(1, &[1, 1], b"n\0v\0x")),
        ];
        for (name, bytes) in rows {
            assert_eq!(read(&bytes), Err(MalformedMap), "{name}");
        }
    }

    #[test]
    fn every_truncation_is_refused() {
        let whole = serialize(&[("a", b"bc"), ("def", b"")]);
        for end in 1..whole.len() {
            assert_eq!(read(&whole[..end]), Err(MalformedMap), "cut at {end}");
        }
    }
}
