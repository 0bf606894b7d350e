//! Deny-lists: credentials that are void before they expire, whatever their issuer says.
//!
//! One stands in the configuration, another may be fetched; both have the same form. An entry names a token, a party, a key or
//! an issuer, and may end, or hit only what was issued before a moment. What a credential can be named by is worked out once,
//! when it is verified; looking it up costs a binary search per name and list.

mod read;

use std::fmt;

pub use read::DenyListError;

use super::caller::Caller;
use super::documents::remote::Remote;
use super::documents::source::Source;
use super::documents::{Availability, Document, DocumentError, DocumentId, Documents, Slot};
use super::standing::StandingError;
use crate::digest::Digest;
use crate::time::UnixTime;

/// The deny-lists of a configuration.
#[derive(Clone, Debug, Default)]
pub struct RevocationRules {
    /// The one that stands in it.
    pub inline: DenyList,
    /// Where another one is fetched from.
    pub remote: Option<Source>,
    /// Is nobody let through as long as the fetched one can't be had?
    pub required: bool,
}

/// A deny-list.
///
/// INVARIANT: sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DenyList {
    entries: Vec<(Name, Terms)>,
}

/// When an entry hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Terms {
    kind: Kind,
    /// No longer than this.
    until: Option<UnixTime>,
    /// Only what was issued before this, or at no time that is known.
    issued_before: Option<UnixTime>,
}

impl Terms {
    fn hits(&self, issued_at: Option<UnixTime>, now: UnixTime) -> bool {
        let stands = self.until.is_none_or(|until| now < until);
        let is_meant = match (self.issued_before, issued_at) {
            (Some(before), Some(at)) => at < before,
            (None, _) | (Some(_), None) => true,
        };
        stands && is_meant
    }
}

/// By what an entry names credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `jti`, and whose it is.
    Token,
    /// A party, whether it is the token's subject or acted on the way.
    Subject,
    /// The acting agent, as policies name it.
    Agent,
    /// The key that the credential is bound to.
    Key,
    /// The credential's digest, as records name it.
    Credential,
    /// The issuer.
    Issuer,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "`jti`",
            Self::Subject => "party",
            Self::Agent => "agent",
            Self::Key => "key",
            Self::Credential => "digest",
            Self::Issuer => "issuer",
        })
    }
}

/// What a credential can be named by, as a digest over the kind of name and the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name(Digest);

impl Name {
    fn of(kind: Kind, parts: &[&str]) -> Self {
        let kind: &[u8] = match kind {
            Kind::Token => b"token",
            Kind::Subject => b"subject",
            Kind::Agent => b"agent",
            Kind::Key => b"key",
            Kind::Credential => b"credential",
            Kind::Issuer => b"issuer",
        };
        let mut all = vec![kind];
        all.extend(parts.iter().map(|part| part.as_bytes()));
        Self(Digest::of_parts(&all))
    }
}

/// A token on the way to the caller's, as deny-lists can name it.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// Its own issuer.
    pub issuer: &'a str,
    /// Its `jti`.
    pub id: &'a str,
    /// The thumbprint of its holder's key.
    pub key: Digest,
    /// What its holder is called.
    pub holder: &'a str,
}

/// Everything that a credential can be named by in a deny-list.
#[derive(Clone, Debug, Default)]
pub struct Names(Vec<Name>);

impl Names {
    /// The names of a caller's credential. `agent` is the acting agent as policies name it, `parties` are the issuer and the
    /// name of everybody in its delegation.
    #[must_use]
    pub fn of<'a>(
        caller: &Caller,
        agent: &str,
        parties: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let issuer = caller.issuer.as_str();
        let mut names = vec![
            Name::of(Kind::Issuer, &[issuer]),
            Name::of(Kind::Agent, &[agent]),
            Name::of(Kind::Credential, &[&caller.digest.to_base64url()]),
        ];
        let other = caller.other_digest;
        names.extend(other.map(|of| Name::of(Kind::Credential, &[&of.to_base64url()])));
        names.extend(parties.map(|(issuer, name)| Name::of(Kind::Subject, &[issuer, name])));
        let id = caller.token_id.as_deref();
        names.extend(id.map(|id| Name::of(Kind::Token, &[issuer, id])));
        let key = caller
            .confirmation
            .as_ref()
            .and_then(|key| key.thumbprint());
        names.extend(key.map(|key| Name::of(Kind::Key, &[&key.to_base64url()])));
        Self(names)
    }

    /// Adds a token on the way to the caller's: whoever holds its key can add others behind it, so it has to be named itself.
    /// `issuer` is the root's, under which deny-lists name tokens of a chain, beside the token's own.
    pub fn add_link(&mut self, domain: &str, issuer: &str, link: &Link<'_>) {
        let key = link.key.to_base64url();
        let agent = format!("{domain}/{}", link.holder);
        self.0.extend([
            Name::of(Kind::Token, &[issuer, link.id]),
            Name::of(Kind::Token, &[link.issuer, link.id]),
            Name::of(Kind::Key, &[&key]),
            Name::of(Kind::Agent, &[&agent]),
        ]);
    }

    /// Adds what a part of a credential is called by its issuer.
    pub fn add_id(&mut self, issuer: &str, id: &str) {
        self.0.push(Name::of(Kind::Token, &[issuer, id]));
    }
}

