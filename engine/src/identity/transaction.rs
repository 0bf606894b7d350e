//! Transaction tokens (draft-ietf-oauth-transaction-tokens): what a call within a trust domain is part of.
//!
//! One comes beside the caller's own credential, in `Txn-Token`, and says whose business the call is; it never says who
//! calls. `rctx` and `tctx`, what the transaction was asked with, are not looked at.

use super::error::IdentityError;
use super::jose::header::Header;
use crate::excerpt::Excerpt;

/// `typ` is `txntoken+jwt`.
///
/// # Errors
///
/// It is something else.
pub(super) fn check_type(header: &Header<'_>) -> Result<(), IdentityError> {
    if header.is_type("txntoken+jwt") {
        return Ok(());
    }
    Err(IdentityError::WrongType {
        expected: "`txntoken+jwt`",
        found: Excerpt::of(header.typ.as_deref().unwrap_or("none")),
    })
}
