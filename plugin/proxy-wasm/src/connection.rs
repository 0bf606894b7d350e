//! What the gateway knows of the client's connection.

use bailiwick_engine::digest::Digest;
use bailiwick_engine::ports::{Connection, PeerCertificate};

use crate::host;

/// The connection of the request that is being handled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Downstream;

impl Connection for Downstream {
    fn peer_certificate(&self) -> Option<PeerCertificate> {
        let digest = host::property(&["connection", "sha256_peer_certificate_digest"]).ok()?;
        Some(PeerCertificate {
            digest: Digest::from(from_hex(&digest)?),
            der: None,
        })
    }
}

/// 32 bytes in hexadecimal, in either case.
fn from_hex(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |c: u8| {
            char::from(c)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_64_hexadecimal_digits() {
        let text = "00".repeat(31) + "aF";
        let mut expected = [0; 32];
        expected[31] = 0xaf;
        assert_eq!(from_hex(text.as_bytes()), Some(expected));
        for wrong in [
            "",
            "0",
            &"00".repeat(33),
            &("00".repeat(31) + "0g"),
            &("0".repeat(63)),
        ] {
            assert_eq!(from_hex(wrong.as_bytes()), None, "`{wrong}`");
        }
    }
}
