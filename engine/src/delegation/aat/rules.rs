//! What an enforcement point is configured with.

use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::jwk::Jwk;
use crate::time::Seconds;

use super::super::work::Work;

/// By what chains and proofs are judged.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whose root tokens count.
    pub anchors: Vec<Anchor>,
    /// The algorithms that are accepted, each by this very name; Ed25519 has to be among them (section 9.12).
    pub algorithms: Vec<Algorithm>,
    /// What `aud` and `aat_aud` may call this enforcement point, compared byte by byte.
    pub audiences: Vec<String>,
    /// Is a chain refused in which no token has an `aud`?
    pub chain_audience_required: bool,
    /// Is a proof refused that has no `aat_aud`?
    pub proof_audience_required: bool,
    /// How much is accepted.
    pub limits: Limits,
}

/// A root issuer and a key of its, for one algorithm.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// Its identifier, the `iss` of its tokens.
    pub issuer: String,
    /// Its key.
    pub jwk: Jwk,
}

/// Upper bounds, each of which the draft wants to be finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest token in encoded form (`MAX_TOKEN_SIZE`, section 4.3.1), in bytes.
    pub max_token_bytes: usize,
    /// The longest chain, the sum of its tokens (`MAX_CHAIN_SIZE`, section 4.3.1), in bytes.
    pub max_chain_bytes: usize,
    /// The longest proof in encoded form, in bytes. The draft has no such limit.
    pub max_proof_bytes: usize,
    /// How many tokens may follow the root (`MAX_DELEGATION_DEPTH`, section 4.3); at least 8.
    pub max_delegation_depth: u64,
    /// How deep constraints may nest (`MAX_CONSTRAINT_DEPTH`, section 3.4). More than 60 has no effect, since the JSON would
    /// be too deep.
    pub max_constraint_depth: usize,
    /// How far ahead of the host's clock a token's `iat` may lie (`MAX_IAT_SKEW`, section 4.4).
    pub max_iat_skew: Seconds,
    /// The longest time between `iat` and `exp` (`MAX_TOKEN_LIFETIME`, section 4.4).
    pub max_token_lifetime: Seconds,
    /// How far a proof's `iat` may be from the host's clock in either direction (section 9.10).
    pub proof_window: Seconds,
    /// How much comparing constraints may cost, for a chain as well as for a call, in units of [`Work`].
    pub max_work: u64,
}

impl Default for Limits {
    /// What the draft advises, and 64 KiB for a proof.
    fn default() -> Self {
        Self {
            max_token_bytes: 1 << 16,
            max_chain_bytes: 1 << 18,
            max_proof_bytes: 1 << 16,
            max_delegation_depth: 8,
            max_constraint_depth: 32,
            max_iat_skew: Seconds(30),
            max_token_lifetime: Seconds(90 * 24 * 60 * 60),
            proof_window: Seconds(30),
            max_work: Work::LIMIT,
        }
    }
}
