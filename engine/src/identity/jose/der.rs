//! The few DER forms (X.690) that hosts' own cryptography takes keys and signatures in.

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: [u8; 2] = [0x05, 0x00];
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
/// 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
/// 1.2.840.10045.3.1.7
const P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// 1.3.132.0.34
const P384: &[u8] = b"\x2b\x81\x04\x00\x22";
/// 1.3.101.112
const ED25519: &[u8] = b"\x2b\x65\x70";

/// An RSA `SubjectPublicKeyInfo` (RFC 3279, section 2.3.1) from big-endian modulus and exponent.
pub(super) fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = element(SEQUENCE, &[&integer(modulus), &integer(exponent)]);
    let algorithm = [element(OBJECT_IDENTIFIER, &[RSA_ENCRYPTION]), NULL.to_vec()].concat();
    spki(&algorithm, &key)
}

/// A P-256 `SubjectPublicKeyInfo` (RFC 5480, section 2) from an uncompressed point.
pub(super) fn p256_spki(point: &[u8]) -> Vec<u8> {
    ec_spki(P256, point)
}

/// A P-384 `SubjectPublicKeyInfo`.
pub(super) fn p384_spki(point: &[u8]) -> Vec<u8> {
    ec_spki(P384, point)
}

fn ec_spki(curve: &[u8], point: &[u8]) -> Vec<u8> {
    let oids = [EC_PUBLIC_KEY, curve].map(|oid| element(OBJECT_IDENTIFIER, &[oid]));
    spki(&oids.concat(), point)
}

/// An Ed25519 `SubjectPublicKeyInfo` (RFC 8410, section 4).
pub(super) fn ed25519_spki(key: &[u8]) -> Vec<u8> {
    spki(&element(OBJECT_IDENTIFIER, &[ED25519]), key)
}

fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let algorithm = element(SEQUENCE, &[algorithm]);
    let key = element(BIT_STRING, &[&[0], key]);
    element(SEQUENCE, &[&algorithm, &key])
}

/// An ECDSA signature as most cryptographic libraries take it, `SEQUENCE { r, s }` (RFC 3279, section 2.2.3), from JOSE's
/// `r || s` (RFC 7518, section 3.4). `None` for an odd number of bytes, or none.
#[must_use]
pub fn ecdsa_signature(jose: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = jose.split_at_checked(jose.len() / 2)?;
    if r.is_empty() || r.len() != s.len() {
        return None;
    }
    Some(element(SEQUENCE, &[&integer(r), &integer(s)]))
}

/// A number that isn't negative, from its big-endian bytes.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(zeros..).unwrap_or_default();
    match digits.first() {
        // The first bit would be the sign.
        Some(0x80..) | None => element(INTEGER, &[&[0], digits]),
        Some(_) => element(INTEGER, &[digits]),
    }
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    match (content.len(), length.get(zeros..)) {
        (0x80.., Some(digits)) => {
            // At most eight of them: the long form's count of length bytes fits its seven bits.
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(0));
            out.extend_from_slice(digits);
        }
        (short, _) => out.push(u8::try_from(short).unwrap_or(0)),
    }
    out.extend_from_slice(&content);
    out
}

#[cfg(test)]
mod tests {
    use super::ecdsa_signature;

    #[test]
    fn an_ecdsa_signature_becomes_two_minimal_integers() {
        for (name, jose, der) in [
            ("small", &[1, 2][..], Some(&[0x30, 6, 2, 1, 1, 2, 1, 2][..])),
            (
                "leading zeros go",
                &[0, 1, 0, 2],
                Some(&[0x30, 6, 2, 1, 1, 2, 1, 2]),
            ),
            (
                "the sign bit stays clear",
                &[0x80, 0x7f],
                Some(&[0x30, 7, 2, 2, 0, 0x80, 2, 1, 0x7f]),
            ),
            ("zero", &[0, 0], Some(&[0x30, 6, 2, 1, 0, 2, 1, 0])),
            ("odd", &[1, 2, 3], None),
            ("empty", &[], None),
        ] {
            assert_eq!(ecdsa_signature(jose).as_deref(), der, "{name}");
        }
    }

    #[test]
    fn a_long_signature_has_a_long_length() {
        let der = ecdsa_signature(&[0xff; 96]).unwrap();
        assert_eq!(der.get(..7), Some(&[0x30, 102, 2, 49, 0, 0xff, 0xff][..]));
        let der = ecdsa_signature(&[0xff; 132]).unwrap();
        assert_eq!(der.get(..6), Some(&[0x30, 0x81, 138, 2, 67, 0][..]));
    }
}
