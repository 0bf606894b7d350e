use std::collections::BTreeMap;

use jsonwebtoken::Algorithm as Jose;
use serde_json::{Value, json};

use super::*;
use crate::credential::Presented;
use crate::identity::binding::target::{Origin, TargetError};
use crate::identity::binding::{self, Possession};
use crate::identity::error::{Fault, IdentityError};
use crate::identity::jose::jwk::KeyError;
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::mint::{Signer, patched, verified_caller};
use crate::identity::nonce::{Seed, UnknownNonce};
use crate::identity::replay::ReplayError;
use crate::identity::replay::tests::HostStore;
use crate::ports::{Host, Isolated};
use crate::request::{Head, Headers};

mod examples;

const NOW: u64 = 1_800_000_000;
const TOKEN: &str = "a.bound.token";

fn rules(nonce: NonceMode) -> Rules {
    Rules {
        algorithms: vec![Algorithm::Es256, Algorithm::Es384, Algorithm::Ed25519],
        max_age: Seconds(60),
        clock_skew: Seconds(10),
        nonce,
    }
}

fn dpop(nonce: NonceMode, store: &dyn Store) -> Dpop {
    let nonces = Nonces::new(Seconds(300), None, Seed::new([1; 32]));
    Dpop::new(rules(nonce), nonces, Replays::new(1024, store))
}

fn holder() -> Signer {
    Signer::p256("k", 5)
}

/// The members of a public key that its thumbprint is made of.
fn bare(jwk: &Value) -> Value {
    patched(jwk.clone(), &json!({"kid": null, "use": null, "alg": null}))
}

fn thumbprint(jwk: &Value) -> Digest {
    // In the order of their names, as RFC 7638 wants them.
    let members: BTreeMap<String, Value> = serde_json::from_value(bare(jwk)).unwrap();
    Digest::of(json!(members).to_string().as_bytes())
}

fn header() -> Value {
    json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": bare(&holder().jwk)})
}

fn claims() -> Value {
    json!({
        "jti": "1", "htm": "POST", "htu": "https://api.example/mcp", "iat": NOW,
        "ath": Digest::of(TOKEN.as_bytes()).to_base64url(),
    })
}

fn proof(header: &Value, claims: &Value) -> String {
    holder().token(Jose::ES256, &header.to_string(), &claims.to_string())
}

/// A request by which a proof is judged.
struct Request<'a> {
    method: &'a str,
    scheme: &'a str,
    authority: &'a str,
    path: &'a str,
    origin: Option<&'a str>,
    now: u64,
}

const REQUEST: Request<'_> = Request {
    method: "POST",
    scheme: "https",
    authority: "api.example",
    path: "/mcp",
    origin: None,
    now: NOW,
};

impl Request<'_> {
    fn judge(
        &self,
        proof: &str,
        bound_to: &Value,
        dpop: &Dpop,
        store: &dyn Store,
    ) -> Result<Possession, IdentityError> {
        let presented = Presented::new(TOKEN).with_proof(proof);
        let caller = verified_caller(
            &json!({"sub": "bot", "cnf": {"jkt": thumbprint(bound_to).to_base64url()}}),
        );
        let fields = [
            (":method", self.method),
            (":scheme", self.scheme),
            (":authority", self.authority),
            (":path", self.path),
            ("x-forwarded-host", "forwarded.example"),
            ("x-forwarded-proto", "http"),
        ];
        let origin = self.origin.map(|text| Origin::parse(text).unwrap());
        let presentation = Presentation {
            presented: &presented,
            head: &Head::parse(Headers::from_pairs(fields)).unwrap(),
            host: Host {
                verifier: &CrateVerifier,
                store,
                connection: &Isolated,
            },
            now: UnixTime(self.now),
            origin: origin.as_ref(),
            binding_required: false,
            dpop,
        };
        binding::prove(&caller, &presentation).map(|possession| Possession::clone(&possession))
    }
}

/// What a fresh gate says of a proof by the token's holder.
fn outcome(request: &Request<'_>, proof: &str) -> Result<(), DpopError> {
    let dpop = dpop(NonceMode::Off, &Isolated);
    dpop_error(request.judge(proof, &holder().jwk, &dpop, &Isolated))
}

