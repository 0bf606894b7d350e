//! The parties of a delegation, root to leaf.

use super::attenuation::Attenuation;

/// Who acted for whom: at least one hop, the root first, and the verdict on the whole.
#[derive(Clone, Debug)]
pub struct Chain {
    hops: Vec<Hop>,
    attenuation: Attenuation,
}

impl Chain {
    /// The parties, root first; at least one.
    #[must_use]
    pub fn hops(&self) -> &[Hop] {
        &self.hops
    }

    /// Does every hop only narrow the one before it?
    #[must_use]
    pub const fn attenuation(&self) -> &Attenuation {
        &self.attenuation
    }
}

/// How many actors a chain may name besides its root; at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxDepth(pub std::num::NonZeroU8);

impl Default for MaxDepth {
    /// Eight.
    fn default() -> Self {
        const EIGHT: std::num::NonZeroU8 = std::num::NonZeroU8::MIN.saturating_add(7);
        Self(EIGHT)
    }
}

impl std::fmt::Display for MaxDepth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One party of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Who vouches for the party: an issuer's identifier.
    pub issuer: String,
    /// The party's name at that issuer.
    pub subject: String,
    /// What it was read from.
    pub format: HopFormat,
}

/// What a hop was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopFormat {
    /// The token's own `sub`.
    Subject,
    /// An `act` claim (RFC 8693, section 4.1).
    Act,
}
