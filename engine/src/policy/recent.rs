//! What was found out for one principal's latest requests, by what they were for.

use std::cell::RefCell;

use crate::operation::{Action, Operation, Resource};

/// How much is kept before it is all let go. An agent uses few tools; whoever asks for ever others gains nothing here, and
/// costs no more memory than this.
const MAX: usize = 16;

/// The longest name, in bytes, of what something is kept for: URIs may be long, and are what a client makes up.
const LONGEST: usize = 256;

/// One `T` for each action and resource of late; path parameters make no difference.
#[derive(Clone, Debug)]
pub(super) struct Recent<T>(RefCell<Vec<(Action, Resource, T)>>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Clone> Recent<T> {
    /// What was kept for what `operation` does, and to what.
    pub(super) fn get(&self, operation: &Operation<'_>) -> Option<T> {
        let kept = self.0.borrow();
        let found = kept.iter().find(|(action, resource, _)| {
            *action == operation.action && is_same(resource, &operation.resource)
        });
        found.map(|(_, _, of)| of.clone())
    }

    /// Keeps `of`, for which [`Self::get`] found nothing, unless its name is long.
    pub(super) fn put(&self, operation: &Operation<'_>, of: T) {
        if operation.resource.name().len() > LONGEST {
            return;
        }
        let mut kept = self.0.borrow_mut();
        if kept.len() >= MAX {
            kept.clear();
        }
        let mut resource = operation.resource.clone();
        if let Resource::Route { parameters, .. } = &mut resource {
            parameters.clear();
        }
        kept.push((operation.action, resource, of));
    }
}

fn is_same(one: &Resource, other: &Resource) -> bool {
    match (one, other) {
        (Resource::Route { route: one, .. }, Resource::Route { route: other, .. }) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, MAX, Recent};
    use crate::operation::Action;
    use crate::policy::tests::{ask, call, fetch};

    #[test]
    fn what_has_a_long_name_is_not_kept() {
        let recent = Recent::default();
        for (length, is_kept) in [(LONGEST, true), (LONGEST + 1, false)] {
            let call = call(&"x".repeat(length), "{}");
            recent.put(&call, ());
            assert_eq!(recent.get(&call).is_some(), is_kept, "{length}");
        }
    }

    #[test]
    fn what_differs_in_action_or_resource_is_kept_apart() {
        let recent = Recent::default();
        let operations = [
            call("a", "{}"),
            call("b", "{}"),
            ask(Action::Ping),
            ask(Action::Notify),
            fetch(&[("id", "1")]),
        ];
        for (number, operation) in operations.iter().enumerate() {
            assert_eq!(recent.get(operation), None, "{operation:?}");
            recent.put(operation, number);
        }
        for (number, operation) in operations.iter().enumerate() {
            assert_eq!(recent.get(operation), Some(number), "{operation:?}");
        }
        assert_eq!(recent.get(&call("a", r#"{"x":1}"#)), Some(0));
        assert_eq!(recent.get(&fetch(&[("id", "2")])), Some(4));
    }

    #[test]
    fn no_more_is_kept_than_may_be() {
        let recent = Recent::default();
        let operation = |number: usize| call(&number.to_string(), "{}");
        for number in 0..=MAX {
            recent.put(&operation(number), number);
        }
        let kept = (0..=MAX).filter_map(|number| recent.get(&operation(number)));
        assert_eq!(kept.collect::<Vec<_>>(), [MAX]);
    }
}
