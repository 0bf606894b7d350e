//! A policy's scope: to which principals, actions and resources it applies, whatever its conditions say.

mod key;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use cedar_policy::{
    ActionConstraint, Decision, Effect, Entities, EntityUid, Policy, PolicySet, PolicySetError,
    Schema,
};

use self::key::Keys;
use super::Rule;
use super::arguments::ArgumentsPlan;
use super::demand::Demand;
use super::possible::Unknown;

/// Policies by their scopes, so that a request is held against those only whose scope it matches, however many others there
/// are: to Cedar, a policy costs about a microsecond even where its scope doesn't match.
///
/// A scope is three constraints that know nothing of each other: those of principal and resource are few and have numbers
/// ([`Keys`]), and which policies have which two of them is looked up for the action.
#[derive(Debug)]
pub(super) struct Slices {
    principals: Keys,
    resources: Keys,
    /// The policies, by their places among all, that apply to an action and have these two constraints.
    by_action: HashMap<EntityUid, HashMap<(usize, usize), Vec<usize>>>,
    made: RefCell<Made>,
}

/// Which constraints on a principal, or on a resource, hold for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Matching(Vec<usize>);

/// The policies whose scope matches a request and that count, and what they look at.
#[derive(Debug)]
pub(super) struct Slice {
    /// Their places among all, ascending.
    pub(super) rules: Vec<usize>,
    /// The same with those that are in shadow, where there are any.
    pub(super) trial: Option<Box<Self>>,
    /// The same as far as they don't look at what isn't known, made when they are first asked for.
    pub(super) outlines: RefCell<Vec<(Unknown, Rc<Self>)>>,
    pub(super) policies: PolicySet,
    pub(super) arguments: ArgumentsPlan,
    /// Is `context.parameters` looked at?
    pub(super) wants_parameters: bool,
    /// Is `context.request` looked at?
    pub(super) wants_request: bool,
    /// Is `context.transaction` looked at?
    pub(super) wants_transaction: bool,
    /// Is `context.warrant` looked at?
    pub(super) wants_warrant: bool,
    /// Is `context.session` looked at?
    pub(super) wants_session: bool,
    /// Is `context.time` looked at?
    pub(super) wants_time: bool,
    /// What they look at.
    demand: Demand,
    /// Is every request of one principal for one action on one resource decided alike?
    is_constant: bool,
    /// What comes of a request, where the scopes of the policies say that: a refusal where none permits; where none has a
    /// condition, a permit unless one forbids.
    pub(super) by_scope: Option<Decision>,
}

/// Slices that requests had before. Most requests have one of a few: those of one agent for one tool always have the same.
#[derive(Debug, Default)]
struct Made {
    by_rules: HashMap<Vec<usize>, Rc<Slice>>,
    /// How many policies they hold together.
    held: usize,
}

/// How many policies the slices that are kept may hold together; beyond that all are let go.
const MAX_HELD: usize = 65_536;

impl Slices {
    /// Sorts all policies by their scopes. `actions` are the schema's action entities.
    pub(super) fn new(rules: &[Rule], schema: &Schema, actions: &Entities) -> Self {
        let (mut principals, mut resources) = (Keys::default(), Keys::default());
        let constraints: Vec<_> = rules
            .iter()
            .map(|Rule { policy, .. }| {
                let principal = principals.add(key::of_principal(policy));
                (principal, resources.add(key::of_resource(policy)))
            })
            .collect();
        let of_action = |action: &EntityUid| {
            let mut by_constraints = HashMap::<_, Vec<_>>::new();
            for (at, (rule, constraints)) in rules.iter().zip(&constraints).enumerate() {
                if applies_to_action(&rule.policy, action, actions) {
                    by_constraints.entry(*constraints).or_default().push(at);
                }
            }
            (action.clone(), by_constraints)
        };
        Self {
            by_action: schema.actions().map(of_action).collect(),
            principals,
            resources,
            made: RefCell::default(),
        }
    }

    /// Which constraints on a principal hold for `agent`, which is in these groups and the like.
    pub(super) fn of_principal(&self, agent: &EntityUid, within: &[EntityUid]) -> Matching {
        Matching(self.principals.matching(agent, within))
    }

