//! Constraints as people type them.

use bailiwick_engine::json::{self, Limits, Value};
use thiserror::Error;

use super::raw::{RawObject, quoted};

/// What stands for a constraint, and is none.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "`{text}` is no constraint: write exact:VALUE, one_of:VALUE,VALUE, not_one_of:VALUE,VALUE, contains:VALUE,VALUE, \
     subset:VALUE,VALUE, range:MIN..MAX (either may be missing), wildcard, or the constraint as JSON"
)]
pub(crate) struct NoConstraint {
    /// What stands there.
    pub(crate) text: String,
}

/// Constraints that list values, and the member in which they do.
const LISTS: [(&str, &str); 4] = [
    ("one_of", "values"),
    ("not_one_of", "excluded"),
    ("contains", "required"),
    ("subset", "allowed"),
];

/// Reads a constraint: JSON, or its type and its values. Whether it is well-formed otherwise is judged with the token.
pub(super) fn read(text: &str) -> Result<RawObject, NoConstraint> {
    let none = || NoConstraint {
        text: text.to_owned(),
    };
    if text.starts_with('{') {
        let value = json::parse(text.as_bytes(), &Limits::default()).map_err(|_| none())?;
        return value.as_object().map(RawObject::of).ok_or_else(none);
    }
    let (of_type, values) = text.split_once(':').unwrap_or((text, ""));
    let mut constraint = RawObject::default();
    constraint.set_text("constraint_type", of_type);
    match of_type {
        "wildcard" if text == of_type => {}
        "exact" if text != of_type => constraint.set("value", value(values)),
        "range" => {
            let (min, max) = values.split_once("..").ok_or_else(none)?;
            for (name, bound) in [("min", min), ("max", max)] {
                if bound.is_empty() {
                    continue;
                }
                constraint.set(name, number(bound).ok_or_else(none)?);
            }
        }
        _ => {
            let list = LISTS.iter().find(|(name, _)| *name == of_type);
            let (_, member) = list.filter(|_| text != of_type).ok_or_else(none)?;
            constraint.set(member, elements(values));
        }
    }
    Ok(constraint)
}

/// JSON as it is, anything else as a string.
pub(super) fn value(text: &str) -> String {
    match json::parse(text.as_bytes(), &Limits::default()) {
        Ok(value) => value.to_string(),
        Err(_) => quoted(text),
    }
}

/// A JSON array, or values between commas.
fn elements(text: &str) -> String {
    let listed = json::parse(text.as_bytes(), &Limits::default());
    if let Ok(array @ Value::Array(_)) = listed {
        return array.to_string();
    }
    let values: Vec<_> = if text.is_empty() {
        Vec::new()
    } else {
        text.split(',').map(value).collect()
    };
    format!("[{}]", values.join(","))
}

fn number(text: &str) -> Option<String> {
    let value = json::parse(text.as_bytes(), &Limits::default()).ok()?;
    value.as_number().map(|number| number.text().to_owned())
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn each_type_has_a_short_form() {
        for (text, expected) in [
            ("wildcard", r#"{"constraint_type":"wildcard"}"#),
            ("exact:a b", r#"{"constraint_type":"exact","value":"a b"}"#),
            ("exact:", r#"{"constraint_type":"exact","value":""}"#),
            ("exact:1.50", r#"{"constraint_type":"exact","value":1.50}"#),
            (r#"exact:"1""#, r#"{"constraint_type":"exact","value":"1"}"#),
            ("exact:a:b", r#"{"constraint_type":"exact","value":"a:b"}"#),
            (
                "one_of:a,2,true",
                r#"{"constraint_type":"one_of","values":["a",2,true]}"#,
            ),
            (
                r#"one_of:["a,b","c"]"#,
                r#"{"constraint_type":"one_of","values":["a,b","c"]}"#,
            ),
            (
                "not_one_of:x",
                r#"{"constraint_type":"not_one_of","excluded":["x"]}"#,
            ),
            (
                "contains:x",
                r#"{"constraint_type":"contains","required":["x"]}"#,
            ),
            ("subset:", r#"{"constraint_type":"subset","allowed":[]}"#),
            (
                "range:-1..1e3",
                r#"{"constraint_type":"range","min":-1,"max":1e3}"#,
            ),
            ("range:..5", r#"{"constraint_type":"range","max":5}"#),
            ("range:0.5..", r#"{"constraint_type":"range","min":0.5}"#),
            (
                r#"{"constraint_type": "range", "max": 9007199254740993}"#,
                r#"{"constraint_type":"range","max":9007199254740993}"#,
            ),
        ] {
            let read = read(text).map(|constraint| constraint.to_string());
            assert_eq!(read.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_none_is_refused_with_the_forms_that_there_are() {
        for text in [
            "",
            "a",
            "one-of:a",
            "oneof",
            "one_of",
            "exact",
            "wildcard:",
            "range",
            "range:5",
            "range:a..b",
            "{",
            "{}x",
            "[]",
            "all:a",
        ] {
            let error = read(text).unwrap_err().to_string();
            let expected = format!("`{text}` is no constraint: write exact:VALUE, ");
            assert!(error.starts_with(&expected), "{error}");
        }
    }
}
