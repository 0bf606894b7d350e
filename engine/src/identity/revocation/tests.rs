use serde_json::{Value, json};

use super::*;
use crate::excerpt::Excerpt;
use crate::identity::mint::verified_caller;
use crate::json::JsonError;
use crate::time::Seconds;

const NOW: UnixTime = UnixTime(100);

fn list(document: &Value) -> DenyList {
    DenyList::read(document.to_string().as_bytes()).unwrap()
}

/// What a list says about Alice's planner, whose token was issued at 0 and is bound to a key.
fn verdict(document: &Value) -> Option<Kind> {
    let key = Digest::of(b"key").to_base64url();
    let caller = verified_caller(&json!({
        "sub": "alice", "jti": "t-1", "iat": 0, "cnf": {"jkt": key},
    }));
    let parties = [
        ("https://acme.example", "alice"),
        ("https://b.example", "planner"),
    ];
    let names = Names::of(&caller, "acme/planner", parties.into_iter());
    list(document).find(&names, caller.issued_at, NOW)
}

#[test]
fn a_credential_is_found_by_each_of_its_names() {
    let key = Digest::of(b"key").to_base64url();
    let other_key = Digest::of(b"other").to_base64url();
    for (name, document, expected) in [
        ("nothing", json!({}), None),
        (
            "its id",
            json!({"tokens": [{"issuer": "https://acme.example", "jti": "t-1"}]}),
            Some(Kind::Token),
        ),
        (
            "the id at another issuer",
            json!({"tokens": [{"issuer": "https://b.example", "jti": "t-1"}]}),
            None,
        ),
        (
            "its subject",
            json!({"subjects": [{"issuer": "https://acme.example", "subject": "alice"}]}),
            Some(Kind::Subject),
        ),
        (
            "an actor",
            json!({"subjects": [{"issuer": "https://b.example", "subject": "planner"}]}),
            Some(Kind::Subject),
        ),
        (
            "an actor's name elsewhere",
            json!({"subjects": [{"issuer": "https://acme.example", "subject": "planner"}]}),
            None,
        ),
        (
            "its agent",
            json!({"agents": [{"agent": "acme/planner"}]}),
            Some(Kind::Agent),
        ),
        (
            "another agent",
            json!({"agents": [{"agent": "acme/planner2"}]}),
            None,
        ),
        (
            "its key",
            json!({"keys": [{"thumbprint": key}]}),
            Some(Kind::Key),
        ),
        (
            "another key",
            json!({"keys": [{"thumbprint": other_key}]}),
            None,
        ),
        (
            "its issuer",
            json!({"issuers": [{"issuer": "https://acme.example"}]}),
            Some(Kind::Issuer),
        ),
        (
            "among others",
            json!({"tokens": (0..1000).map(|n| json!({"issuer": "https://acme.example", "jti": format!("t-{n}")})).collect::<Vec<_>>()}),
            Some(Kind::Token),
        ),
    ] {
        assert_eq!(verdict(&document), expected, "{name}");
    }
}

#[test]
fn an_entry_ends_and_may_hit_only_what_is_older() {
    for (name, terms, expected) in [
        ("until later", json!({"until": 101}), true),
        ("until now", json!({"until": 100}), false),
        ("older than it", json!({"issued_before": 0}), false),
        ("younger than it", json!({"issued_before": 1}), true),
        (
            "as a timestamp",
            json!({"issued_before": "1970-01-01T00:00:01Z"}),
            true,
        ),
        ("both", json!({"until": 100, "issued_before": 1}), false),
        ("a note", json!({"note": "lost laptop"}), true),
    ] {
        let mut entry = json!({"issuer": "https://acme.example"});
        entry
            .as_object_mut()
            .unwrap()
            .extend(terms.as_object().unwrap().clone());
        let found = verdict(&json!({"issuers": [entry]}));
        assert_eq!(found, expected.then_some(Kind::Issuer), "{name}");
    }
    let two = json!({"issuers": [
        {"issuer": "https://acme.example", "until": 1},
        {"issuer": "https://acme.example"},
        {"issuer": "https://acme.example", "issued_before": 0},
    ]});
    assert_eq!(verdict(&two), Some(Kind::Issuer), "any of several");
}

#[test]
fn without_iat_everything_counts_as_issued_before() {
    let caller = verified_caller(&json!({"sub": "alice"}));
    let names = Names::of(&caller, "acme/alice", std::iter::empty());
    let found = list(&json!({"agents": [{"agent": "acme/alice", "issued_before": 1}]}));
    assert_eq!(found.find(&names, None, NOW), Some(Kind::Agent));
}

