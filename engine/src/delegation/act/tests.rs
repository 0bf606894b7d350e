use std::collections::BTreeSet;
use std::num::NonZeroU8;

use serde_json::{Value, json};

use super::{
    Attenuation, Ceilings, Chain, DelegationError, Hop, HopFormat, MaxDepth, TokenRules, Vouched,
};
use crate::delegation::attenuation::{Dimension, Unproven};
use crate::delegation::ceiling::{Ceiling, REQUEST};
use crate::delegation::exercise::Exercise;
use crate::identity::mint::verified_caller;
use crate::json::canonical::Members;

fn chain(act: Value, max_depth: u8) -> Result<Chain, DelegationError> {
    let claims = json!({"sub": "alice", "act": act, "may_act": {"sub": "somebody"}});
    let max_depth = MaxDepth(NonZeroU8::new(max_depth).unwrap());
    let rules = TokenRules {
        max_depth,
        ..TokenRules::unlimited()
    };
    Chain::from_caller(&verified_caller(&claims), rules)
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
    let chain = Chain::from_caller(&caller, TokenRules::unlimited()).unwrap();
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

const ISSUER: &str = "https://acme.example";

/// A ceiling of scopes and tools.
fn ceiling(scopes: Option<&[&str]>, tools: Option<&[&str]>) -> Ceiling {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Ceiling {
        scopes: scopes.map(names),
        tools: tools.map(names),
        operations: None,
    }
}

/// The chain of a token with these scopes that alice gave to `planner`, and `planner` to `worker` of another issuer.
fn under(ceilings: &[(&str, &str, Ceiling)], scope: &str) -> Chain {
    let claims = json!({
        "sub": "alice", "scope": scope,
        "act": {"sub": "worker", "iss": "https://other.example", "act": {"sub": "planner"}},
    });
    let mut all = Ceilings::default();
    for (issuer, subject, ceiling) in ceilings.iter().cloned() {
        assert!(all.insert(issuer.to_owned(), subject.to_owned(), ceiling));
    }
    let rules = TokenRules {
        ceilings: &all,
        ..TokenRules::unlimited()
    };
    Chain::from_caller(&verified_caller(&claims), rules).unwrap()
}

#[test]
fn a_chain_is_proven_where_each_actor_has_a_ceiling_that_the_token_is_within() {
    let wide = || ceiling(Some(&["a", "b", "c"]), None);
    let narrow = || ceiling(Some(&["a"]), None);
    let planner = |ceiling| (ISSUER, "planner", ceiling);
    let worker = |ceiling| ("https://other.example", "worker", ceiling);
    let actors_only = |hop| Attenuation::Unproven {
        hop,
        why: Unproven::ActorsOnly,
    };
    let widened = |hop, parent: &str| Attenuation::Widened {
        hop,
        dimension: Dimension::Scopes,
        parent: parent.to_owned(),
        child: "b".to_owned(),
    };
    for (name, ceilings, scope, expected) in [
        ("no ceiling", vec![], "a b", actors_only(1)),
        (
            "one actor has one",
            vec![planner(wide())],
            "a b",
            actors_only(2),
        ),
        (
            "both have one",
            vec![planner(wide()), worker(wide())],
            "a b",
            Attenuation::Proven,
        ),
        (
            "no scopes are within any",
            vec![planner(narrow()), worker(ceiling(Some(&[]), None))],
            "",
            Attenuation::Proven,
        ),
        (
            "ceilings need not narrow from one to the next",
            vec![planner(narrow()), worker(wide())],
            "a",
            Attenuation::Proven,
        ),
        (
            "what isn't listed is unlimited",
            vec![
                planner(ceiling(None, Some(&[]))),
                worker(ceiling(None, Some(&[]))),
            ],
            "a b",
            Attenuation::Proven,
        ),
        (
            "one is exceeded",
            vec![planner(narrow()), worker(wide())],
            "a b",
            widened(1, "a"),
        ),
        (
            "one is exceeded, and another one has none",
            vec![worker(narrow())],
            "a b",
            widened(2, "a"),
        ),
        (
            "the root's, too",
            vec![(ISSUER, "alice", narrow())],
            "a b",
            widened(0, "a"),
        ),
        (
            "another issuer's agent of the same name",
            vec![
                ("https://other.example", "planner", narrow()),
                worker(wide()),
            ],
            "a b",
            actors_only(1),
        ),
    ] {
        assert_eq!(*under(&ceilings, scope).attenuation(), expected, "{name}");
    }
}

#[test]
fn every_operation_is_within_each_ceiling() {
    let mut operations = ceiling(None, None);
    operations.operations = Some(BTreeSet::from(["read_report".to_owned()]));
    let chain = under(
        &[
            (
                ISSUER,
                "alice",
                ceiling(None, Some(&["shop/read", "shop/pay"])),
            ),
            (ISSUER, "planner", operations),
            (
                "https://other.example",
                "worker",
                ceiling(None, Some(&["shop/read"])),
            ),
        ],
        "",
    );
    let nothing = Members::default();
    let tool = |name| Exercise::Tool {
        name,
        arguments: &nothing,
    };
    let operation = |resource| Exercise::Resource {
        resource,
        action: REQUEST,
    };
    for (exercise, refused) in [
        (tool("shop/read"), None),
        (
            tool("shop/pay"),
            Some("hop 2, `worker`, may never do this: the tool `shop/pay` is not authorized"),
        ),
        (
            tool("other/read"),
            Some("hop 0, `alice`, may never do this: the tool `other/read` is not authorized"),
        ),
        (operation("read_report"), None),
        (
            operation("delete_report"),
            Some(
                "hop 1, `planner`, may never do this: the resource `delete_report` is not authorized",
            ),
        ),
    ] {
        let found = chain.within_ceilings(exercise).err();
        assert_eq!(
            found.map(|error| error.to_string()).as_deref(),
            refused,
            "{exercise:?}"
        );
    }
}
