//! The rules for one issuer's tokens.

use super::jose::algorithm::Algorithm;
use crate::time::Seconds;

/// An issuer whose tokens are accepted, and on what terms.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The short name that policies and evidence use: the trust domain. `[a-z0-9-]`, at most 64 characters.
    pub name: IssuerName,
    /// The exact value of the `iss` claim.
    pub identifier: String,
    /// Which profile its tokens follow.
    pub profile: TokenProfile,
    /// Values of `aud` that are accepted where the route names none of its own; compared exactly (RFC 8707).
    pub audiences: Vec<String>,
    /// Algorithms that are accepted.
    pub algorithms: Vec<Algorithm>,
    /// Where the keys come from.
    pub keys: KeySource,
    /// How far clocks may differ.
    pub clock_skew: Seconds,
    /// The longest `exp - iat` (or `exp - now` without `iat`) that is accepted.
    pub max_lifetime: Seconds,
    /// Which claim says what.
    pub claims: ClaimNames,
}

/// An issuer's short name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IssuerName(pub std::sync::Arc<str>);

impl std::fmt::Display for IssuerName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The rules for a token's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProfile {
    /// RFC 9068: `typ` is `at+jwt`, and iss, exp, aud, sub, client_id, iat and jti are there.
    Rfc9068,
    /// A JWT whose `typ` is absent or `JWT`, with iss, exp and aud.
    PlainJwt,
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// A JWK set that stands in the configuration, as its JSON text.
    Inline(String),
    /// A JWK set that the host fetches.
    Remote(RemoteKeys),
}

/// A JWK set to be fetched, and how often.
#[derive(Clone, Debug)]
pub struct RemoteKeys {
    /// `https://host[:port]/path`
    pub url: String,
    /// What the host calls the upstream (an Envoy cluster).
    pub cluster: String,
    /// How long one call may take.
    pub timeout: Seconds,
    /// Fetched anew after this long.
    pub refresh: Seconds,
    /// Keys that could not be refreshed are used for this much longer.
    pub grace: Seconds,
    /// An unknown `kid` causes at most one fetch in this time.
    pub min_interval: Seconds,
}

/// Which claim says what; a name that isn't in the token leaves that fact out.
#[derive(Clone, Debug)]
pub struct ClaimNames {
    /// The agent, where no `act` names one. Several are tried in turn.
    pub agent: Vec<String>,
    /// The person or party on whose behalf.
    pub user: Vec<String>,
    /// The OAuth client.
    pub client: Vec<String>,
    /// The task, mission or transaction.
    pub task: Vec<String>,
    /// Scopes: a space-separated string (RFC 9068) or an array of strings.
    pub scope: Vec<String>,
    /// Groups or roles: an array of strings or one string.
    pub groups: Vec<String>,
}
