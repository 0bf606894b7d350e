//! Why a token's delegation can't be read.

use super::chain::MaxDepth;
use super::details::DetailsError;
use super::mission::MissionError;

/// What is wrong with what a token says of its delegation. Of `act` (RFC 8693, section 4.1), depth 1 is the outermost, the
/// current actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DelegationError {
    /// More actors than the gate allows; the chain is never cut short.
    #[error("the token names more than {limit} actors")]
    TooDeep {
        /// The limit.
        limit: MaxDepth,
    },
    /// An `act` isn't an object.
    #[error("`act` at depth {depth} is not an object")]
    ActorNotObject {
        /// Which.
        depth: usize,
    },
    /// An `act` doesn't say who, as a string that isn't empty.
    #[error("`act` at depth {depth} has no `sub`, or one that is no text")]
    ActorUnnamed {
        /// Which.
        depth: usize,
    },
    /// An `act` has an `iss` that isn't a string, or is empty.
    #[error("`act` at depth {depth} has an `iss` that is no text")]
    ActorIssuerInvalid {
        /// Which.
        depth: usize,
    },
    /// What the token may be used for isn't understood.
    #[error(transparent)]
    Details(#[from] DetailsError),
    /// The mission that it is bound to isn't understood, or is another one.
    #[error(transparent)]
    Mission(#[from] MissionError),
}
