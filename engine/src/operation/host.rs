//! Host names in one form, or refused.

use std::borrow::Cow;

/// The host of an `:authority`: without port and without the root's dot, in lower case. None where it isn't a host name
/// or address with an optional port, so also for user information.
///
/// Ports aren't told apart: a gateway's listener has decided on the port already.
#[must_use]
pub fn host_of_authority(authority: &str) -> Option<Cow<'_, str>> {
    // An IPv6 address has colons of its own, in brackets (RFC 3986, section 3.2.2).
    let port_from = authority.rfind(']').unwrap_or(0);
    let (host, port) = match authority.get(port_from..)?.find(':') {
        Some(colon) => authority.split_at_checked(port_from.checked_add(colon)?)?,
        None => (authority, ":0"),
    };
    let port = port.strip_prefix(':')?;
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    if !is_name(host) && !is_bracketed_address(host) {
        return None;
    }
    Some(if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    })
}

/// The host that a rule names; one with a port or the root's dot would say something else than it means.
pub(super) fn host_of_rule(written: &str) -> Option<String> {
    let host = host_of_authority(written)?;
    (host.len() == written.len()).then(|| host.into_owned())
}

/// `reg-name` without escapes and delimiters, and IPv4 addresses.
fn is_name(host: &str) -> bool {
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

fn is_bracketed_address(host: &str) -> bool {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::{host_of_authority, host_of_rule};

    #[test]
    fn one_host_has_one_form() {
        for (name, authority, expected) in [
            ("plain", "api.example.com", Some("api.example.com")),
            ("port", "api.example.com:8443", Some("api.example.com")),
            ("upper case", "API.Example.COM:80", Some("api.example.com")),
            ("root's dot", "api.example.com.", Some("api.example.com")),
            (
                "root's dot and port",
                "api.example.com.:443",
                Some("api.example.com"),
            ),
            ("ipv4", "127.0.0.1:10000", Some("127.0.0.1")),
            ("ipv6", "[::1]:10000", Some("[::1]")),
            ("ipv6 without port", "[2001:DB8::1]", Some("[2001:db8::1]")),
            ("empty", "", None),
            ("dot", ".", None),
            ("port only", ":80", None),
            ("empty port", "a:", None),
            ("port that is no number", "a:80b", None),
            ("two ports", "a:80:90", None),
            ("user information", "user@a", None),
            ("unbracketed ipv6", "::1", None),
            ("something after the bracket", "[::1]a:80", None),
            ("no address in the brackets", "[a]", None),
            ("space", "a b", None),
            ("path", "a/b", None),
            ("escape", "a%2eb", None),
            ("non-ascii", "\u{e4}.example", None),
        ] {
            assert_eq!(host_of_authority(authority).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_rule_names_a_host_and_no_more() {
        assert_eq!(
            host_of_rule("API.example.com").as_deref(),
            Some("api.example.com")
        );
        assert_eq!(host_of_rule("api.example.com:443"), None);
        assert_eq!(host_of_rule("api.example.com."), None);
    }
}
