//! What a token's checks are told about a call.
//!
//! | fact | what it says | when it is there |
//! |---|---|---|
//! | `time(date)` | now | always |
//! | `operation(text)` | what is to be done: `call_tool`, `http_request`, ... | always |
//! | `resource(text)` | to what | where the operation has one |
//! | `tool_call(text)` | the tool that is called | for calls of tools |
//! | `argument(name, value)` | an argument of that call, see [`Call::arguments`] | the same, and a rule or check asks for it |
//! | `method(text)`, `host(text)`, `path(text)` | the HTTP request | for requests that aren't calls of a protocol inside HTTP |
//! | `service(text)` | by what name tokens call the service | where it has one |
//! | `caller_key(text)` | thumbprint of a key that the caller has proven | for each, in base64url |
//!
//! Tools are granted as `tool(..)` and called as `tool_call(..)`: if both had one name, a grant would look like a call.

use std::collections::BTreeMap;

use biscuit_auth::builder::{Fact, MapKey, Term};

use super::error::JudgeError;
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::json::{Number, Object, Value};
use crate::time::UnixTime;

/// The names of all facts that only the gate states.
pub const NAMES: [&str; 10] = [
    "time",
    "operation",
    "resource",
    "tool_call",
    ARGUMENT,
    "method",
    "host",
    "path",
    "service",
    CALLER_KEY,
];

pub(super) const ARGUMENT: &str = "argument";
pub(super) const CALLER_KEY: &str = "caller_key";

/// One call, as far as checks can ask about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Call<'a> {
    /// When.
    pub time: UnixTime,
    /// What is to be done.
    pub operation: &'a str,
    /// To what.
    pub resource: Option<&'a str>,
    /// Which tool is called.
    pub tool: Option<&'a str>,
    /// With which arguments. Texts, truth values and null are what they are, arrays and objects become arrays and maps of
    /// Datalog, and so do integers written as such within 64 bits. No other number can be said in Datalog: where a rule or
    /// check asks for arguments, a call with such a one is refused.
    pub arguments: Option<&'a Object<'a>>,
    /// The HTTP request, unless a protocol inside it says what is asked.
    pub http: Option<Http<'a>>,
    /// The server to whose every use it belongs, such as the beginning of a session. It is no fact.
    pub server: Option<&'a str>,
    /// What tokens call the service: an audience.
    pub service: Option<&'a str>,
    /// The keys that the caller has proven to hold: that of the DPoP proof, that of the TLS connection's certificate.
    pub keys: &'a [Digest],
}

/// An HTTP request.
#[derive(Clone, Copy, Debug)]
pub struct Http<'a> {
    /// Its method, such as `GET`.
    pub method: &'a str,
    /// Its host.
    pub host: &'a str,
    /// Its path, without the query.
    pub path: &'a str,
}

impl Call<'_> {
    /// The call as facts.
    pub(super) fn facts(&self, with_arguments: bool) -> Result<Vec<Fact>, JudgeError> {
        let mut facts = vec![
            Fact::new("time".to_owned(), vec![Term::Date(self.time.0)]),
            text("operation", self.operation),
        ];
        facts.extend(self.resource.map(|resource| text("resource", resource)));
        facts.extend(self.tool.map(|tool| text("tool_call", tool)));
        if let Some(http) = self.http {
            facts.push(text("method", http.method));
            facts.push(text("host", http.host));
            facts.push(text("path", http.path));
        }
        facts.extend(self.service.map(|service| text("service", service)));
        let keys = self.keys.iter();
        facts.extend(keys.map(|key| text(CALLER_KEY, &key.to_base64url())));
        if let Some(arguments) = self.arguments.filter(|_| with_arguments) {
            for (name, value) in arguments.iter() {
                let value = term(value).map_err(|number| JudgeError::ArgumentInexact {
                    argument: Excerpt::of(name),
                    number: Excerpt::of(number.text()),
                })?;
                let name = Term::Str(name.to_owned());
                facts.push(Fact::new(ARGUMENT.to_owned(), vec![name, value]));
            }
        }
        Ok(facts)
    }
}

fn text(name: &str, value: &str) -> Fact {
    Fact::new(name.to_owned(), vec![Term::Str(value.to_owned())])
}

/// A JSON value as a term, or the number in it that can't be one. `-0` can't: no integer is written so.
fn term<'v>(value: &'v Value<'_>) -> Result<Term, &'v Number<'v>> {
    Ok(match value {
        Value::Null => Term::Null,
        Value::Bool(value) => Term::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) if number.text() != "-0" => Term::Integer(integer),
            Some(_) | None => return Err(number),
        },
        Value::String(text) => Term::Str(text.clone().into_owned()),
        Value::Array(elements) => Term::Array(elements.iter().map(term).collect::<Result<_, _>>()?),
        Value::Object(object) => {
            let mut entries = BTreeMap::new();
            for (name, value) in object.iter() {
                entries.insert(MapKey::Str(name.to_owned()), term(value)?);
            }
            Term::Map(entries)
        }
    })
}
