use serde_json::{Value, json};

use super::{Jwk, KeyError, KeyUse};
use crate::excerpt::Excerpt;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::key::KeyKind;
use crate::identity::mint::{Signer, encode, patched};
use crate::json;

const ALL: &[Algorithm] = &Algorithm::ALL;

fn read(jwk: &Value, allowed: &[Algorithm]) -> Result<Jwk, KeyError> {
    let text = jwk.to_string();
    let value = json::parse(text.as_bytes(), &json::Limits::default()).unwrap();
    Jwk::parse(&value, allowed, KeyUse::Signature)
}

/// The algorithm that the key is for.
fn algorithm(jwk: &Value, allowed: &[Algorithm]) -> Result<Algorithm, KeyError> {
    read(jwk, allowed).map(|jwk| jwk.key.algorithm())
}

fn malformed(member: &'static str, expected: &'static str) -> Result<Algorithm, KeyError> {
    Err(KeyError::Malformed { member, expected })
}

const TEXT: &str = "a string";
const BASE64URL: &str = "strict base64url";
const SIZE: &str = "a coordinate of the curve's full size";

#[test]
fn members_are_honoured() {
    let ec = Signer::p256("k", 1).jwk;
    let other_use = |member| Err(KeyError::OtherUse { member });
    let private = |member| Err(KeyError::Private { member });
    let long = "k".repeat(257);
    let kid = "a string of 1 to 256 bytes";
    for (name, patch, expected) in [
        ("as it is", json!({}), Ok(Algorithm::Es256)),
        ("no use", json!({"use": null}), Ok(Algorithm::Es256)),
        ("no name", json!({"kid": null}), Ok(Algorithm::Es256)),
        (
            "certificates are ignored",
            json!({"x5c": ["AA=="], "x5u": "http://x"}),
            Ok(Algorithm::Es256),
        ),
        (
            "verify among the operations",
            json!({"key_ops": ["verify", "x"]}),
            Ok(Algorithm::Es256),
        ),
        ("for encryption", json!({"use": "enc"}), other_use("use")),
        (
            "use in another case",
            json!({"use": "SIG"}),
            other_use("use"),
        ),
        (
            "use is a list",
            json!({"use": ["sig"]}),
            malformed("use", TEXT),
        ),
        (
            "only to sign",
            json!({"key_ops": ["sign"]}),
            other_use("key_ops"),
        ),
        ("no operation", json!({"key_ops": []}), other_use("key_ops")),
        (
            "an operation that is no text",
            json!({"key_ops": ["verify", 1]}),
            malformed("key_ops", "an array of strings"),
        ),
        ("private", json!({"d": "AA"}), private("d")),
        ("private, and not even text", json!({"d": 1}), private("d")),
        (
            "private and of an unknown type",
            json!({"kty": "AKP", "priv": "AA"}),
            private("priv"),
        ),
        (
            "symmetric",
            json!({"kty": "oct", "k": "AA"}),
            Err(KeyError::Symmetric),
        ),
        (
            "an unknown type",
            json!({"kty": "AKP"}),
            Err(KeyError::UnsupportedType {
                kty: Excerpt::of("AKP"),
            }),
        ),
        (
            "a type in another case",
            json!({"kty": "ec"}),
            Err(KeyError::UnsupportedType {
                kty: Excerpt::of("ec"),
            }),
        ),
        ("no type", json!({"kty": null}), malformed("kty", TEXT)),
        (
            "a name that is a number",
            json!({"kid": 1}),
            malformed("kid", kid),
        ),
        ("an empty name", json!({"kid": ""}), malformed("kid", kid)),
        ("a long name", json!({"kid": long}), malformed("kid", kid)),
        (
            "an algorithm that is a number",
            json!({"alg": 1}),
            malformed("alg", TEXT),
        ),
        (
            "an algorithm for encryption",
            json!({"alg": "ECDH-ES"}),
            Err(KeyError::UnsupportedAlgorithm {
                alg: Excerpt::of("ECDH-ES"),
            }),
        ),
        (
            "another curve's algorithm",
            json!({"alg": "ES384"}),
            Err(KeyError::WrongAlgorithm {
                alg: Algorithm::Es384,
            }),
        ),
        (
            "another type's algorithm",
            json!({"alg": "RS256"}),
            Err(KeyError::WrongAlgorithm {
                alg: Algorithm::Rs256,
            }),
        ),
    ] {
        assert_eq!(
            algorithm(&patched(ec.clone(), &patch), ALL),
            expected,
            "{name}"
        );
    }
    assert_eq!(read(&json!("key"), ALL).map(drop), Err(KeyError::NotObject));
}

