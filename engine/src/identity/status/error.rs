//! What can be wrong with a status list.

use crate::excerpt::Excerpt;
use crate::identity::error::IdentityError;
use crate::identity::jose::compact::CompactError;

/// Why a document is no status list to judge by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusListError {
    /// It isn't text.
    #[error("the status list token is not text")]
    NotText,
    /// It is no compact JWS.
    #[error("the status list token is not a signed JWT: {0}")]
    NotCompact(#[from] CompactError),
    /// Its header or its claims can't be read.
    #[error("the status list token can't be read: {0}")]
    Token(Box<IdentityError>),
    /// `typ` is another than `statuslist+jwt` (section 5.1).
    #[error("the status list token is of type `{found}`, expected `statuslist+jwt`")]
    WrongType {
        /// The type, or `none`.
        found: Excerpt,
    },
    /// `sub` is another address than the one where it was fetched (section 5.1).
    #[error("the status list token is about `{found}`, which is not where it was fetched")]
    WrongSubject {
        /// The value of `sub`.
        found: Excerpt,
    },
    /// `ttl` is no positive number.
    #[error("`ttl` is not a positive whole number of seconds")]
    Lifetime,
    /// No `status_list`, or one without `bits` or `lst` (section 4.2).
    #[error("there is no `status_list` with `bits` and `lst`")]
    NoList,
    /// `bits` is none of 1, 2, 4 and 8.
    #[error("`bits` is {found}, expected 1, 2, 4 or 8")]
    Bits {
        /// The value, or `none`.
        found: Excerpt,
    },
    /// `lst` is not strict base64url.
    #[error("`lst` is not strict base64url")]
    Encoding,
    /// `lst` is not in the ZLIB format (RFC 1950).
    #[error("`lst` is not in the ZLIB format")]
    Compression,
    /// `lst` holds more than is read.
    #[error("the list has more than {limit} bytes; the operator may raise `status.max_list_bytes`")]
    TooLong {
        /// The most bytes.
        limit: usize,
    },
}

impl From<IdentityError> for StatusListError {
    fn from(error: IdentityError) -> Self {
        Self::Token(Box::new(error))
    }
}
