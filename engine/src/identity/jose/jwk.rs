//! A JSON Web Key (RFC 7517) that is to verify signatures, read strictly.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;

use super::algorithm::Algorithm;
use super::compact::base64url;
use super::key::{KeyKind, PublicKey};
use super::{der, rsa};
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::json::{Object, Value};

/// The longest `kid`, in bytes, that is remembered or looked for.
pub const MAX_KID_BYTES: usize = 256;

/// A key and what it is called.
#[derive(Clone, Debug)]
pub struct Jwk {
    /// The value of `kid`.
    pub kid: Option<Box<str>>,
    /// The key.
    pub key: PublicKey,
}

/// What a key must be for, by its `use` (RFC 7517, section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// Signatures of any kind: `sig`, or nothing said.
    Signature,
    /// JWT-SVIDs: `jwt-svid`, which each such key of a SPIFFE bundle says (SPIFFE Trust Domain and Bundle, section 4.2.2).
    JwtSvid,
    /// Workload Identity Tokens: `wit-svid`, as in a SPIFFE bundle, or like [`Self::Signature`], as in any other key set.
    WitSvid,
}

impl KeyUse {
    /// Is a key with this `use` for it?
    fn covers(self, stated: Option<&str>) -> bool {
        match self {
            Self::Signature => matches!(stated, None | Some("sig")),
            Self::JwtSvid => stated == Some("jwt-svid"),
            Self::WitSvid => matches!(stated, None | Some("sig" | "wit-svid")),
        }
    }

    /// Its name where it has to be stated.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signature => "sig",
            Self::JwtSvid => "jwt-svid",
            Self::WitSvid => "wit-svid",
        }
    }
}

/// Why a JWK is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It isn't an object.
    #[error("it is not a JSON object")]
    NotObject,
    /// A type of key that no supported algorithm has.
    #[error("the key type `{kty}` is not supported")]
    UnsupportedType {
        /// The value of `kty`.
        kty: Excerpt,
    },
    /// A curve that no supported algorithm has.
    #[error("the curve `{crv}` is not supported")]
    UnsupportedCurve {
        /// The value of `crv`.
        crv: Excerpt,
    },
    /// `use` or `key_ops` says that it is for something else, or `use` doesn't say what it has to.
    #[error("`{member}` says that it is not for verifying such signatures")]
    OtherUse {
        /// `use` or `key_ops`.
        member: &'static str,
    },
    /// A symmetric key: whoever can verify with it can sign, and it was published.
    #[error("it is a symmetric key")]
    Symmetric,
    /// A private key was published.
    #[error("it has the private member `{member}`: replace the key, its secret is out")]
    Private {
        /// The first private member.
        member: &'static str,
    },
    /// A member isn't there, or isn't what its definition says.
    #[error("`{member}` is not {expected}")]
    Malformed {
        /// Its name.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// `alg` is no algorithm that the gate knows.
    #[error("the algorithm `{alg}` is not supported")]
    UnsupportedAlgorithm {
        /// The value of `alg`.
        alg: Excerpt,
    },
    /// `alg` is for another type of key.
    #[error("`{alg}` is not for this type of key")]
    WrongAlgorithm {
        /// The value of `alg`.
        alg: Algorithm,
    },
    /// The issuer's list has no algorithm for it.
    #[error("the issuer's `algorithms` name none that this key is for")]
    NotAllowed,
    /// An RSA modulus that can be factored with enough effort.
    #[error("the RSA modulus has {bits} bits, fewer than 2048")]
    RsaTooSmall {
        /// Its size.
        bits: usize,
    },
    /// An RSA modulus that takes too long to compute with.
    #[error("the RSA modulus has {bits} bits, more than 4096")]
    RsaTooLarge {
        /// Its size.
        bits: usize,
    },
    /// An RSA modulus whose size isn't a number of whole bytes.
    #[error("the RSA modulus has {bits} bits, no multiple of 8")]
    RsaOddSize {
        /// Its size.
        bits: usize,
    },
    /// An even modulus isn't the product of two large primes.
    #[error("the RSA modulus is even")]
    RsaEvenModulus,
    /// An RSA exponent that is even, below 3, or above 32 bits.
    #[error("the RSA exponent is even, below 3, or longer than 32 bits")]
    RsaExponent,
    /// A key made by a flawed generator (CVE-2017-15361, ROCA).
    #[error("the RSA key was made by a flawed generator (CVE-2017-15361): replace it")]
    RsaRoca,
    /// The coordinates are no point of the curve.
    #[error("its coordinates are not a point of the curve")]
    NotOnCurve,
    /// An Ed25519 point of small order, for which some signatures verify over any message, or one not in its one form.
    #[error("the Ed25519 point is of small order, or not in canonical form")]
    WeakPoint,
}

