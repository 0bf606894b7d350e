//! What an MCP server lists, and the tasks that an A2A agent does, and how what a caller has no use for is taken out of it.
//!
//! Only elements of the lists go, each with one comma: every other byte of the message stays as the server wrote it, its
//! `nextCursor`, its id and the text of its numbers included. But that a list may be shown to everybody (`cacheScope`, 2026-07-28) is
//! no longer so, once it is one caller's.

use std::ops::Range;
use std::sync::Arc;

use super::super::task::found::Form;
use super::super::{Action, Excerpt, McpRevision, Operation, OperationError, Protocol, Resource};
use super::{case, params, uri};
use crate::json::{self, Kind, Limits, Object, Value, place};

/// The longest message with a list that is read, in bytes; the same holds for one event of a stream.
pub const LONGEST: usize = 4 << 20;

/// The most elements of all lists of an answer that are shown; the rest is cut off.
pub const MOST_LISTED: usize = 4096;

/// How a message with a list is bounded.
pub const LIMITS: Limits = Limits {
    max_bytes: LONGEST,
    max_depth: 64,
    max_values: 1 << 18,
};

/// The members of a result that list what can be used, whichever was asked for.
const USABLE: [&str; 4] = ["tools", "resources", "resourceTemplates", "prompts"];

/// The member that lists tasks.
const TASKS: &str = "tasks";

/// Which lists of a message are narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lists {
    /// Where they stand.
    pub form: Form,
    /// Those of what can be used?
    pub usable: bool,
    /// Those of tasks?
    pub tasks: bool,
}

impl Lists {
    fn names(self) -> impl Iterator<Item = &'static str> {
        let usable = USABLE.into_iter().filter(move |_| self.usable);
        usable.chain(self.tasks.then_some(TASKS))
    }

    /// The member of a task that is its id.
    const fn task_id(self) -> &'static str {
        match self.form {
            Form::Mcp => "taskId",
            Form::A2aRpc | Form::A2aRest => "id",
        }
    }

    /// What an element of a list is.
    fn element<'v>(self, list: &str, element: &'v Value<'_>) -> Option<Element<'v>> {
        if list != TASKS {
            return Listed::of(list, element).map(Element::Usable);
        }
        let task = element.as_object()?;
        case::check_known("task", task, &[self.task_id()]).ok()?;
        task.get(self.task_id())?.as_str().map(Element::Task)
    }
}

