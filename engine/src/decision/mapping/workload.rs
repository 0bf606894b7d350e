//! Why the proof of a workload's key is refused.

use crate::decision::Reason;
use crate::identity::binding::wpt::WptError;
use crate::identity::replay::ReplayError;
use crate::identity::signature::workload::WorkloadSignatureError;

impl From<&WptError> for Reason {
    fn from(error: &WptError) -> Self {
        match error {
            WptError::Malformed(_) | WptError::Unreadable(_) | WptError::Claim { .. } => {
                Self::WptMalformed
            }
            WptError::WrongType { .. } => Self::WptTypeWrong,
            WptError::OtherAlgorithm { .. } => Self::WptAlgorithmMismatch,
            WptError::NoTarget { .. } | WptError::OtherTarget { .. } => Self::WptTargetMismatch,
            WptError::Expired { .. } => Self::WptExpired,
            WptError::LifetimeTooLong { .. } => Self::WptLifetimeTooLong,
            WptError::OtherIdentity => Self::WptIdentityMismatch,
            WptError::OtherTransaction => Self::WptTransactionMismatch,
            WptError::OtherToken { .. } => Self::WptTokenMismatch,
            WptError::BadSignature => Self::WptSignatureInvalid,
            WptError::Replay(ReplayError::Replayed) => Self::WptReplayed,
            WptError::Replay(ReplayError::Full) => Self::DpopReplaysFull,
            WptError::Replay(ReplayError::Unavailable) => Self::DpopReplaysUnavailable,
        }
    }
}

impl From<&WorkloadSignatureError> for Reason {
    fn from(error: &WorkloadSignatureError) -> Self {
        match error {
            WorkloadSignatureError::Missing => Self::WorkloadSignatureMissing,
            WorkloadSignatureError::Signature(error) => Self::from(error),
            WorkloadSignatureError::ParameterMissing { .. }
            | WorkloadSignatureError::ParameterForbidden { .. } => {
                Self::WorkloadSignatureParameterWrong
            }
            WorkloadSignatureError::ResponseWanted => Self::WorkloadSignatureResponseWanted,
            WorkloadSignatureError::FromFuture { .. } => Self::WorkloadSignatureFromFuture,
            WorkloadSignatureError::Expired { .. } => Self::WorkloadSignatureExpired,
            WorkloadSignatureError::LifetimeTooLong { .. } => {
                Self::WorkloadSignatureLifetimeTooLong
            }
            WorkloadSignatureError::CoversTooLittle { .. } => {
                Self::WorkloadSignatureCoversTooLittle
            }
            WorkloadSignatureError::OtherAudience { .. }
            | WorkloadSignatureError::AudienceUnknown => Self::WorkloadSignatureAudienceWrong,
            WorkloadSignatureError::BodyNotRead => Self::ContentDigestUnchecked,
            WorkloadSignatureError::BadSignature => Self::WorkloadSignatureInvalid,
            WorkloadSignatureError::Replay(ReplayError::Replayed) => {
                Self::WorkloadSignatureReplayed
            }
            WorkloadSignatureError::Replay(ReplayError::Full | ReplayError::Unavailable) => {
                Self::HttpSignatureNoncesFull
            }
        }
    }
}
