//! Permits that make no difference, since a policy without conditions has all that they are for.

use std::collections::HashMap;

use cedar_policy::{Effect, EntityUid, Policy, PrincipalConstraint, ResourceConstraint};

use super::{Finding, Linter, Subject};
use crate::policy::load_error::ProblemKind;
use crate::policy::scope::applies_to_action;
use crate::policy::vocabulary::uid;

/// What a scope asks of a principal or a resource: nothing, to be this, or to be this or in it.
type Asked = Option<(EntityUid, Reach)>;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Reach {
    Itself,
    Within,
}

/// For which requests a policy is, its conditions aside.
struct Range {
    principal: Asked,
    resource: Asked,
    /// For each of the schema's actions, in their order.
    actions: Vec<bool>,
    /// It asks for a type of resource, which can be less than what it names.
    is_typed: bool,
}

pub(super) fn check(linter: &Linter<'_>, subjects: &[Subject<'_>]) -> Vec<Finding> {
    let ranges: Vec<_> = subjects
        .iter()
        .map(|subject| Range::of(linter, subject.policy))
        .collect();
    let mut plain: HashMap<(&Asked, &Asked), Vec<usize>> = HashMap::new();
    for (at, (subject, range)) in subjects.iter().zip(&ranges).enumerate() {
        let counts = !subject.is_shadow && !range.is_typed;
        if counts && !subject.policy.has_non_scope_constraint() {
            let asked = (&range.principal, &range.resource);
            plain.entry(asked).or_default().push(at);
        }
    }
    let covered = subjects.iter().zip(&ranges).enumerate();
    covered
        .filter(|(_, (subject, _))| subject.policy.effect() == Effect::Permit)
        .filter_map(|(at, (_, range))| {
            let wider_principals = wider(linter, &range.principal);
            let wider_resources = wider(linter, &range.resource);
            let pairs = wider_principals
                .iter()
                .flat_map(|principal| wider_resources.iter().map(move |of| (principal, of)));
            let covering = pairs
                .filter_map(|asked| plain.get(&asked))
                .flatten()
                .copied()
                .find(|other| {
                    let has_all = ranges
                        .get(*other)
                        .is_some_and(|of| of.has_actions_of(range));
                    has_all && *other != at && !is_twin(&ranges, *other, at)
                })?;
            let other = subjects.get(covering)?;
            let message = match other.policy.effect() {
                Effect::Permit => format!("`{}` permits all that this could permit", other.id),
                Effect::Forbid => format!("`{}` forbids all that this could permit", other.id),
            };
            Some(Finding::warning(at, ProblemKind::Shadowed, message))
        })
        .collect()
}

/// Of two policies for the same, the first is not told to be one too many.
fn is_twin(ranges: &[Range], other: usize, at: usize) -> bool {
    let (Some(of_other), Some(own)) = (ranges.get(other), ranges.get(at)) else {
        return false;
    };
    let is_same = of_other.principal == own.principal
        && of_other.resource == own.resource
        && of_other.actions == own.actions;
    is_same && other > at
}

impl Range {
    fn of(linter: &Linter<'_>, policy: &Policy) -> Self {
        let (resource, is_typed) = match policy.resource_constraint() {
            ResourceConstraint::Any => (None, false),
            ResourceConstraint::Eq(uid) => (Some((uid, Reach::Itself)), false),
            ResourceConstraint::In(uid) => (Some((uid, Reach::Within)), false),
            ResourceConstraint::Is(_) => (None, true),
            ResourceConstraint::IsIn(_, uid) => (Some((uid, Reach::Within)), true),
        };
        let actions = linter.schema.actions();
        Self {
            // Every principal is an agent.
            principal: match policy.principal_constraint() {
                PrincipalConstraint::Any | PrincipalConstraint::Is(_) => None,
                PrincipalConstraint::Eq(uid) => Some((uid, Reach::Itself)),
                PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => {
                    Some((uid, Reach::Within))
                }
            },
            resource,
            actions: actions
                .map(|action| applies_to_action(policy, action, linter.actions))
                .collect(),
            is_typed,
        }
    }

    fn has_actions_of(&self, other: &Self) -> bool {
        let mut both = self.actions.iter().zip(&other.actions);
        both.all(|(own, wanted)| *own || !wanted)
    }
}

/// Everything that holds wherever this does, itself included.
fn wider(linter: &Linter<'_>, asked: &Asked) -> Vec<Asked> {
    let mut all = vec![None];
    if let Some((of, reach)) = asked {
        let within = |uid: EntityUid| Some((uid, Reach::Within));
        all.push(within(of.clone()));
        all.extend((*reach == Reach::Itself).then(|| asked.clone()));
        all.extend(parents(linter, of).into_iter().map(within));
    }
    all
}

/// What an entity is in, as far as the configuration and its name say so.
fn parents(linter: &Linter<'_>, of: &EntityUid) -> Vec<EntityUid> {
    let names = linter.names;
    let (kind, id) = (of.type_name(), of.id().unescaped());
    let (scope_kind, groups) = if *kind == names.agent {
        (&names.trust_domain, linter.membership.of_agent(id))
    } else if *kind == names.tool {
        (&names.server, linter.membership.of_tool(id))
    } else {
        return Vec::new();
    };
    // One that is encoded is left out, and something is not told.
    let scope = id.split_once('/').filter(|(scope, _)| !scope.contains('%'));
    let scope = scope.map(|(scope, _)| uid(scope_kind, scope));
    scope.into_iter().chain(groups.iter().cloned()).collect()
}