fn dpop_error(outcome: Result<Possession, IdentityError>) -> Result<(), DpopError> {
    match outcome {
        Ok(possession) => {
            assert_eq!(possession.name(), "dpop");
            Ok(())
        }
        Err(IdentityError::Dpop(error)) => Err(*error),
        Err(other) => panic!("{other:?}"),
    }
}

fn invalid(claim: &'static str, expected: &'static str) -> Result<(), DpopError> {
    Err(DpopError::Claim { claim, expected })
}

#[test]
fn a_proof_shows_which_key_is_held() {
    let store = HostStore::default();
    let dpop = dpop(NonceMode::Off, &store);
    let found = REQUEST.judge(&proof(&header(), &claims()), &holder().jwk, &dpop, &store);
    let key = thumbprint(&holder().jwk);
    assert_eq!(found, Ok(Possession::Dpop { key }));
}

#[test]
fn every_algorithm_that_is_allowed_proves_and_no_other() {
    let unsupported = |alg: &str| {
        Err(DpopError::UnsupportedAlgorithm {
            found: Excerpt::of(alg),
        })
    };
    let not_allowed = |algorithm| Err(DpopError::AlgorithmNotAllowed { algorithm });
    let key_error = |error| Err(DpopError::Key(error));
    for (name, signer, jose, alg, expected) in [
        ("ES256", holder(), Jose::ES256, "ES256", Ok(())),
        ("ES384", Signer::p384("k", 5), Jose::ES384, "ES384", Ok(())),
        (
            "Ed25519",
            Signer::ed25519("k", 5),
            Jose::EdDSA,
            "Ed25519",
            Ok(()),
        ),
        (
            "its old name",
            Signer::ed25519("k", 5),
            Jose::EdDSA,
            "EdDSA",
            not_allowed(Algorithm::EdDsa),
        ),
        (
            "RSA",
            Signer::rsa("k", "RS256"),
            Jose::RS256,
            "RS256",
            not_allowed(Algorithm::Rs256),
        ),
        ("none", holder(), Jose::ES256, "none", unsupported("none")),
        ("None", holder(), Jose::ES256, "None", unsupported("None")),
        ("HMAC", holder(), Jose::ES256, "HS256", unsupported("HS256")),
        (
            "lower case",
            holder(),
            Jose::ES256,
            "es256",
            unsupported("es256"),
        ),
        (
            "for another curve",
            holder(),
            Jose::ES256,
            "ES384",
            key_error(KeyError::NotAllowed),
        ),
    ] {
        let header = json!({"typ": "dpop+jwt", "alg": alg, "jwk": bare(&signer.jwk)});
        let proof = signer.token(jose, &header.to_string(), &claims().to_string());
        let dpop = dpop(NonceMode::Off, &Isolated);
        let found = REQUEST.judge(&proof, &signer.jwk, &dpop, &Isolated);
        assert_eq!(dpop_error(found), expected, "{name}");
    }
}

