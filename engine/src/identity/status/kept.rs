//! The lists of one place: the one that stands there, or those under a prefix that tokens have named lately.

use std::collections::BTreeMap;

use super::Look;
use super::list::StatusList;
use super::rules::ListRules;
use super::token::{ListToken, TokenRules};
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::identity::documents::course::Address;
use crate::identity::documents::remote::Remote;
use crate::identity::documents::source::Source;
use crate::identity::documents::{Availability, DocumentId, Generation, Slot};
use crate::identity::error::IdentityError;
use crate::identity::jose::compact::Compact;
use crate::identity::jose::header::Header;
use crate::identity::jwt::find_key;
use crate::identity::standing::StandingError;
use crate::time::UnixTime;

/// The lists of one place.
#[derive(Debug)]
pub(super) struct Kept {
    issuer: usize,
    place: usize,
    rules: ListRules,
    max_list_bytes: usize,
    lists: BTreeMap<String, Entry>,
    /// How many were made so far; each has its own number.
    made: usize,
}

#[derive(Debug)]
struct Entry {
    remote: Remote<ListToken>,
    /// The versions of the list and of the issuer's keys by which the signature was found to verify.
    believed: Option<(Generation, Generation)>,
    used_at: UnixTime,
}

impl Kept {
    /// A place that has nothing yet. A list that stands alone is fetched from the start, one under a prefix when a token names
    /// it.
    pub(super) fn new(
        issuer: usize,
        place: usize,
        rules: &ListRules,
        max_list_bytes: usize,
    ) -> Self {
        let mut kept = Self {
            issuer,
            place,
            rules: rules.clone(),
            max_list_bytes,
            lists: BTreeMap::new(),
            made: 0,
        };
        if rules.kept.is_none() {
            let entry = kept.make(&rules.source.url, UnixTime(0));
            kept.lists
                .extend(entry.map(|entry| (rules.source.url.clone(), entry)));
        }
        kept
    }

    pub(super) fn allows(&self, uri: &str) -> bool {
        self.rules.allows(uri)
    }

    pub(super) fn slots(&mut self) -> impl Iterator<Item = &mut dyn Slot> {
        self.lists
            .values_mut()
            .map(|entry| &mut entry.remote as &mut dyn Slot)
    }

    /// The list at `uri`, which the place allows.
    ///
    /// # Errors
    ///
    /// It isn't there, or not yet, or can't be believed.
    pub(super) fn list(&mut self, uri: &str, look: Look<'_>) -> Result<&StatusList, StandingError> {
        if !self.lists.contains_key(uri) {
            self.add(uri, look.now)?;
        }
        let entry = self
            .lists
            .get_mut(uri)
            .ok_or(StandingError::StatusUnavailable)?;
        entry.used_at = look.now;
        entry.believe(look)
    }

    /// Makes room where there is none by dropping the list that was not used for the longest time. One that was used a moment
    /// ago stays, so that tokens of many lists can't cause one fetch each.
    fn add(&mut self, uri: &str, now: UnixTime) -> Result<(), StandingError> {
        if self.lists.len() >= self.rules.kept.unwrap_or(1) {
            let oldest = self.lists.iter().min_by_key(|(_, entry)| entry.used_at);
            let (oldest, used_at) = oldest
                .map(|(uri, entry)| (uri.clone(), entry.used_at))
                .ok_or(StandingError::StatusUnavailable)?;
            if now < used_at.after(self.rules.source.min_interval) {
                return Err(StandingError::TooManyLists {
                    kept: self.lists.len(),
                });
            }
            self.lists.remove(&oldest);
        }
        let entry = self
            .make(uri, now)
            .ok_or(StandingError::StatusUnavailable)?;
        self.lists.insert(uri.to_owned(), entry);
        Ok(())
    }

    fn make(&mut self, uri: &str, now: UnixTime) -> Option<Entry> {
        self.made = self.made.saturating_add(1);
        let id = DocumentId::StatusList {
            issuer: self.issuer,
            place: self.place,
            number: self.made,
        };
        let source = Source {
            url: uri.to_owned(),
            ..self.rules.source.clone()
        };
        let rules = TokenRules {
            uri: uri.to_owned(),
            max_list_bytes: self.max_list_bytes,
            refresh: self.rules.min_refresh..=self.rules.source.refresh,
        };
        let address = match self.rules.kept {
            None => Address::Own,
            Some(kept) => Address::Bucket(bucket(&self.rules.source, uri, kept)),
        };
        Some(Entry {
            remote: Remote::at(id, &source, rules, address)?,
            believed: None,
            used_at: now,
        })
    }
}

