//! Paths in one form, or refused.
//!
//! The gate judges a path and an upstream acts on it. Both must see the same one, so whatever two servers are known to
//! read differently is refused rather than repaired:
//!
//! | in the path | decided | because |
//! |---|---|---|
//! | `%41`, any encoded unreserved character | decoded | the same path by RFC 3986, section 6.2.2.2 |
//! | `%c3` | becomes `%C3` | the same path by section 6.2.2.1 |
//! | other encoded characters | kept encoded | decoding would change the path to some |
//! | `.` and `..`, also as `%2e` | refused | some resolve them, some don't, some before decoding and some after |
//! | `//` | refused | some merge slashes |
//! | `;`, `%3b` | refused | some cut path parameters off |
//! | `%2f`, `\`, `%5c` | refused | a slash to some |
//! | `%25` | refused | some decode twice |
//! | `%3f`, `%23` | refused | the end of the path to whoever decodes first and parses then |
//! | control characters, also encoded | refused | `%00` ends a string in C, line breaks end a log line |
//! | encoded bytes that aren't UTF-8, also overlong forms | refused | `%c0%ae` is `.` to some |
//! | `#`, absolute form, `*` | refused | not what a client sends to an origin server (RFC 9112, section 3.2) |
//! | characters that must be encoded | refused | some encode them, some cut there |
//! | a trailing `/` | kept, and it matters | `/a` and `/a/` may be two resources |
//! | letter case | kept, and it matters | it does by section 6.2.2.1 |
//! | what another route writes out in other letters or unencoded, `/JOBS%3Arun` beside `/jobs:run` | refused | many route by the decoded path, and some without regard to case |
//!
//! What is forwarded is the path as the client sent it: it differs from the judged one in the first two rows at most.

use std::borrow::Cow;
use std::fmt;

/// A path in normal form: it starts with `/` and has none of the forms that [`PathError`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormalPath<'a>(Cow<'a, str>);

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
    /// A `;`, plain or encoded.
    #[error("the path has a `;`")]
    PathParameter,
    /// An encoded slash, `%2f`.
    #[error("the path has an encoded slash (`%2f`)")]
    EncodedSlash,
    /// A backslash, plain or encoded.
    #[error("the path has a backslash")]
    Backslash,
    /// An encoded `%`, `%25`.
    #[error("the path has an encoded `%` (`%25`)")]
    EncodedPercent,
    /// An encoded `?` or `#`.
    #[error("the path has an encoded `?` or `#`")]
    EncodedDelimiter,
    /// A control character, plain or encoded.
    #[error("the path has a control character")]
    ControlCharacter,
    /// Encoded bytes that aren't UTF-8.
    #[error("the path's percent-encoded bytes are not UTF-8")]
    NotUtf8,
    /// A `%` that isn't followed by two hexadecimal digits.
    #[error("the path has a `%` without two hexadecimal digits")]
    BadEscape,
    /// A character that a path can't have unencoded (RFC 3986, section 3.3).
    #[error("the path has a character that must be percent-encoded")]
    UnencodedCharacter,
    /// The path falls under one route, and to whoever decodes it first or ignores case, under another that is more
    /// specific.
    #[error("the path differs in letter case or encoding only from that of another route")]
    OtherSpelling,
}

/// The longest path that is read, in bytes.
pub const LONGEST: usize = 8192;

impl<'a> NormalPath<'a> {
    /// Brings the path of a request target (path and query) to normal form.
    ///
    /// # Errors
    ///
    /// The first form in it that is refused.
    pub fn of_target(target: &'a str) -> Result<Self, PathError> {
        if !target.starts_with('/') {
            return Err(PathError::NotOriginForm);
        }
        if target.contains('#') {
            return Err(PathError::Fragment);
        }
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        if path.len() > LONGEST {
            return Err(PathError::TooLong { limit: LONGEST });
        }
        let normal = decode_unreserved(path)?;
        let mut segments = normal.split('/').skip(1).peekable();
        while let Some(segment) = segments.next() {
            match segment {
                "" if segments.peek().is_some() => return Err(PathError::EmptySegment),
                "." | ".." => return Err(PathError::DotSegment),
                _ => check_decoded(segment)?,
            }
        }
        Ok(Self(normal))
    }

