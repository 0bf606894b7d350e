//! Which tasks and contexts an answer names, found while it goes by.
//!
//! Nothing of the answer is kept but the one text that is being read, and of that no more than an id may have, so its length doesn't matter;
//! neither does an event's, of a stream ([`StreamReader`]). Of its JSON no more is understood than where the ids stand; what isn't JSON names nothing, or something that nobody can use, since what is found here is believed of
//! the server in any case.
//!
//! | an answer to | its ids stand in |
//! |---|---|
//! | MCP `tools/call` with a `task` | `result.task.taskId` |
//! | A2A's messages in JSON-RPC | `id`, `taskId` and `contextId` of `result` (0.3), or of its `task`, `message`, `statusUpdate` or `artifactUpdate` |
//! | the same in HTTP+JSON | the same without `result` |

mod stream;

pub use self::stream::StreamReader;

use super::{LONGEST_ID, TaskKind, TaskName};
use crate::json::{self, Limits, Value};

/// The longest text that is read, in bytes between its quotes: an id of which every byte is escaped.
const LONGEST_TEXT: usize = LONGEST_ID * 6;

/// How deep names are looked at: objects within objects.
const DEEPEST: usize = 3;

/// Where ids stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An MCP server's message.
    Mcp,
    /// An A2A agent's message in JSON-RPC.
    A2aRpc,
    /// An A2A agent's body in HTTP+JSON.
    A2aRest,
}

/// The names of members that lead to ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Result,
    /// A2A's member in which a message's answer is, or MCP's task.
    Task,
    /// A2A's others.
    Other,
    Id,
    TaskId,
    ContextId,
    /// Any that leads nowhere.
    Unknown,
}

impl Member {
    fn of(name: &str) -> Self {
        match name {
            "result" => Self::Result,
            "task" => Self::Task,
            "message" | "msg" | "statusUpdate" | "artifactUpdate" => Self::Other,
            "id" => Self::Id,
            "taskId" => Self::TaskId,
            "contextId" => Self::ContextId,
            _ => Self::Unknown,
        }
    }

    /// What a text under this name is the id of.
    const fn names(self) -> Option<TaskKind> {
        match self {
            Self::Id | Self::TaskId => Some(TaskKind::Task),
            Self::ContextId => Some(TaskKind::Context),
            Self::Result | Self::Task | Self::Other | Self::Unknown => None,
        }
    }
}

/// Reads one message, in pieces as they come.
#[derive(Debug)]
pub struct Reader {
    form: Form,
    /// For each object that is open, from the outermost, the member that is being read.
    path: Vec<Member>,
    /// Is it the innermost one's value that comes next, and not its name?
    at_value: bool,
    /// How many objects and arrays are open in that value of which nothing is read.
    beneath: usize,
    /// The text that is being read.
    text: Option<Text>,
    /// The message has ended.
    is_over: bool,
}

/// A text that is being read.
#[derive(Debug)]
struct Text {
    /// What has come of it, escapes as they were written; none where nobody asks, or it is too long.
    raw: Option<Vec<u8>>,
    is_escaped: bool,
    /// Its end has come.
    is_whole: bool,
}

impl Reader {
    /// A reader at the beginning of a message.
    #[must_use]
    pub const fn new(form: Form) -> Self {
        Self {
            form,
            path: Vec::new(),
            at_value: false,
            beneath: 0,
            text: None,
            is_over: false,
        }
    }

    /// What the message named with this piece of it.
    pub fn push(&mut self, piece: &[u8]) -> Vec<TaskName> {
        let mut found = Vec::new();
        let mut rest = piece;
        while let ([byte, after @ ..], false) = (rest, self.is_over) {
            let Some(text) = &mut self.text else {
                self.structure(*byte);
                rest = after;
                continue;
            };
            rest = text.read(rest);
            if text.is_whole {
                let raw = self.text.take().and_then(|text| text.raw);
                found.extend(raw.and_then(|raw| self.text_is(&raw)));
            }
        }
        found
    }

    fn structure(&mut self, byte: u8) {
        let is_before = self.path.is_empty() && self.beneath == 0;
        match byte {
            // What doesn't begin as a message is none.
            _ if is_before && !matches!(byte, b'{' | b'[') => {
                self.is_over = !byte.is_ascii_whitespace();
            }
            b'"' => {
                let is_read = self.beneath == 0 && (!self.at_value || self.kind().is_some());
                self.text = Some(Text::new(is_read));
            }
            b'{' if self.beneath == 0 && self.path.len() < DEEPEST => {
                self.path.push(Member::Unknown);
                self.at_value = false;
            }
            b'{' | b'[' => self.beneath = self.beneath.saturating_add(1),
            b'}' | b']' if self.beneath > 0 => {
                self.beneath = self.beneath.saturating_sub(1);
                self.is_over = self.beneath == 0 && self.path.is_empty();
            }
            b'}' | b']' => {
                self.path.pop();
                self.at_value = true;
                self.is_over = self.path.is_empty();
            }
            b':' if self.beneath == 0 => self.at_value = true,
            b',' if self.beneath == 0 => self.at_value = false,
            _ => {}
        }
    }

    /// A text has ended: the name of a member, or an id.
    fn text_is(&mut self, raw: &[u8]) -> Option<TaskName> {
        let text = decoded(raw);
        if self.at_value {
            return TaskName::new(self.kind()?, &text?);
        }
        if let Some(member) = self.path.last_mut() {
            *member = text.map_or(Member::Unknown, |name| Member::of(&name));
        }
        None
    }

    /// What a text would be the id of that stood here.
    fn kind(&self) -> Option<TaskKind> {
        let path = match (self.form, self.path.as_slice()) {
            (Form::Mcp, [Member::Result, Member::Task, Member::TaskId]) => {
                return Some(TaskKind::Task);
            }
            (Form::Mcp, _) => return None,
            (Form::A2aRpc, [Member::Result, path @ ..]) | (Form::A2aRest, path) => path,
            (Form::A2aRpc, _) => return None,
        };
        match path {
            [member] | [Member::Task | Member::Other, member] => member.names(),
            _ => None,
        }
    }
}

impl Text {
    const fn new(is_read: bool) -> Self {
        Self {
            raw: if is_read { Some(Vec::new()) } else { None },
            is_escaped: false,
            is_whole: false,
        }
    }

    /// Takes what is its own of a piece, and gives what follows.
    fn read<'p>(&mut self, piece: &'p [u8]) -> &'p [u8] {
        let end = piece.iter().position(|byte| {
            let is_escaped = std::mem::take(&mut self.is_escaped);
            self.is_escaped = *byte == b'\\' && !is_escaped;
            *byte == b'"' && !is_escaped
        });
        let (text, rest) = end
            .and_then(|end| piece.split_at_checked(end))
            .unwrap_or((piece, b""));
        let fits = |raw: &Vec<u8>| raw.len().saturating_add(text.len()) <= LONGEST_TEXT;
        self.raw = self.raw.take().filter(fits);
        if let Some(raw) = &mut self.raw {
            raw.extend_from_slice(text);
        }
        self.is_whole = !rest.is_empty();
        rest.get(1..).unwrap_or_default()
    }
}

/// The text between quotes, without its escapes.
fn decoded(raw: &[u8]) -> Option<String> {
    const LIMITS: Limits = Limits {
        max_bytes: LONGEST_TEXT + 2,
        max_depth: 1,
        max_values: 1,
    };
    let quoted = [b"\"", raw, b"\""].concat();
    match json::parse(&quoted, &LIMITS).ok()? {
        Value::String(text) => Some(text.into_owned()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

#[cfg(test)]
mod tests;
