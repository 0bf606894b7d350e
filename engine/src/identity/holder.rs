//! Callers of whom nothing is known but the key that they hold, and who handed authority to that key.

use super::binding::{Confirmation, Possession};
use super::caller::{Caller, CredentialFormat, Named, VerifiedWith};
use super::issuer::IssuerName;
use super::jose::key::PublicKey;
use super::verified::{Unverified, Verified};
use crate::digest::Digest;
use crate::time::UnixTime;

/// What was verified of a key to which authority was handed on.
#[derive(Debug)]
pub struct Holding<'a> {
    /// The short name of whose authority it is, at the root.
    pub domain: IssuerName,
    /// Its identifier.
    pub issuer: &'a str,
    /// What the holder is called: its key, as a URN.
    pub subject: &'a str,
    /// The key.
    pub key: &'a PublicKey,
    /// When authority was handed to it.
    pub issued_at: Option<UnixTime>,
    /// Until when.
    pub expires_at: UnixTime,
    /// What the last token is called.
    pub id: &'a str,
    /// The digest of everything that hands the authority on.
    pub digest: Digest,
}

/// The holder of a key, as a caller. To be called by whoever has verified the whole way from the root to the key.
pub(crate) fn caller(holding: &Holding<'_>) -> Verified<Caller> {
    let thumbprint = holding.key.thumbprint();
    let named = Named {
        domain: holding.domain.clone(),
        issuer: holding.issuer.to_owned(),
        format: CredentialFormat::Aat,
        subject: holding.subject.to_owned(),
        expires_at: holding.expires_at,
        verified_with: VerifiedWith::Key {
            algorithm: holding.key.algorithm(),
            kid: Some(thumbprint.to_base64url()),
        },
        digest: holding.digest,
    };
    let caller = Caller {
        issued_at: holding.issued_at,
        token_id: Some(holding.id.to_owned()),
        confirmation: Some(Confirmation::Jkt(thumbprint)),
        ..Caller::of(named)
    };
    Unverified::new(caller).into_verified()
}

/// That the sender of a request holds the key with this thumbprint. To be called by whoever has verified its proof.
pub(crate) fn possession(key: Digest) -> Verified<Possession> {
    Unverified::new(Possession::Aat { key }).into_verified()
}
