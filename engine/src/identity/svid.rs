//! JWT-SVIDs: workloads by their SPIFFE ID (SPIFFE JWT-SVID).
//!
//! Which trust domain's bundle verifies one is decided by its `sub` alone: a bundle vouches for its own trust domain and no
//! other, and every configured issuer of this profile is one trust domain.

use super::claims::Claims;
use super::error::IdentityError;
use super::spiffe_id::SpiffeId;

/// Does `sub` want to be a SPIFFE ID?
pub(super) fn is_meant(claims: &Claims<'_>) -> bool {
    let subject = claims.get("sub").and_then(|subject| subject.as_str());
    subject.is_some_and(|subject| subject.starts_with("spiffe:"))
}

/// The SPIFFE ID in `sub` (section 3.1).
///
/// # Errors
///
/// It isn't there, or is none.
pub(super) fn id(claims: &Claims<'_>) -> Result<SpiffeId, IdentityError> {
    Ok(SpiffeId::parse(claims.subject()?)?)
}
