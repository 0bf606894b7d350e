//! A request's facts as the host gives them: bytes, in order, unjudged until [`Head::parse`].

use std::ops::Range;

/// All header fields of a request in the order received, pseudo-headers included; names and values are any bytes.
///
/// One buffer and spans into it, so that a host's serialized map is taken over without a copy per field.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

/// Where one field's name and value stand in the buffer.
#[derive(Clone, Debug)]
pub struct Span {
    /// Of the name.
    pub name: Range<usize>,
    /// Of the value.
    pub value: Range<usize>,
}

impl Headers {
    /// Fields that stand in `bytes` at `spans`. A span outside the buffer reads as empty.
    #[must_use]
    pub const fn new(bytes: Vec<u8>, spans: Vec<Span>) -> Self {
        Self { bytes, spans }
    }

    /// Copies pairs into one buffer.
    pub fn from_pairs<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut headers = Self::default();
        for (name, value) in pairs {
            let name = headers.push(name.as_ref());
            let value = headers.push(value.as_ref());
            headers.spans.push(Span { name, value });
        }
        headers
    }

    fn push(&mut self, part: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(part);
        start..self.bytes.len()
    }

    /// Every field as (name, value).
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.spans
            .iter()
            .map(|span| (self.slice(&span.name), self.slice(&span.value)))
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    /// Every value of the field `name`, which is compared without regard to ASCII case (RFC 9110, section 5.1).
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let wanted = name.as_bytes();
        self.spans
            .iter()
            // Most names differ in length already, and a request's fields are searched a few dozen times.
            .filter(move |span| {
                span.name.len() == wanted.len()
                    && self.slice(&span.name).eq_ignore_ascii_case(wanted)
            })
            .map(|span| self.slice(&span.value))
    }

    /// The only value of the field `name`, or none.
    ///
    /// # Errors
    ///
    /// [`RequestError::RepeatedField`] where it stands there twice, [`RequestError::FieldNotText`] where it isn't UTF-8.
    pub fn single<'a>(&'a self, name: &'static str) -> Result<Option<&'a str>, RequestError> {
        let mut values = self.all(name);
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(RequestError::RepeatedField { name });
        }
        std::str::from_utf8(value)
            .map(Some)
            .map_err(|_| RequestError::FieldNotText { name })
    }
}

/// A request's head whose pseudo-headers are each present once and are text.
#[derive(Clone, Debug)]
pub struct Head {
    headers: Headers,
    method: String,
    scheme: String,
    authority: String,
    target: String,
}

impl Head {
    /// Reads the pseudo-headers that every host gives for HTTP/1.1 and HTTP/2 alike.
    ///
    /// # Errors
    ///
    /// One is missing, stands there twice, or isn't text; a `CONNECT` has no `:path` and is refused with that.
    pub fn parse(headers: Headers) -> Result<Self, RequestError> {
        let required = |name| -> Result<String, RequestError> {
            headers
                .single(name)?
                .map(str::to_owned)
                .ok_or(RequestError::MissingField { name })
        };
        let method = required(":method")?;
        let authority = required(":authority")?;
        let target = required(":path")?;
        let scheme = headers.single(":scheme")?.unwrap_or("http").to_owned();
        Ok(Self {
            headers,
            method,
            scheme,
            authority,
            target,
        })
    }

    /// All fields.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The method as sent; methods are case-sensitive (RFC 9110, section 9.1).
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// `http` or `https` as the host saw the connection.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Host and port as sent.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Path and query as sent.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The raw path: everything before the first `?`.
    #[must_use]
    pub fn raw_path(&self) -> &str {
        self.target
            .split_once('?')
            .map_or(&self.target, |(path, _)| path)
    }

    /// The raw query: everything after the first `?`, if there is one.
    #[must_use]
    pub fn raw_query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }
}

/// Could an upstream take `field` for a name that begins with `prefix`, which is in lower case? Names are without regard to
/// case, and those that read them as CGI does (RFC 3875, section 4.1.18) don't tell `-` from `_`, or from whatever else is
/// neither letter nor digit.
pub(crate) fn begins_like(field: &[u8], prefix: &str) -> bool {
    field.len() >= prefix.len()
        && field.iter().zip(prefix.bytes()).all(|(byte, expected)| {
            if expected == b'-' {
                !byte.is_ascii_alphanumeric()
            } else {
                byte.eq_ignore_ascii_case(&expected)
            }
        })
}

/// A field's name as configured: a token (RFC 9110, section 5.6.2) in lower case, as HTTP/2 and every host spell it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeaderName(std::sync::Arc<str>);

impl HeaderName {
    /// The longest name that is taken, in bytes.
    pub const LIMIT: usize = 64;

    /// Takes `name` in any case; `None` where it is empty, longer than [`Self::LIMIT`], or no token.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let sound = (1..=Self::LIMIT).contains(&name.len()) && name.bytes().all(token);
        sound.then(|| Self(name.to_ascii_lowercase().into()))
    }

    /// `authorization` (RFC 9110, section 11.6.2).
    #[must_use]
    pub fn authorization() -> Self {
        Self("authorization".into())
    }

    /// The name in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for HeaderName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request whose own frame can't be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A required pseudo-header isn't there.
    #[error("the request has no `{name}`")]
    MissingField {
        /// Its name.
        name: &'static str,
    },
    /// A field that may stand once stands there twice.
    #[error("`{name}` stands there more than once")]
    RepeatedField {
        /// Its name.
        name: &'static str,
    },
    /// A field's value isn't UTF-8.
    #[error("`{name}` is not valid UTF-8")]
    FieldNotText {
        /// Its name.
        name: &'static str,
    },
}
