//! Names that differ in case only.
//!
//! Some JSON libraries, Go's standard one among them, match names to fields without regard to case, and the last match
//! wins. A server built on one would see another value than the gate judged.

use std::collections::BTreeSet;

use super::super::{Excerpt, OperationError};
use crate::json::{Object, Value};

/// Up to this many names are compared with each other; more are put into a set.
const FEW: usize = 16;

/// Refuses a name that differs from one of `known` in case only.
pub(in crate::operation) fn check_known(
    place: &'static str,
    object: &Object<'_>,
    known: &[&str],
) -> Result<(), OperationError> {
    for (name, _) in object.iter() {
        if known
            .iter()
            .any(|known| *known != name && same_but_for_case(known, name))
        {
            return Err(ambiguous(place, name));
        }
    }
    Ok(())
}

/// Refuses two names of one object that differ in case only, at any depth.
pub(in crate::operation) fn check_deep(
    place: &'static str,
    object: &Object<'_>,
) -> Result<(), OperationError> {
    check_pairs(place, object)?;
    object
        .iter()
        .try_for_each(|(_, value)| check_value(place, value))
}

fn check_value(place: &'static str, value: &Value<'_>) -> Result<(), OperationError> {
    match value {
        Value::Object(object) => check_deep(place, object),
        Value::Array(elements) => elements
            .iter()
            .try_for_each(|element| check_value(place, element)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn check_pairs(place: &'static str, object: &Object<'_>) -> Result<(), OperationError> {
    if object.len() > FEW {
        let mut seen = BTreeSet::new();
        for (name, _) in object.iter() {
            if !seen.insert(name.chars().map(folded).collect::<String>()) {
                return Err(ambiguous(place, name));
            }
        }
        return Ok(());
    }
    for (count, (name, _)) in object.iter().enumerate() {
        if object
            .iter()
            .take(count)
            .any(|(earlier, _)| same_but_for_case(earlier, name))
        {
            return Err(ambiguous(place, name));
        }
    }
    Ok(())
}

/// Does some library take both for one name?
pub(crate) fn same_but_for_case(one: &str, two: &str) -> bool {
    if one.is_ascii() && two.is_ascii() {
        return one.eq_ignore_ascii_case(two);
    }
    one.chars().map(folded).eq(two.chars().map(folded))
}

/// The character that stands for all that simple case folding takes for the same, such as `k` for `k`, `K` and the
/// Kelvin sign. Characters whose upper case is longer have no simple folding.
fn folded(character: char) -> char {
    let upper = only(character.to_uppercase()).unwrap_or(character);
    only(upper.to_lowercase()).unwrap_or(upper)
}

fn only(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

fn ambiguous(object: &'static str, name: &str) -> OperationError {
    OperationError::AmbiguousMember {
        object,
        name: Excerpt::of(name),
    }
}

#[cfg(test)]
mod tests {
    use super::same_but_for_case;

    #[test]
    fn case_folds_as_simple_as_in_the_libraries_that_do() {
        for (one, two, same) in [
            ("path", "path", true),
            ("path", "PATH", true),
            ("path", "paths", false),
            ("task", "ta\u{17f}\u{212a}", true),
            ("é", "É", true),
            ("\u{e5}", "\u{212b}", true),
            ("σ", "ς", true),
            ("ß", "ss", false),
            ("_", "-", false),
        ] {
            assert_eq!(same_but_for_case(one, two), same, "{one} {two}");
            assert_eq!(same_but_for_case(two, one), same, "{two} {one}");
        }
    }
}
