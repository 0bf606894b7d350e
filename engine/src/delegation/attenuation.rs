//! The verdict on a chain, one type for all formats.

use std::collections::BTreeSet;
use std::fmt;

use super::authority::Authority;
use super::hop::{Hop, HopFormat};
use super::narrower::{Widening, narrower, narrower_audience};
use super::work::Work;
use crate::time::UnixTime;

/// Does every hop only narrow the one before it?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attenuation {
    /// There is one hop, or every hop states its authority and each is within the one before.
    Proven,
    /// A hop claims more than the one before it had. Always refused.
    Widened {
        /// The hop's place in the chain, the root being 0.
        hop: usize,
        /// In what it widened.
        dimension: Dimension,
        /// What the hop before had.
        parent: String,
        /// What this one claims.
        child: String,
    },
    /// The format doesn't state what each hop may do, so narrowing can't be shown.
    Unproven {
        /// The first such hop.
        hop: usize,
        /// What is missing.
        why: Unproven,
    },
}

/// What can't be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// `act` says who acted for whom, not what each could do (RFC 8693, section 4.1).
    ActorsOnly,
    /// A hop, or every one before it, doesn't say what it may do.
    Unstated,
}

impl Unproven {
    /// The word for it in evidence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActorsOnly => "actors_only",
            Self::Unstated => "unstated",
        }
    }
}

/// In what an authority can be wider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// The tools it may call.
    Tools,
    /// The values of their arguments.
    Arguments,
    /// The resources it reaches.
    Resources,
    /// What it may do to them.
    Actions,
    /// OAuth scopes.
    Scopes,
    /// Conditions that only the format itself understands.
    Checks,
    /// Who accepts it.
    Audience,
    /// How long it lasts.
    Lifetime,
    /// How many more hops may follow.
    Depth,
}

impl Attenuation {
    /// The verdict on a chain, root first. A hop that widens counts before one of which nothing is known.
    ///
    /// Each hop is compared with the nearest one before it that states the same: what a hop doesn't say about its lifetime or
    /// its audience is as before, but one that doesn't state its authority has not shown to narrow it.
    #[must_use]
    pub fn of(hops: &[Hop], work: &mut Work) -> Self {
        let Some((root, rest)) = hops.split_first() else {
            return Self::Proven;
        };
        let mut before = Stated::default();
        before.update(root);
        let mut unproven = None;
        for (place, hop) in (1..).zip(rest) {
            if let Err(widening) = before.covers(hop, work) {
                return Self::widened(place, widening);
            }
            if hop.authority.is_none() || before.authority.is_none() {
                unproven.get_or_insert(Self::Unproven {
                    hop: place,
                    why: match hop.format {
                        HopFormat::Act => Unproven::ActorsOnly,
                        HopFormat::Subject | HopFormat::Aat | HopFormat::Biscuit => {
                            Unproven::Unstated
                        }
                    },
                });
            }
            before.update(hop);
        }
        unproven.unwrap_or(Self::Proven)
    }

    /// A hop that widens.
    #[must_use]
    pub fn widened(hop: usize, widening: Widening) -> Self {
        Self::Widened {
            hop,
            dimension: widening.dimension,
            parent: widening.parent,
            child: widening.child,
        }
    }

    /// The word for it in policy context and evidence.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Widened { .. } => "widened",
            Self::Unproven { .. } => "unproven",
        }
    }
}

/// What the hops so far say.
#[derive(Default)]
struct Stated<'a> {
    authority: Option<&'a Authority>,
    audience: Option<&'a BTreeSet<String>>,
    expires_at: Option<UnixTime>,
}

impl<'a> Stated<'a> {
    fn update(&mut self, hop: &'a Hop) {
        self.authority = hop.authority.as_ref().or(self.authority);
        self.audience = hop.audience.as_ref().or(self.audience);
        self.expires_at = hop.lifetime.expires_at.or(self.expires_at);
    }

    /// Is what a hop states within it?
    fn covers(&self, hop: &Hop, work: &mut Work) -> Result<(), Widening> {
        if let (Some(child), Some(parent)) = (&hop.authority, self.authority) {
            narrower(child, parent, work)?;
        }
        if let (Some(child), Some(parent)) = (hop.lifetime.expires_at, self.expires_at)
            && child > parent
        {
            return Err(Widening::of_lifetime(child, parent));
        }
        match (&hop.audience, self.audience) {
            (Some(child), Some(parent)) => narrower_audience(child, parent),
            (None, _) | (_, None) => Ok(()),
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tools => "tools",
            Self::Arguments => "arguments",
            Self::Resources => "resources",
            Self::Actions => "actions",
            Self::Scopes => "scopes",
            Self::Checks => "checks",
            Self::Audience => "audience",
            Self::Lifetime => "lifetime",
            Self::Depth => "depth",
        })
    }
}

#[cfg(test)]
mod tests;
