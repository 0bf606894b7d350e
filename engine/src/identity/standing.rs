//! Does a credential that was verified, now or a while ago, still stand? Asked for every request: a credential is remembered,
//! but it may have been revoked since, or have become too old.
//!
//! In this order, the cheap things first: its age, the deny-lists, its issuer's status list.

mod error;

use std::ops::Deref;

pub use error::StandingError;

use super::caller::Caller;
use super::issuer::Issuer;
use super::revocation::Names;
use super::status::Look;
use super::status::rules::StatusRules;
use super::trust::Trust;
use crate::ports::SignatureVerifier;
use crate::time::{Seconds, UnixTime};

/// When an issuer's tokens end before they expire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// After how long since `iat`.
    pub max_age: Option<Seconds>,
    /// Everything that was issued earlier is void.
    pub not_issued_before: Option<UnixTime>,
    /// What is done about their status.
    pub status: StatusRules,
}

/// Something that follows from a credential which stands, found so for one request.
///
/// Made by [`check`] and [`check_revocations`] only:
///
/// ```compile_fail,E0423
/// let forged = bailiwick_engine::identity::standing::Standing("anything");
/// ```
#[derive(Clone, Debug)]
pub struct Standing<T>(T);

impl<T> Deref for Standing<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Something that follows from a verified credential.
pub trait Revocable {
    /// Whose credential it is.
    fn caller(&self) -> &Caller;

    /// What it can be named by in deny-lists.
    fn names(&self) -> &Names;
}

/// By what a credential is judged.
pub struct Grounds<'a> {
    /// The issuers of the configuration.
    pub issuers: &'a [Issuer],
    /// What others say; made of the same issuers.
    pub trust: &'a mut Trust,
    /// For the signatures of status lists.
    pub verifier: &'a dyn SignatureVerifier,
    /// The time.
    pub now: UnixTime,
}

/// Says that a credential stands at this moment.
///
/// # Errors
///
/// It doesn't, or that can't be said. One that [is pending](StandingError::is_pending) is no verdict: try again when
/// documents were loaded.
pub fn check<T: Revocable>(
    credential: T,
    grounds: Grounds<'_>,
) -> Result<Standing<T>, StandingError> {
    let Grounds {
        issuers,
        trust,
        verifier,
        now,
    } = grounds;
    let caller = credential.caller();
    let (index, issuer) = issuer_of(caller, issuers)?;
    check_cut_off(caller.issued_at, issuer)?;
    check_max_age(caller.issued_at, issuer, now)?;
    let names = credential.names();
    trust.revocations.check(names, caller.issued_at, now)?;
    let look = Look {
        index,
        issuer,
        keys: &mut trust.keys,
        verifier,
        now,
    };
    trust.status.check(caller.status.as_ref(), look)?;
    Ok(Standing(credential))
}

/// What can end a credential before it expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Its issuer's `not_issued_before`.
    CutOff,
    /// Its issuer's `max_age_seconds`.
    MaxAge,
    /// The deny-lists.
    DenyLists,
    /// Its place in its issuer's status list.
    StatusList,
}

/// A rule, and what it says.
pub type Finding = (Rule, Result<(), StandingError>);

/// What each rule by itself says of a credential, for people who want to know; none of a rule that asks nothing of it.
///
/// # Errors
///
/// Its issuer is none of the configuration.
pub fn examine<T: Revocable>(
    credential: &T,
    grounds: Grounds<'_>,
) -> Result<Vec<Finding>, StandingError> {
    let Grounds {
        issuers,
        trust,
        verifier,
        now,
    } = grounds;
    let caller = credential.caller();
    let issued_at = caller.issued_at;
    let (index, issuer) = issuer_of(caller, issuers)?;
    let Lifecycle {
        max_age,
        not_issued_before,
        status,
    } = &issuer.lifecycle;
    let mut found = Vec::new();
    if not_issued_before.is_some() {
        found.push((Rule::CutOff, check_cut_off(issued_at, issuer)));
    }
    if max_age.is_some() {
        found.push((Rule::MaxAge, check_max_age(issued_at, issuer, now)));
    }
    if !trust.revocations.are_none() {
        let outcome = trust.revocations.check(credential.names(), issued_at, now);
        found.push((Rule::DenyLists, outcome));
    }
    if status.asks_about(caller.status.as_ref()) {
        let look = Look {
            index,
            issuer,
            keys: &mut trust.keys,
            verifier,
            now,
        };
        let outcome = trust.status.check(caller.status.as_ref(), look);
        found.push((Rule::StatusList, outcome));
    }
    Ok(found)
}

/// Says that a credential stands at this moment that no issuer gave, such as the signature of a request or the certificate of a
/// connection, so that deny-lists alone count.
///
/// # Errors
///
/// As [`check`].
pub fn check_revocations<T: Revocable>(
    credential: T,
    trust: &mut Trust,
    now: UnixTime,
) -> Result<Standing<T>, StandingError> {
    let issued_at = credential.caller().issued_at;
    trust
        .revocations
        .check(credential.names(), issued_at, now)?;
    Ok(Standing(credential))
}

/// The issuer that vouches for a caller, and its place.
fn issuer_of<'i>(
    caller: &Caller,
    issuers: &'i [Issuer],
) -> Result<(usize, &'i Issuer), StandingError> {
    let mut named = issuers.iter().enumerate();
    named
        .find(|(_, issuer)| issuer.name == caller.domain)
        .ok_or(StandingError::IssuerGone)
}

fn check_cut_off(issued_at: Option<UnixTime>, issuer: &Issuer) -> Result<(), StandingError> {
    let Some(moment) = issuer.lifecycle.not_issued_before else {
        return Ok(());
    };
    let issued_at = issued_at.ok_or(StandingError::AgeUnknown)?;
    if issued_at < moment {
        return Err(StandingError::CutOff {
            issuer: issuer.name.clone(),
            issued_at,
            moment,
        });
    }
    Ok(())
}

fn check_max_age(
    issued_at: Option<UnixTime>,
    issuer: &Issuer,
    now: UnixTime,
) -> Result<(), StandingError> {
    let Some(limit) = issuer.lifecycle.max_age else {
        return Ok(());
    };
    let issued_at = issued_at.ok_or(StandingError::AgeUnknown)?;
    if now > issued_at.after(limit).after(issuer.clock_skew) {
        return Err(StandingError::TooOld {
            issuer: issuer.name.clone(),
            age: now.since(issued_at),
            limit,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
