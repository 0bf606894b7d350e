use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::credential::Scheme;
use crate::decision::Reason;
use crate::decision::answer::Challenge;
use crate::decision::challenge::Offer;
use crate::identity::authentication::Requirement;

const EXPLAIN: Style<'_> = Style {
    shape: Shape::Http,
    detail: Detail::Explain,
    offer: Offer {
        workloads: false,
        realm: "orders",
        bearer: true,
        dpop: None,
        scopes: &[],
        resource_metadata: None,
    },
    used: None,
    nonce: None,
};

const fn mcp(rpc_id: Option<&str>, denial_status: DenialStatus) -> Style<'_> {
    Style {
        shape: Shape::Mcp {
            rpc_id,
            batch_ids: &[],
            denial_status,
        },
        ..EXPLAIN
    }
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    let mut values = response.headers.iter().filter(|(n, _)| *n == name);
    let value = values.next().map(|(_, value)| value.as_str());
    assert_eq!(values.next(), None, "`{name}` stands there twice");
    value
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

#[test]
fn a_judgement_is_explained_as_a_problem_document() {
    let denial = Denial::from(Reason::PolicyForbidden)
        .with_detail("forbidden by policy (`no-wires`)")
        .with_policies(vec!["no-wires".to_owned()])
        .with_remedy("pay less than 1000");
    let response = refuse(&denial, &EXPLAIN, "w1-7");
    assert_eq!(response.status, 403);
    assert_eq!(
        response.headers,
        [
            ("content-type", "application/problem+json".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ]
    );
    assert_eq!(
        body(&response),
        json!({
            "type": "urn:bailiwick:reason:policy_forbidden",
            "title": "A policy forbids this",
            "status": 403,
            "reason": "policy_forbidden",
            "detail": "forbidden by policy (`no-wires`)",
            "policies": ["no-wires"],
            "remedy": {"kind": "other_call", "text": "pay less than 1000"},
            "evidence": "w1-7",
        })
    );
}

#[test]
fn an_mcp_denial_is_a_json_rpc_error_with_the_same_facts() {
    let denial = Denial::from(Reason::PolicyForbidden).with_detail("forbidden");
    let response = refuse(&denial, &mcp(Some("7"), DenialStatus::Forbidden), "w1-7");
    assert_eq!(response.status, 403);
    assert_eq!(header(&response, "content-type"), Some("application/json"));
    assert_eq!(
        body(&response),
        json!({
            "jsonrpc": "2.0",
            "id": 7,
            "error": {
                "code": -31403,
                "message": "A policy forbids this: forbidden (ask for something else)",
                "data": {
                    "type": "urn:bailiwick:reason:policy_forbidden",
                    "title": "A policy forbids this",
                    "status": 403,
                    "reason": "policy_forbidden",
                    "detail": "forbidden",
                    "remedy": {"kind": "other_call", "text": "ask for something else"},
                    "evidence": "w1-7",
                },
            },
        })
    );
}

#[test]
fn an_opaque_answer_says_the_class_and_the_record_only() {
    let denial = Denial::from(Reason::PolicyForbidden)
        .with_detail("forbidden")
        .with_policies(vec!["no-wires".to_owned()])
        .with_remedy("pay less");
    let opaque = |style: Style<'static>| Style {
        detail: Detail::Opaque,
        ..style
    };
    let problem = json!({
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "evidence": "w1-7",
    });
    let response = refuse(&denial, &opaque(EXPLAIN), "w1-7");
    assert_eq!(body(&response), problem);
    let response = refuse(
        &denial,
        &opaque(mcp(Some("\"a\""), DenialStatus::Ok)),
        "w1-7",
    );
    assert_eq!(response.status, 200);
    assert_eq!(
        body(&response),
        json!({
            "jsonrpc": "2.0",
            "id": "a",
            "error": {"code": -31403, "message": "Forbidden", "data": problem},
        })
    );
}

#[test]
fn only_judgements_of_requests_with_an_id_become_200() {
    for (name, reason, rpc_id, denial_status, expected) in [
        (
            "a judgement",
            Reason::PolicyForbidden,
            Some("1"),
            DenialStatus::Ok,
            200,
        ),
        (
            "configured as 403",
            Reason::PolicyForbidden,
            Some("1"),
            DenialStatus::Forbidden,
            403,
        ),
        (
            "a notification",
            Reason::PolicyForbidden,
            None,
            DenialStatus::Ok,
            403,
        ),
        (
            "no credential",
            Reason::CredentialMissing,
            Some("1"),
            DenialStatus::Ok,
            401,
        ),
        (
            "a bad token",
            Reason::TokenExpired,
            Some("1"),
            DenialStatus::Ok,
            401,
        ),
        (
            "an unknown method",
            Reason::RpcMethodUnknown,
            Some("1"),
            DenialStatus::Ok,
            404,
        ),
        (
            "an origin",
            Reason::OriginNotAllowed,
            Some("1"),
            DenialStatus::Ok,
            403,
        ),
        (
            "too large",
            Reason::BodyTooLarge,
            Some("1"),
            DenialStatus::Ok,
            413,
        ),
        (
            "no keys",
            Reason::KeysUnavailable,
            Some("1"),
            DenialStatus::Ok,
            503,
        ),
    ] {
        let denial = Denial::from(reason);
        let response = refuse(&denial, &mcp(rpc_id, denial_status), "w1-7");
        assert_eq!(response.status, expected, "{name}");
    }
}

