//! Is a call within what a token grants?

use super::ambient::{ARGUMENT, Call};
use super::error::JudgeError;
use super::token::Token;
use crate::delegation::authority::{Authority, Extent};
use crate::delegation::exercise::Exercise;
use crate::delegation::work::Work;
use crate::json::canonical::Members;

impl Token {
    /// Is the call within what the authority block grants, and do all checks allow it? Says how many steps that took.
    ///
    /// # Errors
    ///
    /// [`JudgeError`]
    pub fn permits(&self, call: &Call<'_>) -> Result<u64, JudgeError> {
        self.grants(call)?;
        self.judge(call)
    }

    /// Could the call be permitted, of a tool with some arguments? Where rules or checks ask for those, only what the token grants
    /// and who holds it counts, so that nothing is missed. Takes what it costs from the steps that are left.
    ///
    /// # Errors
    ///
    /// [`JudgeError`]
    pub fn could_permit(&self, call: &Call<'_>, steps_left: &mut u64) -> Result<(), JudgeError> {
        self.grants(call)?;
        if call.tool.is_some() && self.plan.asks_for(ARGUMENT) {
            return self.held(call);
        }
        self.judge_within(call, steps_left).map(drop)
    }

    fn grants(&self, call: &Call<'_>) -> Result<(), JudgeError> {
        // Every block has the same grants, and more checks than the one before it.
        let authority = self.chain.hops().last();
        let authority = authority.and_then(|hop| hop.authority.as_ref());
        authority.map_or(Ok(()), |authority| granted(authority, call))
    }
}

/// A tool is granted by its name, or like everything else as a resource with an action. What belongs to any use of a server is
/// granted with any part of it.
fn granted(authority: &Authority, call: &Call<'_>) -> Result<(), JudgeError> {
    let mut work = Work::default();
    let right = Exercise::Resource {
        resource: call.resource.unwrap_or_default(),
        action: call.operation,
    };
    if authority.permits(right, &mut work).is_ok() {
        return Ok(());
    }
    match (call.tool, call.server) {
        (None, Some(server)) if uses(authority, server) => Ok(()),
        (Some(name), _) => authority.permits(
            Exercise::Tool {
                name,
                // What they may be is for the checks to say.
                arguments: &Members::default(),
            },
            &mut work,
        ),
        (None, _) => authority.permits(right, &mut work),
    }
    .map_err(JudgeError::NotGranted)
}

/// May anything of this server be used?
fn uses(authority: &Authority, server: &str) -> bool {
    let any_tool = match authority.tools() {
        Extent::Unlimited => true,
        Extent::Limited(tools) => !tools.is_empty(),
    };
    let within = |resource: &String| {
        let rest = resource.strip_prefix(server);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let any_right = match authority.resources() {
        Extent::Unlimited => true,
        Extent::Limited(resources) => resources.keys().any(within),
    };
    any_tool || any_right
}
