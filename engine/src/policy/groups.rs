//! Groups that stand in the configuration, as opposed to those that tokens state.

use std::collections::{BTreeMap, HashMap};

use cedar_policy::{EntityTypeName, EntityUid};

use super::load_error::{PolicyProblem, ProblemKind};
use super::vocabulary::{Vocabulary, uid};

/// The configuration's groups: name to members. A name is any text without `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// `Group::"<name>"`: the agents in it, each `<trust domain>/<name>`.
    pub agents: BTreeMap<String, Vec<String>>,
    /// `ToolGroup::"<name>"`: the tools in it, each `<server>/<tool>`.
    pub tools: BTreeMap<String, Vec<String>>,
}

/// The same, by member.
#[derive(Debug, Default)]
pub(super) struct Membership {
    agents: HashMap<String, Vec<EntityUid>>,
    tools: HashMap<String, Vec<EntityUid>>,
}

impl Membership {
    /// Turns groups around; adds to `problems` what can't be.
    pub(super) fn new(
        names: &Vocabulary,
        groups: &Groups,
        problems: &mut Vec<PolicyProblem>,
    ) -> Self {
        Self {
            agents: by_member(
                &names.group,
                &groups.agents,
                "<trust domain>/<agent>",
                problems,
            ),
            tools: by_member(
                &names.tool_group,
                &groups.tools,
                "<server>/<tool>",
                problems,
            ),
        }
    }

    /// The groups of the agent with this id.
    pub(super) fn of_agent(&self, id: &str) -> &[EntityUid] {
        self.agents.get(id).map_or(&[], Vec::as_slice)
    }

    /// The groups of the tool with this id.
    pub(super) fn of_tool(&self, id: &str) -> &[EntityUid] {
        self.tools.get(id).map_or(&[], Vec::as_slice)
    }
}

fn by_member(
    type_name: &EntityTypeName,
    groups: &BTreeMap<String, Vec<String>>,
    shape: &str,
    problems: &mut Vec<PolicyProblem>,
) -> HashMap<String, Vec<EntityUid>> {
    let mut problem = |message| {
        problems.push(PolicyProblem {
            kind: ProblemKind::Group,
            message,
            place: None,
        });
    };
    let mut members: HashMap<String, Vec<EntityUid>> = HashMap::new();
    for (name, ids) in groups {
        if name.is_empty() || name.contains('/') {
            problem(format!(
                "group `{name}`: a configured group's name is not empty and has no `/`, which tells it from those that tokens state"
            ));
        }
        for id in ids {
            if !is_scoped(id) {
                problem(format!("group `{name}`: member `{id}` must be `{shape}`"));
            }
            members
                .entry(id.clone())
                .or_default()
                .push(uid(type_name, name));
        }
    }
    members
}

/// Has this id both parts?
pub(super) fn is_scoped(id: &str) -> bool {
    id.split_once('/')
        .is_some_and(|(scope, name)| !scope.is_empty() && !name.is_empty())
}
