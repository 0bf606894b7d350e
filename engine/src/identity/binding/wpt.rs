//! Workload Proof Tokens, draft-ietf-wimse-wpt-02: a JWT that is made for one request, by the key that a Workload Identity
//! Token names.
//!
//! Revision 02 sends it as `Authorization: WPT`, where 01 had a field of its own; so no other credential fits beside it.

pub mod error;

use super::target::Target;
use super::workload::WorkloadKey;
use super::{Possession, Presentation};
use crate::credential::TRANSACTION_FIELD;
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::identity::claims::Claims;
use crate::identity::jose::compact::Compact;
use crate::identity::jose::header::Header;
use crate::identity::replay::Mark;
use crate::json::Value;
use crate::request::Head;
use crate::time::{Seconds, UnixTime};

pub use error::WptError;

/// The longest `jti` that is read, in bytes.
const MAX_JTI_BYTES: usize = 256;

impl WorkloadKey {
    /// Verifies the proof that came with the identity token of this key.
    ///
    /// Everything that costs little is checked first, the signature once the rest is right, and the proof counts as used
    /// only when it is right as a whole.
    ///
    /// # Errors
    ///
    /// The first check of draft-ietf-wimse-wpt-02, section 2 that fails.
    pub(super) fn verify(
        &self,
        proof: &str,
        presentation: &Presentation<'_>,
    ) -> Result<Possession, WptError> {
        let compact = Compact::decode(proof)?;
        let header = Header::parse(&compact.header).map_err(WptError::unreadable)?;
        if !header.is_type("wpt+jwt") {
            return Err(WptError::WrongType {
                found: Excerpt::of(header.typ.as_deref().unwrap_or("none")),
            });
        }
        if header.algorithm != self.key.algorithm() {
            return Err(WptError::OtherAlgorithm {
                expected: self.key.algorithm(),
                found: header.algorithm,
            });
        }
        let claims = Claims::parse(&compact.payload).map_err(WptError::unreadable)?;
        check_audience(&claims, presentation)?;
        let expires_at = self.check_expiry(&claims, presentation.now)?;
        check_tokens(&claims, presentation)?;
        let id = text(&claims, "jti")?;
        if id.len() > MAX_JTI_BYTES {
            return Err(WptError::Claim {
                claim: "jti",
                expected: "a string of 1 to 256 bytes",
            });
        }
        self.key
            .verify(
                presentation.host.verifier,
                header.algorithm,
                compact.signing_input,
                &compact.signature,
            )
            .map_err(|_| WptError::BadSignature)?;
        let key = self.key.thumbprint();
        let mark = Mark {
            digest: Digest::of_parts(&[b"wpt", key.as_bytes(), id.as_bytes()]),
            until: expires_at.after(self.rules.clock_skew).after(Seconds(1)),
        };
        presentation
            .dpop
            .replays()
            .admit(presentation.host.store, mark, presentation.now)?;
        Ok(Possession::Wpt { key })
    }

    fn check_expiry(&self, claims: &Claims<'_>, now: UnixTime) -> Result<UnixTime, WptError> {
        let at = claims.time("exp").ok().flatten().ok_or(WptError::Claim {
            claim: "exp",
            expected: "seconds since 1970, up to the year 9999",
        })?;
        if now >= at.after(self.rules.clock_skew) {
            return Err(WptError::Expired { at, now });
        }
        let limit = self.rules.max_lifetime;
        if at > now.after(limit).after(self.rules.clock_skew) {
            return Err(WptError::LifetimeTooLong { at, now, limit });
        }
        Ok(at)
    }
}

const TEXT: &str = "a string that isn't empty";
const HASH: &str = "a SHA-256 digest in base64url";

/// `aud` is the request's target, query and fragment aside. One that names several could be used at the others, too.
fn check_audience(claims: &Claims<'_>, presentation: &Presentation<'_>) -> Result<(), WptError> {
    let stated = text(claims, "aud")?;
    let uri = stated.split(['?', '#']).next().unwrap_or_default();
    let no_target = |why| WptError::NoTarget { why };
    let target = Target::parse(uri).map_err(no_target)?;
    let expected = presentation.target().map_err(no_target)?;
    if target == expected {
        return Ok(());
    }
    Err(WptError::OtherTarget {
        found: Excerpt::of(stated),
        expected: Excerpt::of(&expected.to_string()),
    })
}

/// `wth`, `tth` and `oth`: is the proof for this request's tokens?
fn check_tokens(claims: &Claims<'_>, presentation: &Presentation<'_>) -> Result<(), WptError> {
    if digest(claims, "wth")? != presentation.presented.digest() {
        return Err(WptError::OtherIdentity);
    }
    let transaction = field_digest(presentation.head, TRANSACTION_FIELD);
    let stated = claims
        .get("tth")
        .map(|_| digest(claims, "tth"))
        .transpose()?;
    match (stated, transaction) {
        (None, FieldDigest::Absent) => {}
        (Some(stated), FieldDigest::Of(found)) if stated == found => {}
        _ => return Err(WptError::OtherTransaction),
    }
    let Some(others) = claims.get("oth") else {
        return Ok(());
    };
    let others = others.as_object().ok_or(WptError::Claim {
        claim: "oth",
        expected: "an object of field names and SHA-256 digests in base64url",
    })?;
    for (field, stated) in others.iter() {
        let stated = stated.as_str().and_then(Digest::from_base64url);
        match (stated, field_digest(presentation.head, field)) {
            (Some(stated), FieldDigest::Of(found)) if stated == found => {}
            _ => {
                return Err(WptError::OtherToken {
                    field: Excerpt::of(field),
                });
            }
        }
    }
    Ok(())
}

/// What can be said of a field that a proof may be about.
enum FieldDigest {
    Absent,
    Of(Digest),
    Repeated,
}

/// The digest of a field's value without the spaces around it.
fn field_digest(head: &Head, field: &str) -> FieldDigest {
    let mut values = head.headers().all(field);
    match (values.next(), values.next()) {
        (None, _) => FieldDigest::Absent,
        (Some(value), None) => FieldDigest::Of(Digest::of(value.trim_ascii())),
        (Some(_), Some(_)) => FieldDigest::Repeated,
    }
}

fn digest(claims: &Claims<'_>, claim: &'static str) -> Result<Digest, WptError> {
    claims
        .get(claim)
        .and_then(Value::as_str)
        .and_then(Digest::from_base64url)
        .ok_or(WptError::Claim {
            claim,
            expected: HASH,
        })
}

fn text<'c>(claims: &'c Claims<'_>, claim: &'static str) -> Result<&'c str, WptError> {
    claims.string(claim).ok().flatten().ok_or(WptError::Claim {
        claim,
        expected: TEXT,
    })
}

#[cfg(test)]
mod tests;
