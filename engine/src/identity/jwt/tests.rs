use jsonwebtoken::Algorithm as Jose;
use serde_json::{Value, json};

use super::verify;
use crate::credential::Presented;
use crate::excerpt::Excerpt;
use crate::identity::binding::{self, Presentation};
use crate::identity::caller::{Caller, CredentialFormat, VerifiedWith};
use crate::identity::certificate::CertificateRules;
use crate::identity::error::{Fault, IdentityError};
use crate::identity::issuer::{ClaimNames, Issuer, IssuerName, KeySource, TokenProfile};
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::compact::{CompactError, Part};
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::keyring::KeyRing;
use crate::identity::mint::{self, Signer, encode, jwks, patched};
use crate::identity::standing::Lifecycle;
use crate::identity::verified::Verified;
use crate::json::JsonError;
use crate::ports::{Host, Isolated};
use crate::time::{Seconds, UnixTime};

mod forged;
mod kinds;
mod transactions;
mod workloads;

const NOW: u64 = 1_800_000_000;

fn name(text: &str) -> IssuerName {
    IssuerName(text.into())
}

fn issuer(short: &str, profile: TokenProfile, keys: &[&Value]) -> Issuer {
    Issuer {
        name: name(short),
        identifier: format!("https://{short}.example"),
        profile,
        audiences: vec!["https://api.example".to_owned()],
        algorithms: vec![Algorithm::Es256, Algorithm::Ed25519],
        keys: KeySource::Inline(jwks(keys)),
        clock_skew: Seconds(30),
        max_lifetime: Seconds(3600),
        claims: ClaimNames::default(),
        lifecycle: Lifecycle::default(),
        sender_constrained: false,
    }
}

/// `acme` follows RFC 9068 and has two keys, `plain` doesn't and has one.
fn issuers() -> Vec<Issuer> {
    vec![
        issuer(
            "acme",
            TokenProfile::Rfc9068,
            &[&acme().jwk, &Signer::ed25519("ed", 2).jwk],
        ),
        issuer("plain", TokenProfile::PlainJwt, &[&plain().jwk]),
    ]
}

fn acme() -> Signer {
    Signer::p256("es", 1)
}

fn plain() -> Signer {
    Signer::p256("plain", 3)
}

fn header() -> Value {
    json!({"alg": "ES256", "kid": "es", "typ": "at+jwt"})
}

fn claims() -> Value {
    json!({
        "iss": "https://acme.example",
        "sub": "alice",
        "aud": "https://api.example",
        "client_id": "travel-agent",
        "jti": "t-1",
        "iat": NOW - 10,
        "exp": NOW + 300,
        "scope": "read write",
    })
}

fn plain_token(patch_header: &Value, patch_claims: &Value) -> String {
    let header = patched(json!({"alg": "ES256", "kid": "plain"}), patch_header);
    let claims = patched(claims(), &json!({"iss": "https://plain.example"}));
    let claims = patched(claims, patch_claims);
    plain().token(Jose::ES256, &header.to_string(), &claims.to_string())
}

fn judge(
    token: &str,
    issuers: &[Issuer],
    audience: Option<&str>,
) -> Result<Verified<Caller>, IdentityError> {
    let mut keys = KeyRing::new(issuers).unwrap();
    let presented = Presented::new(token);
    verify(
        &presented,
        issuers,
        &mut keys,
        &CrateVerifier,
        UnixTime(NOW),
        audience,
    )
}

/// The token by itself, and then as sent without any proof.
fn outcome(token: &str) -> Result<(), IdentityError> {
    let presentation = Presentation {
        certificates: &CertificateRules::default(),
        presented: &Presented::new(token),
        head: &mint::head(),
        host: Host {
            verifier: &CrateVerifier,
            store: &Isolated,
            connection: &Isolated,
        },
        now: UnixTime(NOW),
        origin: None,
        audience: None,
        body_is_known: true,
        binding_required: false,
        dpop: &mint::dpop(),
    };
    judge(token, &issuers(), None)
        .and_then(|caller| binding::prove(&caller, &presentation))
        .map(drop)
}

fn missing(claim: &str) -> Result<(), IdentityError> {
    Err(IdentityError::ClaimMissing {
        claim: Excerpt::of(claim),
    })
}

fn invalid(claim: &str, expected: &'static str) -> Result<(), IdentityError> {
    Err(IdentityError::ClaimInvalid {
        claim: Excerpt::of(claim),
        expected,
    })
}

const TEXT: &str = "a string that isn't empty";
const DATE: &str = "seconds since 1970, up to the year 9999";
const AUDIENCE: &str = "a string, or an array of 1 to 64 different strings";
const SCOPES: &str = "scopes: a string, or an array of strings without spaces";

