//! Constraints in a few words, for people.

use std::fmt;

use super::{Bound, Clauses, Constraint, Range};
use crate::excerpt::Excerpt;

impl Constraint {
    /// The beginning of it, with single quotes, so that it can stand in a message.
    pub(in crate::delegation) fn excerpt(&self) -> Excerpt {
        Excerpt::of(&self.to_string().replace('"', "'"))
    }
}

/// The type's name and its values.
impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wildcard => f.write_str("wildcard"),
            Self::Exact(value) => write!(f, "exact {value}"),
            Self::Range(range) => range.fmt(f),
            Self::OneOf(values) => list(f, "one_of", values),
            Self::NotOneOf(values) => list(f, "not_one_of", values),
            Self::Contains(values) => list(f, "contains", values),
            Self::Subset(values) => list(f, "subset", values),
            Self::All(Clauses(clauses)) => list(f, "all", clauses),
            Self::Any(Clauses(clauses)) => list(f, "any", clauses),
        }
    }
}

/// As mathematicians write it: `range [0, 10)`, with nothing where there is no bound.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_inclusive = |bound: Option<Bound>| bound.is_some_and(|bound| bound.inclusive);
        let at = |bound: Option<Bound>| bound.map_or(String::new(), |bound| bound.at.to_string());
        let (open, close) = (
            if is_inclusive(self.min()) { '[' } else { '(' },
            if is_inclusive(self.max()) { ']' } else { ')' },
        );
        write!(
            f,
            "range {open}{}, {}{close}",
            at(self.min()),
            at(self.max())
        )
    }
}

fn list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    items: impl IntoIterator<Item = T>,
) -> fmt::Result {
    write!(f, "{name} [")?;
    for (place, item) in items.into_iter().enumerate() {
        let comma = if place > 0 { ", " } else { "" };
        write!(f, "{comma}{item}")?;
    }
    f.write_str("]")
}
