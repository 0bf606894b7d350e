use serde_json::json;

use super::*;
use crate::credential::Presented;
use crate::excerpt::Excerpt;
use crate::identity::IdentityError;
use crate::identity::documents::source::Source as RemoteSource;
use crate::identity::documents::{Fetch, LoadError, Loaded};
use crate::identity::issuer::{ClaimNames, TokenProfile};
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::mint::{Signer, jwks};
use crate::identity::standing::Lifecycle;
use crate::json::JsonError;
use crate::time::Seconds;

const TIMEOUT: u64 = 5;
const REFRESH: u64 = 100;
const GRACE: u64 = 50;
const MIN_INTERVAL: u64 = 10;

/// The keys of the one issuer.
pub(in crate::identity) const KEYS: DocumentId = DocumentId::Keys { issuer: 0 };

pub(in crate::identity) fn issuer(keys: KeySource) -> Issuer {
    Issuer {
        name: IssuerName("acme".into()),
        identifier: "https://acme.example".to_owned(),
        profile: TokenProfile::PlainJwt,
        audiences: vec!["https://api.example".to_owned()],
        algorithms: vec![Algorithm::Es256],
        keys,
        clock_skew: Seconds(0),
        max_lifetime: Seconds(3600),
        claims: ClaimNames::default(),
        lifecycle: Lifecycle::default(),
        sender_constrained: false,
    }
}

pub(in crate::identity) fn remote(url: &str) -> KeySource {
    KeySource::Remote(RemoteSource {
        url: url.to_owned(),
        cluster: "keys".to_owned(),
        timeout: Seconds(TIMEOUT),
        refresh: Seconds(REFRESH),
        grace: Seconds(GRACE),
        min_interval: Seconds(MIN_INTERVAL),
    })
}

pub(in crate::identity) fn ring() -> KeyRing {
    KeyRing::new(&[issuer(remote("https://acme.example/jwks?v=1"))]).unwrap()
}

/// A set with the key of this name.
pub(in crate::identity) fn set_of(kid: &str, seed: u8) -> Vec<u8> {
    jwks(&[&Signer::p256(kid, seed).jwk]).into_bytes()
}

/// The names of the keys in use, or why there are none.
pub(in crate::identity) fn state(ring: &KeyRing, now: u64) -> String {
    match ring.state(0, UnixTime(now)) {
        KeyState::Ready(set) => {
            let names = set.keys().iter().filter_map(|jwk| jwk.kid.as_deref());
            names.collect::<Vec<_>>().join(" ")
        }
        KeyState::Pending => "pending".to_owned(),
        KeyState::Unavailable => "unavailable".to_owned(),
    }
}

fn due(ring: &mut KeyRing, now: u64) -> bool {
    !ring.due(UnixTime(now)).is_empty()
}

fn load(ring: &mut KeyRing, now: u64, document: &[u8]) -> Result<Loaded, LoadError> {
    ring.loaded(KEYS, UnixTime(now), document)
}

fn generation(ring: &KeyRing, now: u64) -> Option<Generation> {
    ring.generation(&IssuerName("acme".into()), UnixTime(now))
}

#[test]
fn keys_in_the_configuration_are_there_at_once() {
    let good = issuer(KeySource::Inline(
        String::from_utf8(set_of("a", 1)).unwrap(),
    ));
    let mut ring = KeyRing::new(std::slice::from_ref(&good)).unwrap();
    assert_eq!(state(&ring, u64::MAX), "a");
    assert!(!due(&mut ring, u64::MAX));
    assert!(!ring.unknown_kid(0, UnixTime(0)), "nothing to fetch");
    assert!(generation(&ring, 0).is_some());
    assert_eq!(
        load(&mut ring, 0, &set_of("b", 2)),
        Err(LoadError::NotRemote { id: KEYS })
    );
    assert_eq!(
        load(&mut ring, 0, b""),
        Err(LoadError::NotRemote { id: KEYS })
    );
    assert!(
        matches!(ring.state(1, UnixTime(0)), KeyState::Unavailable),
        "no such issuer"
    );

    let bad = issuer(KeySource::Inline("{}".to_owned()));
    let error = KeyRing::new(&[good, bad]).unwrap_err();
    let expected = KeyRingError::InlineKeys {
        id: DocumentId::Keys { issuer: 1 },
        issuer: IssuerName("acme".into()),
        source: KeySetError::NotKeySet,
    };
    assert_eq!(error, expected);
}