    /// The text, which starts with `/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands between the slashes, still encoded. The last one is empty where the path ends in `/`, and only then.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').skip(1)
    }
}

impl fmt::Display for NormalPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A segment of a [`NormalPath`] without its encoding.
#[must_use]
pub fn decode_segment(segment: &str) -> String {
    // INVARIANT: a normal path's escapes are UTF-8, so nothing is replaced here.
    String::from_utf8_lossy(&decoded_bytes(segment)).into_owned()
}

/// `path` with unreserved characters decoded, other escapes in upper case, and no character or escape that is refused
/// wherever it stands.
fn decode_unreserved(path: &str) -> Result<Cow<'_, str>, PathError> {
    let mut normal = String::new();
    // What is already in normal form is taken over as a whole, so a plain path is never copied.
    let mut copied = 0;
    let mut at = 0;
    while let Some((&byte, rest)) = path.as_bytes().get(at..).and_then(<[u8]>::split_first) {
        if byte != b'%' {
            check_plain(byte)?;
            at = at.saturating_add(1);
            continue;
        }
        let escaped = escaped_byte(rest).ok_or(PathError::BadEscape)?;
        check_escaped(escaped)?;
        let end = at.saturating_add(3);
        let escape = path.get(at..end).unwrap_or_default();
        if is_unreserved(escaped) || escape.bytes().any(|digit| digit.is_ascii_lowercase()) {
            normal.push_str(path.get(copied..at).unwrap_or_default());
            if is_unreserved(escaped) {
                normal.push(char::from(escaped));
            } else {
                normal.push_str(&escape.to_ascii_uppercase());
            }
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Ok(Cow::Borrowed(path));
    }
    normal.push_str(path.get(copied..).unwrap_or_default());
    Ok(Cow::Owned(normal))
}

/// The byte that the two hexadecimal digits after a `%` stand for.
fn escaped_byte(after_percent: &[u8]) -> Option<u8> {
    let &[high, low] = after_percent.first_chunk::<2>()?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from((digit(high)? << 4) | digit(low)?).ok()
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Judges a byte that stands there unencoded: `/` and `pchar` (RFC 3986, section 3.3) but `;`.
const fn check_plain(byte: u8) -> Result<(), PathError> {
    match byte {
        b';' => Err(PathError::PathParameter),
        b'\\' => Err(PathError::Backslash),
        0x00..=0x1f | 0x7f => Err(PathError::ControlCharacter),
        b'/' | b':' | b'@' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b','
        | b'=' => Ok(()),
        _ if is_unreserved(byte) => Ok(()),
        _ => Err(PathError::UnencodedCharacter),
    }
}

/// Judges a byte that stands there encoded.
const fn check_escaped(byte: u8) -> Result<(), PathError> {
    match byte {
        b'/' => Err(PathError::EncodedSlash),
        b'\\' => Err(PathError::Backslash),
        b';' => Err(PathError::PathParameter),
        b'%' => Err(PathError::EncodedPercent),
        b'?' | b'#' => Err(PathError::EncodedDelimiter),
        0x00..=0x1f | 0x7f => Err(PathError::ControlCharacter),
        _ => Ok(()),
    }
}

/// Judges what a segment's escapes spell together: UTF-8, and no control character beyond ASCII.
fn check_decoded(segment: &str) -> Result<(), PathError> {
    if !segment.contains('%') {
        return Ok(());
    }
    let bytes = decoded_bytes(segment);
    let text = std::str::from_utf8(&bytes).map_err(|_| PathError::NotUtf8)?;
    if text.contains(char::is_control) {
        return Err(PathError::ControlCharacter);
    }
    Ok(())
}

fn decoded_bytes(segment: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = if byte == b'%' {
            escaped_byte(after)
        } else {
            None
        };
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() {
            after.get(2..).unwrap_or_default()
        } else {
            after
        };
    }
    bytes
}

#[cfg(test)]
mod tests;
