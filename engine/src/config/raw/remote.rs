//! Documents to be fetched, as people write them.

use serde::Deserialize;

/// A document that is fetched.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Remote {
    /// Where it stands: an `https` URL. With `http` anybody on the way could replace it.
    pub url: String,
    /// What the gateway calls the upstream that serves it. In Envoy a cluster, whose TLS settings decide whom to trust.
    pub cluster: String,
    /// How long one fetch may take, 1 to 30.
    #[serde(default = "Remote::timeout")]
    pub timeout_seconds: u64,
    /// After how long it is fetched anew, 30 to 86400.
    #[serde(default = "Remote::refresh")]
    pub refresh_seconds: u64,
    /// How much longer what came last is used if that fails, 0 to 604800.
    #[serde(default = "Remote::grace")]
    pub grace_seconds: u64,
    /// How often at most something unknown, such as a key's name, causes a fetch, 1 to 3600.
    #[serde(default = "Remote::min_interval")]
    pub min_interval_seconds: u64,
}

impl Remote {
    pub(super) const fn timeout() -> u64 {
        5
    }

    pub(super) const fn refresh() -> u64 {
        300
    }

    pub(in crate::config) const fn grace() -> u64 {
        3600
    }

    pub(super) const fn min_interval() -> u64 {
        10
    }
}
