//! One request, one answer.

use std::borrow::Cow;
use std::sync::Arc;

use cedar_policy::{
    AuthorizationError, Context, Decision, Effect, Entities, Entity, EntityUid, PolicyId,
    PolicySet, Request, RestrictedExpression,
};

use super::Policies;
use super::denial::{PolicyDenial, PolicyNote};
use super::permit::Permit;
use super::principal::{Party, Principal, moment, text, texts};
use super::scope::applies;
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
        Principal::new(&self.names, &self.membership, &self.actions, caller, chain)
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
        let question = self.question(principal, operation, facts)?;
        let (request, entities) = (&question.request, question.entities.as_ref());
        let answer = self
            .authorizer
            .is_authorized(request, self.slice(&question), entities);

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
            Decision::Allow => Ok(Permit::new(determining)),
            Decision::Deny if determining.is_empty() => Err(PolicyDenial::NoPermit {
                nearest: self.nearest(request, entities),
            }),
            Decision::Deny => Err(PolicyDenial::Forbidden { by: determining }),
        }
    }

    /// The request in Cedar's terms. It fits the schema by construction, which the tests check, so it is not validated
    /// again.
    pub(super) fn question<'p>(
        &self,
        principal: &'p Principal,
        operation: &Operation<'_>,
        facts: &Facts<'_>,
    ) -> Result<Question<'p>, PolicyDenial> {
        let mut target = self.target(operation)?;
        let transaction = facts.transaction.filter(|_| self.wants_transaction);
        if let Some(transaction) = transaction {
            let user = Party::subject(transaction);
            let of = uid(&self.names.user, &user.id());
            // Two entities of one name are one too many for Cedar, even where they say the same.
            if principal.user.as_ref() != Some(&of) {
                target.entities.push(user.entity(&self.names, of, [])?);
            }
        }
        let context = self.context(principal, operation, facts)?;
        let request = Request::new(
            principal.agent.clone(),
            self.names.action(operation.action).clone(),
            target.resource,
            context,
            None,
        )
        .map_err(|_| PolicyDenial::UNPRESENTABLE)?;
        let entities = if target.entities.is_empty() {
            Cow::Borrowed(&principal.entities)
        } else {
            let known = principal.entities.clone();
            let more = known.add_entities(target.entities, None);
            Cow::Owned(more.map_err(|_| PolicyDenial::UNPRESENTABLE)?)
        };
        Ok(Question { request, entities })
    }

    /// The policies that can apply to the question.
    pub(super) fn slice(&self, question: &Question<'_>) -> &PolicySet {
        match (question.request.action(), question.request.resource()) {
            (Some(action), Some(resource)) => self.slices.of(action, resource),
            _ => self.slices.all(),
        }
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

    /// What the operation is done to, with the entities that must be known of it.
    fn target(&self, operation: &Operation<'_>) -> Result<Target, PolicyDenial> {
        let names = &self.names;
        match &operation.resource {
            Resource::Tool { server, tool } => {
                let id = scoped(server, tool);
                let resource = uid(&names.tool, &id);
                let groups = self.membership.of_tool(&id).iter().cloned();
                let parents = std::iter::once(uid(&names.server, server)).chain(groups);
                let name = RestrictedExpression::new_string(tool.clone());
                let entity = Entity::new_with_tags(
                    resource.clone(),
                    [("name".to_owned(), name)],
                    parents,
                    [],
                )
                .map_err(|_| PolicyDenial::UNPRESENTABLE)?;
                let arguments = self.arguments.entity(names, operation.arguments.as_ref())?;
                Ok(Target {
                    resource,
                    entities: std::iter::once(entity).chain(arguments).collect(),
                })
            }
            Resource::Server { server } => Ok(Target {
                resource: uid(&names.server, server),
                entities: Vec::new(),
            }),
            Resource::Route { route, parameters } => {
                let tags = parameters.iter().map(|(name, value)| {
                    let value = RestrictedExpression::new_string(value.clone());
                    (name.to_string(), value)
                });
                let entity = Entity::new_with_tags(names.parameters.clone(), [], [], tags)
                    .map_err(|_| PolicyDenial::UNPRESENTABLE)?;
                Ok(Target {
                    resource: uid(&names.route, route),
                    entities: vec![entity],
                })
            }
        }
    }

    /// The request's context, as far as any policy looks at it.
    fn context(
        &self,
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
        put("now", moment(facts.now));
        if let Some(user) = &principal.user {
            put("user", entity(user));
        }
        match operation.resource {
            Resource::Tool { .. } => put("arguments", entity(&self.names.arguments)),
            Resource::Route { .. } => put("parameters", entity(&self.names.parameters)),
            Resource::Server { .. } => {}
        }
        if let Some(of) = facts.transaction.filter(|_| self.wants_transaction) {
            put("transaction", transaction(&self.names, of)?);
        }
        if self.wants_request {
            put("request", request(operation.protocol, facts)?);
        }
        if self.wants_time {
            put(
                "time",
                RestrictedExpression::new_datetime(Timestamp(facts.now).to_string()),
            );
        }
        Context::from_pairs(context).map_err(|_| PolicyDenial::UNPRESENTABLE)
    }
}

/// A request in Cedar's terms, with every entity that policies can ask about.
pub(super) struct Question<'p> {
    pub(super) request: Request,
    pub(super) entities: Cow<'p, Entities>,
}

/// What an operation is done to.
struct Target {
    resource: EntityUid,
    entities: Vec<Entity>,
}

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
    ];
    RestrictedExpression::new_record(fields.into_iter().filter_map(|(name, value)| {
        let value = RestrictedExpression::new_string(value?.to_owned());
        Some((name.to_owned(), value))
    }))
    .map_err(|_| PolicyDenial::UNPRESENTABLE)
}

#[cfg(test)]
mod tests;
