//! Biscuits as people write them.

use serde::Deserialize;

use crate::delegation::biscuit::limits::Limits;

/// Whose Biscuits (version 3) are believed, and how they are read.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Biscuits {
    /// Whose tokens count. At least one.
    pub anchors: Vec<BiscuitAnchor>,
    /// Whose blocks are taken beside the holders' own. A block that anybody else signed has the token refused.
    #[serde(default)]
    pub third_parties: Vec<ThirdParty>,
    /// The facts of the authority block that have a meaning here.
    #[serde(default)]
    pub facts: Facts,
    /// What a token is good for that grants nothing by name.
    #[serde(default)]
    pub unstated: Unstated,
    /// Whether a token is refused of whose end nothing is known: that has no `check if time($t), $t < ...` in a form that is
    /// understood.
    #[serde(default = "Biscuits::expiry_required")]
    pub expiry_required: bool,
    /// Whether those whom `user` facts name are people, so that policies see `context.delegation.human`.
    #[serde(default)]
    pub users_are_people: bool,
    /// How large and costly one token may be.
    #[serde(default)]
    pub limits: BiscuitLimits,
}

impl Biscuits {
    const fn expiry_required() -> bool {
        true
    }
}

/// Somebody whose Biscuits count.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct BiscuitAnchor {
    /// The short name that policies and records use, the trust domain: `a-z`, `0-9` and `-`, at most 64 characters, and no
    /// issuer's.
    pub name: String,
    /// By what identifier records and deny-lists call whoever issues them, a URI. No Biscuit says it.
    pub issuer: String,
    /// The root keys. No two have one id, whoever they are of: a token doesn't say whose it is.
    pub keys: Vec<RootKey>,
}

/// A root key.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct RootKey {
    /// The `root_key_id` of tokens that are issued with it. Without one, it is for tokens that name none; there can be one such
    /// key.
    #[serde(default)]
    pub id: Option<u32>,
    /// The public key: `ed25519/` or `secp256r1/` and its bytes in hexadecimal.
    pub key: String,
}

/// Somebody whose blocks are taken.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct ThirdParty {
    /// What policies and records call it.
    pub name: String,
    /// Its public key: `ed25519/` or `secp256r1/` and its bytes in hexadecimal.
    pub key: String,
}

/// The names of facts in the authority block.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(in crate::config) struct Facts {
    /// `tool(name)`: the tool may be called.
    pub tool: String,
    /// `right(resource, action)`: the action may be done to the resource, both as policies name them.
    pub right: String,
    /// `scope(name)`: the scope may be used.
    pub scope: String,
    /// `user(name)`: on whose behalf.
    pub user: String,
    /// `agent(name)`: who acts.
    pub agent: String,
    /// `holder(thumbprint)`: the key that has to be proven, by `jkt` of a DPoP key or `x5t#S256` of a certificate.
    pub holder: String,
    /// `audience(name)`: who accepts the token.
    pub audience: String,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            tool: "tool".to_owned(),
            right: "right".to_owned(),
            scope: "scope".to_owned(),
            user: "user".to_owned(),
            agent: "agent".to_owned(),
            holder: "holder".to_owned(),
            audience: "audience".to_owned(),
        }
    }
}

/// What a token is good for that grants nothing by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Unstated {
    /// Nothing.
    #[default]
    Nothing,
    /// Whatever its checks and policy let pass.
    Everything,
}

/// Limits that hold for all blocks of a token together: everybody who holds one can add some.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(in crate::config) struct BiscuitLimits {
    /// Bytes of the token before it is encoded, 256 to 49152. What `credential.max_bytes` allows is less by default.
    pub bytes: u64,
    /// Blocks, the authority block included, 1 to 33.
    pub blocks: u64,
    /// Keys whose facts blocks trust, 0 to 64.
    pub keys: u64,
    /// Texts that blocks declare, 16 to 4096.
    pub symbols: u64,
    /// Values, variables and operations, 64 to 16384.
    pub terms: u64,
    /// Bytes of all blocks as source, 1024 to 262144.
    pub source_bytes: u64,
    /// Facts: stated, derived and about the call, 16 to 4096.
    pub facts: u64,
    /// Rounds in which rules derive facts from facts, 1 to 1024.
    pub rounds: u64,
    /// Steps that judging one call can take, 10000 to 100000000. A million are some milliseconds.
    pub steps: u64,
}

impl Default for BiscuitLimits {
    fn default() -> Self {
        let Limits {
            bytes,
            blocks,
            keys,
            symbols,
            terms,
            source,
            facts,
            rounds,
            steps,
        } = Limits::default();
        let number = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        Self {
            bytes: number(bytes),
            blocks: number(blocks),
            keys: number(keys),
            symbols: number(symbols),
            terms: number(terms),
            source_bytes: number(source),
            facts: number(facts),
            rounds: number(rounds),
            steps,
        }
    }
}
