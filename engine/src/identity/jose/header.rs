//! A token's header (RFC 7515, section 4), read strictly.

use std::borrow::Cow;

use super::algorithm::Algorithm;
use super::jwk::MAX_KID_BYTES;
use crate::excerpt::Excerpt;
use crate::identity::error::{Fault, IdentityError};
use crate::json::{self, Object, Value};

/// How much of a header is read; `x5c` may hold a few certificates.
const LIMITS: json::Limits = json::Limits {
    max_bytes: 16 * 1024,
    max_depth: 8,
    max_values: 256,
};

/// What a header says that matters. Everything in it is the sender's word.
///
/// `jku`, `jwk`, `x5u`, `x5c` and the thumbprints of certificates are ignored: they never choose a key (RFC 8725, section
/// 3.10), and issuers that people use do send them. So is everything that isn't known, as RFC 7515 has it.
#[derive(Debug)]
pub struct Header<'a> {
    /// `alg`
    pub algorithm: Algorithm,
    /// `kid`
    pub kid: Option<Cow<'a, str>>,
    /// `typ`
    pub typ: Option<Cow<'a, str>>,
}

impl<'a> Header<'a> {
    /// Reads a header.
    ///
    /// # Errors
    ///
    /// No strict JSON object; `alg` is missing or not known here; `crit`, or `b64` (RFC 7797), which must not come without
    /// it; `cty`; any of them or `kid` or `typ` of the wrong type.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, IdentityError> {
        Self::parse_with_key(bytes).map(|(header, _)| header)
    }

    /// Reads a header and its `jwk`, for proofs of possession, whose key is in them and is compared with what the token is
    /// bound to. Nothing else may look at it.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`].
    pub fn parse_with_key(bytes: &'a [u8]) -> Result<(Self, Option<Value<'a>>), IdentityError> {
        let malformed = |why| IdentityError::HeaderMalformed { why };
        let value = json::parse(bytes, &LIMITS).map_err(|error| malformed(error.into()))?;
        let Value::Object(mut header) = value else {
            return Err(malformed(Fault::NotObject));
        };
        if header.get("crit").is_some() || header.get("b64").is_some() {
            return Err(IdentityError::CriticalExtension);
        }
        if let Some(found) = take(&mut header, "cty").map_err(malformed)? {
            return Err(IdentityError::NestedContent {
                found: Excerpt::of(&found),
            });
        }
        let alg = take(&mut header, "alg")
            .and_then(|alg| alg.ok_or(not_text("alg")))
            .map_err(malformed)?;
        let algorithm = alg
            .parse()
            .map_err(|_| IdentityError::UnsupportedAlgorithm {
                found: Excerpt::of(&alg),
            })?;
        let kid = take(&mut header, "kid").map_err(malformed)?;
        if kid
            .as_ref()
            .is_some_and(|kid| !(1..=MAX_KID_BYTES).contains(&kid.len()))
        {
            return Err(malformed(Fault::Parameter {
                parameter: "kid",
                expected: "a string of 1 to 256 bytes",
            }));
        }
        let typ = take(&mut header, "typ").map_err(malformed)?;
        let read = Self {
            algorithm,
            kid,
            typ,
        };
        Ok((read, header.remove("jwk")))
    }

    /// Is `typ` this media type? Compared without regard to case, and with or without `application/` (RFC 7515, section
    /// 4.1.9).
    #[must_use]
    pub fn is_type(&self, expected: &str) -> bool {
        const PREFIX: &str = "application/";
        self.typ.as_deref().is_some_and(|typ| {
            let subtype = match typ.split_at_checked(PREFIX.len()) {
                Some((prefix, subtype)) if prefix.eq_ignore_ascii_case(PREFIX) => subtype,
                _ => typ,
            };
            subtype.eq_ignore_ascii_case(expected)
        })
    }
}

/// A parameter that is text where it is there.
fn take<'a>(
    header: &mut Object<'a>,
    parameter: &'static str,
) -> Result<Option<Cow<'a, str>>, Fault> {
    match header.remove(parameter) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(not_text(parameter)),
    }
}

const fn not_text(parameter: &'static str) -> Fault {
    Fault::Parameter {
        parameter,
        expected: "a string",
    }
}

#[cfg(test)]
mod tests;
