//! Which reason each stage's error is: total matches, so that a new error has to choose one.

mod declared;
mod judged;
mod workload;

use serde_json::json;

use super::denial::Denial;
use super::reason::Reason;
use super::remedy::Widened;
use super::{Decision, Shadow};
use crate::credential::CredentialError;
use crate::delegation::DelegationError;
use crate::delegation::aat::{self, Part, Step};
use crate::delegation::attenuation::{Attenuation, Unproven};
use crate::delegation::biscuit::error::{JudgeError, VerifyError};
use crate::delegation::chain::BeyondCeiling;
use crate::delegation::details::Insufficient;
use crate::delegation::hop::Hop;
use crate::delegation::mission::{Mission, MissionError};
use crate::delegation::warrant::WarrantError;
use crate::excerpt::Excerpt;
use crate::identity::IdentityError;
use crate::identity::authentication::AuthenticationError;
use crate::identity::binding::dpop::DpopError;
use crate::identity::binding::mtls::MtlsError;
use crate::identity::caller::Caller;
use crate::identity::certificate::CertificateError;
use crate::identity::replay::ReplayError;
use crate::identity::signature::error::HttpSignatureError;
use crate::identity::standing::StandingError;
use crate::operation::intent::OutsideIntent;
use crate::operation::route::terms::TermsError;
use crate::operation::{OperationError, Refusal};
use crate::policy::Outcome;
use crate::policy::denial::PolicyDenial;
use crate::policy::permit::Permit;
use crate::request::RequestError;

impl From<&RequestError> for Reason {
    fn from(error: &RequestError) -> Self {
        match error {
            RequestError::MissingField { .. } => Self::RequestFieldMissing,
            RequestError::RepeatedField { .. } => Self::RequestFieldRepeated,
            RequestError::FieldNotText { .. } => Self::RequestFieldNotText,
        }
    }
}

impl From<&CredentialError> for Reason {
    fn from(error: &CredentialError) -> Self {
        match error {
            CredentialError::Missing { .. } => Self::CredentialMissing,
            CredentialError::Repeated { .. } => Self::CredentialRepeated,
            CredentialError::MixedSchemes { .. } => Self::CredentialSchemesMixed,
            CredentialError::Joined { .. } => Self::CredentialsJoined,
            CredentialError::Empty { .. } => Self::CredentialEmpty,
            CredentialError::NotText { .. } => Self::CredentialNotText,
            CredentialError::TooLong { .. } => Self::CredentialTooLong,
            CredentialError::NoScheme { .. } | CredentialError::UnsupportedScheme { .. } => {
                Self::SchemeUnsupported
            }
            CredentialError::Malformed { .. } => Self::CredentialMalformed,
            CredentialError::TransactionRepeated { .. } => Self::TransactionRepeated,
            CredentialError::InQuery { .. } => Self::TokenInQuery,
            CredentialError::IdentityRepeated { .. } => Self::WitRepeated,
            CredentialError::WorkloadProofMissing { .. } => Self::WptMissing,
            CredentialError::WorkloadProofAlone => Self::WitMissing,
            CredentialError::BesideIdentity { .. } => Self::WitBesideCredential,
            CredentialError::ProofMissing => Self::DpopProofMissing,
            CredentialError::ProofRepeated { .. } => Self::DpopProofRepeated,
            CredentialError::ProofNotText => Self::DpopProofNotText,
            CredentialError::ProofTooLong { .. } => Self::DpopProofTooLong,
        }
    }
}

