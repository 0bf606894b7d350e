//! A client's certificate: where it is known from, and what it says of its holder.
//!
//! Two things may depend on it: a token that is bound to it (RFC 8705), for which having its key is enough, and an
//! X.509-SVID, which counts only where the gateway has verified its path.

pub mod pem;
pub mod svid;
pub mod xfcc;

use self::xfcc::{Element, XfccError};
use super::issuer::IssuerName;
use super::spiffe_id::{SpiffeId, SpiffeIdError, TrustDomain};
use crate::digest::Digest;
use crate::ports::Connection;
use crate::request::Head;
use crate::time::UnixTime;

/// Which certificates are believed, and about whom. By default none says who is calling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateRules {
    /// The trust domains whose workloads may call with an X.509-SVID.
    pub trust_domains: Vec<TrustedDomain>,
    /// Who may stand between the client and the gateway, and say in `x-forwarded-client-cert` what the client's certificate
    /// is.
    pub hops: Vec<Hop>,
}

/// A trust domain whose authorities the gateway's TLS verifies certificates by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedDomain {
    /// Its short name in policies and records.
    pub name: IssuerName,
    /// The trust domain.
    pub trust_domain: TrustDomain,
}

/// A hop in front of the gateway, known by the certificate with which it connects.
///
/// Never by its address: `source.address` of an Envoy that isn't told how many proxies are in front of it is what
/// `x-forwarded-for` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hop {
    /// By the SPIFFE ID in it.
    Workload(SpiffeId),
    /// By its SHA-256 digest.
    Certificate(Digest),
}

/// The certificate of the client, wherever its TLS connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// SHA-256 of its DER form.
    pub digest: Digest,
    /// The certificate in DER form, where it is shown.
    der: Option<Vec<u8>>,
}

/// Why a client's certificate can't be known, or doesn't say who is calling.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// There is a certificate, and its content isn't shown: by the host, or in `Cert` of `x-forwarded-client-cert`.
    #[error("the client's certificate is known by its digest only")]
    NotShown,
    /// It is no X.509 certificate in DER form, or says something twice.
    #[error("the client's certificate can't be read")]
    Malformed,
    /// An X.509-SVID has exactly one URI SAN (SPIFFE X.509-SVID, section 2).
    #[error("the client's certificate has {count} URI SANs, an X.509-SVID has one")]
    UriCount {
        /// How many it has.
        count: usize,
    },
    /// The URI SAN is no SPIFFE ID in its one form, or names no workload.
    #[error("the client's certificate names no workload: {0}")]
    Id(#[from] SpiffeIdError),
    /// The URI SAN names a trust domain and no workload in it (SPIFFE X.509-SVID, section 4.1).
    #[error("the client's certificate names the trust domain `{0}` and no workload in it")]
    TrustDomainOnly(TrustDomain),
    /// It may sign certificates, so that it is no leaf (SPIFFE X.509-SVID, section 4).
    #[error("the client's certificate is one that signs others (`{extension}`)")]
    Authority {
        /// The extension that says so.
        extension: &'static str,
    },
    /// It may not make signatures, so it can't have authenticated anybody (SPIFFE X.509-SVID, section 4.3).
    #[error("the client's certificate is not for digital signatures (`keyUsage`)")]
    NotForSigning,
    /// `notBefore` lies ahead, or `notAfter` has passed.
    #[error("the client's certificate is valid from {from} to {to}, now is {now}")]
    NotValidNow {
        /// `notBefore`.
        from: UnixTime,
        /// `notAfter`.
        to: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// No such trust domain is configured.
    #[error("the trust domain `{found}` is not among those whose certificates are accepted")]
    UnknownTrustDomain {
        /// The trust domain.
        found: TrustDomain,
    },
    /// A trusted hop sent something that can't be read in one way.
    #[error(transparent)]
    Xfcc(#[from] XfccError),
}

impl CertificateRules {
    /// The client's certificate: the connection's own or, where a trusted hop made the connection, the one that the hop
    /// names. A hop's own certificate is nobody else's, so where it names none there is none.
    ///
    /// # Errors
    ///
    /// [`CertificateError::Xfcc`], where a trusted hop names it in a form that can't be read.
    pub fn of_client(
        &self,
        head: &Head,
        connection: &dyn Connection,
    ) -> Result<Option<ClientCertificate>, CertificateError> {
        let Some(peer) = connection.peer_certificate() else {
            return Ok(None);
        };
        if !self.names(&peer.digest, connection) {
            let der = || connection.peer_certificate_der();
            return Ok(Some(ClientCertificate::of_peer(
                peer.digest,
                (!self.trust_domains.is_empty()).then(der).flatten(),
            )));
        }
        let named = xfcc::read(head.headers())?;
        if named.as_ref().is_some_and(|of| of.digest == peer.digest) {
            return Err(XfccError::OfHop.into());
        }
        Ok(named.map(|Element { digest, der }| ClientCertificate { digest, der }))
    }

    /// Was the connection made by a trusted hop, so that its `x-forwarded-client-cert` is no client's invention?
    #[must_use]
    pub fn is_from_hop(&self, connection: &dyn Connection) -> bool {
        let peer = connection.peer_certificate();
        peer.is_some_and(|peer| self.names(&peer.digest, connection))
    }

    fn names(&self, peer: &Digest, connection: &dyn Connection) -> bool {
        let by_digest = |hop: &Hop| matches!(hop, Hop::Certificate(digest) if digest == peer);
        if self.hops.iter().any(by_digest) {
            return true;
        }
        if !self.hops.iter().any(|hop| matches!(hop, Hop::Workload(_))) {
            return false;
        }
        let certificate = ClientCertificate::of_peer(*peer, connection.peer_certificate_der());
        let id = certificate.der().and_then(svid::id_of);
        id.is_ok_and(|id| self.hops.contains(&Hop::Workload(id)))
    }
}

impl ClientCertificate {
    /// What the host shows counts only if it is what the host's digest is of.
    fn of_peer(digest: Digest, der: Option<Vec<u8>>) -> Self {
        Self {
            digest,
            der: der.filter(|der| Digest::of(der) == digest),
        }
    }

    fn der(&self) -> Result<&[u8], CertificateError> {
        self.der.as_deref().ok_or(CertificateError::NotShown)
    }
}

#[cfg(test)]
mod tests;
