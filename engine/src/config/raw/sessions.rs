//! Labels and sessions as people write them.

use serde::Deserialize;

use super::NamedLists;

/// What the operator says about tools, servers and routes, for rules over what comes together. A label is 1 to 64 of the
/// characters `A-Z`, `a-z`, `0-9`, `_`, `-`, `.` and `:`; there are at most 64. One that begins with `reads:` or `sees:` is about
/// what comes back, and a session has touched it once an answer came. Requests about an MCP server's tasks have those of all its tools.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(in crate::config) struct Labels {
    /// Which tools have it, each `SERVER/TOOL`.
    pub tools: NamedLists,
    /// Which MCP servers have it, by their names: all their tools, resources, prompts and tasks, known or not.
    pub servers: NamedLists,
    /// Which A2A agents have it, by their names.
    pub agents: NamedLists,
    /// Which operations of plain HTTP routes have it, by their names.
    pub routes: NamedLists,
}

/// What is remembered of sessions, for policies that look at `context.session`.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Sessions {
    /// What tells sessions apart: the first of these facts that a credential has. A caller that has none is refused what a policy
    /// decides by its session. Whoever can get credentials with and without a fact has several sessions.
    pub by: Vec<SessionFact>,
    /// How long a label counts after the last call that touched it, 3600 to 2592000; the longest answer should be over by then.
    #[serde(default = "Sessions::remember_seconds")]
    pub remember_seconds: u64,
    /// About how many sessions are remembered, 1024 to 1048576. Where there is no room, what would have to be remembered is refused.
    #[serde(default = "Sessions::entries")]
    pub entries: u64,
    /// What calls are counted, at most 16.
    #[serde(default)]
    pub counters: Vec<Counter>,
    /// A service that counts for several gateways together. Without it each gateway process knows what was called through it alone.
    #[serde(default)]
    pub rate_limit_service: Option<RateLimitService>,
}

/// A service that speaks Envoy's rate-limit protocol (`envoy.service.ratelimit.v3.RateLimitService`) over gRPC and answers with
/// one of `statuses` for each descriptor, as envoyproxy/ratelimit does. It is asked once for a call that a policy judges by its
/// session, and once before a permitted call with a label or a counter goes on. It needs `dpop.nonce_secret`, by which sessions are named
/// there.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct RateLimitService {
    /// What the gateway calls the upstream that it is. In Envoy a cluster with HTTP/2, whose TLS settings decide whom to trust.
    pub cluster: String,
    /// The domain of its limits. Gateways with the same one share their sessions.
    #[serde(default = "RateLimitService::domain")]
    pub domain: String,
    /// How long one answer may take, 10 to 5000.
    #[serde(default = "RateLimitService::timeout_ms")]
    pub timeout_ms: u64,
    /// What holds where it gives no answer, in time or for now. Answers that say nothing are refused whatever stands here.
    #[serde(default)]
    pub on_failure: OnFailure,
}

impl RateLimitService {
    fn domain() -> String {
        "bailiwick".to_owned()
    }

    const fn timeout_ms() -> u64 {
        200
    }
}

/// What holds where the rate-limit service gives no answer, or none that can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum OnFailure {
    /// What would have to be known or counted is refused with 503.
    #[default]
    Deny,
    /// The gateway's own memory decides alone: what a session has done at other gateways is not held against it. Records say so.
    Local,
}

impl Sessions {
    const fn remember_seconds() -> u64 {
        86_400
    }

    const fn entries() -> u64 {
        16_384
    }
}

/// A verified fact that tells sessions apart. Sessions of two issuers are never the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum SessionFact {
    /// The mission that a token is bound to, by the claim `mission`.
    Mission,
    /// The task or transaction, by the issuer's `claims.task`.
    Task,
    /// The issuer's own session, by its `claims.session`.
    Session,
    /// The one token, by its `jti`: whoever gets another begins anew. Warrants, signed requests and what a workload gets of its platform
    /// (CI tokens, JWT-SVIDs, WITs) have none that counts.
    Token,
    /// The party at which the chain of delegation begins, whatever agents act for it.
    Root,
}

/// A number of calls that policies can ask for: `context.session.calls.getTag("NAME")`. It counts permitted calls, not
/// initialising, pings, lists and the like. Without `tools` and `labels` it counts all of them.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Counter {
    /// Its name in policies: `A-Z`, `a-z`, `0-9`, `_`, `-` and `.`, at most 64 characters.
    pub name: String,
    /// For how long calls are counted together, from the first of them on, 1 to 2592000. Then it begins with 0.
    pub window_seconds: u64,
    /// Calls of these tools, each `SERVER/TOOL`.
    #[serde(default)]
    pub tools: Vec<String>,
    /// Calls of what has one of these labels.
    #[serde(default)]
    pub labels: Vec<String>,
}
