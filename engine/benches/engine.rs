//! What the engine costs by itself, natively: verifying one signature, judging one verified call, and a whole exchange. In a
//! gateway's wasm runtime the same takes several times as long; `cargo xtask bench` measures that.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that can't make its own requests has nothing to measure"
)]

use bailiwick_engine::credential;
use bailiwick_engine::delegation::act::Place;
use bailiwick_engine::delegation::chain::Chain;
use bailiwick_engine::digest::Digest;
use bailiwick_engine::evidence::InstanceId;
use bailiwick_engine::exchange::{Effect, Exchange, Input, Wait};
use bailiwick_engine::gate::{Gate, Instance};
use bailiwick_engine::identity;
use bailiwick_engine::identity::caller::Caller;
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::compact::Compact;
use bailiwick_engine::identity::jose::jwk::KeyUse;
use bailiwick_engine::identity::jose::keyset::{KeySet, Lookup};
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::identity::keyring::KeyRing;
use bailiwick_engine::identity::nonce::Seed;
use bailiwick_engine::identity::verified::Verified;
use bailiwick_engine::operation::{Action, McpRevision, Operation, Protocol, Resource};
use bailiwick_engine::policy::Facts;
use bailiwick_engine::policy::principal::Principal;
use bailiwick_engine::ports::{Host, Isolated};
use bailiwick_engine::request::{Head, Headers};
use bailiwick_engine::time::UnixTime;
use divan::{Bencher, black_box};
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{EncodingKey, Header};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use serde_json::json;

/// One for each amount of work: the other RSA hashes cost the same, and `Ed25519` is another name for `EdDSA`.
const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];
const NOW: UnixTime = UnixTime(1_800_000_000);

const HOST: Host<'static> = Host {
    verifier: &CrateVerifier,
    store: &Isolated,
    connection: &Isolated,
};

const FACTS: Facts<'static> = Facts {
    now: NOW,
    method: "POST",
    host: "gateway.example",
    path: Some("/mcp"),
    possession: "bearer",
    transaction: None,
    session: None,
    warrant: None,
    lacks: None,
};

const POLICY: &str =
    r#"permit (principal, action == Action::"call_tool", resource == Tool::"tools/search");"#;

fn main() {
    divan::main();
}

#[divan::bench(args = ALGORITHMS)]
fn verify(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let (token, jwks) = signed(algorithm);
    let set = KeySet::parse(jwks.to_string().as_bytes(), &ALGORITHMS, KeyUse::Signature)
        .expect("a usable key");
    let Lookup::Found(jwk) = set.find(None, algorithm) else {
        panic!("the set has no key for {}", algorithm.name());
    };
    let compact = Compact::decode(&token).expect("a compact JWS");
    let signed = compact.signing_input;
    bencher.bench_local(|| {
        jwk.key
            .verify(
                &CrateVerifier,
                algorithm,
                black_box(signed),
                &compact.signature,
            )
            .expect("a valid signature");
    });
}

/// A verdict that is remembered.
#[divan::bench]
fn decide(bencher: Bencher<'_, '_>) {
    decide_by(bencher, POLICY);
}

/// So many policies, ten of which apply, and so are evaluated each time, since they look at the time.
#[divan::bench(args = [10, 100, 1_000, 10_000])]
fn decide_among(bencher: Bencher<'_, '_>, policies: usize) {
    decide_by(bencher, &among(policies));
}

fn decide_by(bencher: Bencher<'_, '_>, policies: &str) {
    let (token, jwks) = signed(Algorithm::Es256);
    let gate = gate(Algorithm::Es256, &jwks, 1024, policies);
    let principal = principal(&gate, &token);
    let (operation, facts) = (search(), FACTS);
    bencher.bench_local(|| {
        gate.policies()
            .decide(black_box(&principal), black_box(&operation), &facts)
            .verdict
            .expect("a permitted call")
    });
}

/// The same for a caller of whom nothing is remembered.
#[divan::bench(args = [10, 100, 1_000, 10_000])]
fn decide_first_among(bencher: Bencher<'_, '_>, policies: usize) {
    let (token, jwks) = signed(Algorithm::Es256);
    let gate = gate(Algorithm::Es256, &jwks, 1024, &among(policies));
    let (operation, facts) = (search(), FACTS);
    let (caller, chain) = caller(&gate, &token);
    bencher.bench_local(|| {
        let principal = gate.policies().prepare(&caller, &chain);
        gate.policies()
            .decide(&principal.expect("a principal"), &operation, &facts)
            .verdict
            .expect("a permitted call")
    });
}

