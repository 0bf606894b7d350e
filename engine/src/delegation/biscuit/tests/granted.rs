//! What a token grants, as the chain has it.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::delegation::arguments::ArgumentMap;
use crate::delegation::attenuation::Attenuation;
use crate::delegation::authority::{Authority, Extent};
use crate::delegation::biscuit::grants::NamesError;
use crate::delegation::chain::Chain;
use crate::delegation::hop::{HopFormat, Vouched};
use crate::time::UnixTime;

fn chain(token: &Biscuit) -> Chain {
    verify(token).unwrap().chain().clone()
}

fn tools(names: &[&str]) -> BTreeMap<String, ArgumentMap> {
    let names = names.iter().copied().map(str::to_owned);
    names.map(|name| (name, ArgumentMap::any())).collect()
}

#[test]
fn facts_of_the_authority_block_grant() {
    let right = |resource: &str, actions: &[&str]| {
        let actions: BTreeSet<_> = actions.iter().copied().map(str::to_owned).collect();
        (resource.to_owned(), actions)
    };
    let limited = |resources, scopes| {
        let resources = Extent::Limited(resources);
        Authority::new(Extent::none(), resources, scopes, BTreeSet::new())
    };
    let files = BTreeMap::from([
        right("file1", &["read", "write"]),
        right("file2", &["read"]),
    ]);
    let mail = Extent::Limited(BTreeSet::from(["mail".to_owned()]));
    for (name, code, expected) in [
        (
            "tools",
            r#"tool("read"); tool("list")"#,
            Authority::of_tools(tools(&["read", "list"])),
        ),
        (
            "resources",
            r#"right("file1", "read"); right("file1", "write"); right("file2", "read")"#,
            limited(files, Extent::none()),
        ),
        ("scopes", r#"scope("mail")"#, limited(BTreeMap::new(), mail)),
        ("nothing", r#"user("alice")"#, Authority::bottom()),
        (
            "facts of another shape",
            r#"tool("read", "fast"); tool(1); right("file1"); right("file1", 1)"#,
            Authority::bottom(),
        ),
        (
            "what a rule derives",
            r#"user("alice"); tool("read") <- user("alice")"#,
            Authority::bottom(),
        ),
    ] {
        let found = chain(&minted(&[code])).hops()[0].authority.clone();
        assert_eq!(found, Some(expected), "{name}");
    }
    let later = chain(&minted(&[r#"tool("read")"#, r#"tool("write")"#]));
    let granted = Authority::of_tools(tools(&["read"]));
    assert_eq!(later.hops()[1].authority, Some(granted), "a later block");

    let everything = Verifier::new(Settings {
        unstated: Unstated::Everything,
        ..settings()
    });
    let token = verify_with(&everything.unwrap(), &minted(&[r#"user("alice")"#]));
    let found = token.unwrap().chain().hops()[0].authority.clone();
    assert_eq!(found, Some(Authority::top()), "where the operator says so");
}

#[test]
fn every_block_is_a_hop_that_only_narrows() {
    let token = minted(&[
        r#"user("alice"); tool("read"); check if time($t), $t < 2030-01-01T00:00:00Z"#,
        r#"check if tool_call("read"); check if time($t), $t <= 2027-01-01T00:00:00Z"#,
    ]);
    let token = signed_by(&token, PARTNER, "check if true");
    let chain = chain(&token);
    assert_eq!(chain.attenuation(), &Attenuation::Proven);
    let hops: Vec<_> = chain
        .hops()
        .iter()
        .map(|hop| {
            let checks = hop.authority.as_ref().unwrap().checks();
            let parties = (hop.issuer.as_str(), hop.subject.as_str(), hop.vouched);
            assert_eq!(hop.format, HopFormat::Biscuit);
            (parties, checks.len(), hop.lifetime.expires_at)
        })
        .collect();
    let (first, second) = (UnixTime(1_893_456_000), UnixTime(1_798_761_601));
    assert_eq!(
        hops,
        [
            (("acme", "alice", Vouched::ByIssuer), 1, Some(first)),
            (("acme", "block 1", Vouched::ByAnother), 3, Some(second)),
            (("partner", "partner", Vouched::ByIssuer), 4, Some(second)),
        ]
    );
    let last = chain.hops()[2].authority.as_ref().unwrap();
    let check = r#"block 1: check if tool_call("read")"#;
    assert!(last.checks().contains(check), "{:?}", last.checks());
}

#[test]
fn the_root_is_whom_the_authority_block_names() {
    let unnamed = minted(&[r#"tool("read")"#, r#"user("mallory")"#]);
    let id = verify(&unnamed).unwrap().revocation_ids()[0].clone();
    assert_eq!(chain(&unnamed).hops()[0].subject, id.as_str());
    let several = minted(&[r#"user("alice"); user("bob")"#]);
    assert_eq!(verify(&several).err(), Some(VerifyError::SubjectAmbiguous));
}

/// Seconds from the epoch to 2030-01-01T00:00:00Z.
const Y2030: u64 = 1_893_456_000;

#[test]
fn a_lifetime_is_known_where_a_check_can_mean_nothing_else() {
    for (name, block, expected) in [
        (
            "before",
            "check if time($t), $t < 2030-01-01T00:00:00Z",
            Some(Y2030),
        ),
        (
            "until",
            "check if time($t), $t <= 2030-01-01T00:00:00Z",
            Some(Y2030 + 1),
        ),
        (
            "the earliest",
            "check if time($t), $t < 2031-01-01T00:00:00Z; check if time($t), $t < 2030-01-01T00:00:00Z",
            Some(Y2030),
        ),
        (
            "the latest alternative",
            "check if time($t), $t < 2020-01-01T00:00:00Z or time($t), $t < 2030-01-01T00:00:00Z",
            Some(Y2030),
        ),
        (
            "an alternative without end",
            "check if time($t), $t < 2020-01-01T00:00:00Z or user(\"alice\")",
            None,
        ),
        (
            "another condition beside it",
            "check if time($t), $t < 2030-01-01T00:00:00Z, resource($r), $r != \"x\"",
            Some(Y2030),
        ),
        (
            "after",
            "check if time($t), $t > 2030-01-01T00:00:00Z",
            None,
        ),
        (
            "rejected",
            "reject if time($t), $t < 2030-01-01T00:00:00Z",
            None,
        ),
        (
            "another fact",
            "check if born($t), $t < 2030-01-01T00:00:00Z",
            None,
        ),
        (
            "a time of its own",
            "time(2000-01-01T00:00:00Z); check if time($t), $t < 2030-01-01T00:00:00Z",
            None,
        ),
        (
            "a time of others",
            "check if time($t), $t < 2030-01-01T00:00:00Z trusting previous",
            None,
        ),
    ] {
        let chain = chain(&minted(&[r#"user("alice")"#, block]));
        let found = chain.hops()[1].lifetime.expires_at;
        assert_eq!(found, expected.map(UnixTime), "{name}");
    }
}

#[test]
fn names_mean_one_thing() {
    let named = |tool: &str| {
        let names = Names {
            tool: tool.to_owned(),
            ..Names::default()
        };
        Verifier::new(Settings {
            names,
            ..settings()
        })
        .err()
    };
    let name = |name: &str| name.to_owned();
    assert_eq!(named("may_call"), None);
    let reserved = NamesError::Reserved {
        name: name("tool_call"),
    };
    assert_eq!(named("tool_call"), Some(reserved));
    let repeated = NamesError::Repeated {
        name: name("right"),
    };
    assert_eq!(named("right"), Some(repeated));
}
