//! Tasks of MCP servers and A2A agents, and the contexts of the latter: which of them a request is about, which an answer names, and
//! whose each one is.
//!
//! Their ids are the server's. Whoever gets one in answer to what may make a task has it from then on ([`owners`]), and a request about
//! one that its caller doesn't have is refused, be it another's or nobody's.

pub mod found;
pub mod owners;

use super::{Excerpt, OperationError};
use crate::json::Value;

/// The longest id, in bytes.
pub(super) const LONGEST_ID: usize = 256;

/// The most tasks that a message may refer to.
const MOST_REFERRED: usize = 64;

/// What an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// A task.
    Task,
    /// A context, by which an A2A agent keeps messages and tasks together.
    Context,
}

impl TaskKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Context => "context",
        }
    }
}

/// A task or a context, by the server's name of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskName {
    /// Which of them.
    pub kind: TaskKind,
    /// Exactly as the server wrote it.
    pub id: String,
}

impl TaskName {
    /// A name that a request could have: 1 to 256 bytes without control characters.
    #[must_use]
    pub fn new(kind: TaskKind, id: &str) -> Option<Self> {
        let could_be = (1..=LONGEST_ID).contains(&id.len()) && !id.contains(char::is_control);
        could_be.then(|| Self {
            kind,
            id: id.to_owned(),
        })
    }

    /// The one that a member names.
    ///
    /// # Errors
    ///
    /// It is something else than a text that could be an id.
    pub(super) fn read(
        kind: TaskKind,
        member: &'static str,
        value: Option<&Value<'_>>,
    ) -> Result<Self, OperationError> {
        let id = value.and_then(Value::as_str);
        let name = id.and_then(|id| Self::new(kind, id));
        name.ok_or(OperationError::Params {
            member,
            expected: "a string of 1 to 256 bytes without control characters",
            found: value.map(Value::kind),
        })
    }

    /// Those that a list of ids names; nothing and `null` are none.
    ///
    /// # Errors
    ///
    /// It is something else than a list of at most 64 texts that could be ids.
    pub(super) fn read_all(
        kind: TaskKind,
        member: &'static str,
        value: Option<&Value<'_>>,
    ) -> Result<Vec<Self>, OperationError> {
        let Some(value) = value.filter(|value| **value != Value::Null) else {
            return Ok(Vec::new());
        };
        let ids = value.as_array().filter(|ids| ids.len() <= MOST_REFERRED);
        let ids = ids.ok_or(OperationError::Params {
            member,
            expected: "an array of at most 64 ids",
            found: Some(value.kind()),
        })?;
        ids.iter()
            .map(|id| Self::read(kind, member, Some(id)))
            .collect()
    }

    /// It, as messages show it.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{} `{}`", self.kind.name(), Excerpt::of(&self.id))
    }
}
