//! What a policy says about itself.

use cedar_policy::Policy;

use super::denial::PolicyNote;
use crate::suggestion::nearest;

/// The annotations that mean something.
const KNOWN: [&str; 4] = ["id", "reason", "remedy", "shadow"];

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
        remedy: text("remedy"),
    };
    let is_shadow = policy.annotation("shadow") == Some("true");
    (Annotations { note, is_shadow }, wrong)
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
    None
}

const fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'/' | b'-')
}
