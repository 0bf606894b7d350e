//! Callers of whom nothing is known but the authority that was handed to them: to the key that they hold, or to whoever carries it.

use super::binding::{Confirmation, Possession};
use super::caller::{Caller, CredentialFormat, Named, VerifiedWith};
use super::issuer::IssuerName;
use super::jose::algorithm::Algorithm;
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

/// What was verified of a token that hands authority to whoever carries it, unless it names a key.
#[derive(Debug)]
pub struct Carrying<'a> {
    /// The short name of whose authority it is, at the root.
    pub domain: IssuerName,
    /// Its identifier.
    pub issuer: &'a str,
    /// What the token is for, in a word: a user, or the token itself.
    pub subject: &'a str,
    /// Who acts, where the token says so.
    pub agent: Option<&'a str>,
    /// On whose behalf, where the token says so.
    pub user: Option<&'a str>,
    /// Is that known to be a person?
    pub is_person: bool,
    /// The scopes that it grants.
    pub scopes: Vec<String>,
    /// Who accepts it.
    pub audience: Vec<String>,
    /// The thumbprint of the key, or of the certificate, that it is bound to.
    pub holder: Option<Digest>,
    /// Until when it lasts.
    pub expires_at: UnixTime,
    /// What the token is called.
    pub id: Option<&'a str>,
    /// The algorithm and the name of its root key.
    pub root: (Algorithm, Option<u32>),
    /// The digest of the whole.
    pub digest: Digest,
}

/// Whoever carries a token, as a caller. To be called by whoever has verified all of its signatures.
pub(crate) fn carrier(of: Carrying<'_>) -> Verified<Caller> {
    let (algorithm, root) = of.root;
    let named = Named {
        domain: of.domain,
        issuer: of.issuer.to_owned(),
        format: CredentialFormat::Biscuit,
        subject: of.subject.to_owned(),
        expires_at: of.expires_at,
        verified_with: VerifiedWith::Key {
            algorithm,
            kid: root.map(|id| id.to_string()),
        },
        digest: of.digest,
    };
    let caller = Caller {
        agent: of.agent.map(str::to_owned),
        user: of.user.map(str::to_owned),
        is_person: of.is_person,
        scopes: of.scopes,
        audience: of.audience,
        token_id: of.id.map(str::to_owned),
        confirmation: of.holder.map(Confirmation::Thumbprint),
        ..Caller::of(named)
    };
    Unverified::new(caller).into_verified()
}

/// How the sender of a request that carries a token and nothing else has shown to be its holder: by the certificate of its
/// connection, where the token is bound to that one, or else by having it.
pub(crate) fn carried(
    bound_to: Option<Digest>,
    certificate: Option<Digest>,
) -> Verified<Possession> {
    let possession = match certificate.filter(|found| Some(*found) == bound_to) {
        Some(certificate) => Possession::Mtls { certificate },
        None => Possession::Bearer,
    };
    Unverified::new(possession).into_verified()
}
