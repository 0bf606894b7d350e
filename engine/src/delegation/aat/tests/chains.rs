//! What depends on the chain alone.

mod bounds;
mod grants;
mod tokens;

use serde_json::{Value, json};

use super::{Draft, ISSUER, OWN, Step, mint, rules, signer, signing_digest, step, verify};
use crate::delegation::aat::Part;
use crate::delegation::attenuation::{Attenuation, Dimension};
use crate::delegation::chain::Chain;
use crate::delegation::hop::{HopFormat, Vouched};
use crate::delegation::work::Work;
use crate::time::UnixTime;

type Edit = Box<dyn Fn(usize, &mut Draft)>;

pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) count: usize,
    pub(super) edit: Edit,
    pub(super) expected: Option<Step>,
}

fn row(
    name: &'static str,
    count: usize,
    at: usize,
    edit: impl Fn(&mut Draft) + 'static,
    expected: impl Into<Option<Step>>,
) -> Row {
    Row {
        name,
        count,
        edit: Box::new(move |place, draft| {
            if place == at {
                edit(draft);
            }
        }),
        expected: expected.into(),
    }
}

/// A row for the root and one for a token after it, with the steps of each.
fn both(
    name: &'static str,
    edit: impl Fn(&mut Draft) + Clone + 'static,
    root: Step,
    child: Step,
) -> [Row; 2] {
    [
        row(name, 2, 0, edit.clone(), root),
        row(name, 3, 1, edit, child),
    ]
}

fn patch(patch: Value) -> impl Fn(&mut Draft) + Clone {
    move |draft| draft.patch(&patch)
}

fn header(patch: Value) -> impl Fn(&mut Draft) + Clone {
    move |draft| draft.header(&patch)
}

fn replace(from: &'static str, to: &'static str) -> impl Fn(&mut Draft) + Clone {
    move |draft| draft.replace(from, to)
}

fn allow(tools: Value) -> impl Fn(&mut Draft) + Clone {
    move |draft| draft.tools(&tools)
}

fn entries(entries: Value) -> impl Fn(&mut Draft) + Clone {
    patch(json!({ "authorization_details": entries }))
}

