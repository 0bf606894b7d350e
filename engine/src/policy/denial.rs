//! Why policy refused.

use std::fmt;
use std::sync::Arc;

use super::remediation::Remediation;
use super::remedy::PolicyRemedy;
use super::session::SessionError;

/// Why no [`super::permit::Permit`] was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyDenial {
    /// No `permit` was satisfied.
    #[error("no policy permits this{}", Listed(" (missed by their conditions only: ", .nearest))]
    NoPermit {
        /// The `permit`s whose scope matches the request and whose conditions don't hold: what their `@reason` and
        /// `@remedy` say tells the agent what would be permitted.
        nearest: Vec<Arc<PolicyNote>>,
    },
    /// A `forbid` was satisfied.
    #[error("forbidden by policy{}", Listed(" (", .by))]
    Forbidden {
        /// Every satisfied `forbid`, in the order loaded.
        by: Vec<Arc<PolicyNote>>,
    },
    /// Every satisfied `forbid` looks at what the credential says that the work is.
    #[error("outside of the declared intent{}", Listed(" (", .by))]
    OutsideIntent {
        /// All of them, in the order loaded.
        by: Vec<Arc<PolicyNote>>,
    },
    /// It would be permitted if the token had what these policies say that it needs.
    #[error("the token lacks what a policy needs{}", Listed(" (", .by))]
    Remediable {
        /// The `permit` that would be satisfied, or every `forbid` that would no longer be.
        by: Vec<Arc<PolicyNote>>,
        /// What it lacks.
        lacks: Remediation,
    },
    /// A policy could not be evaluated, for instance because a sum left the range of `Long`. That denies, whatever
    /// the other policies say.
    #[error("a policy could not be evaluated{}", Listed(" (", .failed))]
    EvaluationFailed {
        /// Every policy that failed, in the order loaded; none where the request itself could not be put to Cedar.
        failed: Vec<Arc<PolicyNote>>,
    },
    /// An argument has the name of one that some policy looks at, but for the case of letters. Policy doesn't see it as that,
    /// and a server whose JSON library doesn't tell them apart does.
    #[error("an argument differs from `{pointer}` in the case of letters only")]
    ArgumentRespelled {
        /// What the policy looks at.
        pointer: String,
    },
    /// A policy asks for what the session has done, and that can't be said.
    #[error("{0}")]
    Session(#[from] SessionError),
    /// The arguments are more than policy is ready to look at.
    #[error("the arguments have more than {limit} {what}")]
    ArgumentsTooLarge {
        /// What there is too much of.
        what: ArgumentsLimit,
        /// How much is accepted.
        limit: usize,
    },
}

/// What arguments can have too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentsLimit {
    /// JSON values, at any depth.
    Values,
    /// Bytes of text in all strings, numbers and pointers together.
    Bytes,
}

/// What a policy says about itself in its annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyNote {
    /// `@id`, or `policyN` where it has none, N counting all loaded policies from 0.
    pub id: String,
    /// `@reason`: why it stands there, for whoever was refused.
    pub reason: Option<String>,
    /// `@remedy`: what would be permitted instead.
    pub remedy: Option<PolicyRemedy>,
}

impl PolicyDenial {
    /// Cedar's own constructors refused what was put into them. Nothing is known for which this happens; it denies.
    pub(super) const UNPRESENTABLE: Self = Self::EvaluationFailed { failed: Vec::new() };

    /// The policies that it rests on; none where the request never came to be judged.
    #[must_use]
    pub fn policies(&self) -> &[Arc<PolicyNote>] {
        match self {
            Self::NoPermit { nearest: notes }
            | Self::Forbidden { by: notes }
            | Self::OutsideIntent { by: notes }
            | Self::Remediable { by: notes, .. }
            | Self::EvaluationFailed { failed: notes } => notes,
            Self::Session(_) | Self::ArgumentRespelled { .. } | Self::ArgumentsTooLarge { .. } => {
                &[]
            }
        }
    }
}

impl fmt::Display for ArgumentsLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Values => "values",
            Self::Bytes => "bytes of text",
        })
    }
}

/// Policy ids in backticks behind an opening and before `)`; nothing where there are none.
struct Listed<'a>(&'static str, &'a [Arc<PolicyNote>]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.1.split_first() else {
            return Ok(());
        };
        write!(f, "{}`{}`", self.0, first.id)?;
        for note in rest {
            write!(f, ", `{}`", note.id)?;
        }
        f.write_str(")")
    }
}
