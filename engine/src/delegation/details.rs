//! What an access token says that it may be used for: `authorization_details` (RFC 9396, section 9.1).
//!
//! One type is understood, `mission_resource_access` (draft-mcguinness-oauth-mission-resource-access): a resource, what may be
//! done to it, and constraints on that. Its entries are alternatives. A token that has the claim may be used for nothing but
//! what some entry grants, whatever scopes it has; and an entry that isn't understood in every part, or can't be enforced here,
//! grants nothing:
//!
//! - Other types don't grant (RFC 9396, section 2), nor does `resource_match` other than `exact`, nor an unknown member.
//! - Resources and actions are compared byte by byte; an action family (`invoices.*`) is an action that nobody asks for.
//! - An entry without `delegation` isn't for tokens with actors, and one with it for as many as its `max_depth`. Who may be a
//!   delegate is for the authorization server, which has authenticated it.
//! - Of constraints, see [`conditions`](self::constraint).

mod constraint;

use std::collections::{BTreeMap, BTreeSet};

pub use self::constraint::{ConstraintArguments, Withheld};

use self::constraint::Conditions;
use super::arguments::ArgumentMap;
use super::authority::{Extent, Resources};
use super::exercise::NotPermitted;
use super::work::Work;
use crate::excerpt::Excerpt;
use crate::json::canonical::Members;
use crate::json::{Object, Value};
use crate::time::UnixTime;

/// The one type that is understood.
pub const TYPE: &str = "mission_resource_access";

/// The members of such an entry.
const MEMBERS: [&str; 6] = [
    "type",
    "resource",
    "resource_match",
    "actions",
    "constraints",
    "delegation",
];

/// The most entries of a token, and actions of an entry.
const MAX_ENTRIES: usize = 64;
const MAX_ACTIONS: usize = 256;

/// The authority that a token states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    entries: Vec<Entry>,
    /// The types that aren't understood.
    unknown: BTreeSet<String>,
}

/// An entry of the type that is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    resource: String,
    actions: BTreeSet<String>,
    conditions: Result<Conditions, Withheld>,
}

/// Why a claim is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`authorization_details` is not understood: `{member}` of entry {entry} is not {expected}")]
pub struct DetailsError {
    /// Which entry, the first being 0.
    pub entry: usize,
    /// What is wrong with it.
    pub member: &'static str,
    /// What it should be.
    pub expected: &'static str,
}

/// Why a token's details don't allow something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Insufficient {
    /// The route doesn't say which resource it is, so no entry can be for it.
    #[error("the token states its authority by resource, and the route names none")]
    NoResource,
    /// No entry is for the resource.
    #[error("no entry that is understood is for the resource `{resource}`{}", others(.unknown))]
    Resource {
        /// The resource.
        resource: Excerpt,
        /// The types of other entries.
        unknown: Vec<Excerpt>,
    },
    /// No entry for the resource has the action.
    #[error("no entry for the resource `{resource}` has the action `{action}`")]
    Action {
        /// The resource.
        resource: Excerpt,
        /// The action.
        action: Excerpt,
    },
    /// An entry would have it, but grants nothing here.
    #[error("the entry for it grants nothing here: {0}")]
    Withheld(#[from] Withheld),
    /// An entry has it, but not with these arguments.
    #[error("the entry for it doesn't allow this: {0}")]
    Arguments(#[from] NotPermitted),
    /// An entry has it, but not now.
    #[error("the entry for it is for another time")]
    Time,
}

/// The details that grant one action on a resource, for a client to ask its authorization server for.
#[must_use]
pub fn granting(resource: &str, action: &str) -> serde_json::Value {
    serde_json::json!([{ "type": TYPE, "resource": resource, "actions": [action] }])
}

/// Something that is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The resource by its identifier.
    pub resource: Option<&'a str>,
    /// What is done to it; `None` for what belongs to any use of it, such as beginning a session.
    pub action: Option<&'a str>,
    /// With which arguments.
    pub arguments: Given<'a>,
    /// When.
    pub now: UnixTime,
}

