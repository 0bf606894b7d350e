use serde_json::{Value, json};

use super::*;
use crate::decision::challenge::Offer;
use crate::delegation::attenuation::Attenuation;
use crate::delegation::details;
use crate::identity::authentication::Requirement;
use crate::policy::denial::PolicyDenial;
use crate::policy::remediation::Remediation;
use crate::time::Seconds;

const DOCUMENT: &str = include_str!("../../../../docs/remedies.md");

/// The blocks of the document in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    let parts: Vec<_> = DOCUMENT.split(opening.as_str()).skip(1).collect();
    parts
        .into_iter()
        .map(|part| part.split("```").next().unwrap())
        .collect()
}

/// A policy that says what the document shows.
fn documented_note() -> Arc<PolicyNote> {
    let line = blocks("cedar")[0].lines().nth(1).unwrap();
    let text = line.strip_prefix("@remedy(\"").unwrap();
    let text = text.strip_suffix("\")").unwrap().replace("\\\"", "\"");
    Arc::new(PolicyNote {
        id: "refund-limit".to_owned(),
        reason: None,
        remedy: Some(PolicyRemedy::of(&text).unwrap()),
    })
}

#[test]
fn the_documented_examples_are_what_is_sent() {
    let scopes = ["orders:read".to_owned()];
    let offer = Offer {
        realm: "shop",
        bearer: true,
        dpop: None,
        workloads: false,
        scopes: &scopes,
        resource_metadata: Some("https://shop.example/.well-known/oauth-protected-resource/mcp"),
    };
    let lacks = Remediation {
        authentication: Requirement {
            acr_values: vec!["phr".to_owned()],
            max_age: Some(Seconds(300)),
        },
        scopes: Vec::new(),
    };
    let widened = Attenuation::Widened {
        hop: 1,
        dimension: Dimension::Tools,
        parent: String::new(),
        child: String::new(),
    };
    let denials = [
        Denial::from(Reason::ScopeInsufficient).with_scopes(vec!["orders:refund".to_owned()]),
        Denial::from(&PolicyDenial::Remediable {
            by: Vec::new(),
            lacks,
        }),
        Denial::from(Reason::AuthorizationInsufficient).with_authorization(details::granting(
            "https://shop.example/mcp",
            "refund_order",
        )),
        Denial::of_attenuation(&widened, &[], false).unwrap(),
        Denial::from(&PolicyDenial::Forbidden {
            by: vec![documented_note()],
        }),
        Denial::from(Reason::KeysUnavailable),
    ];
    let shown = blocks("json");
    assert_eq!(shown.len(), denials.len());
    for (shown, denial) in shown.into_iter().zip(denials) {
        let shown: Value = serde_json::from_str(shown).unwrap();
        assert_eq!(json!(Remedy::of(&denial.with_offer(&offer))), shown);
    }
}

#[test]
fn every_kind_is_documented_and_the_kind_of_some_reason() {
    for reason in Reason::ALL {
        let name = RemedyKind::of(*reason).name();
        assert!(DOCUMENT.contains(&format!("\n| `{name}` | ")), "{name}");
    }
    let table = DOCUMENT
        .split("| `kind` | what helps |\n|---|---|\n")
        .nth(1)
        .unwrap();
    for row in table.split("\n\n").next().unwrap().lines() {
        let name = row.split('`').nth(1).unwrap();
        let mut reasons = Reason::ALL.iter();
        assert!(
            reasons.any(|reason| RemedyKind::of(*reason).name() == name),
            "{name}"
        );
    }
}

#[test]
fn methods_are_told_one_by_one_and_policies_are_bounded() {
    let denial = Denial::from(Reason::MethodNotAllowed).with_allow("GET, POST");
    assert_eq!(
        json!(Remedy::of(&denial))["methods"],
        json!(["GET", "POST"])
    );
    let notes = vec![documented_note(); 9];
    let denial = Denial::from(&PolicyDenial::NoPermit { nearest: notes });
    assert_eq!(denial.policies().len(), 9);
    assert_eq!(Remedy::of(&denial).policies.len(), 8);
}
