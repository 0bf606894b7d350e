//! The keys of Workload Identity Tokens, and how their holders prove them: by a token made for one request, or by a signature
//! over the request itself. Each trust domain has one way.

use super::{Possession, Presentation};
use crate::identity::error::IdentityError;
use crate::identity::jose::key::PublicKey;
use crate::identity::signature::content::Content;
use crate::identity::signature::workload;
use crate::time::Seconds;

/// How the holders of one issuer's identity tokens prove their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofKind {
    /// By a Workload Proof Token (draft-ietf-wimse-wpt-02).
    Wpt02,
    /// By a signature over the request (draft-ietf-wimse-http-signature-07).
    HttpSignature07,
}

impl ProofKind {
    /// Its name in configurations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wpt02 => "wpt-02",
            Self::HttpSignature07 => "http-signature-07",
        }
    }
}

/// What is asked of the proofs for one issuer's identity tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofRules {
    /// How the key is proven.
    pub kind: ProofKind,
    /// How long a proof may live.
    pub max_lifetime: Seconds,
    /// How far clocks may differ.
    pub clock_skew: Seconds,
}

/// The key that a Workload Identity Token is bound to, for the one algorithm that it states.
#[derive(Clone, Debug)]
pub struct WorkloadKey {
    /// The key.
    pub key: PublicKey,
    /// What is asked of proofs of it.
    pub rules: ProofRules,
}

/// One key has one thumbprint (RFC 7638), which does not tell the algorithm.
impl PartialEq for WorkloadKey {
    fn eq(&self, other: &Self) -> bool {
        self.key.thumbprint() == other.key.thumbprint()
            && self.key.algorithm() == other.key.algorithm()
            && self.rules == other.rules
    }
}

impl Eq for WorkloadKey {}

impl WorkloadKey {
    /// Examines the proof that came with the identity token of this key, and says what the body must be where that follows.
    ///
    /// # Errors
    ///
    /// It is of another kind than the trust domain has, or not right.
    pub(super) fn prove(
        &self,
        presentation: &Presentation<'_>,
    ) -> Result<(Possession, Option<Content>), IdentityError> {
        match (self.rules.kind, presentation.presented.proof()) {
            (ProofKind::Wpt02, Some(proof)) => Ok((self.verify(proof, presentation)?, None)),
            (ProofKind::HttpSignature07, None) => {
                let (possession, content) = workload::verify(self, presentation)?;
                Ok((possession, Some(content)))
            }
            (ProofKind::Wpt02, None) | (ProofKind::HttpSignature07, Some(_)) => {
                Err(IdentityError::OtherWorkloadProof {
                    expected: self.rules.kind.name(),
                })
            }
        }
    }
}
