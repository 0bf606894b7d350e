//! Agents that sign their requests, as people write them.

use serde::Deserialize;

use super::Keys;

/// An agent whose signed requests are accepted without any token (Web Bot Auth).
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct SignatureAgent {
    /// The short name that policies and records use, the trust domain: `a-z`, `0-9` and `-`, at most 64 characters, and no
    /// issuer's.
    pub name: String,
    /// Whom its requests name in `Signature-Agent`, such as `https://bot.example`; the agent's name in policies. Nothing is
    /// fetched from there.
    pub url: String,
    /// Where its public keys come from. A fetched directory stands at
    /// `https://bot.example/.well-known/http-message-signatures-directory`.
    pub keys: Keys,
    /// What its signatures must cover beside `@authority` or `@target-uri`, and `signature-agent` where that is sent: names of
    /// components, such as `@method`, `@path`, `@query` or `content-digest`. A signature can be used again for whatever it
    /// doesn't cover.
    #[serde(default)]
    pub components: Vec<String>,
    /// How old a signature may be, whatever its `expires` says, 5 to 86400.
    #[serde(default = "SignatureAgent::max_age")]
    pub max_age_seconds: u64,
    /// How far its clock and ours may differ, 0 to 300.
    #[serde(default = "SignatureAgent::clock_skew")]
    pub clock_skew_seconds: u64,
}

impl SignatureAgent {
    pub(in crate::config) const fn max_age() -> u64 {
        300
    }

    pub(in crate::config) const fn clock_skew() -> u64 {
        30
    }
}
