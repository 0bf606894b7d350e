//! Stage 1: find what was presented, and refuse whatever two readers could understand differently.

pub mod error;
mod query;

use std::fmt;

use crate::digest::Digest;
use crate::request::{Head, HeaderName};

pub use error::CredentialError;

/// Where a credential is looked for, and how much of it is read.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The only field that is read. `authorization` needs the scheme `Bearer`; any other field may hold `Bearer` and the
    /// token, as a gateway that moves `authorization` elsewhere leaves it, or the token alone.
    pub header: HeaderName,
    /// The longest field value that is read, in bytes.
    pub max_bytes: usize,
    /// What an `access_token` in the query does. It is never read.
    pub query_tokens: QueryTokens,
}

/// What a token in the query does to the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryTokens {
    /// The request is refused: RFC 9700, section 2.6 forbids sending one.
    #[default]
    Refuse,
    /// The request is judged as if it weren't there; for resources that have a parameter of that name.
    Ignore,
}

impl Rules {
    /// How much is read by default: what Envoy, nginx and Kong allow for one field, give or take.
    pub const DEFAULT_MAX_BYTES: usize = 8192;
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            header: HeaderName::authorization(),
            max_bytes: Self::DEFAULT_MAX_BYTES,
            query_tokens: QueryTokens::default(),
        }
    }
}

/// The one bearer token of a request, unverified; `b64token` of RFC 6750, section 2.1.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    token: &'a str,
    digest: Digest,
}

impl<'a> Presented<'a> {
    /// A token that came by another way than a request's header; nothing about it is believed.
    #[must_use]
    pub fn new(token: &'a str) -> Self {
        Self {
            token,
            digest: Digest::of(token.as_bytes()),
        }
    }

    /// The token. It must not be shown or stored.
    #[must_use]
    pub const fn token(&self) -> &'a str {
        self.token
    }

    /// By which it is remembered and recorded.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}

/// Shows the digest only.
impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Presented").field(&self.digest).finish()
    }
}

/// Finds the one credential of a request.
///
/// # Errors
///
/// A [`CredentialError`] for everything but exactly one well-formed bearer token in the configured field, and for a token
/// in the query where that is refused.
pub fn find<'a>(head: &'a Head, rules: &Rules) -> Result<Presented<'a>, CredentialError> {
    let header = || rules.header.clone();
    if rules.query_tokens == QueryTokens::Refuse && query::has_access_token(head.raw_query()) {
        return Err(CredentialError::InQuery { header: header() });
    }
    let value = single_value(head, &rules.header)?;
    if value.len() > rules.max_bytes {
        return Err(CredentialError::TooLong {
            header: header(),
            length: value.len(),
            limit: rules.max_bytes,
        });
    }
    let text =
        std::str::from_utf8(value).map_err(|_| CredentialError::NotText { header: header() })?;
    let token = bearer_token(text.trim_matches([' ', '\t']), &rules.header)?;
    Ok(Presented::new(token))
}

fn single_value<'a>(head: &'a Head, header: &HeaderName) -> Result<&'a [u8], CredentialError> {
    let values = || {
        head.headers()
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(header.as_str().as_bytes()))
            .map(|(_, value)| value)
    };
    let mut rest = values();
    let Some(value) = rest.next() else {
        return Err(CredentialError::Missing {
            header: header.clone(),
        });
    };
    let others = rest.count();
    if others == 0 {
        return Ok(value);
    }
    let same_scheme = values().all(|other| scheme(other).eq_ignore_ascii_case(scheme(value)));
    Err(if same_scheme {
        CredentialError::Repeated {
            header: header.clone(),
            count: others.saturating_add(1),
        }
    } else {
        CredentialError::MixedSchemes {
            header: header.clone(),
        }
    })
}

fn scheme(value: &[u8]) -> &[u8] {
    value
        .trim_ascii()
        .split(|byte| *byte == b' ')
        .next()
        .unwrap_or_default()
}

/// `"Bearer" 1*SP b64token`, the scheme in any case (RFC 9110, section 11.1); `b64token` alone in a field of our own.
fn bearer_token<'a>(text: &'a str, header: &HeaderName) -> Result<&'a str, CredentialError> {
    let header = || header.clone();
    if text.is_empty() {
        return Err(CredentialError::Empty { header: header() });
    }
    if text.contains(',') {
        return Err(CredentialError::Joined { header: header() });
    }
    let token = match text.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("Bearer") => {
            rest.trim_start_matches(' ')
        }
        Some((scheme, _)) => {
            return Err(CredentialError::UnsupportedScheme {
                header: header(),
                scheme: registered_name(scheme),
            });
        }
        None if text.eq_ignore_ascii_case("Bearer") => {
            return Err(CredentialError::Empty { header: header() });
        }
        None if header() == HeaderName::authorization() => {
            return Err(CredentialError::NoScheme { header: header() });
        }
        None => text,
    };
    match malformed_at(token) {
        Some(offset) => Err(CredentialError::Malformed {
            header: header(),
            offset,
        }),
        None => Ok(token),
    }
}

/// The place of the first byte that doesn't belong to a `b64token`, whose padding stands at its end only.
fn malformed_at(token: &str) -> Option<usize> {
    let body = token.trim_end_matches('=');
    if body.is_empty() {
        return Some(0);
    }
    body.bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte)))
}

/// The name in the IANA registry of HTTP authentication schemes.
fn registered_name(scheme: &str) -> &'static str {
    const REGISTERED: [&str; 12] = [
        "Basic",
        "Concealed",
        "Digest",
        "DPoP",
        "GNAP",
        "HOBA",
        "Mutual",
        "Negotiate",
        "OAuth",
        "PrivateToken",
        "SCRAM-SHA-256",
        "vapid",
    ];
    REGISTERED
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(scheme))
        .unwrap_or("another")
}

#[cfg(test)]
mod tests;
