//! Tokens where they must not be: in the query (RFC 6750, section 2.3; RFC 9700, section 2.6).

/// Does a query have a parameter that some reader takes for an access token?
///
/// Parts are split at `&` and `;`, and names compared percent-decoded and without regard to case, since frameworks differ
/// in all three.
pub(super) fn has_access_token(query: Option<&str>) -> bool {
    query.is_some_and(|query| {
        query.split(['&', ';']).any(|part| {
            let name = part.split_once('=').map_or(part, |(name, _)| name);
            decoded(name).eq(b"access_token".iter().copied())
        })
    })
}

/// The bytes of `text`, percent-decoded and in lower case; what is no valid escape stays as it is.
fn decoded(text: &str) -> impl Iterator<Item = u8> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        let escape = (first == b'%').then(|| escaped(after)).flatten();
        let (byte, after) = escape.unwrap_or((first, after));
        rest = after;
        Some(byte.to_ascii_lowercase())
    })
}

fn escaped(after: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = after.split_first_chunk::<2>()?;
    let digits = std::str::from_utf8(digits).ok()?;
    // `from_str_radix` would take a sign.
    let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let byte = u8::from_str_radix(digits, 16)
        .ok()
        .filter(|_| hexadecimal)?;
    Some((byte, rest))
}
