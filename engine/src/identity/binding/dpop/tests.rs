use std::collections::BTreeMap;

use jsonwebtoken::Algorithm as Jose;
use serde_json::{Value, json};

use super::*;
use crate::credential::Presented;
use crate::identity::binding::target::{Origin, TargetError};
use crate::identity::binding::{self, Possession, Proven};
use crate::identity::certificate::CertificateRules;
use crate::identity::error::{Fault, IdentityError};
use crate::identity::jose::jwk::KeyError;
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::mint::{Signer, patched, verified_caller};
use crate::identity::nonce::{Seed, UnknownNonce};
use crate::identity::replay::ReplayError;
use crate::identity::replay::tests::HostStore;
use crate::ports::{Host, Isolated};
use crate::request::{Head, Headers};

mod header;
mod request;

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
        let proven = self.prove(proof, bound_to, dpop, store);
        proven.map(|proven| Possession::clone(&proven.possession))
    }

    fn prove(
        &self,
        proof: &str,
        bound_to: &Value,
        dpop: &Dpop,
        store: &dyn Store,
    ) -> Result<Proven, IdentityError> {
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
            certificates: &CertificateRules::default(),
            presented: &presented,
            head: &Head::parse(Headers::from_pairs(fields)).unwrap(),
            host: Host {
                verifier: &CrateVerifier,
                store,
                connection: &Isolated,
            },
            now: UnixTime(self.now),
            origin: origin.as_ref(),
            audience: None,
            body_is_known: true,
            binding_required: false,
            dpop,
        };
        binding::prove(&caller, &presentation)
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
fn who_comes_without_the_present_nonce_is_told_it() {
    for (name, mode, made_at, is_told) in [
        ("off", NonceMode::Off, None, false),
        ("none", NonceMode::Offered, None, true),
        ("the present one", NonceMode::Offered, Some(NOW), false),
        ("the one before", NonceMode::Offered, Some(NOW - 300), true),
        (
            "required, the present one",
            NonceMode::Required,
            Some(NOW),
            false,
        ),
        (
            "required, the one before",
            NonceMode::Required,
            Some(NOW - 300),
            true,
        ),
    ] {
        let dpop = dpop(mode, &Isolated);
        let nonce = made_at.map(|at| dpop.nonce(&Isolated, UnixTime(at)));
        let proof = proof(&header(), &patched(claims(), &json!({"nonce": nonce})));
        let proven = REQUEST.prove(&proof, &holder().jwk, &dpop, &Isolated);
        let expected = dpop.nonce(&Isolated, UnixTime(NOW)).filter(|_| is_told);
        assert_eq!(proven.unwrap().next_nonce, expected, "{name}");
    }
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

#[test]
fn a_header_that_is_known_spares_no_check() {
    let store = HostStore::default();
    let dpop = dpop(NonceMode::Off, &store);
    let with = |id: &str, patch| {
        let named = patched(claims(), &json!({"jti": id}));
        proof(&header(), &patched(named, &patch))
    };
    let forged = |proof: String| {
        let (signed, _) = proof.rsplit_once('.').unwrap();
        format!("{signed}.{}", "A".repeat(86))
    };
    let other = Signer::ed25519("o", 9).jwk;
    let mine = holder().jwk;
    let get = Request {
        method: "GET",
        ..REQUEST
    };
    let other_method = || {
        Err(DpopError::OtherMethod {
            found: Excerpt::of("POST"),
        })
    };
    for (name, request, bound_to, proof, expected) in [
        ("the first", &REQUEST, &mine, with("1", json!({})), Ok(())),
        ("the next", &REQUEST, &mine, with("2", json!({})), Ok(())),
        (
            "a forged signature",
            &REQUEST,
            &mine,
            forged(with("3", json!({}))),
            Err(DpopError::BadSignature),
        ),
        (
            "the same proof",
            &REQUEST,
            &mine,
            with("2", json!({})),
            Err(DpopError::Replay(ReplayError::Replayed)),
        ),
        (
            "another request",
            &get,
            &mine,
            with("4", json!({})),
            other_method(),
        ),
        (
            "another holder's token",
            &REQUEST,
            &other,
            with("5", json!({})),
            Err(DpopError::OtherKey),
        ),
        (
            "another token",
            &REQUEST,
            &mine,
            with("6", json!({"ath": Digest::of(b"x").to_base64url()})),
            Err(DpopError::OtherToken),
        ),
    ] {
        let found = request.judge(&proof, bound_to, &dpop, &store);
        assert_eq!(dpop_error(found), expected, "{name}");
    }
    // What differs in a byte is read anew.
    let critical = patched(header(), &json!({"crit": ["x"], "x": 1}));
    let proof = proof(&critical, &patched(claims(), &json!({"jti": "7"})));
    let found = dpop_error(REQUEST.judge(&proof, &mine, &dpop, &store));
    assert_eq!(
        found,
        Err(DpopError::Unreadable(Box::new(
            IdentityError::CriticalExtension
        )))
    );
}
