//! Every issuer's keys as one worker sees them: inline, or fetched as [`documents`](super::documents).

use super::documents::remote::Remote;
use super::documents::{
    Availability, Document, DocumentError, DocumentId, Documents, Generation, Slot,
};
use super::issuer::{Issuer, IssuerName, KeySource};
use super::jose::algorithm::Algorithm;
use super::jose::jwk::KeyUse;
use super::jose::keyset::{self, KeySet, KeySetError};
use super::signature::agent::{self, SignatureAgent};
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

    const ACCEPT: &'static str = "application/jwk-set+json, application/http-message-signatures-directory+json, application/json";

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
    #[error("{place} (`{issuer}`): {source}", place = id.owner())]
    InlineKeys {
        /// Which set.
        id: DocumentId,
        /// Whose it is.
        issuer: IssuerName,
        /// What is wrong.
        source: KeySetError,
    },
    /// The address of a remote key set isn't `http://` or `https://`, an authority without user info, and perhaps a path.
    #[error(
        "{place} (`{issuer}`): the key set's address is not `https://host[:port]/path`",
        place = id.owner()
    )]
    Url {
        /// Which set.
        id: DocumentId,
        /// Whose it is.
        issuer: IssuerName,
    },
}

/// Whose keys, and where they come from.
struct Owner<'a> {
    id: DocumentId,
    name: &'a IssuerName,
    keys: &'a KeySource,
    rules: KeyRules,
}

impl Owner<'_> {
    fn source(self) -> Result<Source, KeyRingError> {
        let id = self.id;
        let issuer = || self.name.clone();
        match self.keys {
            KeySource::Inline(document) => {
                let KeyRules {
                    algorithms,
                    key_use,
                } = &self.rules;
                let set = KeySet::parse(document.as_bytes(), algorithms, *key_use);
                set.map(Source::Inline)
                    .map_err(|source| KeyRingError::InlineKeys {
                        id,
                        issuer: issuer(),
                        source,
                    })
            }
            KeySource::Remote(keys) => Remote::new(id, keys, self.rules)
                .map(|remote| Source::Remote(Box::new(remote)))
                .ok_or_else(|| KeyRingError::Url {
                    id,
                    issuer: issuer(),
                }),
        }
    }
}

impl KeyRing {
    /// A ring for all issuers of a configuration, in its order.
    ///
    /// # Errors
    ///
    /// [`KeyRingError`] for inline keys that can't be used and for an address that can't be fetched from.
    pub fn new(issuers: &[Issuer]) -> Result<Self, KeyRingError> {
        Self::of(issuers.iter().enumerate().map(|(issuer, one)| Owner {
            id: DocumentId::Keys { issuer },
            name: &one.name,
            keys: &one.keys,
            rules: KeyRules {
                algorithms: one.algorithms.clone(),
                key_use: one.profile.key_use(),
            },
        }))
    }

    /// A ring for the keys of all agents that sign their requests, in the configuration's order.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn of_agents(agents: &[SignatureAgent]) -> Result<Self, KeyRingError> {
        Self::of(agents.iter().enumerate().map(|(agent, one)| Owner {
            id: DocumentId::AgentKeys { agent },
            name: &one.name,
            keys: &one.keys,
            rules: KeyRules {
                algorithms: agent::ALGORITHMS.to_vec(),
                key_use: KeyUse::Signature,
            },
        }))
    }

    fn of<'a>(owners: impl Iterator<Item = Owner<'a>>) -> Result<Self, KeyRingError> {
        let sources = owners.map(|owner| Ok((owner.name.clone(), owner.source()?)));
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
