use jsonwebtoken::Algorithm as Jose;
use serde_json::{Value, json};

use super::*;
use crate::credential::Presented;
use crate::identity::binding;
use crate::identity::binding::workload::{ProofKind, ProofRules};
use crate::identity::caller::{Caller, CredentialFormat};
use crate::identity::certificate::CertificateRules;
use crate::identity::error::{Fault, IdentityError};
use crate::identity::issuer::{ClaimNames, Issuer, IssuerName, KeySource, TokenProfile};
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::compact::{CompactError, Part};
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::keyring::KeyRing;
use crate::identity::mint::{self, Signer, jwks, patched};
use crate::identity::replay::ReplayError;
use crate::identity::standing::Lifecycle;
use crate::identity::verified::Verified;
use crate::ports::{Host, Isolated};
use crate::request::Headers;

const NOW: u64 = 1_800_000_000;
const TXN: &str = "a.txn.token";

fn server() -> Signer {
    Signer::p256("anchor", 1)
}

/// The workload's own key; the identity server signs with another algorithm.
fn holder() -> Signer {
    Signer::ed25519("own", 2)
}

fn issuers() -> [Issuer; 1] {
    [Issuer {
        name: IssuerName("prod".into()),
        identifier: "prod.example".to_owned(),
        profile: TokenProfile::Wit(ProofRules {
            kind: ProofKind::Wpt02,
            max_lifetime: Seconds(300),
            clock_skew: Seconds(10),
        }),
        audiences: vec!["https://api.example".to_owned()],
        algorithms: vec![Algorithm::Es256],
        keys: KeySource::Inline(jwks(&[&server().jwk])),
        clock_skew: Seconds(10),
        max_lifetime: Seconds(3600),
        claims: ClaimNames::default(),
        sender_constrained: false,
        lifecycle: Lifecycle::default(),
    }]
}

fn wit(header: &Value, claims: &Value) -> String {
    let header = patched(
        json!({"alg": "ES256", "kid": "anchor", "typ": "wit+jwt"}),
        header,
    );
    let own = json!({
        "sub": "wimse://prod.example/agent", "exp": NOW + 600, "cnf": {"jwk": holder().jwk},
    });
    let claims = patched(own, claims).to_string();
    server().token(Jose::ES256, &header.to_string(), &claims)
}

fn verify(token: &str) -> Result<Verified<Caller>, IdentityError> {
    let issuers = issuers();
    crate::identity::verify(
        &Presented::workload(token, ""),
        &issuers,
        &mut KeyRing::new(&issuers).unwrap(),
        &CrateVerifier,
        UnixTime(NOW),
        None,
    )
}

fn proof_claims(identity: &str) -> Value {
    let hash = |text: &str| Digest::of(text.as_bytes()).to_base64url();
    json!({
        "aud": "https://api.example/mcp", "exp": NOW + 60, "jti": "1",
        "wth": hash(identity), "tth": hash(TXN), "oth": {"x-context": hash("abc")},
    })
}

fn proof(identity: &str, claims: &Value) -> String {
    let claims = patched(proof_claims(identity), claims).to_string();
    holder().token(Jose::EdDSA, r#"{"alg":"Ed25519","typ":"wpt+jwt"}"#, &claims)
}

/// What is said of one or several proofs that come one after the other.
fn judge(identity: &str, proofs: &[&str]) -> Vec<Result<(), WptError>> {
    let caller = verify(identity).unwrap();
    let head = Head::parse(Headers::from_pairs([
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "api.example"),
        (":path", "/mcp?q=1"),
        ("txn-token", TXN),
        ("X-Context", " abc "),
        ("x-several", "a"),
        ("x-several", "a"),
    ]));
    let (head, dpop) = (head.unwrap(), mint::dpop());
    let judge = |proof: &&str| {
        let presentation = Presentation {
            certificates: &CertificateRules::default(),
            presented: &Presented::workload(identity, proof),
            head: &head,
            host: Host {
                verifier: &CrateVerifier,
                store: &Isolated,
                connection: &Isolated,
            },
            now: UnixTime(NOW),
            origin: None,
            audience: None,
            body_is_known: true,
            binding_required: true,
            dpop: &dpop,
        };
        match binding::prove(&caller, &presentation) {
            Ok(proven) => {
                assert_eq!(proven.possession.name(), "wpt");
                Ok(())
            }
            Err(IdentityError::Wpt(error)) => Err(*error),
            Err(other) => panic!("{other:?}"),
        }
    };
    proofs.iter().map(judge).collect()
}

fn outcome(proof: &str) -> Result<(), WptError> {
    judge(&wit(&json!({}), &json!({})), &[proof]).remove(0)
}

#[test]
fn an_identity_token_names_a_workload_and_its_key() {
    let caller = verify(&wit(&json!({}), &json!({"iss": "https://idp.example"}))).unwrap();
    let workload = caller.workload.as_ref().unwrap();
    assert_eq!(caller.format, CredentialFormat::Wit);
    assert_eq!(workload.as_str(), "wimse://prod.example/agent");
    assert_eq!(caller.audience, [""; 0]);
    let Some(binding::Confirmation::Workload(key)) = &caller.confirmation else {
        panic!("{:?}", caller.confirmation);
    };
    assert_eq!(key.key.algorithm(), Algorithm::Ed25519);
}