#[test]
fn the_caller_is_what_the_claims_say() {
    let claims = patched(
        claims(),
        &json!({
            "aud": ["https://other.example", "https://api.example"],
            "scope": "read write  read",
            "groups": ["staff", "staff", "ops"],
            "txn": "job-7",
            "act": {"sub": "travel-agent"},
        }),
    );
    let token = acme().token(Jose::ES256, &header().to_string(), &claims.to_string());
    let caller = judge(&token, &issuers(), None).unwrap();
    assert_eq!(caller.domain, name("acme"));
    assert_eq!(caller.issuer, "https://acme.example");
    assert_eq!(caller.format, CredentialFormat::AccessToken);
    assert_eq!(caller.subject, "alice");
    assert_eq!(caller.agent.as_deref(), Some("travel-agent"));
    assert_eq!(caller.user.as_deref(), Some("alice"));
    assert_eq!(caller.client.as_deref(), Some("travel-agent"));
    assert_eq!(caller.task.as_deref(), Some("job-7"));
    assert_eq!(caller.scopes, ["read", "write"]);
    assert_eq!(caller.groups, ["staff", "ops"]);
    assert_eq!(
        caller.audience,
        ["https://other.example", "https://api.example"]
    );
    assert_eq!(caller.issued_at, Some(UnixTime(NOW - 10)));
    assert_eq!(caller.expires_at, UnixTime(NOW + 300));
    assert_eq!(caller.token_id.as_deref(), Some("t-1"));
    assert_eq!(
        caller.verified_with,
        VerifiedWith::Key {
            algorithm: Algorithm::Es256,
            kid: Some("es".to_owned())
        }
    );
    assert_eq!(caller.digest, Presented::new(&token).digest());
    let actor = caller.act.as_ref().unwrap().as_object().unwrap();
    assert_eq!(actor.get("sub").unwrap().as_str(), Some("travel-agent"));
}

#[test]
fn an_agent_that_acts_for_itself_has_no_user() {
    let token = plain_token(&json!({}), &json!({"sub": "travel-agent"}));
    let caller = judge(&token, &issuers(), None).unwrap();
    assert_eq!(caller.format, CredentialFormat::Jwt);
    assert_eq!(
        (caller.agent.as_deref(), caller.user.as_deref()),
        (Some("travel-agent"), None)
    );

    let token = plain_token(&json!({}), &json!({"client_id": null}));
    let caller = judge(&token, &issuers(), None).unwrap();
    let agent_and_user = (caller.agent.as_deref(), caller.user.as_deref());
    assert_eq!(
        agent_and_user,
        (None, None),
        "without a client the agent is the subject"
    );
}

