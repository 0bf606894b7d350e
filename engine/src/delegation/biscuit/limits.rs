//! How much of anything one token may have.

use super::error::VerifyError;

/// Limits that hold whoever made the token: everybody who holds one can add blocks to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the token, its base64url decoded.
    pub bytes: usize,
    /// Blocks, the first one included.
    pub blocks: usize,
    /// Public keys that blocks trust facts of, in all blocks together; each costs a point to be decompressed.
    pub keys: usize,
    /// Texts that blocks declare, in all blocks together.
    pub symbols: usize,
    /// Values, variables and operations, in all blocks together.
    pub terms: usize,
    /// Bytes of all blocks as source text: a text that is declared once can be named many times.
    pub source: usize,
    /// Facts, whether stated, derived, or about the call.
    pub facts: usize,
    /// Rounds in which rules derive facts from facts.
    pub rounds: usize,
    /// The work of one call, in [steps](Limits#steps).
    ///
    /// # Steps
    ///
    /// One step is one fact looked at, a few nanoseconds of native code. What else is done counts as several, and as an
    /// upper bound: every combination of facts that the shape of a rule or check allows, though few may match.
    pub steps: u64,
}

impl Default for Limits {
    /// 16 KiB, 9 blocks, 16 keys, 512 texts, 2048 terms, 32 KiB of source, 512 facts, 64 rounds, a million steps.
    fn default() -> Self {
        Self {
            bytes: 16 << 10,
            blocks: 9,
            keys: 16,
            symbols: 512,
            terms: 2048,
            source: 32 << 10,
            facts: 512,
            rounds: 64,
            steps: 1_000_000,
        }
    }
}

/// What a token has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// [`Limits::keys`]
    Keys,
    /// [`Limits::symbols`]
    Symbols,
    /// [`Limits::terms`]
    Terms,
    /// [`Limits::source`]
    Source,
    /// [`Limits::facts`]
    Facts,
}

impl Measure {
    /// Is what was `found` within the limit?
    pub(super) fn within(self, found: usize, limits: &Limits) -> Result<(), VerifyError> {
        let limit = match self {
            Self::Keys => limits.keys,
            Self::Symbols => limits.symbols,
            Self::Terms => limits.terms,
            Self::Source => limits.source,
            Self::Facts => limits.facts,
        };
        if found > limit {
            return Err(VerifyError::TooMuch {
                measure: self,
                limit,
            });
        }
        Ok(())
    }
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keys => "trusted keys",
            Self::Symbols => "declared texts",
            Self::Terms => "terms",
            Self::Source => "bytes of source",
            Self::Facts => "facts",
        })
    }
}
