//! Sender constraint: what ties a credential to the holder of a key (`cnf`, RFC 7800), and the proof of it in each request.
//!
//! A credential that was verified once is remembered; its proof is examined anew for every request, and [`prove`] alone
//! makes the [`Possession`] without which no request is judged.

use super::caller::Caller;
use super::claims::Claims;
use super::error::IdentityError;
use super::verified::{Unverified, Verified};
use crate::credential::{Presented, Scheme};
use crate::digest::Digest;
use crate::ports::Host;
use crate::request::Head;
use crate::time::UnixTime;

/// The key that a credential is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The key with this thumbprint (RFC 7638): `jkt` of RFC 9449, section 6.1.
    Jkt(Digest),
    /// Something that is not understood here, so that no proof of it can be.
    Unknown,
}

impl Confirmation {
    /// What `cnf` says, where it is there. A member beside the one that is understood would ask for another proof, which
    /// nobody examines, so the whole is not understood then.
    pub(super) fn read(claims: &Claims<'_>) -> Option<Self> {
        let Some(members) = claims.get("cnf")?.as_object() else {
            return Some(Self::Unknown);
        };
        let mut members = members.iter();
        let (Some((name, value)), None) = (members.next(), members.next()) else {
            return Some(Self::Unknown);
        };
        let digest = value.as_str().and_then(Digest::from_base64url);
        Some(match (name, digest) {
            ("jkt", Some(key)) => Self::Jkt(key),
            _ => Self::Unknown,
        })
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

/// How a verified credential came: whatever a proof of possession can depend on.
#[derive(Clone, Copy)]
pub struct Presentation<'a> {
    /// The credential as presented.
    pub presented: &'a Presented<'a>,
    /// The request's head.
    pub head: &'a Head,
    /// The host, for its connection, its cryptography and what its workers share.
    pub host: Host<'a>,
    /// The time.
    pub now: UnixTime,
}

/// Examines the proof that comes with a verified credential.
///
/// # Errors
///
/// The credential is bound, and the proof is missing or wrong.
pub fn prove(
    caller: &Verified<Caller>,
    presentation: &Presentation<'_>,
) -> Result<Verified<Possession>, IdentityError> {
    let scheme = presentation.presented.scheme();
    match (&caller.confirmation, scheme) {
        (None, Scheme::Bearer) => Ok(Unverified::new(Possession::Bearer).into_verified()),
        (None, Scheme::Dpop) => Err(IdentityError::UnboundTokenAsBound),
        (Some(Confirmation::Jkt(_) | Confirmation::Unknown), _) => {
            Err(IdentityError::BoundTokenUnbound)
        }
    }
}
