//! Workloads by their names, and CI jobs by their facts.

use jsonwebtoken::Algorithm as Jose;
use serde_json::{Value, json};

use super::{NOW, issuer, judge};
use crate::excerpt::Excerpt;
use crate::identity::caller::{Caller, CredentialFormat};
use crate::identity::ci::{CiFact, CiRules};
use crate::identity::error::IdentityError;
use crate::identity::issuer::{Issuer, TokenProfile};
use crate::identity::mint::{Signer, patched};
use crate::identity::spiffe_id::TrustDomain;
use crate::identity::verified::Verified;

fn bundle() -> Signer {
    Signer::p256("svid", 5)
}

fn of_trust_domain(short: &str, domain: &str, key: &Signer) -> Issuer {
    let jwk = patched(key.jwk.clone(), &json!({"use": "jwt-svid"}));
    Issuer {
        identifier: domain.to_owned(),
        ..issuer(short, TokenProfile::JwtSvid, &[&jwk])
    }
}

/// An OAuth server, two trust domains, and GitHub.
fn trusted() -> Vec<Issuer> {
    vec![
        issuer(
            "acme",
            TokenProfile::PlainJwt,
            &[&Signer::p256("es", 1).jwk],
        ),
        of_trust_domain("prod", "prod.example", &bundle()),
        of_trust_domain("partner", "partner.example", &Signer::p256("svid", 6)),
        issuer(
            "github",
            TokenProfile::Ci(CiRules::github_actions()),
            &[&Signer::p256("gh", 7).jwk],
        ),
    ]
}

fn svid(header: &Value, claims: &Value) -> Result<Verified<Caller>, IdentityError> {
    let header = patched(json!({"alg": "ES256", "kid": "svid"}), header);
    let own = json!({
        "sub": "spiffe://prod.example/agent", "aud": "https://api.example", "exp": NOW + 300,
    });
    let claims = patched(own, claims).to_string();
    let token = bundle().token(Jose::ES256, &header.to_string(), &claims);
    judge(&token, &trusted(), None)
}

#[test]
fn a_workload_is_who_its_spiffe_id_says() {
    let caller = svid(&json!({}), &json!({"client_id": "x", "scope": "read"})).unwrap();
    let workload = caller.workload.as_ref().unwrap();
    assert_eq!(caller.format, CredentialFormat::JwtSvid);
    assert_eq!(&*caller.domain.0, "prod");
    assert_eq!(workload.as_str(), "spiffe://prod.example/agent");
    assert_eq!(workload.trust_domain().as_str(), "prod.example");
    assert_eq!((&caller.agent, &caller.user), (&None, &None));
    assert_eq!(caller.scopes, ["read"]);
}

#[test]
fn the_trust_domain_in_sub_says_whose_keys_count() {
    let unknown = |domain| {
        Err(IdentityError::UnknownTrustDomain {
            found: TrustDomain::parse(domain).unwrap(),
        })
    };
    let missing = |claim| {
        Err(IdentityError::ClaimMissing {
            claim: Excerpt::of(claim),
        })
    };
    let bad_signature = Err(IdentityError::BadSignature {
        issuer: super::name("partner"),
    });
    for (name, claims, expected) in [
        ("its own", json!({}), Ok(())),
        ("any `iss`", json!({"iss": "https://spire.example"}), Ok(())),
        (
            "another that is configured",
            json!({"sub": "spiffe://partner.example/agent"}),
            bad_signature,
        ),
        (
            "one that isn't",
            json!({"sub": "spiffe://prod.example.evil/agent"}),
            unknown("prod.example.evil"),
        ),
        (
            "an issuer that is configured is asked before it",
            json!({"iss": "https://acme.example"}),
            Err(IdentityError::UnknownKey {
                issuer: super::name("acme"),
                kid: Excerpt::of("svid"),
            }),
        ),
        (
            "the trust domain as an issuer",
            json!({"iss": "prod.example", "sub": "agent"}),
            Err(IdentityError::UnknownIssuer {
                found: Excerpt::of("prod.example"),
            }),
        ),
        (
            "neither `iss` nor a SPIFFE ID",
            json!({"sub": "agent"}),
            missing("iss"),
        ),
        ("no audience", json!({"aud": null}), missing("aud")),
        ("no expiry", json!({"exp": null}), missing("exp")),
    ] {
        assert_eq!(svid(&json!({}), &claims).map(drop), expected, "{name}");
    }
}

#[test]
fn no_other_type_is_an_svid() {
    for typ in [json!(null), json!("JWT"), json!("JOSE"), json!("jwt")] {
        let found = svid(&json!({"typ": typ}), &json!({})).map(drop);
        assert_eq!(found, Ok(()), "{typ}");
    }
    for typ in ["at+jwt", "wpt+jwt", "dpop+jwt", ""] {
        let expected = IdentityError::WrongType {
            expected: "none, `JWT` or `JOSE`",
            found: Excerpt::of(typ),
        };
        let found = svid(&json!({"typ": typ}), &json!({})).map(drop);
        assert_eq!(found, Err(expected), "{typ}");
    }
}

fn job(claims: &Value) -> Result<Verified<Caller>, IdentityError> {
    let own = json!({
        "iss": "https://github.example", "sub": "repo:acme/shop:ref:refs/heads/main",
        "aud": "https://api.example", "exp": NOW + 300,
        "repository": "acme/shop", "ref": "refs/heads/main", "run_id": 77, "ref_protected": true,
    });
    let claims = patched(own, claims).to_string();
    let key = Signer::p256("gh", 7);
    let token = key.token(
        Jose::ES256,
        r#"{"alg":"ES256","kid":"gh","typ":"JWT"}"#,
        &claims,
    );
    judge(&token, &trusted(), None)
}

#[test]
fn a_job_is_what_its_token_says() {
    let caller = job(&json!({})).unwrap();
    let facts = caller.ci.as_ref().unwrap();
    assert_eq!(caller.format, CredentialFormat::CiToken);
    assert_eq!(facts.provider, "github_actions");
    for (fact, expected) in [
        (CiFact::Repository, Some("acme/shop")),
        (CiFact::Ref, Some("refs/heads/main")),
        (CiFact::Run, Some("77")),
        (CiFact::RefProtected, Some("true")),
        (CiFact::Environment, None),
    ] {
        assert_eq!(facts.get(fact), expected, "{}", fact.name());
    }
}

#[test]
fn a_job_without_a_repository_is_nobodys() {
    let expected = "text that isn't empty, a number or a truth value";
    let invalid = IdentityError::ClaimInvalid {
        claim: Excerpt::of("repository"),
        expected,
    };
    let missing = IdentityError::ClaimMissing {
        claim: Excerpt::of("repository"),
    };
    for (name, claims, expected) in [
        ("left out", json!({"repository": null}), missing),
        ("empty", json!({"repository": ""}), invalid.clone()),
        ("a list", json!({"repository": ["a"]}), invalid),
    ] {
        assert_eq!(job(&claims).map(drop), Err(expected), "{name}");
    }
}

#[test]
fn every_fact_is_found_by_its_name() {
    for fact in CiFact::ALL {
        assert_eq!(CiFact::named(fact.name()), Some(fact));
    }
    assert_eq!(CiFact::named("repo"), None);
}
