//! What is wrong with policies that can't be loaded.

use std::fmt;

/// Policies that can't be loaded, with everything that is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PolicyLoadError {
    /// What is wrong, in the order of the sources; at least one.
    pub problems: Vec<PolicyProblem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyProblem {
    /// What it is.
    pub kind: ProblemKind,
    /// What it says, in lower case, with what to do about it where that is known.
    pub message: String,
    /// Where it is, where that is known.
    pub place: Option<Place>,
}

/// The kinds of things that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// It isn't Cedar.
    Syntax,
    /// It doesn't fit the schema.
    Schema,
    /// It fits the schema, but can't mean what it says, for instance a policy that never applies.
    Suspicious,
    /// A template, which nothing would ever instantiate.
    Template,
    /// An annotation that isn't known, or a value that it can't have.
    Annotation,
    /// Two policies with one id.
    DuplicateId,
    /// There is no policy at all, or none that permits anything, so every request would be denied.
    Empty,
    /// A key of an argument that is no JSON Pointer.
    Argument,
    /// A group or a member that can't be.
    Group,
    /// A policy that no request can match under this configuration.
    NeverMatches,
    /// A permit that makes no difference, since another policy has all that it is for.
    Shadowed,
    /// A policy without `@id`.
    Unnamed,
    /// A group that no policy names.
    UnusedGroup,
    /// A condition names something that this configuration doesn't have.
    UnknownName,
}

/// A place in a policy source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The source's name.
    pub source: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line's text.
    pub excerpt: String,
}

impl fmt::Display for PolicyLoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = &self.place else {
            return f.write_str(&self.message);
        };
        write!(
            f,
            "{}:{}:{}: {}\n  | {}",
            place.source, place.line, place.column, self.message, place.excerpt
        )
    }
}
