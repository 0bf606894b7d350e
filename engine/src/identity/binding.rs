//! Sender constraint: what ties a credential to the holder of a key (`cnf`, RFC 7800), and the proof of it in each request.
//!
//! A credential that was verified once is remembered; its proof is examined anew for every request, and [`prove`] alone
//! makes the [`Possession`] without which no request is judged.

use super::caller::Caller;
use super::claims::Claims;
use super::error::IdentityError;
use super::verified::{Unverified, Verified};

/// The key that a credential is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Something that is not understood here, so that no proof of it can be.
    Unknown,
}

impl Confirmation {
    /// What `cnf` says, where it is there.
    pub(super) fn read(claims: &Claims<'_>) -> Option<Self> {
        claims.get("cnf").map(|_| Self::Unknown)
    }
}

/// How the sender of one request has shown to be the credential's holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Possession {
    /// By having it: the credential is bound to no key (a bearer token).
    Bearer,
}

impl Possession {
    /// Its name in policies and records.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
        }
    }
}

/// Examines the proof that comes with a verified credential.
///
/// # Errors
///
/// The credential is bound, and the proof is missing or wrong.
pub fn prove(caller: &Verified<Caller>) -> Result<Verified<Possession>, IdentityError> {
    match &caller.confirmation {
        None => Ok(Unverified::new(Possession::Bearer).into_verified()),
        Some(Confirmation::Unknown) => Err(IdentityError::BoundTokenUnbound),
    }
}
