//! What a tool's arguments, or an HTTP operation's parameters, must be where the configuration says it.
//!
//! What is declared is checked for every call, whatever its policies look at, and is what policies see under its name. Nothing
//! is converted: a value has its type as it stands there, or is refused. A type says what to accept, so that policy and
//! upstream read the same value; so it is stricter than JSON Schema (2020-12) where readers of JSON differ:
//!
//! | type | accepted | not accepted |
//! |---|---|---|
//! | [`Type::Integer`] | digits of a 64-bit integer: `1`, `-7` | `1.0`, `1e0`, `-0`, `"1"`, what needs more bits |
//! | [`Type::Decimal`] | any spelling of a number with at most four digits behind the point, about ±922 trillion | `0.00001`, `1e99` |
//! | [`Type::DateTime`] | RFC 3339 in upper case, of years 0001 to 9999, to the millisecond | leap seconds, `2026-01-01` |
//! | [`Type::Choice`] | one of the listed strings, exactly | other letter case |

mod moment;

use std::sync::Arc;

use super::Excerpt;
use super::mcp::same_but_for_case;
use crate::json::{Kind, Object, Scientific, Value};

pub use moment::Moment;

/// What an object has, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// What is declared, each name once.
    pub members: Vec<Member>,
    /// May it have others? Policies don't see them by name.
    pub passes_others: bool,
}

/// One named value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, exactly.
    pub name: Arc<str>,
    /// What it is.
    pub of: Type,
    /// May it be missing?
    pub optional: bool,
    /// May it be `null`? Policies see that as if it were missing.
    pub nullable: bool,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Anything; policies don't see it by name.
    Any,
    /// `true` or `false`.
    Boolean,
    /// An integer of 64 bits, written as one.
    Integer,
    /// A number that Cedar's `decimal` holds exactly.
    Decimal,
    /// A string.
    Text,
    /// One of these strings.
    Choice(Vec<Arc<str>>),
    /// A full date (RFC 3339, section 5.6).
    Date,
    /// A date and a time with its offset (RFC 3339, section 5.6).
    DateTime,
    /// An array of these.
    List(Box<Self>),
    /// An object.
    Object(Record),
}

/// A value that isn't what is declared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{place}` {fault}")]
pub struct Misfit {
    /// Where, as a JSON Pointer (RFC 6901) or a parameter's name.
    pub place: Excerpt,
    /// What is wrong.
    pub fault: Fault,
}

/// How a value isn't what is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It isn't there, and isn't optional.
    #[error("is missing")]
    Missing,
    /// Nobody declared it.
    #[error("is not declared")]
    Undeclared,
    /// It differs from a declared one in a way that some readers don't see.
    #[error("is too much like a declared name")]
    Lookalike,
    /// It is something else.
    #[error("is {found} and must be {expected}")]
    Kind {
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: Kind,
    },
    /// It is of the right kind, and written in a way that the type doesn't have.
    #[error("must be {expected}")]
    Form {
        /// What it must be.
        expected: &'static str,
    },
}

impl Record {
    /// Is `object` what is declared?
    ///
    /// # Errors
    ///
    /// The first member that isn't, in the order declared; then the first that isn't declared.
    pub fn check(&self, object: &Object<'_>) -> Result<(), Misfit> {
        self.check_at(object)
            .map_err(|found| found.into_misfit(String::new()))
    }

    fn check_at(&self, object: &Object<'_>) -> Result<(), Found> {
        for member in &self.members {
            let fault = match object.get(&member.name) {
                None if member.optional => continue,
                None => Err(Fault::Missing.into()),
                Some(Value::Null) if member.nullable => continue,
                Some(value) => member.of.check(value),
            };
            fault.map_err(|found| found.below(&member.name))?;
        }
        for (name, _) in object.iter() {
            if self.members.iter().any(|member| *member.name == *name) {
                continue;
            }
            if !self.passes_others {
                return Err(Found::from(Fault::Undeclared).below(name));
            }
            let mut members = self.members.iter();
            if members.any(|member| same_but_for_case(&member.name, name)) {
                return Err(Found::from(Fault::Lookalike).below(name));
            }
        }
        Ok(())
    }
}

