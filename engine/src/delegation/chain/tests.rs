use std::num::NonZeroU8;

use serde_json::{Value, json};

use super::{Attenuation, Chain, DelegationError, Hop, HopFormat, MaxDepth, Vouched};
use crate::delegation::attenuation::Unproven;
use crate::identity::mint::verified_caller;

fn chain(act: Value, max_depth: u8) -> Result<Chain, DelegationError> {
    let claims = json!({"sub": "alice", "act": act, "may_act": {"sub": "somebody"}});
    let max_depth = MaxDepth(NonZeroU8::new(max_depth).unwrap());
    Chain::from_caller(&verified_caller(&claims), max_depth)
}

/// `iss sub` of each hop, root first; the issuer left out where it is the token's.
fn parties(act: Value) -> Result<Vec<String>, DelegationError> {
    let hops = chain(act, 3)?.hops().to_vec();
    Ok(hops
        .into_iter()
        .map(|hop| match hop.issuer.as_str() {
            "https://acme.example" => hop.subject,
            other => format!("{other} {}", hop.subject),
        })
        .collect())
}

#[test]
fn actors_follow_the_subject_earliest_first() {
    let not_object = |depth| Err(DelegationError::ActorNotObject { depth });
    let unnamed = |depth| Err(DelegationError::ActorUnnamed { depth });
    let bad_issuer = |depth| Err(DelegationError::ActorIssuerInvalid { depth });
    let limit = MaxDepth(NonZeroU8::new(3).unwrap());
    for (name, act, expected) in [
        ("one", json!({"sub": "a"}), Ok(vec!["alice", "a"])),
        (
            "three",
            json!({"sub": "c", "act": {"sub": "b", "act": {"sub": "a"}}}),
            Ok(vec!["alice", "a", "b", "c"]),
        ),
        (
            "four are too many, whatever the fourth is",
            json!({"sub": "d", "act": {"sub": "c", "act": {"sub": "b", "act": 1}}}),
            Err(DelegationError::TooDeep { limit }),
        ),
        (
            "issuers of their own",
            json!({"iss": "https://b", "sub": "b", "act": {"iss": "https://a", "sub": "a"}}),
            Ok(vec!["alice", "https://a a", "https://b b"]),
        ),
        (
            "an issuer isn't inherited from the outer actor",
            json!({"iss": "https://b", "sub": "b", "act": {"sub": "a"}}),
            Ok(vec!["alice", "a", "https://b b"]),
        ),
        (
            "more members",
            json!({"sub": "a", "client_id": "x", "cnf": {}}),
            Ok(vec!["alice", "a"]),
        ),
        (
            "oneself",
            json!({"sub": "alice"}),
            Ok(vec!["alice", "alice"]),
        ),
        (
            "one that comes back",
            json!({"sub": "a", "act": {"sub": "b", "act": {"sub": "a"}}}),
            Ok(vec!["alice", "a", "b", "a"]),
        ),
        ("text", json!("a"), not_object(1)),
        ("a list", json!([{"sub": "a"}]), not_object(1)),
        (
            "nested text",
            json!({"sub": "b", "act": "a"}),
            not_object(2),
        ),
        (
            "nested null",
            json!({"sub": "b", "act": null}),
            not_object(2),
        ),
        ("nobody", json!({}), unnamed(1)),
        ("an empty name", json!({"sub": ""}), unnamed(1)),
        ("a number", json!({"sub": 1}), unnamed(1)),
        (
            "nobody inside",
            json!({"sub": "b", "act": {"iss": "x"}}),
            unnamed(2),
        ),
        (
            "an issuer that is a number",
            json!({"sub": "a", "iss": 1}),
            bad_issuer(1),
        ),
        (
            "an empty issuer",
            json!({"sub": "a", "iss": ""}),
            bad_issuer(1),
        ),
        (
            "an issuer that is null",
            json!({"sub": "a", "iss": null}),
            bad_issuer(1),
        ),
    ] {
        let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
        assert_eq!(parties(act), expected, "{name}");
    }
}

#[test]
fn actors_alone_prove_nothing() {
    let chain = chain(json!({"sub": "a"}), 1).unwrap();
    let unproven = Attenuation::Unproven {
        hop: 1,
        why: Unproven::ActorsOnly,
    };
    assert_eq!(*chain.attenuation(), unproven);
    let formats: Vec<_> = chain.hops().iter().map(|hop| hop.format).collect();
    assert_eq!(formats, [HopFormat::Subject, HopFormat::Act]);
}

#[test]
fn without_actors_there_is_one_hop() {
    let caller = verified_caller(&json!({"sub": "alice", "client_id": "agent"}));
    let chain = Chain::from_caller(&caller, MaxDepth::default()).unwrap();
    assert_eq!(*chain.attenuation(), Attenuation::Proven);
    let root = Hop::of(
        "https://acme.example".to_owned(),
        "alice".to_owned(),
        HopFormat::Subject,
        Vouched::ByIssuer,
    );
    assert_eq!(chain.hops(), [root]);
}

#[test]
fn an_actor_is_vouched_for_by_its_own_issuer_alone() {
    let act = json!({"sub": "c", "act": {"iss": "https://b", "sub": "b"}});
    let chain = chain(act, 2).unwrap();
    let vouched: Vec<_> = chain.hops().iter().map(|hop| hop.vouched).collect();
    assert_eq!(
        vouched,
        [Vouched::ByIssuer, Vouched::ByAnother, Vouched::ByIssuer]
    );
}
