//! Why a token was refused.

use super::binding::mtls::MtlsError;
use super::certificate::CertificateError;
use super::issuer::IssuerName;
use super::jose::algorithm::Algorithm;
use super::jose::compact::CompactError;
use super::spiffe_id::{SpiffeIdError, TrustDomain};
use crate::excerpt::Excerpt;
use crate::json::JsonError;
use crate::time::{Seconds, UnixTime};

/// Which check a token failed. What the token says is shown as [`Excerpt`]; no variant holds any part of its encoded form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Not three strict base64url parts (RFC 7515, section 7.1).
    #[error("the token is not a signed JWT in compact form: {0}")]
    Malformed(#[from] CompactError),
    /// The header isn't one strict JSON object, or a parameter has the wrong type.
    #[error("the token's header is malformed: {why}")]
    HeaderMalformed {
        /// What is wrong with it.
        why: Fault,
    },
    /// The header has `crit` (RFC 7515, section 4.1.11) or `b64` (RFC 7797); no extension is understood.
    #[error("the token's header demands an extension by `crit` or `b64`, none is understood")]
    CriticalExtension,
    /// `typ` names another kind of token than the issuer's profile asks for (RFC 8725, section 3.11).
    #[error("the token is of type `{found}`, expected {expected}")]
    WrongType {
        /// The profile's types, for people.
        expected: &'static str,
        /// The token's, or `none`.
        found: Excerpt,
    },
    /// `typ` is that of a token which stands in a field of its own, and is no credential.
    #[error("a token of type `{typ}` is accepted in {field} only")]
    Misplaced {
        /// The type.
        typ: &'static str,
        /// The field, for people.
        field: &'static str,
    },
    /// `cty` is there: something is nested inside, which an access token never has.
    #[error("the token has the content type `{found}`, an access token has none")]
    NestedContent {
        /// The value of `cty`.
        found: Excerpt,
    },
    /// `alg` is no asymmetric algorithm that the gate knows; `none` and the HMAC family end here.
    #[error("the token's algorithm `{found}` is not supported")]
    UnsupportedAlgorithm {
        /// The value of `alg`.
        found: Excerpt,
    },
    /// The issuer's list doesn't name `alg`.
    #[error("issuer `{issuer}` does not sign with `{algorithm}`")]
    AlgorithmNotAllowed {
        /// The issuer.
        issuer: IssuerName,
        /// The token's algorithm.
        algorithm: Algorithm,
    },
    /// No configured issuer has this `iss`.
    #[error("no configured issuer is called `{found}`")]
    UnknownIssuer {
        /// The value of `iss`.
        found: Excerpt,
    },
    /// `sub` is a SPIFFE ID of a trust domain that isn't configured.
    #[error("the trust domain `{found}` is not configured")]
    UnknownTrustDomain {
        /// The trust domain.
        found: TrustDomain,
    },
    /// `sub` is no SPIFFE ID in its one form, though it has to be.
    #[error("the token's `sub` is no workload's name: {0}")]
    WorkloadId(#[from] SpiffeIdError),
    /// The issuer's keys were not loaded yet, or the key is unknown and a fresh set may be fetched: wait, then try again.
    #[error("the keys of issuer `{issuer}` are being fetched")]
    KeysPending {
        /// The issuer.
        issuer: IssuerName,
    },
    /// The issuer's keys could not be loaded, or their grace is over.
    #[error("the keys of issuer `{issuer}` are not available")]
    KeysUnavailable {
        /// The issuer.
        issuer: IssuerName,
    },
    /// The token names no key, and the issuer has none or several that it could mean.
    #[error("the token names no key, and issuer `{issuer}` has not exactly one for `{algorithm}`")]
    KeyNotNamed {
        /// The issuer.
        issuer: IssuerName,
        /// The token's algorithm.
        algorithm: Algorithm,
    },
    /// The issuer has no such key.
    #[error("issuer `{issuer}` has no key `{kid}`")]
    UnknownKey {
        /// The issuer.
        issuer: IssuerName,
        /// The value of `kid`.
        kid: Excerpt,
    },
    /// The key is for another algorithm than the token says.
    #[error("issuer `{issuer}`: key `{kid}` is for `{expected}`, the token says `{found}`")]
    KeyAlgorithmMismatch {
        /// The issuer.
        issuer: IssuerName,
        /// The key.
        kid: Excerpt,
        /// The key's algorithm.
        expected: Algorithm,
        /// The token's.
        found: Algorithm,
    },
    /// The signature doesn't verify.
    #[error("the token's signature does not verify with the key of issuer `{issuer}`")]
    BadSignature {
        /// The issuer.
        issuer: IssuerName,
    },
    /// The claims aren't one strict JSON object.
    #[error("the token's claims are malformed: {why}")]
    ClaimsMalformed {
        /// What is wrong with them.
        why: Fault,
    },
    /// A claim that the profile requires isn't there.
    #[error("the token has no `{claim}`")]
    ClaimMissing {
        /// Its name.
        claim: Excerpt,
    },
    /// A claim isn't what its definition says.
    #[error("the token's `{claim}` is not {expected}")]
    ClaimInvalid {
        /// Its name.
        claim: Excerpt,
        /// What it should be.
        expected: &'static str,
    },
    /// No value of `aud` is one that is accepted here (RFC 8707).
    #[error("the token is for `{found}`, not for this resource")]
    WrongAudience {
        /// The first value of `aud`.
        found: Excerpt,
    },
    /// `exp` has passed, skew included.
    #[error("the token expired at {at}, now is {now}")]
    Expired {
        /// The value of `exp`.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// `nbf` lies ahead, skew included.
    #[error("the token is not valid before {at}, now is {now}")]
    NotYetValid {
        /// The value of `nbf`.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// `iat` lies ahead, skew included.
    #[error("the token was issued at {at}, now is {now}")]
    IssuedInFuture {
        /// The value of `iat`.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// It lasts longer than its issuer's tokens may.
    #[error("the token lasts {lifetime}, issuer `{issuer}` may give {limit}")]
    LifetimeTooLong {
        /// The issuer.
        issuer: IssuerName,
        /// `exp - iat`, or what is left of it where there is no `iat`.
        lifetime: Seconds,
        /// The issuer's limit.
        limit: Seconds,
    },
    /// The token is bound to a key by `cnf.jkt` but came as a bearer token, without proof (RFC 9449, section 7.2).
    #[error("the token is bound to a key (`cnf.jkt`) but was presented without proof of it")]
    BoundTokenUnbound,
    /// The token is bound by a `cnf` (RFC 7800) that says something else than is understood, so nothing can prove it.
    #[error("the token is bound (`cnf`) in a way that is not understood")]
    BindingUnknown,
    /// The token is bound to nothing, where only bound tokens are accepted.
    #[error("the token is not bound to a key, and only bound ones are accepted here")]
    BindingRequired,
    /// A DPoP proof was refused.
    #[error(transparent)]
    Dpop(Box<super::binding::dpop::DpopError>),
    /// A workload's proof was refused.
    #[error(transparent)]
    Wpt(Box<super::binding::wpt::WptError>),
    /// A workload's signature over its request was refused.
    #[error("{0}")]
    WorkloadSignature(Box<super::signature::workload::WorkloadSignatureError>),
    /// A workload's proof is of another kind than its trust domain has.
    #[error("the trust domain's workloads prove their keys by `{expected}`")]
    OtherWorkloadProof {
        /// The kind's name in the configuration.
        expected: &'static str,
    },
    /// The scheme says that the token is bound to a key, and the token is not (RFC 9449, section 7.1).
    #[error("the token came with the scheme `DPoP` but is not bound to a key (`cnf.jkt`)")]
    UnboundTokenAsBound,
    /// The token is bound to a certificate that the client's connection wasn't made with.
    #[error(transparent)]
    Mtls(#[from] MtlsError),
    /// The client's certificate can't be known, or doesn't say who is calling.
    #[error(transparent)]
    Certificate(Box<CertificateError>),
    /// A claim says that this is another kind of token, whatever its `typ`: an ID token, a logout token and the like.
    #[error("the claim `{claim}` makes the token {kind}, not an access token")]
    OtherTokenKind {
        /// The claim.
        claim: &'static str,
        /// What it belongs to.
        kind: &'static str,
    },
}

/// What is wrong with a token's header or claims as JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not strict JSON.
    #[error("{0}")]
    NotJson(#[from] JsonError),
    /// The value at the top is no object.
    #[error("it is not a JSON object")]
    NotObject,
    /// A parameter has a value of the wrong type, or one that is out of bounds.
    #[error("`{parameter}` is not {expected}")]
    Parameter {
        /// Its name.
        parameter: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl From<CertificateError> for IdentityError {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(Box::new(error))
    }
}