impl From<&IdentityError> for Reason {
    fn from(error: &IdentityError) -> Self {
        match error {
            IdentityError::Malformed(_) => Self::TokenMalformed,
            IdentityError::HeaderMalformed { .. } => Self::TokenHeaderMalformed,
            IdentityError::CriticalExtension => Self::TokenCriticalExtension,
            IdentityError::WrongType { .. } => Self::TokenTypeWrong,
            IdentityError::Misplaced { .. } => Self::TokenMisplaced,
            IdentityError::NestedContent { .. } => Self::TokenNested,
            IdentityError::UnsupportedAlgorithm { .. } => Self::TokenAlgorithmUnsupported,
            IdentityError::AlgorithmNotAllowed { .. } => Self::TokenAlgorithmNotAllowed,
            IdentityError::UnknownIssuer { .. } => Self::IssuerUnknown,
            IdentityError::UnknownTrustDomain { .. } => Self::TrustDomainUnknown,
            IdentityError::WorkloadId(_) => Self::WorkloadIdInvalid,
            IdentityError::KeysPending { .. } | IdentityError::KeysUnavailable { .. } => {
                Self::KeysUnavailable
            }
            IdentityError::KeyNotNamed { .. } => Self::KeyNotNamed,
            IdentityError::UnknownKey { .. } => Self::KeyUnknown,
            IdentityError::KeyAlgorithmMismatch { .. } => Self::KeyAlgorithmMismatch,
            IdentityError::BadSignature { .. } => Self::SignatureInvalid,
            IdentityError::ClaimsMalformed { .. } => Self::ClaimsMalformed,
            IdentityError::ClaimMissing { .. } => Self::ClaimMissing,
            IdentityError::ClaimInvalid { .. } => Self::ClaimInvalid,
            IdentityError::WrongAudience { .. } => Self::AudienceWrong,
            IdentityError::Expired { .. } => Self::TokenExpired,
            IdentityError::NotYetValid { .. } => Self::TokenNotYetValid,
            IdentityError::IssuedInFuture { .. } => Self::TokenFromFuture,
            IdentityError::LifetimeTooLong { .. } => Self::TokenLifetimeTooLong,
            IdentityError::BoundTokenUnbound => Self::TokenBoundUnproven,
            IdentityError::UnboundTokenAsBound => Self::TokenNotBound,
            IdentityError::BindingUnknown => Self::TokenBindingUnknown,
            IdentityError::BindingRequired => Self::TokenBindingRequired,
            IdentityError::Dpop(error) => Self::from(&**error),
            IdentityError::Wpt(error) => Self::from(&**error),
            IdentityError::WorkloadSignature(error) => Self::from(&**error),
            IdentityError::OtherWorkloadProof { .. } => Self::WorkloadProofUnexpected,
            IdentityError::Mtls(MtlsError::Missing) => Self::CertificateMissing,
            IdentityError::Mtls(MtlsError::Other { .. }) => Self::CertificateMismatch,
            IdentityError::Certificate(error) => Self::from(&**error),
            IdentityError::OtherTokenKind { .. } => Self::TokenKindWrong,
        }
    }
}

impl From<&DpopError> for Reason {
    fn from(error: &DpopError) -> Self {
        match error {
            DpopError::Malformed(_) | DpopError::Unreadable(_) => Self::DpopProofMalformed,
            DpopError::WrongType { .. } => Self::DpopTypeWrong,
            DpopError::UnsupportedAlgorithm { .. } | DpopError::AlgorithmNotAllowed { .. } => {
                Self::DpopAlgorithmNotAllowed
            }
            DpopError::KeyMissing | DpopError::Key(_) => Self::DpopKeyInvalid,
            DpopError::OtherKey => Self::DpopKeyMismatch,
            DpopError::Claim { .. } | DpopError::NoTarget { .. } => Self::DpopClaimInvalid,
            DpopError::OtherMethod { .. } => Self::DpopMethodMismatch,
            DpopError::OtherTarget { .. } => Self::DpopTargetMismatch,
            DpopError::Stale { .. } => Self::DpopProofStale,
            DpopError::FromFuture { .. } => Self::DpopProofFromFuture,
            DpopError::NonceMissing => Self::DpopNonceRequired,
            DpopError::Nonce(_) => Self::DpopNonceUnknown,
            DpopError::OtherToken => Self::DpopTokenMismatch,
            DpopError::BadSignature => Self::DpopSignatureInvalid,
            DpopError::Replay(ReplayError::Replayed) => Self::DpopProofReplayed,
            DpopError::Replay(ReplayError::Full) => Self::DpopReplaysFull,
            DpopError::Replay(ReplayError::Unavailable) => Self::DpopReplaysUnavailable,
        }
    }
}

