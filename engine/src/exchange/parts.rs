//! A request that does several things, each of which is judged by itself: what becomes of it.

use crate::decision::denial::united;
use crate::decision::{Decision, Denial, Reason, Shadow};

/// What was decided of one of them, and what would have been, had shadows counted, where that is something else.
pub(super) type Judged = (Decision, Option<Shadow>);

/// What becomes of a request by what becomes of two things that it does.
pub(super) fn both(one: Judged, other: Judged) -> Judged {
    let shadow = match (one.1, other.1) {
        (Some(Shadow::Deny(one)), Some(Shadow::Deny(other))) => {
            // An operator is to see of each that it would have refused.
            let policies = united(one.policies(), other.policies());
            let denial = neither(one, other).with_policies(policies);
            Some(Shadow::Deny(denial))
        }
        (Some(denied @ Shadow::Deny(_)), _) | (_, Some(denied @ Shadow::Deny(_))) => Some(denied),
        (Some(Shadow::Allow { policies: one }), Some(Shadow::Allow { policies: other })) => {
            let policies = [one, other].concat();
            Some(Shadow::Allow { policies })
        }
        // It would have been permitted, if the other is.
        (Some(allowed @ Shadow::Allow { .. }), None) => allowed_with(&other.0, allowed),
        (None, Some(allowed @ Shadow::Allow { .. })) => allowed_with(&one.0, allowed),
        (None, None) => None,
    };
    let decision = match (one.0, other.0) {
        (Decision::Allow(one), Decision::Allow(other)) => Decision::Allow(one.and(&other)),
        (Decision::Deny(denial), Decision::Allow(_))
        | (Decision::Allow(_), Decision::Deny(denial)) => Decision::Deny(denial),
        (Decision::Deny(one), Decision::Deny(other)) => Decision::Deny(neither(one, other)),
    };
    (decision, shadow)
}

/// Why neither is permitted. Where a better token would help with both, it is all that the token lacks; else it is the first with which
/// nothing helps.
fn neither(one: Denial, other: Denial) -> Denial {
    if !one.is_for_token() {
        return one;
    }
    if !other.is_for_token() {
        return other;
    }
    match one.and(&other) {
        Some(both) => both,
        None if one.message().is_some() => {
            let why = "no login would be enough for all of its messages: send them apart";
            Denial::from(Reason::BatchRefused).with_detail(why)
        }
        None => one,
    }
}

fn allowed_with(other: &Decision, allowed: Shadow) -> Option<Shadow> {
    matches!(other, Decision::Allow(_)).then_some(allowed)
}
