//! What is asked, held against what the credential says that the work is.
//!
//! Only what was signed counts: no text of a message says what it is for.

use super::{Excerpt, Operation, Resource};
use crate::identity::caller::Caller;

/// The most declared tools that a refusal names.
const MOST_TOLD: usize = 8;

/// A call that is none of those that the work needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{asked}` is none of what the credential declares: {}", listed(.declared, *.more))]
pub struct OutsideIntent {
    /// What was asked for.
    pub asked: Excerpt,
    /// What the work needs, or the first of it.
    pub declared: Vec<Excerpt>,
    /// How many more there are.
    pub more: usize,
}

/// Is the operation one that the work needs, as far as the credential says?
///
/// # Errors
///
/// [`OutsideIntent`]
pub fn check(caller: &Caller, operation: &Operation<'_>) -> Result<(), OutsideIntent> {
    let Some(tools) = &caller.tools else {
        return Ok(());
    };
    // The messages of a batch come one by one.
    let is_any_use = operation.action.is_any_use() && operation.follows.is_empty();
    if is_any_use || tools.iter().any(|tool| names(tool, &operation.resource)) {
        return Ok(());
    }
    Err(OutsideIntent {
        asked: Excerpt::of(operation.resource.name()),
        declared: tools
            .iter()
            .take(MOST_TOLD)
            .map(|tool| Excerpt::of(tool))
            .collect(),
        more: tools.len().saturating_sub(MOST_TOLD),
    })
}

/// Is it called so, by its own name or with its server's in front?
fn names(tool: &str, resource: &Resource) -> bool {
    let of_server = match resource {
        Resource::Tool { server, .. }
        | Resource::McpResource { server, .. }
        | Resource::Prompt { server, .. } => tool.strip_prefix(&**server),
        Resource::Server { .. } | Resource::A2aAgent { .. } | Resource::Route { .. } => None,
    };
    let of_server = of_server.and_then(|rest| rest.strip_prefix('/'));
    tool == resource.name() || of_server == Some(resource.name())
}

fn listed(declared: &[Excerpt], more: usize) -> String {
    let names: Vec<_> = declared.iter().map(|one| format!("`{one}`")).collect();
    match (names.is_empty(), more) {
        (true, _) => "nothing".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}
