//! The public halves of keys, from files.

use std::path::Path;

use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::jwk::{Jwk, KeyUse};
use bailiwick_engine::json;
use serde_json::{Map, Value};

use super::{Key, KeyError, LIMITS};

/// A public key, as the engine read it and as it is to be written.
#[derive(Clone)]
pub(crate) struct Public {
    /// The key.
    pub(crate) jwk: Jwk,
    /// What it is made of, without its name and what it is for.
    pub(crate) members: Map<String, Value>,
}

/// The members that a key is made of (RFC 7518, section 6; RFC 8037, section 2).
const OWN: [&str; 6] = ["kty", "crv", "x", "y", "n", "e"];

impl Public {
    /// Reads a JWK, a JWK set, or the public half of a private key. Each key is for one of `allowed`, its first where the
    /// key doesn't say.
    pub(crate) fn read(path: &Path, allowed: &[Algorithm]) -> Result<Vec<Self>, KeyError> {
        let text = std::fs::read_to_string(path).map_err(|source| KeyError::File {
            path: path.to_owned(),
            source,
        })?;
        let unusable = |source| KeyError::Unusable {
            path: path.to_owned(),
            source,
        };
        let of_private = || -> Result<_, KeyError> { Ok(Key::read(path)?.public(allowed)) };
        if !text.trim_start().starts_with('{') {
            return Ok(vec![of_private()?.map_err(unusable)?]);
        }
        let not_public = || KeyError::NotPublic {
            path: path.to_owned(),
        };
        let file: Map<String, Value> = serde_json::from_str(&text).map_err(|_| not_public())?;
        let keys = match file.get("keys") {
            _ if file.contains_key("d") => vec![of_private()?],
            Some(Value::Array(keys)) => keys.iter().map(|key| Self::of(key, allowed)).collect(),
            Some(_) => return Err(not_public()),
            None => vec![Self::of(&Value::Object(file), allowed)],
        };
        let keys: Result<Vec<_>, _> = keys.into_iter().collect();
        keys.map_err(unusable)
    }

    /// Reads a file with one key.
    pub(crate) fn read_one(path: &Path, allowed: &[Algorithm]) -> Result<Self, KeyError> {
        let keys = Self::read(path, allowed)?;
        let count = keys.len();
        <[Self; 1]>::try_from(keys)
            .map(|[key]| key)
            .map_err(|_| KeyError::NotOne {
                path: path.to_owned(),
                count,
            })
    }

    fn of(
        jwk: &Value,
        allowed: &[Algorithm],
    ) -> Result<Self, bailiwick_engine::identity::jose::jwk::KeyError> {
        use bailiwick_engine::identity::jose::jwk::KeyError;

        let text = jwk.to_string();
        let value = json::parse(text.as_bytes(), &LIMITS).map_err(|_| KeyError::NotObject)?;
        let parsed = Jwk::parse(&value, allowed, KeyUse::Signature)?;
        let is_rsa = jwk.get("kty").is_some_and(|kty| kty == "RSA");
        let members = jwk.as_object().into_iter().flatten();
        // Other keys are for one algorithm, by their curve.
        let kept = |name: &str| OWN.contains(&name) || (name == "alg" && is_rsa);
        Ok(Self {
            jwk: parsed,
            members: members
                .filter(|(name, _)| kept(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        })
    }
}

impl Key {
    /// The public half.
    pub(crate) fn public(
        &self,
        allowed: &[Algorithm],
    ) -> Result<Public, bailiwick_engine::identity::jose::jwk::KeyError> {
        Public::of(&Value::Object(self.public_jwk(KeyUse::Signature)), allowed)
    }
}