impl From<&StandingError> for Reason {
    fn from(error: &StandingError) -> Self {
        match error {
            StandingError::IssuerGone => Self::IssuerUnknown,
            StandingError::AgeUnknown => Self::ClaimMissing,
            StandingError::TooOld { .. } => Self::TokenTooOld,
            StandingError::CutOff { .. } => Self::TokenCutOff,
            StandingError::Revoked { .. } | StandingError::Invalid => Self::TokenRevoked,
            StandingError::Suspended => Self::TokenSuspended,
            StandingError::RevocationsPending | StandingError::RevocationsUnavailable => {
                Self::RevocationsUnavailable
            }
            StandingError::StatusMissing => Self::StatusMissing,
            StandingError::StatusNotUnderstood | StandingError::StatusUnknown { .. } => {
                Self::StatusUnknown
            }
            StandingError::ListNotAllowed { .. } => Self::StatusListNotAllowed,
            StandingError::IndexOutOfRange { .. } => Self::StatusIndexOutOfRange,
            StandingError::ListInvalid { .. } => Self::StatusListInvalid,
            StandingError::TooManyLists { .. }
            | StandingError::StatusPending
            | StandingError::StatusUnavailable => Self::StatusUnavailable,
            StandingError::KeysPending | StandingError::KeysUnavailable { .. } => {
                Self::KeysUnavailable
            }
        }
    }
}

impl From<&HttpSignatureError> for Reason {
    fn from(error: &HttpSignatureError) -> Self {
        match error {
            HttpSignatureError::Field(_)
            | HttpSignatureError::TooMany { .. }
            | HttpSignatureError::Unpaired { .. }
            | HttpSignatureError::ParameterInvalid { .. } => Self::HttpSignatureMalformed,
            HttpSignatureError::Repeated { .. } => Self::HttpSignatureRepeated,
            HttpSignatureError::Component(_) => Self::HttpSignatureComponentInvalid,
            HttpSignatureError::ParameterMissing { .. } => Self::HttpSignatureParameterMissing,
            HttpSignatureError::UnknownAgent { .. } | HttpSignatureError::AgentNotNamed => {
                Self::HttpSignatureAgentUnknown
            }
            HttpSignatureError::CoversTooLittle { .. } => Self::HttpSignatureCoversTooLittle,
            HttpSignatureError::FromFuture { .. } => Self::HttpSignatureFromFuture,
            HttpSignatureError::Expired { .. } => Self::HttpSignatureExpired,
            HttpSignatureError::KeysPending { .. } | HttpSignatureError::KeysUnavailable { .. } => {
                Self::KeysUnavailable
            }
            HttpSignatureError::UnknownKey { .. } => Self::HttpSignatureKeyUnknown,
            HttpSignatureError::OtherAlgorithm { .. } => Self::HttpSignatureAlgorithmMismatch,
            HttpSignatureError::NoTarget(_) => Self::AuthorityMalformed,
            HttpSignatureError::BadSignature { .. } => Self::HttpSignatureInvalid,
            HttpSignatureError::Replay(ReplayError::Replayed) => Self::HttpSignatureReplayed,
            HttpSignatureError::Replay(ReplayError::Full | ReplayError::Unavailable) => {
                Self::HttpSignatureNoncesFull
            }
            HttpSignatureError::DigestUnusable => Self::ContentDigestUnusable,
            HttpSignatureError::DigestMissing => Self::ContentDigestMissing,
            HttpSignatureError::ContentNotRead => Self::ContentDigestUnchecked,
            HttpSignatureError::OtherContent => Self::ContentDigestMismatch,
        }
    }
}

impl From<&CertificateError> for Reason {
    fn from(error: &CertificateError) -> Self {
        match error {
            CertificateError::NotShown => Self::CertificateNotShown,
            CertificateError::Malformed => Self::CertificateMalformed,
            CertificateError::UriCount { .. }
            | CertificateError::Id(_)
            | CertificateError::TrustDomainOnly(_) => Self::CertificateNameInvalid,
            CertificateError::Authority { .. } | CertificateError::NotForSigning => {
                Self::CertificateNotLeaf
            }
            CertificateError::NotValidNow { .. } => Self::CertificateNotValidNow,
            CertificateError::UnknownTrustDomain { .. } => Self::TrustDomainUnknown,
            CertificateError::Xfcc(_) => Self::ForwardedCertificateInvalid,
        }
    }
}