#[test]
fn metadata_of_a2a_has_texts_alone() {
    let details = json!([{"type": "booking", "actions": ["book"]}]);
    let denial = Denial::from(Reason::AuthorizationInsufficient)
        .with_policies(vec!["one".to_owned(), "two".to_owned()])
        .with_authorization(details.clone());
    let shape = Shape::A2aRest {
        version: A2aVersion::V1_0,
    };
    let response = refuse(&denial, &Style { shape, ..EXPLAIN }, "w1-7");
    let body = body(&response);
    let metadata = body.pointer("/error/details/0/metadata").unwrap();
    let text = metadata["remedy"].as_str().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(text).unwrap(),
        json!({
            "kind": "authorization_details",
            "text": Reason::AuthorizationInsufficient.facts().remedy,
            "authorization_details": details,
        })
    );
    assert_eq!(metadata["policies"], json!("one two"));
}

#[test]
fn an_outage_says_when_to_try_again_and_a_method_which_is_allowed() {
    let denial = Denial::from(Reason::KeysUnavailable);
    let response = refuse(&denial, &EXPLAIN, "w1-7");
    assert_eq!(header(&response, "retry-after"), Some("5"));
    let denial = Denial::from(Reason::MethodNotAllowed).with_allow("POST");
    let response = refuse(&denial, &EXPLAIN, "w1-7");
    assert_eq!(header(&response, "allow"), Some("POST"));
    assert_eq!(header(&response, "retry-after"), None);
}

#[test]
fn what_the_protocol_requires_is_sent_in_opaque_answers_too() {
    let denial = Denial::from(Reason::McpRevisionUnsupported)
        .with_protocol_fact("requested", json!("1900-01-01"));
    let style = Style {
        detail: Detail::Opaque,
        ..mcp(Some("1"), DenialStatus::Forbidden)
    };
    let error = body(&refuse(&denial, &style, "w1-7"));
    assert_eq!(error["error"]["code"], json!(-32022));
    assert_eq!(error["error"]["data"]["requested"], json!("1900-01-01"));
}

#[test]
fn what_is_no_id_is_not_answered_with() {
    for (name, text, expected) in [
        ("a number", "12", Some(json!(12))),
        ("a string", r#""a\"b""#, Some(json!("a\"b"))),
        ("null", "null", None),
        ("an object", "{}", None),
        ("two values", "1,2", None),
        ("an injected member", r#"1,"result":{}"#, None),
        ("nothing", "", None),
    ] {
        let denial = Denial::from(Reason::PolicyForbidden);
        let response = refuse(&denial, &mcp(Some(text), DenialStatus::Forbidden), "w1-7");
        assert_eq!(body(&response).get("id"), expected.as_ref(), "{name}");
    }
}

/// Every parameter that a challenge may have, and what is left behind the last.
const PARAMETERS: [&str; 9] = [
    "realm",
    "error",
    "error_description",
    "acr_values",
    "max_age",
    "scope",
    "algs",
    "resource_metadata",
    "",
];

fn any_reason() -> impl Strategy<Value = Reason> {
    (0..Reason::ALL.len()).prop_map(|place| Reason::ALL[place])
}

proptest! {
    #[test]
    fn no_text_breaks_a_header_or_the_body(
        reason in any_reason(),
        text in any::<String>(),
        rpc_id in proptest::option::of(any::<String>()),
        is_mcp in any::<bool>(),
        opaque in any::<bool>(),
        bearer in any::<bool>(),
        dpop in any::<bool>(),
        workloads in any::<bool>(),
    ) {
        let denial = Denial::from(reason)
            .with_detail(&text)
            .with_remedy(&text)
            .with_policies(vec![text.clone()])
            .with_scopes(vec![text.clone()])
            .with_step_up(Requirement { acr_values: vec![text.clone()], max_age: None })
            .with_allow(&text);
        let style = Style {
            shape: if is_mcp {
                Shape::Mcp { rpc_id: rpc_id.as_deref(), batch_ids: &[], denial_status: DenialStatus::Ok }
            } else {
                Shape::Http
            },
            detail: if opaque { Detail::Opaque } else { Detail::Explain },
            offer: Offer {
                workloads,
                realm: &text,
                bearer,
                dpop: dpop.then_some(&text),
                scopes: std::slice::from_ref(&text),
                resource_metadata: Some(&text),
            },
            used: Some(Scheme::Dpop),
            nonce: Some(&text),
        };
        let response = refuse(&denial, &style, &text);
        for (name, value) in &response.headers {
            prop_assert!(value.chars().all(|c| matches!(c, ' '..='~')), "{name}: {value}");
        }
        let challenges: Vec<_> =
            response.headers.iter().filter(|(name, _)| *name == "www-authenticate").collect();
        let asked = reason.answer().challenge();
        let workloads = workloads || asked == Challenge::WorkloadProof;
        let schemes = [bearer, dpop, workloads].map(usize::from).iter().sum();
        prop_assert_eq!(challenges.len(), if asked == Challenge::None { 0 } else { schemes });
        for (_, challenge) in challenges {
            // Every quote opens or closes a parameter, and no parameter is anything but ours.
            if challenge == "WPT" {
                continue;
            }
            let (_, parameters) = challenge.split_once(' ').unwrap();
            let parts: Vec<_> = parameters.split('"').collect();
            prop_assert_eq!(parts.len() % 2, 1, "{}", challenge);
            for name in parts.iter().step_by(2).map(|part| part.trim_matches([',', ' ', '='])) {
                prop_assert!(PARAMETERS.contains(&name), "{}", challenge);
            }
            prop_assert!(!challenge.contains('\\'));
        }
        let document = body(&response);
        let data = if is_mcp { &document["error"]["data"] } else { &document };
        prop_assert_eq!(data["evidence"].as_str(), Some(text.as_str()));
        prop_assert_eq!(data.get("detail").is_some(), !opaque);
    }
}
