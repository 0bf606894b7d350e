//! Test keys: private key files, their public JWKs, and signing without any product code.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::Signer as _;
use p256::pkcs8::{DecodePrivateKey as _, EncodePublicKey as _};
use rsa::sha2::{Digest as _, Sha256, Sha384, Sha512};
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey};
use serde_json::{Value, json};
use thiserror::Error;

/// Why a key can't be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file is not there.
    #[error("can't read the key `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds no PKCS#8 private key of a kind that the harness knows.
    #[error("`{path}` holds no PKCS#8 key for P-256, P-384, Ed25519 or RSA")]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
    /// The key can't sign with that algorithm.
    #[error("the key can't sign with `{algorithm}`")]
    Algorithm {
        /// What was asked for.
        algorithm: String,
    },
}

/// A private key of the tests.
pub enum TestKey {
    /// NIST P-256, for ES256.
    P256(p256::ecdsa::SigningKey),
    /// NIST P-384, for ES384.
    P384(p384::ecdsa::SigningKey),
    /// Ed25519.
    Ed25519(ed25519_dalek::SigningKey),
    /// RSA, for RS and PS.
    Rsa(Box<RsaPrivateKey>),
}

impl TestKey {
    /// Reads a PKCS#8 PEM file.
    ///
    /// # Errors
    /// If it can't be read, or holds another kind of key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let pem = std::fs::read_to_string(path).map_err(|source| KeyError::Read {
            path: path.to_owned(),
            source,
        })?;
        let text: String = pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let unreadable = || KeyError::Unreadable {
            path: path.to_owned(),
        };
        let der = STANDARD.decode(text).map_err(|_| unreadable())?;
        if let Ok(key) = p256::ecdsa::SigningKey::from_pkcs8_der(&der) {
            return Ok(Self::P256(key));
        }
        if let Ok(key) = p384::ecdsa::SigningKey::from_pkcs8_der(&der) {
            return Ok(Self::P384(key));
        }
        if let Ok(key) = ed25519_dalek::SigningKey::from_pkcs8_der(&der) {
            return Ok(Self::Ed25519(key));
        }
        RsaPrivateKey::from_pkcs8_der(&der)
            .map(|key| Self::Rsa(Box::new(key)))
            .map_err(|_| unreadable())
    }

    /// The algorithm that the key has in a key set unless the case says otherwise.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::P256(_) => "ES256",
            Self::P384(_) => "ES384",
            Self::Ed25519(_) => "EdDSA",
            Self::Rsa(_) => "RS256",
        }
    }

    /// The public half as a JWK (RFC 7517), with `kid`, `alg` and `use`.
    pub fn public_jwk(&self, kid: &str) -> Value {
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match self {
            Self::P256(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                json!({"kty": "EC", "crv": "P-256",
                    "x": point.x().map(|x| b64(x)), "y": point.y().map(|y| b64(y))})
            }
            Self::P384(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                json!({"kty": "EC", "crv": "P-384",
                    "x": point.x().map(|x| b64(x)), "y": point.y().map(|y| b64(y))})
            }
            Self::Ed25519(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": b64(key.verifying_key().as_bytes())})
            }
            Self::Rsa(key) => {
                json!({"kty": "RSA", "n": b64(&key.n().to_bytes_be()), "e": b64(&key.e().to_bytes_be())})
            }
        };
        if let Value::Object(members) = &mut jwk {
            members.insert("kid".to_owned(), json!(kid));
            members.insert("alg".to_owned(), json!(self.algorithm()));
            members.insert("use".to_owned(), json!("sig"));
        }
        jwk
    }

    /// Signs in JOSE form (RFC 7518): ECDSA as `r || s`.
    ///
    /// # Errors
    /// If the key is not for that algorithm.
    pub fn sign(&self, algorithm: &str, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let unfit = || KeyError::Algorithm {
            algorithm: algorithm.to_owned(),
        };
        match (self, algorithm) {
            (Self::P256(key), "ES256") => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                Ok(signature.to_bytes().to_vec())
            }
            (Self::P384(key), "ES384") => {
                let signature: p384::ecdsa::Signature = key.sign(message);
                Ok(signature.to_bytes().to_vec())
            }
            (Self::Ed25519(key), "EdDSA" | "Ed25519") => Ok(key.sign(message).to_bytes().to_vec()),
            (Self::Rsa(key), _) => sign_rsa(key, algorithm, message).ok_or_else(unfit),
            (_, _) => Err(unfit()),
        }
    }

    /// Signs with ES256 and writes the signature as DER, which JOSE does not allow.
    ///
    /// # Errors
    /// If the key is not for ES256.
    pub fn sign_der(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Self::P384(_) | Self::Ed25519(_) | Self::Rsa(_) => Err(KeyError::Algorithm {
                algorithm: "ES256 as DER".to_owned(),
            }),
        }
    }

    /// The public half as SubjectPublicKeyInfo in DER, which is what hosts' native verification takes.
    pub fn public_der(&self) -> Option<Vec<u8>> {
        let der = match self {
            Self::P256(key) => key.verifying_key().to_public_key_der(),
            Self::P384(key) => key.verifying_key().to_public_key_der(),
            Self::Ed25519(key) => key.verifying_key().to_public_key_der(),
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
        };
        der.ok().map(|der| der.as_bytes().to_vec())
    }

    /// The public half as PEM: what an attacker feeds an HMAC to confuse algorithms.
    pub fn public_pem(&self) -> Option<String> {
        let text = STANDARD.encode(self.public_der()?);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .filter_map(|line| std::str::from_utf8(line).ok())
            .collect();
        Some(format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            lines.join("\n")
        ))
    }
}

fn sign_rsa(key: &RsaPrivateKey, algorithm: &str, message: &[u8]) -> Option<Vec<u8>> {
    let mut rng = rand::rngs::OsRng;
    let signature = match algorithm {
        "RS256" => key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)),
        "RS384" => key.sign(Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(message)),
        "RS512" => key.sign(Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(message)),
        "PS256" => key.sign_with_rng(&mut rng, Pss::new::<Sha256>(), &Sha256::digest(message)),
        "PS384" => key.sign_with_rng(&mut rng, Pss::new::<Sha384>(), &Sha384::digest(message)),
        "PS512" => key.sign_with_rng(&mut rng, Pss::new::<Sha512>(), &Sha512::digest(message)),
        _ => return None,
    };
    signature.ok()
}