impl From<&DelegationError> for Reason {
    fn from(error: &DelegationError) -> Self {
        match error {
            DelegationError::TooDeep { .. } => Self::DelegationTooDeep,
            DelegationError::ActorNotObject { .. } => Self::ActorMalformed,
            DelegationError::ActorUnnamed { .. } => Self::ActorUnnamed,
            DelegationError::ActorIssuerInvalid { .. } => Self::ActorIssuerInvalid,
            DelegationError::Details(_) => Self::AuthorizationDetailsMalformed,
            DelegationError::Mission(MissionError::Member { .. }) => Self::MissionMalformed,
            DelegationError::Mission(MissionError::OtherAuthority) => Self::MissionMismatch,
        }
    }
}

impl From<&WarrantError> for Reason {
    fn from(error: &WarrantError) -> Self {
        match error {
            WarrantError::Missing => Self::WarrantMissing,
            WarrantError::Repeated
            | WarrantError::TooLong { .. }
            | WarrantError::NoScheme
            | WarrantError::NotEncoded
            | WarrantError::Json(_)
            | WarrantError::Presentation(_)
            | WarrantError::NotBiscuit
            | WarrantError::NotRead
            | WarrantError::TwoPlaces => Self::WarrantMalformed,
            WarrantError::OtherAnchor { .. }
            | WarrantError::OtherAudience
            | WarrantError::OtherFormat { .. } => Self::WarrantInvalid,
        }
    }
}

impl From<&aat::Refusal> for Reason {
    fn from(refusal: &aat::Refusal) -> Self {
        match (refusal.step, refusal.part) {
            _ if refusal.attenuation().is_some() => Self::AttenuationWidened,
            (Step::ProofReplayed, _) => Self::WarrantProofReplayed,
            (Step::ProofUntold, _) => Self::WarrantProofUntold,
            (_, Part::Chain | Part::Token(_)) => Self::WarrantInvalid,
            (_, Part::Call) => Self::WarrantExceeded,
            (_, Part::Proof) => Self::WarrantProofInvalid,
        }
    }
}

impl From<&VerifyError> for Reason {
    fn from(error: &VerifyError) -> Self {
        match error {
            VerifyError::NotBase64
            | VerifyError::NotBiscuit
            | VerifyError::Unreadable { .. }
            | VerifyError::FactReserved { .. }
            | VerifyError::FactDerived { .. }
            | VerifyError::SubjectAmbiguous
            | VerifyError::AgentAmbiguous
            | VerifyError::HolderAmbiguous
            | VerifyError::HolderUnreadable => Self::BiscuitMalformed,
            VerifyError::TooLong { .. }
            | VerifyError::TooManyBlocks { .. }
            | VerifyError::TooMuch { .. }
            | VerifyError::PatternComputed { .. }
            | VerifyError::PatternRefused { .. } => Self::BiscuitTooLarge,
            VerifyError::RootUnknown { .. }
            | VerifyError::RootUnnamed
            | VerifyError::ThirdPartyUnknown { .. }
            | VerifyError::Signature => Self::BiscuitUntrusted,
            VerifyError::Expired { .. } => Self::BiscuitExpired,
            VerifyError::Endless => Self::BiscuitEndless,
            VerifyError::Revoked { .. } => Self::TokenRevoked,
        }
    }
}

impl From<&JudgeError> for Reason {
    fn from(error: &JudgeError) -> Self {
        match error {
            JudgeError::NotGranted(_) => Self::BiscuitInsufficient,
            JudgeError::ChecksFailed { .. } => Self::BiscuitCheckFailed,
            JudgeError::NotEvaluable { .. } | JudgeError::ArgumentInexact { .. } => {
                Self::BiscuitUncheckable
            }
            JudgeError::HolderUnproven | JudgeError::HolderMismatch => Self::BiscuitHolderUnproven,
            JudgeError::TooManyFacts { .. }
            | JudgeError::TooManyRounds { .. }
            | JudgeError::TooCostly { .. } => Self::BiscuitTooCostly,
        }
    }
}

