//! One request, one answer.

use std::rc::Rc;
use std::sync::Arc;

use cedar_policy::{
    AuthorizationError, Context, Decision, Effect, Entities, Entity, EntityUid, PolicyId, Request,
    RestrictedExpression,
};

use super::Policies;
use super::denial::{PolicyDenial, PolicyNote};
use super::permit::Permit;
use super::principal::{Party, Principal, moment, text, texts};
use super::scope::{Slice, applies};
use super::vocabulary::{Vocabulary, scoped, uid};
use crate::delegation::chain::Chain;
use crate::identity::caller::Caller;
use crate::identity::verified::Verified;
use crate::operation::{Operation, Protocol, Resource};
use crate::time::{Timestamp, UnixTime};

/// What policies can know of a request beside its token and its operation.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The time of the decision.
    pub now: UnixTime,
    /// The HTTP method.
    pub method: &'a str,
    /// The host as routes compare it: without port and the root's dot, in lower case.
    pub host: &'a str,
    /// The normalised path, where there is one.
    pub path: Option<&'a str>,
    /// How the sender has shown to be the credential's holder, by its name in policies.
    pub possession: &'a str,
    /// What the call is part of: what its transaction token says.
    pub transaction: Option<&'a Verified<Caller>>,
}

impl Policies {
    /// Puts a verified caller and its delegation into Cedar's terms: once per token, to be kept with it for as long as
    /// these policies are.
    ///
    /// # Errors
    ///
    /// [`PolicyDenial::EvaluationFailed`] without a policy, where Cedar does not take it.
    pub fn prepare(
        &self,
        caller: &Verified<Caller>,
        chain: &Chain,
    ) -> Result<Principal, PolicyDenial> {
        Principal::new(&self.names, &self.membership, caller, chain)
    }

    /// Is `operation` permitted to `principal`?
    ///
    /// # Errors
    ///
    /// [`PolicyDenial`], in every case but one: a `permit` is satisfied, no `forbid` is, and no policy failed.
    pub fn decide(
        &self,
        principal: &Principal,
        operation: &Operation<'_>,
        facts: &Facts<'_>,
    ) -> Result<Permit, PolicyDenial> {
        if let Some(verdict) = principal.verdicts.get(operation) {
            return verdict.map(Permit::new);
        }
        let question = self.question(principal, operation, facts)?;
        let verdict = self.judge(&question);
        if question.slice.is_constant {
            principal.verdicts.put(operation, verdict.clone());
        }
        verdict.map(Permit::new)
    }

