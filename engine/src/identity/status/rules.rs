//! Which status lists an issuer's tokens may name, and what a token says of its place in one.

use crate::excerpt::Excerpt;
use crate::identity::claims::Claims;
use crate::identity::documents::source::Source;
use crate::identity::error::IdentityError;
use crate::json::Value;
use crate::time::Seconds;

/// What is done about an issuer's tokens' status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRules {
    /// Of which tokens it is looked at.
    pub check: Check,
    /// Where lists stand.
    pub lists: Vec<ListRules>,
    /// The most bytes of a list when inflated.
    pub max_list_bytes: usize,
}

impl Default for StatusRules {
    fn default() -> Self {
        Self {
            check: Check::Present,
            lists: Vec::new(),
            max_list_bytes: 1 << 20,
        }
    }
}

impl StatusRules {
    /// Is something asked of a token that says this?
    #[must_use]
    pub const fn asks_about(&self, claim: Option<&StatusClaim>) -> bool {
        match self.check {
            Check::Ignore => false,
            Check::Required => true,
            Check::Present => claim.is_some(),
        }
    }
}

/// Of which tokens the status is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Of those that have one. A token that names a list which isn't configured is refused.
    Present,
    /// Of all: a token without one is refused.
    Required,
    /// Of none, whatever they say.
    Ignore,
}

/// A place where lists stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRules {
    /// The address or, where `kept` says so, what the addresses begin with; and how they are fetched. `refresh` is the longest
    /// time that a list is used without asking for a new one, whatever its `ttl`.
    pub source: Source,
    /// The shortest such time, whatever a list's `ttl`.
    pub min_refresh: Seconds,
    /// How many lists under that prefix are kept at once; `None` where there is one list, at that very address.
    pub kept: Option<usize>,
}

impl ListRules {
    /// May a list stand there? Under a prefix, what follows is path segments of letters, digits and `-._~`, so that no two
    /// readers can take it for different addresses.
    #[must_use]
    pub fn allows(&self, uri: &str) -> bool {
        if self.kept.is_none() {
            return uri == self.source.url;
        }
        let sound =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        let segment = |segment: &str| {
            !segment.is_empty() && segment.bytes().all(sound) && !matches!(segment, "." | "..")
        };
        uri.strip_prefix(self.source.url.as_str())
            .is_some_and(|rest| rest.len() <= 256 && rest.split('/').all(segment))
    }
}

/// What a token says of its status: the claim `status` (section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusClaim {
    /// A place in a list.
    List {
        /// Which entry.
        index: u64,
        /// Where the list stands.
        uri: String,
    },
    /// A mechanism that isn't understood.
    Other,
}

impl StatusClaim {
    /// What the claim says, where it is there. One that is no object is some issuer's own and not this mechanism.
    pub(in crate::identity) fn read(claims: &Claims<'_>) -> Result<Option<Self>, IdentityError> {
        let Some(status) = claims.get("status").and_then(Value::as_object) else {
            return Ok(None);
        };
        let Some(list) = status.get("status_list") else {
            return Ok(Some(Self::Other));
        };
        let member = |name: &str| list.as_object().and_then(|list| list.get(name));
        let index = member("idx")
            .and_then(Value::as_number)
            .and_then(|number| number.as_u64());
        let uri = member("uri").and_then(Value::as_str);
        match (index, uri) {
            (Some(index), Some(uri)) => Ok(Some(Self::List {
                index,
                uri: uri.to_owned(),
            })),
            _ => Err(IdentityError::ClaimInvalid {
                claim: Excerpt::of("status"),
                expected: "a `status_list` with a whole number `idx` and a text `uri`",
            }),
        }
    }
}
