//! Tasks and contexts, bound to whom they were made for: [`crate::operation::task`] on the caller's behalf.

use super::{Holder, Request, Step};
use crate::decision::{Denial, Reason};
use crate::digest::Digest;
use crate::operation::task::owners::Owners;
use crate::operation::task::{TaskKind, TaskName};
use crate::operation::{Operation, Protocol};

impl Step<'_> {
    /// Are all tasks and contexts that a permitted request names its caller's? Who may not ask at all learns nothing of that.
    ///
    /// # Errors
    ///
    /// One isn't, or that can't be said. What is another's is refused as what isn't there.
    pub(super) fn check_tasks(
        &self,
        request: &Request,
        holder: &Holder,
        operation: &Operation<'_>,
    ) -> Result<(), Box<Denial>> {
        if operation.about.is_empty() || request.route.target.task_form().is_none() {
            return Ok(());
        }
        let owner = owner(holder);
        let owners = self.owners();
        for name in &operation.about {
            let is_theirs = owners
                .has(&owner, &digest(request, name))
                .map_err(|_| Box::new(Denial::from(Reason::TasksUnavailable)))?;
            if !is_theirs {
                let reason = match operation.protocol {
                    Protocol::A2a(_) => Reason::A2aTaskUnknown,
                    Protocol::Mcp(_) | Protocol::Http => Reason::McpTaskUnknown,
                };
                let why = format!("no answer gave the {} to this caller here", name.shown());
                return Err(Box::new(Denial::from(reason).with_detail(&why)));
            }
        }
        Ok(())
    }

    /// Is this task its caller's? What can't be said is none of theirs.
    pub(super) fn has_task(&self, request: &Request, owner: &Digest, id: &str) -> bool {
        let name = TaskName::new(TaskKind::Task, id);
        name.is_some_and(|name| self.owners().has(owner, &digest(request, &name)) == Ok(true))
    }

    /// Gives the caller what an answer names, where that is nobody's yet. What isn't theirs then they will be refused, so that nothing
    /// has to be done about it here.
    pub(super) fn give_task(&self, request: &Request, owner: &Digest, name: &TaskName) {
        let _is_theirs = self.owners().give(owner, &digest(request, name));
    }

    fn owners(&self) -> Owners<'_> {
        Owners::new(self.host.store, self.now)
    }
}

/// Whom a task is bound to: the agent and the user, by the issuer that says who they are, and the key that a Biscuit is bound to. The issuer
/// is told by its identifier too, for its short name is another's in another gate's configuration, with which the memory may be shared.
pub(super) fn owner(holder: &Holder) -> Digest {
    let caller = &holder.admitted.caller;
    let key = super::session::key(holder);
    let issuer: [&[u8]; 2] = [caller.domain.0.as_bytes(), caller.issuer.as_bytes()];
    let parties = super::session::parties(holder, key.as_ref());
    Digest::of_parts(&[&issuer[..], &parties[..]].concat())
}

fn digest(request: &Request, name: &TaskName) -> Digest {
    Digest::of_parts(&[
        request.route.route.as_bytes(),
        name.kind.name().as_bytes(),
        name.id.as_bytes(),
    ])
}
