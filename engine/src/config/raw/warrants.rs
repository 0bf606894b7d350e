//! Warrants as people write them.

use serde::Deserialize;
use serde_json::Value;

use super::Biscuits;

/// Authority that comes in tokens of its own, and which of it is believed.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Warrants {
    /// The header field that they are looked for in: `AAT`, a space, and the base64url form of
    /// `{"aat_chain": [...], "aat_pop": "..."}`; or `Biscuit`, a space, and the base64url form of a Biscuit.
    #[serde(default = "Warrants::header")]
    pub header: String,
    /// The name in `params._meta` of MCP calls under which they are looked for, as the JSON object itself; a Biscuit as
    /// `{"biscuit": "..."}`.
    #[serde(default = "Warrants::member")]
    pub meta: String,
    /// Where they are looked for in the JSON bodies of plain HTTP requests, as a JSON Pointer of members, such as `/warrant`, and as
    /// the JSON object itself. Without this, these bodies are not read. Where they are, `limits` bounds them.
    pub body: Option<String>,
    /// Whether they are passed on to the upstream. Else their header field, or the member of the body that they stand in, goes no
    /// further.
    #[serde(default)]
    pub forward: bool,
    /// Chains of Attenuating Agent Tokens.
    #[serde(default)]
    pub aat: Option<Aat>,
    /// Biscuits. On routes that read warrants, one is also taken where other credentials stand: `Authorization: Bearer` or, with
    /// a proof, `Authorization: DPoP`.
    #[serde(default)]
    pub biscuit: Option<Biscuits>,
}

impl Warrants {
    pub(in crate::config) fn header() -> String {
        "agent-authorization".to_owned()
    }

    pub(in crate::config) fn member() -> String {
        "dev.bailiwick/warrant".to_owned()
    }
}

/// How chains of Attenuating Agent Tokens are judged.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Aat {
    /// By which draft.
    pub profile: AatProfile,
    /// Whose root tokens count. At least one.
    pub anchors: Vec<Anchor>,
    /// The algorithms that are accepted: `Ed25519`, which has to be among them, `ES256`, `PS256` and others.
    #[serde(default = "Aat::algorithms")]
    pub algorithms: Vec<String>,
    /// What tokens and proofs may call this gate, compared byte by byte.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// Whether a chain is refused in which no token names one of `audiences`. Without it, a chain that another service accepts,
    /// too, is worth something here.
    #[serde(default = "Aat::audience_required")]
    pub audience_required: bool,
    /// Whether a proof is refused that doesn't name one of `audiences`.
    #[serde(default)]
    pub proof_audience_required: bool,
    /// How far a proof's time and ours may differ, 1 to 60.
    #[serde(default = "Aat::proof_window")]
    pub proof_window_seconds: u64,
    /// How long a token may last, 1 to 31536000.
    #[serde(default = "Aat::max_lifetime")]
    pub max_lifetime_seconds: u64,
    /// How many tokens may follow the root, 8 to 32.
    #[serde(default = "Aat::max_depth")]
    pub max_depth: u64,
}

impl Aat {
    fn algorithms() -> Vec<String> {
        vec!["Ed25519".to_owned()]
    }

    const fn audience_required() -> bool {
        true
    }

    pub(in crate::config) const fn proof_window() -> u64 {
        30
    }

    pub(in crate::config) const fn max_lifetime() -> u64 {
        7_776_000
    }

    pub(in crate::config) const fn max_depth() -> u64 {
        8
    }
}

/// The draft that chains follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub(in crate::config) enum AatProfile {
    /// draft-niyikiza-oauth-attenuating-agent-tokens-02
    #[serde(rename = "aat-02")]
    Aat02,
}

/// Somebody whose root tokens count.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Anchor {
    /// The short name that policies and records use, the trust domain: `a-z`, `0-9` and `-`, at most 64 characters, and no
    /// issuer's.
    pub name: String,
    /// The `iss` of the root tokens, a URI.
    pub issuer: String,
    /// The public keys, as a JWK set.
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Map<String, Value>"))]
    pub keys: Value,
}

/// What a route asks of warrants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Warrant {
    /// They are not read.
    #[default]
    Ignore,
    /// One that comes has to allow the call. Whoever sends no other credential is the holder of its last key.
    Accept,
    /// The same, and whatever does not belong to any use of an MCP server, as its lists and sessions do, is refused without one.
    Require,
}
