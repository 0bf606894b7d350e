//! Delegation as people write it.

use serde::Deserialize;

/// How far authority may be handed on.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(in crate::config) struct Delegation {
    /// How many actors a chain may name besides its root, 1 to 32. A longer chain is refused, never cut short.
    pub max_depth: u64,
    /// What agents may never exceed, whatever tokens they are named in. A token whose actors all have a ceiling, and that is
    /// within each, is `proven` to only narrow.
    pub ceilings: Vec<Ceiling>,
    /// Which arguments of calls the constraints of `authorization_details` are about. An entry with a constraint whose argument
    /// isn't named grants nothing.
    pub constraint_arguments: ConstraintArguments,
    /// What `authority_hash` of a token's `mission` may be.
    pub mission_authority: MissionAuthority,
}

impl Default for Delegation {
    fn default() -> Self {
        Self {
            max_depth: 8,
            ceilings: Vec::new(),
            constraint_arguments: ConstraintArguments::default(),
            mission_authority: MissionAuthority::Whole,
        }
    }
}

/// The names of arguments, at the top of a tool's arguments or among a path's parameters.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(in crate::config) struct ConstraintArguments {
    /// The amount that `max_amount` bounds, a number.
    pub amount: Option<String>,
    /// The currency that goes with it, a text.
    pub currency: Option<String>,
    /// What `tenant` names, a text.
    pub tenant: Option<String>,
    /// What `data_classification` names, a text.
    pub data_classification: Option<String>,
}

/// What `authority_hash` of a token's `mission` may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum MissionAuthority {
    /// The hash of the token's own `authorization_details`; with any other the token is refused.
    #[default]
    Whole,
    /// Also another one, for authorization servers that put only a part of the mission's authority into a token. Nothing shows
    /// then that it is a part; policies see the difference.
    PartOk,
}

/// What one party may do at most. It holds wherever the party stands in the delegation, also as its subject. What isn't listed
/// is unlimited: at least one list is needed.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Ceiling {
    /// Whose ceiling it is.
    pub actor: Actor,
    /// The scopes that a token may have in which it is named. A token with another one is refused.
    pub scopes: Option<Vec<String>>,
    /// The tools that may be called with such a token, each `SERVER/TOOL`.
    pub tools: Option<Vec<String>>,
    /// The operations of plain HTTP services that may be asked for with such a token, by their names.
    pub operations: Option<Vec<String>>,
}

/// A party of a delegation.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Actor {
    /// The `iss` of the actor; where it has none, that is the token's.
    pub issuer: String,
    /// The `sub` of the actor.
    pub subject: String,
}
