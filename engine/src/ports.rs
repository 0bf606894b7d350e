//! What a host may provide: cryptography of its own, a store that its workers share, and what it knows of the connection.
//!
//! Time is no port: it is an argument wherever it matters.

use crate::digest::Digest;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::key::PublicKey;

/// A host, for the length of one call.
#[derive(Clone, Copy)]
pub struct Host<'a> {
    /// Its cryptography.
    pub verifier: &'a dyn SignatureVerifier,
    /// What its workers share.
    pub store: &'a dyn Store,
    /// The connection that the request came by.
    pub connection: &'a dyn Connection,
}

/// The connection that a request came by, as the host sees it. Asked only where something depends on it, since each answer
/// costs the host a call.
pub trait Connection {
    /// The certificate that the connection was made with, where it is TLS and the client has one; never from a header field.
    ///
    /// The client has shown to hold its key. Whether its path was verified depends on how the host's TLS is configured, and
    /// no host tells.
    fn peer_certificate(&self) -> Option<PeerCertificate>;

    /// The same certificate in DER form, where the host shows it.
    fn peer_certificate_der(&self) -> Option<Vec<u8>>;
}

/// A client's leaf certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    /// SHA-256 of its DER form: `x5t#S256` of RFC 8705, section 3.1.
    pub digest: Digest,
}

/// Verifies signatures; the only way by which the engine reaches cryptography, but for Biscuits, whose library verifies by
/// itself.
///
/// [`crate::identity::jose::verifier::CrateVerifier`] does it with the `jsonwebtoken` crate. A host that has a faster
/// native implementation supplies its own, which must accept exactly what that one accepts.
pub trait SignatureVerifier {
    /// Is `signature` (JOSE form: raw `r || s` for ECDSA) over `message` made with the private half of `key`?
    ///
    /// # Errors
    ///
    /// [`SignatureError`] in every other case; there is no partial success.
    fn verify(
        &self,
        key: &PublicKey,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError>;
}

/// A signature that did not verify. Deliberately without detail, so that nothing becomes an oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct SignatureError;

/// A map that all workers of one host share: small values, changed by compare-and-swap.
///
/// Hosts' stores list nothing, expire nothing and have no size limit, so every user bounds what it writes.
pub trait Store {
    /// The value at `key` and the version to swap against; `None` where nothing stands there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] where the host doesn't say, so that what can't be read is never taken for what isn't there.
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError>;

    /// Writes `value` if nobody wrote since `version` was read (`None`: whatever stands there now).
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] where somebody did, [`StoreError::Unavailable`] where the host refuses.
    fn set(&self, key: &str, value: &[u8], version: Option<Version>) -> Result<(), StoreError>;

    /// Writes `value` only where nothing stands at `key` yet, so that of several workers that find nothing one alone writes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] where something stands there, [`StoreError::Unavailable`] where the host refuses.
    fn create(&self, key: &str, value: &[u8]) -> Result<(), StoreError>;
}

/// A store's compare-and-swap number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub u32);

/// Why nothing was read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another worker wrote first: read again.
    #[error("another worker wrote first")]
    Conflict,
    /// The host has no store, or refused.
    #[error("the host's shared store is not available")]
    Unavailable,
}

/// A host that shares nothing and knows of no certificate: one worker behind plain HTTP.
#[derive(Clone, Copy, Debug)]
pub struct Isolated;

impl Store for Isolated {
    fn get(&self, _key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        Err(StoreError::Unavailable)
    }

    fn set(&self, _key: &str, _value: &[u8], _version: Option<Version>) -> Result<(), StoreError> {
        Err(StoreError::Unavailable)
    }

    fn create(&self, _key: &str, _value: &[u8]) -> Result<(), StoreError> {
        Err(StoreError::Unavailable)
    }
}

impl Connection for Isolated {
    fn peer_certificate(&self) -> Option<PeerCertificate> {
        None
    }

    fn peer_certificate_der(&self) -> Option<Vec<u8>> {
        None
    }
}
