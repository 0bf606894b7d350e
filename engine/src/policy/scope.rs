//! A policy's scope: to which principals, actions and resources it applies, whatever its conditions say.

use std::collections::HashMap;

use cedar_policy::{
    ActionConstraint, Entities, EntityUid, Policy, PolicySet, PolicySetError, PrincipalConstraint,
    Request, ResourceConstraint, Schema,
};

use super::Rule;
use super::arguments::ArgumentsPlan;
use super::demand::Demand;

/// Policies by what they can apply to, so that a request isn't held against those that can't: a policy costs about a
/// microsecond even where its scope doesn't match.
///
/// They are sliced by action, and by the resource where a scope names one (`resource == Tool::"shop/refund_order"`).
#[derive(Debug)]
pub(super) struct Slices {
    by_action: HashMap<EntityUid, ByResource>,
    /// For what is in no slice.
    all: Slice,
}

/// The policies for one action.
#[derive(Debug)]
struct ByResource {
    /// For each resource that a scope names: the policies for it, and those that name none.
    named: HashMap<EntityUid, Slice>,
    /// For every other resource.
    rest: Slice,
}

/// Some of the policies, and what they look at.
#[derive(Debug)]
pub(super) struct Slice {
    pub(super) policies: PolicySet,
    pub(super) arguments: ArgumentsPlan,
    /// Is `context.parameters` looked at?
    pub(super) wants_parameters: bool,
    /// Is `context.request` looked at?
    pub(super) wants_request: bool,
    /// Is `context.transaction` looked at?
    pub(super) wants_transaction: bool,
    /// Is `context.time` looked at?
    pub(super) wants_time: bool,
    /// Is every request of one principal for one action on one resource decided alike?
    pub(super) is_constant: bool,
}

/// How many policies all slices of one action may hold together, since those that name no resource stand in each. Beyond
/// that, an action's policies are not sliced by resource.
const MAX_SLICED: usize = 16_384;

impl Slices {
    /// Slices all policies. `actions` are the schema's action entities.
    pub(super) fn new(
        rules: &[Rule],
        schema: &Schema,
        actions: &Entities,
    ) -> Result<Self, Box<PolicySetError>> {
        let slice = |action: &EntityUid| -> Result<_, Box<PolicySetError>> {
            let rules = rules.iter();
            let rules = rules.filter(|rule| applies_to_action(&rule.policy, action, actions));
            Ok((action.clone(), ByResource::new(rules.collect())?))
        };
        Ok(Self {
            by_action: schema.actions().map(slice).collect::<Result<_, _>>()?,
            all: Slice::new(&rules.iter().collect::<Vec<_>>())?,
        })
    }

    /// Every policy whose scope can match a request for this, and few others.
    pub(super) fn of(&self, action: &EntityUid, resource: &EntityUid) -> &Slice {
        self.by_action.get(action).map_or(&self.all, |slices| {
            slices.named.get(resource).unwrap_or(&slices.rest)
        })
    }
}

impl ByResource {
    fn new(rules: Vec<&Rule>) -> Result<Self, Box<PolicySetError>> {
        let (mut unnamed, mut by_name) = (Vec::new(), HashMap::<_, Vec<_>>::new());
        for rule in &rules {
            match named(&rule.policy) {
                Some(name) => by_name.entry(name).or_default().push(*rule),
                None => unnamed.push(*rule),
            }
        }
        if by_name.len().saturating_mul(unnamed.len()) > MAX_SLICED {
            return Ok(Self {
                named: HashMap::new(),
                rest: Slice::new(&rules)?,
            });
        }
        let slice = |(name, mut own): (_, Vec<&Rule>)| {
            own.extend(&unnamed);
            Ok((name, Slice::new(&own)?))
        };
        Ok(Self {
            named: by_name
                .into_iter()
                .map(slice)
                .collect::<Result<_, Box<_>>>()?,
            rest: Slice::new(&unnamed)?,
        })
    }
}

impl Slice {
    fn new(rules: &[&Rule]) -> Result<Self, Box<PolicySetError>> {
        let policies = rules.iter().map(|rule| rule.policy.clone());
        let demand = Demand::of_all(rules.iter().map(|rule| &rule.demand));
        Ok(Self {
            policies: PolicySet::from_policies(policies).map_err(Box::new)?,
            arguments: ArgumentsPlan::new(&demand),
            wants_parameters: demand.attribute("parameters"),
            wants_request: demand.attribute("request"),
            wants_transaction: demand.attribute("transaction"),
            wants_time: demand.attribute("time"),
            is_constant: demand.is_constant(),
        })
    }
}

/// The one resource that a policy is for, if its scope names one.
fn named(policy: &Policy) -> Option<EntityUid> {
    match policy.resource_constraint() {
        ResourceConstraint::Eq(uid) => Some(uid),
        ResourceConstraint::Any
        | ResourceConstraint::In(_)
        | ResourceConstraint::Is(_)
        | ResourceConstraint::IsIn(..) => None,
    }
}

/// Does the policy's scope match?
pub(super) fn applies(policy: &Policy, request: &Request, entities: &Entities) -> bool {
    let (Some(principal), Some(action), Some(resource)) =
        (request.principal(), request.action(), request.resource())
    else {
        return false;
    };
    applies_to_action(policy, action, entities)
        && (match policy.principal_constraint() {
            PrincipalConstraint::Any => true,
            PrincipalConstraint::Eq(uid) => *principal == uid,
            PrincipalConstraint::In(of) => within(principal, &of, entities),
            PrincipalConstraint::Is(kind) => *principal.type_name() == kind,
            PrincipalConstraint::IsIn(kind, of) => {
                *principal.type_name() == kind && within(principal, &of, entities)
            }
        })
        && (match policy.resource_constraint() {
            ResourceConstraint::Any => true,
            ResourceConstraint::Eq(uid) => *resource == uid,
            ResourceConstraint::In(of) => within(resource, &of, entities),
            ResourceConstraint::Is(kind) => *resource.type_name() == kind,
            ResourceConstraint::IsIn(kind, of) => {
                *resource.type_name() == kind && within(resource, &of, entities)
            }
        })
}

fn applies_to_action(policy: &Policy, action: &EntityUid, entities: &Entities) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(uid) => *action == uid,
        ActionConstraint::In(of) => of.iter().any(|of| within(action, of, entities)),
    }
}

fn within(uid: &EntityUid, of: &EntityUid, entities: &Entities) -> bool {
    uid == of || entities.is_ancestor_of(of, uid)
}

#[cfg(test)]
mod tests;