/// What something is done with.
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    /// It has no arguments.
    Nothing,
    /// These.
    These(&'a Object<'a>),
    /// That isn't known yet: constraints on arguments are taken to hold.
    Unknown,
}

impl Details {
    /// The authority that the claim states, for a token with so many actors.
    ///
    /// # Errors
    ///
    /// [`DetailsError`] for what isn't an array of typed objects, and for an entry of the known type without what it has to
    /// have.
    pub(super) fn read(
        claim: &Value<'_>,
        actors: usize,
        arguments: &ConstraintArguments,
    ) -> Result<Self, DetailsError> {
        let wrong = |entry, member, expected| DetailsError {
            entry,
            member,
            expected,
        };
        let list = claim
            .as_array()
            .filter(|list| list.len() <= MAX_ENTRIES)
            .ok_or_else(|| wrong(0, "authorization_details", "an array of at most 64 objects"))?;
        let mut details = Self {
            entries: Vec::with_capacity(list.len()),
            unknown: BTreeSet::new(),
        };
        for (place, entry) in list.iter().enumerate() {
            let members = entry
                .as_object()
                .ok_or_else(|| wrong(place, "entry", "an object"))?;
            let of_type = text(members, "type")
                .ok_or_else(|| wrong(place, "type", "a string that isn't empty"))?;
            if of_type != TYPE {
                details.unknown.insert(of_type.to_owned());
                continue;
            }
            let resource = text(members, "resource")
                .ok_or_else(|| wrong(place, "resource", "a string that isn't empty"))?;
            let actions = actions(members)
                .ok_or_else(|| wrong(place, "actions", "an array of 1 to 256 different strings"))?;
            details
                .entries
                .push(entry_of(members, resource, actions, actors, arguments));
        }
        Ok(details)
    }

    /// Does some entry grant it?
    ///
    /// # Errors
    ///
    /// [`Insufficient`], of the entry that came nearest.
    pub fn permit(&self, asked: &Asked<'_>) -> Result<(), Insufficient> {
        let resource = asked.resource.ok_or(Insufficient::NoResource)?;
        let mut found = Err(Insufficient::Resource {
            resource: Excerpt::of(resource),
            unknown: self.unknown.iter().map(|of| Excerpt::of(of)).collect(),
        });
        let mut nearest = 0;
        for entry in self.entries.iter().filter(|one| one.resource == resource) {
            match entry.permit(asked) {
                Ok(()) => return Ok(()),
                Err(error) if error.nearness() > nearest => {
                    nearest = error.nearness();
                    found = Err(error);
                }
                Err(_) => {}
            }
        }
        found
    }

    /// What is granted of each resource, constraints aside.
    #[must_use]
    pub fn resources(&self) -> Resources {
        let mut resources: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for entry in self.entries.iter().filter(|one| one.conditions.is_ok()) {
            let actions = resources.entry(entry.resource.clone()).or_default();
            actions.extend(entry.actions.iter().cloned());
        }
        Extent::Limited(resources)
    }

    /// What is granted of one resource: each action with what its arguments may be, where one entry alone says so by one map.
    pub(super) fn of_resource(&self, resource: &str) -> BTreeMap<&str, ArgumentMap> {
        let mut granted: BTreeMap<&str, ArgumentMap> = BTreeMap::new();
        for entry in self.entries.iter().filter(|one| one.resource == resource) {
            let Ok(conditions) = &entry.conditions else {
                continue;
            };
            for action in &entry.actions {
                granted
                    .entry(action)
                    .and_modify(|map| *map = ArgumentMap::any())
                    .or_insert_with(|| match conditions.arguments.as_slice() {
                        [map] => map.clone(),
                        _ => ArgumentMap::any(),
                    });
            }
        }
        granted
    }
}