#[test]
fn an_identity_token_has_one_public_key_that_says_what_it_signs_with() {
    let invalid = IdentityError::ClaimInvalid {
        claim: Excerpt::of("cnf"),
        expected: "a `jwk` alone, a public key with its `alg`",
    };
    let jwk = |patch| json!({"cnf": {"jwk": patched(holder().jwk, &patch)}});
    for (name, claims) in [
        ("no algorithm", jwk(json!({"alg": null}))),
        ("another key's algorithm", jwk(json!({"alg": "ES256"}))),
        ("the private half", jwk(json!({"d": "AA"}))),
        ("for encryption", jwk(json!({"use": "enc"}))),
        (
            "a secret",
            json!({"cnf": {"jwk": {"kty": "oct", "k": "AA", "alg": "HS256"}}}),
        ),
        ("a thumbprint", json!({"cnf": {"jkt": "AA"}})),
        (
            "two ways",
            json!({"cnf": {"jwk": holder().jwk, "jkt": "AA"}}),
        ),
        ("no object", json!({"cnf": "AA"})),
    ] {
        let found = verify(&wit(&json!({}), &claims)).map(drop);
        assert_eq!(found, Err(invalid.clone()), "{name}");
    }
    let missing = IdentityError::ClaimMissing {
        claim: Excerpt::of("cnf"),
    };
    let found = verify(&wit(&json!({}), &json!({"cnf": null}))).map(drop);
    assert_eq!(found, Err(missing));
}

#[test]
fn an_audience_that_an_identity_token_has_is_not_passed_over() {
    let found = verify(&wit(&json!({}), &json!({"aud": "https://other.example"}))).map(drop);
    let expected = IdentityError::WrongAudience {
        found: Excerpt::of("https://other.example"),
    };
    assert_eq!(found, Err(expected));
    let found = verify(&wit(&json!({}), &json!({"aud": "https://api.example"}))).map(drop);
    assert_eq!(found, Ok(()));
}

#[test]
fn a_proof_is_for_one_request_and_what_comes_with_it() {
    let identity = wit(&json!({}), &json!({}));
    let hash = |text: &str| Digest::of(text.as_bytes()).to_base64url();
    let claim = |claim, expected| Err(WptError::Claim { claim, expected });
    let target = |found| {
        Err(WptError::OtherTarget {
            found: Excerpt::of(found),
            expected: Excerpt::of("https://api.example/mcp"),
        })
    };
    let other_token = |field| {
        Err(WptError::OtherToken {
            field: Excerpt::of(field),
        })
    };
    let date = "seconds since 1970, up to the year 9999";
    let (at, now) = (|at| UnixTime(NOW).after(Seconds(at)), UnixTime(NOW));
    let expired = Err(WptError::Expired {
        at: UnixTime(NOW - 10),
        now,
    });
    let long = Err(WptError::LifetimeTooLong {
        at: at(311),
        now,
        limit: Seconds(300),
    });
    let fields = "an object of field names and SHA-256 digests in base64url";
    let not_http = Err(WptError::NoTarget {
        why: super::super::target::TargetError::NotHttp,
    });
    for (name, claims, expected) in [
        ("right", json!({}), Ok(())),
        (
            "the query and the default port aside",
            json!({"aud": "HTTPS://api.example:443/mcp?x#y"}),
            Ok(()),
        ),
        (
            "another path",
            json!({"aud": "https://api.example/"}),
            target("https://api.example/"),
        ),
        (
            "another host",
            json!({"aud": "https://api.example.evil/mcp"}),
            target("https://api.example.evil/mcp"),
        ),
        (
            "another scheme",
            json!({"aud": "http://api.example/mcp"}),
            target("http://api.example/mcp"),
        ),
        ("no URI", json!({"aud": "api"}), not_http),
        (
            "several audiences",
            json!({"aud": ["https://api.example/mcp"]}),
            claim("aud", TEXT),
        ),
        (
            "the last second of the skew",
            json!({"exp": NOW - 9}),
            Ok(()),
        ),
        ("expired", json!({"exp": NOW - 10}), expired),
        ("as long as may be", json!({"exp": NOW + 310}), Ok(())),
        ("too long", json!({"exp": NOW + 311}), long),
        ("no expiry", json!({"exp": null}), claim("exp", date)),
        ("no id", json!({"jti": null}), claim("jti", TEXT)),
        (
            "a long id",
            json!({"jti": "x".repeat(257)}),
            claim("jti", "a string of 1 to 256 bytes"),
        ),
        ("no identity", json!({"wth": null}), claim("wth", HASH)),
        (
            "another identity",
            json!({"wth": hash("x")}),
            Err(WptError::OtherIdentity),
        ),
        (
            "padded",
            json!({"wth": format!("{}=", hash(&identity))}),
            claim("wth", HASH),
        ),
        (
            "no transaction",
            json!({"tth": null}),
            Err(WptError::OtherTransaction),
        ),
        (
            "another transaction",
            json!({"tth": hash("x")}),
            Err(WptError::OtherTransaction),
        ),
        (
            "a transaction that is no hash",
            json!({"tth": 1}),
            claim("tth", HASH),
        ),
        ("no other tokens", json!({"oth": null}), Ok(())),
        (
            "another value",
            json!({"oth": {"x-context": hash("x")}}),
            other_token("x-context"),
        ),
        (
            "a field that isn't there",
            json!({"oth": {"x-none": hash("x")}}),
            other_token("x-none"),
        ),
        (
            "a field twice",
            json!({"oth": {"x-several": hash("a")}}),
            other_token("x-several"),
        ),
        (
            "no hash",
            json!({"oth": {"x-context": 1}}),
            other_token("x-context"),
        ),
        (
            "other tokens that are no object",
            json!({"oth": []}),
            claim("oth", fields),
        ),
        ("what nobody knows", json!({"acme.example/x": 1}), Ok(())),
    ] {
        assert_eq!(outcome(&proof(&identity, &claims)), expected, "{name}");
    }
}

