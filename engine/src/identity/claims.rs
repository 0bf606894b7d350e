//! A token's claims (RFC 7519, section 4; RFC 9068, section 2.2), read strictly.

mod mapped;

use std::borrow::Cow;

use super::error::{Fault, IdentityError};
use super::issuer::TokenProfile;
use crate::excerpt::Excerpt;
use crate::json::{self, Number, Object, Value};
use crate::time::UnixTime;

pub(super) use mapped::{groups, holds, listed, scalar, scopes, text};

/// How much of a payload is read. Deep enough for the longest chain of actors and for what lies around it.
const LIMITS: json::Limits = json::Limits {
    max_bytes: 48 * 1024,
    max_depth: 64,
    max_values: 4096,
};

/// The last second of the year 9999: a later `NumericDate` is milliseconds, or mischief.
const LATEST: u64 = 253_402_300_799;

/// The most values of `aud`.
const MAX_AUDIENCES: usize = 64;

/// The claims of one token, as one strict JSON object.
#[derive(Debug)]
pub(super) struct Claims<'a>(Object<'a>);

/// The registered claims, each of the type that its definition asks for.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) subject: String,
    pub(super) audience: Vec<String>,
    pub(super) expires_at: UnixTime,
    pub(super) not_before: Option<UnixTime>,
    pub(super) issued_at: Option<UnixTime>,
    pub(super) token_id: Option<String>,
}

impl<'a> Claims<'a> {
    pub(super) fn parse(payload: &'a [u8]) -> Result<Self, IdentityError> {
        Self::parse_within(payload, &LIMITS)
    }

    /// The same for a token that is longer than those that come with requests.
    pub(super) fn parse_within(
        payload: &'a [u8],
        limits: &json::Limits,
    ) -> Result<Self, IdentityError> {
        let malformed = |why| IdentityError::ClaimsMalformed { why };
        match json::parse(payload, limits) {
            Ok(Value::Object(claims)) => Ok(Self(claims)),
            Ok(_) => Err(malformed(Fault::NotObject)),
            Err(error) => Err(malformed(error.into())),
        }
    }

    /// The value of `iss`, whose truth depends on the signature.
    pub(super) fn issuer(&self) -> Result<&str, IdentityError> {
        required(self.string("iss")?, "iss")
    }

    /// The value of `sub`, whose truth depends on the signature.
    pub(super) fn subject(&self) -> Result<&str, IdentityError> {
        self.required_text("sub")
    }

    /// A claim that has to be there, as text.
    pub(super) fn required_text(&self, claim: &'static str) -> Result<&str, IdentityError> {
        required(self.string(claim)?, claim)
    }

    pub(super) fn get(&self, claim: &str) -> Option<&Value<'a>> {
        self.0.get(claim)
    }

    /// Takes out a claim that is kept as it stands for the delegation stage.
    pub(super) fn take(&mut self, claim: &str) -> Option<Value<'static>> {
        self.0.remove(claim).map(Value::into_owned)
    }

    /// The registered claims, and those that the profile requires.
    pub(super) fn registered(&self, profile: &TokenProfile) -> Result<Registered, IdentityError> {
        let texts: &[&'static str] = match profile {
            TokenProfile::Rfc9068 => &["client_id", "jti"],
            TokenProfile::TransactionToken => &["scope"],
            TokenProfile::PlainJwt
            | TokenProfile::JwtSvid
            | TokenProfile::Wit(_)
            | TokenProfile::Ci(_) => &[],
        };
        for claim in texts {
            self.required_text(claim)?;
        }
        if !texts.is_empty() {
            required(self.0.get("iat"), "iat")?;
        }
        Ok(Registered {
            subject: self.subject()?.to_owned(),
            audience: if profile.needs_audience() || self.0.get("aud").is_some() {
                self.audience()?
            } else {
                Vec::new()
            },
            expires_at: self.required_time("exp")?,
            not_before: self.time("nbf")?,
            issued_at: self.time("iat")?,
            token_id: self.string("jti")?.map(str::to_owned),
        })
    }

    /// A claim that is text with at least one character, where it is there.
    pub(super) fn string(&self, claim: &'static str) -> Result<Option<&str>, IdentityError> {
        self.0
            .get(claim)
            .map(|value| {
                let text = value.as_str().filter(|text| !text.is_empty());
                text.ok_or_else(|| invalid(claim, "a string that isn't empty"))
            })
            .transpose()
    }

    /// One string, or an array of different strings (RFC 7519, section 4.1.3).
    pub(super) fn audience(&self) -> Result<Vec<String>, IdentityError> {
        const EXPECTED: &str = "a string, or an array of 1 to 64 different strings";
        let wrong = || invalid("aud", EXPECTED);
        let listed = match required(self.0.get("aud"), "aud")? {
            Value::String(one) => vec![one.as_ref()],
            Value::Array(several) => several
                .iter()
                .map(|value| value.as_str().ok_or_else(wrong))
                .collect::<Result<Vec<_>, _>>()?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                return Err(wrong());
            }
        };
        let mut audience: Vec<String> = Vec::with_capacity(listed.len());
        for value in listed.iter().take(MAX_AUDIENCES.saturating_add(1)) {
            if value.is_empty() || audience.iter().any(|other| other == value) {
                return Err(wrong());
            }
            audience.push((*value).to_owned());
        }
        if audience.is_empty() || audience.len() > MAX_AUDIENCES {
            return Err(wrong());
        }
        Ok(audience)
    }

    /// A time that has to be there.
    pub(super) fn required_time(&self, claim: &'static str) -> Result<UnixTime, IdentityError> {
        required(self.time(claim)?, claim)
    }

    /// A `NumericDate` (RFC 7519, section 2), where it is there.
    pub(super) fn time(&self, claim: &'static str) -> Result<Option<UnixTime>, IdentityError> {
        self.0
            .get(claim)
            .map(|value| {
                value
                    .as_number()
                    .and_then(numeric_date)
                    .ok_or_else(|| invalid(claim, "seconds since 1970, up to the year 9999"))
            })
            .transpose()
    }
}

/// Whole seconds; a fraction is cut off, which makes `exp` earlier and nothing later. A sign and an exponent are refused:
/// no issuer writes them, and readers differ on them.
fn numeric_date(number: &Number<'_>) -> Option<UnixTime> {
    let text = number.text();
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        Some(_) => return None,
        None => text,
    };
    let seconds: u64 = whole.parse().ok()?;
    (seconds <= LATEST).then_some(UnixTime(seconds))
}

fn required<T>(value: Option<T>, claim: &'static str) -> Result<T, IdentityError> {
    value.ok_or_else(|| IdentityError::ClaimMissing {
        claim: Excerpt::of(claim),
    })
}

fn invalid(claim: &str, expected: &'static str) -> IdentityError {
    IdentityError::ClaimInvalid {
        claim: Excerpt::of(claim),
        expected,
    }
}

/// Follows a claim's name into the claims: a plain name, or a JSON pointer (RFC 6901) where it starts with `/`.
fn find<'o, 'a>(claims: &'o Claims<'a>, name: &str) -> Option<&'o Value<'a>> {
    let Some(pointer) = name.strip_prefix('/') else {
        return claims.get(name);
    };
    let mut steps = pointer.split('/').map(unescape);
    let first = claims.get(&steps.next()?)?;
    steps.try_fold(first, |value, step| value.as_object()?.get(&step))
}

fn unescape(step: &str) -> Cow<'_, str> {
    if step.contains('~') {
        Cow::Owned(step.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(step)
    }
}
