//! From what servers publish to what a configuration declares: the arguments of MCP tools ([`tools`]), and the operations of an
//! OpenAPI document with their parameters ([`openapi`]).
//!
//! What a declaration can't say is left out and told ([`Note`]), never silently: a [`Note`] is there for every part of a document
//! that is not checked by what comes out.

pub mod fragment;
mod json_schema;
pub mod openapi;
pub mod tools;

use std::collections::BTreeSet;
use std::fmt;

use bailiwick_engine::operation::declared::{Member, Record, Type};
use bailiwick_engine::policy::declared::{Holder, choices};
use serde_json::Value;

/// Something that is not as the document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where in the document, as a JSON Pointer, or in whose words people know it.
    pub place: String,
    /// What, and what became of it.
    pub message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An MCP `tools/list` result, or what is in it.
    Tools,
    /// An OpenAPI description.
    OpenApi,
}

impl Format {
    /// What it looks like; none where it is neither.
    #[must_use]
    pub fn of(document: &Value) -> Option<Self> {
        if document.get("openapi").is_some() || document.get("swagger").is_some() {
            Some(Self::OpenApi)
        } else if tools::list(document).is_some() {
            Some(Self::Tools)
        } else {
            None
        }
    }
}

/// A document of which nothing can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It isn't what was expected.
    #[error("this is no `tools/list` result: there is no list of tools, each with its `name`")]
    NoTools,
    /// It isn't what was expected.
    #[error("this is no OpenAPI document of version 3.0 or 3.1, but says `{version}`")]
    NoOpenApi {
        /// What it says that it is.
        version: String,
    },
    /// Nothing of it could be made anything of.
    #[error("the document has no operation that a route can have")]
    NoOperation,
}

/// Lets no two enumerations be one in policies: those become strings.
fn separate_choices(holder: Holder, record: &mut Record, place: &str, notes: &mut Vec<Note>) {
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<_> = choices(holder, record)
        .into_iter()
        .filter(|name| !seen.insert(name.clone()))
        .collect();
    if twice.is_empty() {
        return;
    }
    loosen(&mut record.members);
    let names: Vec<_> = twice.iter().map(String::as_str).collect();
    notes.push(Note {
        place: place.to_owned(),
        message: format!(
            "several enumerations would be `{}` in policies, so all of this are declared as strings",
            names.join("`, `")
        ),
    });
}

fn loosen(members: &mut [Member]) {
    for member in members {
        loosen_type(&mut member.of);
    }
}

fn loosen_type(of: &mut Type) {
    match of {
        Type::Choice(_) => *of = Type::Text,
        Type::List(element) => loosen_type(element),
        Type::Object(record) => loosen(&mut record.members),
        Type::Any
        | Type::Boolean
        | Type::Integer
        | Type::Decimal
        | Type::Text
        | Type::Date
        | Type::DateTime => {}
    }
}
