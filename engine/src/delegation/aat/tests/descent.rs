//! Chains that are looked at by somebody who is no enforcement point.

use serde_json::json;

use super::chains::rows;
use super::{ISSUER, Step, mint, rules, verify};
use crate::delegation::aat::{Claimed, Refusal, Rules, thumbprint_uri, verify_descent};
use crate::delegation::attenuation::Attenuation;
use crate::delegation::authority::Authority;
use crate::delegation::chain::Chain;
use crate::identity::jose::verifier::CrateVerifier;

/// What somebody without trust anchors is told.
fn descend(tokens: &[String]) -> Result<Chain, Refusal> {
    let chain: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let rules = Rules {
        anchors: Vec::new(),
        ..rules()
    };
    verify_descent(&chain, &rules, &CrateVerifier, super::NOW)
}

/// What only an enforcement point can tell.
const NOT_JUDGED: [Step; 5] = [
    Step::RootHeader,
    Step::RootSignature,
    Step::RootIssuer,
    Step::Audience,
    Step::AudienceMissing,
];

#[test]
fn all_but_the_issuer_and_the_audience_is_judged_as_ever() {
    for row in rows() {
        let tokens = mint(row.count, &row.edit);
        let (whole, descent) = (verify(&tokens, &rules()), descend(&tokens));
        match (whole, descent) {
            (Ok(whole), Ok(descent)) => {
                assert_eq!(descent.hops(), whole.chain().hops(), "{}", row.name);
                assert_eq!(descent.attenuation(), &Attenuation::Proven, "{}", row.name);
            }
            (Err(refusal), Ok(_)) => {
                assert!(
                    NOT_JUDGED.contains(&refusal.step),
                    "{}: {refusal}",
                    row.name
                );
            }
            (Ok(_), Err(refusal)) => panic!("{}: {refusal}", row.name),
            // A root without any issuer is none, whoever asks.
            (Err(whole), Err(descent)) => assert_eq!(descent, whole, "{}", row.name),
        }
    }
}

#[test]
fn a_token_says_something_of_itself_whatever_it_is_worth() {
    let tokens = mint(2, |place, draft| {
        if place == 1 {
            draft.patch(&json!({"aud": ["a", "b"], "exp": 9999, "par_hash": "x"}));
        }
    });
    let rules = rules();
    let root = Claimed::read(&tokens[0], &rules).unwrap();
    let child = Claimed::read(&tokens[1], &rules).unwrap();
    assert_eq!(root.issuer.as_deref(), Some(ISSUER));
    let holder = thumbprint_uri(&root.holder.unwrap());
    assert_eq!(child.issuer, Some(holder));
    assert_eq!(child.id.as_deref(), Some("t1"));
    assert_eq!(root.audience, None);
    assert_eq!(child.audience, Some(["a".into(), "b".into()].into()));
    assert_eq!(child.lifetime.expires_at.map(|at| at.0), Some(9999));
    assert_eq!((child.depth, child.max_depth), (Some(1), Some(8)));
    assert_eq!(child.authority, root.authority);
}

#[test]
fn what_can_not_be_read_of_a_token_is_left_out() {
    let tokens = mint(1, |_, draft| {
        draft.patch(
            &json!({"cnf": {}, "iat": "x", "del_depth": -1, "iss": 1, "authorization_details": []}),
        );
    });
    let claimed = Claimed::read(&tokens[0], &rules()).unwrap();
    assert!(claimed.holder.is_none());
    assert_eq!(claimed.lifetime.issued_at, None);
    assert_eq!((claimed.depth, claimed.max_depth), (None, Some(8)));
    assert_eq!(claimed.issuer, None);
    assert_eq!(claimed.authority, None::<Authority>);
    assert!(Claimed::read("a.b.c", &rules()).is_none());
}
