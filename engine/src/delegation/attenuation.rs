//! The verdict on a chain, one type for all formats.

use std::fmt;

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
    /// Who accepts it.
    Audience,
    /// How long it lasts.
    Lifetime,
    /// How many more hops may follow.
    Depth,
}

impl Attenuation {
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

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tools => "tools",
            Self::Arguments => "arguments",
            Self::Resources => "resources",
            Self::Actions => "actions",
            Self::Scopes => "scopes",
            Self::Audience => "audience",
            Self::Lifetime => "lifetime",
            Self::Depth => "depth",
        })
    }
}
