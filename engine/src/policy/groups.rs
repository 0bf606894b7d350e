//! Groups and labels that stand in the configuration, as opposed to groups that tokens state.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cedar_policy::{EntityTypeName, EntityUid};

use super::labels::{Labels, is_of_answer};
use super::load_error::{PolicyProblem, ProblemKind};
use super::vocabulary::{Vocabulary, uid};

/// The configuration's groups, name to members, and its labels. A group's name is any text without `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// `Group::"<name>"`: the agents in it, each `<trust domain>/<name>`.
    pub agents: BTreeMap<String, Vec<String>>,
    /// `ToolGroup::"<name>"`: the tools in it, each `<server>/<tool>`.
    pub tools: BTreeMap<String, Vec<String>>,
    /// `Label::"<name>"`: what has it.
    pub labels: Labels,
}

/// The same, by member.
#[derive(Debug, Default)]
pub(super) struct Membership {
    agents: HashMap<String, Vec<EntityUid>>,
    tools: HashMap<String, Vec<EntityUid>>,
    servers: HashMap<String, Vec<EntityUid>>,
    answers: HashMap<String, Vec<EntityUid>>,
    agents_behind: HashMap<String, Vec<EntityUid>>,
    routes: HashMap<String, Vec<EntityUid>>,
}

impl Membership {
    /// Turns groups and labels around; adds to `problems` what can't be.
    pub(super) fn new(
        names: &Vocabulary,
        groups: &Groups,
        problems: &mut Vec<PolicyProblem>,
    ) -> Self {
        let labels = &groups.labels;
        labels.check(problems);
        for name in groups.agents.keys().chain(groups.tools.keys()) {
            if name.is_empty() || name.contains('/') {
                problems.push(problem(format!(
                    "group `{name}`: a configured group's name is not empty and has no `/`, which tells it from those that tokens state"
                )));
            }
        }
        for (all, shape) in [
            (&groups.agents, "<trust domain>/<agent>"),
            (&groups.tools, "<server>/<tool>"),
            (&labels.tools, "<server>/<tool>"),
        ] {
            problems.extend(all.iter().flat_map(|(name, ids)| {
                let wrong = ids.iter().filter(|id| !is_scoped(id));
                wrong.map(move |id| {
                    problem(format!("group `{name}`: member `{id}` must be `{shape}`"))
                })
            }));
        }
        let mut membership = Self::default();
        turn(&mut membership.agents, &names.group, &groups.agents);
        turn(&mut membership.tools, &names.tool_group, &groups.tools);
        turn(&mut membership.tools, &names.label, &labels.tools);
        turn(&mut membership.servers, &names.label, &labels.servers);
        let answers = labels.tools.iter().filter(|(label, _)| is_of_answer(label));
        let answers = answers.map(|(label, tools)| (label.clone(), servers_of(tools)));
        turn(&mut membership.answers, &names.label, &answers.collect());
        turn(&mut membership.agents_behind, &names.label, &labels.agents);
        turn(&mut membership.routes, &names.label, &labels.routes);
        membership
    }

    /// The groups of the agent with this id.
    pub(super) fn of_agent(&self, id: &str) -> &[EntityUid] {
        self.agents.get(id).map_or(&[], Vec::as_slice)
    }

    /// The groups and the labels of the tool with this id, those of its server aside.
    pub(super) fn of_tool(&self, id: &str) -> &[EntityUid] {
        self.tools.get(id).map_or(&[], Vec::as_slice)
    }

    /// The labels of all that is asked of a server.
    pub(super) fn of_server(&self, name: &str) -> &[EntityUid] {
        self.servers.get(name).map_or(&[], Vec::as_slice)
    }

    /// The labels that any tool of a server has for what comes back of it: a task may bring the same.
    pub(super) fn of_answers(&self, server: &str) -> &[EntityUid] {
        self.answers.get(server).map_or(&[], Vec::as_slice)
    }

    /// The labels of an A2A agent.
    pub(super) fn of_behind(&self, name: &str) -> &[EntityUid] {
        self.agents_behind.get(name).map_or(&[], Vec::as_slice)
    }

    /// The labels of an HTTP operation.
    pub(super) fn of_route(&self, name: &str) -> &[EntityUid] {
        self.routes.get(name).map_or(&[], Vec::as_slice)
    }
}

fn problem(message: String) -> PolicyProblem {
    PolicyProblem {
        kind: ProblemKind::Group,
        message,
        place: None,
    }
}

fn turn(
    members: &mut HashMap<String, Vec<EntityUid>>,
    type_name: &EntityTypeName,
    groups: &BTreeMap<String, Vec<String>>,
) {
    for (name, ids) in groups {
        for id in ids {
            let of = members.entry(id.clone()).or_default();
            of.push(uid(type_name, name));
        }
    }
}

/// The servers of these tools, each once.
fn servers_of(tools: &[String]) -> Vec<String> {
    let servers = tools.iter().filter_map(|id| id.split_once('/'));
    let servers: BTreeSet<_> = servers.map(|(server, _)| server.to_owned()).collect();
    servers.into_iter().collect()
}

/// Has this id both parts?
pub(super) fn is_scoped(id: &str) -> bool {
    id.split_once('/')
        .is_some_and(|(scope, name)| !scope.is_empty() && !name.is_empty())
}
