//! The shape of a configuration as people write it. Nothing here is checked beyond its type; [`super::check`] does that.
//!
//! The comments of fields become the descriptions of the JSON schema and of `docs/configuration.md`. All spans of time are
//! whole seconds, in fields that end in `_seconds`; all sizes are bytes, in fields that end in `_bytes`.

use std::collections::BTreeMap;

use serde::Deserialize;

mod a2a;
mod agent;
mod biscuits;
mod certificates;
mod cors;
mod declared;
mod delegation;
mod dpop;
mod issuer;
mod lifecycle;
mod policies;
mod remote;
mod resource;
mod route;
mod sessions;
mod warrants;

pub(super) use a2a::{A2a, Card, CardAccess};
pub(super) use agent::SignatureAgent;
pub(super) use biscuits::{BiscuitAnchor, BiscuitLimits, Biscuits, Facts, ThirdParty, Unstated};
pub(super) use certificates::{CertificateDomain, ClientCertificates, TrustedHop};
pub(super) use cors::Cors;
pub(super) use declared::{Arguments, Declaration, Kind, Others, Parameters};
pub(super) use delegation::{Ceiling, Delegation, MissionAuthority};
pub(super) use dpop::{Dpop, Nonce};
pub(super) use issuer::{Claims, Issuer, Keys, Profile, Proof};
pub(super) use lifecycle::{Moment, Revocations, Status, StatusCheck, StatusLists};
pub(super) use policies::{Groups, Mode, Policies};
pub(super) use remote::Remote;
pub(super) use resource::Resource;
pub(super) use route::{
    Attenuation, Authentication, AuthorizationDetails, CertificateCallers, Http, Intents, Mcp,
    Missions, Route, TransactionTokens,
};
pub(super) use sessions::{Counter, Labels, OnFailure, RateLimitService, SessionFact, Sessions};
pub(super) use warrants::{Aat, AatProfile, Anchor, Warrant, Warrants};

/// A gate's whole configuration.
#[derive(Debug, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(title = "Bailiwick configuration")
)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(super) struct Config {
    /// The version of this format. There is one: 1.
    pub version: u64,
    /// The issuers whose tokens are accepted. At least one, unless there are `signature_agents`.
    pub issuers: Vec<Issuer>,
    /// Credentials that are void before they expire.
    #[serde(default)]
    pub revocations: Revocations,
    /// The agents that may sign their requests instead of sending a token (RFC 9421).
    #[serde(default)]
    pub signature_agents: Vec<SignatureAgent>,
    /// Where a request's credential is looked for.
    #[serde(default)]
    pub credential: Credential,
    /// Which client certificates say who is calling.
    #[serde(default)]
    pub client_certificates: ClientCertificates,
    /// What is reachable through the gate. A request that no route fits is refused. At least one.
    pub routes: Vec<Route>,
    /// The protected resources that routes belong to, for clients that find out by themselves where to get a token.
    #[serde(default)]
    pub resources: Vec<Resource>,
    /// Which pages in browsers may call the routes that don't say so themselves. Without it, none.
    pub cors: Option<Cors>,
    /// Cedar policies: one text, or a list of named texts. What no policy permits is refused.
    pub policies: Policies,
    /// What comes of what policies refuse.
    #[serde(default)]
    pub mode: Mode,
    /// When `mode: shadow` ends: seconds since 1970, or a timestamp in UTC such as `2026-12-01T00:00:00Z`. Shadow mode needs it;
    /// from then on policies are enforced, and also while it is more than 90 days away.
    pub shadow_until: Option<Moment>,
    /// Groups of agents and of tools that policies may name, beside the groups that tokens state.
    #[serde(default)]
    pub groups: Groups,
    /// What the operator says about tools, servers and routes.
    #[serde(default)]
    pub labels: Labels,
    /// What is remembered of sessions. Policies that look at `context.session` need it.
    pub sessions: Option<Sessions>,
    /// What is asked of DPoP proofs (RFC 9449). Tokens that are bound to a key need one whether this is here or not; where it
    /// is, challenges offer the scheme `DPoP` to everybody.
    pub dpop: Option<Dpop>,
    /// How far authority may be handed on.
    #[serde(default)]
    pub delegation: Delegation,
    /// Authority that is handed on in tokens of its own. Without it, none is read.
    pub warrants: Option<Warrants>,
    /// What a refused client is told.
    #[serde(default)]
    pub errors: Errors,
    /// Bounds on what one request may cost.
    #[serde(default)]
    pub limits: Limits,
}

/// Where a request's credential is looked for. Every request needs one.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(super) struct Credential {
    /// The only header field that is read. `authorization` needs the scheme `Bearer`; in any other field the token may also
    /// stand alone.
    pub header: String,
    /// The longest value of that field that is read, 256 to 65536.
    pub max_bytes: u64,
    /// What an `access_token` in the query does. It is never read.
    pub query_tokens: QueryTokens,
    /// Whether the credential is passed on to the upstream, with its proof; so, too, the signature of a request that is its
    /// sender's credential. A server that gets it could use it elsewhere in the agent's name, so pass it on only to servers
    /// that verify it themselves.
    pub forward: bool,
}

impl Default for Credential {
    fn default() -> Self {
        Self {
            header: "authorization".to_owned(),
            max_bytes: 8192,
            query_tokens: QueryTokens::Refuse,
            forward: false,
        }
    }
}

/// What a token in the query does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(super) enum QueryTokens {
    /// The request is refused (RFC 9700, section 4.3.2).
    Refuse,
    /// The request is judged as if it weren't there, for services that have a parameter of that name.
    Ignore,
}

/// What a refused client is told.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(super) struct Errors {
    /// How much.
    pub detail: Detail,
    /// The protection space that challenges name (RFC 9110, section 11.5).
    pub realm: String,
}

impl Default for Errors {
    fn default() -> Self {
        Self {
            detail: Detail::Explain,
            realm: "bailiwick".to_owned(),
        }
    }
}

/// How much a refused client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(super) enum Detail {
    /// Why, by which policies, and what would help.
    Explain,
    /// The class of error, and the id of the record that has the rest.
    Opaque,
}

/// Bounds on what one request may cost.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(super) struct Limits {
    /// The longest body that is read, 1 to 16777216. The gateway's own buffer limit must not be lower.
    pub body_bytes: u64,
    /// How deep arrays and objects may nest in a body, 2 to 128.
    pub json_depth: u64,
    /// How many array elements and object members a body may have, 8 to 1048576.
    pub json_values: u64,
    /// How many requests may wait for keys and other documents at once in one worker, 0 to 65536; as many more for the rate-limit service.
    pub waiting: u64,
    /// How long a request may wait for keys and other documents, 1 to 60.
    pub key_wait_seconds: u64,
    /// How many verified tokens one worker remembers, 0 to 1000000.
    pub tokens: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 262_144,
            json_depth: 32,
            json_values: 16_384,
            waiting: 128,
            key_wait_seconds: 5,
            tokens: 1024,
        }
    }
}

/// Names, each with a list of members.
pub(super) type NamedLists = BTreeMap<String, Vec<String>>;
