//! A request that does several things, each of which is judged by itself: what becomes of it.

use crate::decision::{Decision, Shadow};

/// What was decided of one of them, and what would have been, had shadows counted, where that is something else.
pub(super) type Judged = (Decision, Option<Shadow>);

/// What becomes of a request by what becomes of two things that it does. Where a better token would help with each that is refused, the
/// denial says all that it lacks; else it is that of the first with which nothing helps.
pub(super) fn both(one: Judged, other: Judged) -> Judged {
    let shadow = match (one.1, other.1) {
        (Some(Shadow::Deny(one)), Some(Shadow::Deny(other))) => Some(Shadow::Deny(one.and(other))),
        (Some(denied @ Shadow::Deny(_)), _) | (_, Some(denied @ Shadow::Deny(_))) => Some(denied),
        (Some(allowed @ Shadow::Allow { .. }), Some(Shadow::Allow { .. })) => Some(allowed),
        // It would have been permitted, if the other is.
        (Some(allowed @ Shadow::Allow { .. }), None) => allowed_with(&other.0, allowed),
        (None, Some(allowed @ Shadow::Allow { .. })) => allowed_with(&one.0, allowed),
        (None, None) => None,
    };
    let decision = match (one.0, other.0) {
        (Decision::Allow(one), Decision::Allow(other)) => Decision::Allow(one.and(&other)),
        (Decision::Deny(denial), Decision::Allow(_))
        | (Decision::Allow(_), Decision::Deny(denial)) => Decision::Deny(denial),
        (Decision::Deny(one), Decision::Deny(other)) => Decision::Deny(match () {
            () if !one.is_for_token() => one,
            () if !other.is_for_token() => other,
            () => one.and(other),
        }),
    };
    (decision, shadow)
}

fn allowed_with(other: &Decision, allowed: Shadow) -> Option<Shadow> {
    matches!(other, Decision::Allow(_)).then_some(allowed)
}
