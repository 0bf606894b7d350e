//! A public key that passed all checks of its type, for one algorithm.

use std::fmt;

use jsonwebtoken::DecodingKey;

use super::algorithm::Algorithm;
use crate::digest::Digest;
use crate::ports::{SignatureError, SignatureVerifier};

/// A public key, ready to verify with, for exactly one algorithm (RFC 8725, section 3.1).
///
/// Made from a JWK only: see [`super::jwk`].
#[derive(Clone)]
pub struct PublicKey {
    pub(super) algorithm: Algorithm,
    pub(super) kind: KeyKind,
    /// Of RSA: a signature is a number below it, of the same length.
    pub(super) modulus: Box<[u8]>,
    pub(super) decoding: DecodingKey,
    pub(super) spki: Box<[u8]>,
    pub(super) thumbprint: Digest,
}

/// What sort of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA with 2048 to 4096 bits.
    Rsa,
    /// A point of P-256.
    P256,
    /// A point of P-384.
    P384,
    /// Ed25519.
    Ed25519,
}

impl KeyKind {
    /// Can a key of this sort verify with this algorithm at all?
    #[must_use]
    pub const fn fits(self, algorithm: Algorithm) -> bool {
        match algorithm {
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => matches!(self, Self::Rsa),
            Algorithm::Es256 => matches!(self, Self::P256),
            Algorithm::Es384 => matches!(self, Self::P384),
            Algorithm::Ed25519 | Algorithm::EdDsa => matches!(self, Self::Ed25519),
        }
    }
}

impl PublicKey {
    /// The one algorithm it is for.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What sort of key it is.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key as DER `SubjectPublicKeyInfo`, for a host's own cryptography.
    #[must_use]
    pub const fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// The JWK thumbprint (RFC 7638) with SHA-256.
    #[must_use]
    pub const fn thumbprint(&self) -> Digest {
        self.thumbprint
    }

    /// The key as `jsonwebtoken` takes it.
    pub(super) const fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// Is `signature` over `message` this key's? What can be told without cryptography is told here, so that every
    /// verifier refuses it.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] for another algorithm than the key's (the two names of Ed25519 are one), for a signature of the
    /// wrong length or out of range, and for one that doesn't verify.
    pub fn verify(
        &self,
        verifier: &dyn SignatureVerifier,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let in_range = match self.kind {
            // Both are big-endian and of one length, so the order of bytes is that of numbers. Above the modulus one
            // signature would have two forms.
            KeyKind::Rsa => signature.len() == self.modulus.len() && *signature < *self.modulus,
            KeyKind::P256 | KeyKind::Ed25519 => signature.len() == 64,
            KeyKind::P384 => signature.len() == 96,
        };
        if !self.algorithm.is_same_as(algorithm) || !in_range {
            return Err(SignatureError);
        }
        verifier.verify(self, algorithm, message, signature)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("algorithm", &self.algorithm)
            .field("kind", &self.kind)
            .field("thumbprint", &self.thumbprint)
            .finish_non_exhaustive()
    }
}
