//! JSON objects whose values stay as they were written, numbers above all.

use std::fmt;

use bailiwick_engine::delegation::aat::{ArgumentError, ConstraintError, read_arguments};
use bailiwick_engine::delegation::arguments::ArgumentMap;
use bailiwick_engine::excerpt::Excerpt;
use bailiwick_engine::json::{self, Object, Value};

/// An object's members in order, each value as JSON text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RawObject(Vec<(String, String)>);

impl RawObject {
    /// The members of an object that was read.
    pub(crate) fn of(object: &Object<'_>) -> Self {
        let members = object.iter();
        Self(
            members
                .map(|(name, value)| (name.to_owned(), value.to_string()))
                .collect(),
        )
    }

    /// The JSON text of a member.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut members = self.0.iter();
        members.find_map(|(member, text)| (member == name).then_some(text.as_str()))
    }

    /// Sets a member to a JSON text; a new one comes last.
    pub(crate) fn set(&mut self, name: &str, value: impl ToString) {
        let value = value.to_string();
        match self.0.iter_mut().find(|(member, _)| member == name) {
            Some((_, text)) => *text = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Sets a member to a string.
    pub(crate) fn set_text(&mut self, name: &str, text: &str) {
        self.set(name, quoted(text));
    }

    /// Takes a member out.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(member, _)| member != name);
    }

    /// Is it `{}`?
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A JSON string.
pub(crate) fn quoted(text: &str) -> String {
    Value::String(text.into()).to_string()
}

impl RawObject {
    /// What a tool may be called with, where the members are the constraints of its arguments.
    pub(super) fn arguments(&self) -> Result<ArgumentMap, ArgumentError> {
        let text = self.to_string();
        match json::parse(text.as_bytes(), &json::Limits::default()) {
            Ok(Value::Object(members)) => read_arguments(&members),
            _ => Err(ArgumentError {
                argument: Excerpt::of(&text),
                error: ConstraintError::NotObject,
            }),
        }
    }
}

/// JSON text.
impl fmt::Display for RawObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (place, (name, value)) in self.0.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(f, "{comma}{}:{value}", quoted(name))?;
        }
        f.write_str("}")
    }
}
