//! What a scope asks of a principal or of a resource.

use std::collections::HashMap;

use cedar_policy::{EntityTypeName, EntityUid, Policy, PrincipalConstraint, ResourceConstraint};

/// One constraint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// It is of this type.
    kind: Option<EntityTypeName>,
    of: Of,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Of {
    Any,
    Exactly(EntityUid),
    /// It is this, or in it.
    Within(EntityUid),
}

/// Every constraint that some scope has, by its number.
#[derive(Debug, Default)]
pub(super) struct Keys(HashMap<Key, usize>);

impl Keys {
    /// The number of a constraint, which it has from now on.
    pub(super) fn add(&mut self, key: Key) -> usize {
        let next = self.0.len();
        *self.0.entry(key).or_insert(next)
    }

    /// The numbers of all constraints that hold for `uid`, which is in `within`, each of which is in nothing.
    pub(super) fn matching(&self, uid: &EntityUid, within: &[EntityUid]) -> Vec<usize> {
        let exactly = Of::Exactly(uid.clone());
        let within = std::iter::once(uid).chain(within).cloned().map(Of::Within);
        let mut found: Vec<_> = [Of::Any, exactly]
            .into_iter()
            .chain(within)
            .flat_map(|of| {
                let typed = Key {
                    kind: Some(uid.type_name().clone()),
                    of: of.clone(),
                };
                [Key { kind: None, of }, typed]
            })
            .filter_map(|key| self.0.get(&key).copied())
            .collect();
        // What is said twice to be in something is in it once.
        found.sort_unstable();
        found.dedup();
        found
    }
}

pub(super) fn of_principal(policy: &Policy) -> Key {
    let (kind, of) = match policy.principal_constraint() {
        PrincipalConstraint::Any => (None, Of::Any),
        PrincipalConstraint::Eq(uid) => (None, Of::Exactly(uid)),
        PrincipalConstraint::In(uid) => (None, Of::Within(uid)),
        PrincipalConstraint::Is(kind) => (Some(kind), Of::Any),
        PrincipalConstraint::IsIn(kind, uid) => (Some(kind), Of::Within(uid)),
    };
    Key { kind, of }
}

pub(super) fn of_resource(policy: &Policy) -> Key {
    let (kind, of) = match policy.resource_constraint() {
        ResourceConstraint::Any => (None, Of::Any),
        ResourceConstraint::Eq(uid) => (None, Of::Exactly(uid)),
        ResourceConstraint::In(uid) => (None, Of::Within(uid)),
        ResourceConstraint::Is(kind) => (Some(kind), Of::Any),
        ResourceConstraint::IsIn(kind, uid) => (Some(kind), Of::Within(uid)),
    };
    Key { kind, of }
}
