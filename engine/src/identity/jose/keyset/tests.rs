use serde_json::{Value, json};

use super::{KeySet, KeySetError, Lookup, MAX_KEYS};
use crate::excerpt::Excerpt;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::jwk::{KeyError, KeyUse};
use crate::identity::mint::{Signer, jwks, patched};
use crate::json::JsonError;

fn read(document: &str) -> Result<KeySet, KeySetError> {
    KeySet::parse(document.as_bytes(), &Algorithm::ALL, KeyUse::Signature)
}

/// The names of the usable keys.
fn names(document: &str) -> Result<Vec<String>, KeySetError> {
    let set = read(document)?;
    let name = |kid: &Option<Box<str>>| kid.as_deref().unwrap_or("none").to_owned();
    Ok(set.keys().iter().map(|jwk| name(&jwk.kid)).collect())
}

#[test]
fn a_set_is_taken_whole_or_not_at_all() {
    let a = Signer::p256("a", 1).jwk;
    let other_a = Signer::p256("a", 2).jwk;
    let ed_a = Signer::ed25519("a", 1).jwk;
    let b = Signer::p384("b", 1).jwk;
    let nameless = patched(a.clone(), &json!({"kid": null}));
    let other_nameless = patched(other_a.clone(), &json!({"kid": null}));
    let encryption = patched(b.clone(), &json!({"use": "enc"}));
    let symmetric = json!({"kty": "oct", "k": "AAAA", "kid": "s"});
    let private = patched(b.clone(), &json!({"d": "AAAA"}));
    let unknown = json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"});
    let enough = vec![&a; MAX_KEYS];
    let too_many = vec![&a; MAX_KEYS + 1];
    let compromised = |index, error| Err(KeySetError::Compromised { index, error });
    let unsupported = KeyError::UnsupportedType {
        kty: Excerpt::of("AKP"),
    };
    let skipped = vec![(0, unsupported), (1, KeyError::OtherUse { member: "use" })];
    let duplicate_member = format!(r#"{{"keys":[],"k\u0065ys":[{a}]}}"#);
    let deep = format!(r#"{{"keys":[{a}],"x":[[[[[[[[1]]]]]]]]}}"#);
    for (name, document, expected) in [
        ("sorted by name", jwks(&[&b, &a]), Ok(vec!["a", "b"])),
        (
            "one name, two algorithms",
            jwks(&[&a, &ed_a]),
            Ok(vec!["a", "a"]),
        ),
        (
            "the same key twice",
            jwks(&[&a, &b, &a]),
            Ok(vec!["a", "b"]),
        ),
        (
            "without names",
            jwks(&[&nameless, &other_nameless]),
            Ok(vec!["none", "none"]),
        ),
        (
            "others are left out",
            jwks(&[&unknown, &a, &encryption]),
            Ok(vec!["a"]),
        ),
        ("as many as may be", jwks(&enough), Ok(vec!["a"])),
        (
            "too many",
            jwks(&too_many),
            Err(KeySetError::TooManyKeys {
                count: MAX_KEYS + 1,
            }),
        ),
        (
            "two keys of one name",
            jwks(&[&b, &a, &other_a]),
            Err(KeySetError::RepeatedKid {
                index: 2,
                kid: Excerpt::of("a"),
            }),
        ),
        (
            "a symmetric key among others",
            jwks(&[&a, &symmetric]),
            compromised(1, KeyError::Symmetric),
        ),
        (
            "a private key among others",
            jwks(&[&a, &private]),
            compromised(1, KeyError::Private { member: "d" }),
        ),
        (
            "no keys",
            jwks(&[]),
            Err(KeySetError::NoUsableKey { skipped: vec![] }),
        ),
        (
            "none of use",
            jwks(&[&unknown, &encryption]),
            Err(KeySetError::NoUsableKey { skipped }),
        ),
        ("a key alone", a.to_string(), Err(KeySetError::NotKeySet)),
        (
            "a list",
            json!([a]).to_string(),
            Err(KeySetError::NotKeySet),
        ),
        (
            "keys is an object",
            json!({"keys": {"a": a}}).to_string(),
            Err(KeySetError::NotKeySet),
        ),
        (
            "keys twice",
            duplicate_member,
            Err(KeySetError::NotJson(JsonError::DuplicateName { at: 11 })),
        ),
        (
            "an error page",
            "<html>".to_owned(),
            Err(KeySetError::NotJson(JsonError::Unexpected {
                at: 0,
                expected: "a value",
            })),
        ),
        (
            "nothing",
            String::new(),
            Err(KeySetError::NotJson(JsonError::Empty)),
        ),
    ] {
        let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
        assert_eq!(names(&document), expected, "{name}");
    }
    assert!(matches!(
        read(&deep),
        Err(KeySetError::NotJson(JsonError::TooDeep { limit: 8, .. }))
    ));
}

#[test]
fn what_is_left_out_is_told() {
    let unknown = json!({"kty": "AKP"});
    let set = read(&jwks(&[&unknown, &Signer::p256("a", 1).jwk])).unwrap();
    let error = KeyError::UnsupportedType {
        kty: Excerpt::of("AKP"),
    };
    assert_eq!(set.skipped(), [(0, error)]);
}

#[test]
fn a_key_is_found_by_name_and_algorithm() {
    use Algorithm::{Ed25519, EdDsa, Es256, Es384, Ps256};
    let keys: Vec<Value> = vec![
        Signer::p256("m", 1).jwk,
        Signer::ed25519("m", 1).jwk,
        Signer::p256("a", 2).jwk,
        Signer::p384("z", 1).jwk,
        patched(Signer::p256("x", 4).jwk, &json!({"kid": null})),
    ];
    let set = read(&jwks(&keys.iter().collect::<Vec<_>>())).unwrap();
    let found = |kid: Option<&str>, algorithm| match set.find(kid, algorithm) {
        Lookup::Found(jwk) => {
            let name = jwk.kid.as_deref().unwrap_or("none");
            format!("{name} {}", jwk.key.algorithm())
        }
        Lookup::NotNamed => "not named".to_owned(),
        Lookup::Unknown => "unknown".to_owned(),
        Lookup::OtherAlgorithm(jwk) => format!("for {}", jwk.key.algorithm()),
    };
    for (kid, algorithm, expected) in [
        (Some("a"), Es256, "a ES256"),
        (Some("m"), Es256, "m ES256"),
        (Some("m"), Ed25519, "m Ed25519"),
        (Some("m"), EdDsa, "m Ed25519"),
        (Some("z"), Es384, "z ES384"),
        (Some("z"), Es256, "for ES384"),
        (Some("aa"), Es256, "unknown"),
        (Some("M"), Es256, "unknown"),
        (Some(""), Es256, "unknown"),
        (Some("zz"), Es256, "unknown"),
        (None, Es384, "z ES384"),
        (None, Ed25519, "m Ed25519"),
        (None, Es256, "not named"),
        (None, Ps256, "not named"),
    ] {
        assert_eq!(found(kid, algorithm), expected, "{kid:?} {algorithm}");
    }
}
