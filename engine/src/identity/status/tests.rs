use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::list::StatusList;
use super::rules::ListRules;
use super::*;
use crate::identity::documents::source::Source;
use crate::identity::documents::{DocumentError, DocumentId, LoadError, Loaded};
use crate::identity::issuer::KeySource;
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::keyring::tests::issuer;
use crate::identity::mint::{Signer, jwks, patched};
use crate::time::Seconds;

const URI: &str = "https://acme.example/status/1";
/// Two bits each: 0 at most places, 1, 2 and 3 at the places 1, 2 and 3 of 64.
const LIST: &str = "eNp7woAKAA5QAOU";
const LIMIT: usize = 64;

#[test]
fn entries_are_packed_from_the_least_significant_bit() {
    // The example of section 4.1 of the draft, its bytes 0xb9 and 0xa3.
    let list = StatusList::decode(1, "eNrbuRgAAhcBXQ", LIMIT).unwrap();
    let found: Vec<_> = (0..16).map(|index| list.get(index).unwrap().0).collect();
    assert_eq!(found, [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]);
    assert_eq!(list.entries(), 16);
    for beyond in [16, 17, u64::MAX] {
        assert_eq!(list.get(beyond), None, "{beyond}");
    }
    let list = StatusList::decode(2, LIST, LIMIT).unwrap();
    let found: Vec<_> = (0..5).map(|index| list.get(index).unwrap().0).collect();
    assert_eq!(found, [0, 1, 2, 3, 0]);
}

#[test]
fn what_is_no_list_is_refused() {
    let bits = |found: &str| StatusListError::Bits {
        found: Excerpt::of(found),
    };
    // 65536 bytes of zero.
    let bomb = "eNrtwQEBAAAAgJD-r-4ICgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGoADwAB";
    for (name, width, lst, expected) in [
        ("no bits", 0, LIST, bits("0")),
        ("three bits", 3, LIST, bits("3")),
        (
            "very many bits",
            u64::MAX,
            LIST,
            bits("18446744073709551615"),
        ),
        ("padding", 1, "eNrbuRgAAhcBXQ==", StatusListError::Encoding),
        (
            "another alphabet",
            1,
            "eNrbuRgAAhcB+Q",
            StatusListError::Encoding,
        ),
        ("nothing", 1, "", StatusListError::Compression),
        ("no header", 1, "27kYAA", StatusListError::Compression),
        (
            "another checksum",
            1,
            "eNrbuRgAAhcBXg",
            StatusListError::Compression,
        ),
        ("cut short", 1, "eNrbuRgAAhc", StatusListError::Compression),
        ("a bomb", 1, bomb, StatusListError::TooLong { limit: LIMIT }),
    ] {
        assert_eq!(
            StatusList::decode(width, lst, LIMIT),
            Err(expected),
            "{name}"
        );
    }
    assert!(StatusList::decode(1, bomb, 65_536).is_ok());
}

#[test]
fn published_vectors_are_read() {
    let root = std::env::var_os("BAILIWICK_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
        PathBuf::from,
    );
    let Some(vectors) = read_vectors(&root.join("status-list/vectors.json")) else {
        println!(
            "skipped: no vectors at `{}`; set BAILIWICK_VECTORS",
            root.display()
        );
        return;
    };
    let vectors = vectors["vectors"].as_array().unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let bits = vector["bits"].as_u64().unwrap();
        let list = StatusList::decode(bits, vector["lst"].as_str().unwrap(), 1 << 21).unwrap();
        assert_eq!(
            list.entries(),
            vector["entries"].as_u64().unwrap(),
            "{bits} bits"
        );
        let listed = vector["nonzero_or_listed"].as_object().unwrap();
        for index in 0..list.entries() {
            let expected = listed.get(&index.to_string()).and_then(Value::as_u64);
            let found = u64::from(list.get(index).unwrap().0);
            assert_eq!(found, expected.unwrap_or(0), "{bits} bits, entry {index}");
        }
    }
}

