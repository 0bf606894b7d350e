//! A2A agents as people write them.

use serde::Deserialize;

/// An A2A agent, at the route's `path`.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct A2a {
    /// Its name in policies: `A-Z`, `a-z`, `0-9`, `_`, `-` and `.`, at most 64 characters.
    pub agent: String,
    /// What is spoken: `JSONRPC` at the `path` itself, `HTTP+JSON` below it. `GRPC` is not understood.
    #[serde(default = "A2a::bindings")]
    pub bindings: Vec<String>,
    /// The versions of A2A that are accepted, at least one. A request that states none speaks `0.3`.
    #[serde(default = "A2a::versions")]
    pub versions: Vec<String>,
    /// Where its card can be read, and by whom. Without it, nowhere on this route.
    pub card: Option<Card>,
    /// The HTTP status of a denial in `JSONRPC`: 403, or 200 with the denial as JSON-RPC error, for clients that don't look at the
    /// body of an HTTP error. Whatever concerns the credential is 401 in any case.
    #[serde(default = "A2a::denial_status")]
    pub denial_status: u64,
    /// Whether tasks and contexts are their caller's alone: a request about one that no answer gave to its caller is refused, and lists
    /// of tasks show no others. `false` leaves that to the agent.
    #[serde(default = "A2a::bind_tasks")]
    pub bind_tasks: bool,
}

/// An agent's card.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Card {
    /// The paths of the card on the route's host. `agent.json` is where it stood before 0.3.
    #[serde(default = "Card::paths")]
    pub paths: Vec<String>,
    /// Who may read it.
    #[serde(default)]
    pub access: CardAccess,
}

/// Who may read an agent's card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum CardAccess {
    /// Whom policy permits `get_agent_card`.
    #[default]
    Policy,
    /// Everybody, without a credential: it is forwarded without one, and recorded.
    Public,
}

impl A2a {
    fn bindings() -> Vec<String> {
        vec!["JSONRPC".to_owned(), "HTTP+JSON".to_owned()]
    }

    fn versions() -> Vec<String> {
        let all = crate::operation::A2aVersion::ALL;
        all.iter()
            .map(|version| version.name().to_owned())
            .collect()
    }

    const fn denial_status() -> u64 {
        403
    }

    const fn bind_tasks() -> bool {
        true
    }
}

impl Card {
    fn paths() -> Vec<String> {
        let paths = ["/.well-known/agent-card.json", "/.well-known/agent.json"];
        paths.map(str::to_owned).to_vec()
    }
}
