//! The two forms of an ECDSA signature: where `(r, s)` verifies, `(r, n - s)` does too, and whoever has seen the one can write
//! the other. So a token has two texts, which are one credential.

use super::key::KeyKind;

/// The order `n` of P-256 (SP 800-186, section 3.2.1.3).
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The order `n` of P-384 (section 3.2.1.4).
const P384_ORDER: [u8; 48] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
    0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];

/// The other form of a signature that verified; none for keys whose signatures have one form.
pub(in crate::identity) fn other_form(kind: KeyKind, signature: &[u8]) -> Option<Vec<u8>> {
    let order: &[u8] = match kind {
        KeyKind::P256 => &P256_ORDER,
        KeyKind::P384 => &P384_ORDER,
        KeyKind::Rsa | KeyKind::Ed25519 => return None,
    };
    let (r, s) = signature.split_at_checked(order.len())?;
    if s.len() != order.len() {
        return None;
    }
    let mut difference = Vec::with_capacity(order.len());
    let mut borrowed = false;
    for (n, s) in order.iter().zip(s).rev() {
        let (digit, below) = n.overflowing_sub(*s);
        let (digit, further) = digit.overflowing_sub(u8::from(borrowed));
        borrowed = below || further;
        difference.push(digit);
    }
    difference.reverse();
    (!borrowed).then(|| [r, &difference].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_form_verifies_and_its_other_form_is_the_first() {
        use p256::ecdsa::signature::{Signer as _, Verifier as _};
        let key = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
        let one: p256::ecdsa::Signature = key.sign(b"x");
        let other = other_form(KeyKind::P256, &one.to_bytes()).unwrap();
        assert_ne!(other, one.to_bytes().to_vec());
        let read = p256::ecdsa::Signature::from_slice(&other).unwrap();
        key.verifying_key().verify(b"x", &read).unwrap();
        assert_eq!(
            other_form(KeyKind::P256, &other).unwrap(),
            one.to_bytes().to_vec()
        );
        let key = p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap();
        let one: p384::ecdsa::Signature = key.sign(b"x");
        let other = other_form(KeyKind::P384, &one.to_bytes()).unwrap();
        let read = p384::ecdsa::Signature::from_slice(&other).unwrap();
        key.verifying_key().verify(b"x", &read).unwrap();
    }

    #[test]
    fn what_has_one_form_or_is_no_signature_has_no_other() {
        for (name, kind, bytes) in [
            ("Ed25519", KeyKind::Ed25519, vec![1; 64]),
            ("RSA", KeyKind::Rsa, vec![1; 256]),
            ("too short", KeyKind::P256, vec![1; 63]),
            ("too long", KeyKind::P256, vec![1; 65]),
            ("empty", KeyKind::P384, vec![]),
            ("above the order", KeyKind::P256, vec![0xff; 64]),
        ] {
            assert_eq!(other_form(kind, &bytes), None, "{name}");
        }
    }
}
