//! What a record says, and in which shape.

use std::sync::Arc;

use super::bounded;
use super::instance::InstanceId;
use super::line::Line;
use super::opening::Opening;
use super::trace::Trace;
use crate::decision::{Denial, Shadow};
use crate::delegation::attenuation::Attenuation;
use crate::delegation::chain::Chain;
use crate::delegation::hop::{Hop, Vouched};
use crate::delegation::mission::Mission;
use crate::digest::Digest;
use crate::identity::binding::Possession;
use crate::identity::caller::Caller;
use crate::operation::{Operation, Protocol, Resource};
use crate::policy::denial::PolicyNote;
use crate::policy::principal::Principal;

/// The version of the record's shape. A member may be added without a new one; none is removed or changed.
pub(super) const VERSION: u64 = 1;

/// What is known of a decision when it is recorded; what isn't known stays `None`.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// What was decided.
    pub outcome: Outcome<'a>,
    /// What would have been decided had policies in shadow counted, where that is something else.
    pub shadow: Option<&'a Shadow>,
    /// The digest of the credential that was presented, believed or not.
    pub credential: Option<Digest>,
    /// Who is calling, once verified.
    pub caller: Option<&'a Caller>,
    /// The caller in policy's terms, once its delegation was accepted.
    pub principal: Option<&'a Principal>,
    /// How the sender has shown to be the credential's holder.
    pub possession: Option<&'a Possession>,
    /// What the call is part of: what its transaction token says.
    pub transaction: Option<&'a Caller>,
    /// The warrant beside the credential: the caller that its last holder would be, and its chain.
    pub warrant: Option<(&'a Caller, &'a Chain)>,
    /// On whose behalf.
    pub chain: Option<&'a Chain>,
    /// What is asked.
    pub operation: Option<&'a Operation<'a>>,
    /// Did this gateway's own memory of sessions decide alone, because the service that counts for all gateways gave no answer?
    pub decided_alone: bool,
    /// The route's name.
    pub route: Option<&'a str>,
    /// Where the record's beginning is kept from one request to the next. INVARIANT: whoever hands the same place in again,
    /// hands in the same credential, caller, principal, chain, configuration and route, to the same ledger.
    pub opening: Option<&'a Opening>,
    /// The digest of the gate's configuration.
    pub configuration: Digest,
    /// The request's trace.
    pub trace: Option<Trace>,
}

/// What was decided.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// The request was forwarded.
    Allow {
        /// The policies that permit it, as the permit names them.
        policies: &'a [Arc<PolicyNote>],
    },
    /// The request was refused.
    Deny {
        /// Why.
        denial: &'a Denial,
        /// The HTTP status of the answer.
        status: u16,
    },
}

/// A record's place in its chain.
pub(super) struct Place<'a> {
    pub(super) id: &'a str,
    pub(super) instance: &'a InstanceId,
    pub(super) sequence: u64,
    pub(super) previous: Option<Digest>,
    /// When, as a text.
    pub(super) time: &'a str,
}

