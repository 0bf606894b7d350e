//! What a configuration has besides its policies, as far as policies can name it.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::declared::Declared;

/// Names that exist; `None` for what isn't known, and then nothing is said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The trust domains: short names of issuers, signature agents and the like.
    pub trust_domains: Option<BTreeSet<String>>,
    /// The values of `iss` that tokens can have.
    pub issuers: Option<BTreeSet<String>>,
    /// The MCP servers, each with its tools where the configuration lists them.
    pub servers: Option<BTreeMap<String, Option<BTreeSet<String>>>>,
    /// The labels that anything has.
    pub labels: Option<BTreeSet<String>>,
    /// What is counted of sessions.
    pub counters: Option<BTreeSet<String>>,
    /// The A2A agents.
    pub agents: Option<BTreeSet<String>>,
    /// The operations of plain HTTP routes.
    pub routes: Option<BTreeSet<String>>,
    /// The scopes of all protected resources, where every route has one that lists them.
    pub scopes: Option<BTreeSet<String>>,
    /// What calls are declared to have.
    pub declared: Declared,
}