#[test]
fn a_key_is_for_one_algorithm() {
    use Algorithm::{Ed25519, EdDsa, Es256, Ps256, Rs256, Rs384};
    let rsa = Signer::rsa("k", "RS256").jwk;
    let rsa_without = patched(rsa.clone(), &json!({"alg": null}));
    let ed = Signer::ed25519("k", 1).jwk;
    let ed_without = patched(ed.clone(), &json!({"alg": null}));
    let not_allowed = Err(KeyError::NotAllowed);
    for (name, jwk, allowed, expected) in [
        ("its own", &rsa, &[Ps256, Rs256][..], Ok(Rs256)),
        (
            "its own, which the issuer doesn't use",
            &rsa,
            &[Ps256, Rs384],
            not_allowed.clone(),
        ),
        (
            "the first that fits",
            &rsa_without,
            &[Es256, Ps256, Rs256],
            Ok(Ps256),
        ),
        (
            "none that fits",
            &rsa_without,
            &[Es256, Ed25519],
            not_allowed.clone(),
        ),
        ("its own by the old name", &ed, &[EdDsa], Ok(Ed25519)),
        ("the old name", &ed_without, &[EdDsa], Ok(EdDsa)),
        ("nothing allowed", &ed, &[], not_allowed),
    ] {
        assert_eq!(algorithm(jwk, allowed), expected, "{name}");
    }
}

#[test]
fn points_are_points_of_the_curve() {
    let p256 = Signer::p256("k", 1).jwk;
    let p384 = Signer::p384("k", 1).jwk;
    let prime_of_p256 = "_____wAAAAEAAAAAAAAAAAAAAAD_______________8";
    for (name, jwk, patch, expected) in [
        ("P-384", &p384, json!({}), Ok(Algorithm::Es384)),
        (
            "another y",
            &p256,
            json!({"y": p256["x"]}),
            Err(KeyError::NotOnCurve),
        ),
        (
            "another y on P-384",
            &p384,
            json!({"y": p384["x"]}),
            Err(KeyError::NotOnCurve),
        ),
        (
            "zero",
            &p256,
            json!({"x": encode([0; 32]), "y": encode([0; 32])}),
            Err(KeyError::NotOnCurve),
        ),
        (
            "x is the prime",
            &p256,
            json!({"x": prime_of_p256}),
            Err(KeyError::NotOnCurve),
        ),
        (
            "short",
            &p256,
            json!({"x": encode([1; 31])}),
            malformed("x", SIZE),
        ),
        (
            "long",
            &p256,
            json!({"y": encode([0; 33])}),
            malformed("y", SIZE),
        ),
        ("empty", &p256, json!({"y": ""}), malformed("y", SIZE)),
        (
            "padded",
            &p256,
            json!({"y": encode([0; 32]) + "="}),
            malformed("y", BASE64URL),
        ),
        ("no y", &p256, json!({"y": null}), malformed("y", TEXT)),
        (
            "the wrong curve's size",
            &p256,
            json!({"crv": "P-384"}),
            malformed("x", SIZE),
        ),
        (
            "an unknown curve",
            &p256,
            json!({"crv": "secp256k1"}),
            Err(KeyError::UnsupportedCurve {
                crv: Excerpt::of("secp256k1"),
            }),
        ),
        (
            "P-521",
            &p256,
            json!({"crv": "P-521"}),
            Err(KeyError::UnsupportedCurve {
                crv: Excerpt::of("P-521"),
            }),
        ),
    ] {
        assert_eq!(
            algorithm(&patched(jwk.clone(), &patch), ALL),
            expected,
            "{name}"
        );
    }
}

