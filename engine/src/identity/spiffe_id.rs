//! SPIFFE IDs, read strictly (SPIFFE-ID, section 2): one text for one workload, so that texts can be compared.

use std::fmt;

use crate::excerpt::Excerpt;

const SCHEME: &str = "spiffe://";

/// A SPIFFE ID: `spiffe://`, a trust domain, and the path that names a workload in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpiffeId {
    text: Box<str>,
    trust_domain: TrustDomain,
}

/// The name of a trust domain: the root of trust that its own bundle of keys stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrustDomain(Box<str>);

/// Why a text is no SPIFFE ID, or no trust domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpiffeIdError {
    /// Longer than any implementation has to read (section 2.3).
    #[error("a SPIFFE ID has at most {limit} bytes, this one has {length}", limit = SpiffeId::MAX_BYTES)]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// It does not start with `spiffe://` in lower case.
    #[error("`{found}` does not start with `spiffe://`")]
    Scheme {
        /// The text.
        found: Excerpt,
    },
    /// There is nothing between the scheme and the path.
    #[error("the trust domain is empty")]
    TrustDomainEmpty,
    /// The trust domain is longer than a name in DNS (section 2.3).
    #[error("a trust domain has at most {limit} bytes, this one has {length}", limit = TrustDomain::MAX_BYTES)]
    TrustDomainTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// A character other than `a-z`, `0-9`, `.`, `-` and `_`: also a port, user information, or a percent sign (section 2.1).
    #[error("the trust domain `{found}` has a character other than `a-z`, `0-9`, `.`, `-` and `_`")]
    TrustDomainCharacter {
        /// The trust domain as it was given.
        found: Excerpt,
    },
    /// An empty segment of the path, also one after a last slash (section 2.2).
    #[error("the path has an empty segment, or ends in a slash")]
    EmptySegment,
    /// `.` or `..` as a segment (section 2.2).
    #[error("the path has the segment `.` or `..`")]
    DotSegment,
    /// A character other than letters, digits, `.`, `-` and `_` in a segment: also a query, a fragment, or a percent sign.
    #[error(
        "the path segment `{found}` has a character other than letters, digits, `.`, `-` and `_`"
    )]
    PathCharacter {
        /// The segment as it was given.
        found: Excerpt,
    },
}

impl SpiffeId {
    /// The longest that is read, in bytes (section 2.3).
    pub const MAX_BYTES: usize = 2048;

    /// Reads a SPIFFE ID. Nothing is normalised: what is not in its one form is refused.
    ///
    /// # Errors
    ///
    /// [`SpiffeIdError`], the first thing that is wrong from left to right.
    pub fn parse(text: &str) -> Result<Self, SpiffeIdError> {
        Ok(Self {
            trust_domain: trust_domain_of(text, SCHEME)?,
            text: text.into(),
        })
    }

    /// The whole ID.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.text
    }

    /// The trust domain whose bundle must vouch for it.
    #[must_use]
    pub const fn trust_domain(&self) -> &TrustDomain {
        &self.trust_domain
    }

    /// The path with its leading slash; empty where the ID is the trust domain's own.
    #[must_use]
    pub fn path(&self) -> &str {
        path_of(&self.text, SCHEME, &self.trust_domain)
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TrustDomain {
    /// The longest that is read, in bytes (section 2.3).
    pub const MAX_BYTES: usize = 255;

    /// Reads the name of a trust domain, without a scheme.
    ///
    /// # Errors
    ///
    /// Those [`SpiffeIdError`]s that name the trust domain.
    pub fn parse(name: &str) -> Result<Self, SpiffeIdError> {
        if name.is_empty() {
            return Err(SpiffeIdError::TrustDomainEmpty);
        }
        if name.len() > Self::MAX_BYTES {
            return Err(SpiffeIdError::TrustDomainTooLong { length: name.len() });
        }
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
        if !name.bytes().all(allowed) {
            return Err(SpiffeIdError::TrustDomainCharacter {
                found: Excerpt::of(name),
            });
        }
        Ok(Self(name.into()))
    }

    /// The name.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrustDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The trust domain of a name that has this scheme and, for the rest, the form of a SPIFFE ID.
pub(super) fn trust_domain_of(text: &str, scheme: &str) -> Result<TrustDomain, SpiffeIdError> {
    if text.len() > SpiffeId::MAX_BYTES {
        return Err(SpiffeIdError::TooLong { length: text.len() });
    }
    let rest = text
        .strip_prefix(scheme)
        .ok_or_else(|| SpiffeIdError::Scheme {
            found: Excerpt::of(text),
        })?;
    let (domain, path) = rest
        .split_once('/')
        .map_or((rest, None), |(domain, path)| (domain, Some(path)));
    let trust_domain = TrustDomain::parse(domain)?;
    if let Some(path) = path {
        path.split('/').try_for_each(check_segment)?;
    }
    Ok(trust_domain)
}

/// What follows the trust domain.
pub(super) fn path_of<'t>(text: &'t str, scheme: &str, trust_domain: &TrustDomain) -> &'t str {
    let start = scheme.len().saturating_add(trust_domain.0.len());
    text.get(start..).unwrap_or_default()
}

fn check_segment(segment: &str) -> Result<(), SpiffeIdError> {
    match segment {
        "" => return Err(SpiffeIdError::EmptySegment),
        "." | ".." => return Err(SpiffeIdError::DotSegment),
        _ => {}
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if segment.bytes().all(allowed) {
        return Ok(());
    }
    Err(SpiffeIdError::PathCharacter {
        found: Excerpt::of(segment),
    })
}

#[cfg(test)]
mod tests;
