//! Bounds of a tool's arguments as checks of a Biscuit.

use std::collections::BTreeSet;

use bailiwick_engine::delegation::arguments::ArgumentMap;
use bailiwick_engine::delegation::constraint::{Bound, Constraint, Range};
use bailiwick_engine::json::canonical::{Canonical, Double};
use thiserror::Error;

use crate::biscuit::quoted;

/// A number that Datalog can't say.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{number}` can't stand in a Biscuit, which has integers of 64 bits only")]
pub(super) struct NotInteger {
    number: String,
}

/// Checks that let `tool` be called with these arguments only, and say nothing of anything else.
///
/// An argument that has to be there is asked for by a `check if` with the alternative that this is no call of the tool; one
/// that may be left out, and any that isn't named, by a `reject if`, which passes where there is none.
pub(super) fn checks(tool: &str, arguments: &ArgumentMap) -> Result<Vec<String>, NotInteger> {
    let tool = quoted(tool);
    let mut checks = Vec::new();
    for (name, argument) in arguments.named() {
        let name = quoted(name);
        let condition = condition(&argument.constraint)?;
        checks.push(if argument.optional {
            format!("reject if tool_call({tool}), argument({name}, $value), !({condition});")
        } else {
            format!(
                "check if operation($o), $o != \"call_tool\" or tool_call($t), $t != {tool} \
                 or argument({name}, $value), {condition};"
            )
        });
    }
    if !arguments.is_open() {
        let named = arguments.named().keys().map(|name| quoted(name));
        let named = named.collect::<Vec<_>>().join(", ");
        checks.push(format!(
            "reject if tool_call({tool}), argument($name, $value), ![{named}].contains($name);"
        ));
    }
    Ok(checks)
}

/// What holds of `$value` where the constraint admits it.
fn condition(constraint: &Constraint) -> Result<String, NotInteger> {
    const IS_ARRAY: &str = "$value.type() == \"array\"";

    Ok(match constraint {
        Constraint::Wildcard => "true".to_owned(),
        Constraint::Exact(value) => format!("$value == {}", term(value)?),
        Constraint::Range(range) => within(range)?,
        Constraint::OneOf(values) => format!("{}.contains($value)", array(values)?),
        Constraint::NotOneOf(values) => format!("!{}.contains($value)", array(values)?),
        Constraint::Contains(values) => {
            let each = values.iter().map(|value| {
                let term = term(value)?;
                Ok(format!(" && $value.contains({term})"))
            });
            let each: String = each.collect::<Result<_, _>>()?;
            format!("{IS_ARRAY}{each}")
        }
        Constraint::Subset(values) => {
            let allowed = array(values)?;
            format!("{IS_ARRAY} && $value.all($element -> {allowed}.contains($element))")
        }
        Constraint::All(clauses) => joined(clauses.iter(), " && ")?,
        Constraint::Any(clauses) => joined(clauses.iter(), " || ")?,
    })
}

fn joined<'c>(
    clauses: impl Iterator<Item = &'c Constraint>,
    operator: &str,
) -> Result<String, NotInteger> {
    let each = clauses.map(|clause| Ok(format!("({})", condition(clause)?)));
    Ok(each.collect::<Result<Vec<_>, _>>()?.join(operator))
}

fn within(range: &Range) -> Result<String, NotInteger> {
    let mut condition = "$value.type() == \"integer\"".to_owned();
    let mut bound = |sign: &str, bound: Option<Bound>| {
        let Some(Bound { at, inclusive }) = bound else {
            return Ok(());
        };
        let equal = if inclusive { "=" } else { "" };
        condition.push_str(&format!(" && $value {sign}{equal} {}", integer(at)?));
        Ok(())
    };
    bound(">", range.min())?;
    bound("<", range.max())?;
    Ok(condition)
}

fn array(values: &BTreeSet<Canonical>) -> Result<String, NotInteger> {
    let terms = values.iter().map(term).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("[{}]", terms.join(", ")))
}

/// A value as the gate states it in `argument(...)`.
fn term(value: &Canonical) -> Result<String, NotInteger> {
    Ok(match value {
        Canonical::Null => "null".to_owned(),
        Canonical::Bool(value) => value.to_string(),
        Canonical::Number(number) => integer(*number)?,
        Canonical::String(text) => quoted(text),
        Canonical::Array(elements) => {
            let terms = elements.iter().map(term).collect::<Result<Vec<_>, _>>()?;
            format!("[{}]", terms.join(", "))
        }
        Canonical::Object(members) => {
            let entries = members.iter();
            let entries =
                entries.map(|(name, value)| Ok(format!("{}: {}", quoted(name), term(value)?)));
            format!("{{{}}}", entries.collect::<Result<Vec<_>, _>>()?.join(", "))
        }
    })
}

fn integer(number: Double) -> Result<String, NotInteger> {
    let text = number.to_string();
    match text.parse::<i64>() {
        Ok(_) => Ok(text),
        Err(_) => Err(NotInteger { number: text }),
    }
}
