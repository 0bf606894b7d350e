//! An ECDSA signature from JOSE's form (RFC 7518, section 3.4) into the one of ASN.1 (RFC 3279, section 2.2.3).

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// `r || s`, both of one length, as a DER `SEQUENCE` of two `INTEGER`s. None where that can't be, which includes every
/// length beyond those of P-256 and P-384.
pub(super) fn from_jose(signature: &[u8]) -> Option<Vec<u8>> {
    if signature.len() != 64 && signature.len() != 96 {
        return None;
    }
    let (r, s) = signature.split_at(signature.len() / 2);
    let mut content = Vec::with_capacity(signature.len().saturating_add(6));
    push_integer(&mut content, r)?;
    push_integer(&mut content, s)?;
    let mut der = vec![SEQUENCE, short_length(content.len())?];
    der.append(&mut content);
    Some(der)
}

/// An unsigned big-endian number as the shortest `INTEGER`.
fn push_integer(der: &mut Vec<u8>, number: &[u8]) -> Option<()> {
    let leading = number.iter().take_while(|byte| **byte == 0).count();
    // Zero keeps one byte. It is no valid half of a signature; that is for the host to say.
    let digits = number
        .get(leading..)
        .filter(|digits| !digits.is_empty())
        .unwrap_or(&[0]);
    // The highest bit is the sign.
    let is_negative = digits.first().is_some_and(|byte| byte & 0x80 != 0);
    der.push(INTEGER);
    der.push(short_length(
        digits.len().saturating_add(usize::from(is_negative)),
    )?);
    if is_negative {
        der.push(0);
    }
    der.extend_from_slice(digits);
    Some(())
}

/// Lengths to 127 are one byte; nothing here is longer.
fn short_length(length: usize) -> Option<u8> {
    u8::try_from(length).ok().filter(|length| *length < 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of 32 bytes that ends in these.
    fn number(end: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 32 - end.len()];
        bytes.extend_from_slice(end);
        bytes
    }

    #[test]
    fn integers_are_the_shortest_positive_ones() {
        type Row<'a> = (&'a str, &'a [u8], &'a [u8], &'a [u8]);
        let rows: [Row<'_>; 4] = [
            ("small", &[1], &[2], &[0x30, 6, 2, 1, 1, 2, 1, 2]),
            ("zero", &[], &[1], &[0x30, 6, 2, 1, 0, 2, 1, 1]),
            (
                "highest bit",
                &[0x80],
                &[0x7f],
                &[0x30, 7, 2, 2, 0, 0x80, 2, 1, 0x7f],
            ),
            (
                "two bytes",
                &[1, 0],
                &[0xff, 0],
                &[0x30, 9, 2, 2, 1, 0, 2, 3, 0, 0xff, 0],
            ),
        ];
        for (name, r, s, expected) in rows {
            let jose = [number(r), number(s)].concat();
            assert_eq!(from_jose(&jose).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn only_the_two_curves_lengths_pass() {
        for length in [0, 1, 63, 65, 95, 97, 128, 132] {
            assert_eq!(from_jose(&vec![0xff; length]), None, "{length} bytes");
        }
        assert_eq!(from_jose(&[0xff; 64]).map(|der| der.len()), Some(72));
        assert_eq!(from_jose(&[0xff; 96]).map(|der| der.len()), Some(104));
    }
}
