//! Tokens that somebody made who doesn't have the key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;

use super::*;
use crate::identity::jose::der::ecdsa_signature;
use crate::identity::revocation::{DenyList, Kind, Names, RevocationRules, Revocations};
use crate::identity::standing::StandingError;

/// The order of P-256's group (SEC 2, section 2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

fn signed_by(signer: &Signer, patch_header: &Value) -> String {
    let header = patched(header(), patch_header).to_string();
    signer.token(Jose::ES256, &header, &claims().to_string())
}

fn valid() -> String {
    signed_by(&acme(), &json!({}))
}

/// The valid token, with another signature made from its own.
fn resigned(change: impl FnOnce(&[u8], &[u8]) -> Vec<u8>) -> String {
    let token = valid();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let (r, s) = signature.split_at(32);
    format!("{signed}.{}", encode(change(r, s)))
}

fn unknown_key(kid: &str) -> Result<(), IdentityError> {
    Err(IdentityError::UnknownKey {
        issuer: name("acme"),
        kid: Excerpt::of(kid),
    })
}

fn mismatch(kid: &str, expected: Algorithm, found: Algorithm) -> Result<(), IdentityError> {
    Err(IdentityError::KeyAlgorithmMismatch {
        issuer: name("acme"),
        kid: Excerpt::of(kid),
        expected,
        found,
    })
}

#[test]
fn signatures_that_are_not_the_issuers() {
    let bad = || {
        Err(IdentityError::BadSignature {
            issuer: name("acme"),
        })
    };
    let stranger = Signer::p256("es", 9);
    let embedded = json!({
        "jwk": stranger.jwk,
        "jku": "https://evil.example/jwks",
        "x5c": ["AAAA"],
    });
    for (name, token, expected) in [
        ("the real one", valid(), Ok(())),
        (
            "a stranger's under the right name",
            signed_by(&stranger, &json!({})),
            bad(),
        ),
        (
            "a stranger's, with the key in the header",
            signed_by(&stranger, &embedded),
            bad(),
        ),
        (
            "the right one, with a stranger's key in the header",
            signed_by(&acme(), &embedded),
            Ok(()),
        ),
        ("another issuer's", signed_by(&plain(), &json!({})), bad()),
        (
            "another issuer's by its name",
            signed_by(&plain(), &json!({"kid": "plain"})),
            unknown_key("plain"),
        ),
        ("zeros", resigned(|_, _| vec![0; 64]), bad()),
        (
            "r = s = 1",
            resigned(|_, _| [&[0; 31][..], &[1], &[0; 31], &[1]].concat()),
            bad(),
        ),
        ("r is zero", resigned(|_, s| [&[0; 32], s].concat()), bad()),
        ("s is zero", resigned(|r, _| [r, &[0; 32]].concat()), bad()),
        (
            "s is the order",
            resigned(|r, _| [r, &ORDER].concat()),
            bad(),
        ),
        (
            "r is the order",
            resigned(|_, s| [&ORDER, s].concat()),
            bad(),
        ),
        ("all ones", resigned(|_, _| vec![0xff; 64]), bad()),
        (
            "a byte short",
            resigned(|r, s| [r, &s[..31]].concat()),
            bad(),
        ),
        ("a byte more", resigned(|r, s| [r, s, &[0]].concat()), bad()),
        (
            "a zero before",
            resigned(|r, s| [&[0], r, s].concat()),
            bad(),
        ),
        ("one byte", resigned(|_, _| vec![1]), bad()),
        (
            "DER",
            resigned(|r, s| ecdsa_signature(&[r, s].concat()).unwrap()),
            bad(),
        ),
        (
            "other claims under the same signature",
            {
                let token = valid();
                let parts: Vec<&str> = token.split('.').collect();
                let claims = patched(claims(), &json!({"sub": "root"})).to_string();
                format!("{}.{}.{}", parts[0], encode(claims), parts[2])
            },
            bad(),
        ),
    ] {
        assert_eq!(outcome(&token), expected, "{name}");
    }
}

