//! Foreign functions: Envoy's `verify_signature`, with the key types that Envoy's takes.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs8::DecodePublicKey;
use rsa::sha2::{Digest, Sha256, Sha384, Sha512};
use rsa::{Pkcs1v15Sign, RsaPublicKey};

use crate::abi::Status;
use crate::guest::{Guest, Reply};

pub(super) fn call(
    guest: &mut Guest<'_>,
    name: u32,
    name_size: u32,
    input: u32,
    input_size: u32,
    output_at: u32,
    size_at: u32,
) -> Reply {
    let name = guest.read_text(name, name_size)?;
    let input = guest.read(input, input_size)?;
    let output = match name.as_str() {
        "verify_signature" if guest.state().profile.verify_signature => verify_signature(&input)?,
        // The host keeps no route cache, so that there is nothing to clear.
        "clear_route_cache" => Vec::new(),
        _ => return Err(Status::NotFound.into()),
    };
    guest.give(&output, output_at, size_at)
}

/// Reads `VerifySignatureArguments` (1 hash name, 2 SPKI in DER, 3 signature, 4 text) and answers
/// `VerifySignatureResult` (1 whether it holds, 2 what went wrong). Envoy takes ECDSA signatures in DER and RSA PKCS#1
/// ones; not Ed25519, not PSS.
fn verify_signature(input: &[u8]) -> Result<Vec<u8>, Status> {
    let mut fields: [&[u8]; 4] = [b""; 4];
    let mut rest = input;
    while !rest.is_empty() {
        let (tag, after) = varint(rest).ok_or(Status::BadArgument)?;
        let (size, after) = varint(after).ok_or(Status::BadArgument)?;
        let size = usize::try_from(size).map_err(|_| Status::BadArgument)?;
        let (value, after) = after.split_at_checked(size).ok_or(Status::BadArgument)?;
        // Length-delimited fields only: the message has no others.
        if tag & 7 != 2 {
            return Err(Status::BadArgument);
        }
        let index = usize::try_from(tag >> 3)
            .ok()
            .and_then(|n| n.checked_sub(1));
        if let Some(field) = index.and_then(|index| fields.get_mut(index)) {
            *field = value;
        }
        rest = after;
    }
    let [hash, key, signature, text] = fields;
    Ok(match verify(hash, key, signature, text) {
        Ok(()) => vec![0x08, 0x01],
        Err(why) => {
            let mut out = vec![0x12, u8::try_from(why.len()).unwrap_or(0)];
            out.extend_from_slice(why.as_bytes());
            out
        }
    })
}

fn verify(hash: &[u8], key: &[u8], signature: &[u8], text: &[u8]) -> Result<(), &'static str> {
    let (digest, padding) = match hash.to_ascii_lowercase().as_slice() {
        b"sha256" => (Sha256::digest(text).to_vec(), Pkcs1v15Sign::new::<Sha256>()),
        b"sha384" => (Sha384::digest(text).to_vec(), Pkcs1v15Sign::new::<Sha384>()),
        b"sha512" => (Sha512::digest(text).to_vec(), Pkcs1v15Sign::new::<Sha512>()),
        _ => return Err("hash function is not supported."),
    };
    let holds = if let Ok(key) = RsaPublicKey::from_public_key_der(key) {
        key.verify(padding, &digest, signature).is_ok()
    } else if let Ok(key) = p256::ecdsa::VerifyingKey::from_public_key_der(key) {
        p256::ecdsa::Signature::from_der(signature)
            .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok())
    } else if let Ok(key) = p384::ecdsa::VerifyingKey::from_public_key_der(key) {
        p384::ecdsa::Signature::from_der(signature)
            .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok())
    } else {
        return Err("Failed to initialize digest verify.");
    };
    if holds {
        Ok(())
    } else {
        Err("Failed to verify digest. Error code: 0")
    }
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        let shift = u32::try_from(index).ok()?.checked_mul(7)?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index.checked_add(1)?..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::verify_signature;
    use crate::abi::Status;
    use crate::case::keys::TestKey;

    const HOLDS: &[u8] = &[0x08, 0x01];

    fn key(name: &str) -> TestKey {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/keys");
        TestKey::read(&folder.join(format!("{name}.pem"))).unwrap()
    }

    fn message(fields: [&[u8]; 4]) -> Vec<u8> {
        let mut out = Vec::new();
        for (number, field) in (1u8..).zip(fields) {
            out.push(number << 3 | 2);
            let size = u16::try_from(field.len()).unwrap();
            // Two bytes of a varint hold 14 bits.
            out.push(u8::try_from(size & 0x7f).unwrap() | 0x80);
            out.push(u8::try_from(size >> 7).unwrap());
            out.extend_from_slice(field);
        }
        out
    }

    #[test]
    fn takes_what_envoy_takes_and_nothing_else() {
        let (es256, rs256, ed25519) = (key("es256"), key("rs256"), key("ed25519"));
        let der = es256.sign_der(b"text").unwrap();
        let raw = es256.sign("ES256", b"text").unwrap();
        for (name, hash, key, signature, text, expected) in [
            ("ECDSA in DER", "sha256", &es256, &der, "text", true),
            (
                "a hash's name in capitals",
                "SHA256",
                &es256,
                &der,
                "text",
                true,
            ),
            (
                "ECDSA in JOSE's form",
                "sha256",
                &es256,
                &raw,
                "text",
                false,
            ),
            ("another text", "sha256", &es256, &der, "other", false),
            ("another hash", "sha512", &es256, &der, "text", false),
            (
                "a hash that is not there",
                "md5",
                &es256,
                &der,
                "text",
                false,
            ),
            ("another key", "sha256", &rs256, &der, "text", false),
            (
                "RSA PKCS#1",
                "sha256",
                &rs256,
                &rs256.sign("RS256", b"text").unwrap(),
                "text",
                true,
            ),
            (
                "RSA PKCS#1, SHA-512",
                "sha512",
                &rs256,
                &rs256.sign("RS512", b"text").unwrap(),
                "text",
                true,
            ),
            (
                "RSA PSS",
                "sha256",
                &rs256,
                &rs256.sign("PS256", b"text").unwrap(),
                "text",
                false,
            ),
            (
                "Ed25519",
                "sha512",
                &ed25519,
                &ed25519.sign("EdDSA", b"text").unwrap(),
                "text",
                false,
            ),
        ] {
            let spki = key.public_der().unwrap();
            let input = message([hash.as_bytes(), &spki, signature, text.as_bytes()]);
            assert_eq!(
                verify_signature(&input).unwrap() == HOLDS,
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_message_are_a_bad_argument() {
        for (name, bytes) in [
            ("a length beyond the end", vec![0x0a, 9, 1]),
            ("a varint without end", vec![0xff; 12]),
            ("a field of another wire type", vec![0x08, 1]),
        ] {
            assert_eq!(verify_signature(&bytes), Err(Status::BadArgument), "{name}");
        }
    }
}
