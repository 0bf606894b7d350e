//! Every issuer's keys as one worker sees them: a state machine that says what to fetch and is told what came.
//!
//! ```text
//!              due                loaded
//!   Waiting ---------> Fetching ---------> Waiting, until `refresh` has passed
//!      ^                  |
//!      |  after a backoff | failed, or no answer in time
//!      `------------------'
//! ```
//!
//! Keys that were loaded stay through failures for the issuer's grace. Several workers share one fetch through
//! [`shared`].

mod remote;
pub mod shared;

use self::remote::Remote;
use super::issuer::{Issuer, IssuerName, KeySource};
use super::jose::keyset::{KeySet, KeySetError};
use crate::time::{Seconds, UnixTime};

/// The keys of all issuers, addressed by the issuers' places in the configuration.
#[derive(Debug)]
pub struct KeyRing {
    issuers: Vec<(IssuerName, Source)>,
}

#[derive(Debug)]
enum Source {
    Inline(KeySet),
    Remote(Box<Remote>),
}

/// What can be said of an issuer's keys now.
#[derive(Debug)]
pub enum KeyState<'a> {
    /// They are there.
    Ready(&'a KeySet),
    /// They were never there, and the first attempts to fetch them aren't over: waiting is worth it.
    Pending,
    /// They could not be fetched, or their grace is over, or there is no such issuer.
    Unavailable,
}

/// Which set of an issuer's keys is in use: what was verified under another one is to be verified again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation(u64);

/// A key set to be fetched with `GET`; answer with [`KeyRing::loaded`] or [`KeyRing::failed`], or their namesakes in
/// [`shared`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The issuer's place in the configuration.
    pub issuer: usize,
    /// What the host calls the upstream.
    pub cluster: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Host and port.
    pub authority: String,
    /// Path and query.
    pub path: String,
    /// How long it may take.
    pub timeout: Seconds,
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

/// Why a fetched document was not taken; the keys in use stay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It is no key set with a usable key.
    #[error("issuer `{issuer}`: {source}")]
    KeySet {
        /// The issuer.
        issuer: IssuerName,
        /// What is wrong.
        source: KeySetError,
    },
    /// No issuer at this place has remote keys.
    #[error("issuers[{index}] has no remote keys")]
    NotRemote {
        /// The place.
        index: usize,
    },
}

/// Did the keys change?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// They are others than before, or the first.
    Changed,
    /// The same document came again.
    Unchanged,
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
                    let remote =
                        Remote::new(index, keys, &issuer.algorithms, issuer.profile.key_use());
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
            Source::Inline(_) => Some(Generation(0)),
            Source::Remote(remote) => remote.generation(now),
        }
    }

    /// What to fetch now; each is being fetched from here on, until it is answered or its time is over.
    ///
    /// For a host with one worker, or whose workers share nothing; else see [`shared::start`].
    pub fn due(&mut self, now: UnixTime) -> Vec<Fetch> {
        self.remotes_mut()
            .filter_map(|remote| remote.is_due(now).then(|| remote.start(now)))
            .collect()
    }

    /// Takes a fetched document.
    ///
    /// # Errors
    ///
    /// [`LoadError`] where it is no key set with a usable key; that counts as a failed fetch, and the keys in use stay.
    pub fn loaded(
        &mut self,
        issuer: usize,
        now: UnixTime,
        document: &[u8],
    ) -> Result<Loaded, LoadError> {
        self.take(issuer, now, now, document)
    }

    /// Takes a document that was fetched at `fetched_at`, here or by another worker.
    fn take(
        &mut self,
        index: usize,
        now: UnixTime,
        fetched_at: UnixTime,
        document: &[u8],
    ) -> Result<Loaded, LoadError> {
        let Some((issuer, Source::Remote(remote))) = self.issuers.get_mut(index) else {
            return Err(LoadError::NotRemote { index });
        };
        remote
            .take(now, fetched_at, document)
            .map_err(|source| LoadError::KeySet {
                issuer: issuer.clone(),
                source,
            })
    }

    /// Says that a fetch brought nothing.
    pub fn failed(&mut self, issuer: usize, now: UnixTime) {
        if let Some(remote) = self.remote_mut(issuer) {
            remote.failed(now);
        }
    }

    /// Says that a token names a key that the issuer's set doesn't have. True if a fresh set is being fetched or is due now:
    /// then waiting for it is worth it. False where one was fetched less than the issuer's `min_interval` ago, so that
    /// made-up names cause no more fetches than that.
    pub fn unknown_kid(&mut self, issuer: usize, now: UnixTime) -> bool {
        self.remote_mut(issuer)
            .is_some_and(|remote| remote.want(now))
    }

    fn remote_mut(&mut self, issuer: usize) -> Option<&mut Remote> {
        match self.issuers.get_mut(issuer) {
            Some((_, Source::Remote(remote))) => Some(remote),
            Some((_, Source::Inline(_))) | None => None,
        }
    }

    fn remotes_mut(&mut self) -> impl Iterator<Item = &mut Remote> {
        self.issuers
            .iter_mut()
            .filter_map(|(_, source)| match source {
                Source::Remote(remote) => Some(remote.as_mut()),
                Source::Inline(_) => None,
            })
    }
}

#[cfg(test)]
mod tests;