#[test]
fn algorithms_that_nobody_asked_for() {
    let unsupported = |found| {
        Err(IdentityError::UnsupportedAlgorithm {
            found: Excerpt::of(found),
        })
    };
    let not_allowed = |algorithm| {
        Err(IdentityError::AlgorithmNotAllowed {
            issuer: name("acme"),
            algorithm,
        })
    };
    let path = "../../dev/null\n";
    for (name, patch, expected) in [
        ("none", json!({"alg": "none"}), unsupported("none")),
        (
            "none in another case",
            json!({"alg": "NONE"}),
            unsupported("NONE"),
        ),
        (
            "HMAC with a public key",
            json!({"alg": "HS256"}),
            unsupported("HS256"),
        ),
        (
            "another curve",
            json!({"alg": "ES256K"}),
            unsupported("ES256K"),
        ),
        (
            "one that the issuer doesn't use",
            json!({"alg": "ES384"}),
            not_allowed(Algorithm::Es384),
        ),
        (
            "a name that it doesn't use",
            json!({"alg": "EdDSA"}),
            not_allowed(Algorithm::EdDsa),
        ),
        (
            "another than the key's",
            json!({"alg": "Ed25519"}),
            mismatch("es", Algorithm::Es256, Algorithm::Ed25519),
        ),
        (
            "the right one with another key",
            json!({"kid": "ed"}),
            mismatch("ed", Algorithm::Ed25519, Algorithm::Es256),
        ),
        ("no name, one key fits", json!({"kid": null}), Ok(())),
        ("a path for a name", json!({"kid": path}), unknown_key(path)),
    ] {
        assert_eq!(outcome(&signed_by(&acme(), &patch)), expected, "{name}");
    }
}

#[test]
fn a_token_that_names_no_key_needs_one_that_fits() {
    let mut issuers = issuers();
    let second = Signer::p256("es2", 7);
    issuers[0].keys = KeySource::Inline(jwks(&[&acme().jwk, &second.jwk]));
    let token = signed_by(&acme(), &json!({"kid": null}));
    let expected = IdentityError::KeyNotNamed {
        issuer: name("acme"),
        algorithm: Algorithm::Es256,
    };
    assert_eq!(judge(&token, &issuers, None).map(drop), Err(expected));
}

