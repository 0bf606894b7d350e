//! Labels: what the operator says about tools, servers and routes, for rules over what comes together.
//!
//! A label is a word such as `reads:private`. In policies it is `Label::"reads:private"`: what has it is in it, and
//! `context.session.labels` and `context.grants.labels` are sets of them.

use std::collections::{BTreeMap, BTreeSet};

use super::load_error::{PolicyProblem, ProblemKind};
use crate::time::Seconds;

/// Labels of what comes back, by how they begin: nothing is read before the answer is there.
const OF_ANSWERS: [&str; 2] = ["reads:", "sees:"];

/// The most labels, so that what a session has touched stays small.
pub const MAX_LABELS: usize = 64;

/// How long a label of what comes back counts while the answer is not there yet.
pub const IN_FLIGHT: Seconds = Seconds(300);

/// The configuration's labels: name to what has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Tools, each `<server>/<tool>`.
    pub tools: BTreeMap<String, Vec<String>>,
    /// MCP servers by their names: all that is asked of them, but for [what is idle](crate::operation::Action::is_idle).
    pub servers: BTreeMap<String, Vec<String>>,
    /// A2A agents behind the gate, by their names.
    pub agents: BTreeMap<String, Vec<String>>,
    /// Operations of plain HTTP routes, by their names.
    pub routes: BTreeMap<String, Vec<String>>,
    /// What operations are called in `authorization_details`, where not by their names.
    pub actions: BTreeMap<String, String>,
}

impl Labels {
    /// Every label.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        let all = [&self.tools, &self.servers, &self.agents, &self.routes];
        let all = all.into_iter().flat_map(BTreeMap::keys);
        all.map(String::as_str).collect()
    }

    /// Adds to `problems` what can't be.
    pub(super) fn check(&self, problems: &mut Vec<PolicyProblem>) {
        let names = self.names();
        let mut problem = |message| {
            problems.push(PolicyProblem {
                kind: ProblemKind::Group,
                message,
                place: None,
            });
        };
        if names.len() > MAX_LABELS {
            problem(format!(
                "there are {} labels, at most {MAX_LABELS}",
                names.len()
            ));
        }
        for name in names.into_iter().filter(|name| !is_label(name)) {
            problem(format!(
                "label `{name}`: a label is 1 to 64 of the characters `A-Z a-z 0-9 _ - . :`"
            ));
        }
    }
}

/// Is the label about what comes back?
#[must_use]
pub fn is_of_answer(label: &str) -> bool {
    OF_ANSWERS.iter().any(|prefix| label.starts_with(prefix))
}

fn is_label(name: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(sound)
}
