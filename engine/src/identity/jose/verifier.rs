//! Signatures verified by the `jsonwebtoken` crate.

use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;

use super::algorithm::Algorithm;
use super::key::PublicKey;
use crate::ports::{SignatureError, SignatureVerifier};

/// The verifier that is always there.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrateVerifier;

impl SignatureVerifier for CrateVerifier {
    fn verify(
        &self,
        key: &PublicKey,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        // The provider is named, not the process's default, which somebody else could have set.
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&algorithm.into(), key.decoding())
            .map_err(|_| SignatureError)?;
        verifier
            .verify(message, &signature.to_vec())
            .map_err(|_| SignatureError)
    }
}

impl From<Algorithm> for jsonwebtoken::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Rs256 => Self::RS256,
            Algorithm::Rs384 => Self::RS384,
            Algorithm::Rs512 => Self::RS512,
            Algorithm::Ps256 => Self::PS256,
            Algorithm::Ps384 => Self::PS384,
            Algorithm::Ps512 => Self::PS512,
            Algorithm::Es256 => Self::ES256,
            Algorithm::Es384 => Self::ES384,
            Algorithm::Ed25519 | Algorithm::EdDsa => Self::EdDSA,
        }
    }
}

#[cfg(test)]
mod tests;
