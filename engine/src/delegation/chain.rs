//! The parties of a delegation, root to leaf.

use super::attenuation::Attenuation;

/// Who acted for whom: at least one hop, the root first, and the verdict on the whole.
#[derive(Clone, Debug)]
pub struct Chain {
    hops: Vec<Hop>,
    attenuation: Attenuation,
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
