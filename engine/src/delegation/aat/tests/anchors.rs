//! Whose root tokens count, and by which algorithms.

use serde_json::json;

use super::{
    Draft, ISSUER, Rules, Step, anchor, mint, public, rules, signatures, signer, step, verify,
};
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::mint::Signer;

const EACH: [Algorithm; 3] = [Algorithm::Ed25519, Algorithm::Es256, Algorithm::Ps256];

fn accepting_each(keys: &[(&str, &Signer)]) -> Rules {
    let mut rules = rules();
    rules.algorithms = EACH.to_vec();
    rules.anchors = keys
        .iter()
        .map(|(issuer, signer)| anchor(issuer, &signer.jwk, &EACH))
        .collect();
    rules
}

fn at(place: usize, edit: impl Fn(&mut Draft)) -> impl Fn(usize, &mut Draft) {
    move |found, draft| {
        if found == place {
            edit(draft);
        }
    }
}

#[test]
fn one_of_several_anchors_is_enough_and_its_issuer_counts() {
    const OTHER: &str = "https://other.example";
    let (own, other) = (signer(0), signer(20));
    let issued_by = |issuer: &'static str, kid: &'static str| {
        mint(1, move |_, draft| {
            draft.patch(&json!({ "iss": issuer }));
            draft.header(&json!({ "kid": kid }));
        })
    };
    for (name, anchors, token, expected) in [
        (
            "the second",
            vec![(OTHER, &other), (ISSUER, &own)],
            issued_by(ISSUER, "k"),
            None,
        ),
        (
            "a wrong hint",
            vec![(OTHER, &other), (ISSUER, &own)],
            issued_by(ISSUER, "x"),
            None,
        ),
        (
            "the issuer of the other one",
            vec![(OTHER, &other), (ISSUER, &own)],
            issued_by(OTHER, "k"),
            Some(Step::RootIssuer),
        ),
        (
            "one key of two issuers, the first",
            vec![(OTHER, &own), (ISSUER, &own)],
            issued_by(OTHER, "k"),
            None,
        ),
        (
            "one key of two issuers, the second",
            vec![(OTHER, &own), (ISSUER, &own)],
            issued_by(ISSUER, "k"),
            None,
        ),
        (
            "only another one",
            vec![(ISSUER, &other)],
            issued_by(ISSUER, "k"),
            Some(Step::RootSignature),
        ),
        (
            "none",
            vec![],
            issued_by(ISSUER, "k"),
            Some(Step::RootHeader),
        ),
    ] {
        assert_eq!(
            step(verify(&token, &accepting_each(&anchors))),
            expected,
            "{name}"
        );
    }
}

#[test]
fn the_name_in_the_header_says_which_key_is_tried_first() {
    let others: Vec<_> = (20..24).map(signer).collect();
    let mut rules = rules();
    let mut anchors: Vec<_> = others
        .iter()
        .map(|other| anchor("https://x.example", &public(&other.jwk), &EACH))
        .collect();
    anchors.append(&mut rules.anchors);
    rules.anchors = anchors;
    for (name, kid, expected) in [
        ("its name", json!("k"), 1),
        ("no name", json!(null), 5),
        ("another name", json!("x"), 5),
        ("a name that is a number", json!(1), 5),
    ] {
        let tokens = mint(1, at(0, |draft| draft.header(&json!({ "kid": kid }))));
        assert_eq!(signatures(&tokens, &rules), expected, "{name}");
        assert_eq!(step(verify(&tokens, &rules)), None, "{name}");
    }
}

#[test]
fn other_algorithms_are_accepted_where_they_are_listed() {
    let es256 = || Signer::p256("es", 7);
    let ps256 = || Signer::rsa("ps", "PS256");
    for (name, root) in [("ES256", es256()), ("PS256", ps256())] {
        let rules = accepting_each(&[("https://x.example", &signer(30)), (ISSUER, &root)]);
        let make = move || if name == "ES256" { es256() } else { ps256() };
        let tokens = |alg: &'static str| {
            mint(
                2,
                at(0, move |draft| {
                    draft.signer = make();
                    draft.algorithm = alg.parse().unwrap();
                    draft.header(&json!({ "alg": alg }));
                }),
            )
        };
        assert_eq!(step(verify(&tokens(name), &rules)), None, "{name}");
        if name == "PS256" {
            assert_eq!(
                step(verify(&tokens("RS256"), &rules)),
                Some(Step::RootHeader)
            );
            assert_eq!(
                step(verify(&tokens("PS384"), &rules)),
                Some(Step::RootHeader)
            );
        }
        let mut only_ed25519 = rules;
        only_ed25519.algorithms = vec![Algorithm::Ed25519];
        assert_eq!(
            step(verify(&tokens(name), &only_ed25519)),
            Some(Step::RootHeader),
            "{name}"
        );
    }
}

#[test]
fn a_holder_may_have_another_type_of_key_and_signs_with_that() {
    let rules = accepting_each(&[(ISSUER, &signer(0))]);
    let holder = || Signer::p256("h", 9);
    let thumbprint = anchor("", &holder().jwk, &EACH).jwk.key.thumbprint();
    let uri = format!(
        "urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}",
        thumbprint.to_base64url()
    );
    let chain = |alg: &'static str, signed_with: jsonwebtoken::Algorithm| {
        mint(2, |place, draft| match place {
            0 => draft.patch(&json!({"cnf": {"jwk": public(&holder().jwk)}})),
            _ => {
                draft.patch(&json!({ "iss": uri }));
                draft.header(&json!({ "alg": alg }));
                draft.algorithm = signed_with;
                if signed_with == jsonwebtoken::Algorithm::ES256 {
                    draft.signer = holder();
                }
            }
        })
    };
    use jsonwebtoken::Algorithm::{ES256, EdDSA};
    assert_eq!(step(verify(&chain("ES256", ES256), &rules)), None);
    assert_eq!(
        step(verify(&chain("Ed25519", EdDSA), &rules)),
        Some(Step::ChildHeader)
    );
    assert_eq!(
        step(verify(&chain("ES256", EdDSA), &rules)),
        Some(Step::ChildSignature)
    );
    let mut only_ed25519 = rules;
    only_ed25519.algorithms = vec![Algorithm::Ed25519];
    assert_eq!(
        step(verify(&chain("ES256", ES256), &only_ed25519)),
        Some(Step::RootHolder)
    );
}
