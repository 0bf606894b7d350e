//! What one signature costs to verify, for each algorithm that a token may be signed with. Native; in a gateway's wasm
//! runtime the same takes several times as long.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that can't make its own keys has nothing to measure"
)]

use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::compact::Compact;
use bailiwick_engine::identity::jose::keyset::{KeySet, Lookup};
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use divan::{Bencher, black_box};
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{EncodingKey, Header};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use serde_json::json;

/// One for each amount of work: the other RSA hashes cost the same, and `EdDSA` is `Ed25519`.
const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];

fn main() {
    divan::main();
}

#[divan::bench(args = ALGORITHMS)]
fn verify(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let key = signing_key(algorithm);
    let alg = algorithm.into();
    let jwk = Jwk::from_encoding_key(&key, alg).expect("a public key");
    let document = serde_json::to_vec(&JwkSet { keys: vec![jwk] }).expect("a key set");
    let set = KeySet::parse(&document, &ALGORITHMS).expect("a usable key");
    let Lookup::Found(jwk) = set.find(None, algorithm) else {
        panic!("the set has no key for {}", algorithm.name());
    };
    let claims = json!({"iss": "https://issuer.example", "sub": "agent", "exp": 4_102_444_800_u64});
    let token = jsonwebtoken::encode(&Header::new(alg), &claims, &key).expect("a token");
    let compact = Compact::decode(&token).expect("a compact JWS");
    bencher.bench_local(|| {
        jwk.key
            .verify(
                &CrateVerifier,
                algorithm,
                black_box(compact.signing_input),
                &compact.signature,
            )
            .expect("a valid signature");
    });
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
            let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
            EncodingKey::from_ed_der(key.to_pkcs8_der().expect("DER").as_bytes())
        }
    }
}