impl KeyError {
    /// Does it endanger the whole set, so that no key of it can be trusted? (RFC 8725, section 3.2.)
    #[must_use]
    pub const fn is_compromise(&self) -> bool {
        matches!(self, Self::Symmetric | Self::Private { .. })
    }
}

impl Jwk {
    /// Reads a public key for signatures.
    ///
    /// A key without `alg` is for the first of `allowed` that fits it: so every key has one algorithm, and the order of an
    /// issuer's list decides. One with `alg` is for that, which must be among `allowed`.
    ///
    /// A key for another use than `wanted` is refused.
    ///
    /// `x5c`, `x5u` and the thumbprints of certificates are ignored: no certificate is evaluated.
    ///
    /// # Errors
    ///
    /// Any [`KeyError`]; see [`KeyError::is_compromise`].
    pub fn parse(
        value: &Value<'_>,
        allowed: &[Algorithm],
        wanted: KeyUse,
    ) -> Result<Self, KeyError> {
        let jwk = value.as_object().ok_or(KeyError::NotObject)?;
        let kty = text(jwk, "kty")?;
        if kty == "oct" {
            return Err(KeyError::Symmetric);
        }
        refuse_private(jwk)?;
        check_use(jwk, wanted)?;
        let kid = kid(jwk)?;
        let material = match kty {
            "RSA" => Material::rsa(jwk)?,
            "EC" => Material::ec(jwk)?,
            "OKP" => Material::okp(jwk)?,
            other => {
                return Err(KeyError::UnsupportedType {
                    kty: Excerpt::of(other),
                });
            }
        };
        let algorithm = algorithm(jwk, material.kind, allowed)?;
        Ok(Self {
            kid,
            key: material.into_key(algorithm)?,
        })
    }
}

fn kid(jwk: &Object<'_>) -> Result<Option<Box<str>>, KeyError> {
    match jwk.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) if (1..=MAX_KID_BYTES).contains(&kid.len()) => {
            Ok(Some(kid.as_ref().into()))
        }
        Some(_) => Err(KeyError::Malformed {
            member: "kid",
            expected: "a string of 1 to 256 bytes",
        }),
    }
}

fn refuse_private(jwk: &Object<'_>) -> Result<(), KeyError> {
    const PRIVATE: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
    match PRIVATE.into_iter().find(|member| jwk.get(member).is_some()) {
        Some(member) => Err(KeyError::Private { member }),
        None => Ok(()),
    }
}

/// `use` (RFC 7517, section 4.2) and `key_ops` (section 4.3), where they are there.
fn check_use(jwk: &Object<'_>, wanted: KeyUse) -> Result<(), KeyError> {
    let stated = jwk.get("use").map(|_| text(jwk, "use")).transpose()?;
    if !wanted.covers(stated) {
        return Err(KeyError::OtherUse { member: "use" });
    }
    let Some(operations) = jwk.get("key_ops") else {
        return Ok(());
    };
    let operations: Option<Vec<&str>> = operations
        .as_array()
        .and_then(|all| all.iter().map(Value::as_str).collect());
    match operations {
        None => Err(KeyError::Malformed {
            member: "key_ops",
            expected: "an array of strings",
        }),
        Some(operations) if operations.contains(&"verify") => Ok(()),
        Some(_) => Err(KeyError::OtherUse { member: "key_ops" }),
    }
}

fn algorithm(
    jwk: &Object<'_>,
    kind: KeyKind,
    allowed: &[Algorithm],
) -> Result<Algorithm, KeyError> {
    if jwk.get("alg").is_none() {
        let first = allowed.iter().copied().find(|alg| kind.fits(*alg));
        return first.ok_or(KeyError::NotAllowed);
    }
    let name = text(jwk, "alg")?;
    let alg: Algorithm = name.parse().map_err(|_| KeyError::UnsupportedAlgorithm {
        alg: Excerpt::of(name),
    })?;
    if !kind.fits(alg) {
        return Err(KeyError::WrongAlgorithm { alg });
    }
    if !allowed.iter().any(|other| other.is_same_as(alg)) {
        return Err(KeyError::NotAllowed);
    }
    Ok(alg)
}

