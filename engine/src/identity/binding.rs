//! Sender constraint: what ties a credential to the holder of a key (`cnf`, RFC 7800), and the proof of it in each request.
//!
//! A credential that was verified once is remembered; its proof is examined anew for every request, and [`prove`] alone
//! makes the [`Possession`] without which no request is judged.

pub mod dpop;
pub mod mtls;
pub mod target;
pub mod workload;
pub mod wpt;

use self::dpop::{Dpop, DpopError};
use self::target::{Origin, Target, TargetError};
use self::workload::WorkloadKey;
use self::wpt::WptError;
use super::caller::{Caller, CredentialFormat};
use super::certificate::{CertificateRules, ClientCertificate};
use super::claims::Claims;
use super::error::IdentityError;
use super::signature::content::Content;
use super::signature::workload::WorkloadSignatureError;
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
    /// The certificate with this digest: `x5t#S256` of RFC 8705, section 3.1.
    X5tS256(Digest),
    /// The key or the certificate with this digest, either of the two above: what the scheme says.
    Thumbprint(Digest),
    /// Something that is not understood here, so that no proof of it can be.
    Unknown,
}

impl Confirmation {
    /// The key's thumbprint or its certificate's, by which a deny-list names it.
    pub(super) const fn thumbprint(&self) -> Option<Digest> {
        match self {
            Self::Jkt(digest) | Self::X5tS256(digest) | Self::Thumbprint(digest) => Some(*digest),
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
            ("x5t#S256", Some(certificate)) => Self::X5tS256(certificate),
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
    /// By a signature over the request itself (RFC 9421), an agent's or a workload's.
    HttpSignature {
        /// The thumbprint of the key that made it.
        key: Digest,
    },
    /// By a TLS connection that was made with the client certificate that the credential is bound to (RFC 8705).
    Mtls {
        /// The certificate's SHA-256 digest.
        certificate: Digest,
    },
    /// By a proof over one call, by the key that a chain of Attenuating Agent Tokens ends with.
    Aat {
        /// The key's thumbprint.
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
            Self::Mtls { .. } => "mtls",
            Self::Aat { .. } => "aat_pop",
        }
    }

    /// The digest of the key that was shown to be held, where one was.
    #[must_use]
    pub const fn key(&self) -> Option<Digest> {
        match self {
            Self::Bearer => None,
            Self::Dpop { key }
            | Self::Wpt { key }
            | Self::HttpSignature { key }
            | Self::Aat { key } => Some(*key),
            Self::Mtls { certificate } => Some(*certificate),
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
    /// What the service is known by, beside its address.
    pub audience: Option<&'a str>,
    /// Will the whole body be judged, or is it known that there is none?
    pub body_is_known: bool,
    /// Is a credential refused that is bound to nothing?
    pub binding_required: bool,
    /// What DPoP proofs are judged by.
    pub dpop: &'a Dpop,
    /// Whose word counts on the client's certificate.
    pub certificates: &'a CertificateRules,
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

impl Presentation<'_> {
    /// The digest of the client's certificate, where its connection has one.
    fn certificate(&self) -> Result<Option<Digest>, IdentityError> {
        let found = self
            .certificates
            .of_client(self.head, self.host.connection)?;
        Ok(found.map(|certificate| certificate.digest))
    }
}

/// What a proof shows.
#[derive(Debug)]
pub struct Proven {
    /// How the sender has shown to be the credential's holder.
    pub possession: Verified<Possession>,
    /// What the body must be for that, where the proof is over the body, too.
    pub content: Option<Content>,
    /// The nonce that the sender's next proof should have, where it is another one than this one had.
    pub next_nonce: Option<String>,
}

/// Examines the proof that comes with a verified credential.
///
/// # Errors
///
/// The credential is bound, and the proof is missing or wrong.
pub fn prove(
    caller: &Verified<Caller>,
    presentation: &Presentation<'_>,
) -> Result<Proven, IdentityError> {
    let presented = presentation.presented;
    let mut content = None;
    let mut next_nonce = None;
    // Whose key it has to be, a Biscuit's own checks can say as well; they are asked later.
    let own_checks = caller.format == CredentialFormat::Biscuit;
    let possession = match (&caller.confirmation, presented.scheme()) {
        // Any key would do here, which is no binding.
        (None, Scheme::Dpop) if own_checks && presentation.binding_required => {
            return Err(IdentityError::BindingRequired);
        }
        (None, Scheme::Dpop) if own_checks => dpop_proof(presentation, None, &mut next_nonce)?,
        (None, Scheme::Dpop | Scheme::Wpt) => return Err(IdentityError::UnboundTokenAsBound),
        (None, Scheme::Bearer) if presentation.binding_required => {
            return Err(IdentityError::BindingRequired);
        }
        (None, Scheme::Bearer) => Possession::Bearer,
        (Some(Confirmation::Jkt(key) | Confirmation::Thumbprint(key)), Scheme::Dpop) => {
            dpop_proof(presentation, Some(key), &mut next_nonce)?
        }
        (Some(Confirmation::Workload(key)), Scheme::Wpt) => {
            let (possession, signed) = key.prove(presentation)?;
            content = signed;
            possession
        }
        (Some(Confirmation::Workload(_)), Scheme::Bearer | Scheme::Dpop)
        | (Some(Confirmation::Jkt(_)), Scheme::Bearer | Scheme::Wpt)
        | (Some(Confirmation::Thumbprint(_)), Scheme::Wpt) => {
            return Err(IdentityError::BoundTokenUnbound);
        }
        (Some(Confirmation::X5tS256(_)), Scheme::Dpop | Scheme::Wpt) => {
            return Err(IdentityError::UnboundTokenAsBound);
        }
        (Some(Confirmation::X5tS256(expected)), Scheme::Bearer) => {
            mtls::prove(*expected, presentation.certificate()?)?
        }
        (Some(Confirmation::Thumbprint(expected)), Scheme::Bearer) => {
            let certificate = presentation.certificate()?;
            let found = certificate.ok_or(IdentityError::BoundTokenUnbound)?;
            mtls::prove(*expected, Some(found))?
        }
        (Some(Confirmation::Unknown), _) => return Err(IdentityError::BindingUnknown),
    };
    Ok(Proven {
        possession: Unverified::new(possession).into_verified(),
        content,
        next_nonce,
    })
}

/// Examines a DPoP proof, by the key with this thumbprint where the credential names one.
fn dpop_proof(
    presentation: &Presentation<'_>,
    bound_to: Option<&Digest>,
    next_nonce: &mut Option<String>,
) -> Result<Possession, IdentityError> {
    let proof = presentation.presented.proof();
    let proof = proof.ok_or(IdentityError::BoundTokenUnbound)?;
    let shown = presentation.dpop.verify(proof, bound_to, presentation)?;
    *next_nonce = shown.next_nonce;
    Ok(shown.possession)
}

/// Examines that a caller whose credential is a certificate came by a connection that was made with it.
///
/// # Errors
///
/// It came by another one, or its credential is no certificate.
pub fn prove_certificate(
    caller: &Verified<Caller>,
    certificate: &ClientCertificate,
) -> Result<Verified<Possession>, IdentityError> {
    match &caller.confirmation {
        Some(Confirmation::X5tS256(expected)) => {
            let possession = mtls::prove(*expected, Some(certificate.digest))?;
            Ok(Unverified::new(possession).into_verified())
        }
        Some(
            Confirmation::Jkt(_)
            | Confirmation::Workload(_)
            | Confirmation::Thumbprint(_)
            | Confirmation::Unknown,
        )
        | None => Err(IdentityError::BoundTokenUnbound),
    }
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

impl From<WorkloadSignatureError> for IdentityError {
    fn from(error: WorkloadSignatureError) -> Self {
        Self::WorkloadSignature(Box::new(error))
    }
}