impl Draft<'_> {
    /// The record as one line, and the line's digest.
    pub(super) fn line(&self, place: &Place<'_>) -> (String, Digest) {
        let own = Opening::default();
        let kept = self.opening.unwrap_or(&own);
        let begun = kept.get_or(|| self.beginning(place.instance));
        let line = Line::finished(&begun.text, |line| self.rest(line, place));
        let mut hasher = begun.hasher.clone();
        hasher.update(line.as_bytes().get(begun.text.len()..).unwrap_or_default());
        (line, hasher.finish())
    }

    /// What follows from the credential and the route.
    fn beginning(&self, instance: &InstanceId) -> String {
        Line::begun(|line| {
            line.number("v", VERSION);
            line.text("instance", instance.as_str());
            line.digest("configuration", self.configuration);
            line.optional("route", self.route.map(bounded::text).as_deref());
            if let Some(digest) = self.credential {
                line.digest("credential", digest);
            }
            if let Some(who) = self.caller {
                line.object("caller", |line| caller(line, who, self.principal));
            }
            if let Some(chain) = self.chain {
                line.objects("chain", chain.hops(), hop);
                line.object("verdict", |line| verdict(line, chain.attenuation()));
                if let Some(of) = chain.mission() {
                    line.object("mission", |line| mission(line, of));
                }
            }
        })
    }

    /// What two requests of one caller can differ in.
    fn rest(&self, line: &mut Line, place: &Place<'_>) {
        line.text("id", place.id);
        line.number("sequence", place.sequence);
        match place.previous {
            Some(digest) => line.digest("previous", digest),
            None => line.null("previous"),
        }
        line.text("time", place.time);
        outcome(line, self.outcome);
        if let Some(would_be) = self.shadow {
            line.object("shadow", |line| shadow(line, would_be));
        }
        line.optional("possession", self.possession.map(Possession::name));
        if let Some(key) = self.possession.and_then(Possession::key) {
            line.digest("possession_key", key);
        }
        if let Some(of) = self.transaction {
            line.object("transaction", |line| transaction(line, of));
        }
        if let Some((holder, chain)) = self.warrant {
            line.object("warrant", |line| warrant(line, holder, chain));
        }
        if let Some(what) = self.operation {
            line.object("operation", |line| operation(line, what));
        }
        if self.decided_alone {
            line.text("session_memory", "local");
        }
        if let Some(trace) = &self.trace {
            line.object("trace", |line| {
                line.text("id", trace.trace_id());
                line.text("parent", trace.parent_id());
            });
        }
    }
}

fn outcome(line: &mut Line, outcome: Outcome<'_>) {
    match outcome {
        Outcome::Allow { policies } => {
            line.text("outcome", "allow");
            let ids = policies.iter().map(|note| note.id.as_str());
            line.texts("policies", bounded::list(ids));
        }
        Outcome::Deny { denial, status } => {
            line.text("outcome", "deny");
            line.text("reason", denial.reason().code());
            line.number("status", status);
            if let Some(number) = denial.message() {
                line.number("message", number);
            }
            let ids = denial.policies().iter().map(String::as_str);
            line.texts("policies", bounded::list(ids));
        }
    }
}

/// There is no status, since nothing was answered.
fn shadow(line: &mut Line, would_be: &Shadow) {
    match would_be {
        Shadow::Allow { policies } => outcome(line, Outcome::Allow { policies }),
        Shadow::Deny(denial) => {
            line.text("outcome", "deny");
            line.text("reason", denial.reason().code());
            let ids = denial.policies().iter().map(String::as_str);
            line.texts("policies", bounded::list(ids));
        }
    }
}

/// The agent and the user are those that policy judged, by their names there.
fn caller(line: &mut Line, caller: &Caller, principal: Option<&Principal>) {
    line.text("domain", &caller.domain.0);
    line.text("issuer", &bounded::text(&caller.issuer));
    line.text("subject", &bounded::text(&caller.subject));
    for (name, value) in [
        ("agent", principal.map(Principal::agent)),
        ("user", principal.and_then(Principal::user)),
        ("client", caller.client.as_deref()),
        ("task", caller.task.as_deref()),
        ("purpose", caller.purpose.as_deref()),
        ("token_id", caller.token_id.as_deref()),
    ] {
        line.optional(name, value.map(bounded::text).as_deref());
    }
    line.text("format", caller.format.name());
}

/// Whose business a call is, and who asked for the token that says so.
fn transaction(line: &mut Line, of: &Caller) {
    line.text("domain", &of.domain.0);
    line.digest("credential", of.digest);
    for (name, value) in [
        ("id", of.task.as_deref()),
        ("subject", Some(of.subject.as_str())),
        ("requester", of.agent.as_deref()),
    ] {
        line.optional(name, value.map(bounded::text).as_deref());
    }
}

/// Who handed authority on, and to whom.
fn warrant(line: &mut Line, of: &Caller, chain: &Chain) {
    line.text("domain", &of.domain.0);
    line.digest("credential", of.digest);
    line.text("holder", &bounded::text(&of.subject));
    line.optional("id", of.token_id.as_deref().map(bounded::text).as_deref());
    line.objects("chain", chain.hops(), hop);
    line.object("verdict", |line| verdict(line, chain.attenuation()));
}

