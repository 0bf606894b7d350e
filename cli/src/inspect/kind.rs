//! What a JWT is, by its type and, where that says nothing, by its claims.

use serde_json::{Map, Value};

/// A kind of JWT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    AccessToken,
    Plain,
    IdToken,
    JwtSvid,
    CiToken,
    Wit,
    Wpt,
    TransactionToken,
    DpopProof,
    StatusList,
    IdentityAssertion,
    LogoutToken,
    SecurityEvent,
    Aat,
    AatProof,
    Unknown,
}

/// What is known of a kind.
pub(super) struct Facts {
    /// What it is called.
    pub(super) name: &'static str,
    /// Where a gate looks for it; none where it looks for no such token.
    pub(super) place: Option<&'static str>,
    /// What is checked beside the form, the header and the times.
    pub(super) checked: &'static [&'static str],
}

/// Types that say what a token is, without `application/`.
const TYPES: [(&str, Kind); 11] = [
    ("at+jwt", Kind::AccessToken),
    ("dpop+jwt", Kind::DpopProof),
    ("wit+jwt", Kind::Wit),
    ("wpt+jwt", Kind::Wpt),
    ("txntoken+jwt", Kind::TransactionToken),
    ("statuslist+jwt", Kind::StatusList),
    ("oauth-id-jag+jwt", Kind::IdentityAssertion),
    ("logout+jwt", Kind::LogoutToken),
    ("secevent+jwt", Kind::SecurityEvent),
    ("aat+jwt", Kind::Aat),
    ("aat-pop+jwt", Kind::AatProof),
];

/// Claims that CI systems' tokens have and others don't.
const OF_JOBS: [&str; 3] = ["job_workflow_ref", "ci_config_ref_uri", "pipeline_id"];

const OF_ISSUER: &str = "the issuer in `iss` is configured, and its keys verify the signature";
const AUDIENCE: &str = "`aud` has the audience of the route, or of the issuer";
const POSSESSION: &str = "what `cnf` names is proven with each request";
const ACTORS: &str = "`act` names no more actors than `delegation.max_depth`";
const OF_OWN_KEY: &str = "the key in its own header verifies the signature";
const ONCE: &str = "`jti` was not used before";

impl Kind {
    /// Finds out.
    pub(super) fn of(header: &Map<String, Value>, claims: &Map<String, Value>) -> Self {
        let typ = header
            .get("typ")
            .and_then(Value::as_str)
            .map(str::to_lowercase);
        let typ = typ.as_deref().unwrap_or("jwt");
        let short = typ.strip_prefix("application/").unwrap_or(typ);
        if let Some((_, kind)) = TYPES.into_iter().find(|(name, _)| *name == short) {
            return kind;
        }
        if !["jwt", "jose"].contains(&short) {
            return Self::Unknown;
        }
        let has = |name: &str| claims.contains_key(name);
        let is_workload = claims
            .get("sub")
            .and_then(Value::as_str)
            .is_some_and(|sub| sub.starts_with("spiffe://"));
        if has("events") {
            Self::SecurityEvent
        } else if ["at_hash", "c_hash", "nonce"].into_iter().any(has) {
            Self::IdToken
        } else if is_workload {
            Self::JwtSvid
        } else if OF_JOBS.into_iter().any(has) {
            Self::CiToken
        } else {
            Self::Plain
        }
    }

    /// Would somebody present it to say who is calling, or what the call is part of? Proofs and lists go with something else.
    pub(super) const fn is_presented(self) -> bool {
        match self {
            Self::AccessToken
            | Self::Plain
            | Self::IdToken
            | Self::JwtSvid
            | Self::CiToken
            | Self::Wit
            | Self::TransactionToken
            | Self::IdentityAssertion
            | Self::LogoutToken
            | Self::SecurityEvent
            | Self::Unknown => true,
            Self::Wpt | Self::DpopProof | Self::StatusList | Self::Aat | Self::AatProof => false,
        }
    }

    /// All that is known of it.
    pub(super) const fn facts(self) -> Facts {
        const CREDENTIAL: Option<&str> =
            Some("`Authorization: Bearer`, or `DPoP` where it is bound to a key");
        let (name, place, checked): (_, _, &[&str]) = match self {
            Self::AccessToken => (
                "OAuth access token (RFC 9068)",
                CREDENTIAL,
                &[
                    OF_ISSUER,
                    "the issuer's profile is `rfc9068` or `jwt`",
                    AUDIENCE,
                    POSSESSION,
                    ACTORS,
                ],
            ),
            Self::Plain => (
                "JWT without a type of its own",
                CREDENTIAL,
                &[
                    OF_ISSUER,
                    "the issuer's profile is `jwt`",
                    AUDIENCE,
                    POSSESSION,
                    ACTORS,
                ],
            ),
            Self::JwtSvid => (
                "SPIFFE JWT-SVID",
                Some("`Authorization: Bearer`"),
                &[
                    "the trust domain of `sub` is configured, and its bundle verifies the signature",
                    AUDIENCE,
                ],
            ),
            Self::CiToken => (
                "ID token of a CI job",
                Some("`Authorization: Bearer`"),
                &[
                    OF_ISSUER,
                    "the issuer's profile is `github_actions`, `gitlab` or `ci`",
                    AUDIENCE,
                ],
            ),
            Self::TransactionToken => (
                "transaction token",
                Some("`Txn-Token`, beside a credential, on routes that take it"),
                &[
                    "an issuer of the profile `transaction_token` is configured for `iss` or `aud`",
                    "`txn`, `scope` and `req_wl` are there",
                ],
            ),
            Self::Wit => (
                "Workload Identity Token",
                Some(
                    "`Workload-Identity-Token`, with a proof by the key in `cnf` as `Authorization: WPT`",
                ),
                &[
                    "the trust domain of `sub` is configured with the profile `wit`, and its keys verify the signature",
                    "a Workload Proof Token for the request is by the key in `cnf`",
                ],
            ),
            Self::Wpt => (
                "Workload Proof Token",
                Some(
                    "`Authorization: WPT`, beside the Workload Identity Token whose hash is `wth`",
                ),
                &[
                    "the key in the `cnf` of the Workload Identity Token verifies the signature",
                    "`aud` is the request's URI",
                    ONCE,
                ],
            ),
            Self::DpopProof => (
                "DPoP proof (RFC 9449)",
                Some("`DPoP`, beside the access token whose hash is `ath`"),
                &[
                    OF_OWN_KEY,
                    "`htm` and `htu` are the request's",
                    "`iat` is recent",
                    "the token's `cnf.jkt` is the key's thumbprint",
                    ONCE,
                ],
            ),
            Self::StatusList => (
                "Token Status List",
                Some("where the `status` of other tokens says; it is fetched"),
                &[
                    "`sub` is where it stands",
                    "the issuer's keys verify the signature",
                ],
            ),
            Self::Aat => ("attenuating agent token (AAT)", None, &[]),
            Self::AatProof => ("proof of an attenuating agent token (AAT)", None, &[]),
            Self::IdToken => ("OpenID Connect ID token", None, &[]),
            Self::IdentityAssertion => (
                "identity assertion for another authorization server (ID-JAG)",
                None,
                &[],
            ),
            Self::LogoutToken => ("OpenID Connect logout token", None, &[]),
            Self::SecurityEvent => ("security event token (RFC 8417)", None, &[]),
            Self::Unknown => ("JWT of a type that is not known here", None, &[]),
        };
        Facts {
            name,
            place,
            checked,
        }
    }
}
