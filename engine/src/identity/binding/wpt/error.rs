//! Why a workload's proof was refused.

use super::super::target::TargetError;
use crate::excerpt::Excerpt;
use crate::identity::error::IdentityError;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::compact::CompactError;
use crate::identity::replay::ReplayError;
use crate::time::{Seconds, UnixTime};

/// Which check of draft-ietf-wimse-wpt-02, section 2 a proof failed. What the proof says is shown as [`Excerpt`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WptError {
    /// Not three strict base64url parts.
    #[error("the proof is not a signed JWT in compact form: {0}")]
    Malformed(#[from] CompactError),
    /// Its header or its claims can't be read.
    #[error("the proof can't be read: {0}")]
    Unreadable(Box<IdentityError>),
    /// `typ` is not `wpt+jwt`, so it was not made as a proof.
    #[error("the proof is of type `{found}`, not `wpt+jwt`")]
    WrongType {
        /// The value of `typ`, or `none`.
        found: Excerpt,
    },
    /// `alg` is another than the identity token's `cnf.jwk.alg`.
    #[error("the proof is signed with `{found}`, the identity token's key is for `{expected}`")]
    OtherAlgorithm {
        /// The key's.
        expected: Algorithm,
        /// The proof's.
        found: Algorithm,
    },
    /// A claim is missing or not what its definition says.
    #[error("the proof's `{claim}` is not {expected}")]
    Claim {
        /// Its name.
        claim: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// `aud`, or the request's own target, is no URI of a request.
    #[error("the proof's `aud`, or the request's own target, can't be read: {why}")]
    NoTarget {
        /// What is wrong with it.
        why: TargetError,
    },
    /// `aud` is another URI than the request's.
    #[error("the proof is for `{found}`, the request for `{expected}`")]
    OtherTarget {
        /// The value of `aud`.
        found: Excerpt,
        /// The request's target.
        expected: Excerpt,
    },
    /// `exp` has passed, skew included.
    #[error("the proof expired at {at}, now is {now}")]
    Expired {
        /// The value of `exp`.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// `exp` lies further ahead than a proof may live.
    #[error("the proof expires at {at}, now is {now}, a proof lives {limit} at most")]
    LifetimeTooLong {
        /// The value of `exp`.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
        /// The longest that a proof may live.
        limit: Seconds,
    },
    /// `wth` is the hash of another identity token.
    #[error("the proof's `wth` is not the hash of the identity token that it came with")]
    OtherIdentity,
    /// `tth` is not the hash of the transaction token, or one of both is missing.
    #[error("the proof's `tth` is not the hash of the one transaction token that it came with")]
    OtherTransaction,
    /// `oth` names a field that isn't there once with that hash.
    #[error("the proof's `oth` is not the hash of the one field `{field}`")]
    OtherToken {
        /// The field.
        field: Excerpt,
    },
    /// The signature doesn't verify with the identity token's key.
    #[error("the proof's signature does not verify with the identity token's key")]
    BadSignature,
    /// It was used before, or that can't be known.
    #[error("{0}")]
    Replay(#[from] ReplayError),
}

impl WptError {
    pub(super) fn unreadable(error: IdentityError) -> Self {
        Self::Unreadable(Box::new(error))
    }
}
