//! Attenuating Agent Tokens (draft-niyikiza-oauth-attenuating-agent-tokens-02): a chain of tokens, each signed by the holder
//! of the one before it, and a proof by the last holder over one call.
//!
//! The algorithm is that of the draft's section 8, whose labels the [`Step`]s carry. It comes in two parts: [`verify_chain`]
//! does all that depends on the chain alone and may be remembered, [`VerifiedChain::judge`] what is new in each call.
//!
//! Where the draft is silent, or says otherwise than the program that makes its test vectors:
//!
//! - Admissible numbers are those whose canonical text denotes the same number, as the text has it; the program takes
//!   every integer that a double can hold.
//! - An `aat_aud` of `null` is present, so it names nobody and is refused.
//! - `hta` is compared after rounding, as RFC 8785 does; only the arguments of the call have to be admissible.
//! - Names that are repeated in a header or in the call's arguments are refused.
//! - Elements of `aud` that aren't strings are ignored, as long as one element is ours.
//! - Elements of `authorization_details` that aren't objects are skipped.
//! - `-0`, a negative time, and integers beyond 64 bits are no `NumericDate` and no depth.
//! - A `jwk` in `cnf` whose `use` or `key_ops` says that it isn't for signatures is no holder's key.
//! - The bytes of a chain are those of its tokens, without separators.
//! - A proof is remembered by its `jti` alone.

mod capability;
mod claimed;
mod claims;
mod constraint;
mod header;
mod jti;
mod presentation;
mod proof;
mod refusal;
mod rules;
mod step;
mod token;
mod verify;

pub(super) use capability::argument_map;
pub use capability::{ArgumentError, ShapeError, read_arguments};
pub use claimed::Claimed;
pub use constraint::ConstraintError;
pub(super) use constraint::Reader;
pub use presentation::{Presentation, PresentationError};
pub use proof::{Admitted, Call, Judged, Nonce};
pub use refusal::{Fact, Part, Refusal};
pub use rules::{Anchor, Limits, Rules};
pub use step::Step;
pub use verify::{VerifiedChain, chain_digest, thumbprint_uri, verify_chain, verify_descent};

#[cfg(test)]
mod tests;