fn text<'o>(jwk: &'o Object<'_>, member: &'static str) -> Result<&'o str, KeyError> {
    jwk.get(member)
        .and_then(Value::as_str)
        .ok_or(KeyError::Malformed {
            member,
            expected: "a string",
        })
}

fn bytes<'o>(jwk: &'o Object<'_>, member: &'static str) -> Result<(&'o str, Vec<u8>), KeyError> {
    let text = text(jwk, member)?;
    let decoded = base64url(text).ok_or(KeyError::Malformed {
        member,
        expected: "strict base64url",
    })?;
    Ok((text, decoded))
}

/// A key's numbers, judged as far as its type goes.
struct Material {
    kind: KeyKind,
    modulus: Box<[u8]>,
    decoding: DecodingKey,
    spki: Vec<u8>,
    thumbprint: Digest,
}

impl Material {
    fn rsa(jwk: &Object<'_>) -> Result<Self, KeyError> {
        let (n, modulus) = bytes(jwk, "n")?;
        let (e, exponent) = bytes(jwk, "e")?;
        rsa::check(&modulus, &exponent)?;
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        Ok(Self {
            kind: KeyKind::Rsa,
            decoding: DecodingKey::from_rsa_raw_components(&modulus, &exponent),
            spki: der::rsa_spki(&modulus, &exponent),
            thumbprint: Digest::of(canonical.as_bytes()),
            modulus: modulus.into_boxed_slice(),
        })
    }

    fn ec(jwk: &Object<'_>) -> Result<Self, KeyError> {
        let crv = text(jwk, "crv")?;
        let (kind, size): (_, usize) = match crv {
            "P-256" => (KeyKind::P256, 32),
            "P-384" => (KeyKind::P384, 48),
            other => {
                return Err(KeyError::UnsupportedCurve {
                    crv: Excerpt::of(other),
                });
            }
        };
        let coordinate = |member| {
            let (text, decoded) = bytes(jwk, member)?;
            if decoded.len() == size {
                return Ok((text, decoded));
            }
            Err(KeyError::Malformed {
                member,
                expected: "a coordinate of the curve's full size",
            })
        };
        let (x, x_bytes) = coordinate("x")?;
        let (y, y_bytes) = coordinate("y")?;
        let point = [&[4][..], &x_bytes, &y_bytes].concat();
        let canonical = format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#);
        Ok(Self {
            kind,
            modulus: Box::default(),
            decoding: DecodingKey::from_ec_der(&point),
            spki: if kind == KeyKind::P256 {
                der::p256_spki(&point)
            } else {
                der::p384_spki(&point)
            },
            thumbprint: Digest::of(canonical.as_bytes()),
        })
    }

    fn okp(jwk: &Object<'_>) -> Result<Self, KeyError> {
        let crv = text(jwk, "crv")?;
        if crv != "Ed25519" {
            return Err(KeyError::UnsupportedCurve {
                crv: Excerpt::of(crv),
            });
        }
        let (x, x_bytes) = bytes(jwk, "x")?;
        let point = <[u8; 32]>::try_from(x_bytes).map_err(|_| KeyError::Malformed {
            member: "x",
            expected: "32 bytes",
        })?;
        let key =
            ed25519_dalek::VerifyingKey::from_bytes(&point).map_err(|_| KeyError::NotOnCurve)?;
        if key.is_weak() || !is_canonical(&point) {
            return Err(KeyError::WeakPoint);
        }
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Ok(Self {
            kind: KeyKind::Ed25519,
            modulus: Box::default(),
            decoding: DecodingKey::from_ed_der(&point),
            spki: der::ed25519_spki(&point),
            thumbprint: Digest::of(canonical.as_bytes()),
        })
    }

    /// Has `jsonwebtoken` decode the key, which finds a point beside its curve, so that a bad key fails when it is loaded.
    fn into_key(self, algorithm: Algorithm) -> Result<PublicKey, KeyError> {
        (DEFAULT_PROVIDER.verifier_factory)(&algorithm.into(), &self.decoding)
            .map_err(|_| KeyError::NotOnCurve)?;
        Ok(PublicKey {
            algorithm,
            kind: self.kind,
            modulus: self.modulus,
            decoding: self.decoding,
            spki: self.spki.into_boxed_slice(),
            thumbprint: self.thumbprint,
        })
    }
}

/// Is the y coordinate, 255 bits little-endian, below 2^255 - 19 (RFC 8032, section 5.1.3)?
fn is_canonical(point: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = point;
    *low < 0xed || high & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

#[cfg(test)]
mod tests;
