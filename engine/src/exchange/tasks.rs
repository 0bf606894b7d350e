//! Tasks and contexts, bound to whom they were made for: [`crate::operation::task`] on the caller's behalf.

use super::{Holder, Request, Step};
use crate::decision::{Denial, Reason};
use crate::digest::Digest;
use crate::identity::caller::CredentialFormat;
use crate::json::Value;
use crate::operation::path::NormalPath;
use crate::operation::route::{Endpoint, RouteTarget};
use crate::operation::task::owners::{Owners, OwnersUnavailable, Whose};
use crate::operation::task::{TaskKind, TaskName};
use crate::operation::{Operation, Protocol, host_of_authority};

/// Where a caller's tasks are remembered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    /// Whom they are bound to.
    owner: Digest,
    /// What gives them their names.
    namer: Digest,
}

impl Step<'_> {
    /// Are all tasks and contexts that a permitted request is about its caller's, and none that it is related to another's? Who may not ask at all learns nothing of that.
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
        if request.route.target.task_form().is_none() {
            return Ok(());
        }
        for (message, number) in operation.messages.iter().zip(1..) {
            self.check_tasks(request, holder, message)
                .map_err(|denial| Box::new(denial.of_message(number)))?;
        }
        if operation.makes_tasks && holder.admitted.caller.format == CredentialFormat::Aat {
            // Whoever holds one makes as many callers as they like, none of which could ask about its task: it is about calls of tools.
            let why = "no attenuating agent token allows to ask about a task: call without `task`, or by a credential of its own";
            return Err(Box::new(
                Denial::from(Reason::WarrantExceeded).with_detail(why),
            ));
        }
        if operation.about.is_empty() && operation.related.is_empty() {
            return Ok(());
        }
        if !self.instance.remembers_tasks() {
            return Err(Box::new(Denial::from(Reason::TasksUnavailable)));
        }
        let bound = Bound::of(request, holder, operation);
        let about = operation.about.iter().map(|name| (name, false));
        let related = operation.related.iter().map(|name| (name, true));
        for (name, may_be_a_clients) in about.chain(related) {
            let whose = self.owners().whose(&bound.owner, &bound.digest(name));
            let unavailable = |_| Box::new(Denial::from(Reason::TasksUnavailable));
            let is_refused = match whose.map_err(unavailable)? {
                Whose::Theirs => false,
                Whose::Nobodys => !may_be_a_clients,
                Whose::Anothers => true,
            };
            if is_refused {
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
    pub(super) fn has_task(&self, bound: &Bound, id: &str) -> bool {
        let name = TaskName::new(TaskKind::Task, id).filter(|_| self.instance.remembers_tasks());
        name.is_some_and(|name| self.owners().has(&bound.owner, &bound.digest(&name)) == Ok(true))
    }

    /// Gives the caller what an answer names, where that is nobody's yet. What isn't theirs then they will be refused, so that nothing
    /// has to be done about it here.
    ///
    /// # Errors
    ///
    /// It could not be remembered.
    pub(super) fn give_task(
        &self,
        bound: &Bound,
        name: &TaskName,
    ) -> Result<(), OwnersUnavailable> {
        if !self.instance.remembers_tasks() {
            return Err(OwnersUnavailable);
        }
        let given = self.owners().give(&bound.owner, &bound.digest(name));
        given.map(drop)
    }

    fn owners(&self) -> Owners<'_> {
        Owners::new(self.host.store, self.now)
    }
}

impl Bound {
    /// That of whoever asks for this operation.
    ///
    /// The owner is the agent and the user, by the issuer that says who they are, and the key that a Biscuit is bound to, and
    /// whom a transaction token is about. What names tasks is the server, and of an agent the tenant.
    pub(super) fn of(request: &Request, holder: &Holder, operation: &Operation<'_>) -> Self {
        let server = server(request);
        let key = super::session::key(holder);
        let [domain, issuer, agent, is_for, user, key] =
            super::session::parties(holder, key.as_ref());
        let transaction = holder.transaction.as_ref();
        let [of, by, whom] = transaction.map_or([&[][..]; 3], |of| {
            let caller = &of.caller;
            [
                caller.domain.0.as_bytes(),
                caller.issuer.as_bytes(),
                caller.subject.as_bytes(),
            ]
        });
        let tenant = operation.arguments.as_ref().and_then(|of| of.get("tenant"));
        let tenant = match operation.protocol {
            Protocol::A2a(_) => tenant.and_then(Value::as_str),
            Protocol::Mcp(_) | Protocol::Http => None,
        };
        let server = server.as_bytes();
        Self {
            owner: Digest::of_parts(&[
                server, domain, issuer, agent, is_for, user, key, of, by, whom,
            ]),
            namer: Digest::of_parts(&[server, tenant.unwrap_or_default().as_bytes()]),
        }
    }

    fn digest(&self, name: &TaskName) -> Digest {
        Digest::of_parts(&[
            self.namer.as_bytes(),
            name.kind.name().as_bytes(),
            name.id.as_bytes(),
        ])
    }
}

/// The server that a request goes to, as far as the gate can tell servers apart: the route, the host, and the path at which the server is,
/// for a route may be for every host, and for every path below its own.
pub(super) fn server(request: &Request) -> Digest {
    let authority = request.head.authority();
    let host = host_of_authority(authority).unwrap_or(authority.into());
    let below = NormalPath::of_target(request.head.target());
    let path = match &request.route.target {
        RouteTarget::Mcp(rules) => match (&rules.endpoint, &below) {
            (Endpoint::Exact(path), _) => path,
            (Endpoint::Below(_), Ok(path)) => path.as_str(),
            (Endpoint::Below(_), Err(_)) => request.head.raw_path(),
        },
        RouteTarget::A2a(rules, _) => rules.base.as_str(),
        RouteTarget::Http(_) => "",
    };
    Digest::of_parts(&[
        request.route.route.as_bytes(),
        host.as_bytes(),
        path.as_bytes(),
    ])
}