#[test]
fn forms_that_are_no_token() {
    let malformed = |error| Err(IdentityError::Malformed(error));
    let encoding = malformed(CompactError::Encoding {
        part: Part::Signature,
    });
    let claims_malformed = |why| Err(IdentityError::ClaimsMalformed { why });
    let not_json = |error| claims_malformed(Fault::NotJson(error));
    let with_claims = |claims: &[u8]| {
        let signed = format!("{}.{}", encode(header().to_string()), encode(claims));
        let signature = acme().sign(Jose::ES256, signed.as_bytes());
        format!("{signed}.{}", encode(signature))
    };
    for (name, token, expected) in [
        (
            "none with its empty signature",
            format!(
                "{}.{}.",
                encode(r#"{"alg":"none"}"#),
                encode(claims().to_string())
            ),
            malformed(CompactError::EmptyPart {
                part: Part::Signature,
            }),
        ),
        (
            "white space after it",
            format!("{} ", valid()),
            encoding.clone(),
        ),
        (
            "a part more",
            format!("{}.e30", valid()),
            malformed(CompactError::Parts { count: 4 }),
        ),
        ("an SD-JWT", format!("{}~", valid()), encoding),
        (
            "a list of claims",
            with_claims(b"[]"),
            claims_malformed(Fault::NotObject),
        ),
        (
            "a claim twice",
            with_claims(br#"{"iss":"https://acme.example","sub":"a","\u0073ub":"root"}"#),
            not_json(JsonError::DuplicateName { at: 40 }),
        ),
        (
            "no UTF-8",
            with_claims(b"{\"a\":\"\xff\"}"),
            not_json(JsonError::NotUtf8 { at: 6 }),
        ),
        (
            "two documents",
            with_claims(b"{}{}"),
            not_json(JsonError::TrailingData { at: 2 }),
        ),
    ] {
        assert_eq!(outcome(&token), expected, "{name}");
    }
}

#[test]
fn every_algorithm_verifies_its_own_and_no_other() {
    let all = [
        ("RS256", Jose::RS256, Signer::rsa("k", "RS256")),
        ("RS384", Jose::RS384, Signer::rsa("k", "RS384")),
        ("RS512", Jose::RS512, Signer::rsa("k", "RS512")),
        ("PS256", Jose::PS256, Signer::rsa("k", "PS256")),
        ("PS384", Jose::PS384, Signer::rsa("k", "PS384")),
        ("PS512", Jose::PS512, Signer::rsa("k", "PS512")),
        ("ES256", Jose::ES256, Signer::p256("k", 1)),
        ("ES384", Jose::ES384, Signer::p384("k", 1)),
        ("Ed25519", Jose::EdDSA, Signer::ed25519("k", 1)),
        ("EdDSA", Jose::EdDSA, Signer::ed25519("k", 1)),
    ];
    for (key_alg, _, owner) in &all {
        let mut issuer = issuer("acme", TokenProfile::Rfc9068, &[&owner.jwk]);
        issuer.algorithms = Algorithm::ALL.to_vec();
        let issuers = [issuer];
        for (alg, jose, signer) in &all {
            let header = json!({"alg": alg, "kid": "k", "typ": "at+jwt"}).to_string();
            let token = signer.token(*jose, &header, &claims().to_string());
            let both_ed25519 = key_alg.starts_with("Ed") && alg.starts_with("Ed");
            let expected = if key_alg == alg || both_ed25519 {
                Ok(())
            } else {
                let of_key = owner.jwk["alg"].as_str().unwrap().parse().unwrap();
                mismatch("k", of_key, alg.parse().unwrap())
            };
            let found = judge(&token, &issuers, None).map(drop);
            assert_eq!(found, expected, "a key for {key_alg}, a token with {alg}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_is_taken_and_none_panics(token in ".{0,200}") {
        prop_assert!(outcome(&token).is_err());
    }

    #[test]
    fn no_changed_byte_is_taken(place in 0_usize..1000, change in 1_u8..=255) {
        let mut token = valid().into_bytes();
        let place = place % token.len();
        token[place] ^= change;
        let changed = String::from_utf8_lossy(&token).into_owned();
        prop_assert!(outcome(&changed).is_err(), "{changed}");
    }
}

#[test]
fn a_token_whose_signature_is_written_in_its_other_form_is_the_same_credential() {
    let token = acme().token(Jose::ES256, &header().to_string(), &claims().to_string());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let found = p256::ecdsa::Signature::from_slice(&signature).unwrap();
    let s = -*found.s();
    let flipped = p256::ecdsa::Signature::from_scalars(found.r().to_bytes(), s.to_bytes()).unwrap();
    let flipped = format!("{signed}.{}", encode(flipped.to_bytes()));
    assert_ne!(flipped, token);
    let of = |token: &str| judge(token, &issuers(), None).unwrap();
    let (one, other) = (of(&token), of(&flipped));
    assert_eq!(one.other_digest, Some(other.digest));
    assert_eq!(other.other_digest, Some(one.digest));
    // Who knows the one form only, from a record, ends both.
    let listed =
        json!({"credentials": [{"digest": format!("sha256:{}", one.digest.to_base64url())}]});
    let listed = DenyList::read(listed.to_string().as_bytes()).unwrap();
    let rules = RevocationRules {
        inline: listed,
        ..RevocationRules::default()
    };
    let revocations = Revocations::new(&rules).unwrap();
    for (name, caller) in [("as it was seen", &one), ("in its other form", &other)] {
        let names = Names::of(caller, "acme/travel-agent", std::iter::empty());
        let kind = Kind::Credential;
        assert_eq!(
            revocations.check(&names, caller.issued_at, UnixTime(NOW)),
            Err(StandingError::Revoked { kind }),
            "{name}"
        );
    }
}