    fn judge(&self, question: &Question<'_>) -> Verdict {
        let (request, entities) = (&question.request, &*question.entities);
        let answer = self
            .authorizer
            .is_authorized(request, &question.slice.policies, entities);

        let failed: Vec<_> = answer
            .diagnostics()
            .errors()
            .map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id())
            .collect();
        if !failed.is_empty() {
            return Err(PolicyDenial::EvaluationFailed {
                failed: self.notes(failed),
            });
        }
        let determining = self.notes(answer.diagnostics().reason());
        match answer.decision() {
            Decision::Allow => Ok(determining),
            Decision::Deny if determining.is_empty() => Err(PolicyDenial::NoPermit {
                nearest: self.nearest(request, entities),
            }),
            Decision::Deny => Err(PolicyDenial::Forbidden { by: determining }),
        }
    }

    /// The request in Cedar's terms, and the policies that can apply to it. It fits the schema by construction, which the
    /// tests check, so it is not validated again.
    pub(super) fn question(
        &self,
        principal: &Principal,
        operation: &Operation<'_>,
        facts: &Facts<'_>,
    ) -> Result<Question<'_>, PolicyDenial> {
        let action = self.names.action(operation.action);
        let resource = self.resource(&operation.resource);
        let slice = self.slices.of(action, &resource);
        let setting = match principal.settings.get(operation) {
            Some(setting) => setting,
            None => {
                let setting = Rc::new(self.setting(principal, operation, &resource)?);
                if !slice.is_constant {
                    principal.settings.put(operation, Rc::clone(&setting));
                }
                setting
            }
        };
        let mut own: Vec<_> = self.inputs(slice, operation)?.into_iter().collect();
        own.extend(self.transaction_user(slice, principal, facts)?);
        let entities = if own.is_empty() {
            setting
        } else {
            let more = Entities::clone(&setting).add_entities(own, None);
            Rc::new(more.map_err(|_| PolicyDenial::UNPRESENTABLE)?)
        };
        let context = self.context(slice, principal, operation, facts)?;
        let agent = principal.agent.clone();
        let request = Request::new(agent, action.clone(), resource, context, None)
            .map_err(|_| PolicyDenial::UNPRESENTABLE)?;
        Ok(Question {
            request,
            entities,
            slice,
        })
    }

    /// Notes of these policies, in the order loaded.
    fn notes<'i>(&self, ids: impl IntoIterator<Item = &'i PolicyId>) -> Vec<Arc<PolicyNote>> {
        let mut places: Vec<_> = ids
            .into_iter()
            .filter_map(|id| self.index.get(id))
            .collect();
        places.sort_unstable();
        places
            .into_iter()
            .filter_map(|at| self.rules.get(*at))
            .map(|rule| Arc::clone(&rule.note))
            .collect()
    }

    /// The `permit`s that apply to the request and were missed by their conditions only.
    fn nearest(&self, request: &Request, entities: &Entities) -> Vec<Arc<PolicyNote>> {
        self.rules
            .iter()
            .filter(|rule| {
                rule.policy.effect() == Effect::Permit && applies(&rule.policy, request, entities)
            })
            .map(|rule| Arc::clone(&rule.note))
            .collect()
    }

    fn resource(&self, resource: &Resource) -> EntityUid {
        let names = &self.names;
        match resource {
            Resource::Tool { server, tool } => uid(&names.tool, &scoped(server, tool)),
            Resource::Server { server } => uid(&names.server, server),
            Resource::Route { route, .. } => uid(&names.route, route),
        }
    }

    /// Everything that is known beside what the request itself brings along: the principal, the action, and the resource
    /// where anything is known of it.
    fn setting(
        &self,
        principal: &Principal,
        operation: &Operation<'_>,
        resource: &EntityUid,
    ) -> Result<Entities, PolicyDenial> {
        let mut more = Vec::with_capacity(2);
        more.extend(
            self.actions
                .get(self.names.action(operation.action))
                .cloned(),
        );
        if let Resource::Tool { server, tool } = &operation.resource {
            let groups = self.membership.of_tool(resource.id().unescaped());
            let server = uid(&self.names.server, server);
            let name = RestrictedExpression::new_string(tool.clone());
            let tool = Entity::new_with_tags(
                resource.clone(),
                [("name".to_owned(), name)],
                std::iter::once(server).chain(groups.iter().cloned()),
                [],
            );
            more.push(tool.map_err(|_| PolicyDenial::UNPRESENTABLE)?);
        }
        principal
            .entities
            .clone()
            .add_entities(more, None)
            .map_err(|_| PolicyDenial::UNPRESENTABLE)
    }

    /// What the operation is called with, as far as any policy looks at it.
    fn inputs(
        &self,
        slice: &Slice,
        operation: &Operation<'_>,
    ) -> Result<Option<Entity>, PolicyDenial> {
        match &operation.resource {
            Resource::Tool { .. } => {
                let arguments = operation.arguments.as_ref();
                slice.arguments.entity(&self.names, arguments)
            }
            Resource::Route { parameters, .. } if slice.wants_parameters => {
                let tags = parameters.iter().map(|(name, value)| {
                    let value = RestrictedExpression::new_string(value.clone());
                    (name.to_string(), value)
                });
                Entity::new_with_tags(self.names.parameters.clone(), [], [], tags)
                    .map(Some)
                    .map_err(|_| PolicyDenial::UNPRESENTABLE)
            }
            Resource::Route { .. } | Resource::Server { .. } => Ok(None),
        }
    }

    /// Whom the transaction is for, where that is nobody whom the caller's own token speaks of: two entities of one name
    /// are one too many for Cedar, even where they say the same.
    fn transaction_user(
        &self,
        slice: &Slice,
        principal: &Principal,
        facts: &Facts<'_>,
    ) -> Result<Option<Entity>, PolicyDenial> {
        let Some(transaction) = facts.transaction.filter(|_| slice.wants_transaction) else {
            return Ok(None);
        };
        let user = Party::subject(transaction);
        let of = uid(&self.names.user, &user.id());
        if principal.user.as_ref() == Some(&of) {
            return Ok(None);
        }
        user.entity(&self.names, of, []).map(Some)
    }

    /// The request's context, as far as any policy looks at it.
    fn context(
        &self,
        slice: &Slice,
        principal: &Principal,
        operation: &Operation<'_>,
        facts: &Facts<'_>,
    ) -> Result<Context, PolicyDenial> {
        let mut context = Vec::with_capacity(8);
        let mut put = |name: &str, value| context.push((name.to_owned(), value));
        let entity = |uid: &EntityUid| RestrictedExpression::new_entity_uid(uid.clone());
        put("token", entity(&self.names.token));
        put("caller", entity(&self.names.caller));
        put("delegation", entity(&self.names.delegation));
        if principal.has_mission {
            put("mission", entity(&self.names.mission));
        }
        put("now", moment(facts.now));
        if let Some(user) = &principal.user {
            put("user", entity(user));
        }
        match operation.resource {
            Resource::Tool { .. } => put("arguments", entity(&self.names.arguments)),
            Resource::Route { .. } => put("parameters", entity(&self.names.parameters)),
            Resource::Server { .. } => {}
        }
        if let Some(of) = facts.transaction.filter(|_| slice.wants_transaction) {
            put("transaction", transaction(&self.names, of)?);
        }
        if slice.wants_request {
            put("request", request(operation.protocol, facts)?);
        }
        if slice.wants_time {
            put(
                "time",
                RestrictedExpression::new_datetime(Timestamp(facts.now).to_string()),
            );
        }
        Context::from_pairs(context).map_err(|_| PolicyDenial::UNPRESENTABLE)
    }
}

