//! Every issuer's keys as one worker sees them: inline, or fetched as [`documents`](super::documents).

use super::documents::remote::Remote;
use super::documents::{
    Availability, Document, DocumentError, DocumentId, Documents, Generation, Slot,
};
use super::issuer::{Issuer, IssuerName, KeySource};
use super::jose::algorithm::Algorithm;
use super::jose::jwk::KeyUse;
use super::jose::keyset::{self, KeySet, KeySetError};
use crate::time::UnixTime;

/// The keys of all issuers, addressed by the issuers' places in the configuration.
#[derive(Debug)]
pub struct KeyRing {
    issuers: Vec<(IssuerName, Source)>,
}

#[derive(Debug)]
enum Source {
    Inline(KeySet),
    Remote(Box<Remote<KeySet>>),
}

/// What can be said of an issuer's keys now.
pub type KeyState<'a> = Availability<'a, KeySet>;

/// Which keys of a set are an issuer's to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRules {
    /// Those for these algorithms.
    pub algorithms: Vec<Algorithm>,
    /// Those for this use.
    pub key_use: KeyUse,
}

impl Document for KeySet {
    type Rules = KeyRules;

    const ACCEPT: &'static str = "application/jwk-set+json, application/json";

    fn max_bytes(_rules: &KeyRules) -> usize {
        keyset::LIMITS.max_bytes
    }

    fn marks(rules: &KeyRules) -> Vec<&str> {
        let mut marks = vec![rules.key_use.name()];
        marks.extend(rules.algorithms.iter().map(|each| each.name()));
        marks
    }

    fn read(bytes: &[u8], rules: &KeyRules) -> Result<Self, DocumentError> {
        Ok(Self::parse(bytes, &rules.algorithms, rules.key_use)?)
    }
}

/// Why a configuration's keys can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// An inline key set is malformed or has no usable key.
    #[error("issuers[{index}] (`{issuer}`): {source}")]
    InlineKeys {
        /// The issuer's place.
        index: usize,
        /// Its name.
        issuer: IssuerName,
        /// What is wrong.
        source: KeySetError,
    },
    /// The address of a remote key set isn't `http://` or `https://`, an authority without user info, and perhaps a path.
    #[error(
        "issuers[{index}] (`{issuer}`): the key set's address is not `https://host[:port]/path`"
    )]
    Url {
        /// The issuer's place.
        index: usize,
        /// Its name.
        issuer: IssuerName,
    },
}

impl KeyRing {
    /// A ring for all issuers of a configuration, in its order.
    ///
    /// # Errors
    ///
    /// [`KeyRingError`] for inline keys that can't be used and for an address that can't be fetched from.
    pub fn new(issuers: &[Issuer]) -> Result<Self, KeyRingError> {
        let sources = issuers.iter().enumerate().map(|(index, issuer)| {
            let source = match &issuer.keys {
                KeySource::Inline(document) => {
                    let set = KeySet::parse(
                        document.as_bytes(),
                        &issuer.algorithms,
                        issuer.profile.key_use(),
                    );
                    Source::Inline(set.map_err(|source| KeyRingError::InlineKeys {
                        index,
                        issuer: issuer.name.clone(),
                        source,
                    })?)
                }
                KeySource::Remote(keys) => {
                    let id = DocumentId::Keys { issuer: index };
                    let rules = KeyRules {
                        algorithms: issuer.algorithms.clone(),
                        key_use: issuer.profile.key_use(),
                    };
                    let remote = Remote::new(id, keys, rules);
                    Source::Remote(Box::new(remote.ok_or_else(|| KeyRingError::Url {
                        index,
                        issuer: issuer.name.clone(),
                    })?))
                }
            };
            Ok((issuer.name.clone(), source))
        });
        Ok(Self {
            issuers: sources.collect::<Result<_, _>>()?,
        })
    }

    /// An issuer's keys at `now`.
    #[must_use]
    pub fn state(&self, issuer: usize, now: UnixTime) -> KeyState<'_> {
        match self.issuers.get(issuer) {
            Some((_, Source::Inline(set))) => KeyState::Ready(set),
            Some((_, Source::Remote(remote))) => remote.state(now),
            None => KeyState::Unavailable,
        }
    }

    /// Which keys of an issuer are in use at `now`; `None` where there are none.
    #[must_use]
    pub fn generation(&self, issuer: &IssuerName, now: UnixTime) -> Option<Generation> {
        let (_, source) = self.issuers.iter().find(|(name, _)| name == issuer)?;
        match source {
            Source::Inline(_) => Some(Generation::default()),
            Source::Remote(remote) => remote.generation(now),
        }
    }

    /// Says that a token names a key that the issuer's set doesn't have. True if a fresh set is being fetched or is due now:
    /// then waiting for it is worth it. False where one was fetched less than the issuer's `min_interval` ago, so that
    /// made-up names cause no more fetches than that.
    pub fn unknown_kid(&mut self, issuer: usize, now: UnixTime) -> bool {
        self.remote_mut(issuer)
            .is_some_and(|remote| remote.want(now))
    }

    fn remote_mut(&mut self, issuer: usize) -> Option<&mut Remote<KeySet>> {
        match self.issuers.get_mut(issuer) {
            Some((_, Source::Remote(remote))) => Some(remote),
            Some((_, Source::Inline(_))) | None => None,
        }
    }
}

impl Documents for KeyRing {
    fn slots(&mut self) -> Vec<&mut dyn Slot> {
        self.issuers
            .iter_mut()
            .filter_map(|(_, source)| match source {
                Source::Remote(remote) => Some(remote.as_mut() as &mut dyn Slot),
                Source::Inline(_) => None,
            })
            .collect()
    }
}

#[cfg(test)]
pub(super) mod tests;
