//! A constraint as a token states it (section 3.4), read strictly.

use std::collections::BTreeSet;

use crate::delegation::constraint::{Bound, Constraint, EmptyRange, Range};
use crate::delegation::work::{TooMuchWork, Work};
use crate::excerpt::Excerpt;
use crate::json::canonical::{Canonical, Inadmissible};
use crate::json::{Object, Value};

/// Why a constraint is malformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintError {
    /// It isn't an object.
    #[error("the constraint is not an object")]
    NotObject,
    /// It doesn't say of which type it is.
    #[error("`constraint_type` is not a string")]
    Untyped,
    /// Its type is none of the nine, and what isn't understood can't be enforced.
    #[error("the constraint type `{found}` is not known")]
    UnknownType {
        /// Its type.
        found: Excerpt,
    },
    /// It has a member that its type doesn't have, which may be a misspelt one.
    #[error("`{member}` is no member of this constraint type")]
    UnknownMember {
        /// The member's name.
        member: Excerpt,
    },
    /// A member is missing or not what its definition says.
    #[error("`{member}` is not {expected}")]
    Member {
        /// The member's name.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A number that readers could understand differently.
    #[error(transparent)]
    Number(#[from] Inadmissible),
    /// The lower bound is above the upper one.
    #[error(transparent)]
    Range(#[from] EmptyRange),
    /// Constraints within constraints beyond the limit.
    #[error("constraints nest more than {limit} deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Too many clauses.
    #[error(transparent)]
    TooCostly(#[from] TooMuchWork),
}

/// Reads the constraints of one token.
pub(in crate::delegation) struct Reader<'w> {
    /// How deep they may nest.
    pub(in crate::delegation) max_depth: usize,
    /// What finding redundant clauses may cost.
    pub(in crate::delegation) work: &'w mut Work,
}

impl Reader<'_> {
    /// The constraint of a named argument, and whether the argument is optional.
    pub(super) fn argument(
        &mut self,
        value: &Value<'_>,
    ) -> Result<(Constraint, bool), ConstraintError> {
        let members = value.as_object().ok_or(ConstraintError::NotObject)?;
        let optional = match members.get("optional") {
            None => false,
            Some(Value::Bool(optional)) => *optional,
            Some(_) => return Err(not("optional", "a boolean")),
        };
        Ok((self.constraint(members, 1, &["optional"])?, optional))
    }

    /// What the entry `*` says, which has to be a wildcard and nothing else.
    pub(super) fn unnamed(&mut self, value: &Value<'_>) -> Result<(), ConstraintError> {
        if self.clause(value, 1)? == Constraint::Wildcard {
            Ok(())
        } else {
            Err(not(
                "constraint_type",
                "`wildcard`, as that of `*` has to be",
            ))
        }
    }

    fn clause(&mut self, value: &Value<'_>, depth: usize) -> Result<Constraint, ConstraintError> {
        let members = value.as_object().ok_or(ConstraintError::NotObject)?;
        self.constraint(members, depth, &[])
    }

    /// A constraint that may have these members beside those of its type.
    fn constraint(
        &mut self,
        members: &Object<'_>,
        depth: usize,
        beside: &[&str],
    ) -> Result<Constraint, ConstraintError> {
        if depth > self.max_depth {
            return Err(ConstraintError::TooDeep {
                limit: self.max_depth,
            });
        }
        let of_type = members
            .get("constraint_type")
            .and_then(Value::as_str)
            .ok_or(ConstraintError::Untyped)?;
        let own: &[&str] = match of_type {
            "exact" => &["value"],
            "range" => &["min", "max", "min_inclusive", "max_inclusive"],
            "one_of" => &["values"],
            "not_one_of" => &["excluded"],
            "contains" => &["required"],
            "subset" => &["allowed"],
            "all" | "any" => &["constraints"],
            "wildcard" => &[],
            other => {
                return Err(ConstraintError::UnknownType {
                    found: Excerpt::of(other),
                });
            }
        };
        let known =
            |name: &str| name == "constraint_type" || own.contains(&name) || beside.contains(&name);
        if let Some((name, _)) = members.iter().find(|(name, _)| !known(name)) {
            return Err(ConstraintError::UnknownMember {
                member: Excerpt::of(name),
            });
        }
        Ok(match of_type {
            "exact" => Constraint::Exact(scalar(members)?),
            "range" => Constraint::Range(range(members)?),
            "one_of" => {
                let values = values(members, "values")?;
                if values.is_empty() {
                    return Err(not("values", "an array that isn't empty"));
                }
                Constraint::OneOf(values)
            }
            "not_one_of" => Constraint::NotOneOf(values(members, "excluded")?),
            "contains" => Constraint::Contains(values(members, "required")?),
            "subset" => Constraint::Subset(values(members, "allowed")?),
            "all" => Constraint::all(self.clauses(members, depth)?, self.work)?,
            "any" => Constraint::any(self.clauses(members, depth)?, self.work)?,
            _ => Constraint::Wildcard,
        })
    }

    fn clauses(
        &mut self,
        members: &Object<'_>,
        depth: usize,
    ) -> Result<Vec<Constraint>, ConstraintError> {
        let clauses = array(members, "constraints")?;
        if clauses.is_empty() {
            return Err(not("constraints", "an array that isn't empty"));
        }
        let deeper = depth.saturating_add(1);
        let read = clauses.iter().map(|clause| self.clause(clause, deeper));
        read.collect()
    }
}

const fn not(member: &'static str, expected: &'static str) -> ConstraintError {
    ConstraintError::Member { member, expected }
}

fn scalar(members: &Object<'_>) -> Result<Canonical, ConstraintError> {
    match members.get("value") {
        None | Some(Value::Array(_) | Value::Object(_)) => {
            Err(not("value", "a string, a number, a boolean or null"))
        }
        Some(value) => Ok(Canonical::of(value)?),
    }
}

fn array<'o, 'a>(
    members: &'o Object<'a>,
    member: &'static str,
) -> Result<&'o [Value<'a>], ConstraintError> {
    members
        .get(member)
        .and_then(Value::as_array)
        .ok_or_else(|| not(member, "an array"))
}

fn values(
    members: &Object<'_>,
    member: &'static str,
) -> Result<BTreeSet<Canonical>, ConstraintError> {
    let values = array(members, member)?.iter().map(Canonical::of);
    Ok(values.collect::<Result<_, _>>()?)
}

fn range(members: &Object<'_>) -> Result<Range, ConstraintError> {
    let bound = |name: &'static str, inclusive: &'static str| {
        let inclusive = match (members.get(inclusive), members.get(name)) {
            (None, _) => true,
            (Some(Value::Bool(inclusive)), Some(_)) => *inclusive,
            (Some(_), Some(_)) => return Err(not(inclusive, "a boolean")),
            (Some(_), None) => return Err(not(inclusive, "beside its bound")),
        };
        match members.get(name) {
            None => Ok(None),
            Some(value) => {
                let at = Canonical::of(value)?.as_number();
                let at = at.ok_or_else(|| not(name, "a number"))?;
                Ok(Some(Bound { at, inclusive }))
            }
        }
    };
    let (min, max) = (
        bound("min", "min_inclusive")?,
        bound("max", "max_inclusive")?,
    );
    Ok(Range::new(min, max)?)
}

#[cfg(test)]
mod tests;
