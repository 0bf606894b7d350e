//! When credentials end before they expire, as people write it.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::Remote;

/// A moment: seconds since 1970, or a timestamp in UTC such as `2026-11-24T05:46:02Z`.
#[derive(Debug)]
pub(in crate::config) enum Moment {
    /// Seconds since 1970.
    Seconds(u64),
    /// A timestamp (RFC 3339).
    Timestamp(String),
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SecondsOrTimestamp;

        impl Visitor<'_> for SecondsOrTimestamp {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("seconds since 1970, or a timestamp such as `2026-11-24T05:46:02Z`")
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Moment, E> {
                Ok(Moment::Seconds(seconds))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
                Ok(Moment::Timestamp(text.to_owned()))
            }
        }

        deserializer.deserialize_any(SecondsOrTimestamp)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "format": "date-time" }]
        })
    }
}

/// Where the status of an issuer's tokens is published (Token Status List, draft-ietf-oauth-status-list-21, as JWT).
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(in crate::config) struct Status {
    /// Of which tokens it is looked up.
    pub check: StatusCheck,
    /// Where status lists stand. A token chooses among these places only. They are signed with the issuer's keys.
    pub lists: Vec<StatusLists>,
    /// The longest list that is read, inflated, 64 to 16777216. A list of a million tokens of one bit each has 125000 bytes.
    pub max_list_bytes: u64,
}

impl Default for Status {
    fn default() -> Self {
        Self {
            check: StatusCheck::Present,
            lists: Vec::new(),
            max_list_bytes: 1 << 20,
        }
    }
}

/// Of which tokens the status is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum StatusCheck {
    /// Of those that say where it is published. One that names another list than those here is refused.
    Present,
    /// Of all: a token that does not say where is refused.
    Required,
    /// Of none: revoked tokens are accepted until they expire.
    Ignore,
}

/// A place where status lists stand. Either `url` or `url_prefix`.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct StatusLists {
    /// The one list's address, exactly as tokens have it in `uri`: an `https` URL.
    pub url: Option<String>,
    /// What the addresses begin with, up to a `/`. A list is fetched when a token names it.
    pub url_prefix: Option<String>,
    /// What the gateway calls the upstream that serves them.
    pub cluster: String,
    /// How many lists under the prefix are kept at once, 1 to 256.
    #[serde(default = "StatusLists::kept")]
    pub kept: u64,
    /// How long one fetch may take, 1 to 30.
    #[serde(default = "Remote::timeout")]
    pub timeout_seconds: u64,
    /// The longest time after which a list is fetched anew, whatever its `ttl`, 5 to 86400.
    #[serde(default = "Remote::refresh")]
    pub refresh_seconds: u64,
    /// The shortest such time, 1 to 3600.
    #[serde(default = "StatusLists::min_refresh")]
    pub min_refresh_seconds: u64,
    /// How much longer a list is used if that fails, 0 to 604800. Never longer than its `exp`.
    #[serde(default = "StatusLists::grace")]
    pub grace_seconds: u64,
    /// How often at most a list that has expired or can't be believed is fetched again, 1 to 3600.
    #[serde(default = "Remote::min_interval")]
    pub min_interval_seconds: u64,
}

impl StatusLists {
    const fn kept() -> u64 {
        16
    }

    const fn min_refresh() -> u64 {
        5
    }

    pub(in crate::config) const fn grace() -> u64 {
        60
    }
}

/// Credentials that are void before they expire, whatever their issuer says: one deny-list here, and another that is fetched.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(in crate::config) struct Revocations {
    /// A deny-list: an object with any of `tokens` (`issuer`, `jti`), `subjects` (`issuer`, `subject`; whoever acted on the way
    /// counts too), `agents` (`agent`, as policies name it), `keys` (`thumbprint`: `jkt` or `x5t#S256`), `credentials` (`digest`,
    /// as in records) and `issuers` (`issuer`), each a list of objects with these members. Each may also have `until`, after
    /// which it no longer counts, `issued_before`, so that later tokens pass, and a `note`.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")
    )]
    pub inline: Option<serde_json::Value>,
    /// A deny-list of the same form that is fetched, of at most 100000 entries and 16 MiB.
    pub remote: Option<Remote>,
    /// Whether nobody is let through as long as the fetched list can't be had, its grace included.
    pub required: bool,
}

impl Default for Revocations {
    fn default() -> Self {
        Self {
            inline: None,
            remote: None,
            required: true,
        }
    }
}
