//! Who is calling, in one form for all credential formats.

use super::authentication::Authentication;
use super::binding::Confirmation;
use super::ci::CiFacts;
use super::issuer::IssuerName;
use super::jose::algorithm::Algorithm;
use super::status::rules::StatusClaim;
use super::workload_id::WorkloadId;
use crate::digest::Digest;
use crate::json::Value;
use crate::time::UnixTime;

/// The party at the other end of this request, as its credential states it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The trust domain: the short name of the issuer that vouches for everything here.
    pub domain: IssuerName,
    /// The issuer's identifier, the value of `iss`.
    pub issuer: String,
    /// What the credential is.
    pub format: CredentialFormat,
    /// The value of `sub`.
    pub subject: String,
    /// The agent that the claims mapping names, where no `act` names one.
    pub agent: Option<String>,
    /// The party on whose behalf, by the claims mapping.
    pub user: Option<String>,
    /// The OAuth client.
    pub client: Option<String>,
    /// The task, mission or transaction.
    pub task: Option<String>,
    /// The session, by the claims mapping.
    pub session: Option<String>,
    /// What the work is for.
    pub purpose: Option<String>,
    /// The only tools that the work needs, where it says so: tools, HTTP operations and A2A agents.
    pub tools: Option<Vec<String>>,
    /// Scopes, in the order given, each once.
    pub scopes: Vec<String>,
    /// Groups or roles.
    pub groups: Vec<String>,
    /// How and when its user was authenticated.
    pub authentication: Authentication,
    /// Every value of `aud`.
    pub audience: Vec<String>,
    /// The workload's name, of a workload identity.
    pub workload: Option<WorkloadId>,
    /// What runs, of a CI token.
    pub ci: Option<CiFacts>,
    /// When it was issued.
    pub issued_at: Option<UnixTime>,
    /// When it stops being accepted, skew not included.
    pub expires_at: UnixTime,
    /// The value of `jti`.
    pub token_id: Option<String>,
    /// What verified it.
    pub verified_with: VerifiedWith,
    /// The digest of the whole credential: how it is remembered and recorded.
    pub digest: Digest,
    /// That of the same credential with its signature in the other of two forms, where it has two.
    pub other_digest: Option<Digest>,
    /// The key that the credential is bound to, whose proof every request needs.
    pub confirmation: Option<Confirmation>,
    /// Where its issuer says whether it still stands.
    pub status: Option<StatusClaim>,
    /// Is the subject known to be a person?
    pub is_person: bool,
    /// The `act` claim as it stands, for the delegation stage.
    pub act: Option<Value<'static>>,
    /// The `authorization_details` claim as it stands, for the delegation stage.
    pub authorization_details: Option<Value<'static>>,
    /// The `mission` claim as it stands, for the delegation stage.
    pub mission: Option<Value<'static>>,
}

/// What every credential says of its caller, and all that those without claims say.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) domain: IssuerName,
    pub(super) issuer: String,
    pub(super) format: CredentialFormat,
    pub(super) subject: String,
    pub(super) expires_at: UnixTime,
    pub(super) verified_with: VerifiedWith,
    pub(super) digest: Digest,
}

impl Caller {
    /// Does its credential say what the work is: what it is for, which task it is, or which tools it needs?
    #[must_use]
    pub const fn declares_intent(&self) -> bool {
        self.task.is_some() || self.purpose.is_some() || self.tools.is_some()
    }

    /// A caller of whom nothing else is known.
    pub(super) fn of(named: Named) -> Self {
        let Named {
            domain,
            issuer,
            format,
            subject,
            expires_at,
            verified_with,
            digest,
        } = named;
        Self {
            domain,
            issuer,
            format,
            subject,
            agent: None,
            user: None,
            client: None,
            task: None,
            session: None,
            purpose: None,
            tools: None,
            scopes: Vec::new(),
            groups: Vec::new(),
            authentication: Authentication::default(),
            audience: Vec::new(),
            workload: None,
            ci: None,
            issued_at: None,
            expires_at,
            token_id: None,
            verified_with,
            digest,
            other_digest: None,
            confirmation: None,
            status: None,
            is_person: false,
            act: None,
            authorization_details: None,
            mission: None,
        }
    }
}

/// What verified a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifiedWith {
    /// A key of its issuer.
    Key {
        /// By which algorithm.
        algorithm: Algorithm,
        /// The key's name, where it has one.
        kid: Option<String>,
    },
    /// The TLS of the gateway, or of a hop that it trusts.
    Tls,
}

/// What a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialFormat {
    /// An OAuth access token as of RFC 9068.
    AccessToken,
    /// A plain JWT.
    Jwt,
    /// A JWT-SVID.
    JwtSvid,
    /// A Workload Identity Token.
    Wit,
    /// A token of a CI job.
    CiToken,
    /// A transaction token.
    TransactionToken,
    /// A signature over the request itself.
    HttpSignature,
    /// An X.509-SVID.
    X509Svid,
    /// A chain of Attenuating Agent Tokens.
    Aat,
    /// A Biscuit.
    Biscuit,
}

impl CredentialFormat {
    /// Its name in policies and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::Jwt => "jwt",
            Self::JwtSvid => "jwt_svid",
            Self::Wit => "wit",
            Self::CiToken => "ci_token",
            Self::TransactionToken => "transaction_token",
            Self::HttpSignature => "http_signature",
            Self::X509Svid => "x509_svid",
            Self::Aat => "aat",
            Self::Biscuit => "biscuit",
        }
    }
}