impl From<&OperationError> for Reason {
    fn from(error: &OperationError) -> Self {
        match error {
            OperationError::Request(error) => Self::from(error),
            OperationError::Path(_) => Self::PathAmbiguous,
            OperationError::OverrideHeader { .. } => Self::MethodOverridden,
            OperationError::Upgrade { .. } => Self::UpgradeRefused,
            OperationError::EarlyData => Self::EarlyDataRefused,
            OperationError::Authority { .. } => Self::AuthorityMalformed,
            OperationError::NoRoute { .. } => Self::RouteUnknown,
            OperationError::MethodNotAllowed { .. } => Self::MethodNotAllowed,
            OperationError::OriginNotAllowed { .. } => Self::OriginNotAllowed,
            OperationError::ContentType { .. } | OperationError::FormBody { .. } => {
                Self::MediaTypeUnsupported
            }
            OperationError::ContentEncoding { .. } => Self::ContentEncodingUnsupported,
            OperationError::BodyMissing => Self::BodyMissing,
            OperationError::BodyUnexpected => Self::BodyUnexpected,
            OperationError::BodyTooLarge { .. } => Self::BodyTooLarge,
            OperationError::Json(_) => Self::JsonMalformed,
            OperationError::Batch | OperationError::BatchUnfit(_) => Self::BatchRefused,
            OperationError::InBatch { error, .. } => Self::from(&**error),
            OperationError::NotAnObject { .. }
            | OperationError::NotJsonRpc2
            | OperationError::MethodNotText => Self::RpcMalformed,
            OperationError::UnknownMember { .. } | OperationError::AmbiguousMember { .. } => {
                Self::RpcAmbiguous
            }
            OperationError::ResponseFromClient => Self::RpcResponse,
            OperationError::IdShape { .. }
            | OperationError::IdMissing { .. }
            | OperationError::IdOnNotification { .. } => Self::RpcIdInvalid,
            OperationError::UnknownMethod { .. } | OperationError::MethodNotInRevision { .. } => {
                Self::RpcMethodUnknown
            }
            OperationError::MethodNotInVersion { .. } => Self::RpcMethodUnknown,
            OperationError::SaidTwice { .. } => Self::RpcAmbiguous,
            OperationError::A2aVersionNotAccepted { .. } => Self::A2aVersionUnsupported,
            OperationError::Params { .. } => Self::RpcParamsInvalid,
            OperationError::Argument(misfit) => declared::of_argument(misfit.fault),
            OperationError::Parameter(error) => declared::of_parameter(error),
            OperationError::HeaderMissing { .. }
            | OperationError::HeaderRepeated { .. }
            | OperationError::HeaderMalformed { .. }
            | OperationError::HeaderMismatch { .. }
            | OperationError::HeaderWithoutSource { .. } => Self::McpHeaderMismatch,
            OperationError::RevisionNotSupported { .. } => Self::McpRevisionUnsupported,
            OperationError::SessionOnStateless { .. } => Self::McpSessionUnexpected,
        }
    }
}

impl From<&TermsError> for Reason {
    fn from(error: &TermsError) -> Self {
        match error {
            TermsError::Scopes { .. } => Self::ScopeInsufficient,
            TermsError::Authentication { found, .. } => match found {
                AuthenticationError::Class { .. } => Self::AuthenticationClassInsufficient,
                AuthenticationError::NoTime
                | AuthenticationError::Ahead { .. }
                | AuthenticationError::TooOld { .. } => Self::AuthenticationTooOld,
            },
        }
    }
}

/// A denial whose detail is the error's own words, for errors that need nothing else.
macro_rules! explained_by_its_message {
    ($($error:ty),+) => {
        $(impl From<&$error> for Denial {
            fn from(error: &$error) -> Self {
                Self::from(Reason::from(error)).with_detail(&error.to_string())
            }
        })+
    };
}

explained_by_its_message!(
    RequestError,
    CredentialError,
    IdentityError,
    StandingError,
    HttpSignatureError,
    DelegationError,
    WarrantError,
    VerifyError,
    JudgeError
);

impl From<&aat::Refusal> for Denial {
    fn from(refusal: &aat::Refusal) -> Self {
        let denial = Self::from(Reason::from(refusal)).with_detail(&refusal.to_string());
        match refusal.attenuation() {
            Some(Attenuation::Widened { hop, dimension, .. }) => {
                denial.with_widened(Widened::at(hop, dimension))
            }
            Some(Attenuation::Proven | Attenuation::Unproven { .. }) | None => denial,
        }
    }
}

