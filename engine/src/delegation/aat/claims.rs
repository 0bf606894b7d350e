//! The claims of a token or a proof, once its signature is verified.

use std::collections::BTreeSet;

use crate::json::{self, JsonError, Object, Value};
use crate::time::UnixTime;

use super::refusal::{Fact, Refusal, Refuser};
use super::step::Step;

/// The claims as they stand in the payload; those that aren't known are ignored.
pub(super) struct Claims<'a>(Object<'a>);

/// The steps at which unreadable claims are refused.
pub(super) struct Unreadable {
    pub(super) duplicate: Step,
    pub(super) other: Step,
}

impl<'a> Claims<'a> {
    /// Reads a payload, in which no object may have a name twice, however deep it is and however the name is spelled.
    pub(super) fn read(
        payload: &'a [u8],
        refuser: Refuser,
        steps: &Unreadable,
    ) -> Result<Self, Refusal> {
        let limits = json::Limits {
            // The token's own limit was judged before.
            max_bytes: payload.len(),
            max_depth: json::Limits::DEEPEST,
            max_values: payload.len(),
        };
        match json::parse(payload, &limits) {
            Ok(Value::Object(claims)) => Ok(Self(claims)),
            Ok(_) => Err(refuser.at(steps.other)),
            Err(error @ JsonError::DuplicateName { .. }) => {
                Err(refuser.with(steps.duplicate, Fact::Json(error)))
            }
            Err(error) => Err(refuser.with(steps.other, Fact::Json(error))),
        }
    }

    pub(super) fn get(&self, claim: &str) -> Option<&Value<'a>> {
        self.0.get(claim)
    }

    /// A string that isn't empty.
    pub(super) fn text(&self, claim: &'static str) -> Result<&str, Fact> {
        self.get(claim)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .ok_or(Fact::Claim {
                claim,
                expected: "a string that isn't empty",
            })
    }

    /// An integer that isn't negative, written without fraction and exponent.
    pub(super) fn integer(&self, claim: &'static str) -> Result<u64, Fact> {
        self.get(claim)
            .and_then(Value::as_number)
            .and_then(json::Number::as_u64)
            .ok_or(Fact::Claim {
                claim,
                expected: "an integer that isn't negative",
            })
    }

    /// A `NumericDate`, which here is an integer.
    pub(super) fn time(&self, claim: &'static str) -> Result<UnixTime, Fact> {
        self.integer(claim).map(UnixTime)
    }

    /// Who `aud` names, where it is there; nobody, where it is neither a string nor an array with strings.
    pub(super) fn audience(&self) -> Option<BTreeSet<String>> {
        let one = |value: &Value<'_>| value.as_str().map(str::to_owned);
        Some(match self.get("aud")? {
            Value::Array(several) => several.iter().filter_map(one).collect(),
            value @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)) => one(value).into_iter().collect(),
        })
    }
}