/// An element of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element<'v> {
    /// Something that could be used.
    Usable(Listed<'v>),
    /// A task, by its id.
    Task(&'v str),
}

/// Something that a server lists for its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed<'v> {
    /// A tool, by its name.
    Tool(&'v str),
    /// A resource, by its URI.
    Resource(&'v str),
    /// Resources, by the template of their URIs.
    Template(&'v str),
    /// A prompt, by its name.
    Prompt(&'v str),
}

impl<'v> Listed<'v> {
    /// What an element of a list names; nothing where no request could name it so.
    fn of(list: &str, element: &'v Value<'_>) -> Option<Self> {
        let element = element.as_object()?;
        match list {
            "tools" => params::name(element).ok().map(Self::Tool),
            "prompts" => params::name(element).ok().map(Self::Prompt),
            "resources" => params::resource(element).ok().map(Self::Resource),
            "resourceTemplates" => {
                let template = element.get("uriTemplate")?.as_str()?;
                let could_be = uri::is_bounded(template) && !template.contains(char::is_control);
                could_be.then_some(Self::Template(template))
            }
            _ => None,
        }
    }

    /// What using it is. Of a tool the arguments are not known; of a template it is reading what it stands for, the template
    /// being in the URI's place.
    #[must_use]
    pub fn operation(self, server: &Arc<str>, revision: McpRevision) -> Operation<'static> {
        let server = Arc::clone(server);
        let (action, resource) = match self {
            Self::Tool(tool) => {
                let tool = tool.to_owned();
                (Action::CallTool, Resource::Tool { server, tool })
            }
            Self::Resource(uri) | Self::Template(uri) => {
                (Action::ReadResource, super::mcp_resource(server, uri))
            }
            Self::Prompt(prompt) => (Action::GetPrompt, super::prompt(server, prompt)),
        };
        Operation::new(Protocol::Mcp(revision), action, resource)
    }
}

/// Why a message isn't understood that may have a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// It isn't JSON as it is read here.
    #[error(transparent)]
    Json(#[from] json::JsonError),
    /// It isn't an object.
    #[error("a message, or its `result`, is {found} and not an object")]
    NotAnObject {
        /// What it is.
        found: Kind,
    },
    /// Where the messages of a batch stand was not found.
    #[error("where the messages of the batch stand was not found")]
    NotABatch,
    /// What should be a list is something else.
    #[error("`{list}` is {found} and not an array")]
    NotAList {
        /// Its name.
        list: &'static str,
        /// What it is.
        found: Kind,
    },
    /// Where the elements of a list stand was not found.
    #[error("where the elements of `{list}` stand was not found")]
    NotFound {
        /// Its name.
        list: &'static str,
    },
    /// A name is one of a list's but for the case of letters.
    #[error("`{name}` is a list's name in another case")]
    Ambiguous {
        /// The name.
        name: Excerpt,
    },
}

/// What a server sends whose lists have only what `keep` says, and what names something that could be asked for at all; nothing where
/// there is no list, or everything in it stays. It is one message, or a batch of such in a revision that has them.
///
/// # Errors
///
/// [`ListingError`]
pub fn narrow(
    text: &[u8],
    lists: Lists,
    protocol: Protocol,
    keep: &mut dyn FnMut(Element<'_>) -> bool,
) -> Result<Option<Vec<u8>>, ListingError> {
    let mut listed = 0;
    let may_be_batch = protocol == Protocol::Mcp(McpRevision::V2025_03_26);
    if !may_be_batch || !is_array(text) {
        return narrow_one(text, lists, &mut listed, keep);
    }
    // It is bounded as a whole, too.
    json::parse_with_halves(text, &LIMITS)?;
    let places = place::of_elements(text, &[]).ok_or(ListingError::NotABatch)?;
    let mut changed: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
    for place in places {
        let message = text.get(place.clone()).unwrap_or_default();
        let rest = narrow_one(message, lists, &mut listed, keep)?;
        changed.extend(rest.map(|rest| (place, rest)));
    }
    let parts = changed.iter().map(|(place, rest)| (place.clone(), &**rest));
    let parts: Vec<_> = parts.collect();
    Ok((!parts.is_empty()).then(|| place::replaced(text, &parts)))
}

fn is_array(text: &[u8]) -> bool {
    text.trim_ascii_start().first() == Some(&b'[')
}

/// One message, after so many elements of the others.
fn narrow_one(
    text: &[u8],
    lists: Lists,
    listed: &mut usize,
    keep: &mut dyn FnMut(Element<'_>) -> bool,
) -> Result<Option<Vec<u8>>, ListingError> {
    // Half a character in one user's title must not make a list unreadable for all; in a name it is as any control character.
    let message = json::parse_with_halves(text, &LIMITS)?;
    let Some(message) = message.as_object() else {
        return Err(ListingError::NotAnObject {
            found: message.kind(),
        });
    };
    let (above, result): (&[&str], _) = match lists.form {
        Form::A2aRest => (&[], message),
        Form::Mcp | Form::A2aRpc => {
            check_case(message, &["result"])?;
            match message.get("result") {
                Some(Value::Object(result)) => (&["result"], result),
                // Some reader could take it for the list itself.
                Some(result @ Value::Array(_)) => {
                    let found = result.kind();
                    return Err(ListingError::NotAnObject { found });
                }
                Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                    return Ok(None);
                }
            }
        }
    };
    let names: Vec<_> = lists.names().collect();
    check_case(result, &names)?;
    let mut cuts: Vec<(Range<usize>, &[u8])> = Vec::new();
    if lists.form == Form::Mcp && names.iter().any(|list| result.get(list).is_some()) {
        cuts.extend(no_longer_public(text, result));
    }
    for list in names {
        let Some(stated) = result.get(list) else {
            continue;
        };
        let elements = stated.as_array().ok_or(ListingError::NotAList {
            list,
            found: stated.kind(),
        })?;
        let mut is_kept = |element| {
            *listed = listed.saturating_add(1);
            *listed <= MOST_LISTED && lists.element(list, element).is_some_and(&mut *keep)
        };
        let kept: Vec<bool> = elements.iter().map(&mut is_kept).collect();
        if kept.iter().any(|kept| !kept) {
            let places = place::of_elements(text, &[above, &[list]].concat())
                .filter(|places| places.len() == kept.len())
                .ok_or(ListingError::NotFound { list })?;
            let elements: Vec<_> = places.into_iter().zip(kept).collect();
            let gone = place::around_kept(&elements);
            cuts.extend(gone.into_iter().map(|cut| (cut, &[][..])));
        }
    }
    cuts.sort_unstable_by_key(|(cut, _)| cut.start);
    Ok((!cuts.is_empty()).then(|| place::replaced(text, &cuts)))
}

/// What a cache may show to others, in the place where the result says that it may (2026-07-28, `CacheableResult`): a list that was
/// narrowed for one caller is for nobody else.
fn no_longer_public(text: &[u8], result: &Object<'_>) -> Option<(Range<usize>, &'static [u8])> {
    let is_public = result.get("cacheScope").and_then(Value::as_str) == Some("public");
    let place = is_public.then(|| place::of_value(text, &["result", "cacheScope"]))?;
    place.map(|place| (place, &br#""private""#[..]))
}

fn check_case(object: &Object<'_>, known: &[&str]) -> Result<(), ListingError> {
    match case::check_known("result", object, known) {
        Err(OperationError::AmbiguousMember { name, .. }) => Err(ListingError::Ambiguous { name }),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
