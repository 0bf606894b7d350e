//! Why a token's delegation can't be read.

use super::chain::MaxDepth;

/// What is wrong with an `act` claim (RFC 8693, section 4.1). Depth 1 is the outermost `act`, the current actor.
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
}
