//! Sender constraint: what ties a credential to the holder of a key (`cnf`, RFC 7800), and the proof of it in each request.
//!
//! A credential that was verified once is remembered; its proof is examined anew for every request, and [`prove`] alone
//! makes the [`Possession`] without which no request is judged.

pub mod dpop;
pub mod target;
pub mod wpt;

use self::dpop::{Dpop, DpopError};
use self::target::{Origin, Target, TargetError};
use self::wpt::{WorkloadKey, WptError};
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
    /// The key of a workload, as its identity token has it.
    Workload(Box<WorkloadKey>),
    /// Something that is not understood here, so that no proof of it can be.
    Unknown,
}

impl Confirmation {
    /// The key's thumbprint or its certificate's, by which a deny-list names it.
    pub(super) const fn thumbprint(&self) -> Option<Digest> {
        match self {
            Self::Jkt(key) => Some(*key),
            Self::Workload(key) => Some(key.key.thumbprint()),
            Self::Unknown => None,
        }
    }

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
    /// By a DPoP proof (RFC 9449).
    Dpop {
        /// The thumbprint of the key that made it.
        key: Digest,
    },
    /// By a Workload Proof Token (draft-ietf-wimse-wpt-02).
    Wpt {
        /// The thumbprint of the key that made it.
        key: Digest,
    },
    /// By a signature over the request itself (RFC 9421).
    HttpSignature {
        /// The thumbprint of the key that made it.
        key: Digest,
    },
}

impl Possession {
    /// Its name in policies and records.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Dpop { .. } => "dpop",
            Self::Wpt { .. } => "wpt",
            Self::HttpSignature { .. } => "http_signature",
        }
    }

    /// The digest of the key that was shown to be held, where one was.
    #[must_use]
    pub const fn key(&self) -> Option<Digest> {
        match self {
            Self::Bearer => None,
            Self::Dpop { key } | Self::Wpt { key } | Self::HttpSignature { key } => Some(*key),
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
    /// By what clients reach the service, where the configuration says so; else the request itself does.
    pub origin: Option<&'a Origin>,
    /// Is a credential refused that is bound to nothing?
    pub binding_required: bool,
    /// What DPoP proofs are judged by.
    pub dpop: &'a Dpop,
}

impl<'a> Presentation<'a> {
    /// What the request is for, as its client knows it. Fields such as `X-Forwarded-Host` have no part in it.
    ///
    /// # Errors
    ///
    /// Its scheme, authority or path can't be read.
    pub fn target(&self) -> Result<Target<'a>, TargetError> {
        let head = self.head;
        let origin = match self.origin {
            Some(origin) => origin.clone(),
            None => Origin::new(head.scheme(), head.authority())?,
        };
        Target::new(origin, head.raw_path())
    }
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
    let presented = presentation.presented;
    let possession = match (&caller.confirmation, presented.scheme()) {
        (None, Scheme::Dpop | Scheme::Wpt) => return Err(IdentityError::UnboundTokenAsBound),
        (None, Scheme::Bearer) if presentation.binding_required => {
            return Err(IdentityError::BindingRequired);
        }
        (None, Scheme::Bearer) => Possession::Bearer,
        (Some(Confirmation::Jkt(key)), Scheme::Dpop) => {
            let proof = presented.proof().ok_or(IdentityError::BoundTokenUnbound)?;
            presentation.dpop.verify(proof, key, presentation)?
        }
        (Some(Confirmation::Workload(key)), Scheme::Wpt) => {
            let proof = presented.proof().ok_or(IdentityError::BoundTokenUnbound)?;
            key.verify(proof, presentation)?
        }
        (Some(Confirmation::Workload(_)), Scheme::Bearer | Scheme::Dpop)
        | (Some(Confirmation::Jkt(_)), Scheme::Bearer | Scheme::Wpt) => {
            return Err(IdentityError::BoundTokenUnbound);
        }
        (Some(Confirmation::Unknown), _) => return Err(IdentityError::BindingUnknown),
    };
    Ok(Unverified::new(possession).into_verified())
}

impl From<DpopError> for IdentityError {
    fn from(error: DpopError) -> Self {
        Self::Dpop(Box::new(error))
    }
}

impl From<WptError> for IdentityError {
    fn from(error: WptError) -> Self {
        Self::Wpt(Box::new(error))
    }
}
