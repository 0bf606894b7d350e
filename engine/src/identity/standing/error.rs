//! Why a verified credential is not to be believed any more, or not now.

use crate::excerpt::Excerpt;
use crate::identity::issuer::IssuerName;
use crate::identity::revocation::Kind;
use crate::time::{Seconds, UnixTime};

/// Why a verified credential is not to be believed any more, or not now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StandingError {
    /// Its issuer isn't configured.
    #[error("the issuer that verified the token is not configured")]
    IssuerGone,
    /// Its issuer has a limit on its age, and it doesn't say when it was issued.
    #[error("the token has no `iat`, by which its age is judged")]
    AgeUnknown,
    /// It was issued longer ago than its issuer's `max_age_seconds`.
    #[error("the token is {age} old, those of issuer `{issuer}` may be {limit}")]
    TooOld {
        /// The issuer.
        issuer: IssuerName,
        /// How old it is.
        age: Seconds,
        /// How old it may be.
        limit: Seconds,
    },
    /// It was issued before its issuer's `not_issued_before`.
    #[error(
        "the token was issued at {issued_at}, those of issuer `{issuer}` from before {moment} are void"
    )]
    CutOff {
        /// The issuer.
        issuer: IssuerName,
        /// The value of `iat`.
        issued_at: UnixTime,
        /// The configured moment.
        moment: UnixTime,
    },
    /// A deny-list names it.
    #[error("the token was revoked by its {kind}")]
    Revoked {
        /// By what.
        kind: Kind,
    },
    /// The deny-list was not fetched yet: wait, then try again.
    #[error("the deny-list is being fetched")]
    RevocationsPending,
    /// The deny-list could not be fetched, or its grace is over.
    #[error("the deny-list is not available")]
    RevocationsUnavailable,
    /// It has no `status`, and its issuer's `status.check` is `required`.
    #[error("the token has no `status`, which its issuer's tokens need here")]
    StatusMissing,
    /// It has a `status` that isn't a place in a status list.
    #[error("the token's `status` is not a `status_list`, no other mechanism is understood")]
    StatusNotUnderstood,
    /// Its list is not one of those that are configured for its issuer.
    #[error("the token's status list `{uri}` is not one that is configured for its issuer")]
    ListNotAllowed {
        /// The value of `uri`.
        uri: Excerpt,
    },
    /// As many lists as may be kept were used a moment ago.
    #[error("{kept} status lists are in use, and no more are kept; the operator may raise `kept`")]
    TooManyLists {
        /// How many.
        kept: usize,
    },
    /// Its list was not fetched yet, or is being refreshed: wait, then try again.
    #[error("the token's status list is being fetched")]
    StatusPending,
    /// Its list could not be fetched, or is too old, or has expired.
    #[error("the token's status list is not available")]
    StatusUnavailable,
    /// The keys for its list's signature are being fetched: wait, then try again.
    #[error("the keys for the token's status list are being fetched")]
    KeysPending,
    /// The keys for its list's signature are not available.
    #[error("the keys of issuer `{issuer}` for the token's status list are not available")]
    KeysUnavailable {
        /// The issuer.
        issuer: IssuerName,
    },
    /// Its list is not its issuer's.
    #[error("the token's status list can't be believed: {why}")]
    ListInvalid {
        /// What is wrong with it.
        why: String,
    },
    /// Its place lies behind the end of the list.
    #[error("the token's `idx` is {index}, its status list has {entries} entries")]
    IndexOutOfRange {
        /// The value of `idx`.
        index: u64,
        /// How many entries there are.
        entries: u64,
    },
    /// Its status is 1.
    #[error("the token's status list says that it is invalid")]
    Invalid,
    /// Its status is 2.
    #[error("the token's status list says that it is suspended")]
    Suspended,
    /// Its status is an application's own, which nobody has told us.
    #[error("the token's status is {value}, which has no meaning here")]
    StatusUnknown {
        /// The status.
        value: u8,
    },
}

impl StandingError {
    /// Is this no verdict, but something that is being fetched?
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(
            self,
            Self::RevocationsPending | Self::StatusPending | Self::KeysPending
        )
    }
}
