//! Issuers as people write them.

use serde::Deserialize;

use super::{Moment, NamedLists, Remote, Status};
use crate::identity::issuer::ClaimNames;

/// An issuer whose tokens are accepted.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Issuer {
    /// The short name that policies and records use, the trust domain: `a-z`, `0-9` and `-`, at most 64 characters.
    pub name: String,
    /// The exact value of the `iss` claim. For `jwt_svid` and `wit` the name of the trust domain, such as `prod.acme.example`, since
    /// the SPIFFE ID in `sub` says whose token it is.
    pub issuer: String,
    /// The rules for the shape of its tokens.
    #[serde(default)]
    pub profile: Profile,
    /// The values of `aud` that mean this service, compared exactly. May be empty only if every route has an `audience`.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// The signature algorithms that it uses: `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384`, `Ed25519`,
    /// `EdDSA`. At least one.
    pub algorithms: Vec<String>,
    /// Where its keys come from.
    pub keys: Keys,
    /// How far its clock and ours may differ, 0 to 300.
    #[serde(default = "Issuer::clock_skew")]
    pub clock_skew_seconds: u64,
    /// The longest time that its tokens may be valid for, 60 to 2592000.
    #[serde(default = "Issuer::max_lifetime")]
    pub max_lifetime_seconds: u64,
    /// How old its tokens may be, 1 to 2592000. They need `iat` then.
    pub max_age_seconds: Option<u64>,
    /// Its tokens from before this moment are void: seconds since 1970, or a timestamp in UTC such as
    /// `2026-11-24T05:46:02Z`. They need `iat` then.
    pub not_issued_before: Option<Moment>,
    /// Where its tokens' status is published.
    #[serde(default)]
    pub status: Status,
    /// Whether every token of its must be bound to its sender (`cnf`), so that a stolen one is of no use.
    #[serde(default)]
    pub sender_constrained: bool,
    /// Which claims say what. Of workload identities only scopes, groups, client, task, session, purpose and tools; the agent is the
    /// `sub`.
    #[serde(default)]
    pub claims: Claims,
    /// Only for `wit`, and needed there: how workloads prove that they hold the key of their identity token. Drafts differ, so
    /// it is named by revision.
    pub proof: Option<Proof>,
    /// Only for `ci`, and needed there: which claims say what about the job, each a list of names like those of `claims`.
    /// Known are `repository` (needed), `repository_id`, `owner`, `owner_id`, `ref`, `ref_type`, `ref_protected`, `commit`,
    /// `environment`, `workflow`, `job_workflow`, `run`, `run_attempt`, `job`, `event` and `actor`.
    pub ci: Option<NamedLists>,
}

impl Issuer {
    pub(in crate::config) const fn clock_skew() -> u64 {
        30
    }

    pub(in crate::config) const fn max_lifetime() -> u64 {
        3600
    }
}

/// The rules for the shape of an issuer's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Profile {
    /// OAuth access tokens as of RFC 9068, whose `typ` is `at+jwt`.
    #[default]
    Rfc9068,
    /// JWTs without a type of their own. An issuer's ID tokens look the same, so its audiences must tell them apart.
    Jwt,
    /// JWT-SVIDs of one SPIFFE trust domain. The keys are its bundle, of which only those with `use: jwt-svid` count.
    JwtSvid,
    /// Workload Identity Tokens of one WIMSE trust domain, which come in `Workload-Identity-Token` with a proof as
    /// `Authorization: WPT`. They have no audience. Of keys with a `use` those with `sig` and `wit-svid` count.
    Wit,
    /// Transaction tokens, whose `audiences` is the trust domain. They are no credentials: routes whose `transaction_tokens` say
    /// so take them beside one.
    TransactionToken,
    /// The ID tokens of GitHub Actions' jobs, whose issuer is `https://token.actions.githubusercontent.com`. Any repository
    /// gets them with any audience: policies have to look at `context.caller.ci`.
    GithubActions,
    /// The ID tokens of GitLab's CI/CD jobs, whose issuer is the address of the GitLab instance. Policies have to look at
    /// `context.caller.ci`.
    Gitlab,
    /// Tokens of another CI system's jobs, whose claims `ci` names.
    Ci,
}

/// How a workload proves that it holds its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
pub(in crate::config) enum Proof {
    /// By a Workload Proof Token as of draft-ietf-wimse-wpt-02, at most five minutes ahead of its expiry.
    #[serde(rename = "wpt-02")]
    Wpt02,
    /// By a signature over the request as of draft-ietf-wimse-http-signature-07, good for at most five minutes. It says in
    /// `wimse-aud` whom it is for: the URI, of which the route's `origin` is part, or the route's `audience`; the route needs one
    /// of both. A request with a body needs `Content-Digest`, and a route that reads bodies.
    #[serde(rename = "http-signature-07")]
    HttpSignature07,
}

/// Where an issuer's keys come from.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    rename_all = "snake_case",
    expecting = "`remote` or `inline`"
)]
pub(in crate::config) enum Keys {
    /// A JWK set that is fetched, and refreshed.
    Remote(Remote),
    /// A JWK set that stands here (RFC 7517, section 5).
    #[cfg_attr(
        feature = "schema",
        schemars(with = "serde_json::Map<String, serde_json::Value>")
    )]
    Inline(serde_json::Value),
}

/// Which claims say what. Of several names the first that a token has is taken; what no claim says is left out.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(in crate::config) struct Claims {
    /// The agent, where no `act` names one. Where none of them is there, it is the `sub`.
    pub agent: Vec<String>,
    /// The person or party on whose behalf. Left out where it is the same text as the agent's.
    pub user: Vec<String>,
    /// The OAuth client.
    pub client: Vec<String>,
    /// The task or transaction, for `context.intent`.
    pub task: Vec<String>,
    /// The issuer's own session, of which a token is one of several.
    pub session: Vec<String>,
    /// What the work is for, one text, for `context.intent`.
    pub purpose: Vec<String>,
    /// The only tools that the work needs: a list of texts, or one text, each a tool, an HTTP operation or an A2A agent, by its name
    /// or as `SERVER/TOOL`. A token that has such a claim may be used for nothing else, whatever policy permits.
    pub tools: Vec<String>,
    /// Scopes: text separated by spaces, or a list of texts.
    pub scope: Vec<String>,
    /// Groups or roles: a list of texts, or one text.
    pub groups: Vec<String>,
    /// What tells that the `sub` is a person, for policies: a claim that only people's tokens have, such as `auth_time`, or with a
    /// `=` one that has this value, or has it among its words or elements, such as `sub_profile=user`. One that holds is enough.
    /// By default nobody is known to be a person.
    pub person: Vec<String>,
}

impl Default for Claims {
    fn default() -> Self {
        let ClaimNames {
            agent,
            user,
            client,
            task,
            session,
            purpose,
            tools,
            scope,
            groups,
            person,
        } = ClaimNames::default();
        Self {
            agent,
            user,
            client,
            task,
            session,
            purpose,
            tools,
            scope,
            groups,
            person,
        }
    }
}
