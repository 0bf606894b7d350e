//! The compact serialization (RFC 7515, section 7.1): three parts of strict base64url.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::digest::Digest;

/// The longest token that is read, in bytes, whatever a gate allows for a header field.
pub const MAX_BYTES: usize = 64 * 1024;

/// A compact JWS, decoded but not judged.
#[derive(Debug)]
pub struct Compact<'a> {
    /// What is signed: header and payload as they stand in the token, with the dot between them.
    pub signing_input: &'a [u8],
    /// The header's bytes, supposedly JSON.
    pub header: Vec<u8>,
    /// The payload's bytes.
    pub payload: Vec<u8>,
    /// The signature in JOSE form.
    pub signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// Splits and decodes a token.
    ///
    /// # Errors
    ///
    /// Everything but three parts that aren't empty, each unpadded base64url of whole bytes with zero trailing bits.
    pub fn decode(token: &'a str) -> Result<Self, CompactError> {
        Self::decode_within(token, MAX_BYTES)
    }

    /// The same for a token of at most `limit` bytes, which came otherwise than in a header field.
    ///
    /// # Errors
    ///
    /// As [`Self::decode`].
    pub fn decode_within(token: &'a str, limit: usize) -> Result<Self, CompactError> {
        let parts = Parts::split(token, limit)?;
        Ok(Self {
            signing_input: parts.signing_input,
            header: parts.header()?,
            payload: parts.payload()?,
            signature: parts.signature()?,
        })
    }
}

impl Compact<'_> {
    /// The digest of the same token's text with another signature.
    pub(in crate::identity) fn digest_with(&self, signature: &[u8]) -> Digest {
        let mut text = self.signing_input.to_vec();
        text.push(b'.');
        text.extend(URL_SAFE_NO_PAD.encode(signature).into_bytes());
        Digest::of(&text)
    }
}

/// A compact JWS taken apart, each part as it stands in the token.
#[derive(Clone, Copy, Debug)]
pub(in crate::identity) struct Parts<'a> {
    /// See [`Compact::signing_input`].
    pub(in crate::identity) signing_input: &'a [u8],
    /// The header as it stands in the token.
    pub(in crate::identity) encoded_header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    /// Splits a token of at most `limit` bytes.
    pub(in crate::identity) fn split(token: &'a str, limit: usize) -> Result<Self, CompactError> {
        if token.len() > limit {
            return Err(CompactError::TooLong {
                length: token.len(),
                limit,
            });
        }
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            let count = token.split('.').take(6).count();
            return Err(CompactError::Parts { count });
        };
        let signed = header.len().saturating_add(1).saturating_add(payload.len());
        Ok(Self {
            signing_input: token.as_bytes().get(..signed).unwrap_or_default(),
            encoded_header: header,
            payload,
            signature,
        })
    }

    /// The header's bytes.
    pub(in crate::identity) fn header(&self) -> Result<Vec<u8>, CompactError> {
        part(self.encoded_header, Part::Header)
    }

    /// The payload's bytes.
    pub(in crate::identity) fn payload(&self) -> Result<Vec<u8>, CompactError> {
        part(self.payload, Part::Payload)
    }

    /// The signature in JOSE form.
    pub(in crate::identity) fn signature(&self) -> Result<Vec<u8>, CompactError> {
        part(self.signature, Part::Signature)
    }
}

/// Why a text is no compact JWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompactError {
    /// Longer than the gate reads.
    #[error("it has {length} bytes, the limit is {limit}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The longest that is read.
        limit: usize,
    },
    /// Not three parts; five would be an encrypted token (JWE).
    #[error("it has {count} parts, not 3")]
    Parts {
        /// How many there are; counting stops at six.
        count: usize,
    },
    /// A part is empty; an empty signature is that of `none`.
    #[error("its {part} is empty")]
    EmptyPart {
        /// Which.
        part: Part,
    },
    /// A part isn't unpadded base64url without trailing bits (RFC 4648, sections 3.5 and 5).
    #[error("its {part} is not strict base64url")]
    Encoding {
        /// Which.
        part: Part,
    },
}

/// A part of a compact JWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first.
    Header,
    /// The second.
    Payload,
    /// The third.
    Signature,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

fn part(text: &str, part: Part) -> Result<Vec<u8>, CompactError> {
    if text.is_empty() {
        return Err(CompactError::EmptyPart { part });
    }
    base64url(text).ok_or(CompactError::Encoding { part })
}

/// Strict base64url: no padding, no other character, no bits that would be thrown away; one text for one value.
pub(super) fn base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::{Compact, CompactError, MAX_BYTES, Part};

    #[test]
    fn a_token_is_three_parts_of_strict_base64url() {
        let encoding = |part| Err(CompactError::Encoding { part });
        let empty = |part| Err(CompactError::EmptyPart { part });
        let parts = |count| Err(CompactError::Parts { count });
        let long = format!("e30.e30.{}", "A".repeat(MAX_BYTES - 7));
        for (name, token, expected) in [
            ("three parts", "e30.e30.AA", Ok(())),
            ("one part", "e30", parts(1)),
            ("two parts", "e30.e30", parts(2)),
            ("an encrypted token", "e30.AA.AA.AA.AA", parts(5)),
            ("counting stops", "......................", parts(6)),
            ("nothing", "", parts(1)),
            ("the JSON serialization", r#"{"payload":"e30"}"#, parts(1)),
            ("no header", ".e30.AA", empty(Part::Header)),
            ("no payload", "e30..AA", empty(Part::Payload)),
            ("no signature", "e30.e30.", empty(Part::Signature)),
            ("padding", "e30=.e30.AA", encoding(Part::Header)),
            (
                "padding at the end",
                "e30.e30.AA==",
                encoding(Part::Signature),
            ),
            ("trailing bits", "e30.e30.AB", encoding(Part::Signature)),
            ("half a byte", "e30.e30.A", encoding(Part::Signature)),
            (
                "the other alphabet",
                "e30.e30.+/AA",
                encoding(Part::Signature),
            ),
            ("white space", "e30.e3 0.AA", encoding(Part::Payload)),
            ("a line break", "e30.e30.AA\n", encoding(Part::Signature)),
            ("another script", "e30.e3é.AA", encoding(Part::Payload)),
            (
                "over the limit",
                &long,
                Err(CompactError::TooLong {
                    length: MAX_BYTES + 1,
                    limit: MAX_BYTES,
                }),
            ),
        ] {
            assert_eq!(Compact::decode(token).map(drop), expected, "{name}");
        }
    }

    #[test]
    fn what_is_signed_is_the_text_before_the_second_dot() {
        let token = Compact::decode("e30.W10.AQI").unwrap();
        assert_eq!(token.signing_input, b"e30.W10");
        assert_eq!(token.header, b"{}");
        assert_eq!(token.payload, b"[]");
        assert_eq!(token.signature, [1, 2]);
    }
}
