//! Private keys: made, read from files, and signed with.

mod public;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::jwk::{Jwk, KeyUse};
use bailiwick_engine::json::{self, Limits};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use jsonwebtoken::{Algorithm as Signature, EncodingKey};
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use rand::rngs::OsRng;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use rsa::{BigUint, RsaPrivateKey};
use serde_json::{Map, Value, json};
use thiserror::Error;

pub(crate) use self::public::Public;

/// The size of new RSA keys, in bits: the least that a gate takes.
const RSA_BITS: usize = 2048;

/// How much of a public key's JSON is read to find its thumbprint.
const LIMITS: Limits = Limits {
    max_bytes: 16 * 1024,
    max_depth: 4,
    max_values: 32,
};

/// Why a key can't be used.
#[derive(Debug, Error)]
pub(crate) enum KeyError {
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    #[error(
        "{}: neither a private JWK nor a PKCS#8 PEM for P-256, P-384, Ed25519 or RSA",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
    #[error("a key of {material} does not sign with `{algorithm}`")]
    Unfit {
        /// What sort of key it is.
        material: &'static str,
        /// What it should sign with.
        algorithm: Algorithm,
    },
    #[error("a {material} key can't sign Biscuits: make one with `--alg Ed25519` or `--alg ES256`")]
    NotForBiscuits {
        /// What kind of key it is.
        material: &'static str,
    },
    #[error("the key can't be made: {0}")]
    Generation(rsa::Error),
    #[error("the key can't be written down")]
    Encoding,
    #[error("the key can't sign: {0}")]
    Signing(jsonwebtoken::errors::Error),
    #[error("{}: neither a JWK, nor a JWK set, nor a private key", path.display())]
    NotPublic {
        /// The file.
        path: PathBuf,
    },
    #[error("{}: {source}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with the key.
        source: bailiwick_engine::identity::jose::jwk::KeyError,
    },
    #[error("{}: {count} keys, where there has to be one", path.display())]
    NotOne {
        /// The file.
        path: PathBuf,
        /// How many keys are in it.
        count: usize,
    },
}

/// A private key, its algorithm and its name.
pub(crate) struct Key {
    material: Material,
    algorithm: Algorithm,
    kid: String,
}

enum Material {
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    Ed25519(ed25519_dalek::SigningKey),
    Rsa(Box<RsaPrivateKey>),
}