impl Type {
    /// What it accepts, for whoever was refused.
    #[must_use]
    pub const fn expected(&self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Boolean => "true or false",
            Self::Integer => "an integer of 64 bits, without fraction and exponent",
            Self::Decimal => "a number with at most four digits behind the point",
            Self::Text => "a string",
            Self::Choice(_) => "one of the strings that are declared",
            Self::Date => "a date such as 2026-11-24",
            Self::DateTime => "a date and time such as 2026-11-24T05:46:02Z",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    fn check(&self, value: &Value<'_>) -> Result<(), Found> {
        match (self, value) {
            (Self::Any, _) | (Self::Boolean, Value::Bool(_)) | (Self::Text, Value::String(_)) => {
                Ok(())
            }
            (Self::Integer, Value::Number(number)) => self.form(is_plain_integer(number.text())),
            (Self::Decimal, Value::Number(number)) => self.form(is_decimal(number.text())),
            (Self::Choice(words), Value::String(text)) => {
                self.form(words.iter().any(|word| **word == **text))
            }
            (Self::Date, Value::String(text)) => self.form(Moment::of_date(text).is_some()),
            (Self::DateTime, Value::String(text)) => self.form(Moment::parse(text).is_some()),
            (Self::List(of), Value::Array(elements)) => {
                for (place, element) in elements.iter().enumerate() {
                    of.check(element)
                        .map_err(|found| found.below(&place.to_string()))?;
                }
                Ok(())
            }
            (Self::Object(record), Value::Object(object)) => record.check_at(object),
            (
                Self::Boolean
                | Self::Integer
                | Self::Decimal
                | Self::Text
                | Self::Choice(_)
                | Self::Date
                | Self::DateTime
                | Self::List(_)
                | Self::Object(_),
                other,
            ) => Err(Found::from(Fault::Kind {
                expected: self.expected(),
                found: other.kind(),
            })),
        }
    }

    fn form(&self, fits: bool) -> Result<(), Found> {
        let expected = self.expected();
        fits.then_some(())
            .ok_or_else(|| Fault::Form { expected }.into())
    }

    /// The value that a parameter's text is: the same text to every reader, in JSON's terms. Lists and objects are no text.
    #[must_use]
    pub fn of_text(&self, text: String) -> Option<Value<'static>> {
        match self {
            Self::Boolean => match text.as_str() {
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                _ => None,
            },
            Self::Integer => is_plain_integer(&text).then(|| Value::number(text)),
            Self::Decimal => {
                let is_number = is_json_number(&text) && is_decimal(&text);
                is_number.then(|| Value::number(text))
            }
            Self::Any | Self::Text => Some(Value::String(text.into())),
            Self::Choice(_) | Self::Date | Self::DateTime => {
                let value = Value::String(text.into());
                self.check(&value).is_ok().then_some(value)
            }
            Self::List(_) | Self::Object(_) => None,
        }
    }
}

/// Does Cedar's `decimal` hold the exact value of this text, which is valid by the JSON grammar?
fn is_decimal(text: &str) -> bool {
    const PLACES: i64 = 4;
    Scientific::of(text).scaled(PLACES).is_some()
}

/// Is it how a 64-bit integer is written, and no other spelling of one?
fn is_plain_integer(text: &str) -> bool {
    text.parse::<i64>()
        .is_ok_and(|value| value.to_string() == text)
}

fn is_json_number(text: &str) -> bool {
    let limits = crate::json::Limits::default();
    let read = crate::json::parse(text.as_bytes(), &limits);
    read.is_ok_and(|value| value.as_number().is_some_and(|of| of.text() == text))
}

/// A fault on its way up, with the steps that lead to it, the last first.
#[derive(Debug)]
struct Found {
    fault: Fault,
    steps: Vec<String>,
}

impl From<Fault> for Found {
    fn from(fault: Fault) -> Self {
        let steps = Vec::new();
        Self { fault, steps }
    }
}

impl Found {
    fn below(mut self, step: &str) -> Self {
        self.steps.push(step.replace('~', "~0").replace('/', "~1"));
        self
    }

    fn into_misfit(self, mut place: String) -> Misfit {
        for step in self.steps.iter().rev() {
            place.push('/');
            place.push_str(step);
        }
        Misfit {
            place: Excerpt::of(&place),
            fault: self.fault,
        }
    }
}

#[cfg(test)]
mod tests;
