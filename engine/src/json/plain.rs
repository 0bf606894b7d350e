//! Where the next character stands that means something in a JSON string.

/// A byte in each of the eight places of a word.
const EVERYWHERE: u64 = 0x0101_0101_0101_0101;

/// How many bytes at the beginning of `bytes` stand for themselves in a JSON string: none of them is `"`, `\`, or a control
/// character (RFC 8259, section 7).
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let plain_words = words
        .iter()
        .position(|word| has_mark(u64::from_le_bytes(*word)))
        .unwrap_or(words.len());
    let start = plain_words.saturating_mul(8);
    let rest = bytes.get(start..).unwrap_or_default();
    let plain = rest
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0x00..=0x1f));
    start.saturating_add(plain.unwrap_or(rest.len()))
}

/// Is one of the eight bytes a `"`, a `\`, or below 0x20? All eight at once: where a byte is below `n`, taking `n` from it
/// borrows into its highest bit, which it doesn't have set itself; and two bytes are equal where their difference is zero.
/// A borrow from a lower byte shows in a higher one only where the lower one was found already.
fn has_mark(word: u64) -> bool {
    let below = |word: u64, n: u64| word.wrapping_sub(EVERYWHERE.wrapping_mul(n)) & !word;
    let found = below(word, 0x20)
        | below(word ^ EVERYWHERE.wrapping_mul(0x22), 1)
        | below(word ^ EVERYWHERE.wrapping_mul(0x5c), 1);
    found & EVERYWHERE.wrapping_mul(0x80) != 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::plain_length;

    fn one_by_one(bytes: &[u8]) -> usize {
        let plain = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
        bytes.iter().take_while(|byte| plain(byte)).count()
    }

    #[test]
    fn every_byte_in_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..17 {
                for around in [b'a', b' ', 0x7f, 0x80, 0xff] {
                    let mut bytes = [around; 17];
                    bytes[place] = byte;
                    assert_eq!(plain_length(&bytes), one_by_one(&bytes), "{bytes:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x1e..0x24_u8, 0x5a..0x5e_u8], 0..64)) {
            prop_assert_eq!(plain_length(&bytes), one_by_one(&bytes));
        }
    }
}