/// A request in Cedar's terms, with every entity that the policies can ask about.
pub(super) struct Question<'p> {
    pub(super) request: Request,
    pub(super) entities: Rc<Entities>,
    pub(super) slice: &'p Slice,
}

/// The satisfied `permit`s, or why there is no permit.
pub(super) type Verdict = Result<Vec<Arc<PolicyNote>>, PolicyDenial>;

/// `context.transaction`
fn transaction(names: &Vocabulary, of: &Caller) -> Result<RestrictedExpression, PolicyDenial> {
    let user = uid(&names.user, &Party::subject(of).id());
    let mut fields = vec![
        ("issuer", text(&of.issuer)),
        ("user", RestrictedExpression::new_entity_uid(user)),
        ("scopes", texts(&of.scopes)),
        ("expires_at", moment(of.expires_at)),
    ];
    fields.extend(of.task.as_deref().map(|id| ("id", text(id))));
    fields.extend(
        of.agent
            .as_deref()
            .map(|workload| ("requester", text(workload))),
    );
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    RestrictedExpression::new_record(fields).map_err(|_| PolicyDenial::UNPRESENTABLE)
}

/// `context.request`
fn request(protocol: Protocol, facts: &Facts<'_>) -> Result<RestrictedExpression, PolicyDenial> {
    let (protocol, revision) = match protocol {
        Protocol::Http => ("http", None),
        Protocol::Mcp(revision) => ("mcp", Some(revision.name())),
    };
    let fields = [
        ("protocol", Some(protocol)),
        ("revision", revision),
        ("method", Some(facts.method)),
        ("host", Some(facts.host)),
        ("path", facts.path),
        ("possession", Some(facts.possession)),
    ];
    RestrictedExpression::new_record(fields.into_iter().filter_map(|(name, value)| {
        let value = RestrictedExpression::new_string(value?.to_owned());
        Some((name.to_owned(), value))
    }))
    .map_err(|_| PolicyDenial::UNPRESENTABLE)
}

#[cfg(test)]
mod tests;
