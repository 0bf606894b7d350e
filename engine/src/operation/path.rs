//! Paths.

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The target isn't in origin form: it doesn't start with `/` (RFC 9112, section 3.2.1).
    #[error("the request target does not start with `/`")]
    NotOriginForm,
    /// A `#`: fragments aren't sent.
    #[error("the request target has a fragment")]
    Fragment,
    /// The path is longer than is read.
    #[error("the path is longer than `{limit}` bytes")]
    TooLong {
        /// In bytes.
        limit: usize,
    },
    /// An empty segment, `//`.
    #[error("the path has an empty segment (`//`)")]
    EmptySegment,
    /// A segment `.` or `..`, plain or encoded.
    #[error("the path has a dot segment (`.` or `..`)")]
    DotSegment,
    /// A `;`, plain or encoded: some servers cut path parameters off.
    #[error("the path has a `;`")]
    PathParameter,
    /// An encoded slash, `%2f`.
    #[error("the path has an encoded slash (`%2f`)")]
    EncodedSlash,
    /// A backslash, plain or encoded: some servers take it for a slash.
    #[error("the path has a backslash")]
    Backslash,
    /// A control character, plain or encoded.
    #[error("the path has a control character")]
    ControlCharacter,
    /// Encoded bytes that aren't UTF-8.
    #[error("the path's percent-encoded bytes are not UTF-8")]
    NotUtf8,
    /// A `%` that isn't followed by two hexadecimal digits.
    #[error("the path has a `%` without two hexadecimal digits")]
    BadEscape,
    /// A doubly encoded `%`, `%25`: some servers decode twice.
    #[error("the path has an encoded `%` (`%25`)")]
    EncodedPercent,
    /// A character that a path can't have unencoded (RFC 3986, section 3.3).
    #[error("the path has a character that must be percent-encoded")]
    UnencodedCharacter,
}
