//! Workload Identity Tokens (draft-ietf-wimse-workload-creds): a workload's name, and the key that it holds.
//!
//! A WIT says who a workload is to everybody, so it has no audience and is never a bearer token: what comes of it is bound to
//! its key, and without a proof of that key (see [`super::binding::workload`]) nothing is judged.

use super::binding::Confirmation;
use super::binding::workload::{ProofRules, WorkloadKey};
use super::claims::Claims;
use super::error::IdentityError;
use super::jose::algorithm::Algorithm;
use super::jose::jwk::{Jwk, KeyUse};
use super::workload_id::WorkloadId;
use crate::excerpt::Excerpt;

/// The type that makes a token a Workload Identity Token (section 5.1).
pub(super) const TYPE: &str = "wit+jwt";

/// The workload's name in `sub` (section 4).
///
/// # Errors
///
/// It isn't there, or is no workload's name.
pub(super) fn id(claims: &Claims<'_>) -> Result<WorkloadId, IdentityError> {
    Ok(WorkloadId::parse(claims.subject()?)?)
}

/// The key in `cnf.jwk`, which says itself what it signs with (section 5.1).
///
/// # Errors
///
/// There is none, it is not public, or it has no `alg`; or `cnf` says more, which nobody would prove.
pub(super) fn confirmation(
    claims: &Claims<'_>,
    rules: &ProofRules,
) -> Result<Confirmation, IdentityError> {
    let missing = || IdentityError::ClaimMissing {
        claim: Excerpt::of("cnf"),
    };
    let invalid = || IdentityError::ClaimInvalid {
        claim: Excerpt::of("cnf"),
        expected: "a `jwk` alone, a public key with its `alg`",
    };
    let members = claims
        .get("cnf")
        .ok_or_else(missing)?
        .as_object()
        .ok_or_else(invalid)?;
    let mut members = members.iter();
    let (Some(("jwk", jwk)), None) = (members.next(), members.next()) else {
        return Err(invalid());
    };
    let states_algorithm = jwk.as_object().is_some_and(|jwk| jwk.get("alg").is_some());
    let key = Jwk::parse(jwk, &Algorithm::ALL, KeyUse::Signature)
        .ok()
        .filter(|_| states_algorithm)
        .ok_or_else(invalid)?;
    Ok(Confirmation::Workload(Box::new(WorkloadKey {
        key: key.key,
        rules: rules.clone(),
    })))
}
