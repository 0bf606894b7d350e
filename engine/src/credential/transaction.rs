//! The transaction token that may come beside the caller's credential.

use super::{CredentialError, Place, Presented, Rules};
use crate::request::{Head, HeaderName};

/// Where transaction tokens stand, in lower case (draft-ietf-oauth-transaction-tokens).
pub const TRANSACTION_FIELD: &str = "txn-token";

/// Finds the transaction token of a request, where it has one.
///
/// # Errors
///
/// There are several, or it can't be one.
pub fn find_transaction<'a>(
    head: &'a Head,
    rules: &Rules,
) -> Result<Option<Presented<'a>>, CredentialError> {
    let mut values = head.headers().all(TRANSACTION_FIELD);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let others = values.count();
    if others > 0 {
        return Err(CredentialError::TransactionRepeated {
            count: others.saturating_add(1),
        });
    }
    let header = HeaderName::parse(TRANSACTION_FIELD).unwrap_or_else(HeaderName::authorization);
    let token = super::text(value, &header, rules.max_bytes)?;
    Ok(Some(Presented::new(token).at(Place::Transaction)))
}
