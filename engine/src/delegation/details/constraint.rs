//! The constraints of an entry, as conditions on what is asked.
//!
//! | constraint | what it asks of a call |
//! |---|---|
//! | `arguments` | the arguments, as an Attenuating Agent Token states them (draft -02, section 3.3); our own |
//! | `max_amount` | a number from 0 to `amount`, and the text `currency`, in the arguments that the configuration names |
//! | `tenant` | that text, in the argument that the configuration names |
//! | `data_classification` | one of those texts, in the argument that the configuration names |
//! | `time_window` | the time of the call, within the bounds |
//! | `allowed_tools` | an action among those |
//! | `requires_action_approval` | nothing where it is `false` |
//!
//! The names and their values are those of draft-mcguinness-oauth-mission-resource-access, "Common Constraints". Every other
//! one, one whose argument the configuration doesn't name, and one whose value isn't as defined, can't be enforced, so the
//! entry grants nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::delegation::aat::{Reader, argument_map};
use crate::delegation::arguments::{Argument, ArgumentMap};
use crate::delegation::constraint::{Bound, Constraint, Range};
use crate::delegation::work::Work;
use crate::excerpt::Excerpt;
use crate::json::canonical::{Canonical, Double};
use crate::json::{Number, Object, Value};
use crate::time::UnixTime;

/// How deep `arguments` may nest its constraints.
const MAX_DEPTH: usize = 16;

/// Which arguments of calls the constraints are about; without one, the constraint can't be enforced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConstraintArguments {
    /// The amount that `max_amount` bounds, a number.
    pub amount: Option<String>,
    /// Its currency, a text.
    pub currency: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The classification of the data.
    pub data_classification: Option<String>,
}

/// Why an entry grants nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// A constraint that isn't known, is malformed, or has no argument that it could be held against.
    #[error("its constraint `{name}` can't be enforced")]
    Constraint {
        /// Its name.
        name: Excerpt,
    },
    /// A member that the type doesn't have.
    #[error("its member `{member}` is not known")]
    Member {
        /// Its name.
        member: Excerpt,
    },
    /// It is for more than one resource.
    #[error("its `resource_match` is not `exact`")]
    ResourceMatch,
    /// It may not be delegated, and the token has actors.
    #[error("it may not be delegated, and the token names actors")]
    NotDelegable,
    /// It may not be delegated so far.
    #[error("it may not be delegated through {actors} actors")]
    TooDeep {
        /// How many actors the token has.
        actors: usize,
    },
}

/// What has to hold for an entry to grant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    /// What the arguments have to be: as each of these says.
    pub(super) arguments: Vec<ArgumentMap>,
    /// When.
    pub(super) window: Window,
    /// Which actions alone count.
    pub(super) tools: Option<BTreeSet<String>>,
}

/// A span of time, both ends included; without an end it is open there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    not_before: Option<UnixTime>,
    not_after: Option<UnixTime>,
}

impl Window {
    pub(super) fn contains(self, now: UnixTime) -> bool {
        self.not_before.is_none_or(|from| from <= now) && self.not_after.is_none_or(|to| now <= to)
    }
}

/// The conditions of the member `constraints`.
pub(super) fn read(
    constraints: Option<&Value<'_>>,
    names: &ConstraintArguments,
) -> Result<Conditions, Withheld> {
    let mut conditions = Conditions::default();
    let Some(constraints) = constraints else {
        return Ok(conditions);
    };
    let withheld = |name: &str| Withheld::Constraint {
        name: Excerpt::of(name),
    };
    let members = constraints
        .as_object()
        .ok_or_else(|| withheld("constraints"))?;
    let mut named = BTreeMap::new();
    for (name, value) in members.iter() {
        add(name, value, names, &mut conditions, &mut named).ok_or_else(|| withheld(name))?;
    }
    if !named.is_empty() {
        conditions.arguments.push(ArgumentMap::open(named));
    }
    Ok(conditions)
}

/// Adds one constraint; `None` where it can't be enforced.
fn add(
    name: &str,
    value: &Value<'_>,
    names: &ConstraintArguments,
    conditions: &mut Conditions,
    named: &mut BTreeMap<String, Argument>,
) -> Option<()> {
    let mut require = |argument: &Option<String>, constraint| {
        let argument = argument.clone()?;
        let required = Argument {
            constraint,
            optional: false,
        };
        // Two constraints on one argument would have to hold together.
        named.insert(argument, required).is_none().then_some(())
    };
    match name {
        "arguments" => {
            let mut work = Work::default();
            let mut reader = Reader {
                max_depth: MAX_DEPTH,
                work: &mut work,
            };
            let map = argument_map(value.as_object()?, &mut reader).ok()?;
            conditions.arguments.push(map);
        }
        "max_amount" => {
            let (amount, currency) = max_amount(value.as_object()?)?;
            require(&names.amount, amount)?;
            require(&names.currency, currency)?;
        }
        "tenant" => {
            value.as_str()?;
            require(&names.tenant, Constraint::Exact(Canonical::of(value).ok()?))?;
        }
        "data_classification" => {
            texts(value)?;
            let labels = value.as_array()?.iter().map(Canonical::of);
            let labels = labels.collect::<Result<_, _>>().ok()?;
            require(&names.data_classification, Constraint::OneOf(labels))?;
        }
        "time_window" => conditions.window = window(value.as_object()?)?,
        "allowed_tools" => conditions.tools = Some(texts(value)?),
        "requires_action_approval" if value.as_bool() == Some(false) => {}
        _ => return None,
    }
    Some(())
}

/// What the amount and the currency may be. Amounts are compared as the decimal numbers that they are written as: of those
/// that a double can't tell apart, none is accepted, here as well as in a call.
fn max_amount(members: &Object<'_>) -> Option<(Constraint, Constraint)> {
    let only_known = members
        .iter()
        .all(|(name, _)| matches!(name, "amount" | "currency"));
    let amount = members.get("amount")?.as_str()?;
    let currency = members.get("currency")?;
    currency.as_str().filter(|text| !text.is_empty())?;
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !only_known || !digits(whole) || !digits(fraction) || fraction.len() > 18 {
        return None;
    }
    let bound = |text: &str| {
        Some(Bound {
            at: Double::of(&Number(text.into()))?,
            inclusive: true,
        })
    };
    let range = Range::new(bound("0"), Some(bound(amount)?)).ok()?;
    Some((
        Constraint::Range(range),
        Constraint::Exact(Canonical::of(currency).ok()?),
    ))
}

fn window(members: &Object<'_>) -> Option<Window> {
    let mut window = Window::default();
    for (name, value) in members.iter() {
        let at = Some(UnixTime::parse(value.as_str()?)?);
        match name {
            "not_before" => window.not_before = at,
            "not_after" => window.not_after = at,
            _ => return None,
        }
    }
    (!members.is_empty()).then_some(window)
}

/// Texts, at least one.
fn texts(value: &Value<'_>) -> Option<BTreeSet<String>> {
    let texts = value.as_array()?.iter();
    let texts: BTreeSet<_> = texts
        .map(|text| text.as_str().map(str::to_owned))
        .collect::<Option<_>>()?;
    (!texts.is_empty()).then_some(texts)
}
