//! Routes as people write them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::a2a::A2a;
use super::cors::Cors;
use super::declared::{Arguments, Parameters};
use super::warrants::Warrant;

/// One part of what is reachable through the gate: an MCP server, an A2A agent, or operations of a plain HTTP service.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Route {
    /// Its name in records, unique: `A-Z`, `a-z`, `0-9`, `_`, `-` and `.`, at most 64 characters.
    pub name: String,
    /// The host that it is for, without port. Without one it is for every host that no other route names.
    pub host: Option<String>,
    /// Where it is: this path, or with `/*` at the end this path and every path below it. MCP and A2A routes need one; an
    /// A2A agent's methods in HTTP+JSON lie below it; for HTTP routes it is the path that all operations must lie under.
    pub path: Option<String>,
    /// The `aud` that tokens must have here, in place of the issuer's `audiences`.
    pub audience: Option<String>,
    /// The protected resource that it belongs to, as one of `resources` is identified. Without an `audience`, tokens must have
    /// this as `aud`.
    pub resource: Option<String>,
    /// The scopes that every token must have here; challenges name them (RFC 6750, section 3). What a single operation needs
    /// beyond that is policy's to say.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// How the user behind a token must have been authenticated (RFC 9470). Without it that is policy's to say.
    pub authentication: Option<Authentication>,
    /// What becomes of transaction tokens, the field `Txn-Token`.
    #[serde(default)]
    pub transaction_tokens: TransactionTokens,
    /// Which pages in browsers may call it, in place of the whole configuration's `cors`.
    pub cors: Option<Cors>,
    /// Whether every token must be bound to its sender (`cnf`), so that a stolen one is of no use here.
    #[serde(default)]
    pub sender_constrained: bool,
    /// What must be shown about the delegation behind a credential. One that is seen to widen is refused in any case.
    #[serde(default)]
    pub attenuation: Attenuation,
    /// What the claim `authorization_details` of a token does (RFC 9396).
    #[serde(default)]
    pub authorization_details: AuthorizationDetails,
    /// Whether a token must be bound to a mission, by the claim `mission`. Of those that are, the mission must be right in any
    /// case.
    #[serde(default)]
    pub mission: Missions,
    /// Whether a credential must say what the work is: by its mission, or by a purpose, a task or tools that the issuer's `claims`
    /// find.
    #[serde(default)]
    pub intent: Intents,
    /// The scheme, host and port by which clients reach this route, such as `https://api.example`. DPoP proofs must name it.
    /// Without it that is where its `resource` is; without that, the scheme and authority that the gateway sees, which another
    /// proxy in front may change.
    pub origin: Option<String>,
    /// Who may call without a token, by the client certificate alone.
    #[serde(default)]
    pub certificate_callers: CertificateCallers,
    /// What becomes of `warrants`.
    #[serde(default)]
    pub warrant: Warrant,
    /// Whose warrants count here, by the names of `warrants.aat.anchors`. Without it, everybody's.
    #[serde(default)]
    pub warrant_anchors: Vec<String>,
    /// An MCP server is here. Exactly one of `mcp`, `a2a` and `http` is given.
    pub mcp: Option<Mcp>,
    /// An A2A agent is here. Exactly one of `mcp`, `a2a` and `http` is given.
    pub a2a: Option<A2a>,
    /// A plain HTTP service is here. Exactly one of `mcp`, `a2a` and `http` is given.
    pub http: Option<Http>,
}

/// How a user must have been authenticated: at least one of the two.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Authentication {
    /// The values of `acr` of which the token must have one, the preferred first.
    #[serde(default)]
    pub acr_values: Vec<String>,
    /// How long ago it may have been by the token's `auth_time`, 0 to 31536000.
    pub max_age_seconds: Option<u64>,
}

/// What must be shown about a delegation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Attenuation {
    /// One of which it can't be shown that every hop only narrows is left to policy, which sees that.
    #[default]
    UnprovenOk,
    /// Such a delegation is refused. Without `delegation.ceilings`, `act` claims never prove it.
    Proven,
}

/// What the claim `authorization_details` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum AuthorizationDetails {
    /// A token that has it may be used for nothing but what one of its entries grants, before policy is asked. Entries of the
    /// type `mission_resource_access` grant, whose `resource` is the route's `resource` or else its `audience`, and whose
    /// `actions` are MCP tools or HTTP operations.
    #[default]
    Enforce,
    /// It is passed over, for services that judge it themselves.
    Ignore,
}