#[test]
fn an_address_that_is_none_fails_the_configuration() {
    let expected = KeyRingError::Url {
        id: KEYS,
        issuer: IssuerName("acme".into()),
    };
    assert_eq!(
        KeyRing::new(&[issuer(remote("acme.example"))]).unwrap_err(),
        expected
    );
}

#[test]
fn the_first_keys_are_fetched_and_waited_for() {
    let mut ring = ring();
    assert_eq!(state(&ring, 1000), "pending");
    assert_eq!(generation(&ring, 1000), None);
    let fetch = Fetch {
        id: KEYS,
        cluster: "keys".to_owned(),
        scheme: "https".to_owned(),
        authority: "acme.example".to_owned(),
        path: "/jwks?v=1".to_owned(),
        accept: "application/jwk-set+json, application/http-message-signatures-directory+json, application/json",
        timeout: Seconds(TIMEOUT),
        max_bytes: 256 * 1024,
    };
    assert_eq!(ring.due(UnixTime(1000)), [fetch]);
    assert!(!due(&mut ring, 1001), "one at a time");
    assert_eq!(load(&mut ring, 1002, &set_of("a", 1)), Ok(Loaded::Changed));
    assert_eq!(state(&ring, 1002), "a");
    assert!(!due(&mut ring, 1002 + REFRESH - 1));
    assert!(due(&mut ring, 1002 + REFRESH));
}

#[test]
fn keys_stay_through_failures_until_their_grace_is_over() {
    let mut ring = ring();
    assert!(due(&mut ring, 0));
    load(&mut ring, 0, &set_of("a", 1)).unwrap();
    assert!(due(&mut ring, REFRESH));
    ring.failed(KEYS, UnixTime(REFRESH + 1));
    assert!(!due(&mut ring, REFRESH + 1));
    assert!(
        due(&mut ring, REFRESH + 2),
        "a second after the first failure"
    );
    ring.failed(KEYS, UnixTime(REFRESH + 2));
    assert!(!due(&mut ring, REFRESH + 3));
    assert!(due(&mut ring, REFRESH + 4), "two after the second");

    assert_eq!(state(&ring, REFRESH + GRACE - 1), "a");
    assert!(generation(&ring, REFRESH + GRACE - 1).is_some());
    assert_eq!(state(&ring, REFRESH + GRACE), "unavailable");
    assert_eq!(generation(&ring, REFRESH + GRACE), None);

    load(&mut ring, 200, &set_of("a", 1)).unwrap();
    assert_eq!(state(&ring, 200 + REFRESH + GRACE - 1), "a");
}

#[test]
fn a_document_that_is_no_key_set_replaces_nothing() {
    let mut ring = ring();
    load(&mut ring, 0, &set_of("a", 1)).unwrap();
    for (now, document, error) in [
        (
            100,
            &b"<html>"[..],
            KeySetError::NotJson(JsonError::Unexpected {
                at: 0,
                expected: "a value",
            }),
        ),
        (
            200,
            br#"{"keys":[]}"#,
            KeySetError::NoUsableKey { skipped: vec![] },
        ),
    ] {
        assert!(due(&mut ring, now));
        let expected = LoadError::Unreadable {
            id: KEYS,
            source: DocumentError::KeySet(error),
        };
        assert_eq!(load(&mut ring, now, document), Err(expected));
        assert!(!due(&mut ring, now), "it counts as a failure");
        assert_eq!(state(&ring, REFRESH + GRACE - 1), "a");
    }
}

#[test]
fn a_host_that_never_answers_has_failed() {
    let mut ring = ring();
    assert!(due(&mut ring, 0));
    assert!(!due(&mut ring, TIMEOUT + 1));
    assert!(
        !due(&mut ring, TIMEOUT + 2),
        "given up, to be tried after a second"
    );
    assert!(due(&mut ring, TIMEOUT + 3));
    assert_eq!(
        load(&mut ring, TIMEOUT + 3, &set_of("a", 1)),
        Ok(Loaded::Changed)
    );
}

