//! What would turn a refusal into a permit: another authentication of the user, or more scopes.
//!
//! A policy says what it needs (`@step_up`, `@scopes`), and the same policies then judge the same request as if the token had it.
//! Only if they permit it is the client told to get such a token, so nobody is sent to log in for nothing.

use cedar_policy::{Entities, Entity, EntityUid, EvalResult};

use super::principal::{moment, text, texts};
use crate::identity::authentication::{Requirement, earlier};
use crate::time::{Seconds, UnixTime};

/// How many classes and scopes one policy may ask for.
const MAX_VALUES: usize = 8;

/// What a token lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remediation {
    /// How the user must have been authenticated (RFC 9470).
    pub authentication: Requirement,
    /// Scopes that it must have, beside those that its route asks for.
    pub scopes: Vec<String>,
}

impl Remediation {
    /// Does it ask for anything?
    pub(super) fn is_some(&self) -> bool {
        self.asks_for_authentication() || !self.scopes.is_empty()
    }

    /// Has the user to do something?
    #[must_use]
    pub fn asks_for_authentication(&self) -> bool {
        !self.authentication.acr_values.is_empty() || self.authentication.max_age.is_some()
    }

    /// Everything that several policies ask for together. Of the classes that of the first that names any, for one is enough;
    /// whether it is enough for all is tried.
    pub(super) fn all_of<'r>(parts: impl IntoIterator<Item = &'r Self>) -> Self {
        let mut all = Self::default();
        for part in parts {
            let (own, of) = (&mut all.authentication, &part.authentication);
            if own.acr_values.is_empty() {
                own.acr_values.clone_from(&of.acr_values);
            }
            own.max_age = earlier(own.max_age, of.max_age);
            let new = part
                .scopes
                .iter()
                .filter(|scope| !all.scopes.contains(scope));
            let new: Vec<_> = new.cloned().collect();
            all.scopes.extend(new);
        }
        all
    }

    /// The same with those of its classes that `is_enough`; nothing where none is. Without a class it is asked once.
    pub(super) fn that(mut self, is_enough: impl Fn(&Self, Option<&str>) -> bool) -> Option<Self> {
        if self.authentication.acr_values.is_empty() {
            return is_enough(&self, None).then_some(self);
        }
        let classes = self.authentication.acr_values.iter();
        let enough: Vec<_> = classes
            .filter(|class| is_enough(&self, Some(class)))
            .cloned()
            .collect();
        self.authentication.acr_values = enough;
        (!self.authentication.acr_values.is_empty()).then_some(self)
    }

    /// The entities as they would be if the token had all this, with this class, and no more: the user's authentication is as old as
    /// was asked for, or else as old as it is. A client that came back with just that would otherwise be asked for the same again
    /// and again. Nothing where Cedar doesn't take it.
    pub(super) fn applied(
        &self,
        class: Option<&str>,
        now: UnixTime,
        entities: &Entities,
        token: &EntityUid,
    ) -> Option<Entities> {
        let token = entities.get(token)?.clone();
        let mut scopes = match token.attr("scopes") {
            Some(Ok(EvalResult::Set(scopes))) => strings(&scopes),
            _ => Vec::new(),
        };
        scopes.extend(self.scopes.iter().cloned());
        let (uid, mut attributes, parents) = token.into_inner();
        attributes.insert("scopes".to_owned(), texts(&scopes));
        if let Some(class) = class {
            attributes.insert("acr".to_owned(), text(class));
        }
        if let Some(age) = self.authentication.max_age {
            let time = UnixTime(now.0.saturating_sub(age.0.saturating_sub(1)));
            attributes.insert("auth_time".to_owned(), moment(time));
        }
        let token = Entity::new_with_tags(uid, attributes, parents, []).ok()?;
        entities.clone().upsert_entities([token], None).ok()
    }
}

fn strings(set: &cedar_policy::Set) -> Vec<String> {
    let texts = set.iter().filter_map(|element| match element {
        EvalResult::String(text) => Some(text.clone()),
        EvalResult::Bool(_)
        | EvalResult::Long(_)
        | EvalResult::EntityUid(_)
        | EvalResult::Set(_)
        | EvalResult::Record(_)
        | EvalResult::ExtensionValue(_) => None,
    });
    texts.collect()
}

/// Reads `@step_up`: `acr=CLASS`, any number of times, and `max_age=SECONDS`, separated by spaces.
///
/// # Errors
///
/// What is wrong, for a message.
pub(super) fn step_up(value: &str) -> Result<Requirement, String> {
    let mut wanted = Requirement::default();
    for part in value.split(' ') {
        match part.split_once('=') {
            Some(("acr", class)) if is_word(class) && wanted.acr_values.len() < MAX_VALUES => {
                wanted.acr_values.push(class.to_owned());
            }
            Some(("max_age", seconds)) if wanted.max_age.is_none() => {
                // No client gets back in time with an authentication of the very same second.
                let found = seconds.parse().ok().filter(|seconds| *seconds > 0);
                let seconds = found.ok_or_else(|| {
                    format!("`@step_up` has `max_age={seconds}`, write whole seconds, at least 1")
                })?;
                wanted.max_age = Some(Seconds(seconds));
            }
            _ => {
                return Err(format!(
                    "`@step_up` has `{part}`, write `acr=..` up to {MAX_VALUES} times, `max_age=..` once, and one space between"
                ));
            }
        }
    }
    Ok(wanted)
}

/// Reads `@scopes`: scopes separated by spaces.
///
/// # Errors
///
/// What is wrong, for a message.
pub(super) fn scopes(value: &str) -> Result<Vec<String>, String> {
    let scopes: Vec<_> = value.split(' ').map(str::to_owned).collect();
    if scopes.len() > MAX_VALUES || !scopes.iter().all(|scope| is_word(scope)) {
        return Err(format!(
            "`@scopes` is 1 to {MAX_VALUES} scopes with one space between, without quotes and backslashes"
        ));
    }
    Ok(scopes)
}

/// A `scope-token` (RFC 6749, section 3.3), as classes in `acr_values` are too: what may stand in a challenge.
fn is_word(text: &str) -> bool {
    let sound = |byte: u8| matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b'\\');
    !text.is_empty() && text.bytes().all(sound)
}