/// Must a token be bound to a mission?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Missions {
    /// It need not be.
    #[default]
    Optional,
    /// One that isn't is refused.
    Required,
}

/// Must a credential say what the work is?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Intents {
    /// It need not. What it says limits it in any case.
    #[default]
    Optional,
    /// One that doesn't is refused.
    Required,
}

/// What becomes of a transaction token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum TransactionTokens {
    /// It is not read and not passed on, as it must be where callers come from outside of the trust domain.
    #[default]
    Strip,
    /// One that comes must be right, by an issuer of the profile `transaction_token`; it is passed on.
    Accept,
    /// The same, and a request without one is refused.
    Require,
}

/// Who may call by the client certificate alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum CertificateCallers {
    /// Nobody: every request needs a token.
    #[default]
    Refuse,
    /// Workloads of the `client_certificates.trust_domains`, with an X.509-SVID. A token that comes too is what counts.
    X509Svid,
}

/// An MCP server.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Mcp {
    /// Its name in policies: `A-Z`, `a-z`, `0-9`, `_`, `-` and `.`, at most 64 characters.
    pub server: String,
    /// The HTTP status of a denial: 403, or 200 with the denial as JSON-RPC error, for clients that take an HTTP error for a
    /// broken connection. Whatever concerns the credential is 401 in any case.
    #[serde(default = "Mcp::denial_status")]
    pub denial_status: u64,
    /// The revisions of MCP that are accepted, at least one. `2025-03-26` is accepted only where it is named: its requests don't
    /// say which revision they are in, so one that says none would pass as one of it.
    #[serde(default = "Mcp::revisions")]
    pub revisions: Vec<String>,
    /// The values of `Origin` that are accepted, such as `https://app.example`. Requests that have none don't come from a
    /// browser and pass.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Whether lists (`tools/list`, `resources/list`, `resources/templates/list`, `prompts/list`) show a caller only what it could
    /// use. `false` passes them as the server has them, and spares the gateway from holding them.
    #[serde(default = "Mcp::filter_lists")]
    pub filter_lists: bool,
    /// Whether tasks are their caller's alone: a request about a task that no answer gave to its caller is refused, the answer to `tasks/list`
    /// shows no others, and tasks of 2026-07-28 are refused. `false` leaves all that to the server.
    #[serde(default = "Mcp::bind_tasks")]
    pub bind_tasks: bool,
    /// The tools that it has, by their names. Where they are listed, policies and groups that name another are told when the
    /// configuration is loaded; the list itself permits nothing and refuses nothing.
    pub tools: Option<Vec<String>>,
    /// What tools are called with, by the tool's name. The calls of those that are here are checked, and policies whose scope is
    /// `resource == Tool::"<server>/<tool>"` see the arguments by name, as `context.arguments.amount`.
    #[serde(default)]
    pub arguments: BTreeMap<String, Arguments>,
}

impl Mcp {
    const fn denial_status() -> u64 {
        403
    }

    const fn filter_lists() -> bool {
        true
    }

    const fn bind_tasks() -> bool {
        true
    }

    fn revisions() -> Vec<String> {
        let all = crate::operation::McpRevision::USUAL;
        all.iter()
            .map(|revision| revision.name().to_owned())
            .collect()
    }
}

/// A plain HTTP service.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Http {
    /// What may be asked of it. Whatever isn't among them is refused. At least one.
    pub operations: Vec<Operation>,
}

/// An operation of a plain HTTP service.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Operation {
    /// Its name in policies, unique among all routes: `A-Z`, `a-z`, `0-9`, `_`, `-` and `.`, at most 64 characters.
    pub name: String,
    /// What `authorization_details` call it; else its name.
    pub action: Option<String>,
    /// The HTTP method, in upper case.
    pub method: String,
    /// The path, in which `{name}` stands for any one segment, such as `/v1/orders/{id}`.
    pub path: String,
    /// What it is called with. Where it is here, requests are checked, and policies whose scope is `resource == Route::"<name>"`
    /// see the parameters by name, as `context.parameters.query.limit`. Without it the query passes unseen.
    pub parameters: Option<Parameters>,
}
