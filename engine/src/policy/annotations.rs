//! What a policy says about itself.

use cedar_policy::Policy;

use super::demand::Demand;
use super::denial::PolicyNote;
use super::remediation::{self, Remediation};
use super::remedy::PolicyRemedy;
use crate::suggestion::nearest;

/// The annotations that mean something.
const KNOWN: [&str; 6] = ["id", "reason", "remedy", "shadow", "step_up", "scopes"];

/// The longest `@id`, in bytes; it goes into headers, logs and records.
const MAX_ID: usize = 128;

/// Something wrong with an annotation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AnnotationProblem {
    pub(super) name: String,
    pub(super) message: String,
}

/// What the annotations of a policy say.
pub(super) struct Annotations {
    pub(super) note: PolicyNote,
    /// `@shadow`: is it evaluated without counting?
    pub(super) is_shadow: bool,
    /// `@step_up` and `@scopes`: what a token needs to satisfy it.
    pub(super) remediation: Remediation,
}

/// Reads the annotations of the policy that is the `index`th of all: what is right, and what is wrong.
pub(super) fn read(policy: &Policy, index: usize) -> (Annotations, Vec<AnnotationProblem>) {
    let mut wrong: Vec<AnnotationProblem> = Vec::new();
    for (name, value) in policy.annotations() {
        if let Some(message) = problem(name, value) {
            let name = name.to_owned();
            wrong.push(AnnotationProblem { name, message });
        }
    }
    let text = |name: &str| {
        let usable = wrong.iter().all(|problem| problem.name != name);
        policy
            .annotation(name)
            .filter(|_| usable)
            .map(str::to_owned)
    };
    let note = PolicyNote {
        id: text("id").unwrap_or_else(|| format!("policy{index}")),
        reason: text("reason"),
        remedy: text("remedy").and_then(|value| PolicyRemedy::of(&value).ok()),
    };
    let is_shadow = policy.annotation("shadow") == Some("true");
    let value = |name: &str| policy.annotation(name);
    let remediation = Remediation {
        authentication: value("step_up")
            .and_then(|value| remediation::step_up(value).ok())
            .unwrap_or_default(),
        scopes: value("scopes")
            .and_then(|value| remediation::scopes(value).ok())
            .unwrap_or_default(),
    };
    let annotations = Annotations {
        note,
        is_shadow,
        remediation,
    };
    (annotations, wrong)
}

fn problem(name: &str, value: &str) -> Option<String> {
    if !KNOWN.contains(&name) {
        return Some(format!(
            "unknown annotation `@{name}`, {}",
            match nearest(name, KNOWN) {
                Some(known) => format!("did you mean `@{known}`?"),
                None => format!("known are `@{}`", KNOWN.join("`, `@")),
            }
        ));
    }
    if value.trim().is_empty() {
        return Some(format!("`@{name}` says nothing, write `@{name}(\"..\")`"));
    }
    if value.chars().any(char::is_control) {
        return Some(format!(
            "`@{name}` has a line break or another control character"
        ));
    }
    if name == "id" && (value.len() > MAX_ID || !value.bytes().all(is_id_byte)) {
        return Some(format!(
            "`@id` has letters, digits and `. _ : / -` only, at most {MAX_ID}"
        ));
    }
    if name == "shadow" && !matches!(value, "true" | "false") {
        return Some(format!("`@shadow` is `true` or `false`, not `{value}`"));
    }
    match name {
        "remedy" => PolicyRemedy::of(value).err(),
        "step_up" => remediation::step_up(value).err(),
        "scopes" => remediation::scopes(value).err(),
        _ => None,
    }
}

const fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'/' | b'-')
}

/// Annotations that ask a token for something that the policy doesn't look at: a client that got it would be refused again.
pub(super) fn without_effect(
    remediation: &Remediation,
    demand: &Demand,
) -> impl Iterator<Item = AnnotationProblem> {
    let looks_at_user = demand.attribute("acr") || demand.attribute("auth_time");
    let step_up = (remediation.asks_for_authentication() && !looks_at_user).then_some((
        "step_up",
        "`@step_up` stands at a policy that looks at neither `context.token.acr` nor `context.token.auth_time`, so it would never help",
    ));
    let scopes = (!remediation.scopes.is_empty() && !demand.attribute("scopes")).then_some((
        "scopes",
        "`@scopes` stands at a policy that doesn't look at `context.token.scopes`, so it would never help",
    ));
    step_up
        .into_iter()
        .chain(scopes)
        .map(|(name, message)| AnnotationProblem {
            name: name.to_owned(),
            message: message.to_owned(),
        })
}
