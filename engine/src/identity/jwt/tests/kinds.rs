//! No other kind of token passes as an access token.

use jsonwebtoken::Algorithm as Jose;
use serde_json::{Value, json};

use super::{acme, claims, header, outcome, plain_token};
use crate::excerpt::Excerpt;
use crate::identity::error::IdentityError;
use crate::identity::mint::patched;

/// What the IANA registry has for other tokens, what drafts for agents and workloads add, and some made up.
const OTHER_TYPES: [&str; 22] = [
    "dpop+jwt",
    "application/dpop+jwt",
    "wpt+jwt",
    "statuslist+jwt",
    "logout+jwt",
    "secevent+jwt",
    "oauth-id-jag+jwt",
    "aat+jwt",
    "token-introspection+jwt",
    "oauth-authz-req+jwt",
    "client-authentication+jwt",
    "entity-statement+jwt",
    "kb+jwt",
    "dc+sd-jwt",
    "vc+jwt",
    "passport",
    "JOSE",
    "JOSE+JSON",
    "JWE",
    "at+jwtx",
    "",
    "at+jwt ",
];

#[test]
fn the_whole_matrix_of_types() {
    let wrong = |expected, found: &str| {
        Err(IdentityError::WrongType {
            expected,
            found: Excerpt::of(found),
        })
    };
    let rfc9068 = |typ: Value| {
        let header = patched(header(), &json!({"typ": typ})).to_string();
        outcome(&acme().token(Jose::ES256, &header, &claims().to_string()))
    };
    let plain = |typ: Value| outcome(&plain_token(&json!({"typ": typ}), &json!({})));
    for typ in ["at+jwt", "application/at+jwt", "AT+JWT"] {
        assert_eq!(rfc9068(json!(typ)), Ok(()), "{typ}");
        assert_eq!(plain(json!(typ)), Ok(()), "{typ}");
    }
    for typ in ["JWT", "jwt", "application/jwt"] {
        assert_eq!(rfc9068(json!(typ)), wrong("`at+jwt`", typ), "{typ}");
        assert_eq!(plain(json!(typ)), Ok(()), "{typ}");
    }
    assert_eq!(rfc9068(Value::Null), wrong("`at+jwt`", "none"));
    assert_eq!(plain(Value::Null), Ok(()));
    for typ in OTHER_TYPES {
        let expected = "none, `JWT` or `at+jwt`";
        assert_eq!(rfc9068(json!(typ)), wrong("`at+jwt`", typ), "{typ}");
        assert_eq!(plain(json!(typ)), wrong(expected, typ), "{typ}");
    }
}

#[test]
fn types_that_have_a_place_of_their_own() {
    for (typ, field) in [
        ("wit+jwt", "`Workload-Identity-Token`"),
        ("txntoken+jwt", "`Txn-Token`"),
    ] {
        let misplaced = Err(IdentityError::Misplaced { typ, field });
        for written in [typ.to_owned(), format!("Application/{typ}")] {
            let header = patched(header(), &json!({"typ": written})).to_string();
            let rfc9068 = outcome(&acme().token(Jose::ES256, &header, &claims().to_string()));
            assert_eq!(rfc9068, misplaced, "{written}");
            let plain = outcome(&plain_token(&json!({"typ": written}), &json!({})));
            assert_eq!(plain, misplaced, "{written}");
        }
    }
}

#[test]
fn claims_that_tell_of_another_kind() {
    let id_token = |claim| {
        Err(IdentityError::OtherTokenKind {
            claim,
            kind: "an ID token",
        })
    };
    let other = |claim| {
        Err(IdentityError::OtherTokenKind {
            claim,
            kind: "another kind of token",
        })
    };
    for (name, typ, patch, expected) in [
        (
            "an ID token of a code flow",
            json!("JWT"),
            json!({"at_hash": "x"}),
            id_token("at_hash"),
        ),
        (
            "an ID token of a hybrid flow",
            json!(null),
            json!({"c_hash": "x"}),
            id_token("c_hash"),
        ),
        (
            "an ID token of a financial API",
            json!(null),
            json!({"s_hash": "x"}),
            id_token("s_hash"),
        ),
        (
            "an ID token with a nonce",
            json!("JWT"),
            json!({"nonce": "n"}),
            id_token("nonce"),
        ),
        (
            "a logout token",
            json!("JWT"),
            json!({"events": {}}),
            Err(IdentityError::OtherTokenKind {
                claim: "events",
                kind: "a security event or logout token",
            }),
        ),
        (
            "a credential",
            json!("JWT"),
            json!({"vct": "x"}),
            Err(IdentityError::OtherTokenKind {
                claim: "vct",
                kind: "a verifiable credential",
            }),
        ),
        (
            "Keycloak's ID token",
            json!("JWT"),
            json!({"typ": "ID"}),
            other("typ"),
        ),
        (
            "Keycloak's refresh token",
            json!("JWT"),
            json!({"typ": "Refresh"}),
            other("typ"),
        ),
        (
            "Cognito's ID token",
            json!(null),
            json!({"token_use": "id"}),
            other("token_use"),
        ),
        (
            "no text",
            json!(null),
            json!({"token_use": ["access"]}),
            other("token_use"),
        ),
        (
            "Keycloak's access token",
            json!("JWT"),
            json!({"typ": "Bearer"}),
            Ok(()),
        ),
        (
            "its old one",
            json!("JWT"),
            json!({"typ": "Bearer", "nonce": "n"}),
            Ok(()),
        ),
        (
            "its bound one",
            json!("JWT"),
            json!({"typ": "DPoP", "cnf": {"jkt": "x"}}),
            Err(IdentityError::BindingUnknown),
        ),
        (
            "Cognito's access token",
            json!(null),
            json!({"token_use": "access"}),
            Ok(()),
        ),
        (
            "an ID token that calls itself an access token",
            json!(null),
            json!({"token_use": "access", "at_hash": "x"}),
            id_token("at_hash"),
        ),
        (
            "an explicit access token",
            json!("at+jwt"),
            json!({"nonce": "n"}),
            Ok(()),
        ),
    ] {
        let token = plain_token(&json!({"typ": typ}), &patch);
        assert_eq!(outcome(&token), expected, "{name}");
    }
}
