//! The compact serialization (RFC 7515, section 7.1): three parts of strict base64url.

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
