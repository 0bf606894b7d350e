//! What a token allows: its entry in `authorization_details` (section 3.3).

use std::collections::BTreeMap;

use crate::delegation::arguments::{Argument, ArgumentMap};
use crate::delegation::authority::Authority;
use crate::delegation::work::Work;
use crate::excerpt::Excerpt;
use crate::json::{Object, Value};

use super::constraint::{ConstraintError, Reader};
use super::refusal::{Fact, Refusal, Refuser};
use super::rules::Limits;
use super::step::Step;

/// The type of the entry; those of other types carry no authority, since any holder can write them.
const TYPE: &str = "attenuating_agent_token";

/// Why what a token allows can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// `authorization_details` is no array.
    #[error("`authorization_details` is not an array")]
    NotArray,
    /// There is no entry of the type.
    #[error("no entry has the type `attenuating_agent_token`")]
    NoEntry,
    /// There are two, and nobody says which counts.
    #[error("more than one entry has the type `attenuating_agent_token`")]
    SeveralEntries,
    /// `tools` is missing or no object.
    #[error("`tools` is not an object")]
    NoTools,
    /// What one tool may be called with is no object.
    #[error("what a tool may be called with is not an object")]
    NoMap,
}

/// The steps at which it is refused.
pub(super) struct CapabilitySteps {
    pub(super) shape: Step,
    pub(super) constraint: Step,
    pub(super) cost: Step,
}

/// The tools of the one entry that counts; nothing where there is none.
pub(super) fn tools<'o, 'a>(
    details: Option<&'o Value<'a>>,
) -> Result<Option<&'o Object<'a>>, ShapeError> {
    let details = details
        .and_then(Value::as_array)
        .ok_or(ShapeError::NotArray)?;
    let mut entries = details.iter().filter_map(Value::as_object).filter(|entry| {
        let of_type = entry.get("type").and_then(Value::as_str);
        of_type == Some(TYPE)
    });
    let Some(entry) = entries.next() else {
        return Ok(None);
    };
    if entries.next().is_some() {
        return Err(ShapeError::SeveralEntries);
    }
    let tools = entry.get("tools").and_then(Value::as_object);
    let tools = tools.ok_or(ShapeError::NoTools)?;
    if tools.iter().any(|(_, map)| map.as_object().is_none()) {
        return Err(ShapeError::NoMap);
    }
    Ok(Some(tools))
}

/// The authority over these tools.
pub(super) fn authority(
    tools: &Object<'_>,
    reader: &mut Reader<'_>,
    refuser: Refuser,
    steps: &CapabilitySteps,
) -> Result<Authority, Refusal> {
    let mut read = BTreeMap::new();
    for (tool, map) in tools.iter() {
        let members = map
            .as_object()
            .ok_or_else(|| refuser.with(steps.shape, Fact::Shape(ShapeError::NoMap)))?;
        let map = argument_map(members, reader).map_err(|(argument, error)| {
            let step = match error {
                ConstraintError::TooCostly(_) => steps.cost,
                ConstraintError::NotObject
                | ConstraintError::Untyped
                | ConstraintError::UnknownType { .. }
                | ConstraintError::UnknownMember { .. }
                | ConstraintError::Member { .. }
                | ConstraintError::Number(_)
                | ConstraintError::Range(_)
                | ConstraintError::TooDeep { .. } => steps.constraint,
            };
            let fact = Fact::Constraint {
                tool: Excerpt::of(tool),
                argument: Excerpt::of(argument),
                error,
            };
            refuser.with(step, fact)
        })?;
        read.insert(tool.to_owned(), map);
    }
    Ok(Authority::of_tools(read))
}

/// What is wrong with one argument of a tool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the argument `{argument}`: {error}")]
pub struct ArgumentError {
    /// Its name.
    pub argument: Excerpt,
    /// What is wrong.
    pub error: ConstraintError,
}

/// What a tool may be called with, by the constraints of its arguments as tokens state them, within the default limits.
///
/// # Errors
///
/// [`ArgumentError`] for the first one that can't be read.
pub fn read_arguments(members: &Object<'_>) -> Result<ArgumentMap, ArgumentError> {
    let limits = Limits::default();
    let mut reader = Reader {
        max_depth: limits.max_constraint_depth,
        work: &mut Work::new(limits.max_work),
    };
    argument_map(members, &mut reader).map_err(|(argument, error)| ArgumentError {
        argument: Excerpt::of(argument),
        error,
    })
}

/// The arguments of one tool. `{}` means that any are allowed.
pub(in crate::delegation) fn argument_map<'o>(
    members: &'o Object<'_>,
    reader: &mut Reader<'_>,
) -> Result<ArgumentMap, (&'o str, ConstraintError)> {
    let mut named = BTreeMap::new();
    let mut open = members.is_empty();
    for (name, value) in members.iter() {
        if name == "*" {
            reader.unnamed(value).map_err(|error| (name, error))?;
            open = true;
            continue;
        }
        let (constraint, optional) = reader.argument(value).map_err(|error| (name, error))?;
        let argument = Argument {
            constraint,
            optional,
        };
        named.insert(name.to_owned(), argument);
    }
    Ok(if open {
        ArgumentMap::open(named)
    } else {
        ArgumentMap::closed(named)
    })
}
