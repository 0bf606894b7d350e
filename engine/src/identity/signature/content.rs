//! `Content-Digest` (RFC 9530): what a signature that covers it says about the body.

use sfv::{Dictionary, ListEntry};
use sha2::{Digest as _, Sha256, Sha512};

use super::error::HttpSignatureError;
use super::structured;
use crate::request::Headers;

/// In lower case.
pub(super) const FIELD: &str = "content-digest";

/// What a signature says of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// There is none.
    Nothing,
    /// It has these digests.
    Digest(ContentDigest),
}

impl Content {
    /// Is the body what was signed?
    ///
    /// # Errors
    ///
    /// It isn't.
    pub fn check(&self, body: &[u8]) -> Result<(), HttpSignatureError> {
        match self {
            Self::Nothing if body.is_empty() => Ok(()),
            Self::Nothing => Err(HttpSignatureError::DigestMissing),
            Self::Digest(digest) => digest.check(body),
        }
    }
}

/// The digests of a body, by the algorithms that are still good (RFC 9530, section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentDigest {
    sha_256: Option<Vec<u8>>,
    sha_512: Option<Vec<u8>>,
}

impl ContentDigest {
    /// Reads the field. Where only the member `key` is covered, that one has to be usable.
    pub(super) fn read(headers: &Headers, key: Option<&str>) -> Result<Self, HttpSignatureError> {
        let members = structured::dictionary(headers, FIELD)?.unwrap_or_default();
        let digest = Self {
            sha_256: member(&members, "sha-256"),
            sha_512: member(&members, "sha-512"),
        };
        let is_usable = match key {
            Some("sha-256") => digest.sha_256.is_some(),
            Some("sha-512") => digest.sha_512.is_some(),
            Some(_) => false,
            None => digest.sha_256.is_some() || digest.sha_512.is_some(),
        };
        if is_usable {
            Ok(digest)
        } else {
            Err(HttpSignatureError::DigestUnusable)
        }
    }

    /// Is this the body's digest, by every algorithm that is stated?
    ///
    /// # Errors
    ///
    /// It isn't.
    pub fn check(&self, body: &[u8]) -> Result<(), HttpSignatureError> {
        let by_256 = self
            .sha_256
            .as_ref()
            .is_none_or(|stated| **stated == *Sha256::digest(body));
        let by_512 = self
            .sha_512
            .as_ref()
            .is_none_or(|stated| **stated == *Sha512::digest(body));
        if by_256 && by_512 {
            Ok(())
        } else {
            Err(HttpSignatureError::OtherContent)
        }
    }
}

fn member(members: &Dictionary, name: &str) -> Option<Vec<u8>> {
    match members.get(name)? {
        ListEntry::Item(item) => item.bare_item.as_byte_sequence().map(<[u8]>::to_vec),
        ListEntry::InnerList(_) => None,
    }
}
