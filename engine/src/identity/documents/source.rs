//! Where a document is fetched from, and how often.

use crate::time::Seconds;

/// Where a document is fetched from, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// `https://host[:port]/path`
    pub url: String,
    /// What the host calls the upstream (an Envoy cluster).
    pub cluster: String,
    /// How long one call may take.
    pub timeout: Seconds,
    /// Fetched anew after this long.
    pub refresh: Seconds,
    /// A document that could not be refreshed is used for this much longer.
    pub grace: Seconds,
    /// The shortest time between two fetches that something unknown causes, such as a `kid`.
    pub min_interval: Seconds,
}

/// Scheme, authority, and path with query, which is `/` where there is none. Printable ASCII only, no user info, no fragment.
pub(super) fn split_url(url: &str) -> Option<(&str, &str, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let sound = matches!(scheme, "http" | "https")
        && !authority.is_empty()
        && !authority.contains('@')
        && url
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let path = if target.starts_with('/') {
        target.to_owned()
    } else {
        format!("/{target}")
    };
    sound.then_some((scheme, authority, path))
}

#[cfg(test)]
mod tests {
    use super::split_url;

    #[test]
    fn an_address_is_scheme_authority_and_path() {
        for (name, url, expected) in [
            (
                "https",
                "https://as.example/jwks",
                Some(("https", "as.example", "/jwks")),
            ),
            (
                "a port and a query",
                "http://as:8080/j?a=b",
                Some(("http", "as:8080", "/j?a=b")),
            ),
            (
                "the root",
                "https://as.example/",
                Some(("https", "as.example", "/")),
            ),
            (
                "no path",
                "https://as.example",
                Some(("https", "as.example", "/")),
            ),
            ("no authority", "https:///jwks", None),
            ("no scheme", "as.example/jwks", None),
            ("another scheme", "file:///etc/keys", None),
            ("user info", "https://user@as.example/jwks", None),
            (
                "a query without a path",
                "https://as.example?a=/b",
                Some(("https", "as.example", "/?a=/b")),
            ),
            ("a fragment", "https://as.example/jwks#a", None),
            (
                "a line break",
                "https://as.example/jwks\r\nHost: evil",
                None,
            ),
            ("a space", "https://as.example/a b", None),
        ] {
            let expected = expected.map(|(scheme, authority, path): (_, _, &str)| {
                (scheme, authority, path.to_owned())
            });
            assert_eq!(split_url(url), expected, "{name}");
        }
    }
}
