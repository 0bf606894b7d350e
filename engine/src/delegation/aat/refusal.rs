//! Why a chain or a call is refused.

use std::fmt;

use crate::delegation::attenuation::Attenuation;
use crate::delegation::exercise::NotPermitted;
use crate::delegation::narrower::Widening;
use crate::excerpt::Excerpt;
use crate::identity::jose::compact::CompactError;
use crate::identity::jose::jwk::KeyError;
use crate::identity::replay::ReplayError;
use crate::json::JsonError;

use super::capability::ShapeError;
use super::constraint::ConstraintError;
use super::step::Step;

/// The step that refuses, and what it found. For the log: whoever presented the chain should not be told which constraint
/// failed (section 14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which step.
    pub step: Step,
    /// What of.
    pub part: Part,
    /// What was found, where there is more to say.
    pub fact: Option<Fact>,
}

/// What was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All tokens together.
    Chain,
    /// The token at this place, the root being 0.
    Token(usize),
    /// The call, by the leaf.
    Call,
    /// The proof.
    Proof,
}

/// What was found. Whatever somebody else wrote is shown as [`Excerpt`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fact {
    /// Not three strict base64url parts.
    #[error("{0}")]
    Form(CompactError),
    /// No strict JSON.
    #[error("{0}")]
    Json(JsonError),
    /// A parameter of the header is missing or not what it should be.
    #[error("`{parameter}` is not {expected}")]
    Header {
        /// Its name.
        parameter: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// No key that can be used.
    #[error("{0}")]
    Key(KeyError),
    /// A claim is missing or not what it should be.
    #[error("`{claim}` is not {expected}")]
    Claim {
        /// Its name.
        claim: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A claim has another value than the one that it should have, or one beyond a limit.
    #[error("`{claim}` is `{found}`, against `{against}`")]
    Value {
        /// Its name.
        claim: &'static str,
        /// Its value.
        found: Excerpt,
        /// What it was compared with.
        against: Excerpt,
    },
    /// The entry that says what is allowed can't be read.
    #[error("{0}")]
    Shape(ShapeError),
    /// A constraint can't be read.
    #[error("the argument `{argument}` of the tool `{tool}`: {error}")]
    Constraint {
        /// Of which tool.
        tool: Excerpt,
        /// Of which argument.
        argument: Excerpt,
        /// Why not.
        error: ConstraintError,
    },
    /// The token allows more than its parent.
    #[error("{0}")]
    Widening(Box<Widening>),
    /// The call needs more than the leaf allows.
    #[error("{0}")]
    NotPermitted(NotPermitted),
    /// The proof can't be let in.
    #[error("{0}")]
    Replay(ReplayError),
}

impl Refusal {
    /// The verdict on the chain, where it is refused because a token widens: in tools, arguments, lifetime or depth.
    #[must_use]
    pub fn attenuation(&self) -> Option<Attenuation> {
        match (&self.fact, self.part) {
            (Some(Fact::Widening(widening)), Part::Token(hop)) => {
                Some(Attenuation::widened(hop, (**widening).clone()))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}", self.step.label())?;
        if let Part::Token(place) = self.part {
            write!(f, ", token {place}")?;
        }
        write!(f, ": {}", self.step.meaning())?;
        match &self.fact {
            Some(fact) => write!(f, " {fact}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

/// Refuses one part.
#[derive(Clone, Copy)]
pub(super) struct Refuser(pub(super) Part);

impl Refuser {
    pub(super) const fn at(self, step: Step) -> Refusal {
        Refusal {
            step,
            part: self.0,
            fact: None,
        }
    }

    pub(super) const fn with(self, step: Step, fact: Fact) -> Refusal {
        Refusal {
            step,
            part: self.0,
            fact: Some(fact),
        }
    }

    /// For a value that isn't what it was compared with.
    pub(super) fn value(
        self,
        step: Step,
        claim: &'static str,
        found: impl fmt::Display,
        against: impl fmt::Display,
    ) -> Refusal {
        let (found, against) = (found.to_string(), against.to_string());
        self.with(
            step,
            Fact::Value {
                claim,
                found: Excerpt::of(&found),
                against: Excerpt::of(&against),
            },
        )
    }
}
