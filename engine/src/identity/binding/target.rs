//! The URI that a request is for, in the one form in which proofs are compared with it (RFC 3986, sections 6.2.2 and 6.2.3).

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A scheme, a host and a port, by which clients reach a service: `https://api.example`. The host is in lower case and the
/// scheme's default port left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(Arc<str>);

/// An origin and a normalised path, without query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    origin: Origin,
    path: Cow<'a, str>,
}

/// A text that is no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not `http` or `https`, a host with an optional port, and nothing else before the path.
    #[error("it is not an `http` or `https` URI with a host")]
    NotHttp,
    /// A query or a fragment, which a target doesn't have (RFC 9449, section 4.2).
    #[error("it has a query or a fragment")]
    Query,
    /// A character that no URI has, or a `%` that no two hexadecimal digits follow.
    #[error("it has a character that no URI has")]
    Character,
}

impl Origin {
    /// Reads an origin as a configuration has it.
    ///
    /// # Errors
    ///
    /// It is no `http` or `https` URI, or has more than an origin: not even a `/` at its end.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let (scheme, rest) = text.split_once("://").ok_or(TargetError::NotHttp)?;
        Self::new(scheme, rest)
    }

    /// The origin of a request.
    ///
    /// # Errors
    ///
    /// The scheme is another than `http` and `https`, or the authority is no host with an optional port.
    pub fn new(scheme: &str, authority: &str) -> Result<Self, TargetError> {
        let (scheme, default_port) = if scheme.eq_ignore_ascii_case("https") {
            ("https", "443")
        } else if scheme.eq_ignore_ascii_case("http") {
            ("http", "80")
        } else {
            return Err(TargetError::NotHttp);
        };
        let host_ends = authority.rfind(']').map_or(0, |at| at.saturating_add(1));
        let (address, behind) = authority
            .split_at_checked(host_ends)
            .ok_or(TargetError::NotHttp)?;
        let (name, port) = match behind.split_once(':') {
            Some((name, port)) => (name, port),
            None => (behind, ""),
        };
        let host_is_sound = if address.is_empty() {
            is_name(name)
        } else {
            name.is_empty() && is_address(address)
        };
        if !host_is_sound || port.len() > 5 || !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TargetError::NotHttp);
        }
        let mut origin = format!("{scheme}://{address}{name}");
        origin.make_ascii_lowercase();
        if !port.is_empty() && port != default_port {
            origin.push(':');
            origin.push_str(port);
        }
        Ok(Self(origin.into()))
    }

    /// The origin as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'a> Target<'a> {
    /// Reads a target that somebody states.
    ///
    /// # Errors
    ///
    /// Any [`TargetError`].
    pub fn parse(uri: &'a str) -> Result<Self, TargetError> {
        if uri.contains(['?', '#']) {
            return Err(TargetError::Query);
        }
        let (scheme, rest) = uri.split_once("://").ok_or(TargetError::NotHttp)?;
        let path_from = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest
            .split_at_checked(path_from)
            .ok_or(TargetError::NotHttp)?;
        Self::new(Origin::new(scheme, authority)?, path)
    }

    /// The target of a request for `path`, as sent, at `origin`.
    ///
    /// # Errors
    ///
    /// The path has a character that no path has.
    pub fn new(origin: Origin, path: &'a str) -> Result<Self, TargetError> {
        Ok(Self {
            origin,
            path: normal_path(path)?,
        })
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

/// `reg-name` without escapes and delimiters, and IPv4 addresses.
fn is_name(host: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    !host.is_empty() && host.bytes().all(sound)
}

fn is_address(bracketed: &str) -> bool {
    bracketed
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

/// Escapes in upper case and only where needed, no dot segments, at least `/`.
fn normal_path(path: &str) -> Result<Cow<'_, str>, TargetError> {
    if path.is_empty() {
        return Ok(Cow::Borrowed("/"));
    }
    if !path.bytes().all(is_path_byte) {
        return Err(TargetError::Character);
    }
    let unescaped = if path.contains('%') {
        Cow::Owned(unescape(path)?)
    } else {
        Cow::Borrowed(path)
    };
    Ok(if unescaped.contains("/.") {
        Cow::Owned(without_dot_segments(&unescaped))
    } else {
        unescaped
    })
}

/// `pchar`, `/` and `%` (RFC 3986, section 3.3).
fn is_path_byte(byte: u8) -> bool {
    is_unreserved(byte) || b"%/:@!$&'()*+,;=".contains(&byte)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Section 6.2.2.1 and 6.2.2.2.
fn unescape(path: &str) -> Result<String, TargetError> {
    let mut parts = path.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or(TargetError::Character)?;
        // `from_str_radix` would take a sign.
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(TargetError::Character);
        }
        match u8::from_str_radix(digits, 16) {
            Ok(byte) if is_unreserved(byte) => text.push(char::from(byte)),
            _ => {
                text.push('%');
                text.push_str(&digits.to_ascii_uppercase());
            }
        }
        text.push_str(rest);
    }
    Ok(text)
}

/// Section 5.2.4, for a path that begins with `/`.
fn without_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            segment => {
                kept.push(segment);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests;