#[test]
fn waiting_for_the_first_keys_ends_after_three_failures() {
    let mut ring = ring();
    for expected in ["pending", "pending", "unavailable"] {
        ring.failed(KEYS, UnixTime(0));
        assert_eq!(state(&ring, 0), expected);
    }
    load(&mut ring, 10, &set_of("a", 1)).unwrap();
    assert_eq!(state(&ring, 10), "a");
}

#[test]
fn only_other_keys_are_another_generation() {
    let mut ring = ring();
    load(&mut ring, 0, &set_of("a", 1)).unwrap();
    let first = generation(&ring, 0);
    assert_eq!(load(&mut ring, 10, &set_of("a", 1)), Ok(Loaded::Unchanged));
    assert_eq!(
        generation(&ring, 10 + REFRESH),
        first,
        "and they count as fetched anew"
    );
    assert_eq!(load(&mut ring, 20, &set_of("a", 2)), Ok(Loaded::Changed));
    assert_ne!(generation(&ring, 20), first);
}

#[test]
fn an_unknown_name_causes_one_fetch_in_its_interval() {
    let mut ring = ring();
    let unknown = |ring: &mut KeyRing, now| ring.unknown_kid(0, UnixTime(now));
    assert!(due(&mut ring, 0));
    assert!(unknown(&mut ring, 0), "one is on its way");
    load(&mut ring, 1, &set_of("a", 1)).unwrap();
    assert!(!unknown(&mut ring, MIN_INTERVAL), "one came a moment ago");
    assert!(!due(&mut ring, MIN_INTERVAL));
    assert!(unknown(&mut ring, 1 + MIN_INTERVAL));
    assert!(unknown(&mut ring, 1 + MIN_INTERVAL), "it is due");
    assert!(due(&mut ring, 1 + MIN_INTERVAL));
    assert!(unknown(&mut ring, 2 + MIN_INTERVAL), "it is on its way");
    ring.failed(KEYS, UnixTime(3 + MIN_INTERVAL));
    assert!(
        !unknown(&mut ring, 3 + MIN_INTERVAL),
        "a failure has its own pace"
    );
    assert!(
        unknown(&mut ring, 4 + MIN_INTERVAL),
        "which has come to the next attempt"
    );
    assert_eq!(
        state(&ring, 4 + MIN_INTERVAL),
        "a",
        "keys in use stay meanwhile"
    );
}

#[test]
fn a_token_waits_for_the_key_that_it_names() {
    let issuers = [issuer(remote("https://acme.example/jwks"))];
    let mut ring = KeyRing::new(&issuers).unwrap();
    let claims = json!({
        "iss": "https://acme.example", "sub": "a", "aud": "https://api.example", "exp": 2000,
    });
    let header = r#"{"alg":"ES256","kid":"new"}"#;
    let token =
        Signer::p256("new", 2).token(jsonwebtoken::Algorithm::ES256, header, &claims.to_string());
    let verify = |ring: &mut KeyRing, now| {
        let presented = Presented::new(&token);
        let now = UnixTime(now);
        crate::identity::verify(&presented, &issuers, ring, &CrateVerifier, now, None).map(drop)
    };
    let issuer = IssuerName("acme".into());
    let pending = Err(IdentityError::KeysPending {
        issuer: issuer.clone(),
    });
    let unknown = Err(IdentityError::UnknownKey {
        issuer: issuer.clone(),
        kid: Excerpt::of("new"),
    });
    assert_eq!(verify(&mut ring, 0), pending, "no keys yet");
    load(&mut ring, 0, &set_of("old", 1)).unwrap();
    assert_eq!(verify(&mut ring, 1), unknown, "a set came a moment ago");
    assert_eq!(
        verify(&mut ring, MIN_INTERVAL),
        pending,
        "now a fresh one is worth a try"
    );
    assert!(due(&mut ring, MIN_INTERVAL));
    load(&mut ring, MIN_INTERVAL, &set_of("new", 2)).unwrap();
    assert_eq!(verify(&mut ring, MIN_INTERVAL), Ok(()));
    let gone = MIN_INTERVAL + REFRESH + GRACE;
    assert_eq!(
        verify(&mut ring, gone),
        pending,
        "too old, and a fetch is due"
    );
    ring.failed(KEYS, UnixTime(gone));
    assert_eq!(
        verify(&mut ring, gone),
        Err(IdentityError::KeysUnavailable { issuer })
    );
}