#[test]
fn the_header_says_that_it_is_a_proof_and_whose() {
    let typ = |found: &str| {
        Err(DpopError::WrongType {
            found: Excerpt::of(found),
        })
    };
    let key = |error| Err(DpopError::Key(error));
    let private = |member| key(KeyError::Private { member });
    let mallory = bare(&Signer::p256("m", 6).jwk);
    let unreadable = |error| Err(DpopError::Unreadable(Box::new(error)));
    for (name, patch, expected) in [
        ("as it should be", json!({}), Ok(())),
        (
            "with the prefix",
            json!({"typ": "application/dpop+jwt"}),
            Ok(()),
        ),
        ("a kid beside", json!({"kid": "x"}), Ok(())),
        ("of no type", json!({"typ": null}), typ("none")),
        ("an access token", json!({"typ": "at+jwt"}), typ("at+jwt")),
        ("a JWT", json!({"typ": "JWT"}), typ("JWT")),
        (
            "another kind of proof",
            json!({"typ": "wpt+jwt"}),
            typ("wpt+jwt"),
        ),
        ("no key", json!({"jwk": null}), Err(DpopError::KeyMissing)),
        (
            "a key of somebody else",
            json!({"jwk": mallory}),
            Err(DpopError::OtherKey),
        ),
        (
            "a key that is text",
            json!({"jwk": "k"}),
            key(KeyError::NotObject),
        ),
        (
            "a private key",
            json!({"jwk": patched(bare(&holder().jwk), &json!({"d": "AA"}))}),
            private("d"),
        ),
        (
            "a symmetric key",
            json!({"jwk": {"kty": "oct", "k": "AA"}}),
            key(KeyError::Symmetric),
        ),
        (
            "a key for another algorithm",
            json!({"jwk": patched(bare(&holder().jwk), &json!({"alg": "ES384"}))}),
            key(KeyError::WrongAlgorithm {
                alg: Algorithm::Es384,
            }),
        ),
        (
            "a key of another curve",
            json!({"jwk": bare(&Signer::p384("k", 5).jwk)}),
            key(KeyError::NotAllowed),
        ),
        (
            "a curve that nobody has",
            json!({"jwk": patched(bare(&holder().jwk), &json!({"crv": "P-257"}))}),
            key(KeyError::UnsupportedCurve {
                crv: Excerpt::of("P-257"),
            }),
        ),
        (
            "a point off the curve",
            json!({"jwk": patched(bare(&holder().jwk), &json!({"y": bare(&holder().jwk)["x"]}))}),
            key(KeyError::NotOnCurve),
        ),
        (
            "for encryption",
            json!({"jwk": patched(bare(&holder().jwk), &json!({"use": "enc"}))}),
            key(KeyError::OtherUse { member: "use" }),
        ),
        (
            "an extension",
            json!({"crit": ["b64"], "b64": false}),
            unreadable(IdentityError::CriticalExtension),
        ),
    ] {
        let found = outcome(&REQUEST, &proof(&patched(header(), &patch), &claims()));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn the_claims_are_those_of_a_proof() {
    let digest = |text: &str| Digest::of(text.as_bytes()).to_base64url();
    let long = "j".repeat(257);
    for (name, patch, expected) in [
        (
            "more than needed",
            json!({"nonce": "whatever", "x": 1}),
            Ok(()),
        ),
        ("no jti", json!({"jti": null}), invalid("jti", TEXT)),
        ("an empty jti", json!({"jti": ""}), invalid("jti", TEXT)),
        ("a number", json!({"jti": 1}), invalid("jti", TEXT)),
        (
            "a long jti",
            json!({"jti": long}),
            invalid("jti", "a string of 1 to 256 bytes"),
        ),
        ("no htm", json!({"htm": null}), invalid("htm", TEXT)),
        (
            "another method",
            json!({"htm": "GET"}),
            Err(DpopError::OtherMethod {
                found: Excerpt::of("GET"),
            }),
        ),
        (
            "in lower case",
            json!({"htm": "post"}),
            Err(DpopError::OtherMethod {
                found: Excerpt::of("post"),
            }),
        ),
        ("no htu", json!({"htu": null}), invalid("htu", TEXT)),
        (
            "a list",
            json!({"htu": ["https://api.example/mcp"]}),
            invalid("htu", TEXT),
        ),
        ("no ath", json!({"ath": null}), invalid("ath", TEXT)),
        (
            "ath in hexadecimal",
            json!({"ath": "00"}),
            invalid("ath", "a SHA-256 digest in base64url"),
        ),
        (
            "for another token",
            json!({"ath": digest("b.bound.token")}),
            Err(DpopError::OtherToken),
        ),
        (
            "no iat",
            json!({"iat": null}),
            invalid("iat", "seconds since 1970, up to the year 9999"),
        ),
        (
            "iat as text",
            json!({"iat": NOW.to_string()}),
            invalid("iat", "seconds since 1970, up to the year 9999"),
        ),
        ("at the limit of age", json!({"iat": NOW - 60}), Ok(())),
        (
            "older",
            json!({"iat": NOW - 61}),
            Err(DpopError::Stale {
                at: UnixTime(NOW - 61),
                now: UnixTime(NOW),
            }),
        ),
        ("ahead as far as may be", json!({"iat": NOW + 10}), Ok(())),
        (
            "further ahead",
            json!({"iat": NOW + 11}),
            Err(DpopError::FromFuture {
                at: UnixTime(NOW + 11),
                now: UnixTime(NOW),
            }),
        ),
    ] {
        let found = outcome(&REQUEST, &proof(&header(), &patched(claims(), &patch)));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_proof_is_for_one_uri() {
    let other = |found: &str| {
        Err(DpopError::OtherTarget {
            found: Excerpt::of(found),
            expected: Excerpt::of("https://api.example/mcp"),
        })
    };
    let no_target = |why| Err(DpopError::NoTarget { why });
    for (name, htu, expected) in [
        ("exactly", "https://api.example/mcp", Ok(())),
        (
            "with the scheme's port",
            "https://api.example:443/mcp",
            Ok(()),
        ),
        ("in another case", "HTTPS://API.example/mcp", Ok(())),
        (
            "with an escape that isn't needed",
            "https://api.example/%6Dcp",
            Ok(()),
        ),
        (
            "with another scheme",
            "http://api.example/mcp",
            other("http://api.example/mcp"),
        ),
        (
            "at another port",
            "https://api.example:8443/mcp",
            other("https://api.example:8443/mcp"),
        ),
        (
            "at another host",
            "https://evil.example/mcp",
            other("https://evil.example/mcp"),
        ),
        (
            "at the forwarded host",
            "https://forwarded.example/mcp",
            other("https://forwarded.example/mcp"),
        ),
        (
            "with the root's dot",
            "https://api.example./mcp",
            other("https://api.example./mcp"),
        ),
        (
            "at another path",
            "https://api.example/mcp2",
            other("https://api.example/mcp2"),
        ),
        (
            "with a slash more",
            "https://api.example/mcp/",
            other("https://api.example/mcp/"),
        ),
        (
            "with an encoded slash",
            "https://api.example/%2Fmcp",
            other("https://api.example/%2Fmcp"),
        ),
        (
            "in another case of path",
            "https://api.example/MCP",
            other("https://api.example/MCP"),
        ),
        (
            "with a query",
            "https://api.example/mcp?a=b",
            no_target(TargetError::Query),
        ),
        (
            "with a fragment",
            "https://api.example/mcp#a",
            no_target(TargetError::Query),
        ),
        (
            "with a user",
            "https://api.example@evil.example/mcp",
            no_target(TargetError::NotHttp),
        ),
        ("a path alone", "/mcp", no_target(TargetError::NotHttp)),
    ] {
        let found = outcome(
            &REQUEST,
            &proof(&header(), &patched(claims(), &json!({"htu": htu}))),
        );
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn the_request_or_the_configuration_says_what_the_uri_is() {
    let with = |htu: &str| proof(&header(), &patched(claims(), &json!({"htu": htu})));
    let public = "https://api.example/mcp";
    for (name, request, htu, expected) in [
        (
            "a query is left out",
            Request {
                path: "/mcp?a=b",
                ..REQUEST
            },
            public,
            true,
        ),
        (
            "the port that it came to",
            Request {
                authority: "api.example:8443",
                ..REQUEST
            },
            "https://api.example:8443/mcp",
            true,
        ),
        (
            "behind another proxy",
            Request {
                scheme: "http",
                authority: "10.0.0.1:8080",
                ..REQUEST
            },
            public,
            false,
        ),
        (
            "and so configured",
            Request {
                scheme: "http",
                authority: "10.0.0.1:8080",
                origin: Some("https://api.example"),
                ..REQUEST
            },
            public,
            true,
        ),
        (
            "what is configured counts alone",
            Request {
                origin: Some("https://other.example"),
                ..REQUEST
            },
            public,
            false,
        ),
    ] {
        assert_eq!(outcome(&request, &with(htu)).is_ok(), expected, "{name}");
    }
}

#[test]
fn a_signature_is_over_this_very_proof() {
    let sound = proof(&header(), &claims());
    let (signed, signature) = sound.rsplit_once('.').unwrap();
    let other = proof(&header(), &patched(claims(), &json!({"jti": "2"})));
    let (_, of_other) = other.rsplit_once('.').unwrap();
    let by_mallory =
        Signer::p256("m", 6).token(Jose::ES256, &header().to_string(), &claims().to_string());
    let malformed = |error| Err(DpopError::Malformed(error));
    use crate::identity::jose::compact::{CompactError, Part};
    for (name, proof, expected) in [
        ("its own", sound.clone(), Ok(())),
        (
            "another proof's",
            format!("{signed}.{of_other}"),
            Err(DpopError::BadSignature),
        ),
        (
            "by another key under this one's name",
            by_mallory,
            Err(DpopError::BadSignature),
        ),
        (
            "cut",
            format!("{signed}.{}", &signature[..84]),
            Err(DpopError::BadSignature),
        ),
        (
            "none",
            format!("{signed}."),
            malformed(CompactError::EmptyPart {
                part: Part::Signature,
            }),
        ),
        (
            "two proofs",
            format!("{sound}.{sound}"),
            malformed(CompactError::Parts { count: 6 }),
        ),
        (
            "padded",
            format!("{sound}="),
            malformed(CompactError::Encoding {
                part: Part::Signature,
            }),
        ),
        (
            "nothing",
            String::new(),
            malformed(CompactError::Parts { count: 1 }),
        ),
    ] {
        assert_eq!(outcome(&REQUEST, &proof), expected, "{name}");
    }
    let not_object = holder().token(Jose::ES256, &header().to_string(), "[]");
    let error = IdentityError::ClaimsMalformed {
        why: Fault::NotObject,
    };
    assert_eq!(
        outcome(&REQUEST, &not_object),
        Err(DpopError::Unreadable(Box::new(error)))
    );
}

#[test]
fn a_proof_is_used_once() {
    let store = HostStore::default();
    let workers = [0, 1].map(|_| dpop(NonceMode::Off, &store));
    let with = |patch| proof(&header(), &patched(claims(), &patch));
    let replayed = Err(DpopError::Replay(ReplayError::Replayed));
    let later = Request {
        now: NOW + 60,
        ..REQUEST
    };
    for (name, worker, request, patch, expected) in [
        (
            "refused before it counts",
            0,
            &later,
            json!({"iat": NOW - 1}),
            Err(DpopError::Stale {
                at: UnixTime(NOW - 1),
                now: UnixTime(NOW + 60),
            }),
        ),
        ("the first time", 0, &REQUEST, json!({}), Ok(())),
        ("again", 0, &REQUEST, json!({}), replayed.clone()),
        (
            "with the other worker",
            1,
            &REQUEST,
            json!({}),
            replayed.clone(),
        ),
        (
            "as long as it is accepted",
            1,
            &later,
            json!({}),
            replayed.clone(),
        ),
        (
            "another proof of that name",
            1,
            &REQUEST,
            json!({"iat": NOW - 5}),
            replayed,
        ),
        ("another name", 1, &REQUEST, json!({"jti": "2"}), Ok(())),
    ] {
        let found = request.judge(&with(patch), &holder().jwk, &workers[worker], &store);
        assert_eq!(dpop_error(found), expected, "{name}");
    }
    // Names are each key's own.
    let other = Signer::ed25519("o", 9);
    let header = json!({"typ": "dpop+jwt", "alg": "Ed25519", "jwk": bare(&other.jwk)});
    let proof = other.token(Jose::EdDSA, &header.to_string(), &claims().to_string());
    let found = REQUEST.judge(&proof, &other.jwk, &workers[0], &store);
    assert_eq!(dpop_error(found), Ok(()));
}

#[test]
fn nonces_are_asked_for_as_configured() {
    let unknown = || Err(DpopError::Nonce(UnknownNonce));
    for (name, mode, nonce, expected) in [
        ("off, none", NonceMode::Off, None, Ok(())),
        ("off, any", NonceMode::Off, Some("any"), Ok(())),
        ("offered, none", NonceMode::Offered, None, Ok(())),
        ("offered, ours", NonceMode::Offered, Some("ours"), Ok(())),
        ("offered, any", NonceMode::Offered, Some("any"), unknown()),
        ("offered, old", NonceMode::Offered, Some("old"), unknown()),
        (
            "required, none",
            NonceMode::Required,
            None,
            Err(DpopError::NonceMissing),
        ),
        ("required, ours", NonceMode::Required, Some("ours"), Ok(())),
        ("required, any", NonceMode::Required, Some("any"), unknown()),
        ("required, old", NonceMode::Required, Some("old"), unknown()),
    ] {
        let dpop = dpop(mode, &Isolated);
        let nonce = nonce.map(|nonce| match nonce {
            "ours" => dpop.nonce(&Isolated, UnixTime(NOW)).unwrap(),
            "old" => dpop.nonce(&Isolated, UnixTime(NOW - 600)).unwrap(),
            other => other.to_owned(),
        });
        let proof = proof(&header(), &patched(claims(), &json!({"nonce": nonce})));
        let found = REQUEST.judge(&proof, &holder().jwk, &dpop, &Isolated);
        assert_eq!(dpop_error(found), expected, "{name}");
        let offered = dpop.nonce(&Isolated, UnixTime(NOW)).is_some();
        assert_eq!(offered, mode != NonceMode::Off, "{name}");
    }
}
