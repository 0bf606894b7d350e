//! Workload Identity Tokens, which have a field of their own, and the proofs that come with them in place of a credential.

use super::{CredentialError, Presented, Rules, Scheme};
use crate::request::{Head, HeaderName};

/// Where workloads' identity tokens stand, in lower case (draft-ietf-wimse-workload-creds, section 5.1.1).
pub const IDENTITY_FIELD: &str = "workload-identity-token";

/// What a signed request has, in lower case (RFC 9421, section 4.1).
pub const SIGNATURE_INPUT_FIELD: &str = "signature-input";

/// Puts together a workload's identity token and what stands in the field of credentials, which has to be its proof
/// (draft-ietf-wimse-wpt-02, section 2). Where nothing stands there, the request's own signature may be the proof
/// (draft-ietf-wimse-http-signature-07). `None` where the request has neither.
///
/// # Errors
///
/// One without the other, several identity tokens, or a credential of another kind beside one: whoever has a bearer token
/// could use it, so a workload that proves itself is not helped by one (section 2.2).
pub(super) fn join<'a>(
    head: &'a Head,
    rules: &Rules,
    credential: &Result<(Scheme, &'a str), CredentialError>,
) -> Result<Option<Presented<'a>>, CredentialError> {
    let mut values = head.headers().all(IDENTITY_FIELD);
    let Some(value) = values.next() else {
        return match credential {
            Ok((Scheme::Wpt, _)) => Err(CredentialError::WorkloadProofAlone),
            Ok((Scheme::Bearer | Scheme::Dpop, _)) | Err(_) => Ok(None),
        };
    };
    let others = values.count();
    if others > 0 {
        return Err(CredentialError::IdentityRepeated {
            count: others.saturating_add(1),
        });
    }
    let header = HeaderName::parse(IDENTITY_FIELD).unwrap_or_else(HeaderName::authorization);
    let token = super::text(value, &header, rules.max_bytes)?;
    match credential {
        Ok((Scheme::Wpt, proof)) => Ok(Some(Presented::workload(token, proof))),
        Ok((scheme @ (Scheme::Bearer | Scheme::Dpop), _)) => {
            Err(CredentialError::BesideIdentity { scheme: *scheme })
        }
        Err(CredentialError::Missing { .. }) if is_signed(head) => {
            Ok(Some(Presented::signed_workload(token)))
        }
        Err(CredentialError::Missing { header }) => Err(CredentialError::WorkloadProofMissing {
            header: header.clone(),
        }),
        Err(error) => Err(error.clone()),
    }
}

fn is_signed(head: &Head) -> bool {
    head.headers().all(SIGNATURE_INPUT_FIELD).next().is_some()
}
