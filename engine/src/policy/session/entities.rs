//! `context.session` in Cedar's terms.

use cedar_policy::{Entity, RestrictedExpression};

use super::{Fact, Session, SessionError};
use crate::policy::denial::PolicyDenial;
use crate::policy::vocabulary::Vocabulary;

/// The session and what it has called. Every counter is there, with 0 where nothing was counted.
pub(in crate::policy) fn entities(
    names: &Vocabulary,
    session: Option<&Session<'_>>,
) -> Result<[Entity; 2], PolicyDenial> {
    let session = session.ok_or(PolicyDenial::Session(SessionError::Unavailable))?;
    let seen = session.seen().map_err(PolicyDenial::Session)?;
    let facts = &seen.facts;
    let find = |number: &u32| facts.iter().find(|fact| fact.id == *number);
    let labels = session.sessions.labels.iter();
    let touched = labels.filter(|(number, _)| find(number).is_some());
    let touched = touched.map(|(_, label)| RestrictedExpression::new_entity_uid(label.clone()));
    let counters = session.sessions.rules.counters.iter();
    let counted = counters.zip(&session.sessions.counters);
    let counted = counted.map(|(counter, number)| {
        let count = find(number).map_or(0, |Fact { count, .. }| *count);
        let count = RestrictedExpression::new_long(count.into());
        (counter.name.clone(), count)
    });
    let calls = RestrictedExpression::new_entity_uid(names.calls.clone());
    let attributes = [
        ("labels".to_owned(), RestrictedExpression::new_set(touched)),
        ("calls".to_owned(), calls),
    ];
    let session = Entity::new_with_tags(names.session.clone(), attributes, [], []);
    let calls = Entity::new_with_tags(names.calls.clone(), [], [], counted);
    match (session, calls) {
        (Ok(session), Ok(calls)) => Ok([session, calls]),
        (Err(_), _) | (_, Err(_)) => Err(PolicyDenial::UNPRESENTABLE),
    }
}
