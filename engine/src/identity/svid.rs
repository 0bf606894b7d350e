//! JWT-SVIDs: workloads by their SPIFFE ID (SPIFFE JWT-SVID).
//!
//! Which trust domain's bundle verifies one is decided by its `sub` alone: a bundle vouches for its own trust domain and no
//! other, and every configured issuer of this profile is one trust domain.

use super::claims::Claims;
use super::error::IdentityError;
use super::jose::header::Header;
use super::spiffe_id::SpiffeId;
use crate::excerpt::Excerpt;

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

/// `typ` is absent, `JWT` or `JOSE` (section 2.2).
///
/// # Errors
///
/// It is something else: another kind of token.
pub(super) fn check_type(header: &Header<'_>) -> Result<(), IdentityError> {
    if header.typ.is_none() || header.is_type("JWT") || header.is_type("JOSE") {
        return Ok(());
    }
    Err(IdentityError::WrongType {
        expected: "none, `JWT` or `JOSE`",
        found: Excerpt::of(header.typ.as_deref().unwrap_or_default()),
    })
}