impl Entry {
    fn permit(&self, asked: &Asked<'_>) -> Result<(), Insufficient> {
        if let Some(action) = asked.action
            && !self.actions.contains(action)
        {
            return Err(Insufficient::Action {
                resource: Excerpt::of(&self.resource),
                action: Excerpt::of(action),
            });
        }
        let conditions = self.conditions.as_ref().map_err(Clone::clone)?;
        if !conditions.window.contains(asked.now) {
            return Err(Insufficient::Time);
        }
        if asked.action.is_none() || conditions.arguments.is_empty() {
            return Ok(());
        }
        let given = match asked.arguments {
            Given::Unknown => return Ok(()),
            Given::Nothing => Members::default(),
            Given::These(arguments) => Members::of(arguments).map_err(NotPermitted::from)?,
        };
        let mut work = Work::default();
        for map in &conditions.arguments {
            map.permits(&given, &mut work)?;
        }
        Ok(())
    }
}

impl Insufficient {
    /// How much was right.
    const fn nearness(&self) -> u8 {
        match self {
            Self::NoResource | Self::Resource { .. } => 0,
            Self::Action { .. } => 1,
            Self::Withheld(_) => 2,
            Self::Time => 3,
            Self::Arguments(_) => 4,
        }
    }
}

fn entry_of(
    members: &Object<'_>,
    resource: &str,
    mut actions: BTreeSet<String>,
    actors: usize,
    arguments: &ConstraintArguments,
) -> Entry {
    let conditions = constraint::read(members.get("constraints"), arguments).and_then(|read| {
        let unknown = members.iter().find(|(name, _)| !MEMBERS.contains(name));
        if let Some((member, _)) = unknown {
            return Err(Withheld::Member {
                member: Excerpt::of(member),
            });
        }
        let resource_match = members.get("resource_match");
        if resource_match.is_some_and(|of| of.as_str() != Some("exact")) {
            return Err(Withheld::ResourceMatch);
        }
        delegable(members.get("delegation"), actors)?;
        Ok(read)
    });
    if let Ok(Conditions {
        tools: Some(tools), ..
    }) = &conditions
    {
        actions.retain(|action| tools.contains(action));
    }
    Entry {
        resource: resource.to_owned(),
        actions,
        conditions,
    }
}

/// May the entry stand in a token with so many actors?
fn delegable(delegation: Option<&Value<'_>>, actors: usize) -> Result<(), Withheld> {
    if actors == 0 {
        return Ok(());
    }
    let Some(delegation) = delegation else {
        return Err(Withheld::NotDelegable);
    };
    let depth = delegation
        .as_object()
        .and_then(|members| members.get("max_depth")?.as_number()?.as_u64());
    match depth {
        Some(depth) if actors as u64 <= depth => Ok(()),
        Some(_) | None => Err(Withheld::TooDeep { actors }),
    }
}

fn text<'o>(members: &'o Object<'_>, name: &str) -> Option<&'o str> {
    members.get(name)?.as_str().filter(|text| !text.is_empty())
}

fn actions(members: &Object<'_>) -> Option<BTreeSet<String>> {
    let listed = members.get("actions")?.as_array()?;
    if !(1..=MAX_ACTIONS).contains(&listed.len()) {
        return None;
    }
    let texts = listed.iter().map(|action| {
        let text = action.as_str().filter(|text| !text.is_empty());
        text.map(str::to_owned)
    });
    let actions: BTreeSet<_> = texts.collect::<Option<_>>()?;
    (actions.len() == listed.len()).then_some(actions)
}

fn others(unknown: &[Excerpt]) -> String {
    if unknown.is_empty() {
        return String::new();
    }
    let names: Vec<_> = unknown.iter().map(Excerpt::as_str).collect();
    format!("; unknown types: `{}`", names.join("`, `"))
}

#[cfg(test)]
mod tests;