    /// Every policy whose scope matches a request for this, and no other. `within` is what the resource is in.
    ///
    /// # Errors
    ///
    /// Cedar's, where two policies have one id; they were refused before.
    pub(super) fn of(
        &self,
        rules: &[Rule],
        principal: &Matching,
        action: &EntityUid,
        (resource, within): (&EntityUid, &[EntityUid]),
    ) -> Result<Rc<Slice>, Box<PolicySetError>> {
        let mut found = Vec::new();
        if let Some(by_constraints) = self.by_action.get(action) {
            for resource in self.resources.matching(resource, within) {
                let of = principal.0.iter();
                let of = of.filter_map(|principal| by_constraints.get(&(*principal, resource)));
                found.extend(of.flatten().copied());
            }
        }
        found.sort_unstable();
        if let Some(slice) = self.made.borrow().by_rules.get(&found) {
            return Ok(Rc::clone(slice));
        }
        let slice = Rc::new(Slice::new(rules, &found)?);
        self.made.borrow_mut().keep(found, &slice);
        Ok(slice)
    }
}

impl Made {
    fn keep(&mut self, rules: Vec<usize>, slice: &Rc<Slice>) {
        self.held = self.held.saturating_add(rules.len().max(1));
        if self.held > MAX_HELD {
            *self = Self::default();
            return;
        }
        self.by_rules.insert(rules, Rc::clone(slice));
    }
}

impl Slice {
    fn new(all: &[Rule], matching: &[usize]) -> Result<Self, Box<PolicySetError>> {
        let counts = |at: &usize| all.get(*at).is_some_and(|rule| !rule.is_shadow);
        let counting: Vec<_> = matching.iter().copied().filter(counts).collect();
        let trial = if counting.len() == matching.len() {
            None
        } else {
            Some(Box::new(Self::plain(all, matching.to_vec())?))
        };
        Ok(Self {
            trial,
            ..Self::plain(all, counting)?
        })
    }

    /// Of these, whether they count or not.
    fn plain(all: &[Rule], rules: Vec<usize>) -> Result<Self, Box<PolicySetError>> {
        let own = || rules.iter().filter_map(|at| all.get(*at));
        let policies = own().map(|rule| rule.policy.clone()).collect();
        let demand = Demand::of_all(own().map(|rule| &rule.demand));
        Self::demanding(rules, policies, demand)
    }

    /// Of policies that stand in the place of those at these places.
    pub(super) fn of_policies(all: Vec<(usize, Policy)>) -> Result<Self, Box<PolicySetError>> {
        let (rules, policies): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let demands: Vec<_> = policies.iter().map(Demand::of).collect();
        Self::demanding(rules, policies, Demand::of_all(&demands))
    }

    fn demanding(
        rules: Vec<usize>,
        policies: Vec<Policy>,
        demand: Demand,
    ) -> Result<Self, Box<PolicySetError>> {
        Ok(Self {
            by_scope: by_scope(&policies),
            outlines: RefCell::default(),
            policies: PolicySet::from_policies(policies).map_err(Box::new)?,
            arguments: ArgumentsPlan::new(&demand),
            wants_parameters: demand.attribute("parameters"),
            wants_request: demand.attribute("request"),
            wants_transaction: demand.attribute("transaction"),
            wants_warrant: demand.attribute("warrant"),
            wants_session: demand.context("session"),
            wants_time: demand.attribute("time"),
            is_constant: demand.is_constant(),
            demand,
            rules,
            trial: None,
        })
    }

    /// Is the attribute `name` of anything looked at, also by those in shadow?
    pub(super) fn attribute(&self, name: &str) -> bool {
        let of_trial = self.trial.as_ref();
        self.demand.attribute(name) || of_trial.is_some_and(|trial| trial.demand.attribute(name))
    }

    /// Is every request of one principal for one action on one resource judged alike, what would be with those in shadow
    /// included?
    pub(super) fn is_constant(&self) -> bool {
        self.is_constant && self.trial.as_ref().is_none_or(|trial| trial.is_constant)
    }
}

/// See [`Slice::by_scope`].
fn by_scope(policies: &[Policy]) -> Option<Decision> {
    if policies.iter().all(|of| of.effect() == Effect::Forbid) {
        return Some(Decision::Deny);
    }
    if policies.iter().any(Policy::has_non_scope_constraint) {
        return None;
    }
    let all_permit = policies.iter().all(|of| of.effect() == Effect::Permit);
    Some(if all_permit {
        Decision::Allow
    } else {
        Decision::Deny
    })
}

/// Is the policy for this action? `actions` are the schema's action entities.
pub(super) fn applies_to_action(policy: &Policy, action: &EntityUid, actions: &Entities) -> bool {
    let within = |of: &EntityUid| action == of || actions.is_ancestor_of(of, action);
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(uid) => *action == uid,
        ActionConstraint::In(of) => of.iter().any(within),
    }
}

#[cfg(test)]
mod tests;
