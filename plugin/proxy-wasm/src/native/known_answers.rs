//! One signature per algorithm, made once with openssl by keys that were thrown away.

use super::Question;
use crate::host::HostStatus;
use bailiwick_engine::identity::jose::algorithm::Algorithm;

/// What was signed, in all cases.
const MESSAGE: &[u8] = b"bailiwick known answer";
/// What was not.
const OTHER_MESSAGE: &[u8] = b"bailiwick known answeR";

/// A signature that is right.
#[derive(Debug)]
pub(super) struct KnownAnswer {
    pub(super) algorithm: Algorithm,
    pub(super) spki: &'static [u8],
    pub(super) signature: &'static [u8],
}

const RSA: &[u8] = include_bytes!("known_answers/rsa.spki.der");

/// One for each algorithm that [`super::Native`] has.
pub(super) const ALL: [KnownAnswer; 5] = [
    KnownAnswer {
        algorithm: Algorithm::Rs256,
        spki: RSA,
        signature: include_bytes!("known_answers/rs256.sig"),
    },
    KnownAnswer {
        algorithm: Algorithm::Rs384,
        spki: RSA,
        signature: include_bytes!("known_answers/rs384.sig"),
    },
    KnownAnswer {
        algorithm: Algorithm::Rs512,
        spki: RSA,
        signature: include_bytes!("known_answers/rs512.sig"),
    },
    KnownAnswer {
        algorithm: Algorithm::Es256,
        spki: include_bytes!("known_answers/p256.spki.der"),
        signature: include_bytes!("known_answers/es256.sig"),
    },
    KnownAnswer {
        algorithm: Algorithm::Es384,
        spki: include_bytes!("known_answers/p384.spki.der"),
        signature: include_bytes!("known_answers/es384.sig"),
    },
];

impl KnownAnswer {
    /// Does `verify` say yes to it, and no to it over another message?
    pub(super) fn is_given_by(
        &self,
        verify: impl Fn(&Question<'_>) -> Result<bool, HostStatus>,
    ) -> bool {
        let right = self.over(MESSAGE);
        let wrong = self.over(OTHER_MESSAGE);
        verify(&right) == Ok(true) && verify(&wrong) == Ok(false)
    }

    const fn over(&self, message: &'static [u8]) -> Question<'static> {
        Question {
            algorithm: self.algorithm,
            spki: self.spki,
            message,
            signature: self.signature,
        }
    }
}
