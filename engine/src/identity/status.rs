//! Token Status Lists (draft-ietf-oauth-status-list-21): a token's issuer publishes one small number per token, packed and
//! signed, and a token names its place in such a list.
//!
//! A list is fetched only from where the issuer's configuration says; a token's `uri` chooses among those places and no
//! more. Its signature is examined with the issuer's keys as they are now: a key that was withdrawn ends the lists that it
//! signed. Lists in CWT form are not read.

mod error;
mod kept;
pub mod list;
pub mod rules;
mod token;

pub use error::StatusListError;

use self::kept::Kept;
use self::list::Status;
use self::rules::{Check, StatusClaim, StatusRules};
use super::documents::{Documents, Slot};
use super::issuer::Issuer;
use super::keyring::KeyRing;
use super::standing::StandingError;
use crate::excerpt::Excerpt;
use crate::ports::SignatureVerifier;
use crate::time::UnixTime;

/// The lists of all issuers, addressed by the issuers' places in the configuration.
#[derive(Debug)]
pub struct StatusLists {
    issuers: Vec<Vec<Kept>>,
}

/// What looking at a list takes.
pub(super) struct Look<'a> {
    /// The issuer's place.
    pub(super) index: usize,
    pub(super) issuer: &'a Issuer,
    pub(super) keys: &'a mut KeyRing,
    pub(super) verifier: &'a dyn SignatureVerifier,
    pub(super) now: UnixTime,
}

impl StatusLists {
    /// The places of these issuers' lists, before anything was fetched.
    #[must_use]
    pub fn new(issuers: &[Issuer]) -> Self {
        let of = |(index, issuer): (usize, &Issuer)| {
            let places = issuer.lifecycle.status.lists.iter().enumerate();
            let limit = issuer.lifecycle.status.max_list_bytes;
            places
                .map(|(place, rules)| Kept::new(index, place, rules, limit))
                .collect()
        };
        Self {
            issuers: issuers.iter().enumerate().map(of).collect(),
        }
    }

    /// Does the token's status allow it to be used?
    ///
    /// # Errors
    ///
    /// It does not, or it can't be said: [`StandingError`]; one that [is pending](StandingError::is_pending) is no verdict.
    pub(super) fn check(
        &mut self,
        claim: Option<&StatusClaim>,
        look: Look<'_>,
    ) -> Result<(), StandingError> {
        let StatusRules { check, .. } = look.issuer.lifecycle.status;
        match (claim, check) {
            (_, Check::Ignore) | (None, Check::Present) => Ok(()),
            (None, Check::Required) => Err(StandingError::StatusMissing),
            (Some(StatusClaim::Other), Check::Present | Check::Required) => {
                Err(StandingError::StatusNotUnderstood)
            }
            (Some(StatusClaim::List { index, uri }), Check::Present | Check::Required) => {
                let status = self.look_up(*index, uri, look)?;
                match status {
                    Status(0) => Ok(()),
                    Status(1) => Err(StandingError::Invalid),
                    Status(2) => Err(StandingError::Suspended),
                    Status(value) => Err(StandingError::StatusUnknown { value }),
                }
            }
        }
    }

    fn look_up(&mut self, index: u64, uri: &str, look: Look<'_>) -> Result<Status, StandingError> {
        let places = self.issuers.get_mut(look.index);
        let place = places.and_then(|places| places.iter_mut().find(|place| place.allows(uri)));
        let place = place.ok_or_else(|| StandingError::ListNotAllowed {
            uri: Excerpt::of(uri),
        })?;
        let list = place.list(uri, look)?;
        list.get(index).ok_or(StandingError::IndexOutOfRange {
            index,
            entries: list.entries(),
        })
    }
}

impl Documents for StatusLists {
    fn slots(&mut self) -> Vec<&mut dyn Slot> {
        let places = self.issuers.iter_mut().flatten();
        places.flat_map(Kept::slots).collect()
    }
}

#[cfg(test)]
mod tests;
