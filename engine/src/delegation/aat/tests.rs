//! Chains that are minted by hand, each with one thing wrong.

mod anchors;
mod calls;
mod chains;
mod descent;
mod hostile;

use std::cell::Cell;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Anchor, Limits, Refusal, Rules, Step, VerifiedChain, verify_chain};
use crate::digest::Digest;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::jwk::{Jwk, KeyUse};
use crate::identity::jose::key::PublicKey;
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::mint::{Signer, patched};
use crate::json;
use crate::ports::{SignatureError, SignatureVerifier};
use crate::time::UnixTime;

pub(super) const NOW: UnixTime = UnixTime(1000);
const ISSUER: &str = "https://as.example";
const OWN: &str = "https://tools.example";

/// The root issuer's key is 0, that of the first token's holder 1, and so on.
pub(super) fn signer(number: usize) -> Signer {
    Signer::ed25519("k", u8::try_from(number + 1).unwrap())
}

/// The members of a key that its thumbprint is made of.
fn public(jwk: &Value) -> Value {
    patched(jwk.clone(), &json!({"kid": null, "use": null, "alg": null}))
}

pub(super) fn anchor(issuer: &str, jwk: &Value, allowed: &[Algorithm]) -> Anchor {
    let text = jwk.to_string();
    let value = json::parse(text.as_bytes(), &json::Limits::default()).unwrap();
    Anchor {
        issuer: issuer.to_owned(),
        jwk: Jwk::parse(&value, allowed, KeyUse::Signature).unwrap(),
    }
}

pub(super) fn rules() -> Rules {
    let algorithms = vec![Algorithm::Ed25519];
    Rules {
        anchors: vec![anchor(ISSUER, &signer(0).jwk, &algorithms)],
        algorithms,
        audiences: vec![OWN.to_owned(), "urn:other".to_owned()],
        chain_audience_required: false,
        proof_audience_required: false,
        limits: Limits::default(),
    }
}

/// A token before it is signed.
pub(super) struct Draft {
    header: Value,
    claims: Value,
    /// The claims' text, where it is to be another one than that of `claims`.
    text: Option<String>,
    signer: Signer,
    algorithm: jsonwebtoken::Algorithm,
}

impl Draft {
    /// Sets the members of a claims' patch, and removes those that are null in it.
    fn patch(&mut self, patch: &Value) {
        self.claims = patched(self.claims.clone(), patch);
    }

    fn header(&mut self, patch: &Value) {
        self.header = patched(self.header.clone(), patch);
    }

    /// Replaces a part of the claims' text, which has to be there.
    fn replace(&mut self, from: &str, to: &str) {
        let text = self.claims.to_string();
        assert!(text.contains(from), "{text} has no {from}");
        self.text = Some(text.replacen(from, to, 1));
    }

    /// Sets what the token allows.
    fn tools(&mut self, tools: &Value) {
        let entry = json!({"type": "attenuating_agent_token", "tools": tools});
        self.patch(&json!({"authorization_details": [entry]}));
    }

    fn sign(&self) -> String {
        let claims = self.text.clone().unwrap_or_else(|| self.claims.to_string());
        let header = self.header.to_string();
        self.signer.token(self.algorithm, &header, &claims)
    }
}

pub(super) fn tools() -> Value {
    json!({
        "read": {
            "path": {"constraint_type": "one_of", "values": ["a", "b"]},
            "limit": {"constraint_type": "range", "max": 100, "optional": true},
        },
        "list": {},
    })
}

/// A chain of so many tokens, each good but for what `edit` does to the token at a place.
pub(super) fn mint(count: usize, edit: impl Fn(usize, &mut Draft)) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for place in 0..count {
        let (issuer, holder) = (signer(place), signer(place + 1));
        let thumbprint = anchor("", &issuer.jwk, &[Algorithm::Ed25519])
            .jwk
            .key
            .thumbprint();
        let mut draft = Draft {
            header: json!({"alg": "Ed25519", "typ": "aat+jwt"}),
            claims: json!({
                "jti": format!("t{place}"),
                "iss": ISSUER,
                "iat": 900 + place,
                "exp": 2000 - place,
                "del_depth": place,
                "del_max_depth": 8,
                "cnf": {"jwk": public(&holder.jwk)},
            }),
            text: None,
            signer: issuer,
            algorithm: jsonwebtoken::Algorithm::EdDSA,
        };
        draft.tools(&tools());
        if let Some(parent) = tokens.last() {
            let uri = format!(
                "urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}",
                thumbprint.to_base64url()
            );
            draft.patch(&json!({"iss": uri, "par_hash": signing_digest(parent)}));
        }
        edit(place, &mut draft);
        tokens.push(draft.sign());
    }
    tokens
}

/// A hash of what a token's signature is over.
fn signing_digest(token: &str) -> String {
    let (signed, _) = token.rsplit_once('.').unwrap();
    Digest::of(signed.as_bytes()).to_base64url()
}

pub(super) fn verify(tokens: &[String], rules: &Rules) -> Result<VerifiedChain, Refusal> {
    let chain: Vec<&str> = tokens.iter().map(String::as_str).collect();
    verify_chain(&chain, rules, &CrateVerifier, NOW)
}

/// Counts signatures.
struct Counting(Cell<usize>);

impl SignatureVerifier for Counting {
    fn verify(
        &self,
        key: &PublicKey,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        self.0.set(self.0.get() + 1);
        CrateVerifier.verify(key, algorithm, message, signature)
    }
}

/// How many signatures are verified before the outcome is known.
fn signatures(tokens: &[String], rules: &Rules) -> usize {
    let verifier = Counting(Cell::new(0));
    let chain: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let _ = verify_chain(&chain, rules, &verifier, NOW);
    verifier.0.get()
}

fn step(outcome: Result<VerifiedChain, Refusal>) -> Option<Step> {
    outcome.err().map(|refusal| refusal.step)
}

/// Rows elsewhere that are refused at these steps, which no chain or call by itself can be: 4f and 5 follow from others.
const IMPLIED: [Step; 2] = [Step::BeyondDepth, Step::ChainLength];

#[test]
fn every_step_refuses_something() {
    let reached: BTreeSet<Step> = (chains::rows().into_iter().filter_map(|row| row.expected))
        .chain(calls::rows().into_iter().filter_map(|row| row.expected))
        .chain(hostile::STEPS)
        .chain(IMPLIED)
        .collect();
    let missing: Vec<_> = Step::ALL
        .iter()
        .filter(|step| !reached.contains(step))
        .collect();
    assert!(missing.is_empty(), "no row is refused at {missing:?}");
}

#[test]
fn steps_have_stable_names() {
    for step in Step::ALL {
        assert!(
            step.slug()
                .bytes()
                .all(|c| c.is_ascii_lowercase() || c == b'_'),
            "{step:?}"
        );
        assert!(step.meaning().ends_with('.'), "{step:?}");
        assert!(!step.label().is_empty(), "{step:?}");
    }
}
