//! The keys that tokens are believed by.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use biscuit_auth::{Algorithm, PublicKey};

use crate::excerpt::Excerpt;
use crate::identity::jose::algorithm as jose;

/// A public key, as Biscuits write it: `ed25519/` or `secp256r1/` and its bytes in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub(super) PublicKey);

impl Key {
    /// The algorithm of its signatures, by the name that JWTs have for it.
    #[must_use]
    pub const fn algorithm(&self) -> jose::Algorithm {
        match self.0 {
            PublicKey::Ed25519(_) => jose::Algorithm::Ed25519,
            PublicKey::P256(_) => jose::Algorithm::Es256,
        }
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (algorithm, digits) = text.split_once('/').ok_or(KeyError::NoAlgorithm)?;
        let algorithm = match algorithm {
            "ed25519" => Algorithm::Ed25519,
            "secp256r1" => Algorithm::Secp256r1,
            other => {
                return Err(KeyError::UnknownAlgorithm {
                    algorithm: Excerpt::of(other),
                });
            }
        };
        PublicKey::from_bytes_hex(digits, algorithm)
            .map(Self)
            .map_err(|_| KeyError::NotKey)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text isn't a [`Key`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no slash.
    #[error(
        "the key doesn't say what it is for: write `ed25519/` or `secp256r1/` before its hexadecimal digits"
    )]
    NoAlgorithm,
    /// Something else stands before the slash.
    #[error("`{algorithm}` is no algorithm of Biscuits: write `ed25519/` or `secp256r1/`")]
    UnknownAlgorithm {
        /// What stands there.
        algorithm: Excerpt,
    },
    /// What follows the slash is no point of that curve.
    #[error(
        "what follows the slash is no public key: 32 bytes in hexadecimal for `ed25519`, 33 for `secp256r1`"
    )]
    NotKey,
}

/// A key that first blocks may be signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// By which id tokens name it; none for the one key of tokens that name none.
    pub id: Option<u32>,
    /// What policies and records call whoever issues tokens with it.
    pub issuer: String,
    /// The key.
    pub key: Key,
}

/// The keys that first blocks may be signed with, by the id that tokens name them by. They can be of several issuers, but no two
/// have one id: a token doesn't say whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots(BTreeMap<Option<u32>, Root>);

impl Roots {
    /// Each key with its id, and at most one for tokens that name none. An id that a token names is never overruled: where no key
    /// has it, the token is refused.
    ///
    /// # Errors
    ///
    /// [`RootsError`]
    pub fn new(roots: impl IntoIterator<Item = Root>) -> Result<Self, RootsError> {
        let mut by_id = BTreeMap::new();
        for root in roots {
            let id = root.id;
            if by_id.insert(id, root).is_some() {
                return Err(
                    id.map_or(RootsError::RepeatedDefault, |id| RootsError::RepeatedId {
                        id,
                    }),
                );
            }
        }
        if by_id.is_empty() {
            return Err(RootsError::NoKey);
        }
        Ok(Self(by_id))
    }

    /// No key at all, for whoever only reads what tokens claim.
    #[must_use]
    pub const fn nobody() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn find(&self, id: Option<u32>) -> Option<&Root> {
        self.0.get(&id)
    }
}

/// Why a list of keys can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// The same id twice.
    #[error("two root keys have the id {id}: give each its own")]
    RepeatedId {
        /// Which.
        id: u32,
    },
    /// Two for tokens that name no id.
    #[error("two root keys have no id: a token without one says nothing of whose it is")]
    RepeatedDefault,
    /// There is none at all.
    #[error("there is no root key, so no token could be believed: name at least one")]
    NoKey,
}

/// The keys whose third-party blocks are taken, by the name that people call their holders by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThirdParties(Vec<(String, Key)>);

impl ThirdParties {
    /// Each key with its holder's name; of several names for one key the first counts.
    #[must_use]
    pub fn new(parties: impl IntoIterator<Item = (String, Key)>) -> Self {
        Self(parties.into_iter().collect())
    }

    pub(super) fn name_of(&self, key: &PublicKey) -> Option<&str> {
        let party = self.0.iter().find(|(_, known)| known.0 == *key);
        party.map(|(name, _)| name.as_str())
    }
}
