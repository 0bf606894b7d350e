//! Why a DPoP proof was refused.

use crate::excerpt::Excerpt;
use crate::identity::error::IdentityError;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::compact::CompactError;
use crate::identity::jose::jwk::KeyError;
use crate::identity::nonce::UnknownNonce;
use crate::identity::replay::ReplayError;
use crate::time::UnixTime;

use super::super::target::TargetError;

/// Which check of RFC 9449, section 4.3 a proof failed. What the proof says is shown as [`Excerpt`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DpopError {
    /// Not three strict base64url parts.
    #[error("the proof is not a signed JWT in compact form: {0}")]
    Malformed(#[from] CompactError),
    /// Its header or its claims can't be read.
    #[error("the proof can't be read: {0}")]
    Unreadable(Box<IdentityError>),
    /// `typ` is not `dpop+jwt`, so it was not made as a proof.
    #[error("the proof is of type `{found}`, not `dpop+jwt`")]
    WrongType {
        /// The value of `typ`, or `none`.
        found: Excerpt,
    },
    /// `alg` is `none`, symmetric, or nothing that is known here.
    #[error("the proof's algorithm `{found}` is not supported")]
    UnsupportedAlgorithm {
        /// The value of `alg`.
        found: Excerpt,
    },
    /// `alg` is not in `dpop.algorithms`.
    #[error("proofs may not be signed with `{algorithm}`")]
    AlgorithmNotAllowed {
        /// The value of `alg`.
        algorithm: Algorithm,
    },
    /// The header has no `jwk`.
    #[error("the proof has no `jwk` in its header")]
    KeyMissing,
    /// The `jwk` is no public key for the proof's algorithm.
    #[error("the proof's `jwk` can't be used: {0}")]
    Key(#[from] KeyError),
    /// Another key than the one that the token is bound to.
    #[error("the proof is by another key than the one that the token is bound to")]
    OtherKey,
    /// A claim is missing or not what its definition says.
    #[error("the proof's `{claim}` is not {expected}")]
    Claim {
        /// Its name.
        claim: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// `htm` is another method than the request's.
    #[error("the proof is for the method `{found}`")]
    OtherMethod {
        /// The value of `htm`.
        found: Excerpt,
    },
    /// `htu` is no target URI.
    #[error("the proof's `htu` is not the URI of a request: {why}")]
    NoTarget {
        /// What is wrong with it.
        why: TargetError,
    },
    /// `htu` is the URI of another request.
    #[error("the proof is for `{found}`, the request is for `{expected}`")]
    OtherTarget {
        /// The value of `htu`.
        found: Excerpt,
        /// The request's target.
        expected: Excerpt,
    },
    /// `iat` is too long ago.
    #[error("the proof was made at {at}, it is {now}")]
    Stale {
        /// The value of `iat`.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// `iat` lies ahead.
    #[error("the proof was made at {at}, it is only {now}")]
    FromFuture {
        /// The value of `iat`.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// There is no nonce, and one is required.
    #[error("the proof has no `nonce`")]
    NonceMissing,
    /// The nonce is too old, or none of ours.
    #[error(transparent)]
    Nonce(#[from] UnknownNonce),
    /// `ath` is the hash of another token.
    #[error("the proof is for another access token")]
    OtherToken,
    /// The signature does not verify.
    #[error("the proof's signature does not verify")]
    BadSignature,
    /// It was used before, or nobody can tell.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}