/// `verified` says whether the hop's own issuer vouches for it with something whose signature the gate checked. What each hop
/// was allowed to do is another question, which the verdict answers.
fn hop(line: &mut Line, hop: &Hop) {
    line.text("issuer", &bounded::text(&hop.issuer));
    line.text("subject", &bounded::text(&hop.subject));
    line.text("format", hop.format.name());
    line.flag("verified", hop.vouched == Vouched::ByIssuer);
}

fn verdict(line: &mut Line, verdict: &Attenuation) {
    line.text("attenuation", verdict.name());
    match verdict {
        Attenuation::Proven => {}
        Attenuation::Widened {
            hop,
            dimension,
            parent,
            child,
        } => {
            line.number("hop", *hop as u64);
            line.text("dimension", &dimension.to_string());
            line.text("parent", &bounded::text(parent));
            line.text("child", &bounded::text(child));
        }
        Attenuation::Unproven { hop, why } => {
            line.number("hop", *hop as u64);
            line.text("why", why.name());
        }
    }
}

/// `whole` says whether the token's own authority is what was approved, by its hash.
fn mission(line: &mut Line, of: &Mission) {
    line.text("id", &bounded::text(&of.id));
    line.text("issuer", &bounded::text(&of.issuer));
    line.digest("authority", of.authority_hash);
    line.flag("whole", of.is_whole);
}

fn operation(line: &mut Line, operation: &Operation<'_>) {
    match operation.protocol {
        Protocol::Http => line.text("protocol", "http"),
        Protocol::Mcp(revision) => {
            line.text("protocol", "mcp");
            line.text("revision", revision.name());
        }
        Protocol::A2a(version) => {
            line.text("protocol", "a2a");
            line.text("version", version.name());
        }
    }
    asked(line, operation);
    if !operation.messages.is_empty() {
        line.objects("messages", &operation.messages, asked);
    }
}

/// What is asked by it, or by one message of a batch.
fn asked(line: &mut Line, operation: &Operation<'_>) {
    line.text("action", operation.action.name());
    line.object("resource", |line| match &operation.resource {
        Resource::Tool { server, tool } => {
            line.text("server", &bounded::text(server));
            line.text("tool", &bounded::text(tool));
        }
        Resource::McpResource { server, uri } => {
            line.text("server", &bounded::text(server));
            line.text("uri", &bounded::text(uri));
        }
        Resource::Prompt { server, prompt } => {
            line.text("server", &bounded::text(server));
            line.text("prompt", &bounded::text(prompt));
        }
        Resource::Server { server } => line.text("server", &bounded::text(server)),
        Resource::A2aAgent { agent } => line.text("agent", &bounded::text(agent)),
        Resource::Route { route, .. } => line.text("route", &bounded::text(route)),
    });
    if let Some(digest) = arguments(operation) {
        line.digest("arguments", digest);
    }
}

/// The digest of what an operation is called with. Of a tool's arguments: SHA-256 of their compact JSON, members in the
/// order sent and numbers as written. Of declared parameters of a route: the same of `path`, `query` and `headers`. Of what
/// an A2A agent is asked with: the same over its one form. Of a route's path parameters: SHA-256 over each name and value,
/// in order, each behind its length as 8 bytes, the highest first. Of resources to follow: the same over their URIs, in
/// order.
fn arguments(operation: &Operation<'_>) -> Option<Digest> {
    if let Some(arguments) = &operation.arguments {
        return Some(Digest::of_shown(arguments));
    }
    if !operation.follows.is_empty() {
        let uris = operation.follows.iter().map(Resource::name);
        let parts: Vec<_> = uris.map(str::as_bytes).collect();
        return Some(Digest::of_parts(&parts));
    }
    match &operation.resource {
        Resource::Route { parameters, .. } if !parameters.is_empty() => {
            let parts: Vec<_> = parameters
                .iter()
                .flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()])
                .collect();
            Some(Digest::of_parts(&parts))
        }
        Resource::Route { .. }
        | Resource::Tool { .. }
        | Resource::McpResource { .. }
        | Resource::Prompt { .. }
        | Resource::Server { .. }
        | Resource::A2aAgent { .. } => None,
    }
}

#[cfg(test)]
mod tests;
