//! Names and other texts of a fixed form.

use super::report::{At, Report};

/// The longest name, in bytes.
const MAX_NAME: usize = 64;

/// Checks a name that policies, records or metrics use.
pub(super) fn name(name: &str, at: &At<'_>, report: &mut Report) {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if !(1..=MAX_NAME).contains(&name.len()) || !name.bytes().all(sound) {
        let message = format!("`{name}` is not 1 to 64 of the characters `A-Z a-z 0-9 _ - .`");
        report.error(at, message);
    }
}

/// Checks the name of a trust domain, which stands before a `/` in policies.
pub(super) fn domain(name: &str, at: &At<'_>, report: &mut Report) {
    let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=MAX_NAME).contains(&name.len()) || !name.bytes().all(sound) {
        let message = format!("`{name}` is not 1 to 64 of the characters `a-z 0-9 -`");
        report.error(at, message);
    }
}

/// Checks that no name stands there twice; `member` is where each element has it.
pub(super) fn unique<'a>(
    names: impl Iterator<Item = &'a str>,
    list: &At<'_>,
    member: &str,
    report: &mut Report,
) {
    let mut seen: Vec<&str> = Vec::new();
    for (place, name) in names.enumerate() {
        if let Some(earlier) = seen.iter().position(|earlier| *earlier == name) {
            let message = format!("`{name}` is the `{member}` of `{list}[{earlier}]` already");
            report.error(&list.element(place).member(member), message);
        }
        seen.push(name);
    }
}

/// May the text stand between quotes in a header field?
pub(super) fn is_header_text(text: &str) -> bool {
    let sound = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    (1..=256).contains(&text.len()) && text.bytes().all(sound)
}

/// Checks words that stand in a challenge with spaces between: each is a `scope-token` of RFC 6749, section 3.3, and stands
/// there once.
pub(super) fn words(words: &[String], what: &str, at: &At<'_>, report: &mut Report) {
    for (place, word) in words.iter().enumerate() {
        let at = at.element(place);
        if !is_header_text(word) || word.contains(' ') {
            let message =
                format!("`{word}` is no {what}: visible ASCII without space, quote and backslash");
            report.error(&at, message);
        } else if words.iter().take(place).any(|earlier| earlier == word) {
            report.error(&at, format!("`{word}` stands there twice"));
        }
    }
}

/// Checks scopes that a resource asks for, in its metadata and its challenges: those of MCP have no `offline_access` there, which
/// asks an authorization server for a refresh token and a resource for nothing (SEP-2207).
pub(super) fn scopes(words: &[String], at: &At<'_>, report: &mut Report) {
    self::words(words, "scope", at, report);
    if let Some(place) = words.iter().position(|word| word == "offline_access") {
        let message = "`offline_access` asks for a refresh token, which is between clients and authorization servers";
        report.error(&at.element(place), message.to_owned());
    }
}

/// Is the text a URL of this scheme (with `://`), with a host, without user information, fragment, space or any other
/// character that has no place in one?
pub(super) fn is_url(text: &str, scheme: &str) -> bool {
    let Some(rest) = text.strip_prefix(scheme) else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let sound = |byte: u8| matches!(byte, b'!'..=b'~') && !br#""<>\^`{|}#"#.contains(&byte);
    text.len() <= 2048
        && !authority.is_empty()
        && !authority.starts_with(':')
        && !authority.contains('@')
        && rest.bytes().all(sound)
}

/// Checks values of `Origin`.
pub(super) fn origins(origins: &[String], at: &At<'_>, report: &mut Report) {
    for (place, origin) in origins.iter().enumerate() {
        if !is_origin(origin) {
            let message = format!(
                "`{origin}` is not a scheme, a host and perhaps a port, such as `https://app.example`"
            );
            report.error(&at.element(place), message);
        }
    }
}

/// An `Origin` as browsers write it: a scheme, a host and perhaps a port, without a path (RFC 6454, section 6.1).
fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        let scheme_is_sound = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_lowercase());
        scheme_is_sound
            && !rest.contains(['/', '?', '*', ','])
            && is_url(text, &format!("{scheme}://"))
    })
}

/// Is the text a host name or an IP address, in lower case and without port?
pub(super) fn is_host(text: &str) -> bool {
    let sound = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-')
    };
    let bracketed = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match bracketed {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            (1..=253).contains(&text.len())
                && text.bytes().all(sound)
                && text.split('.').all(|label| !label.is_empty())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (text, expected) in [
            ("https://a.example/jwks.json", true),
            ("https://a.example:8443/x?y=1", true),
            ("https://[::1]/x", true),
            ("https://a.example", true),
            ("http://a.example/x", false),
            ("https:///x", false),
            ("https://:80/x", false),
            ("https://me@a.example/x", false),
            ("https://a.example/x#y", false),
            ("https://a.example/ x", false),
            ("https://a.example/\r\nx", false),
            ("https://a.example/ä", false),
            ("", false),
        ] {
            assert_eq!(is_url(text, "https://"), expected, "{text}");
        }
    }

    #[test]
    fn hosts() {
        for (text, expected) in [
            ("api.acme.example", true),
            ("127.0.0.1", true),
            ("[::1]", true),
            ("[::g]", false),
            ("::1", false),
            ("API.acme.example", false),
            ("api.acme.example:443", false),
            ("api..example", false),
            ("api.example.", false),
            ("*.acme.example", false),
            ("", false),
        ] {
            assert_eq!(is_host(text), expected, "{text}");
        }
    }
}
