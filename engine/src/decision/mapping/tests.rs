use std::sync::Arc;

use super::*;
use crate::delegation::attenuation::Dimension;
use crate::delegation::hop::{HopFormat, Vouched};
use crate::operation::{Excerpt, McpRevision};
use crate::policy::denial::PolicyNote;
use crate::policy::remedy::PolicyRemedy;
use crate::time::UnixTime;

#[test]
fn the_errors_own_words_are_the_detail() {
    let error = IdentityError::Expired {
        at: UnixTime(100),
        now: UnixTime(200),
    };
    let denial = Denial::from(&error);
    assert_eq!(denial.reason(), Reason::TokenExpired);
    assert_eq!(denial.detail(), Some(error.to_string().as_str()));
}

#[test]
fn a_wrong_method_names_the_right_ones() {
    let denial = Denial::from(&OperationError::MethodNotAllowed {
        method: Excerpt::of("GET"),
        allow: "POST".to_owned(),
    });
    assert_eq!(denial.reason(), Reason::MethodNotAllowed);
    assert_eq!(denial.allow(), Some("POST"));
}

#[test]
fn an_unsupported_revision_carries_what_mcp_requires() {
    let denial = Denial::from(&OperationError::RevisionNotSupported {
        requested: Excerpt::of("1900-01-01"),
        supported: vec![McpRevision::V2025_11_25, McpRevision::V2026_07_28],
    });
    assert_eq!(
        denial.protocol_facts(),
        [
            ("requested", json!("1900-01-01")),
            ("supported", json!(["2025-11-25", "2026-07-28"])),
        ]
    );
}

#[test]
fn policies_explain_themselves() {
    let note = |id: &str, reason: Option<&str>, remedy: Option<&str>| {
        Arc::new(PolicyNote {
            id: id.to_owned(),
            reason: reason.map(str::to_owned),
            remedy: remedy.map(|text| PolicyRemedy {
                text: text.to_owned(),
                ..PolicyRemedy::default()
            }),
        })
    };
    let denial = Denial::from(&PolicyDenial::Forbidden {
        by: vec![
            note(
                "no-wires",
                Some("wires need a person"),
                Some("ask a person"),
            ),
            note("night", None, None),
        ],
    });
    assert_eq!(denial.reason(), Reason::PolicyForbidden);
    assert_eq!(
        denial.detail(),
        Some("forbidden by policy (`no-wires`, `night`); wires need a person")
    );
    assert_eq!(denial.policies(), ["no-wires", "night"]);
    assert_eq!(denial.remedy(), "ask a person");
    let said: Vec<_> = denial.notes().iter().map(|note| &*note.id).collect();
    assert_eq!(said, ["no-wires"], "the other says nothing");
    let silent = Denial::from(&PolicyDenial::NoPermit { nearest: vec![] });
    assert_eq!(silent.remedy(), Reason::PolicyNotPermitted.facts().remedy);
}

#[test]
fn a_widening_is_refused_and_the_unproven_where_proof_is_required() {
    let widened = Attenuation::Widened {
        hop: 1,
        dimension: Dimension::Tools,
        parent: "read".to_owned(),
        child: "write".to_owned(),
    };
    let unproven = Attenuation::Unproven {
        hop: 1,
        why: Unproven::ActorsOnly,
    };
    let hops = ["alice", "planner"].map(|subject| {
        let issuer = "https://login.acme.example".to_owned();
        Hop::of(
            issuer,
            subject.to_owned(),
            HopFormat::Act,
            Vouched::ByIssuer,
        )
    });
    let unstated = Attenuation::Unproven {
        hop: 1,
        why: Unproven::Unstated,
    };
    let is_unstated = Some((
        Reason::AttenuationUnproven,
        "hop 1, `planner`, doesn't say what it may do, or none before it does",
    ));
    let is_widened = Some((
        Reason::AttenuationWidened,
        "hop 1, `planner`, has wider tools than it was given",
    ));
    let is_unproven = Some((
        Reason::AttenuationUnproven,
        "hop 1, `planner`, is an `act` claim, which says who acts and not what they may do",
    ));
    for (name, verdict, proof_required, expected) in [
        ("proven", &Attenuation::Proven, true, None),
        ("widened", &widened, false, is_widened),
        ("widened, proof required", &widened, true, is_widened),
        ("unproven", &unproven, false, None),
        ("unproven, proof required", &unproven, true, is_unproven),
        ("unstated, proof required", &unstated, true, is_unstated),
    ] {
        let denial = Denial::of_attenuation(verdict, &hops, proof_required);
        let found = denial
            .as_ref()
            .map(|denial| (denial.reason(), denial.detail().unwrap()));
        assert_eq!(found, expected, "{name}");
    }
}
