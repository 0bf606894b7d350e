//! Signatures verified by the gateway's own cryptography, where it has any and where it proves itself.
//!
//! Envoy offers a foreign function `verify_signature`, a few times faster than any crate compiled to WebAssembly. It does
//! ECDSA and RSASSA-PKCS1-v1_5; everything else, and everything on other hosts, is done by the engine's own verifier.

mod der;
mod known_answers;
mod message;

use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::key::PublicKey;
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::ports::{SignatureError, SignatureVerifier};

use crate::host::{self, HostStatus};

/// Verifies natively what the host was seen to verify right, and the rest with the engine's verifier.
#[derive(Debug)]
pub(crate) struct HostVerifier {
    native: Vec<Algorithm>,
    fallback: CrateVerifier,
}

impl HostVerifier {
    /// Tries the host: for each algorithm, a signature that is right must verify, and one that is wrong must not.
    pub(crate) fn probe() -> Self {
        Self::probed_with(verify_natively)
    }

    fn probed_with(verify: impl Fn(&Question<'_>) -> Result<bool, HostStatus>) -> Self {
        let native = known_answers::ALL
            .iter()
            .filter(|answer| answer.is_given_by(&verify))
            .map(|answer| answer.algorithm)
            .collect();
        Self {
            native,
            fallback: CrateVerifier,
        }
    }

    /// The algorithms that the host verifies.
    pub(crate) fn native_algorithms(&self) -> &[Algorithm] {
        &self.native
    }
}

impl SignatureVerifier for HostVerifier {
    fn verify(
        &self,
        key: &PublicKey,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        if self.native.contains(&algorithm) {
            let question = Question {
                algorithm,
                spki: key.spki_der(),
                message,
                signature,
            };
            match verify_natively(&question) {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(SignatureError),
                // The host did not answer: that says nothing about the signature.
                Err(_) => {}
            }
        }
        self.fallback.verify(key, algorithm, message, signature)
    }
}

/// Is this signature that key's?
#[derive(Clone, Copy, Debug)]
struct Question<'a> {
    algorithm: Algorithm,
    spki: &'a [u8],
    message: &'a [u8],
    /// In JOSE form.
    signature: &'a [u8],
}

/// What the host calls an algorithm, and the form it wants a signature in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Native {
    Rsa { hash: &'static str },
    Ecdsa { hash: &'static str },
}

impl Native {
    /// None for what the host's function can't do.
    const fn of(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::Rs256 => Some(Self::Rsa { hash: "sha256" }),
            Algorithm::Rs384 => Some(Self::Rsa { hash: "sha384" }),
            Algorithm::Rs512 => Some(Self::Rsa { hash: "sha512" }),
            Algorithm::Es256 => Some(Self::Ecdsa { hash: "sha256" }),
            Algorithm::Es384 => Some(Self::Ecdsa { hash: "sha384" }),
            Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512
            | Algorithm::Ed25519
            | Algorithm::EdDsa => None,
        }
    }
}

/// Asks the host.
fn verify_natively(question: &Question<'_>) -> Result<bool, HostStatus> {
    let (hash, converted);
    let signature = match Native::of(question.algorithm) {
        None => return Err(HostStatus::Unimplemented),
        Some(Native::Rsa { hash: name }) => {
            hash = name;
            question.signature
        }
        Some(Native::Ecdsa { hash: name }) => {
            hash = name;
            match der::from_jose(question.signature) {
                None => return Ok(false),
                Some(der) => {
                    converted = der;
                    &converted
                }
            }
        }
    };
    let arguments = message::arguments(hash, question.spki, signature, question.message);
    let answer = host::foreign("verify_signature", &arguments)?;
    message::verdict(&answer).map_err(|_| HostStatus::Malformed)
}

#[cfg(test)]
mod tests;
