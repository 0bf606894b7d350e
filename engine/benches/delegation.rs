//! What delegation costs by itself, natively: comparing two authorities, and a chain of Attenuating Agent Tokens, cold and
//! warm. A cold chain has one signature per token, a warm one that of the proof.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that can't make its own tokens has nothing to measure"
)]

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_engine::delegation::aat::{
    Anchor, Call, Limits, Nonce, Rules, VerifiedChain, chain_digest, verify_chain,
};
use bailiwick_engine::delegation::arguments::{Argument, ArgumentMap};
use bailiwick_engine::delegation::authority::Authority;
use bailiwick_engine::delegation::constraint::Constraint;
use bailiwick_engine::delegation::narrower::narrower;
use bailiwick_engine::delegation::work::Work;
use bailiwick_engine::digest::Digest;
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::jwk::{Jwk, KeyUse};
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::json;
use bailiwick_engine::json::canonical::Canonical;
use bailiwick_engine::time::UnixTime;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use divan::{Bencher, black_box};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;

const NOW: UnixTime = UnixTime(1_800_000_000);
const LENGTHS: [u8; 3] = [1, 3, 8];

fn main() {
    divan::main();
}

#[divan::bench]
fn narrower_of_100_tools_with_10_constraints(bencher: Bencher<'_, '_>) {
    let (child, parent) = (authority(5), authority(10));
    bencher.bench(|| narrower(black_box(&child), &parent, &mut Work::default()).expect("narrower"));
}

/// What a chain can't do without: one for each token, and one for the proof.
#[divan::bench]
fn signature_check(bencher: Bencher<'_, '_>) {
    let (rules, tokens) = (rules(), tokens(1));
    let (signed, signature) = tokens
        .first()
        .and_then(|token| token.rsplit_once('.'))
        .expect("a signed token");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let key = &rules.anchors.first().expect("an anchor").jwk.key;
    bencher.bench(|| {
        key.verify(
            &CrateVerifier,
            Algorithm::Ed25519,
            black_box(signed.as_bytes()),
            &signature,
        )
        .expect("a good signature")
    });
}

/// A chain that was not seen before, and a call by it.
#[divan::bench(args = LENGTHS)]
fn aat_call_cold(bencher: Bencher<'_, '_>, length: u8) {
    let (rules, tokens) = (rules(), tokens(length));
    let proof = proof(length, tokens.last().expect("a leaf"));
    bencher.bench(|| judged(&verified(black_box(&tokens), &rules), &proof, &rules));
}

#[divan::bench(args = LENGTHS)]
fn aat_chain_cold(bencher: Bencher<'_, '_>, length: u8) {
    let (rules, tokens) = (rules(), tokens(length));
    bencher.bench(|| verified(black_box(&tokens), &rules));
}

#[divan::bench(args = LENGTHS)]
fn aat_call_warm(bencher: Bencher<'_, '_>, length: u8) {
    let (rules, tokens) = (rules(), tokens(length));
    let kept = BTreeMap::from([(digest(&tokens), verified(&tokens, &rules))]);
    let proof = proof(length, tokens.last().expect("a leaf"));
    bencher.bench(|| {
        let chain = kept.get(&digest(black_box(&tokens))).expect("a kept chain");
        judged(chain, &proof, &rules)
    });
}

