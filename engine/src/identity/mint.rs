//! Keys and tokens for tests, put together by hand: nothing of the code under test takes part.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::{Algorithm, EncodingKey};
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};

use crate::credential::Presented;
use crate::identity;
use crate::identity::binding::dpop::{self, Dpop, NonceMode};
use crate::identity::caller::Caller;
use crate::identity::issuer::{ClaimNames, Issuer, IssuerName, KeySource, TokenProfile};
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::keyring::KeyRing;
use crate::identity::nonce::{Nonces, Seed};
use crate::identity::replay::Replays;
use crate::identity::standing::Lifecycle;
use crate::identity::verified::Verified;
use crate::ports::Isolated;
use crate::request::{Head, Headers};
use crate::time::{Seconds, UnixTime};

/// A private key, and its public half as a JWK.
pub(crate) struct Signer {
    key: EncodingKey,
    pub(crate) jwk: Value,
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `target` with the members of `patch` set, and those that are null there removed (RFC 7396, one level).
pub(crate) fn patched(mut target: Value, patch: &Value) -> Value {
    let members = target.as_object_mut().unwrap();
    for (name, value) in patch.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    target
}

/// A set of keys as its JSON text.
pub(crate) fn jwks(keys: &[&Value]) -> String {
    json!({ "keys": keys }).to_string()
}

impl Signer {
    /// A P-256 key that is the same for the same seed.
    pub(crate) fn p256(kid: &str, seed: u8) -> Self {
        let secret = p256::SecretKey::from_slice(&[seed; 32]).unwrap();
        let point = secret.public_key().to_encoded_point(false);
        Self {
            key: EncodingKey::from_ec_der(secret.to_pkcs8_der().unwrap().as_bytes()),
            jwk: json!({
                "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256",
                "x": encode(point.x().unwrap()), "y": encode(point.y().unwrap()),
            }),
        }
    }

    /// A P-384 key.
    pub(crate) fn p384(kid: &str, seed: u8) -> Self {
        let secret = p384::SecretKey::from_slice(&[seed; 48]).unwrap();
        let point = secret.public_key().to_encoded_point(false);
        Self {
            key: EncodingKey::from_ec_der(secret.to_pkcs8_der().unwrap().as_bytes()),
            jwk: json!({
                "kty": "EC", "crv": "P-384", "kid": kid, "use": "sig", "alg": "ES384",
                "x": encode(point.x().unwrap()), "y": encode(point.y().unwrap()),
            }),
        }
    }

    /// An Ed25519 key.
    pub(crate) fn ed25519(kid: &str, seed: u8) -> Self {
        let secret = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        Self {
            key: EncodingKey::from_ed_der(secret.to_pkcs8_der().unwrap().as_bytes()),
            jwk: json!({
                "kty": "OKP", "crv": "Ed25519", "kid": kid, "use": "sig", "alg": "Ed25519",
                "x": encode(secret.verifying_key().as_bytes()),
            }),
        }
    }

    /// The one RSA key of 2048 bits that a test run makes, for any of its algorithms.
    pub(crate) fn rsa(kid: &str, alg: &str) -> Self {
        static KEY: LazyLock<rsa::RsaPrivateKey> =
            LazyLock::new(|| rsa::RsaPrivateKey::new(&mut rand::thread_rng(), 2048).unwrap());
        Self {
            key: EncodingKey::from_rsa_der(KEY.to_pkcs1_der().unwrap().as_bytes()),
            jwk: json!({
                "kty": "RSA", "kid": kid, "use": "sig", "alg": alg,
                "n": encode(KEY.n().to_bytes_be()), "e": encode(KEY.e().to_bytes_be()),
            }),
        }
    }

    /// A signature in JOSE form.
    pub(crate) fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let signature = jsonwebtoken::crypto::sign(message, &self.key, algorithm).unwrap();
        URL_SAFE_NO_PAD.decode(signature).unwrap()
    }

    /// A token over these very texts, signed with `algorithm` whatever the header says.
    pub(crate) fn token(&self, algorithm: Algorithm, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.sign(algorithm, signed.as_bytes());
        format!("{signed}.{}", encode(signature))
    }
}

/// The head of `GET http://api.example/`, with no fields but those of every request.
pub(crate) fn head() -> Head {
    let fields = [
        (":method", "GET"),
        (":authority", "api.example"),
        (":path", "/"),
    ];
    Head::parse(Headers::from_pairs(fields)).unwrap()
}

/// What proofs are judged by where none is expected.
pub(crate) fn dpop() -> Dpop {
    let rules = dpop::Rules {
        algorithms: vec![],
        max_age: Seconds(60),
        clock_skew: Seconds(0),
        nonce: NonceMode::Off,
    };
    let nonces = Nonces::new(Seconds(60), None, Seed::new([0; 32]));
    Dpop::new(rules, nonces, Replays::new(1, &Isolated))
}

/// A caller as verified from a token with `claims` beside those that every token has; its issuer is
/// `https://acme.example`, called `acme`.
pub(crate) fn verified_caller(claims: &Value) -> Verified<Caller> {
    let signer = Signer::ed25519("k", 1);
    let issuers = [Issuer {
        name: IssuerName("acme".into()),
        identifier: "https://acme.example".to_owned(),
        profile: TokenProfile::PlainJwt,
        audiences: vec!["https://api.example".to_owned()],
        algorithms: vec![crate::identity::jose::algorithm::Algorithm::Ed25519],
        keys: KeySource::Inline(jwks(&[&signer.jwk])),
        clock_skew: Seconds(0),
        max_lifetime: Seconds(100),
        claims: ClaimNames::default(),
        lifecycle: Lifecycle::default(),
        sender_constrained: false,
    }];
    let claims = patched(
        json!({"iss": "https://acme.example", "aud": "https://api.example", "exp": 100}),
        claims,
    );
    let header = r#"{"alg":"Ed25519","kid":"k"}"#;
    let token = signer.token(Algorithm::EdDSA, header, &claims.to_string());
    identity::verify(
        &Presented::new(&token),
        &issuers,
        &mut KeyRing::new(&issuers).unwrap(),
        &CrateVerifier,
        UnixTime(0),
        None,
    )
    .unwrap()
}