impl Key {
    /// A new key for `algorithm`, named by its thumbprint (RFC 7638) where it gets no name.
    pub(crate) fn generate(algorithm: Algorithm, kid: Option<&str>) -> Result<Self, KeyError> {
        let material = match algorithm {
            Algorithm::Es256 => Material::P256(p256::SecretKey::random(&mut OsRng)),
            Algorithm::Es384 => Material::P384(p384::SecretKey::random(&mut OsRng)),
            Algorithm::Ed25519 | Algorithm::EdDsa => {
                let mut seed = [0; 32];
                rand::RngCore::fill_bytes(&mut OsRng, &mut seed);
                Material::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))
            }
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => Material::Rsa(Box::new(
                RsaPrivateKey::new(&mut OsRng, RSA_BITS).map_err(KeyError::Generation)?,
            )),
        };
        Self::named(material, algorithm, kid)
    }

    /// Reads a private JWK (RFC 7517) or a PKCS#8 PEM, which is for the first algorithm that fits.
    pub(crate) fn read(path: &Path) -> Result<Self, KeyError> {
        let text = std::fs::read_to_string(path).map_err(|source| KeyError::File {
            path: path.to_owned(),
            source,
        })?;
        let unreadable = || KeyError::Unreadable {
            path: path.to_owned(),
        };
        if text.trim_start().starts_with('{') {
            let jwk: Map<String, Value> = serde_json::from_str(&text).map_err(|_| unreadable())?;
            let material = Material::of_jwk(&jwk).ok_or_else(unreadable)?;
            let member = |name: &str| jwk.get(name).and_then(Value::as_str);
            let algorithm = match member("alg") {
                Some(name) => name.parse().map_err(|_| unreadable())?,
                None => material.algorithm(),
            };
            return Self::named(material, algorithm, member("kid"));
        }
        let material = Material::of_pem(&text).ok_or_else(unreadable)?;
        let algorithm = material.algorithm();
        Self::named(material, algorithm, None)
    }

    fn named(
        material: Material,
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> Result<Self, KeyError> {
        if !material.fits(algorithm) {
            return Err(KeyError::Unfit {
                material: material.name(),
                algorithm,
            });
        }
        let mut key = Self {
            material,
            algorithm,
            kid: kid.unwrap_or_default().to_owned(),
        };
        if key.kid.is_empty() {
            key.kid = key.thumbprint()?;
        }
        Ok(key)
    }

    /// Its name.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half without a name, as proofs carry it.
    pub(crate) fn bare_jwk(&self) -> Map<String, Value> {
        self.material.public()
    }

    /// The public half as a key set lists it.
    pub(crate) fn public_jwk(&self, usage: KeyUse) -> Map<String, Value> {
        let mut jwk = self.bare_jwk();
        jwk.insert("kid".to_owned(), json!(self.kid));
        jwk.insert("alg".to_owned(), json!(self.algorithm.name()));
        jwk.insert("use".to_owned(), json!(usage.name()));
        jwk
    }

    fn private_jwk(&self) -> Map<String, Value> {
        let mut jwk = self.public_jwk(KeyUse::Signature);
        jwk.extend(self.material.secret());
        jwk
    }

    /// The private half as the text of a file.
    pub(crate) fn private_text(&self) -> String {
        format!("{:#}\n", Value::Object(self.private_jwk()))
    }

    /// The private half as PKCS#8 PEM, which has neither name nor algorithm.
    pub(crate) fn pem(&self) -> Result<String, KeyError> {
        let ending = Default::default();
        let pem = match &self.material {
            Material::P256(key) => key.to_pkcs8_pem(ending),
            Material::P384(key) => key.to_pkcs8_pem(ending),
            Material::Ed25519(key) => key.to_pkcs8_pem(ending),
            Material::Rsa(key) => key.to_pkcs8_pem(ending),
        };
        pem.map(|pem| pem.to_string())
            .map_err(|_| KeyError::Encoding)
    }

    /// The thumbprint of the public half: `jkt` of RFC 9449, section 6.1.
    pub(crate) fn thumbprint(&self) -> Result<String, KeyError> {
        let text = Value::Object(self.bare_jwk()).to_string();
        let value = json::parse(text.as_bytes(), &LIMITS).map_err(|_| KeyError::Encoding)?;
        let jwk = Jwk::parse(&value, &[self.algorithm], KeyUse::Signature)
            .map_err(|_| KeyError::Encoding)?;
        Ok(jwk.key.thumbprint().to_base64url())
    }

    /// The key as Biscuits are signed with it: Ed25519 or P-256.
    pub(crate) fn biscuit(&self) -> Result<biscuit_auth::KeyPair, KeyError> {
        let (bytes, algorithm) = match &self.material {
            Material::Ed25519(key) => (key.to_bytes().to_vec(), biscuit_auth::Algorithm::Ed25519),
            Material::P256(key) => (key.to_bytes().to_vec(), biscuit_auth::Algorithm::Secp256r1),
            Material::P384(_) | Material::Rsa(_) => {
                let material = self.material.name();
                return Err(KeyError::NotForBiscuits { material });
            }
        };
        biscuit_auth::PrivateKey::from_bytes(&bytes, algorithm)
            .map(|key| biscuit_auth::KeyPair::from(&key))
            .map_err(|_| KeyError::Encoding)
    }

    /// A signature in JOSE form, encoded.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String, KeyError> {
        let algorithm = match self.algorithm {
            Algorithm::Rs256 => Signature::RS256,
            Algorithm::Rs384 => Signature::RS384,
            Algorithm::Rs512 => Signature::RS512,
            Algorithm::Ps256 => Signature::PS256,
            Algorithm::Ps384 => Signature::PS384,
            Algorithm::Ps512 => Signature::PS512,
            Algorithm::Es256 => Signature::ES256,
            Algorithm::Es384 => Signature::ES384,
            Algorithm::Ed25519 | Algorithm::EdDsa => Signature::EdDSA,
        };
        let key = self.material.encoding_key().ok_or(KeyError::Encoding)?;
        jsonwebtoken::crypto::sign(message, &key, algorithm).map_err(KeyError::Signing)
    }
}

impl Material {
    fn of_jwk(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        let number = |name: &str| bytes(name).map(|bytes| BigUint::from_bytes_be(&bytes));
        match (text("kty")?, text("crv")) {
            ("EC", Some("P-256")) => p256::SecretKey::from_slice(&bytes("d")?)
                .ok()
                .map(Self::P256),
            ("EC", Some("P-384")) => p384::SecretKey::from_slice(&bytes("d")?)
                .ok()
                .map(Self::P384),
            ("OKP", Some("Ed25519")) => {
                let seed = bytes("d")?.try_into().ok()?;
                let key = ed25519_dalek::SigningKey::from_bytes(&seed);
                Some(Self::Ed25519(key))
            }
            ("RSA", None) => {
                let primes = vec![number("p")?, number("q")?];
                let key = RsaPrivateKey::from_components(
                    number("n")?,
                    number("e")?,
                    number("d")?,
                    primes,
                );
                key.ok().map(|key| Self::Rsa(Box::new(key)))
            }
            _ => None,
        }
    }

