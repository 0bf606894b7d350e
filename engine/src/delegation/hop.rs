//! One party of a chain, and what is known of its delegation.

use std::collections::BTreeSet;

use super::authority::Authority;
use super::error::DelegationError;
use crate::json::{Object, Value};
use crate::time::UnixTime;

/// One party of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Who vouches for the party: an issuer's identifier.
    pub issuer: String,
    /// The party's name at that issuer.
    pub subject: String,
    /// What it was read from.
    pub format: HopFormat,
    /// Whose word it is.
    pub vouched: Vouched,
    /// When its delegation begins and ends.
    pub lifetime: Lifetime,
    /// Who accepts the delegation; nothing said is as before.
    pub audience: Option<BTreeSet<String>>,
    /// What it may do, where the format states it.
    pub authority: Option<Authority>,
}

/// What a hop was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopFormat {
    /// The token's own `sub`.
    Subject,
    /// An `act` claim (RFC 8693, section 4.1).
    Act,
    /// An Attenuating Agent Token.
    Aat,
    /// A block of a Biscuit.
    Biscuit,
}

impl HopFormat {
    /// Its name in policies and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Act => "act",
            Self::Aat => "aat",
            Self::Biscuit => "biscuit",
        }
    }
}

/// Whose word it is that a party takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vouched {
    /// That of the hop's issuer, whose signature was verified.
    ByIssuer,
    /// That of somebody else, who signed what the hop was read from.
    ByAnother,
}

/// When a delegation begins and ends; nothing said is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Lifetime {
    /// When it was issued.
    pub issued_at: Option<UnixTime>,
    /// From when on it is no longer valid.
    pub expires_at: Option<UnixTime>,
}

impl Hop {
    /// A party of which nothing more is known.
    #[must_use]
    pub const fn of(issuer: String, subject: String, format: HopFormat, vouched: Vouched) -> Self {
        Self {
            issuer,
            subject,
            format,
            vouched,
            lifetime: Lifetime {
                issued_at: None,
                expires_at: None,
            },
            audience: None,
            authority: None,
        }
    }

    /// An actor of a token that `signer` issued. Only one that is `signer`'s own is vouched for by its issuer: another one is
    /// ascribed to it.
    pub(super) fn actor(
        actor: &Object<'_>,
        signer: &str,
        depth: usize,
    ) -> Result<Self, DelegationError> {
        let text = |value: &Value<'_>| {
            let text = value.as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        let subject = actor
            .get("sub")
            .and_then(text)
            .ok_or(DelegationError::ActorUnnamed { depth })?;
        let issuer = match actor.get("iss") {
            None => signer.to_owned(),
            Some(value) => text(value).ok_or(DelegationError::ActorIssuerInvalid { depth })?,
        };
        let vouched = if issuer == signer {
            Vouched::ByIssuer
        } else {
            Vouched::ByAnother
        };
        Ok(Self::of(issuer, subject, HopFormat::Act, vouched))
    }
}
