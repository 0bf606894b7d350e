//! What `@remedy` says would be permitted instead, as text or as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::pointer::Pointer;
use crate::json::{Limits, parse};

/// The longest `@remedy`, in bytes: it goes into every refusal by its policy.
const MAX_BYTES: usize = 2048;

/// How deep its JSON may nest, and how many values it may have.
const MAX_DEPTH: usize = 16;
const MAX_VALUES: usize = 128;

/// A policy's own remedy. `@remedy` is its text, or an object with these members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRemedy {
    /// What would be permitted, for people and models.
    pub text: String,
    /// Values of arguments that would be permitted, by the JSON Pointer of the argument.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, Permitted>,
    /// What may be called in place of this: names of tools, prompts, resources or operations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead: Vec<String>,
    /// `authorization_details` (RFC 9396) that a token could have; each has a `type`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<Map<String, Value>>,
    /// After how many seconds it would be permitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// Who can do or permit it: a name, an address or a URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// What one argument may be; all that is named has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permitted {
    /// At least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Number>,
    /// At most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Number>,
    /// One of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<Value>,
}

impl PolicyRemedy {
    /// Reads what an annotation has: an object where it begins with `{`, else the text alone.
    ///
    /// # Errors
    ///
    /// What is wrong, for a message.
    pub(crate) fn of(value: &str) -> Result<Self, String> {
        if value.len() > MAX_BYTES {
            return Err(format!("`@remedy` has more than {MAX_BYTES} bytes"));
        }
        if !value.trim_start().starts_with('{') {
            return Ok(Self {
                text: value.to_owned(),
                ..Self::default()
            });
        }
        let limits = Limits {
            max_bytes: MAX_BYTES,
            max_depth: MAX_DEPTH,
            max_values: MAX_VALUES,
        };
        let in_json =
            |error: &dyn std::fmt::Display| format!("`@remedy` begins like JSON: {error}");
        parse(value.as_bytes(), &limits).map_err(|error| in_json(&error))?;
        let remedy: Self = serde_json::from_str(value).map_err(|error| in_json(&error))?;
        match remedy.problem() {
            Some(problem) => Err(format!("`@remedy` {problem}")),
            None => Ok(remedy),
        }
    }

    fn problem(&self) -> Option<String> {
        let texts = [Some(&self.text), self.contact.as_ref()];
        let mut texts = texts.into_iter().flatten().chain(&self.instead);
        if texts.any(|text| text.trim().is_empty() || text.chars().any(char::is_control)) {
            return Some("has a text that is empty or has a control character".to_owned());
        }
        let is_pointer = |pointer: &&String| Pointer::parse(pointer).is_none();
        if let Some(other) = self.arguments.keys().find(is_pointer) {
            return Some(format!(
                "names the argument `{other}`, write a JSON Pointer such as `/amount`"
            ));
        }
        let mut permitted = self.arguments.iter();
        if let Some((pointer, _)) = permitted.find(|(_, of)| **of == Permitted::default()) {
            return Some(format!(
                "says nothing of `{pointer}`, write `min`, `max` or `one_of`"
            ));
        }
        let mut details = self.authorization_details.iter();
        details
            .any(|of| !of.get("type").is_some_and(Value::is_string))
            .then(|| "has `authorization_details` without a `type`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::PolicyRemedy;

    #[test]
    fn a_remedy_is_text_or_an_object() {
        let text = PolicyRemedy::of("ask a person").unwrap();
        assert_eq!(
            serde_json::to_value(&text).unwrap(),
            json!({"text": "ask a person"})
        );
        let whole = json!({
            "text": "refund at most 100",
            "arguments": {"/amount": {"min": 1, "max": 100.5}, "/currency": {"one_of": ["EUR"]}},
            "instead": ["shop/look_up"],
            "authorization_details": [{"type": "refund", "actions": ["large"]}],
            "retry_after": 60,
            "contact": "https://help.example",
        });
        let read = PolicyRemedy::of(&whole.to_string()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), whole);
    }

    #[test]
    fn what_no_agent_could_act_on_is_an_error() {
        for (name, value, expected) in [
            ("no JSON", "{text}", "`@remedy` begins like JSON: "),
            (
                "no text",
                r#"{"retry_after":1}"#,
                "`@remedy` begins like JSON: missing field `text`",
            ),
            (
                "a name that isn't known",
                r#"{"text":"a","retry":1}"#,
                "`@remedy` begins like JSON: unknown field `retry`",
            ),
            (
                "a member twice",
                r#"{"text":"a","text":"b"}"#,
                "`@remedy` begins like JSON: ",
            ),
            (
                "an empty text",
                r#"{"text":" "}"#,
                "`@remedy` has a text that is empty or has a control character",
            ),
            (
                "a line break",
                r#"{"text":"a\nb"}"#,
                "`@remedy` has a text that is empty or has a control character",
            ),
            (
                "no pointer",
                r#"{"text":"a","arguments":{"amount":{"max":1}}}"#,
                "`@remedy` names the argument `amount`, write a JSON Pointer such as `/amount`",
            ),
            (
                "nothing of an argument",
                r#"{"text":"a","arguments":{"/amount":{}}}"#,
                "`@remedy` says nothing of `/amount`, write `min`, `max` or `one_of`",
            ),
            (
                "details without a type",
                r#"{"text":"a","authorization_details":[{}]}"#,
                "`@remedy` has `authorization_details` without a `type`",
            ),
            (
                "a time that is none",
                r#"{"text":"a","retry_after":-1}"#,
                "`@remedy` begins like JSON: invalid value",
            ),
        ] {
            let problem = PolicyRemedy::of(value).expect_err(name);
            assert!(problem.starts_with(expected), "{name}: {problem}");
        }
        let long = PolicyRemedy::of(&"a".repeat(2049));
        assert_eq!(long.unwrap_err(), "`@remedy` has more than 2048 bytes");
    }
}
