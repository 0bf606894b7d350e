//! The mission that an access token is bound to: the claim `mission` (draft-mcguinness-oauth-mission, "The Mission Claim").
//!
//! A mission is a task that somebody has approved, with the authority for it. The claim names it and has the hash of that
//! authority, which is the SHA-256, as `sha-256:` and base64url, of the RFC 8785 text of
//! `{"typ": "mission-authority-set", "iss": ISSUER, "value": AUTHORIZATION_DETAILS}`: so the token's own
//! `authorization_details` can be held against what was approved. That works where the token has all of it. An authorization
//! server may also put in only what one resource needs, whose hash is another one; whether that is accepted, the
//! configuration says.
//!
//! Whether the mission is still going on is not known here, only that the token has not expired.

use crate::digest::Digest;
use crate::json::canonical::Canonical;
use crate::json::{Object, Value};

/// A mission, as a token names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mission {
    /// Its identifier at its issuer.
    pub id: String,
    /// Who approved it and keeps it: `issuer`, or `origin` as earlier revisions of the draft call it.
    pub issuer: String,
    /// What was approved, by its hash.
    pub authority_hash: Digest,
    /// Is that the hash of the token's own `authorization_details`?
    pub is_whole: bool,
}

/// Why a mission isn't accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MissionError {
    /// A member is missing, or not what it should be.
    #[error("`{member}` of `mission` is not {expected}")]
    Member {
        /// Which.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The token's `authorization_details` aren't what was approved.
    #[error("`authority_hash` of `mission` is not that of the token's `authorization_details`")]
    OtherAuthority,
}

impl Mission {
    /// The mission of a claim, which is some issuer's own where it isn't an object with `authority_hash`. Other members mean
    /// nothing here, as the draft has it.
    ///
    /// # Errors
    ///
    /// [`MissionError`]; where `parts_ok`, the hash may be that of more than these `details`.
    pub(super) fn read(
        claim: Option<&Value<'_>>,
        details: Option<&Value<'_>>,
        parts_ok: bool,
    ) -> Result<Option<Self>, MissionError> {
        let members = claim.and_then(Value::as_object);
        let Some(members) = members.filter(|members| members.get("authority_hash").is_some())
        else {
            return Ok(None);
        };
        let id = text(members, "id")?;
        let issuer = match members.get("origin") {
            Some(_) if members.get("issuer").is_none() => text(members, "origin")?,
            Some(_) | None => text(members, "issuer")?,
        };
        let authority_hash = text(members, "authority_hash")?
            .strip_prefix("sha-256:")
            .and_then(Digest::from_base64url)
            .ok_or(MissionError::Member {
                member: "authority_hash",
                expected: "`sha-256:` and a digest in base64url",
            })?;
        let is_whole = details
            .and_then(|details| hash(issuer, details))
            .is_some_and(|hash| hash == authority_hash);
        if !is_whole && !parts_ok {
            return Err(MissionError::OtherAuthority);
        }
        Ok(Some(Self {
            id: id.to_owned(),
            issuer: issuer.to_owned(),
            authority_hash,
            is_whole,
        }))
    }
}

/// The hash of an authority that `issuer` has approved; none where a number in it can be read in two ways.
#[must_use]
pub fn hash(issuer: &str, details: &Value<'_>) -> Option<Digest> {
    let text = |text: &str| Value::String(text.to_owned().into());
    let envelope = Value::Object(Object(vec![
        ("typ".into(), text("mission-authority-set")),
        ("iss".into(), text(issuer)),
        ("value".into(), details.clone().into_owned()),
    ]));
    Some(Digest::of_shown(&Canonical::of(&envelope).ok()?))
}

fn text<'o>(members: &'o Object<'_>, member: &'static str) -> Result<&'o str, MissionError> {
    members
        .get(member)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or(MissionError::Member {
            member,
            expected: "a string that isn't empty",
        })
}

#[cfg(test)]
mod tests;
