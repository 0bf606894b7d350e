//! Structured fields (RFC 9651) as signatures use them: read strictly, and bounded before that.

use sfv::{Dictionary, FieldType, Parser};

use super::error::FieldError;
use crate::excerpt::Excerpt;
use crate::request::Headers;

/// The most bytes that are read of one field, all its lines together.
pub(super) const MAX_FIELD_BYTES: usize = 8192;

/// A field's values, each without the white space around it; none where the field isn't there.
///
/// # Errors
///
/// They are too long together, or have a control character, as a folded line has.
pub(super) fn values<'a>(headers: &'a Headers, name: &'a str) -> Result<Vec<&'a [u8]>, FieldError> {
    let field = || Excerpt::of(name);
    let mut length = 0_usize;
    let mut values = Vec::new();
    for value in headers.all(name) {
        length = length.saturating_add(value.len());
        let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
        if value.iter().any(is_control) {
            return Err(FieldError::Control { field: field() });
        }
        values.push(trimmed(value));
    }
    if length > MAX_FIELD_BYTES {
        return Err(FieldError::TooLong {
            field: field(),
            length,
        });
    }
    Ok(values)
}

fn trimmed(value: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !is_space(byte));
    let end = value.iter().rposition(|byte| !is_space(byte));
    match (start, end) {
        (Some(start), Some(end)) => value.get(start..=end).unwrap_or_default(),
        _ => &[],
    }
}

/// A field's values as one text, joined as RFC 9110, section 5.3 has it; none where the field isn't there.
///
/// # Errors
///
/// Those of [`values`], and what isn't ASCII.
pub(super) fn text(headers: &Headers, name: &str) -> Result<Option<String>, FieldError> {
    let values = values(headers, name)?;
    if values.is_empty() {
        return Ok(None);
    }
    let bytes = values.join(&b", "[..]);
    let text = String::from_utf8(bytes).ok().filter(|text| text.is_ascii());
    text.map(Some).ok_or_else(|| FieldError::NotAscii {
        field: Excerpt::of(name),
    })
}

/// A field that is a dictionary.
///
/// # Errors
///
/// Those of [`text`], and what is no dictionary.
pub(super) fn dictionary(headers: &Headers, name: &str) -> Result<Option<Dictionary>, FieldError> {
    text(headers, name)?
        .map(|text| parse(&text, name, "a dictionary"))
        .transpose()
}

/// Reads a field's text as what it is `expected` to be.
///
/// # Errors
///
/// It isn't that.
pub(super) fn parse<T: FieldType>(
    text: &str,
    name: &str,
    expected: &'static str,
) -> Result<T, FieldError> {
    Parser::new(text)
        .parse()
        .map_err(|_| FieldError::NotStructured {
            field: Excerpt::of(name),
            expected,
        })
}