#[test]
fn ed25519_points_are_of_large_order_and_canonical() {
    let ed = Signer::ed25519("k", 1).jwk;
    let point = |first: u8, rest: u8, last: u8| {
        let mut bytes = [rest; 32];
        bytes[0] = first;
        bytes[31] = last;
        encode(bytes)
    };
    let weak = Err(KeyError::WeakPoint);
    for (name, patch, expected) in [
        ("as it is", json!({}), Ok(Algorithm::Ed25519)),
        (
            "the neutral element",
            json!({"x": point(1, 0, 0)}),
            weak.clone(),
        ),
        (
            "order two",
            json!({"x": point(0xec, 0xff, 0x7f)}),
            weak.clone(),
        ),
        ("order four", json!({"x": point(0, 0, 0)}), weak.clone()),
        (
            "the neutral element plus the prime",
            json!({"x": point(0xee, 0xff, 0x7f)}),
            weak.clone(),
        ),
        (
            "3 plus the prime",
            json!({"x": point(0xf0, 0xff, 0x7f)}),
            weak,
        ),
        ("3", json!({"x": point(3, 0, 0)}), Ok(Algorithm::Ed25519)),
        (
            "no point",
            json!({"x": point(2, 0, 0)}),
            Err(KeyError::NotOnCurve),
        ),
        (
            "short",
            json!({"x": encode([1; 31])}),
            malformed("x", "32 bytes"),
        ),
        ("empty", json!({"x": ""}), malformed("x", "32 bytes")),
        (
            "another curve",
            json!({"crv": "X25519"}),
            Err(KeyError::UnsupportedCurve {
                crv: Excerpt::of("X25519"),
            }),
        ),
    ] {
        assert_eq!(
            algorithm(&patched(ed.clone(), &patch), ALL),
            expected,
            "{name}"
        );
    }
}

/// RFC 7638, section 3.1, and RFC 8037, appendix A.3.
#[test]
fn thumbprints_are_those_of_the_standards() {
    let rsa = json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
    });
    let ed =
        json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    for (jwk, kind, thumbprint) in [
        (
            rsa,
            KeyKind::Rsa,
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        ),
        (
            ed,
            KeyKind::Ed25519,
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        ),
    ] {
        let key = read(&jwk, ALL).unwrap().key;
        assert_eq!(key.kind(), kind);
        assert_eq!(key.thumbprint().to_base64url(), thumbprint);
    }
}

/// The same key must come out where another library encodes it.
#[test]
fn the_der_form_is_what_other_libraries_write() {
    use ed25519_dalek::pkcs8::EncodePublicKey as _;
    use rsa::BigUint;
    let number = |jwk: &Value, member: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(jwk[member].as_str().unwrap())
            .unwrap()
    };
    let rsa_jwk = Signer::rsa("k", "PS256").jwk;
    let n = BigUint::from_bytes_be(&number(&rsa_jwk, "n"));
    let e = BigUint::from_bytes_be(&number(&rsa_jwk, "e"));
    let rsa = rsa::RsaPublicKey::new(n, e).unwrap();
    let p256 = p256::SecretKey::from_slice(&[1; 32]).unwrap().public_key();
    let p384 = p384::SecretKey::from_slice(&[1; 48]).unwrap().public_key();
    let ed = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key();
    for (jwk, der) in [
        (rsa_jwk, rsa.to_public_key_der().unwrap()),
        (Signer::p256("k", 1).jwk, p256.to_public_key_der().unwrap()),
        (Signer::p384("k", 1).jwk, p384.to_public_key_der().unwrap()),
        (Signer::ed25519("k", 1).jwk, ed.to_public_key_der().unwrap()),
    ] {
        assert_eq!(
            read(&jwk, ALL).unwrap().key.spki_der(),
            der.as_bytes(),
            "{jwk}"
        );
    }
}
