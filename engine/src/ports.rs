//! What a host may provide: cryptography of its own, and a store that its workers share.
//!
//! Time is no port: it is an argument wherever it matters.

use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::key::PublicKey;

/// Verifies signatures; the only way by which the engine reaches cryptography.
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
    /// The value at `key` and the version to swap against; `None` where there is none.
    fn get(&self, key: &str) -> Option<(Vec<u8>, Version)>;

    /// Writes `value` if nobody wrote since `version` was read (`None`: whatever stands there now).
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] where somebody did, [`StoreError::Unavailable`] where the host refuses.
    fn set(&self, key: &str, value: &[u8], version: Option<Version>) -> Result<(), StoreError>;
}

/// A store's compare-and-swap number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub u32);

/// Why nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another worker wrote first: read again.
    #[error("another worker wrote first")]
    Conflict,
    /// The host has no store, or refused.
    #[error("the host's shared store is not available")]
    Unavailable,
}
