//! A policy's scope: to which principals, actions and resources it applies, whatever its conditions say.

use std::collections::HashMap;

use cedar_policy::{
    ActionConstraint, Entities, EntityUid, Policy, PolicySet, PolicySetError, PrincipalConstraint,
    Request, ResourceConstraint, Schema,
};

/// Policies by what they can apply to, so that a request isn't held against those that can't: a policy costs about a
/// microsecond even where its scope doesn't match.
///
/// They are sliced by action, and by the resource where a scope names one (`resource == Tool::"shop/refund_order"`).
#[derive(Debug)]
pub(super) struct Slices {
    by_action: HashMap<EntityUid, Slice>,
    /// For what is in no slice.
    all: PolicySet,
}

/// The policies for one action.
#[derive(Debug, Default)]
struct Slice {
    /// For each resource that a scope names: the policies for it, and those that name none.
    named: HashMap<EntityUid, PolicySet>,
    /// For every other resource.
    rest: PolicySet,
}

/// How many policies all slices of one action may hold together, since those that name no resource stand in each. Beyond
/// that, an action's policies are not sliced by resource.
const MAX_SLICED: usize = 16_384;

impl Slices {
    /// Slices `all`. `actions` are the schema's action entities.
    pub(super) fn new(
        all: PolicySet,
        schema: &Schema,
        actions: &Entities,
    ) -> Result<Self, Box<PolicySetError>> {
        let slice = |action: &EntityUid| -> Result<_, Box<PolicySetError>> {
            let policies = all.policies();
            let policies = policies.filter(|policy| applies_to_action(policy, action, actions));
            Ok((action.clone(), Slice::new(policies.collect())?))
        };
        Ok(Self {
            by_action: schema.actions().map(slice).collect::<Result<_, _>>()?,
            all,
        })
    }

    /// Every policy whose scope can match a request for this, and few others.
    pub(super) fn of(&self, action: &EntityUid, resource: &EntityUid) -> &PolicySet {
        self.by_action.get(action).map_or(&self.all, |slice| {
            slice.named.get(resource).unwrap_or(&slice.rest)
        })
    }

    /// Every policy.
    pub(super) const fn all(&self) -> &PolicySet {
        &self.all
    }
}

impl Slice {
    fn new(policies: Vec<&Policy>) -> Result<Self, Box<PolicySetError>> {
        let (mut unnamed, mut by_name) = (Vec::new(), HashMap::<_, Vec<_>>::new());
        for policy in &policies {
            match named(policy) {
                Some(name) => by_name.entry(name).or_default().push(*policy),
                None => unnamed.push(*policy),
            }
        }
        if by_name.len().saturating_mul(unnamed.len()) > MAX_SLICED {
            return Ok(Self {
                named: HashMap::new(),
                rest: set(policies)?,
            });
        }
        let slice = |(name, mut own): (_, Vec<&Policy>)| {
            own.extend(&unnamed);
            Ok((name, set(own)?))
        };
        Ok(Self {
            named: by_name
                .into_iter()
                .map(slice)
                .collect::<Result<_, Box<_>>>()?,
            rest: set(unnamed)?,
        })
    }
}

fn set(policies: Vec<&Policy>) -> Result<PolicySet, Box<PolicySetError>> {
    PolicySet::from_policies(policies.into_iter().cloned()).map_err(Box::new)
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