/// Ten policies that apply to [`search`], of every form of scope, and as many more that don't as make `count`.
fn among(count: usize) -> String {
    let mut text = String::new();
    for at in 0..count {
        text.push_str(&match at {
            0 => format!("{POLICY}\n"),
            1..5 => "permit (principal in TrustDomain::\"bench\", action == Action::\"call_tool\", resource in Server::\"tools\") when { context.now > 0 };\n".to_owned(),
            5..10 => "forbid (principal, action, resource) when { context.now < 0 };\n".to_owned(),
            _ => match at % 5 {
                0 => format!("permit (principal, action == Action::\"call_tool\", resource == Tool::\"tools/t{at}\");\n"),
                1 => format!("permit (principal == Agent::\"bench/a{at}\", action, resource) when {{ context.now > 0 }};\n"),
                2 => format!("permit (principal in TrustDomain::\"d{at}\", action, resource in Server::\"tools\");\n"),
                3 => format!("forbid (principal in Group::\"bench/g{at}\", action, resource);\n"),
                _ => format!("permit (principal, action, resource in Server::\"s{at}\");\n"),
            },
        });
    }
    text
}

fn search() -> Operation<'static> {
    let tool = Resource::Tool {
        server: "tools".into(),
        tool: "search".to_owned(),
    };
    let protocol = Protocol::Mcp(McpRevision::V2025_11_25);
    Operation {
        rpc_id: Some("1".to_owned()),
        ..Operation::new(protocol, Action::CallTool, tool)
    }
}

fn principal(gate: &Gate, token: &str) -> Principal {
    let (caller, chain) = caller(gate, token);
    let principal = gate.policies().prepare(&caller, &chain);
    principal.expect("a principal")
}

fn caller(gate: &Gate, token: &str) -> (Verified<Caller>, Chain) {
    let config = gate.config();
    let head = Head::parse(headers(&format!("Bearer {token}"), None)).expect("a request's head");
    let presented = credential::find(&head, &config.credential).expect("one credential");
    let mut keys = KeyRing::new(&config.issuers).expect("inline keys");
    let caller = identity::verify(
        &presented,
        &config.issuers,
        &mut keys,
        &CrateVerifier,
        NOW,
        None,
    )
    .expect("a valid token");
    let rules = config.delegation.at(Place::default());
    let chain = Chain::from_caller(&caller, rules).expect("a short chain");
    (caller, chain)
}

/// A `tools/call` of 1 KB from head to verdict, with a token that was seen before.
#[divan::bench]
fn exchange_warm(bencher: Bencher<'_, '_>) {
    let (token, jwks) = signed(Algorithm::Es256);
    let authorization = format!("Bearer {token}");
    let gate = gate(Algorithm::Es256, &jwks, 1024, POLICY);
    exchange(bencher, gate, || headers(&authorization, None));
}

/// The same with a token that is bound to a key, and a DPoP proof that nobody has seen before.
#[divan::bench]
fn exchange_dpop(bencher: Bencher<'_, '_>) {
    let (_, jwks) = signed(Algorithm::Es256);
    let set = KeySet::parse(jwks.to_string().as_bytes(), &ALGORITHMS, KeyUse::Signature)
        .expect("a usable key");
    let Lookup::Found(key) = set.find(None, Algorithm::Es256) else {
        panic!("the set has no key");
    };
    let bound_to = json!({"jkt": key.key.thumbprint().to_base64url()});
    let signer = signing_key(Algorithm::Es256);
    let token = access_token(Algorithm::Es256, &signer, Some(bound_to));
    let authorization = format!("DPoP {token}");
    let gate = gate(Algorithm::Es256, &jwks, 1024, POLICY);
    let mut serial = 0_u64;
    exchange(bencher, gate, || {
        serial = serial.saturating_add(1);
        headers(&authorization, Some(&proof(&signer, &token, serial)))
    });
}

/// The same with a token that is verified anew each time.
#[divan::bench(args = ALGORITHMS)]
fn exchange_cold(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let (token, jwks) = signed(algorithm);
    let authorization = format!("Bearer {token}");
    let gate = gate(algorithm, &jwks, 0, POLICY);
    exchange(bencher, gate, || headers(&authorization, None));
}

/// Each time with the header fields that `headers` makes, which isn't measured.
fn exchange(bencher: Bencher<'_, '_>, gate: Gate, headers: impl FnMut() -> Headers) {
    let id = InstanceId::new("bench").expect("a valid name");
    let mut instance = Instance::new(gate, id, Seed::new([7; 32]), &Isolated).expect("inline keys");
    let arguments = json!({"query": "x".repeat(900)});
    let params = json!({"name": "search", "arguments": arguments});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let body = body.to_string().into_bytes();
    bencher.with_inputs(headers).bench_local_values(|headers| {
        let head = Input::Head {
            headers,
            end_of_stream: false,
        };
        let (exchange, effect) = Exchange::new().step(&mut instance, HOST, NOW, head);
        assert!(matches!(effect, Effect::Wait(Wait::Body)), "{effect:?}");
        let body = Input::Body(black_box(&body));
        let (exchange, effect) = exchange.step(&mut instance, HOST, NOW, body);
        assert!(matches!(effect, Effect::Forward(_)), "{effect:?}");
        (exchange, effect)
    });
}