impl From<&OperationError> for Denial {
    fn from(error: &OperationError) -> Self {
        if let OperationError::InBatch { number, error } = error {
            return Self::from(&**error).of_message(*number);
        }
        let denial = Self::from(Reason::from(error)).with_detail(&error.to_string());
        if let OperationError::MethodNotAllowed { allow, .. } = error {
            return denial.with_allow(allow);
        }
        if let OperationError::RevisionNotSupported {
            requested,
            supported,
        } = error
        {
            // Both are required by MCP 2026-07-28, `UnsupportedProtocolVersionError`.
            let names: Vec<_> = supported.iter().map(|revision| revision.name()).collect();
            return denial
                .with_protocol_fact("requested", json!(requested.as_str()))
                .with_protocol_fact("supported", json!(names));
        }
        denial
    }
}

impl From<&TermsError> for Denial {
    fn from(error: &TermsError) -> Self {
        let denial = Self::from(Reason::from(error)).with_detail(&error.to_string());
        match error {
            TermsError::Scopes { needed, .. } => denial.with_scopes(needed.clone()),
            TermsError::Authentication { wanted, .. } => denial.with_step_up(wanted.clone()),
        }
    }
}

impl From<&Refusal> for Denial {
    fn from(refusal: &Refusal) -> Self {
        Self::from(&refusal.error)
    }
}

impl From<&Insufficient> for Denial {
    fn from(error: &Insufficient) -> Self {
        Self::from(Reason::AuthorizationInsufficient).with_detail(&error.to_string())
    }
}

impl From<&BeyondCeiling> for Denial {
    fn from(error: &BeyondCeiling) -> Self {
        Self::from(Reason::ActorUnauthorized).with_detail(&error.to_string())
    }
}

impl From<&OutsideIntent> for Denial {
    fn from(error: &OutsideIntent) -> Self {
        Self::from(Reason::OutsideIntent).with_detail(&error.to_string())
    }
}

impl Denial {
    /// The denial of a credential that doesn't say what the work is, where one has to.
    #[must_use]
    pub fn of_intent(caller: &Caller, mission: Option<&Mission>, required: bool) -> Option<Self> {
        let is_missing = required && mission.is_none() && !caller.declares_intent();
        is_missing.then(|| Self::from(Reason::IntentMissing))
    }

    /// The denial of a credential that is bound to no mission, where one is required.
    #[must_use]
    pub fn of_mission(mission: Option<&Mission>, required: bool) -> Option<Self> {
        (required && mission.is_none()).then(|| Self::from(Reason::MissionMissing))
    }

    /// The denial that the verdict on a chain of `hops` makes necessary: always for one that widens, and for one that isn't
    /// proven to narrow where `proof_required`.
    #[must_use]
    pub fn of_attenuation(
        verdict: &Attenuation,
        hops: &[Hop],
        proof_required: bool,
    ) -> Option<Self> {
        let subject = |hop: usize| Excerpt::of(hops.get(hop).map_or("", |hop| &hop.subject));
        match verdict {
            Attenuation::Proven => None,
            Attenuation::Widened { hop, dimension, .. } => {
                let name = subject(*hop);
                let detail =
                    format!("hop {hop}, `{name}`, has wider {dimension} than it was given");
                let refused = Self::from(Reason::AttenuationWidened).with_detail(&detail);
                Some(refused.with_widened(Widened::at(*hop, *dimension)))
            }
            Attenuation::Unproven { hop, why } => proof_required.then(|| {
                let name = subject(*hop);
                let why = match why {
                    Unproven::ActorsOnly => {
                        "is an `act` claim, which says who acts and not what they may do"
                    }
                    Unproven::Unstated => "doesn't say what it may do, or none before it does",
                };
                let detail = format!("hop {hop}, `{name}`, {why}");
                Self::from(Reason::AttenuationUnproven).with_detail(&detail)
            }),
        }
    }
}

impl From<Result<Permit, PolicyDenial>> for Decision {
    fn from(judged: Result<Permit, PolicyDenial>) -> Self {
        match judged {
            Ok(permit) => Self::Allow(permit),
            Err(denial) => Self::Deny(Denial::from(&denial)),
        }
    }
}

impl From<Outcome> for Shadow {
    fn from(would_be: Outcome) -> Self {
        match would_be {
            Ok(policies) => Self::Allow { policies },
            Err(denial) => Self::Deny(Denial::from(&denial)),
        }
    }
}

#[cfg(test)]
mod tests;