/// The call that is allowed, judged: the thumbprint of who made it.
fn judged(chain: &VerifiedChain, proof: &str, rules: &Rules) -> Digest {
    let arguments = black_box(br#"{"path":"/data/1","limit":10}"#);
    let arguments = json::parse(arguments, &json::Limits::default()).expect("JSON");
    let call = Call {
        proof,
        tool: "read",
        arguments: arguments.as_object().expect("an object"),
    };
    let judged = chain.judge(&call, rules, Nonce::Any, &CrateVerifier, NOW);
    judged.expect("a call that is allowed").again().holder()
}

/// A hundred tools with ten arguments each, of which each has so many values to choose from.
fn authority(values: u32) -> Authority {
    let value = |value: u32| Canonical::String(value.to_string().into());
    let choice: BTreeSet<_> = (0..values).map(value).collect();
    let argument = |number: u32| {
        let constraint = Constraint::OneOf(choice.clone());
        let optional = false;
        (
            format!("argument{number}"),
            Argument {
                constraint,
                optional,
            },
        )
    };
    let map = || ArgumentMap::closed((0..10).map(argument).collect());
    let tools = (0..100).map(|number| (format!("tool{number}"), map()));
    Authority::of_tools(tools.collect())
}

fn rules() -> Rules {
    let algorithms = vec![Algorithm::Ed25519];
    let key = jwk(0).to_string();
    let key = json::parse(key.as_bytes(), &json::Limits::default()).expect("JSON");
    Rules {
        anchors: vec![Anchor {
            issuer: "https://issuer.example".to_owned(),
            jwk: Jwk::parse(&key, &algorithms, KeyUse::Signature).expect("a key"),
        }],
        algorithms,
        audiences: vec![],
        chain_audience_required: false,
        proof_audience_required: false,
        limits: Limits::default(),
    }
}

fn verified(tokens: &[String], rules: &Rules) -> VerifiedChain {
    let chain: Vec<&str> = tokens.iter().map(String::as_str).collect();
    verify_chain(&chain, rules, &CrateVerifier, NOW).expect("a good chain")
}

fn digest(tokens: &[String]) -> Digest {
    let chain: Vec<&str> = tokens.iter().map(String::as_str).collect();
    chain_digest(&chain)
}

/// A chain whose tokens each name one file less.
fn tokens(length: u8) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for place in 0..length {
        let files: Vec<_> = (0..20_u8.saturating_sub(place))
            .map(|n| format!("/data/{n}"))
            .collect();
        let mut claims = json!({
            "jti": format!("token{place}"),
            "iss": "https://issuer.example",
            "iat": NOW.0,
            "exp": NOW.0.saturating_add(3600),
            "del_depth": place,
            "del_max_depth": 8,
            "cnf": {"jwk": jwk(place.saturating_add(1))},
            "authorization_details": [{"type": "attenuating_agent_token", "tools": {"read": {
                "path": {"constraint_type": "one_of", "values": files},
                "limit": {"constraint_type": "range", "min": 0, "max": 100, "optional": true},
            }}}],
        });
        if let (Some(parent), Some(members)) = (tokens.last(), claims.as_object_mut()) {
            members.insert("iss".to_owned(), json!(thumbprint_uri(place)));
            members.insert("par_hash".to_owned(), json!(signed_digest(parent)));
        }
        tokens.push(sign(place, "aat+jwt", &claims));
    }
    tokens
}

fn proof(holder: u8, leaf: &str) -> String {
    let claims = json!({
        "jti": "proof",
        "iat": NOW.0,
        "aat_id": format!("token{}", holder.saturating_sub(1)),
        "aat_hash": signed_digest(leaf),
        "aat_tool": "read",
        "hta": {"path": "/data/1", "limit": 10},
    });
    sign(holder, "aat-pop+jwt", &claims)
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number.saturating_add(1); 32])
}

fn jwk(number: u8) -> serde_json::Value {
    let x = URL_SAFE_NO_PAD.encode(key(number).verifying_key().as_bytes());
    json!({"crv": "Ed25519", "kty": "OKP", "x": x})
}

/// RFC 7638, whose members are in the order of their names here.
fn thumbprint_uri(number: u8) -> String {
    let thumbprint = Digest::of(jwk(number).to_string().as_bytes()).to_base64url();
    format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{thumbprint}")
}

fn signed_digest(token: &str) -> String {
    let (signed, _) = token.rsplit_once('.').expect("a signed token");
    Digest::of(signed.as_bytes()).to_base64url()
}

fn sign(number: u8, typ: &str, claims: &serde_json::Value) -> String {
    let header = json!({"alg": "Ed25519", "typ": typ}).to_string();
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encode(&header), encode(&claims.to_string()));
    let signature = key(number).sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}