#[test]
fn claims_of_the_rfc_9068_profile() {
    let rows: &[(&str, Value, Result<(), IdentityError>)] = &[
        ("all there", json!({}), Ok(())),
        ("no sub", json!({"sub": null}), missing("sub")),
        ("no aud", json!({"aud": null}), missing("aud")),
        ("no exp", json!({"exp": null}), missing("exp")),
        ("no iat", json!({"iat": null}), missing("iat")),
        ("no jti", json!({"jti": null}), missing("jti")),
        (
            "no client_id",
            json!({"client_id": null}),
            missing("client_id"),
        ),
        ("no iss", json!({"iss": null}), missing("iss")),
        (
            "iss is a list",
            json!({"iss": ["https://acme.example"]}),
            invalid("iss", TEXT),
        ),
        ("empty sub", json!({"sub": ""}), invalid("sub", TEXT)),
        ("sub is a number", json!({"sub": 1}), invalid("sub", TEXT)),
        ("jti is a number", json!({"jti": 1}), invalid("jti", TEXT)),
        (
            "client_id is a list",
            json!({"client_id": ["a"]}),
            invalid("client_id", TEXT),
        ),
        (
            "a strange issuer",
            json!({"iss": "https://acme.example/"}),
            Err(IdentityError::UnknownIssuer {
                found: Excerpt::of("https://acme.example/"),
            }),
        ),
        (
            "bound to a key",
            json!({"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}),
            Err(IdentityError::BoundTokenUnbound),
        ),
        (
            "bound to something unknown",
            json!({"cnf": {}}),
            Err(IdentityError::BindingUnknown),
        ),
        ("scopes as a list", json!({"scope": ["a", "b"]}), Ok(())),
        ("no scopes", json!({"scope": ""}), Ok(())),
        (
            "a scope with a space",
            json!({"scope": ["a b"]}),
            invalid("scope", SCOPES),
        ),
        (
            "a scope with a quote",
            json!({"scope": "a\"b"}),
            invalid("scope", SCOPES),
        ),
        (
            "a scope that is a number",
            json!({"scope": 1}),
            invalid("scope", SCOPES),
        ),
        (
            "an empty scope",
            json!({"scope": [""]}),
            invalid("scope", SCOPES),
        ),
        (
            "a group that is a number",
            json!({"groups": ["a", 1]}),
            invalid(
                "groups",
                "a string, or an array of strings that aren't empty",
            ),
        ),
        (
            "a task that is no text",
            json!({"txn": {}}),
            invalid("txn", TEXT),
        ),
    ];
    for (name, patch, expected) in rows {
        let claims = patched(claims(), patch).to_string();
        let token = acme().token(Jose::ES256, &header().to_string(), &claims);
        assert_eq!(outcome(&token), *expected, "{name}");
    }
}

#[test]
fn claims_of_the_plain_profile() {
    for (name, patch, expected) in [
        (
            "the least",
            json!({"iat": null, "jti": null, "client_id": null, "scope": null}),
            Ok(()),
        ),
        ("no sub", json!({"sub": null}), missing("sub")),
        ("no aud", json!({"aud": null}), missing("aud")),
        ("no exp", json!({"exp": null}), missing("exp")),
        ("jti is a number", json!({"jti": 1}), invalid("jti", TEXT)),
    ] {
        assert_eq!(
            outcome(&plain_token(&json!({}), &patch)),
            expected,
            "{name}"
        );
    }
}

#[test]
fn audiences_are_compared_exactly() {
    let wrong = |found| {
        Err(IdentityError::WrongAudience {
            found: Excerpt::of(found),
        })
    };
    let many: Vec<String> = (0..65).map(|n| format!("https://{n}.example")).collect();
    let enough: Vec<String> = (0..63).map(|n| format!("https://{n}.example")).collect();
    let enough = [&enough[..], &["https://api.example".to_owned()]].concat();
    for (name, audience, route, expected) in [
        ("one", json!("https://api.example"), None, Ok(())),
        (
            "one of several",
            json!(["x", "https://api.example"]),
            None,
            Ok(()),
        ),
        ("the most", json!(enough), None, Ok(())),
        (
            "another",
            json!("https://api.example.evil"),
            None,
            wrong("https://api.example.evil"),
        ),
        (
            "a slash more",
            json!("https://api.example/"),
            None,
            wrong("https://api.example/"),
        ),
        (
            "another case",
            json!("https://API.example"),
            None,
            wrong("https://API.example"),
        ),
        ("several others", json!(["x", "y"]), None, wrong("x")),
        (
            "the route's own",
            json!("https://route.example"),
            Some("https://route.example"),
            Ok(()),
        ),
        (
            "the issuer's doesn't count then",
            json!("https://api.example"),
            Some("https://route.example"),
            wrong("https://api.example"),
        ),
        ("none", json!([]), None, invalid("aud", AUDIENCE)),
        ("empty", json!(""), None, invalid("aud", AUDIENCE)),
        ("a number", json!(1), None, invalid("aud", AUDIENCE)),
        (
            "a number beside",
            json!(["https://api.example", 1]),
            None,
            invalid("aud", AUDIENCE),
        ),
        (
            "an object",
            json!({"https://api.example": 1}),
            None,
            invalid("aud", AUDIENCE),
        ),
        (
            "the same twice",
            json!(["https://api.example", "https://api.example"]),
            None,
            invalid("aud", AUDIENCE),
        ),
        ("too many", json!(many), None, invalid("aud", AUDIENCE)),
    ] {
        let token = plain_token(&json!({}), &json!({"aud": audience}));
        let found = judge(&token, &issuers(), route).map(drop);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn times_have_sharp_ends() {
    let now = UnixTime(NOW);
    let expired = |at| {
        Err(IdentityError::Expired {
            at: UnixTime(at),
            now,
        })
    };
    let early = |at| {
        Err(IdentityError::NotYetValid {
            at: UnixTime(at),
            now,
        })
    };
    let future = |at| {
        Err(IdentityError::IssuedInFuture {
            at: UnixTime(at),
            now,
        })
    };
    let long = |lifetime| {
        Err(IdentityError::LifetimeTooLong {
            issuer: name("plain"),
            lifetime: Seconds(lifetime),
            limit: Seconds(3600),
        })
    };
    for (name, patch, expected) in [
        (
            "the last second of exp and skew",
            json!({"exp": NOW - 29}),
            Ok(()),
        ),
        (
            "exp and skew over",
            json!({"exp": NOW - 30}),
            expired(NOW - 30),
        ),
        ("long expired", json!({"exp": 0}), expired(0)),
        ("nbf ahead by the skew", json!({"nbf": NOW + 30}), Ok(())),
        (
            "nbf ahead by more",
            json!({"nbf": NOW + 31}),
            early(NOW + 31),
        ),
        ("iat ahead by the skew", json!({"iat": NOW + 30}), Ok(())),
        (
            "iat ahead by more",
            json!({"iat": NOW + 31}),
            future(NOW + 31),
        ),
        ("the longest lifetime", json!({"iat": NOW - 3300}), Ok(())),
        ("a longer one", json!({"iat": NOW - 3301}), long(3601)),
        (
            "the longest without iat",
            json!({"iat": null, "exp": NOW + 3600}),
            Ok(()),
        ),
        (
            "a longer one without iat",
            json!({"iat": null, "exp": NOW + 3601}),
            long(3601),
        ),
        (
            "iat after exp",
            json!({"iat": NOW + 20, "exp": NOW + 10}),
            Ok(()),
        ),
        (
            "the year 9999",
            json!({"iat": null, "exp": 253_402_300_799_u64}),
            long(253_402_300_799 - NOW),
        ),
        (
            "later than that",
            json!({"exp": 253_402_300_800_u64}),
            invalid("exp", DATE),
        ),
        ("text", json!({"exp": "1800000300"}), invalid("exp", DATE)),
        ("true", json!({"nbf": true}), invalid("nbf", DATE)),
        ("negative", json!({"iat": -1}), invalid("iat", DATE)),
    ] {
        assert_eq!(
            outcome(&plain_token(&json!({}), &patch)),
            expected,
            "{name}"
        );
    }
}

/// As text, since `serde_json` would write the numbers in its own way.
#[test]
fn numbers_are_read_as_written() {
    for (name, exp, expected) in [
        ("a fraction is cut off", "1800000300.9", Ok(())),
        ("a fraction of zero", "1800000300.0", Ok(())),
        (
            "a fraction doesn't prolong",
            "1799999970.9",
            Err(IdentityError::Expired {
                at: UnixTime(NOW - 30),
                now: UnixTime(NOW),
            }),
        ),
        ("an exponent", "18000003e2", invalid("exp", DATE)),
        (
            "a fraction with an exponent",
            "1.8000003e9",
            invalid("exp", DATE),
        ),
        ("a huge exponent", "1e999999999", invalid("exp", DATE)),
        (
            "beyond 64 bits",
            "99999999999999999999",
            invalid("exp", DATE),
        ),
        ("minus zero", "-0", invalid("exp", DATE)),
        (
            "a leading zero",
            "01800000300",
            Err(IdentityError::ClaimsMalformed {
                why: Fault::NotJson(JsonError::InvalidNumber { at: 76 }),
            }),
        ),
    ] {
        let claims = format!(
            r#"{{"iss":"https://plain.example","sub":"a","aud":"https://api.example","exp":{exp}}}"#
        );
        let token = plain().token(Jose::ES256, r#"{"alg":"ES256","kid":"plain"}"#, &claims);
        assert_eq!(outcome(&token), expected, "{name}");
    }
}

#[test]
fn claims_are_found_by_their_configured_names() {
    let mut issuers = issuers();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    issuers[1].claims = ClaimNames {
        agent: names(&["https://plain.example/agent", "azp"]),
        user: names(&["/person/id"]),
        client: names(&["cid"]),
        task: names(&["/mission/a~1b~0c"]),
        session: Vec::new(),
        purpose: Vec::new(),
        tools: Vec::new(),
        scope: names(&["scp"]),
        groups: names(&["/realm_access/roles"]),
        person: names(&["auth_time", "/person/kind=human"]),
    };
    let token = plain_token(
        &json!({}),
        &json!({
            "https://plain.example/agent": "bot",
            "azp": "other",
            "person": {"id": "bob"},
            "mission": {"a/b~c": "m-1"},
            "scp": ["x"],
            "realm_access": {"roles": "admin"},
        }),
    );
    let caller = judge(&token, &issuers, None).unwrap();
    assert_eq!(caller.agent.as_deref(), Some("bot"));
    assert_eq!(caller.user.as_deref(), Some("bob"));
    assert_eq!(caller.client, None);
    assert_eq!(caller.task.as_deref(), Some("m-1"));
    assert_eq!(caller.scopes, ["x"]);
    assert_eq!(caller.groups, ["admin"]);

    let token = plain_token(&json!({}), &json!({"person": {"id": 7}}));
    let found = judge(&token, &issuers, None).map(drop);
    assert_eq!(found, invalid("/person/id", TEXT));
}
