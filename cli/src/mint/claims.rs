//! Claims and header parameters from the command line.

use serde_json::{Map, Value};

use super::MintError;
use crate::aat::RawObject;

/// Lays `NAME=VALUE` arguments over `members`; `null` takes a member away.
pub(super) fn assign(
    members: &mut Map<String, Value>,
    arguments: &[String],
) -> Result<(), MintError> {
    for argument in arguments {
        match assignment(argument)? {
            (name, Value::Null) => {
                members.remove(name);
            }
            (name, value) => {
                members.insert(name.to_owned(), value);
            }
        }
    }
    Ok(())
}

/// The same over members that are JSON text.
pub(super) fn assign_raw(members: &mut RawObject, arguments: &[String]) -> Result<(), MintError> {
    for argument in arguments {
        match assignment(argument)? {
            (name, Value::Null) => members.remove(name),
            (name, value) => members.set(name, value),
        }
    }
    Ok(())
}

/// A value that is JSON is taken as that, anything else as text.
fn assignment(argument: &str) -> Result<(&str, Value), MintError> {
    let (name, text) = argument
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| MintError::NotAssignment {
            argument: argument.to_owned(),
        })?;
    let value = serde_json::from_str(text);
    Ok((name, value.unwrap_or_else(|_| Value::from(text))))
}

/// The `act` claim (RFC 8693, section 4.1) of actors, the one that acts now first.
pub(super) fn actors(names: &[String]) -> Option<Value> {
    names.iter().rev().fold(None, |before, name| {
        let mut act = Map::new();
        act.insert("sub".to_owned(), Value::from(name.as_str()));
        act.extend(before.map(|before| ("act".to_owned(), before)));
        Some(Value::Object(act))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_json_or_text() {
        let mut members = Map::new();
        members.insert("sub".to_owned(), json!("a"));
        let arguments = [
            "sub=null",
            "n=1",
            "t=one two",
            "q=\"1\"",
            "o={\"a\":[]}",
            "e=a=b",
            "z=",
        ];
        assign(&mut members, &arguments.map(str::to_owned)).unwrap();
        assert_eq!(
            Value::Object(members.clone()),
            json!({"n": 1, "t": "one two", "q": "1", "o": {"a": []}, "e": "a=b", "z": ""})
        );
        for wrong in ["x", "=1"] {
            let error = assign(&mut members, &[wrong.to_owned()]).unwrap_err();
            assert_eq!(error.to_string(), format!("`{wrong}` is not NAME=VALUE"));
        }
    }

    #[test]
    fn the_actor_that_acts_now_is_outermost() {
        let names = ["support-bot", "planner"].map(str::to_owned);
        assert_eq!(
            actors(&names),
            Some(json!({"sub": "support-bot", "act": {"sub": "planner"}}))
        );
        assert_eq!(actors(&[]), None);
    }
}