fn read_vectors(path: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

fn rules(url: &str, kept: Option<usize>) -> ListRules {
    ListRules {
        source: Source {
            url: url.to_owned(),
            cluster: "status".to_owned(),
            timeout: Seconds(5),
            refresh: Seconds(100),
            grace: Seconds(0),
            min_interval: Seconds(10),
        },
        min_refresh: Seconds(20),
        kept,
    }
}

#[test]
fn an_address_is_allowed_whole_or_below_its_prefix() {
    let one = rules(URI, None);
    let many = rules("https://acme.example/status/", Some(2));
    for (uri, by_one, by_many) in [
        (URI, true, true),
        ("https://acme.example/status/1/", false, false),
        ("https://acme.example/status/1?a=b", false, false),
        ("https://acme.example/status/1#a", false, false),
        ("https://acme.example/status/a/b-c_d.e~f", false, true),
        ("https://acme.example/status/", false, false),
        ("https://acme.example/status/..", false, false),
        ("https://acme.example/status/a/../../keys", false, false),
        ("https://acme.example/status/%2e%2e/keys", false, false),
        ("https://acme.example/status//a", false, false),
        ("https://acme.example/status/a\\b", false, false),
        ("https://acme.example/statuses/1", false, false),
        ("https://acme.example.evil.example/status/1", false, false),
        ("http://acme.example/status/1", false, false),
        ("HTTPS://acme.example/status/1", false, false),
        ("", false, false),
    ] {
        assert_eq!(
            (one.allows(uri), many.allows(uri)),
            (by_one, by_many),
            "{uri}"
        );
    }
    let long = format!("https://acme.example/status/{}", "a".repeat(257));
    assert!(!many.allows(&long));
}

/// One issuer, its keys, and the lists that its tokens may name.
struct Scene {
    issuer: Issuer,
    keys: KeyRing,
    lists: StatusLists,
}

impl Scene {
    fn new(lists: Vec<ListRules>) -> Self {
        let inline = jwks(&[&Signer::p256("a", 1).jwk]);
        let mut issuer = issuer(KeySource::Inline(inline));
        issuer.lifecycle.status = StatusRules {
            check: Check::Present,
            lists,
            max_list_bytes: LIMIT,
        };
        let issuers = std::slice::from_ref(&issuer);
        Self {
            keys: KeyRing::new(issuers).unwrap(),
            lists: StatusLists::new(issuers),
            issuer,
        }
    }

    fn check(&mut self, index: u64, uri: &str, now: u64) -> Result<(), StandingError> {
        let claim = StatusClaim::List {
            index,
            uri: uri.to_owned(),
        };
        self.check_claim(Some(&claim), now)
    }

    fn check_claim(&mut self, claim: Option<&StatusClaim>, now: u64) -> Result<(), StandingError> {
        let look = Look {
            index: 0,
            issuer: &self.issuer,
            keys: &mut self.keys,
            verifier: &CrateVerifier,
            now: UnixTime(now),
        };
        self.lists.check(claim, look)
    }

    /// What is to be fetched, by path.
    fn due(&mut self, now: u64) -> Vec<String> {
        let due = self.lists.due(UnixTime(now));
        due.into_iter().map(|fetch| fetch.path).collect()
    }

    fn load(&mut self, number: usize, now: u64, document: &str) -> Result<Loaded, LoadError> {
        let id = id(number);
        self.lists.loaded(id, UnixTime(now), document.as_bytes())
    }
}

fn id(number: usize) -> DocumentId {
    DocumentId::StatusList {
        issuer: 0,
        place: 0,
        number,
    }
}

/// A list token signed by this key, with these changes.
fn token_by(signer: &Signer, header: &Value, claims: &Value) -> String {
    let header = patched(
        json!({"alg": "ES256", "kid": "a", "typ": "statuslist+jwt"}),
        header,
    );
    let own = json!({"sub": URI, "iat": 0, "ttl": 50, "status_list": {"bits": 2, "lst": LIST}});
    signer.token(
        jsonwebtoken::Algorithm::ES256,
        &header.to_string(),
        &patched(own, claims).to_string(),
    )
}

fn token(claims: &Value) -> String {
    token_by(&Signer::p256("a", 1), &json!({}), claims)
}

#[test]
fn each_status_has_its_meaning() {
    let mut scene = Scene::new(vec![rules(URI, None)]);
    assert_eq!(scene.check(0, URI, 0), Err(StandingError::StatusPending));
    assert_eq!(scene.due(0), ["/status/1"], "fetched before anybody asks");
    scene.load(1, 0, &token(&json!({}))).unwrap();
    let out_of_range = |index| StandingError::IndexOutOfRange { index, entries: 64 };
    for (index, expected) in [
        (0, Ok(())),
        (1, Err(StandingError::Invalid)),
        (2, Err(StandingError::Suspended)),
        (3, Err(StandingError::StatusUnknown { value: 3 })),
        (63, Ok(())),
        (64, Err(out_of_range(64))),
        (u64::MAX, Err(out_of_range(u64::MAX))),
    ] {
        assert_eq!(scene.check(index, URI, 1), expected, "{index}");
    }
    let elsewhere = "https://evil.example/1";
    let not_allowed = StandingError::ListNotAllowed {
        uri: Excerpt::of(elsewhere),
    };
    assert_eq!(scene.check(0, elsewhere, 1), Err(not_allowed));
}

#[test]
fn the_configuration_says_of_which_tokens_the_status_is_asked() {
    let list = StatusClaim::List {
        index: 1,
        uri: URI.to_owned(),
    };
    let (none, other, listed) = (None, Some(&StatusClaim::Other), Some(&list));
    for (check, claim, expected) in [
        (Check::Present, none, Ok(())),
        (
            Check::Present,
            other,
            Err(StandingError::StatusNotUnderstood),
        ),
        (Check::Present, listed, Err(StandingError::Invalid)),
        (Check::Required, none, Err(StandingError::StatusMissing)),
        (
            Check::Required,
            other,
            Err(StandingError::StatusNotUnderstood),
        ),
        (Check::Required, listed, Err(StandingError::Invalid)),
        (Check::Ignore, none, Ok(())),
        (Check::Ignore, other, Ok(())),
        (Check::Ignore, listed, Ok(())),
    ] {
        let mut scene = Scene::new(vec![rules(URI, None)]);
        scene.issuer.lifecycle.status.check = check;
        scene.load(1, 0, &token(&json!({}))).unwrap();
        assert_eq!(
            scene.check_claim(claim, 0),
            expected,
            "{check:?}, {claim:?}"
        );
    }
}

#[test]
fn a_list_is_asked_for_again_when_it_says_so_within_bounds() {
    for (ttl, expected) in [
        (json!(null), 100),
        (json!(1), 20),
        (json!(50), 50),
        (json!(1_000), 100),
    ] {
        let mut scene = Scene::new(vec![rules(URI, None)]);
        scene.load(1, 0, &token(&json!({"ttl": ttl}))).unwrap();
        assert!(scene.due(expected - 1).is_empty(), "{ttl}");
        assert_eq!(scene.check(0, URI, expected - 1), Ok(()), "{ttl}");
        assert_eq!(
            scene.check(0, URI, expected),
            Err(StandingError::StatusPending)
        );
        assert_eq!(scene.due(expected).len(), 1, "{ttl}");
        scene.lists.failed(id(1), UnixTime(expected));
        assert_eq!(
            scene.check(0, URI, expected),
            Err(StandingError::StatusUnavailable)
        );
    }
}

#[test]
fn an_expired_list_is_not_used_whatever_its_grace() {
    let mut place = rules(URI, None);
    place.source.grace = Seconds(1_000);
    let mut scene = Scene::new(vec![place]);
    scene.load(1, 0, &token(&json!({"exp": 30}))).unwrap();
    assert_eq!(scene.check(0, URI, 29), Ok(()));
    assert_eq!(scene.due(30).len(), 1, "before its `ttl` is over");
    assert_eq!(scene.check(0, URI, 30), Err(StandingError::StatusPending));
    scene.lists.failed(id(1), UnixTime(30));
    assert_eq!(
        scene.check(0, URI, 30),
        Err(StandingError::StatusUnavailable)
    );
    scene.load(1, 40, &token(&json!({"iat": 40}))).unwrap();
    assert_eq!(scene.check(0, URI, 40), Ok(()));
}

#[test]
fn a_document_that_is_no_status_list_token_is_not_taken() {
    let wrong_type = |found: &str| StatusListError::WrongType {
        found: Excerpt::of(found),
    };
    let wrong_subject = StatusListError::WrongSubject {
        found: Excerpt::of("https://acme.example/status/2"),
    };
    let missing = |claim: &str| {
        StatusListError::from(crate::identity::IdentityError::ClaimMissing {
            claim: Excerpt::of(claim),
        })
    };
    let list = |bits: u64, lst: &str| json!({"status_list": {"bits": bits, "lst": lst}});
    let none = json!({});
    for (name, header, claims, expected) in [
        (
            "an access token",
            json!({"typ": "at+jwt"}),
            none.clone(),
            wrong_type("at+jwt"),
        ),
        (
            "no type",
            json!({"typ": null}),
            none.clone(),
            wrong_type("none"),
        ),
        (
            "the CWT form's type",
            json!({"typ": "statuslist+cwt"}),
            none.clone(),
            wrong_type("statuslist+cwt"),
        ),
        (
            "another list",
            none.clone(),
            json!({"sub": "https://acme.example/status/2"}),
            wrong_subject,
        ),
        ("no sub", none.clone(), json!({"sub": null}), missing("sub")),
        ("no iat", none.clone(), json!({"iat": null}), missing("iat")),
        (
            "a ttl of zero",
            none.clone(),
            json!({"ttl": 0}),
            StatusListError::Lifetime,
        ),
        (
            "a negative ttl",
            none.clone(),
            json!({"ttl": -5}),
            StatusListError::Lifetime,
        ),
        (
            "no list",
            none.clone(),
            json!({"status_list": null}),
            StatusListError::NoList,
        ),
        (
            "no bits",
            none.clone(),
            json!({"status_list": {"lst": LIST}}),
            StatusListError::NoList,
        ),
        (
            "other bits",
            none.clone(),
            list(5, LIST),
            StatusListError::Bits {
                found: Excerpt::of("5"),
            },
        ),
        (
            "no zlib",
            none,
            list(2, "AAAA"),
            StatusListError::Compression,
        ),
    ] {
        let mut scene = Scene::new(vec![rules(URI, None)]);
        scene.load(1, 0, &token(&json!({}))).unwrap();
        let document = token_by(&Signer::p256("a", 1), &header, &claims);
        let refused = LoadError::Unreadable {
            id: id(1),
            source: DocumentError::StatusList(expected),
        };
        assert_eq!(scene.load(1, 1, &document), Err(refused), "{name}");
        assert_eq!(
            scene.check(0, URI, 1),
            Ok(()),
            "{name}: the one before stays"
        );
    }
}

#[test]
fn only_the_issuers_own_list_is_believed() {
    let mallory = Signer::p256("a", 9);
    let invalid = |why: &str| StandingError::ListInvalid {
        why: why.to_owned(),
    };
    for (name, document, expected) in [
        (
            "another key",
            token_by(&mallory, &json!({}), &json!({})),
            invalid("the token's signature does not verify with the key of issuer `acme`"),
        ),
        (
            "an unknown key",
            token_by(&mallory, &json!({"kid": "b"}), &json!({})),
            invalid("issuer `acme` has no key `b`"),
        ),
        (
            "another algorithm",
            token_by(&mallory, &json!({"alg": "ES384"}), &json!({})),
            invalid("issuer `acme` does not sign with `ES384`"),
        ),
        (
            "another issuer",
            token(&json!({"iss": "https://evil.example"})),
            invalid("no configured issuer is called `https://evil.example`"),
        ),
        (
            "the future",
            token(&json!({"iat": 50})),
            invalid("the token was issued at 50, now is 1"),
        ),
    ] {
        let mut scene = Scene::new(vec![rules(URI, None)]);
        scene.load(1, 0, &document).unwrap();
        assert_eq!(scene.check(0, URI, 1), Err(expected), "{name}");
        assert!(scene.due(1).is_empty(), "{name}: not at once");
        assert!(scene.check(0, URI, 10).is_err());
        assert_eq!(
            scene.due(10).len(),
            1,
            "{name}: another one is asked for soon"
        );
    }
}

#[test]
fn lists_under_a_prefix_are_fetched_when_named_and_few_are_kept() {
    let uri = |name: &str| format!("https://acme.example/status/{name}");
    let mut scene = Scene::new(vec![rules("https://acme.example/status/", Some(2))]);
    assert!(scene.due(0).is_empty(), "none was named yet");
    for (now, name) in [(0, "a"), (1, "b")] {
        let pending = Err(StandingError::StatusPending);
        assert_eq!(scene.check(0, &uri(name), now), pending);
        assert_eq!(scene.due(now), [format!("/status/{name}")]);
    }
    scene.load(1, 1, &token(&json!({"sub": uri("a")}))).unwrap();
    assert_eq!(scene.check(0, &uri("a"), 9), Ok(()));
    let full = Err(StandingError::TooManyLists { kept: 2 });
    assert_eq!(
        scene.check(0, &uri("c"), 10),
        full,
        "both were used a moment ago"
    );
    assert_eq!(
        scene.check(0, &uri("c"), 11),
        Err(StandingError::StatusPending),
        "`b` gives way"
    );
    assert_eq!(
        scene.check(1, &uri("a"), 11),
        Err(StandingError::Invalid),
        "`a` is still there"
    );
    let late = scene.load(2, 11, &token(&json!({"sub": uri("b")})));
    assert_eq!(late, Err(LoadError::NotRemote { id: id(2) }));
}