#[test]
fn a_proof_is_made_by_the_key_of_the_identity_token() {
    let identity = wit(&json!({}), &json!({}));
    let claims = proof_claims(&identity).to_string();
    let by = |key: &Signer, algorithm, header: &Value| {
        let header = patched(json!({"alg": "Ed25519", "typ": "wpt+jwt"}), header);
        outcome(&key.token(algorithm, &header.to_string(), &claims))
    };
    let (own, other) = (holder(), Signer::ed25519("own", 3));
    let other_algorithm = |found| {
        Err(WptError::OtherAlgorithm {
            expected: Algorithm::Ed25519,
            found,
        })
    };
    let wrong_type = |typ| {
        Err(WptError::WrongType {
            found: Excerpt::of(typ),
        })
    };
    assert_eq!(by(&own, Jose::EdDSA, &json!({})), Ok(()));
    assert_eq!(
        by(&other, Jose::EdDSA, &json!({})),
        Err(WptError::BadSignature)
    );
    assert_eq!(
        by(&other, Jose::EdDSA, &json!({"jwk": other.jwk})),
        Err(WptError::BadSignature),
        "a key in the header is nobody's"
    );
    assert_eq!(
        by(&own, Jose::EdDSA, &json!({"alg": "EdDSA"})),
        other_algorithm(Algorithm::EdDsa),
        "the same algorithm by another name"
    );
    assert_eq!(
        by(&server(), Jose::ES256, &json!({"alg": "ES256"})),
        other_algorithm(Algorithm::Es256)
    );
    for typ in ["JWT", "wit+jwt", "dpop+jwt", "at+jwt"] {
        assert_eq!(by(&own, Jose::EdDSA, &json!({"typ": typ})), wrong_type(typ));
    }
    assert_eq!(
        by(&own, Jose::EdDSA, &json!({"typ": null})),
        wrong_type("none")
    );
    let none = IdentityError::UnsupportedAlgorithm {
        found: Excerpt::of("none"),
    };
    assert_eq!(
        by(&own, Jose::EdDSA, &json!({"alg": "none"})),
        Err(WptError::Unreadable(Box::new(none)))
    );
}

#[test]
fn what_is_no_token_is_no_proof() {
    let no_object = IdentityError::ClaimsMalformed {
        why: Fault::NotObject,
    };
    let list = holder().token(Jose::EdDSA, r#"{"alg":"Ed25519","typ":"wpt+jwt"}"#, "[]");
    for (name, proof, expected) in [
        (
            "nothing",
            "",
            WptError::Malformed(CompactError::Parts { count: 1 }),
        ),
        (
            "no signature",
            "e30.e30.",
            WptError::Malformed(CompactError::EmptyPart {
                part: Part::Signature,
            }),
        ),
        ("a list", &list, WptError::Unreadable(Box::new(no_object))),
    ] {
        assert_eq!(outcome(proof), Err(expected), "{name}");
    }
}

#[test]
fn a_proof_counts_once() {
    let identity = wit(&json!({}), &json!({}));
    let (first, second) = (
        proof(&identity, &json!({})),
        proof(&identity, &json!({"jti": "2"})),
    );
    let wrong = proof(
        &identity,
        &json!({"jti": "3", "aud": "https://api.example/"}),
    );
    let mended = proof(&identity, &json!({"jti": "3"}));
    let found = judge(&identity, &[&first, &second, &first, &wrong, &mended]);
    let found: Vec<_> = found.into_iter().map(|outcome| outcome.err()).collect();
    let replayed = WptError::Replay(ReplayError::Replayed);
    let other_target = WptError::OtherTarget {
        found: Excerpt::of("https://api.example/"),
        expected: Excerpt::of("https://api.example/mcp"),
    };
    assert_eq!(
        found,
        [None, None, Some(replayed), Some(other_target), None],
        "a proof that is refused for something else is not used up"
    );
}
