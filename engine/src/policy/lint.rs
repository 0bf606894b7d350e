//! Policies that fit the schema, and still can't mean what they say.
//!
//! What leaves a `forbid` without reach by mistake is an error, for it protects nothing and seems to; so is a name that can't be.
//! All else is a warning: what is then refused is safe, and what is then permitted is permitted elsewhere.

mod conjunction;
mod cover;
mod literals;
mod names;
pub mod surroundings;

use std::collections::BTreeSet;

use cedar_policy::{Effect, Entities, Policy, Schema};
use serde_json::Value as Json;

use self::surroundings::Surroundings;
use super::groups::{Groups, Membership};
use super::load_error::ProblemKind;
use super::vocabulary::Vocabulary;

/// What a policy is held against.
pub(super) struct Linter<'a> {
    pub(super) names: &'a Vocabulary,
    pub(super) groups: &'a Groups,
    pub(super) membership: &'a Membership,
    pub(super) surroundings: &'a Surroundings,
    pub(super) schema: &'a Schema,
    /// The schema's action entities.
    pub(super) actions: &'a Entities,
}

/// A policy as it is linted.
pub(super) struct Subject<'a> {
    pub(super) policy: &'a Policy,
    pub(super) id: &'a str,
    pub(super) has_id: bool,
    pub(super) is_shadow: bool,
}

/// Something that deserves a look.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// Which policy, by its place among all; none for what isn't in any.
    pub(super) at: Option<usize>,
    /// The text in the policy that it is about, if it isn't the whole.
    pub(super) about: Option<String>,
    pub(super) is_error: bool,
    pub(super) kind: ProblemKind,
    pub(super) message: String,
}

impl Finding {
    fn warning(at: usize, kind: ProblemKind, message: String) -> Self {
        Self {
            at: Some(at),
            about: None,
            is_error: false,
            kind,
            message,
        }
    }

    fn about(self, text: impl ToString) -> Self {
        Self {
            about: Some(text.to_string()),
            ..self
        }
    }
}

impl Linter<'_> {
    /// Everything, policy by policy; then what is about none of them.
    pub(super) fn all(&self, subjects: &[Subject<'_>]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (at, subject) in subjects.iter().enumerate() {
            let json = subject.policy.to_json().unwrap_or_default();
            let conditions = json.get("conditions").unwrap_or(&Json::Null);
            findings.extend(names::check(self, at, subject.policy));
            findings.extend(conjunction::check(self, at, subject.policy, conditions));
            findings.extend(literals::check(self.surroundings, at, conditions));
        }
        findings.extend(cover::check(self, subjects));
        findings.extend(unnamed(subjects));
        findings.extend(nothing_permitted(subjects));
        findings.extend(self.unused_groups(subjects));
        findings
    }

    /// A policy that never matches: an error where it is a `forbid` that counts on being there.
    fn never(&self, at: usize, policy: &Policy, why: &str) -> Finding {
        let (is_error, consequence) = match policy.effect() {
            Effect::Forbid => (true, "so this forbids nothing"),
            Effect::Permit => (false, "so this permits nothing"),
        };
        Finding {
            is_error,
            ..Finding::warning(
                at,
                ProblemKind::NeverMatches,
                format!("{why}, {consequence}"),
            )
        }
    }

    fn unused_groups(&self, subjects: &[Subject<'_>]) -> Vec<Finding> {
        let named: BTreeSet<_> = subjects
            .iter()
            .flat_map(|subject| subject.policy.entity_literals())
            .collect();
        let of = |kind: &str, type_name, groups: Vec<&String>| {
            let unused = groups.into_iter().filter(|name| {
                let uid = super::vocabulary::uid(type_name, name);
                !named.contains(&uid)
            });
            let found = unused.map(|name| Finding {
                at: None,
                about: None,
                is_error: false,
                kind: ProblemKind::UnusedGroup,
                message: format!("`groups.{kind}.{name}` is named by no policy"),
            });
            found.collect::<Vec<_>>()
        };
        let groups = self.groups;
        let mut all = of("agents", &self.names.group, groups.agents.keys().collect());
        all.extend(of(
            "tools",
            &self.names.tool_group,
            groups.tools.keys().collect(),
        ));
        all
    }
}

/// One finding for all policies without an id.
fn unnamed(subjects: &[Subject<'_>]) -> Option<Finding> {
    let mut without = subjects.iter().enumerate().filter(|(_, of)| !of.has_id);
    let (first, _) = without.next()?;
    let others = match without.count() {
        0 => String::new(),
        more => format!(", and {more} more have none"),
    };
    let message = format!(
        "this policy has no `@id`, so records call it by its place, which changes when another comes before it{others}"
    );
    Some(Finding::warning(first, ProblemKind::Unnamed, message))
}

fn nothing_permitted(subjects: &[Subject<'_>]) -> Option<Finding> {
    let counts = |of: &Subject<'_>| of.policy.effect() == Effect::Permit && !of.is_shadow;
    if subjects.is_empty() || subjects.iter().any(counts) {
        return None;
    }
    let message = "there is no `permit` that counts, so every request is refused".to_owned();
    Some(Finding {
        at: None,
        ..Finding::warning(0, ProblemKind::Empty, message)
    })
}

#[cfg(test)]
mod tests;