pub(super) fn rows() -> Vec<Row> {
    [
        tokens::good(),
        tokens::headers(),
        tokens::claims(),
        bounds::times(),
        bounds::depths(),
        grants::capabilities(),
        grants::widenings(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn each_chain_is_refused_at_its_step_or_not_at_all() {
    for row in rows() {
        let found = step(verify(&mint(row.count, row.edit), &rules()));
        assert_eq!(found, row.expected, "{}, of {}", row.name, row.count);
    }
}

#[test]
fn a_token_of_another_chain_has_another_parent() {
    let (one, other) = (
        mint(2, |_, _| {}),
        mint(2, |_, draft| draft.patch(&json!({"jti": "other"}))),
    );
    // Its issuer is the right holder, but it was derived from another token of theirs.
    let spliced = [other[0].clone(), one[1].clone()];
    assert_eq!(step(verify(&spliced, &rules())), Some(Step::ParentMismatch));
    let swapped = [one[1].clone(), one[0].clone()];
    assert_eq!(step(verify(&swapped, &rules())), Some(Step::RootSignature));
    let left_out = mint(3, |_, _| {});
    let left_out = [left_out[0].clone(), left_out[2].clone()];
    assert_eq!(
        step(verify(&left_out, &rules())),
        Some(Step::ChildSignature)
    );
    let twice = [one[0].clone(), one[0].clone()];
    assert_eq!(step(verify(&twice, &rules())), Some(Step::IdRepeated));
}

#[test]
fn an_audience_can_be_required_of_the_chain() {
    let mut rules = rules();
    rules.chain_audience_required = true;
    assert_eq!(
        step(verify(&mint(2, |_, _| {}), &rules)),
        Some(Step::AudienceMissing)
    );
    let named = mint(3, |place, draft| {
        if place == 1 {
            draft.patch(&json!({ "aud": OWN }));
        }
    });
    assert_eq!(step(verify(&named, &rules)), None);
}

#[test]
fn a_verified_chain_says_who_may_do_what() {
    let tokens = mint(3, |place, draft| match place {
        0 => draft.patch(&json!({"aud": [OWN, "x"]})),
        1 => draft.tools(&json!({"list": {}})),
        _ => {
            draft.tools(&json!({}));
            draft.patch(&json!({"aud": ["y", OWN]}));
        }
    });
    let verified = verify(&tokens, &rules()).unwrap();
    let hops = verified.chain().hops();
    let uri = |number: usize| {
        let jwk = super::anchor("", &signer(number).jwk, &rules().algorithms).jwk;
        let thumbprint = jwk.key.thumbprint().to_base64url();
        format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{thumbprint}")
    };
    let parties: Vec<_> = hops
        .iter()
        .map(|hop| (hop.issuer.clone(), hop.subject.clone()))
        .collect();
    assert_eq!(
        parties,
        [
            (ISSUER.to_owned(), uri(1)),
            (uri(1), uri(2)),
            (uri(2), uri(3))
        ]
    );
    let audiences: Vec<Vec<_>> = hops
        .iter()
        .map(|hop| hop.audience.iter().flatten().map(String::as_str).collect())
        .collect();
    assert_eq!(audiences, [vec![OWN, "x"], vec![OWN, "x"], vec![OWN]]);
    for (hop, names) in hops
        .iter()
        .zip([vec!["list", "read"], vec!["list"], vec![]])
    {
        assert_eq!(
            (hop.format, hop.vouched),
            (HopFormat::Aat, Vouched::ByIssuer)
        );
        let tools = hop.authority.as_ref().unwrap().tools().limited().unwrap();
        assert_eq!(tools.keys().collect::<Vec<_>>(), names);
    }
    assert_eq!(hops[1].lifetime.issued_at, Some(UnixTime(901)));
    assert_eq!(hops[1].lifetime.expires_at, Some(UnixTime(1999)));
    assert_eq!(verified.expires_at(), UnixTime(1998));
    assert_eq!(verified.id(), "t2");
    // The same verdict as that of the function for all formats.
    let again = Chain::new(hops.to_vec(), &mut Work::default());
    assert_eq!(*verified.chain().attenuation(), Attenuation::Proven);
    assert_eq!(again.attenuation(), verified.chain().attenuation());
}

#[test]
fn a_refusal_for_widening_is_a_verdict() {
    let widened = |dimension, parent: &str, child: &str| {
        Some(Attenuation::Widened {
            hop: 1,
            dimension,
            parent: parent.to_owned(),
            child: child.to_owned(),
        })
    };
    for (name, claims, expected) in [
        (
            "tools",
            json!({"authorization_details": [{"type": "attenuating_agent_token", "tools": {"write": {}}}]}),
            widened(Dimension::Tools, "list, read", "write"),
        ),
        (
            "arguments",
            json!({"authorization_details": [{"type": "attenuating_agent_token", "tools": {"read": {}}}]}),
            widened(Dimension::Arguments, "limit?, path", "*"),
        ),
        (
            "lifetime",
            json!({"exp": 2001}),
            widened(Dimension::Lifetime, "2000", "2001"),
        ),
        (
            "depth",
            json!({"del_max_depth": 9}),
            widened(Dimension::Depth, "8", "9"),
        ),
        ("none", json!({"par_hash": "x"}), None),
    ] {
        let tokens = mint(2, |place, draft| {
            if place == 1 {
                draft.patch(&claims);
            }
        });
        let refusal = verify(&tokens, &rules()).unwrap_err();
        assert_eq!(refusal.part, Part::Token(1), "{name}");
        assert_eq!(refusal.attenuation(), expected, "{name}");
    }
}

#[test]
fn a_digest_tells_chains_apart() {
    use crate::delegation::aat::chain_digest;

    let digests = [
        chain_digest(&["a.b.c", "d.e.f"]),
        chain_digest(&["a.b.c"]),
        chain_digest(&["a.b.cd.e.f"]),
        chain_digest(&["d.e.f", "a.b.c"]),
    ];
    for (place, digest) in digests.iter().enumerate() {
        assert!(!digests[..place].contains(digest));
    }
    assert_ne!(signing_digest("a.b.c"), signing_digest("a.d.c"));
}
