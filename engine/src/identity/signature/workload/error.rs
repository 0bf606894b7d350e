//! Why a workload's signature was refused.

use super::super::error::{ComponentError, HttpSignatureError};
use crate::excerpt::Excerpt;
use crate::identity::binding::target::TargetError;
use crate::identity::replay::ReplayError;
use crate::time::{Seconds, UnixTime};

/// Which check of draft-ietf-wimse-http-signature-07, section 3 a signature failed. What it says is shown as [`Excerpt`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkloadSignatureError {
    /// No signature is for this purpose.
    #[error("no signature of the request has the tag `wimse-workload-to-workload`")]
    Missing,
    /// The fields of the signature can't be read, or its base can't be made.
    #[error("{0}")]
    Signature(#[from] HttpSignatureError),
    /// A parameter that has to be there isn't.
    #[error("the signature has no `{parameter}`")]
    ParameterMissing {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter that must not be there is.
    #[error("the signature has `{parameter}`, which the identity token says already")]
    ParameterForbidden {
        /// Its name.
        parameter: &'static str,
    },
    /// The sender accepts a signed response only, and nothing here signs responses.
    #[error("the signature wants a signed response (`wimse-sign-response`)")]
    ResponseWanted,
    /// `created` lies ahead, skew included.
    #[error("the signature was made at {at}, now is {now}")]
    FromFuture {
        /// The value of `created`.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// `expires` has passed, skew included.
    #[error("the signature expired at {at}, now is {now}")]
    Expired {
        /// The value of `expires`.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// It is good for longer than a signature may be.
    #[error("the signature is good for longer than {limit}")]
    LifetimeTooLong {
        /// The longest from `created` to `expires`.
        limit: Seconds,
    },
    /// It is not over all that it must be over.
    #[error("the signature does not cover {missing}")]
    CoversTooLittle {
        /// What is missing, for people: identifiers in backticks.
        missing: String,
    },
    /// `wimse-aud` is somebody else.
    #[error("the signature is for `{found}`, the request for `{expected}`")]
    OtherAudience {
        /// The value of `wimse-aud`.
        found: Excerpt,
        /// What the configuration says that it should be.
        expected: Excerpt,
    },
    /// The configuration doesn't say who the gate is here.
    #[error("nothing says whom signatures are for here: the route needs an `origin` or `audience`")]
    AudienceUnknown,
    /// Nobody reads the body here, so nobody can say that it is the one that was signed, or that there is none.
    #[error("the body is not read on this route")]
    BodyNotRead,
    /// It doesn't verify with the identity token's key.
    #[error("the signature does not verify with the identity token's key")]
    BadSignature,
    /// Its nonce was used before, or that can't be known.
    #[error("the signature's nonce: {0}")]
    Replay(#[from] ReplayError),
}

impl From<ComponentError> for WorkloadSignatureError {
    fn from(error: ComponentError) -> Self {
        Self::Signature(error.into())
    }
}

impl From<TargetError> for WorkloadSignatureError {
    fn from(error: TargetError) -> Self {
        Self::Signature(error.into())
    }
}
