//! What values an argument may have.
//!
//! The nine core types of draft-niyikiza-oauth-attenuating-agent-tokens-02, section 3.4. Values are equal as RFC 8785 has
//! it, see [`Canonical`].

mod range;
mod show;

use std::collections::BTreeSet;

pub use range::{Bound, EmptyRange, Range};

use super::work::{TooMuchWork, Work};
use crate::json::canonical::Canonical;

/// A set of values, given by a rule, in normal form: two that are within each other are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constraint {
    /// Every value.
    Wildcard,
    /// This value.
    Exact(Canonical),
    /// Numbers.
    Range(Range),
    /// These values.
    OneOf(BTreeSet<Canonical>),
    /// Every value but these.
    NotOneOf(BTreeSet<Canonical>),
    /// Arrays that have all of these elements.
    Contains(BTreeSet<Canonical>),
    /// Arrays that have no elements but these.
    Subset(BTreeSet<Canonical>),
    /// What every clause admits.
    All(Clauses),
    /// What one clause admits.
    Any(Clauses),
}

/// Clauses of which none makes another one redundant, without order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clauses(BTreeSet<Constraint>);

impl Constraint {
    /// What all of `clauses` admit; without clauses that is every value.
    ///
    /// # Errors
    ///
    /// [`TooMuchWork`] when finding redundant clauses takes too long.
    pub fn all(
        clauses: impl IntoIterator<Item = Self>,
        work: &mut Work,
    ) -> Result<Self, TooMuchWork> {
        Clauses::reduced(clauses, |clause, kept| kept.is_within(clause, work)).map(Self::All)
    }

    /// What one of `clauses` admits; without clauses that is no value.
    ///
    /// # Errors
    ///
    /// [`TooMuchWork`] when finding redundant clauses takes too long.
    pub fn any(
        clauses: impl IntoIterator<Item = Self>,
        work: &mut Work,
    ) -> Result<Self, TooMuchWork> {
        Clauses::reduced(clauses, |clause, kept| clause.is_within(kept, work)).map(Self::Any)
    }

    /// Is the value one of the set?
    ///
    /// # Errors
    ///
    /// [`TooMuchWork`], which is no yes.
    pub fn admits(&self, value: &Canonical, work: &mut Work) -> Result<bool, TooMuchWork> {
        work.charge(1)?;
        Ok(match self {
            Self::Wildcard => true,
            Self::Exact(expected) => value == expected,
            Self::Range(range) => value.as_number().is_some_and(|number| range.admits(number)),
            Self::OneOf(values) => values.contains(value),
            Self::NotOneOf(excluded) => !excluded.contains(value),
            Self::Contains(required) => {
                let Some(elements) = value.as_array() else {
                    return Ok(false);
                };
                work.charge(elements.len())?;
                let found: BTreeSet<_> = elements
                    .iter()
                    .filter(|element| required.contains(element))
                    .collect();
                found.len() == required.len()
            }
            Self::Subset(allowed) => {
                let Some(elements) = value.as_array() else {
                    return Ok(false);
                };
                work.charge(elements.len())?;
                elements.iter().all(|element| allowed.contains(element))
            }
            Self::All(clauses) => clauses.every(|clause| clause.admits(value, work))?,
            Self::Any(clauses) => clauses.some(|clause| clause.admits(value, work))?,
        })
    }

    /// Is it shown that `parent` admits whatever this one admits?
    ///
    /// The table of section 4.5: a pair of types that isn't in it is no, also where the sets are within each other.
    ///
    /// # Errors
    ///
    /// [`TooMuchWork`], which is no yes.
    pub fn is_within(&self, parent: &Self, work: &mut Work) -> Result<bool, TooMuchWork> {
        work.charge(1)?;
        Ok(match (self, parent) {
            (_, Self::Wildcard) => true,
            (Self::Exact(value), Self::Exact(parent)) => value == parent,
            (Self::Exact(value), Self::Range(parent)) => value
                .as_number()
                .is_some_and(|number| parent.admits(number)),
            (Self::Exact(value), Self::OneOf(parent)) => parent.contains(value),
            (Self::Range(range), Self::Range(parent)) => range.is_within(parent),
            (Self::OneOf(fewer), Self::OneOf(more))
            | (Self::Subset(fewer), Self::Subset(more))
            | (Self::NotOneOf(more), Self::NotOneOf(fewer))
            | (Self::Contains(more), Self::Contains(fewer)) => {
                work.charge(fewer.len().saturating_add(more.len()))?;
                fewer.is_subset(more)
            }
            (Self::All(clauses), Self::All(parent)) => {
                parent.every(|wider| clauses.some(|clause| clause.is_within(wider, work)))?
            }
            (Self::Any(clauses), Self::Any(parent)) => {
                clauses.every(|clause| parent.some(|wider| clause.is_within(wider, work)))?
            }
            _ => false,
        })
    }
}

impl Clauses {
    /// The clauses, in an order that means nothing.
    pub fn iter(&self) -> impl Iterator<Item = &Constraint> {
        self.0.iter()
    }

    /// Keeps the clauses of which none is `redundant` beside another one that is kept.
    fn reduced(
        clauses: impl IntoIterator<Item = Constraint>,
        mut redundant: impl FnMut(&Constraint, &Constraint) -> Result<bool, TooMuchWork>,
    ) -> Result<Self, TooMuchWork> {
        let mut kept: Vec<Constraint> = Vec::new();
        'next: for clause in clauses.into_iter().collect::<BTreeSet<_>>() {
            for other in &kept {
                if redundant(&clause, other)? {
                    continue 'next;
                }
            }
            let mut remaining = Vec::with_capacity(kept.len().saturating_add(1));
            for other in kept {
                if !redundant(&other, &clause)? {
                    remaining.push(other);
                }
            }
            remaining.push(clause);
            kept = remaining;
        }
        Ok(Self(kept.into_iter().collect()))
    }

    fn every(
        &self,
        mut holds: impl FnMut(&Constraint) -> Result<bool, TooMuchWork>,
    ) -> Result<bool, TooMuchWork> {
        self.some(|clause| holds(clause).map(|held| !held))
            .map(|failed| !failed)
    }

    fn some(
        &self,
        mut holds: impl FnMut(&Constraint) -> Result<bool, TooMuchWork>,
    ) -> Result<bool, TooMuchWork> {
        for clause in &self.0 {
            if holds(clause)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
