//! Every way in which a text fails to be JSON that is taken.

/// Why a text is not taken as JSON. `at` is the offset of the offending byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Longer than allowed.
    #[error("`{bytes}` bytes of JSON are more than the `{limit}` that are read")]
    TooLarge {
        /// How long it is.
        bytes: usize,
        /// [`super::Limits::max_bytes`].
        limit: usize,
    },
    /// Nested deeper than allowed.
    #[error("byte `{at}`: nested deeper than `{limit}` levels")]
    TooDeep {
        /// Where.
        at: usize,
        /// [`super::Limits::max_depth`].
        limit: usize,
    },
    /// More elements and members than allowed.
    #[error("byte `{at}`: more than `{limit}` elements and members")]
    TooManyValues {
        /// Where.
        at: usize,
        /// [`super::Limits::max_values`].
        limit: usize,
    },
    /// No bytes, or only white space.
    #[error("there is no JSON value")]
    Empty,
    /// It starts with a byte order mark (RFC 8259, section 8.1).
    #[error("it starts with a byte order mark; send plain UTF-8")]
    ByteOrderMark,
    /// Not UTF-8.
    #[error("byte `{at}`: not valid UTF-8")]
    NotUtf8 {
        /// Where.
        at: usize,
    },
    /// It ends in the middle of a value.
    #[error("it ends after `{at}` bytes, in the middle of a value")]
    UnexpectedEnd {
        /// Where: the length of the text.
        at: usize,
    },
    /// A byte that can't stand there.
    #[error("byte `{at}`: expected {expected}")]
    Unexpected {
        /// Where.
        at: usize,
        /// What could have stood there.
        expected: &'static str,
    },
    /// Something follows the value.
    #[error("byte `{at}`: something follows the value")]
    TrailingData {
        /// Where.
        at: usize,
    },
    /// An object has the same name twice, perhaps spelled with escapes.
    #[error("byte `{at}`: this name stands in its object twice")]
    DuplicateName {
        /// Where the second one starts.
        at: usize,
    },
    /// Not a number by the grammar: a leading zero, a bare `-`, no digit after `.` or `e`.
    #[error("byte `{at}`: not a JSON number")]
    InvalidNumber {
        /// Where.
        at: usize,
    },
    /// An escape that JSON doesn't have.
    #[error("byte `{at}`: not a JSON escape")]
    InvalidEscape {
        /// Where its backslash stands.
        at: usize,
    },
    /// Half of a surrogate pair, which is no character.
    #[error("byte `{at}`: half of a surrogate pair")]
    LoneSurrogate {
        /// Where its backslash stands.
        at: usize,
    },
    /// A control character that isn't escaped.
    #[error("byte `{at}`: an unescaped control character in a string")]
    ControlCharacter {
        /// Where.
        at: usize,
    },
}
