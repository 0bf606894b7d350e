//! A query as names and values, or refused.
//!
//! As in a path, what two servers are known to read differently is refused rather than repaired. It is read only where an
//! operation declares its parameters; elsewhere no policy can rest on it.
//!
//! | in the query | decided | because |
//! |---|---|---|
//! | `%6c`, any encoded character | decoded | the same text by RFC 3986, section 2.1 |
//! | `&&`, `&` at an end | passed over | nothing stands there to any reader |
//! | `;` | refused | separates parameters to some |
//! | `+` in a name or in a value that is read | refused | a space to some |
//! | what is still encoded when it was decoded, as `%2541` | refused | some decode twice |
//! | control characters, also encoded | refused | `%00` ends a string in C, line breaks end a log line |
//! | encoded bytes that aren't UTF-8 | refused | readers replace them differently |
//! | bytes that must be encoded (RFC 3986, section 3.4), but for `[`, `]`, `{`, `}` and the vertical bar | refused | some encode them, some cut there |

use std::str;

/// One parameter as it was sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pair<'q> {
    /// Decoded.
    pub(super) name: String,
    /// Still encoded; none where there is no `=`.
    value: Option<&'q str>,
}

/// Why a query is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A `;`.
    #[error("the query has a `;`")]
    Semicolon,
    /// A byte that must be percent-encoded.
    #[error("the query has a character that must be percent-encoded")]
    Unencoded,
    /// A `%` that isn't followed by two hexadecimal digits.
    #[error("the query has a `%` without two hexadecimal digits")]
    BadEscape,
    /// A `+`.
    #[error("the query has a `+`, write `%20` for a space and `%2B` for a plus")]
    Plus,
    /// Encoded twice.
    #[error("the query is encoded twice")]
    EncodedTwice,
    /// A control character.
    #[error("the query has a control character")]
    ControlCharacter,
    /// Bytes that aren't UTF-8.
    #[error("the query's percent-encoded bytes are not UTF-8")]
    NotUtf8,
}

/// The parameters in the order sent.
pub(super) fn pairs(query: &str) -> Result<Vec<Pair<'_>>, QueryError> {
    query.bytes().try_for_each(check_byte)?;
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (part, None),
            };
            let name = decode(name)?;
            Ok(Pair { name, value })
        })
        .collect()
}

impl Pair<'_> {
    /// What stands behind the `=`, decoded; none where there is no `=`.
    pub(super) fn value(&self) -> Result<Option<String>, QueryError> {
        self.value.map(decode).transpose()
    }

    /// Do some readers take it for the parameter `name`? They fold letter case, take brackets or a `.` for an array or a part,
    /// or don't tell `.`, ` `, `-`, `_` and a lone `[` apart.
    pub(super) fn resembles(&self, name: &str) -> bool {
        let cut = |text: &str, marks: &[char]| {
            let text = text.trim();
            let end = text.find(marks).unwrap_or(text.len());
            let text = text.get(..end).unwrap_or(text);
            text.to_lowercase().replace(['.', ' ', '-', '['], "_")
        };
        let foldings: [&[char]; 3] = [&[], &['['], &['[', '.']];
        let mut foldings = foldings.into_iter();
        foldings.any(|marks| cut(&self.name, marks) == cut(name, marks))
    }
}

const fn check_byte(byte: u8) -> Result<(), QueryError> {
    match byte {
        b';' => Err(QueryError::Semicolon),
        0x00..=0x1f | 0x7f => Err(QueryError::ControlCharacter),
        b' ' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'#' | 0x80.. => {
            Err(QueryError::Unencoded)
        }
        _ => Ok(()),
    }
}

fn decode(text: &str) -> Result<String, QueryError> {
    if text.contains('+') {
        return Err(QueryError::Plus);
    }
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let escaped = escaped(rest.next(), rest.next());
            bytes.push(escaped.ok_or(QueryError::BadEscape)?);
        } else {
            bytes.push(byte);
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| QueryError::NotUtf8)?;
    if text.contains(char::is_control) {
        return Err(QueryError::ControlCharacter);
    }
    if is_encoded(&text) {
        return Err(QueryError::EncodedTwice);
    }
    Ok(text)
}

/// Is there anything that another decoding would change?
fn is_encoded(text: &str) -> bool {
    let mut behind = text.split('%');
    behind.next();
    behind.any(|rest| {
        let mut digits = rest.bytes();
        escaped(digits.next(), digits.next()).is_some()
    })
}

/// The byte that two hexadecimal digits stand for.
fn escaped(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from((digit(high?)? << 4) | digit(low?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{QueryError, pairs};

    /// Every name with its value.
    fn read(query: &str) -> Result<Vec<(String, Option<String>)>, QueryError> {
        let pairs = pairs(query)?;
        let read = pairs
            .iter()
            .map(|pair| Ok((pair.name.clone(), pair.value()?)));
        read.collect()
    }

    #[test]
    fn a_query_is_read_as_everybody_reads_it_or_refused() {
        type Expected<'a> = Result<&'a [(&'a str, Option<&'a str>)], QueryError>;
        let table: [(&str, Expected<'_>); 22] = [
            ("", Ok(&[])),
            ("&&", Ok(&[])),
            ("a=1&b=2", Ok(&[("a", Some("1")), ("b", Some("2"))])),
            ("a=1&a=2", Ok(&[("a", Some("1")), ("a", Some("2"))])),
            ("a", Ok(&[("a", None)])),
            ("a=", Ok(&[("a", Some(""))])),
            ("=1", Ok(&[("", Some("1"))])),
            ("a=b=c", Ok(&[("a", Some("b=c"))])),
            ("a=1?b=2", Ok(&[("a", Some("1?b=2"))])),
            ("%61=%31%c3%A9", Ok(&[("a", Some("1é"))])),
            ("a[]=1", Ok(&[("a[]", Some("1"))])),
            ("a=100%25", Ok(&[("a", Some("100%"))])),
            ("a=1;b=2", Err(QueryError::Semicolon)),
            ("a=1+2", Err(QueryError::Plus)),
            ("a+b=1", Err(QueryError::Plus)),
            ("a=%2541", Err(QueryError::EncodedTwice)),
            ("a=%00", Err(QueryError::ControlCharacter)),
            ("a=%0a", Err(QueryError::ControlCharacter)),
            ("a=%c0%ae", Err(QueryError::NotUtf8)),
            ("a=%4", Err(QueryError::BadEscape)),
            ("a=%zz", Err(QueryError::BadEscape)),
            ("a=é", Err(QueryError::Unencoded)),
        ];
        for (query, expected) in table {
            let expected = expected.map(|all| {
                all.iter()
                    .map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)))
                    .collect()
            });
            assert_eq!(read(query), expected, "{query}");
        }
    }

    #[test]
    fn names_that_some_readers_take_for_another_resemble_it() {
        for (sent, resembles) in [
            ("limit", true),
            ("Limit", true),
            ("limit[]", true),
            ("limit%5B0%5D", true),
            ("%20limit", true),
            ("limit.x", true),
            ("limit[x", true),
            ("limits", false),
            ("limit_x", false),
            ("page", false),
        ] {
            let pairs = pairs(sent).unwrap();
            assert_eq!(pairs[0].resembles("limit"), resembles, "{sent}");
        }
        for sent in ["user.id", "user[id", "user.id[]", "user.name", "USER-ID"] {
            let is_alike = sent != "user.name";
            assert_eq!(
                pairs(sent).unwrap()[0].resembles("user_id"),
                is_alike,
                "{sent}"
            );
        }
    }
}
