//! What a proof is: its type, its key, its signature.

use super::*;

#[test]
fn every_algorithm_that_is_allowed_proves_and_no_other() {
    let unsupported = |alg: &str| {
        Err(DpopError::UnsupportedAlgorithm {
            found: Excerpt::of(alg),
        })
    };
    let not_allowed = |algorithm| Err(DpopError::AlgorithmNotAllowed { algorithm });
    let key_error = |error| Err(DpopError::Key(error));
    for (name, signer, jose, alg, expected) in [
        ("ES256", holder(), Jose::ES256, "ES256", Ok(())),
        ("ES384", Signer::p384("k", 5), Jose::ES384, "ES384", Ok(())),
        (
            "Ed25519",
            Signer::ed25519("k", 5),
            Jose::EdDSA,
            "Ed25519",
            Ok(()),
        ),
        (
            "its old name",
            Signer::ed25519("k", 5),
            Jose::EdDSA,
            "EdDSA",
            not_allowed(Algorithm::EdDsa),
        ),
        (
            "RSA",
            Signer::rsa("k", "RS256"),
            Jose::RS256,
            "RS256",
            not_allowed(Algorithm::Rs256),
        ),
        ("none", holder(), Jose::ES256, "none", unsupported("none")),
        ("None", holder(), Jose::ES256, "None", unsupported("None")),
        ("HMAC", holder(), Jose::ES256, "HS256", unsupported("HS256")),
        (
            "lower case",
            holder(),
            Jose::ES256,
            "es256",
            unsupported("es256"),
        ),
        (
            "for another curve",
            holder(),
            Jose::ES256,
            "ES384",
            key_error(KeyError::NotAllowed),
        ),
    ] {
        let header = json!({"typ": "dpop+jwt", "alg": alg, "jwk": bare(&signer.jwk)});
        let proof = signer.token(jose, &header.to_string(), &claims().to_string());
        let dpop = dpop(NonceMode::Off, &Isolated);
        let found = REQUEST.judge(&proof, &signer.jwk, &dpop, &Isolated);
        assert_eq!(dpop_error(found), expected, "{name}");
    }
}

#[test]
fn the_header_says_that_it_is_a_proof_and_whose() {
    let typ = |found: &str| {
        Err(DpopError::WrongType {
            found: Excerpt::of(found),
        })
    };
    let key = |error| Err(DpopError::Key(error));
    let private = |member| key(KeyError::Private { member });
    let mallory = bare(&Signer::p256("m", 6).jwk);
    let unreadable = |error| Err(DpopError::Unreadable(Box::new(error)));
    for (name, patch, expected) in [
        ("as it should be", json!({}), Ok(())),
        (
            "with the prefix",
            json!({"typ": "application/dpop+jwt"}),
            Ok(()),
        ),
        ("a kid beside", json!({"kid": "x"}), Ok(())),
        ("of no type", json!({"typ": null}), typ("none")),
        ("an access token", json!({"typ": "at+jwt"}), typ("at+jwt")),
        ("a JWT", json!({"typ": "JWT"}), typ("JWT")),
        (
            "another kind of proof",
            json!({"typ": "wpt+jwt"}),
            typ("wpt+jwt"),
        ),
        ("no key", json!({"jwk": null}), Err(DpopError::KeyMissing)),
        (
            "a key of somebody else",
            json!({"jwk": mallory}),
            Err(DpopError::OtherKey),
        ),
        (
            "a key that is text",
            json!({"jwk": "k"}),
            key(KeyError::NotObject),
        ),
        (
            "a private key",
            json!({"jwk": patched(bare(&holder().jwk), &json!({"d": "AA"}))}),
            private("d"),
        ),
        (
            "a symmetric key",
            json!({"jwk": {"kty": "oct", "k": "AA"}}),
            key(KeyError::Symmetric),
        ),
        (
            "a key for another algorithm",
            json!({"jwk": patched(bare(&holder().jwk), &json!({"alg": "ES384"}))}),
            key(KeyError::WrongAlgorithm {
                alg: Algorithm::Es384,
            }),
        ),
        (
            "a key of another curve",
            json!({"jwk": bare(&Signer::p384("k", 5).jwk)}),
            key(KeyError::NotAllowed),
        ),
        (
            "a curve that nobody has",
            json!({"jwk": patched(bare(&holder().jwk), &json!({"crv": "P-257"}))}),
            key(KeyError::UnsupportedCurve {
                crv: Excerpt::of("P-257"),
            }),
        ),
        (
            "a point off the curve",
            json!({"jwk": patched(bare(&holder().jwk), &json!({"y": bare(&holder().jwk)["x"]}))}),
            key(KeyError::NotOnCurve),
        ),
        (
            "for encryption",
            json!({"jwk": patched(bare(&holder().jwk), &json!({"use": "enc"}))}),
            key(KeyError::OtherUse { member: "use" }),
        ),
        (
            "an extension",
            json!({"crit": ["b64"], "b64": false}),
            unreadable(IdentityError::CriticalExtension),
        ),
    ] {
        let found = outcome(&REQUEST, &proof(&patched(header(), &patch), &claims()));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_signature_is_over_this_very_proof() {
    let sound = proof(&header(), &claims());
    let (signed, signature) = sound.rsplit_once('.').unwrap();
    let other = proof(&header(), &patched(claims(), &json!({"jti": "2"})));
    let (_, of_other) = other.rsplit_once('.').unwrap();
    let by_mallory =
        Signer::p256("m", 6).token(Jose::ES256, &header().to_string(), &claims().to_string());
    let malformed = |error| Err(DpopError::Malformed(error));
    use crate::identity::jose::compact::{CompactError, Part};
    for (name, proof, expected) in [
        ("its own", sound.clone(), Ok(())),
        (
            "another proof's",
            format!("{signed}.{of_other}"),
            Err(DpopError::BadSignature),
        ),
        (
            "by another key under this one's name",
            by_mallory,
            Err(DpopError::BadSignature),
        ),
        (
            "cut",
            format!("{signed}.{}", &signature[..84]),
            Err(DpopError::BadSignature),
        ),
        (
            "none",
            format!("{signed}."),
            malformed(CompactError::EmptyPart {
                part: Part::Signature,
            }),
        ),
        (
            "two proofs",
            format!("{sound}.{sound}"),
            malformed(CompactError::Parts { count: 6 }),
        ),
        (
            "padded",
            format!("{sound}="),
            malformed(CompactError::Encoding {
                part: Part::Signature,
            }),
        ),
        (
            "nothing",
            String::new(),
            malformed(CompactError::Parts { count: 1 }),
        ),
    ] {
        assert_eq!(outcome(&REQUEST, &proof), expected, "{name}");
    }
    let not_object = holder().token(Jose::ES256, &header().to_string(), "[]");
    let error = IdentityError::ClaimsMalformed {
        why: Fault::NotObject,
    };
    assert_eq!(
        outcome(&REQUEST, &not_object),
        Err(DpopError::Unreadable(Box::new(error)))
    );
}
