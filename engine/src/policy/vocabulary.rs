//! The names of `policies/bailiwick.cedarschema`, and how ids are made.
//!
//! Ids come from outside: tool names, subjects and groups may hold any character. So they are always made of their parts
//! and never parsed from text.

use std::str::FromStr as _;

use cedar_policy::{EntityId, EntityTypeName, EntityUid};

use crate::operation::Action;

/// The shipped schema.
pub const SCHEMA: &str = include_str!("../../../policies/bailiwick.cedarschema");

/// The types of which a request has its own, and how policies reach it: what stands there by its type and id alone is no
/// longer seen to differ from request to request.
const REACHED: [(&str, &str); 10] = [
    ("Token", "context.token"),
    ("Caller", "context.caller"),
    ("Delegation", "context.delegation"),
    ("Mission", "context.mission"),
    ("Grants", "context.grants"),
    ("Session", "context.session"),
    ("Calls", "context.session"),
    ("Intent", "context.intent"),
    ("Arguments", "context.arguments"),
    ("Parameters", "context.parameters"),
];

/// How policies reach what is of the type of this name, where a request has its own.
pub(super) fn reached(kind: &str) -> Option<&'static str> {
    let mut all = REACHED.iter();
    all.find_map(|(name, path)| (*name == kind).then_some(*path))
}

/// Every type and action, ready for use.
#[derive(Debug)]
pub(super) struct Vocabulary {
    pub(super) trust_domain: EntityTypeName,
    pub(super) group: EntityTypeName,
    pub(super) agent: EntityTypeName,
    pub(super) user: EntityTypeName,
    pub(super) server: EntityTypeName,
    pub(super) tool_group: EntityTypeName,
    pub(super) label: EntityTypeName,
    pub(super) tool: EntityTypeName,
    pub(super) mcp_resource: EntityTypeName,
    pub(super) prompt: EntityTypeName,
    pub(super) a2a_agent: EntityTypeName,
    pub(super) route: EntityTypeName,
    /// The one token of a request.
    pub(super) token: EntityUid,
    /// What is known of who calls, beside its token.
    pub(super) caller: EntityUid,
    /// The delegation of a request's credential.
    pub(super) delegation: EntityUid,
    /// That of its warrant.
    pub(super) warrant: EntityUid,
    /// The one mission of a request.
    pub(super) mission: EntityUid,
    /// What a credential can reach.
    pub(super) grants: EntityUid,
    /// What the session of a request has done.
    pub(super) session: EntityUid,
    /// How often it has called what.
    pub(super) calls: EntityUid,
    /// What the work of a request is.
    pub(super) intent: EntityUid,
    /// The arguments of a request.
    pub(super) arguments: EntityUid,
    /// The path parameters of a request.
    pub(super) parameters: EntityUid,
    /// Each action's uid, in the order of [`Action::ALL`].
    actions: [EntityUid; Action::ALL.len()],
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        // Where there is one of a kind, its id is this.
        let only = |name| uid(&type_name(name), "this");
        let action_type = type_name("Action");
        Self {
            trust_domain: type_name("TrustDomain"),
            group: type_name("Group"),
            agent: type_name("Agent"),
            user: type_name("User"),
            server: type_name("Server"),
            tool_group: type_name("ToolGroup"),
            label: type_name("Label"),
            tool: type_name("Tool"),
            mcp_resource: type_name("McpResource"),
            prompt: type_name("Prompt"),
            a2a_agent: type_name("A2aAgent"),
            route: type_name("Route"),
            token: only("Token"),
            caller: only("Caller"),
            delegation: only("Delegation"),
            warrant: uid(&type_name("Delegation"), "warrant"),
            mission: only("Mission"),
            grants: only("Grants"),
            session: only("Session"),
            calls: only("Calls"),
            intent: only("Intent"),
            arguments: only("Arguments"),
            parameters: only("Parameters"),
            actions: Action::ALL.map(|action| uid(&action_type, action.name())),
        }
    }

    /// The action of the same name.
    #[expect(
        clippy::indexing_slicing,
        reason = "`ALL` has every action at the place of its discriminant, which a test shows"
    )]
    pub(super) const fn action(&self, action: Action) -> &EntityUid {
        &self.actions[action as usize]
    }
}

/// An entity's uid, whatever characters its id has.
pub(super) fn uid(type_name: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name.clone(), EntityId::new(id))
}

/// The id of something named `name` within `scope`: `<scope>/<name>`, unambiguous for any two texts, since a `/` or `%` in
/// the scope is percent-encoded.
pub(super) fn scoped(scope: &str, name: &str) -> String {
    let mut id = String::with_capacity(scope.len().saturating_add(name.len()).saturating_add(1));
    for c in scope.chars() {
        match c {
            '%' => id.push_str("%25"),
            '/' => id.push_str("%2F"),
            c => id.push(c),
        }
    }
    id.push('/');
    id.push_str(name);
    id
}

#[expect(
    clippy::expect_used,
    reason = "called with the literals above only, at load, and every one is tested"
)]
fn type_name(name: &str) -> EntityTypeName {
    EntityTypeName::from_str(name).expect("an identifier")
}

#[cfg(test)]
mod tests {
    use cedar_policy::Schema;

    use super::{REACHED, SCHEMA, Vocabulary, scoped};
    use crate::operation::Action;

    #[test]
    fn the_shipped_schema_has_every_name_and_no_warning() {
        let (schema, warnings) = Schema::from_cedarschema_str(SCHEMA).unwrap();
        assert_eq!(warnings.map(|w| w.to_string()).collect::<Vec<_>>(), [""; 0]);

        let names = Vocabulary::new();
        let types: Vec<_> = schema.entity_types().collect();
        for name in [
            &names.trust_domain,
            &names.group,
            &names.agent,
            &names.user,
            &names.server,
            &names.tool_group,
            &names.label,
            &names.tool,
            &names.mcp_resource,
            &names.prompt,
            &names.a2a_agent,
            &names.route,
            names.token.type_name(),
            names.caller.type_name(),
            names.delegation.type_name(),
            names.mission.type_name(),
            names.grants.type_name(),
            names.session.type_name(),
            names.calls.type_name(),
            names.intent.type_name(),
            names.arguments.type_name(),
            names.parameters.type_name(),
        ] {
            assert!(types.contains(&name), "{name}");
        }
        for (name, _) in REACHED {
            assert!(types.iter().any(|of| of.to_string() == name), "{name}");
        }

        let actions: Vec<_> = schema.actions().collect();
        for (place, action) in Action::ALL.into_iter().enumerate() {
            assert_eq!(action as usize, place, "{action:?}");
            assert!(actions.contains(&names.action(action)), "{action:?}");
        }
    }

    #[test]
    fn two_pairs_never_make_one_id() {
        for (name, scope, local, id) in [
            ("the plain case", "corp", "bot", "corp/bot"),
            ("a slash in the name stays", "corp", "a/b", "corp/a/b"),
            (
                "a slash in the scope is encoded",
                "corp/a",
                "b",
                "corp%2Fa/b",
            ),
            ("so is the mark", "corp%2Fa", "b", "corp%252Fa/b"),
            ("anything goes", "", "\0\"\n", "/\0\"\n"),
        ] {
            assert_eq!(scoped(scope, local), id, "{name}");
        }
    }
}
