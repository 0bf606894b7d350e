//! One request, one answer.

use std::rc::Rc;
use std::sync::Arc;

use cedar_policy::{
    AuthorizationError, Context, Decision, Effect, Entities, Entity, EntityUid, PolicyId, Request,
    RestrictedExpression,
};

use super::Policies;
use super::arguments::Budget;
use super::denial::{PolicyDenial, PolicyNote};
use super::permit::Permit;
use super::principal::delegated::delegation;
use super::principal::{Party, Principal, moment, text, texts};
use super::remediation::Remediation;
use super::scope::Slice;
use super::session::{self, Session};
use super::setting::Setting;
use super::vocabulary::{Vocabulary, uid};
use crate::delegation::chain::Chain;
use crate::identity::caller::Caller;
use crate::identity::verified::Verified;
use crate::operation::route::RouteMatch;
use crate::operation::{Action, Operation, Protocol, Resource};
use crate::time::{Timestamp, UnixTime};

/// How many of the nearest `permit`s are tried with what they ask for.
const MOST_TRIED: usize = 4;

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
    /// What the session has done, where any policy asks for that.
    pub session: Option<&'a Session<'a>>,
    /// By what the call is allowed, where a warrant does that: its last holder, and its chain.
    pub warrant: Option<(&'a Verified<Caller>, &'a Chain)>,
    /// What the token lacks for any request to the route. It is not permitted then, and what would help is tried as if it had that.
    pub lacks: Option<&'a Remediation>,
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
        Principal::new(self, caller, chain)
    }

    /// The permit for what everybody may have by the route's configuration, whoever they are: an agent's public card. No policy is
    /// asked, for there is no principal.
    #[must_use]
    pub fn publish(route: &RouteMatch, operation: &Operation<'_>) -> Option<Permit> {
        let is_card = operation.action == Action::GetAgentCard;
        (is_card && route.is_published()).then(|| Permit::new(Vec::new()))
    }

    /// Is `operation` permitted to `principal`?
    ///
    /// It is where a `permit` is satisfied, no `forbid` is, and no policy failed, of those that count; or where the gate is in
    /// shadow.
    pub fn decide(
        &self,
        principal: &Principal,
        operation: &Operation<'_>,
        facts: &Facts<'_>,
    ) -> Judgement {
        let Verdict { outcome, shadow } = match principal.verdicts.get(operation) {
            Some(verdict) => verdict,
            None => self.judge(principal, operation, facts),
        };
        match outcome {
            Ok(policies) => Judgement {
                verdict: Ok(Permit::new(policies)),
                shadow,
            },
            Err(denial) if self.mode.is_enforced(facts.now) => Judgement {
                verdict: Err(denial),
                shadow,
            },
            Err(denial) => Judgement {
                verdict: Ok(Permit::new(Vec::new())),
                shadow: Some(Err(denial)),
            },
        }
    }

    fn judge(
        &self,
        principal: &Principal,
        operation: &Operation<'_>,
        facts: &Facts<'_>,
    ) -> Verdict {
        let setting = match self.setting(principal, operation) {
            Ok(setting) => setting,
            Err(denial) => {
                return Verdict {
                    outcome: Err(denial),
                    shadow: None,
                };
            }
        };
        let outcome_of = |slice: &Slice| {
            let question = self.question(&setting, slice, principal, operation, facts)?;
            self.answer(&question, slice, facts.now)
        };
        let outcome = outcome_of(&setting.slice);
        let shadow = setting.slice.trial.as_deref().map(outcome_of);
        let verdict = Verdict {
            shadow: shadow.filter(|would_be| *would_be != outcome),
            outcome,
        };
        if setting.slice.is_constant() {
            principal.verdicts.put(operation, verdict.clone());
        }
        verdict
    }

    pub(super) fn answer(&self, question: &Question, slice: &Slice, now: UnixTime) -> Outcome {
        let answer =
            self.authorizer
                .is_authorized(&question.request, &slice.policies, &question.entities);

        let failed: Vec<_> = answer
            .diagnostics()
            .errors()
            .map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id())
            .collect();
        if !failed.is_empty() {
            return Err(PolicyDenial::EvaluationFailed {
                failed: self.notes_at(&self.places(failed)),
            });
        }
        let determining = self.places(answer.diagnostics().reason());
        match answer.decision() {
            Decision::Allow => Ok(self.notes_at(&determining)),
            Decision::Deny if determining.is_empty() => {
                let nearest = self.nearest(slice);
                // One of them would be enough. Each that is tried is another evaluation.
                let mut each = nearest.chunks(1).take(MOST_TRIED);
                let remediable = each.find_map(|one| self.remedied(question, slice, one, now));
                Err(remediable.unwrap_or_else(|| PolicyDenial::NoPermit {
                    nearest: self.notes_at(&nearest),
                }))
            }
            Decision::Deny => {
                // No `permit` may be satisfied either, and one of those that were missed would be enough beside all that forbid.
                let nearest = self.nearest(slice);
                let missed = nearest.chunks(1).take(MOST_TRIED);
                let mut each = std::iter::once(&[][..]).chain(missed);
                let remediable = each.find_map(|missed| {
                    let all = [&*determining, missed].concat();
                    self.remedied(question, slice, &all, now)
                });
                Err(remediable.unwrap_or_else(|| self.forbidden(&determining)))
            }
        }
    }

    /// The denial by these `forbid`s.
    fn forbidden(&self, determining: &[usize]) -> PolicyDenial {
        let by = self.notes_at(determining);
        let mut rules = determining.iter().filter_map(|at| self.rules.get(*at));
        if rules.all(|rule| rule.demand.of_context("intent")) {
            PolicyDenial::OutsideIntent { by }
        } else {
            PolicyDenial::Forbidden { by }
        }
    }

    /// Would the request be permitted if the token had what all of these policies ask for? Each has to ask for something.
    fn remedied(
        &self,
        question: &Question,
        slice: &Slice,
        rules: &[usize],
        now: UnixTime,
    ) -> Option<PolicyDenial> {
        let asked = || {
            let rules = rules.iter().filter_map(|at| self.rules.get(*at));
            rules.map(|rule| &rule.remediation)
        };
        if !asked().all(Remediation::is_some) {
            return None;
        }
        let is_enough = |lacks: &Remediation, class: Option<&str>| {
            let (entities, token) = (&question.entities, &self.names.token);
            lacks
                .applied(class, now, entities, token)
                .is_some_and(|entities| {
                    let answer = self.authorizer.is_authorized(
                        &question.request,
                        &slice.policies,
                        &entities,
                    );
                    let failed = answer.diagnostics().errors().next().is_some();
                    answer.decision() == Decision::Allow && !failed
                })
        };
        let lacks = question.lacks.iter().chain(asked());
        let lacks = Remediation::all_of(lacks).that(is_enough)?;
        let by = self.notes_at(rules);
        Some(PolicyDenial::Remediable { by, lacks })
    }

    /// The request in Cedar's terms, as far as `slice` looks at it. It fits the schema by construction, which the tests
    /// check, so it is not validated again.
    pub(super) fn question(
        &self,
        setting: &Setting,
        slice: &Slice,
        principal: &Principal,
        operation: &Operation<'_>,
        facts: &Facts<'_>,
    ) -> Result<Question, PolicyDenial> {
        let mut own: Vec<_> = self
            .inputs(setting, slice, operation)?
            .into_iter()
            .collect();
        own.extend(self.transaction_user(slice, principal, facts)?);
        if let Some((holder, chain)) = facts.warrant.filter(|_| slice.wants_warrant) {
            own.push(delegation(&self.names.warrant, &self.names, holder, chain)?);
        }
        if slice.wants_session {
            own.extend(session::entities(&self.names, facts.session)?);
        }
        let entities = if own.is_empty() {
            Rc::clone(&setting.entities)
        } else {
            let more = Entities::clone(&setting.entities).add_entities(own, None);
            Rc::new(more.map_err(|_| PolicyDenial::UNPRESENTABLE)?)
        };
        let context = self.context(slice, principal, operation, facts)?;
        let agent = principal.agent.clone();
        let action = self.names.action(operation.action).clone();
        let resource = setting.resource.clone();
        let request = Request::new(agent, action, resource, context, None)
            .map_err(|_| PolicyDenial::UNPRESENTABLE)?;
        Ok(Question {
            request,
            entities,
            lacks: facts.lacks.cloned(),
        })
    }

    /// The places of these policies, in the order loaded.
    fn places<'i>(&self, ids: impl IntoIterator<Item = &'i PolicyId>) -> Vec<usize> {
        let places = ids.into_iter().filter_map(|id| self.index.get(id));
        let mut places: Vec<_> = places.copied().collect();
        places.sort_unstable();
        places
    }

    fn notes_at(&self, places: &[usize]) -> Vec<Arc<PolicyNote>> {
        let rules = places.iter().filter_map(|at| self.rules.get(*at));
        rules.map(|rule| Arc::clone(&rule.note)).collect()
    }

    /// The `permit`s whose scope matches the request, which was then missed by their conditions only.
    fn nearest(&self, slice: &Slice) -> Vec<usize> {
        let is_permit = |at: &usize| {
            let rule = self.rules.get(*at);
            rule.is_some_and(|rule| rule.policy.effect() == Effect::Permit)
        };
        slice.rules.iter().copied().filter(is_permit).collect()
    }

    /// What the operation is called with, as far as any policy looks at it.
    fn inputs(
        &self,
        setting: &Setting,
        slice: &Slice,
        operation: &Operation<'_>,
    ) -> Result<Option<Entity>, PolicyDenial> {
        let declared = setting.declared.as_deref();
        let arguments = operation.arguments.as_ref();
        match &operation.resource {
            Resource::Tool { .. } | Resource::A2aAgent { .. } => {
                let plan = &slice.arguments;
                plan.entity(&self.names, arguments, declared)
            }
            Resource::Route { parameters, .. } if slice.wants_parameters => {
                let tags = parameters.iter().map(|(name, value)| {
                    let value = RestrictedExpression::new_string(value.clone());
                    (name.to_string(), value)
                });
                let attributes = declared.zip(arguments);
                let attributes =
                    attributes.map(|(declared, of)| declared.of(of, &mut Budget::default()));
                let attributes = attributes.transpose()?.unwrap_or_default();
                Entity::new_with_tags(self.names.parameters.clone(), attributes, [], tags)
                    .map(Some)
                    .map_err(|_| PolicyDenial::UNPRESENTABLE)
            }
            Resource::Route { .. }
            | Resource::Server { .. }
            | Resource::McpResource { .. }
            | Resource::Prompt { .. } => Ok(None),
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
        user.entity(of, user.within(&self.names, [])).map(Some)
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
        put("grants", entity(&self.names.grants));
        if principal.has_mission {
            put("mission", entity(&self.names.mission));
        }
        if principal.has_intent {
            put("intent", entity(&self.names.intent));
        }
        put("now", moment(facts.now));
        if let Some(user) = &principal.user {
            put("user", entity(user));
        }
        match operation.resource {
            Resource::Tool { .. } | Resource::A2aAgent { .. } => {
                put("arguments", entity(&self.names.arguments));
            }
            Resource::Route { .. } => put("parameters", entity(&self.names.parameters)),
            Resource::Server { .. } | Resource::McpResource { .. } | Resource::Prompt { .. } => {}
        }
        if let Some(of) = facts.transaction.filter(|_| slice.wants_transaction) {
            put("transaction", transaction(&self.names, of)?);
        }
        if facts.warrant.is_some() && slice.wants_warrant {
            put("warrant", entity(&self.names.warrant));
        }
        if slice.wants_session {
            put("session", entity(&self.names.session));
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

/// What policy says of a request.
#[derive(Debug)]
#[must_use = "a judgement that nobody enforces is an open door or a lost request"]
pub struct Judgement {
    /// Whether it may go on.
    pub verdict: Result<Permit, PolicyDenial>,
    /// What would have come of it had everything in shadow counted; nothing where that is the same.
    pub shadow: Option<Outcome>,
}

/// What some policies make of a request: the satisfied `permit`s, or why there is no permit.
pub type Outcome = Result<Vec<Arc<PolicyNote>>, PolicyDenial>;

/// A judgement, before the gate's mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    outcome: Outcome,
    /// What the outcome were if the policies in shadow counted, where that is another.
    shadow: Option<Outcome>,
}

/// A request in Cedar's terms, with every entity that the policies can ask about.
pub(super) struct Question {
    pub(super) request: Request,
    pub(super) entities: Rc<Entities>,
    /// What the token lacks whatever policies say.
    lacks: Option<Remediation>,
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
        Protocol::A2a(version) => ("a2a", Some(version.name())),
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
