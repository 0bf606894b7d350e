//! One parameter of a query, as `@query-param` covers it (RFC 9421, section 2.2.8).

use super::error::ComponentError;
use crate::excerpt::Excerpt;

/// The value of the parameter whose name, encoded as values are, is `name`.
///
/// The query is read as `application/x-www-form-urlencoded` and encoded anew, so that one value has one form.
///
/// # Errors
///
/// It isn't there, or stands there more than once.
pub(super) fn parameter(query: &str, name: &str) -> Result<String, ComponentError> {
    let mut found = query.split('&').filter_map(|part| {
        let (own, value) = part.split_once('=').unwrap_or((part, ""));
        (!part.is_empty() && reencoded(own) == name).then_some(value)
    });
    let component = || Excerpt::of(name);
    let value = found.next().ok_or_else(|| ComponentError::Missing {
        component: component(),
    })?;
    if found.next().is_some() {
        return Err(ComponentError::Repeated {
            component: component(),
        });
    }
    Ok(reencoded(value))
}

/// Decoded as a form is, and percent-encoded again: all bytes but letters, digits and `*-._`.
fn reencoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, after.split_first_chunk::<2>()) {
            (b'+', _) => bytes.push(b' '),
            (b'%', Some((&[high, low], behind))) if let Some(byte) = escaped(high, low) => {
                bytes.push(byte);
                rest = behind;
            }
            _ => bytes.push(first),
        }
    }
    let mut encoded = String::with_capacity(text.len());
    for byte in String::from_utf8_lossy(&bytes).bytes() {
        if byte.is_ascii_alphanumeric() || b"*-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn escaped(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?;
    u8::try_from(value).ok()
}
