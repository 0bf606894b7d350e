//! Transaction tokens, which stand beside a credential and are none.

use jsonwebtoken::Algorithm as Jose;
use serde_json::{Value, json};

use super::{NOW, issuer, missing, name};
use crate::credential::{Place, Presented};
use crate::excerpt::Excerpt;
use crate::identity::caller::{Caller, CredentialFormat};
use crate::identity::error::IdentityError;
use crate::identity::issuer::{Issuer, TokenProfile};
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::keyring::KeyRing;
use crate::identity::mint::{Signer, patched};
use crate::identity::verified::Verified;
use crate::time::UnixTime;

fn signer() -> Signer {
    Signer::p256("es", 8)
}

/// The transaction token service of a trust domain, and an OAuth server with the same key and audience.
fn trusted() -> Vec<Issuer> {
    let service = Issuer {
        audiences: vec!["prod.example".to_owned()],
        ..issuer("tts", TokenProfile::TransactionToken, &[&signer().jwk])
    };
    let server = Issuer {
        audiences: vec!["prod.example".to_owned()],
        ..issuer("plain", TokenProfile::PlainJwt, &[&signer().jwk])
    };
    vec![server, service]
}

fn judge(place: Place, header: &Value, claims: &Value) -> Result<Verified<Caller>, IdentityError> {
    let header = patched(
        json!({"alg": "ES256", "kid": "es", "typ": "txntoken+jwt"}),
        header,
    );
    let own = json!({
        "iss": "https://tts.example", "aud": "prod.example", "sub": "alice", "txn": "t-97",
        "req_wl": "spiffe://prod.example/front", "scope": "orders:read", "iat": NOW - 1, "exp": NOW + 60,
        "tctx": {"client_id": "nobody"}, "rctx": {"sub": "nobody"},
    });
    let claims = patched(own, claims).to_string();
    let token = signer().token(Jose::ES256, &header.to_string(), &claims);
    let issuers = trusted();
    crate::identity::verify(
        &Presented::new(&token).at(place),
        &issuers,
        &mut KeyRing::new(&issuers).unwrap(),
        &CrateVerifier,
        UnixTime(NOW),
        None,
    )
}

#[test]
fn it_says_whose_business_a_call_is() {
    for claims in [json!({}), json!({"iss": null})] {
        let found = judge(Place::Transaction, &json!({}), &claims).unwrap();
        assert_eq!(found.domain, name("tts"));
        assert_eq!(found.format, CredentialFormat::TransactionToken);
        assert_eq!(found.agent.as_deref(), Some("spiffe://prod.example/front"));
        assert_eq!(found.user.as_deref(), Some("alice"));
        assert_eq!(found.task.as_deref(), Some("t-97"));
        assert_eq!(found.scopes, ["orders:read"]);
    }
}

#[test]
fn everything_that_it_has_to_say_is_required() {
    for claim in ["aud", "sub", "txn", "req_wl", "scope", "iat", "exp"] {
        let found = judge(Place::Transaction, &json!({}), &json!({claim: null}));
        assert_eq!(found.map(drop), missing(claim), "{claim}");
    }
}

#[test]
fn it_is_of_its_own_service_and_trust_domain() {
    let unknown = |found| IdentityError::UnknownIssuer {
        found: Excerpt::of(found),
    };
    for (name, claims, expected) in [
        (
            "an OAuth server's",
            json!({"iss": "https://plain.example"}),
            unknown("https://plain.example"),
        ),
        (
            "nobody's",
            json!({"iss": null, "aud": "elsewhere.example"}),
            unknown("elsewhere.example"),
        ),
        (
            "another trust domain's",
            json!({"aud": "elsewhere.example"}),
            IdentityError::WrongAudience {
                found: Excerpt::of("elsewhere.example"),
            },
        ),
    ] {
        let found = judge(Place::Transaction, &json!({}), &claims).map(drop);
        assert_eq!(found, Err(expected), "{name}");
    }
}

#[test]
fn it_is_no_credential_and_no_credential_is_one() {
    let misplaced = IdentityError::Misplaced {
        typ: "txntoken+jwt",
        field: "`Txn-Token`",
    };
    for iss in ["https://tts.example", "https://plain.example"] {
        let found = judge(Place::Credential, &json!({}), &json!({"iss": iss}));
        assert_eq!(found.map(drop), Err(misplaced.clone()), "{iss}");
    }
    let found = judge(Place::Credential, &json!({"typ": "JWT"}), &json!({}));
    let nobody = IdentityError::UnknownIssuer {
        found: Excerpt::of("https://tts.example"),
    };
    assert_eq!(found.map(drop), Err(nobody), "whatever it says it is");
    for typ in ["at+jwt", "JWT", "wpt+jwt", "dpop+jwt", ""] {
        let expected = IdentityError::WrongType {
            expected: "`txntoken+jwt`",
            found: Excerpt::of(typ),
        };
        let found = judge(Place::Transaction, &json!({"typ": typ}), &json!({}));
        assert_eq!(found.map(drop), Err(expected), "{typ}");
    }
}
