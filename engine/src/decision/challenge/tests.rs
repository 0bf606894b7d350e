use super::*;
use crate::decision::Reason;
use crate::identity::authentication::Requirement;
use crate::time::Seconds;

const PLAIN: Offer<'_> = Offer {
    workloads: false,
    realm: "orders",
    bearer: true,
    dpop: None,
    scopes: &[],
    resource_metadata: None,
};

const BOTH: Offer<'_> = Offer {
    workloads: false,
    dpop: Some("ES256 Ed25519"),
    ..PLAIN
};

fn step_up() -> Denial {
    Denial::from(Reason::AuthenticationTooOld).with_step_up(Requirement {
        acr_values: vec!["gold".to_owned(), "silver".to_owned()],
        max_age: Some(Seconds(300)),
    })
}

#[test]
fn a_challenge_says_what_was_wrong_and_what_is_needed() {
    let metadata = Offer {
        resource_metadata: Some("https://a.example/.well-known/oauth-protected-resource"),
        ..PLAIN
    };
    let scopes = ["orders:read".to_owned(), "orders:write".to_owned()];
    let scoped = Offer {
        scopes: &scopes,
        ..PLAIN
    };
    let missing = Denial::from(Reason::CredentialMissing);
    for (name, denial, offer, expected) in [
        (
            "nothing presented has no error code",
            missing.clone(),
            PLAIN,
            vec![r#"Bearer realm="orders""#],
        ),
        (
            "a bad token",
            Denial::from(Reason::TokenExpired),
            PLAIN,
            vec![
                r#"Bearer realm="orders", error="invalid_token", error_description="The access token has expired""#,
            ],
        ),
        (
            "two credentials",
            Denial::from(Reason::CredentialRepeated),
            PLAIN,
            vec![
                r#"Bearer realm="orders", error="invalid_request", error_description="More than one credential was sent""#,
            ],
        ),
        (
            "what the route needs",
            missing.clone(),
            scoped,
            vec![r#"Bearer realm="orders", scope="orders:read orders:write""#],
        ),
        (
            "what the denial needs is told beside it",
            Denial::from(Reason::ScopeInsufficient).with_scopes(vec!["orders:refund".to_owned()]),
            scoped,
            vec![
                r#"Bearer realm="orders", error="insufficient_scope", error_description="The access token lacks a scope that is needed here", scope="orders:read orders:write orders:refund""#,
            ],
        ),
        (
            "a better authentication",
            step_up(),
            PLAIN,
            vec![
                r#"Bearer realm="orders", error="insufficient_user_authentication", error_description="The user has to be authenticated anew", acr_values="gold silver", max_age="300""#,
            ],
        ),
        (
            "resource metadata",
            missing,
            metadata,
            vec![
                r#"Bearer realm="orders", resource_metadata="https://a.example/.well-known/oauth-protected-resource""#,
            ],
        ),
        (
            "a judgement has none",
            Denial::from(Reason::PolicyForbidden),
            BOTH,
            vec![],
        ),
        (
            "an outage has none",
            Denial::from(Reason::KeysUnavailable),
            BOTH,
            vec![],
        ),
    ] {
        let found = values(&denial, &offer, None, Detail::Explain);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn every_accepted_scheme_is_offered_and_the_one_used_is_told_the_error() {
    let dpop_only = Offer {
        bearer: false,
        ..BOTH
    };
    let workloads = Offer {
        workloads: true,
        ..PLAIN
    };
    let expired = r#"error="invalid_token", error_description="The access token has expired""#;
    let bearer = r#"Bearer realm="orders""#.to_owned();
    let dpop = r#"DPoP realm="orders", algs="ES256 Ed25519""#.to_owned();
    let bearer_failed = format!(r#"Bearer realm="orders", {expired}"#);
    let dpop_failed = format!(r#"DPoP realm="orders", {expired}, algs="ES256 Ed25519""#);
    for (name, offer, used, expected) in [
        (
            "bearer used",
            BOTH,
            Some(Scheme::Bearer),
            [bearer_failed.clone(), dpop.clone()].to_vec(),
        ),
        (
            "proof used",
            BOTH,
            Some(Scheme::Dpop),
            [bearer.clone(), dpop_failed.clone()].to_vec(),
        ),
        (
            "a workload's identity used",
            workloads,
            Some(Scheme::Wpt),
            [bearer, "WPT".to_owned()].to_vec(),
        ),
        (
            "neither known",
            BOTH,
            None,
            [bearer_failed.clone(), dpop].to_vec(),
        ),
        (
            "bearer not accepted",
            dpop_only,
            Some(Scheme::Bearer),
            [dpop_failed].to_vec(),
        ),
        (
            "proof not accepted",
            PLAIN,
            Some(Scheme::Dpop),
            [bearer_failed].to_vec(),
        ),
    ] {
        let denial = Denial::from(Reason::TokenExpired);
        assert_eq!(
            values(&denial, &offer, used, Detail::Explain),
            expected,
            "{name}"
        );
    }
}

#[test]
fn an_opaque_challenge_has_the_code_and_what_is_public_only() {
    let scopes = ["orders:read".to_owned()];
    let offer = Offer {
        scopes: &scopes,
        resource_metadata: Some("https://a.example/m"),
        ..BOTH
    };
    assert_eq!(
        values(&step_up(), &offer, None, Detail::Opaque),
        [
            r#"Bearer realm="orders", error="insufficient_user_authentication", resource_metadata="https://a.example/m""#,
            r#"DPoP realm="orders", algs="ES256 Ed25519", resource_metadata="https://a.example/m""#,
        ]
    );
}