/// Where workers share a list of many: the store forgets nothing, so there are twice as many places as lists are kept, and two
/// lists that meet in one are fetched more often than necessary.
fn bucket(prefix: &Source, uri: &str, kept: usize) -> Digest {
    let number = Digest::of(uri.as_bytes())
        .as_bytes()
        .iter()
        .take(4)
        .fold(0usize, |sum, byte| {
            sum.wrapping_mul(256).wrapping_add(usize::from(*byte))
        });
    let number = number
        .checked_rem(kept.saturating_mul(2))
        .unwrap_or_default();
    Digest::of_parts(&[
        b"status_lists",
        prefix.cluster.as_bytes(),
        prefix.url.as_bytes(),
        number.to_string().as_bytes(),
    ])
}

impl Entry {
    /// The list, if it is the issuer's and still holds.
    fn believe(&mut self, look: Look<'_>) -> Result<&StatusList, StandingError> {
        let now = look.now;
        let keys = look.keys.generation(&look.issuer.name, now);
        let versions = self.remote.generation(now).zip(keys);
        let expired = match self.remote.state(now) {
            Availability::Ready(token) => token.expires_at.is_some_and(|at| now >= at),
            Availability::Pending => return Err(StandingError::StatusPending),
            Availability::Unavailable => return Err(StandingError::StatusUnavailable),
        };
        if expired {
            return Err(if self.remote.want(now) {
                StandingError::StatusPending
            } else {
                StandingError::StatusUnavailable
            });
        }
        if versions.is_none() || self.believed != versions {
            let Availability::Ready(token) = self.remote.state(now) else {
                return Err(StandingError::StatusUnavailable);
            };
            if let Err(error) = verify(token, look) {
                if !error.is_pending() {
                    self.remote.want(now);
                }
                return Err(error);
            }
            self.believed = versions;
        }
        match self.remote.state(now) {
            Availability::Ready(token) => Ok(&token.list),
            Availability::Pending | Availability::Unavailable => {
                Err(StandingError::StatusUnavailable)
            }
        }
    }
}

/// Examines what was only read: whose list it is, and from when.
fn verify(token: &ListToken, look: Look<'_>) -> Result<(), StandingError> {
    let Look {
        index,
        issuer,
        keys,
        verifier,
        now,
    } = look;
    let invalid = |why: IdentityError| {
        if matches!(why, IdentityError::KeysPending { .. }) {
            return StandingError::KeysPending;
        }
        if matches!(why, IdentityError::KeysUnavailable { .. }) {
            let issuer = issuer.name.clone();
            return StandingError::KeysUnavailable { issuer };
        }
        let why = why.to_string();
        StandingError::ListInvalid { why }
    };
    let foreign = token
        .issuer
        .as_ref()
        .filter(|named| **named != issuer.identifier);
    if let Some(found) = foreign {
        return Err(invalid(IdentityError::UnknownIssuer {
            found: Excerpt::of(found),
        }));
    }
    if token.issued_at > now.after(issuer.clock_skew) {
        return Err(invalid(IdentityError::IssuedInFuture {
            at: token.issued_at,
            now,
        }));
    }
    let compact = Compact::decode_within(&token.text, token.text.len())
        .map_err(|error| invalid(error.into()))?;
    let header = Header::parse(&compact.header).map_err(invalid)?;
    if !issuer.algorithms.contains(&header.algorithm) {
        return Err(invalid(IdentityError::AlgorithmNotAllowed {
            issuer: issuer.name.clone(),
            algorithm: header.algorithm,
        }));
    }
    let jwk = find_key(index, issuer, &header, keys, now).map_err(invalid)?;
    jwk.key
        .verify(
            verifier,
            header.algorithm,
            compact.signing_input,
            &compact.signature,
        )
        .map_err(|_| {
            invalid(IdentityError::BadSignature {
                issuer: issuer.name.clone(),
            })
        })
}