    fn of_pem(pem: &str) -> Option<Self> {
        let p256 = || p256::SecretKey::from_pkcs8_pem(pem).map(Self::P256);
        let p384 = || p384::SecretKey::from_pkcs8_pem(pem).map(Self::P384);
        let ed25519 = || ed25519_dalek::SigningKey::from_pkcs8_pem(pem).map(Self::Ed25519);
        let rsa = || RsaPrivateKey::from_pkcs8_pem(pem).map(|key| Self::Rsa(Box::new(key)));
        p256()
            .or_else(|_| p384())
            .or_else(|_| ed25519())
            .or_else(|_| rsa())
            .ok()
    }

    /// What it signs with where nothing else is said.
    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256(_) => Algorithm::Es256,
            Self::P384(_) => Algorithm::Es384,
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::Rsa(_) => Algorithm::Rs256,
        }
    }

    const fn fits(&self, algorithm: Algorithm) -> bool {
        match algorithm {
            Algorithm::Es256 => matches!(self, Self::P256(_)),
            Algorithm::Es384 => matches!(self, Self::P384(_)),
            Algorithm::Ed25519 | Algorithm::EdDsa => matches!(self, Self::Ed25519(_)),
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => matches!(self, Self::Rsa(_)),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::P256(_) => "P-256",
            Self::P384(_) => "P-384",
            Self::Ed25519(_) => "Ed25519",
            Self::Rsa(_) => "RSA",
        }
    }

    /// The members of the public JWK (RFC 7518, section 6; RFC 8037, section 2).
    fn public(&self) -> Map<String, Value> {
        let of = |members: &[(&str, Value)]| {
            let owned = members.iter().cloned();
            owned
                .map(|(name, value)| (name.to_owned(), value))
                .collect()
        };
        match self {
            Self::P256(key) => {
                let point = key.public_key().to_encoded_point(false);
                let (x, y) = (point.x().map(encoded), point.y().map(encoded));
                of(&[
                    ("kty", json!("EC")),
                    ("crv", json!("P-256")),
                    ("x", json!(x)),
                    ("y", json!(y)),
                ])
            }
            Self::P384(key) => {
                let point = key.public_key().to_encoded_point(false);
                let (x, y) = (point.x().map(encoded), point.y().map(encoded));
                of(&[
                    ("kty", json!("EC")),
                    ("crv", json!("P-384")),
                    ("x", json!(x)),
                    ("y", json!(y)),
                ])
            }
            Self::Ed25519(key) => {
                let x = encoded(key.verifying_key().as_bytes());
                of(&[
                    ("kty", json!("OKP")),
                    ("crv", json!("Ed25519")),
                    ("x", json!(x)),
                ])
            }
            Self::Rsa(key) => of(&[
                ("kty", json!("RSA")),
                ("n", json!(encoded(key.n().to_bytes_be()))),
                ("e", json!(encoded(key.e().to_bytes_be()))),
            ]),
        }
    }

    /// The members that the private JWK has beside those of the public one.
    fn secret(&self) -> Vec<(String, Value)> {
        let member = |name: &str, bytes: &[u8]| (name.to_owned(), json!(encoded(bytes)));
        match self {
            Self::P256(key) => vec![member("d", &key.to_bytes())],
            Self::P384(key) => vec![member("d", &key.to_bytes())],
            Self::Ed25519(key) => vec![member("d", key.as_bytes())],
            Self::Rsa(key) => {
                let primes = ["p", "q"].into_iter().zip(key.primes());
                let primes = primes.map(|(name, prime)| member(name, &prime.to_bytes_be()));
                std::iter::once(member("d", &key.d().to_bytes_be()))
                    .chain(primes)
                    .collect()
            }
        }
    }

    fn encoding_key(&self) -> Option<EncodingKey> {
        Some(match self {
            Self::P256(key) => EncodingKey::from_ec_der(key.to_pkcs8_der().ok()?.as_bytes()),
            Self::P384(key) => EncodingKey::from_ec_der(key.to_pkcs8_der().ok()?.as_bytes()),
            Self::Ed25519(key) => EncodingKey::from_ed_der(key.to_pkcs8_der().ok()?.as_bytes()),
            Self::Rsa(key) => EncodingKey::from_rsa_der(key.to_pkcs1_der().ok()?.as_bytes()),
        })
    }
}

/// Writes a file that only its owner may read, and that was not there before.
pub(crate) fn write_secret(path: &Path, text: &str) -> Result<(), KeyError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| KeyError::File {
            path: path.to_owned(),
            source,
        })
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
