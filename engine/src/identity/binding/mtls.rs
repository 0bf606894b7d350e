//! Tokens that are bound to a client's certificate (RFC 8705).
//!
//! What counts is that the TLS connection was made with the certificate's key, which its digest identifies. Whether some
//! authority vouches for it doesn't matter here (section 6.2), so a self-signed one is as good.

use super::Possession;
use crate::digest::Digest;

/// Why a request doesn't show that its sender holds the certificate's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MtlsError {
    /// The connection was made without a certificate.
    #[error(
        "the token is bound to a client certificate (`x5t#S256`), the connection has none: connect with it"
    )]
    Missing,
    /// The connection was made with another one.
    #[error(
        "the token is bound to another client certificate (`x5t#S256`) than the connection's, whose digest is `{found}`"
    )]
    Other {
        /// The connection's.
        found: Digest,
    },
}

/// Was the connection, whose client's certificate has the digest `found`, made with the certificate `expected`?
///
/// # Errors
///
/// [`MtlsError`], where it wasn't.
pub fn prove(expected: Digest, found: Option<Digest>) -> Result<Possession, MtlsError> {
    match found {
        None => Err(MtlsError::Missing),
        Some(found) if found == expected => Ok(Possession::Mtls { certificate: found }),
        Some(found) => Err(MtlsError::Other { found }),
    }
}
