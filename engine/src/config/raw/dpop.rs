//! DPoP as people write it.

use serde::Deserialize;

/// What is asked of DPoP proofs.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(in crate::config) struct Dpop {
    /// The signature algorithms that proofs may use, the preferred first; named as an issuer's are. At least one.
    pub algorithms: Vec<String>,
    /// How long after it was made a proof is accepted, 5 to 600.
    pub max_age_seconds: u64,
    /// How far a client's clock may be ahead of ours, 0 to 60.
    pub clock_skew_seconds: u64,
    /// What nonces of the gate are for.
    pub nonce: Nonce,
    /// How often the nonce changes, 10 to 3600. Each is accepted until it has changed twice.
    pub nonce_seconds: u64,
    /// A secret of 32 to 256 characters from which nonces are made, MCP sessions are bound to their callers, and sessions are named at
    /// a rate-limit service, for several gateways that must know each other's. Without one each gateway process has a random one.
    pub nonce_secret: Option<String>,
    /// How many used proofs are remembered, 16384 to 1048576; each takes 20 bytes for as long as it would be accepted. When
    /// no more fit, requests that need one are refused. `docs/replay.md` says what is promised where.
    pub replay_entries: u64,
}

impl Default for Dpop {
    fn default() -> Self {
        Self {
            algorithms: ["ES256", "Ed25519", "EdDSA", "ES384"]
                .map(str::to_owned)
                .to_vec(),
            max_age_seconds: 60,
            clock_skew_seconds: 10,
            nonce: Nonce::Off,
            nonce_seconds: 300,
            nonce_secret: None,
            replay_entries: 131_072,
        }
    }
}

/// What nonces of the gate are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Nonce {
    /// None is handed out, and a `nonce` in a proof is not looked at.
    Off,
    /// One is handed out with every challenge. A proof need not have one, but what it has must be one of them.
    Offered,
    /// A proof without one is refused with the nonce that it needs, so that no proof can be made ahead of time.
    Required,
}