impl DenyList {
    /// The most entries.
    pub const MAX_ENTRIES: usize = 100_000;

    /// Reads a deny-list, which is a JSON object of lists of objects:
    ///
    /// | list | members of each entry |
    /// |---|---|
    /// | `tokens` | `issuer`, `jti` |
    /// | `subjects` | `issuer`, `subject` |
    /// | `agents` | `agent`: `TRUST-DOMAIN/AGENT` |
    /// | `keys` | `thumbprint`: `jkt` or `x5t#S256` |
    /// | `credentials` | `digest`: `sha256:` and base64url, as in records |
    /// | `issuers` | `issuer` |
    ///
    /// Each entry may have `until`, `issued_before` (seconds since 1970, or RFC 3339 in UTC) and a `note` for people.
    ///
    /// # Errors
    ///
    /// [`DenyListError`] for anything else: a misspelled entry would let through what it should stop.
    pub fn read(bytes: &[u8]) -> Result<Self, DenyListError> {
        read::read(bytes)
    }

    /// The first entry that hits.
    fn find(&self, names: &Names, issued_at: Option<UnixTime>, now: UnixTime) -> Option<Kind> {
        if self.entries.is_empty() {
            return None;
        }
        names.0.iter().find_map(|name| {
            let first = self.entries.partition_point(|(entry, _)| entry < name);
            let mut same = self
                .entries
                .iter()
                .skip(first)
                .take_while(|(entry, _)| entry == name);
            same.find_map(|(_, terms)| terms.hits(issued_at, now).then_some(terms.kind))
        })
    }
}

impl Document for DenyList {
    type Rules = ();

    const ACCEPT: &'static str = "application/json";

    fn max_bytes((): &()) -> usize {
        read::LIMITS.max_bytes
    }

    fn marks((): &()) -> Vec<&str> {
        Vec::new()
    }

    fn read(bytes: &[u8], (): &()) -> Result<Self, DocumentError> {
        Ok(Self::read(bytes)?)
    }
}

/// The deny-lists in force.
#[derive(Debug)]
pub struct Revocations {
    inline: DenyList,
    remote: Option<Remote<DenyList>>,
    required: bool,
}

impl Revocations {
    /// What the configuration says, before anything was fetched; `None` where its address can't be fetched from.
    #[must_use]
    pub fn new(rules: &RevocationRules) -> Option<Self> {
        let remote = match &rules.remote {
            Some(source) => Some(Remote::new(DocumentId::Revocations, source, ())?),
            None => None,
        };
        Some(Self {
            inline: rules.inline.clone(),
            remote,
            required: rules.required,
        })
    }

    /// Is there no deny-list at all?
    #[must_use]
    pub const fn are_none(&self) -> bool {
        self.inline.entries.is_empty() && self.remote.is_none()
    }

    /// Is a credential with these names on no list?
    ///
    /// # Errors
    ///
    /// It is; or the fetched list isn't there, or not yet, and is required.
    pub(super) fn check(
        &self,
        names: &Names,
        issued_at: Option<UnixTime>,
        now: UnixTime,
    ) -> Result<(), StandingError> {
        let revoked = |list: &DenyList| match list.find(names, issued_at, now) {
            Some(kind) => Err(StandingError::Revoked { kind }),
            None => Ok(()),
        };
        revoked(&self.inline)?;
        match self.remote.as_ref().map(|remote| remote.state(now)) {
            None => Ok(()),
            Some(Availability::Ready(list)) => revoked(list),
            Some(_) if !self.required => Ok(()),
            Some(Availability::Pending) => Err(StandingError::RevocationsPending),
            Some(Availability::Unavailable) => Err(StandingError::RevocationsUnavailable),
        }
    }
}

impl Documents for Revocations {
    fn slots(&mut self) -> Vec<&mut dyn Slot> {
        let remote = self.remote.iter_mut();
        remote.map(|remote| remote as &mut dyn Slot).collect()
    }
}

#[cfg(test)]
mod tests;