/// `remembered` is how many tokens an instance of it remembers.
fn gate(algorithm: Algorithm, jwks: &serde_json::Value, remembered: u32, policies: &str) -> Gate {
    let config = json!({
        "version": 1,
        "issuers": [{
            "name": "bench",
            "issuer": "https://issuer.example",
            "audiences": ["https://gateway.example"],
            "algorithms": [algorithm.name()],
            "keys": {"inline": jwks},
        }],
        "routes": [{"name": "tools", "path": "/mcp", "mcp": {"server": "tools"}}],
        "policies": policies,
        "limits": {"tokens": remembered},
        "dpop": {"replay_entries": 1_048_576},
    });
    Gate::from_json(config.to_string().as_bytes()).expect("a valid configuration")
}

fn headers(authorization: &str, proof: Option<&str>) -> Headers {
    let fields = [
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "gateway.example"),
        (":path", "/mcp"),
        ("content-type", "application/json"),
        ("mcp-protocol-version", "2025-11-25"),
        ("authorization", authorization),
    ];
    Headers::from_pairs(fields.into_iter().chain(proof.map(|proof| ("dpop", proof))))
}

/// An access token (RFC 9068) signed with `algorithm`, and the key set that verifies it.
fn signed(algorithm: Algorithm) -> (String, serde_json::Value) {
    let key = signing_key(algorithm);
    let jwk = Jwk::from_encoding_key(&key, algorithm.into()).expect("a public key");
    let keys = vec![jwk];
    (access_token(algorithm, &key, None), json!(JwkSet { keys }))
}

/// An access token, bound by `cnf` where that is there.
fn access_token(algorithm: Algorithm, key: &EncodingKey, cnf: Option<serde_json::Value>) -> String {
    let mut header = Header::new(algorithm.into());
    header.typ = Some("at+jwt".to_owned());
    let mut claims = json!({
        "iss": "https://issuer.example",
        "aud": "https://gateway.example",
        "sub": "alice",
        "client_id": "agent",
        "act": {"sub": "agent"},
        "jti": "bench",
        "iat": NOW.0,
        "exp": NOW.0.saturating_add(3600),
    });
    if let (Some(cnf), Some(members)) = (cnf, claims.as_object_mut()) {
        members.insert("cnf".to_owned(), cnf);
    }
    jsonwebtoken::encode(&header, &claims, key).expect("a token")
}

/// A proof for a call with `token`, by the key that it is bound to (RFC 9449, section 4.2).
fn proof(key: &EncodingKey, token: &str, serial: u64) -> String {
    let alg = Algorithm::Es256.into();
    let mut header = Header::new(alg);
    header.typ = Some("dpop+jwt".to_owned());
    header.jwk = Some(Jwk::from_encoding_key(key, alg).expect("a public key"));
    let claims = json!({
        "jti": serial.to_string(),
        "htm": "POST",
        "htu": "https://gateway.example/mcp",
        "iat": NOW.0,
        "ath": Digest::of(token.as_bytes()).to_base64url(),
    });
    jsonwebtoken::encode(&header, &claims, key).expect("a proof")
}

/// A private key for `algorithm`; which one it is makes no difference to the time.
fn signing_key(algorithm: Algorithm) -> EncodingKey {
    match algorithm {
        Algorithm::Rs256
        | Algorithm::Rs384
        | Algorithm::Rs512
        | Algorithm::Ps256
        | Algorithm::Ps384
        | Algorithm::Ps512 => {
            let key = rsa::RsaPrivateKey::new(&mut rand::rngs::OsRng, 2048).expect("an RSA key");
            EncodingKey::from_rsa_der(key.to_pkcs1_der().expect("DER").as_bytes())
        }
        Algorithm::Es256 => {
            let key = p256::SecretKey::from_slice(&[7; 32]).expect("a P-256 key");
            EncodingKey::from_ec_der(key.to_pkcs8_der().expect("DER").as_bytes())
        }
        Algorithm::Es384 => {
            let key = p384::SecretKey::from_slice(&[7; 48]).expect("a P-384 key");
            EncodingKey::from_ec_der(key.to_pkcs8_der().expect("DER").as_bytes())
        }
        Algorithm::Ed25519 | Algorithm::EdDsa => {
            // Without the public half, the only form that `jsonwebtoken` makes a JWK of.
            let key = ed25519_dalek::pkcs8::KeypairBytes {
                secret_key: [7; 32],
                public_key: None,
            };
            EncodingKey::from_ed_der(key.to_pkcs8_der().expect("DER").as_bytes())
        }
    }
}
