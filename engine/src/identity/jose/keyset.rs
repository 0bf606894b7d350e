//! A JSON Web Key Set (RFC 7517, section 5): one issuer's keys.

use super::algorithm::Algorithm;
use super::jwk::{Jwk, KeyError, KeyUse};
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::json::{self, JsonError, Value};

/// The most keys, usable or not, that a set may have.
pub const MAX_KEYS: usize = 64;

/// How much of a set is read.
pub const LIMITS: json::Limits = json::Limits {
    max_bytes: 256 * 1024,
    max_depth: 8,
    max_values: 4096,
};

/// An issuer's usable keys; at least one.
///
/// INVARIANT: sorted by name; no two different keys of one name are for the same algorithm.
#[derive(Clone, Debug)]
pub struct KeySet {
    keys: Vec<Jwk>,
    skipped: Vec<(usize, KeyError)>,
}

/// Why a document is no key set to verify with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not strict JSON.
    #[error("the key set is not valid JSON: {0}")]
    NotJson(#[from] JsonError),
    /// No object with an array `keys`.
    #[error("the key set is not an object with an array `keys`")]
    NotKeySet,
    /// More keys than are read.
    #[error("the key set has {count} keys, the limit is {MAX_KEYS}")]
    TooManyKeys {
        /// How many.
        count: usize,
    },
    /// A secret was published; nothing in the set is to be trusted.
    #[error("`keys[{index}]`: {error}")]
    Compromised {
        /// The key's place.
        index: usize,
        /// What was found.
        error: KeyError,
    },
    /// Two keys of one name and algorithm: which one verifies would be chance.
    #[error("`keys[{index}]`: the key `{kid}` is there twice for one algorithm")]
    RepeatedKid {
        /// The place of the later one.
        index: usize,
        /// Its name.
        kid: Excerpt,
    },
    /// No key can be used; the first reason, if there is one, says why.
    #[error("the key set has no usable key{}", first(.skipped))]
    NoUsableKey {
        /// Each key's place and what is wrong with it.
        skipped: Vec<(usize, KeyError)>,
    },
}

fn first(skipped: &[(usize, KeyError)]) -> String {
    skipped.first().map_or_else(String::new, |(index, error)| {
        format!(": `keys[{index}]`: {error}")
    })
}

/// What a set has for a token.
#[derive(Debug)]
pub enum Lookup<'a> {
    /// The key.
    Found(&'a Jwk),
    /// The token names none, and there isn't exactly one of this algorithm.
    NotNamed,
    /// No key of this name.
    Unknown,
    /// The key of this name is for another algorithm.
    OtherAlgorithm(&'a Jwk),
}

impl KeySet {
    /// Reads a set.
    ///
    /// Keys of unknown types, for another use than `wanted`, or unfit are left out, and [`Self::skipped`] says which and why.
    /// The same key listed twice counts once. A SPIFFE bundle is such a set too; what else it says is not looked at.
    ///
    /// # Errors
    ///
    /// A [`KeySetError`]; then no key of the set is to be used.
    pub fn parse(
        document: &[u8],
        allowed: &[Algorithm],
        wanted: KeyUse,
    ) -> Result<Self, KeySetError> {
        let document = json::parse(document, &LIMITS)?;
        let listed = document
            .as_object()
            .and_then(|set| set.get("keys"))
            .and_then(Value::as_array)
            .ok_or(KeySetError::NotKeySet)?;
        if listed.len() > MAX_KEYS {
            return Err(KeySetError::TooManyKeys {
                count: listed.len(),
            });
        }
        let mut set = Self {
            keys: Vec::with_capacity(listed.len()),
            skipped: Vec::new(),
        };
        for (index, jwk) in listed.iter().enumerate() {
            match Jwk::parse(jwk, allowed, wanted) {
                Ok(jwk) => set.add(index, jwk)?,
                Err(error) if error.is_compromise() => {
                    return Err(KeySetError::Compromised { index, error });
                }
                Err(error) => set.skipped.push((index, error)),
            }
        }
        if set.keys.is_empty() {
            return Err(KeySetError::NoUsableKey {
                skipped: set.skipped,
            });
        }
        set.keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        Ok(set)
    }

    fn add(&mut self, index: usize, new: Jwk) -> Result<(), KeySetError> {
        let same_name =
            |old: &&Jwk| old.kid == new.kid && old.key.algorithm().is_same_as(new.key.algorithm());
        match (self.keys.iter().find(same_name), &new.kid) {
            (Some(old), _) if old.key.thumbprint() == new.key.thumbprint() => Ok(()),
            (Some(_), Some(kid)) => Err(KeySetError::RepeatedKid {
                index,
                kid: Excerpt::of(kid),
            }),
            // Keys without a name can't be confused by it: a token that names none needs a set with one that fits.
            (Some(_), None) | (None, _) => {
                self.keys.push(new);
                Ok(())
            }
        }
    }

    /// The key for a token that names `kid` and says `algorithm`. Without a name there must be one key of that algorithm.
    #[must_use]
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Lookup<'_> {
        let fits = |jwk: &&Jwk| jwk.key.algorithm().is_same_as(algorithm);
        let Some(kid) = kid else {
            let mut fitting = self.keys.iter().filter(fits);
            return match (fitting.next(), fitting.next()) {
                (Some(only), None) => Lookup::Found(only),
                _ => Lookup::NotNamed,
            };
        };
        let start = self
            .keys
            .partition_point(|jwk| jwk.kid.as_deref() < Some(kid));
        let mut named = self
            .keys
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(|jwk| jwk.kid.as_deref() == Some(kid));
        match (named.clone().find(fits), named.next()) {
            (Some(jwk), _) => Lookup::Found(jwk),
            (None, Some(other)) => Lookup::OtherAlgorithm(other),
            (None, None) => Lookup::Unknown,
        }
    }

    /// The key with this thumbprint (RFC 7638), whatever it is called.
    #[must_use]
    pub fn by_thumbprint(&self, thumbprint: &Digest) -> Option<&Jwk> {
        self.keys
            .iter()
            .find(|jwk| jwk.key.thumbprint() == *thumbprint)
    }

    /// The usable keys, sorted by name.
    #[must_use]
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The keys that are not used: their places in the document, and why.
    #[must_use]
    pub fn skipped(&self) -> &[(usize, KeyError)] {
        &self.skipped
    }
}

#[cfg(test)]
mod tests;
