//! Transaction tokens (draft-ietf-oauth-transaction-tokens): what a call within a trust domain is part of.
//!
//! One comes beside the caller's own credential, in `Txn-Token`, and says whose business the call is; it never says who
//! calls. `rctx` and `tctx`, what the transaction was asked with, are not looked at.

use super::claims::Claims;
use super::error::IdentityError;
use super::issuer::{Issuer, TokenProfile};
use crate::excerpt::Excerpt;

/// The type that makes a token a transaction token.
pub(super) const TYPE: &str = "txntoken+jwt";

/// The issuer that `iss` names; where it isn't there, whose trust domain `aud` is.
///
/// # Errors
///
/// There is none, or the claim can't be read.
pub(super) fn issuer<'i>(
    claims: &Claims<'_>,
    issuers: &'i [Issuer],
) -> Result<(usize, &'i Issuer), IdentityError> {
    let mut of_transactions = issuers
        .iter()
        .enumerate()
        .filter(|(_, issuer)| issuer.profile == TokenProfile::TransactionToken);
    let (found, named) = if claims.get("iss").is_some() {
        let named = claims.issuer()?;
        let found = of_transactions.find(|(_, issuer)| issuer.identifier == named);
        (found, Excerpt::of(named))
    } else {
        let audience = claims.audience()?;
        let is_for = |issuer: &Issuer| issuer.audiences.iter().any(|own| audience.contains(own));
        let first = audience.first().map_or("", String::as_str);
        let found = of_transactions.find(|(_, issuer)| is_for(issuer));
        (found, Excerpt::of(first))
    };
    found.ok_or(IdentityError::UnknownIssuer { found: named })
}