#[test]
fn a_credentials_digest_is_written_as_in_records() {
    let caller = verified_caller(&json!({"sub": "alice"}));
    let names = Names::of(&caller, "acme/alice", std::iter::empty());
    let found = list(&json!({"credentials": [{"digest": caller.digest.to_string()}]}));
    assert_eq!(found.find(&names, None, NOW), Some(Kind::Credential));
}

#[test]
fn what_is_misspelled_is_refused() {
    let member = |list, index, member, expected| DenyListError::Member {
        list,
        index,
        member,
        expected,
    };
    let text = "a text that is not empty";
    for (document, expected) in [
        (json!([]), DenyListError::NotObject),
        (
            json!({"token": []}),
            DenyListError::UnknownList {
                found: Excerpt::of("token"),
            },
        ),
        (
            json!({"tokens": {}}),
            DenyListError::NotList { list: "tokens" },
        ),
        (
            json!({"tokens": ["t-1"]}),
            DenyListError::NotList { list: "tokens" },
        ),
        (
            json!({"tokens": [{"issuer": "a", "jti": "b", "untill": 1}]}),
            DenyListError::UnknownMember {
                list: "tokens",
                index: 0,
                found: Excerpt::of("untill"),
            },
        ),
        (
            json!({"tokens": [{"jti": "b"}]}),
            member("tokens", 0, "issuer", text),
        ),
        (
            json!({"agents": [{"agent": "a"}, {"agent": ""}]}),
            member("agents", 1, "agent", text),
        ),
        (
            json!({"keys": [{"thumbprint": "abc"}]}),
            member("keys", 0, "thumbprint", "43 characters of base64url"),
        ),
        (
            json!({"credentials": [{"digest": Digest::of(b"").to_base64url()}]}),
            member(
                "credentials",
                0,
                "digest",
                "`sha256:` and 43 characters of base64url",
            ),
        ),
        (
            json!({"issuers": [{"issuer": "a", "until": "tomorrow"}]}),
            member(
                "issuers",
                0,
                "until",
                "a moment: seconds since 1970, or such as 2026-11-24T05:46:02Z",
            ),
        ),
    ] {
        let found = DenyList::read(document.to_string().as_bytes());
        assert_eq!(found, Err(expected), "{document}");
    }
    let twice = DenyList::read(br#"{"tokens": [], "tokens": []}"#);
    assert!(
        matches!(
            &twice,
            Err(DenyListError::NotJson(JsonError::DuplicateName { .. }))
        ),
        "{twice:?}"
    );
}

#[test]
fn the_number_of_entries_is_bounded() {
    let entries = |count: usize| {
        let one = r#"{"agent":"a/b"}"#;
        let list = vec![one; count].join(",");
        DenyList::read(format!(r#"{{"agents":[{list}]}}"#).as_bytes())
            .map(|list| list.entries.len())
    };
    assert_eq!(entries(DenyList::MAX_ENTRIES), Ok(DenyList::MAX_ENTRIES));
    assert_eq!(
        entries(DenyList::MAX_ENTRIES + 1),
        Err(DenyListError::TooMany)
    );
}

#[test]
fn a_fetched_list_is_waited_for_and_required_unless_said_otherwise() {
    let source = Source {
        url: "https://acme.example/revoked.json".to_owned(),
        cluster: "revoked".to_owned(),
        timeout: Seconds(5),
        refresh: Seconds(100),
        grace: Seconds(50),
        min_interval: Seconds(10),
    };
    let caller = verified_caller(&json!({"sub": "alice"}));
    let names = Names::of(&caller, "acme/alice", std::iter::empty());
    for required in [true, false] {
        let rules = RevocationRules {
            inline: DenyList::default(),
            remote: Some(source.clone()),
            required,
        };
        let mut revocations = Revocations::new(&rules).unwrap();
        let check = |of: &Revocations, now| of.check(&names, None, UnixTime(now));
        let or_passed = |error| if required { Err(error) } else { Ok(()) };
        let id = DocumentId::Revocations;
        assert_eq!(
            check(&revocations, 0),
            or_passed(StandingError::RevocationsPending)
        );
        for _ in 0..3 {
            revocations.failed(id, UnixTime(0));
        }
        let unavailable = or_passed(StandingError::RevocationsUnavailable);
        assert_eq!(check(&revocations, 0), unavailable);
        let document = br#"{"agents": [{"agent": "acme/alice"}]}"#;
        revocations.loaded(id, UnixTime(10), document).unwrap();
        let revoked = Err(StandingError::Revoked { kind: Kind::Agent });
        assert_eq!(check(&revocations, 10), revoked);
        revocations.failed(id, UnixTime(110));
        assert_eq!(check(&revocations, 159), revoked, "its grace");
        assert_eq!(check(&revocations, 160), unavailable);
        revocations.loaded(id, UnixTime(170), b"{}").unwrap();
        assert_eq!(check(&revocations, 170), Ok(()));
    }
}
