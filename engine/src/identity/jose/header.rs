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
        Ok(Self {
            algorithm,
            kid,
            typ,
        })
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
mod tests {
    use super::Header;
    use crate::excerpt::Excerpt;
    use crate::identity::error::{Fault, IdentityError};
    use crate::identity::jose::algorithm::Algorithm;
    use crate::json::JsonError;

    #[test]
    fn a_header_is_read_strictly() {
        let unsupported = |found| {
            Err(IdentityError::UnsupportedAlgorithm {
                found: Excerpt::of(found),
            })
        };
        let malformed = |why| Err(IdentityError::HeaderMalformed { why });
        let parameter = |parameter, expected| {
            malformed(Fault::Parameter {
                parameter,
                expected,
            })
        };
        let not_text = |name| parameter(name, "a string");
        let long_kid = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(257));
        for (name, header, expected) in [
            ("the least", r#"{"alg":"ES256"}"#, Ok(Algorithm::Es256)),
            (
                "unknown members",
                r#"{"alg":"PS384","x":[1,{"y":2}]}"#,
                Ok(Algorithm::Ps384),
            ),
            (
                "keys in the header choose nothing",
                r#"{"alg":"Ed25519","jwk":{"kty":"oct"},"jku":"https://evil.example/","x5c":["AA=="],"x5u":"u"}"#,
                Ok(Algorithm::Ed25519),
            ),
            ("no alg", r#"{"typ":"JWT"}"#, not_text("alg")),
            ("alg is a list", r#"{"alg":["ES256"]}"#, not_text("alg")),
            ("alg is null", r#"{"alg":null}"#, not_text("alg")),
            ("none", r#"{"alg":"none"}"#, unsupported("none")),
            ("None", r#"{"alg":"nOnE"}"#, unsupported("nOnE")),
            ("symmetric", r#"{"alg":"HS256"}"#, unsupported("HS256")),
            ("case matters", r#"{"alg":"es256"}"#, unsupported("es256")),
            (
                "white space matters",
                r#"{"alg":"ES256 "}"#,
                unsupported("ES256 "),
            ),
            ("empty", r#"{"alg":""}"#, unsupported("")),
            (
                "a curve that isn't supported",
                r#"{"alg":"ES512"}"#,
                unsupported("ES512"),
            ),
            (
                "crit",
                r#"{"alg":"ES256","crit":["exp"],"exp":1}"#,
                Err(IdentityError::CriticalExtension),
            ),
            (
                "an empty crit",
                r#"{"alg":"ES256","crit":[]}"#,
                Err(IdentityError::CriticalExtension),
            ),
            (
                "b64",
                r#"{"alg":"ES256","b64":false}"#,
                Err(IdentityError::CriticalExtension),
            ),
            (
                "nested",
                r#"{"alg":"ES256","cty":"JWT"}"#,
                Err(IdentityError::NestedContent {
                    found: Excerpt::of("JWT"),
                }),
            ),
            (
                "cty is no text",
                r#"{"alg":"ES256","cty":1}"#,
                not_text("cty"),
            ),
            (
                "kid is a number",
                r#"{"alg":"ES256","kid":1}"#,
                not_text("kid"),
            ),
            (
                "kid is empty",
                r#"{"alg":"ES256","kid":""}"#,
                parameter("kid", "a string of 1 to 256 bytes"),
            ),
            (
                "kid is long",
                &long_kid,
                parameter("kid", "a string of 1 to 256 bytes"),
            ),
            (
                "typ is an object",
                r#"{"alg":"ES256","typ":{}}"#,
                not_text("typ"),
            ),
            ("an array", r#"["ES256"]"#, malformed(Fault::NotObject)),
            (
                "a duplicate by escape",
                r#"{"alg":"ES256","\u0061lg":"none"}"#,
                malformed(Fault::NotJson(JsonError::DuplicateName { at: 15 })),
            ),
            (
                "something after it",
                r#"{"alg":"ES256"}{}"#,
                malformed(Fault::NotJson(JsonError::TrailingData { at: 15 })),
            ),
        ] {
            let found = Header::parse(header.as_bytes()).map(|header| header.algorithm);
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn types_are_media_types() {
        for (name, typ, is_at_jwt) in [
            ("short", "at+jwt", true),
            ("long", "application/at+jwt", true),
            ("in another case", "Application/AT+JWT", true),
            ("another type", "JWT", false),
            ("another tree", "text/at+jwt", false),
            ("twice the prefix", "application/application/at+jwt", false),
            ("a parameter", "at+jwt;v=1", false),
            ("white space", " at+jwt", false),
            ("empty", "", false),
            ("another script", "äpplication/at+jwt", false),
        ] {
            let header = format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#);
            let header = Header::parse(header.as_bytes()).unwrap();
            assert_eq!(header.is_type("at+jwt"), is_at_jwt, "{name}");
        }
    }
}
