//! The rules for one issuer's tokens.

use super::binding::workload::{ProofKind, ProofRules};
use super::caller::CredentialFormat;
use super::ci::CiRules;
use super::documents::source::Source;
use super::jose::algorithm::Algorithm;
use super::jose::jwk::KeyUse;
use super::standing::Lifecycle;
use crate::credential::Place;
use crate::time::Seconds;

/// An issuer whose tokens are accepted, and on what terms.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The short name that policies and evidence use: the trust domain. `[a-z0-9-]`, at most 64 characters.
    pub name: IssuerName,
    /// The exact value of the `iss` claim; of workload identities the name of the trust domain.
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
    /// When its tokens end before they expire.
    pub lifecycle: Lifecycle,
    /// Must its tokens be bound to their sender?
    pub sender_constrained: bool,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenProfile {
    /// RFC 9068: `typ` is `at+jwt`, and iss, exp, aud, sub, client_id, iat and jti are there.
    Rfc9068,
    /// A JWT with iss, sub, exp and aud, whose `typ` is absent, `JWT` or `at+jwt`, and which has no mark of another kind of
    /// token, such as an ID token's `at_hash` or `nonce`.
    PlainJwt,
    /// A JWT-SVID: `sub` is a SPIFFE ID of the trust domain, and `aud` and `exp` are there.
    JwtSvid,
    /// A Workload Identity Token: `sub` names a workload of the trust domain, and `cnf.jwk` its key.
    Wit(ProofRules),
    /// A transaction token: `aud` is the trust domain, and iat, txn, scope and req_wl are there.
    TransactionToken,
    /// A token that a CI system gives its jobs: a plain JWT whose claims say what runs.
    Ci(CiRules),
}

impl TokenProfile {
    /// What the keys must be for that sign such tokens.
    #[must_use]
    pub const fn key_use(&self) -> KeyUse {
        match self {
            Self::Rfc9068 | Self::PlainJwt | Self::TransactionToken | Self::Ci(_) => {
                KeyUse::Signature
            }
            Self::JwtSvid => KeyUse::JwtSvid,
            Self::Wit(_) => KeyUse::WitSvid,
        }
    }

    /// What such tokens are.
    #[must_use]
    pub const fn format(&self) -> CredentialFormat {
        match self {
            Self::Rfc9068 => CredentialFormat::AccessToken,
            Self::PlainJwt => CredentialFormat::Jwt,
            Self::JwtSvid => CredentialFormat::JwtSvid,
            Self::Wit(_) => CredentialFormat::Wit,
            Self::TransactionToken => CredentialFormat::TransactionToken,
            Self::Ci(_) => CredentialFormat::CiToken,
        }
    }

    /// Where such tokens stand.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self {
            Self::Rfc9068 | Self::PlainJwt | Self::JwtSvid | Self::Ci(_) => Place::Credential,
            Self::Wit(_) => Place::WorkloadIdentity,
            Self::TransactionToken => Place::Transaction,
        }
    }

    /// Do its holders prove their keys by the scheme `WPT`?
    #[must_use]
    pub fn takes_workload_proofs(&self) -> bool {
        matches!(self, Self::Wit(rules) if rules.kind == ProofKind::Wpt02)
    }

    /// Does the trust domain in `sub` say whose token it is? Else `iss` does.
    #[must_use]
    pub const fn is_of_trust_domain(&self) -> bool {
        match self {
            Self::Rfc9068 | Self::PlainJwt | Self::TransactionToken | Self::Ci(_) => false,
            Self::JwtSvid | Self::Wit(_) => true,
        }
    }

    /// Must such a token say for whom it is? A workload's identity is for everybody, and its proofs say for whom they are.
    #[must_use]
    pub const fn needs_audience(&self) -> bool {
        match self {
            Self::Rfc9068
            | Self::PlainJwt
            | Self::JwtSvid
            | Self::TransactionToken
            | Self::Ci(_) => true,
            Self::Wit(_) => false,
        }
    }
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// A JWK set that stands in the configuration, as its JSON text.
    Inline(String),
    /// A JWK set that the host fetches.
    Remote(Source),
}

/// Which claim says what. Of several names the first that is in the token counts; one that is there but has the wrong type
/// refuses the token; a fact whose names aren't there is left out.
///
/// A name is a claim's own name, or, where it starts with `/`, a JSON pointer (RFC 6901) into nested claims, such as
/// `/realm_access/roles`.
#[derive(Clone, Debug)]
pub struct ClaimNames {
    /// The agent, where no `act` names one. Where none is in the token, the agent is `sub`.
    pub agent: Vec<String>,
    /// The person or party on whose behalf. Left out where it is the same text as the agent's: then the agent acts for
    /// itself.
    pub user: Vec<String>,
    /// The OAuth client.
    pub client: Vec<String>,
    /// The task, mission or transaction.
    pub task: Vec<String>,
    /// The session at the issuer (OpenID Connect Front-Channel Logout 1.0, section 3).
    pub session: Vec<String>,
    /// What the work is for. Nothing by default, for no standard claim says so.
    pub purpose: Vec<String>,
    /// The only tools that the work needs. Nothing by default, either.
    pub tools: Vec<String>,
    /// Scopes: a space-separated string (RFC 9068) or an array of strings.
    pub scope: Vec<String>,
    /// Groups or roles: an array of strings or one string.
    pub groups: Vec<String>,
    /// What says that the subject is a person: a claim that only people's tokens have, or, as `name=text`, one that has the text
    /// as its value or as one of its words or elements. Nothing by default, for no standard claim says so.
    pub person: Vec<String>,
}

/// What the standards say, and the most common other spelling: the client is the agent (`client_id` of RFC 9068, `azp` of
/// OpenID Connect), and it acts for `sub`. Some issuers give a client that acts for itself a `sub` of another spelling than
/// its `client_id`, and it will seem to act for a user of that name: name the claim that only users have, then.
impl Default for ClaimNames {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            agent: names(&["client_id", "azp"]),
            user: names(&["sub"]),
            client: names(&["client_id", "azp"]),
            task: names(&["txn"]),
            session: names(&["sid"]),
            purpose: Vec::new(),
            tools: Vec::new(),
            scope: names(&["scope", "scp"]),
            groups: names(&["groups", "roles"]),
            person: Vec::new(),
        }
    }
}
