//! Pages in browsers: which origins may call a route, and what a browser is told so that it lets them (the CORS protocol of
//! the Fetch standard).
//!
//! An origin is allowed by name only. Credentials that a browser adds by itself, such as cookies, never are: a page has its
//! token and sends it.

use super::{Excerpt, OperationError};
use crate::request::Head;
use crate::time::Seconds;

/// How many fields of a request a browser is answered about.
const MAX_FIELDS: usize = 64;

/// The longest name of a field that a browser is answered about, in bytes.
const MAX_FIELD: usize = 64;

/// What pages of other origins may do on a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossOrigin {
    /// The origins, compared exactly.
    pub origins: Vec<String>,
    /// Names of fields that a page may send, in lower case; one that ends in `*` stands for all that begin so.
    pub allow_headers: Vec<String>,
    /// Names of fields that a page may read in an answer.
    pub expose_headers: Vec<String>,
    /// How long a browser may remember this.
    pub max_age: Seconds,
}

/// A browser's question whether a page may send a request, and what it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preflight<'a> {
    /// The page's origin, as the configuration writes it.
    pub origin: &'a str,
    /// The methods that the route has, separated by commas.
    pub methods: String,
    /// The fields that the page may send, separated by commas.
    pub headers: String,
    /// How long the answer holds.
    pub max_age: Seconds,
}

/// What a browser asks about: may a page of this origin send a request with this method?
pub(super) struct Asked<'h> {
    origin: &'h str,
    method: &'h str,
}

/// What a browser asks about, where the request is a preflight.
///
/// # Errors
///
/// A field that makes it one stands there twice, or isn't text.
pub(super) fn asked(head: &Head) -> Result<Option<Asked<'_>>, OperationError> {
    if head.method() != "OPTIONS" {
        return Ok(None);
    }
    let origin = head.headers().single("origin")?;
    let method = head.headers().single("access-control-request-method")?;
    Ok(origin
        .zip(method)
        .map(|(origin, method)| Asked { origin, method }))
}

impl CrossOrigin {
    /// Answers a preflight on a route that has `methods`.
    ///
    /// # Errors
    ///
    /// The origin isn't allowed, or the route doesn't have the method.
    pub(super) fn preflight(
        &self,
        head: &Head,
        asked: &Asked<'_>,
        methods: &str,
    ) -> Result<Preflight<'_>, OperationError> {
        let origin =
            self.allowed(asked.origin)
                .ok_or_else(|| OperationError::OriginNotAllowed {
                    origin: Excerpt::of(asked.origin),
                })?;
        if !methods.split(", ").any(|method| method == asked.method) {
            return Err(OperationError::MethodNotAllowed {
                method: Excerpt::of(asked.method),
                allow: methods.to_owned(),
            });
        }
        Ok(Preflight {
            origin,
            methods: methods.to_owned(),
            headers: self.allowed_fields(head),
            max_age: self.max_age,
        })
    }

    /// Does an allowed page send the request?
    #[must_use]
    pub fn allows_page_of(&self, head: &Head) -> bool {
        self.page_of(head).is_some()
    }

    /// The origin of the page that sends a request, where it is allowed.
    fn page_of(&self, head: &Head) -> Option<&str> {
        let sent = head.headers().single("origin").ok().flatten();
        sent.and_then(|sent| self.allowed(sent))
    }

    /// What the answer to a page needs, as header fields; nothing where no allowed page asks.
    #[must_use]
    pub fn answer_fields(&self, head: &Head) -> Vec<(&'static str, String)> {
        let Some(origin) = self.page_of(head) else {
            return Vec::new();
        };
        vec![
            ("access-control-allow-origin", origin.to_owned()),
            (
                "access-control-expose-headers",
                self.expose_headers.join(", "),
            ),
        ]
    }

    /// An origin as the configuration writes it, where it is one of those allowed.
    fn allowed(&self, sent: &str) -> Option<&str> {
        let mut origins = self.origins.iter().map(String::as_str);
        origins.find(|origin| *origin == sent)
    }

    /// The names that are allowed in any case, and of those asked for the ones that begin as one that is allowed.
    fn allowed_fields(&self, head: &Head) -> String {
        let (open, mut allowed): (Vec<&str>, Vec<&str>) = self
            .allow_headers
            .iter()
            .map(String::as_str)
            .partition(|name| name.ends_with('*'));
        let listed = head.headers().all("access-control-request-headers");
        let asked = listed.flat_map(|value| value.split(|byte| *byte == b','));
        for name in asked.take(MAX_FIELDS).filter_map(plain_name) {
            let begins = |open: &&str| name.starts_with(open.trim_end_matches('*'));
            if open.iter().any(begins) && !allowed.contains(&name) {
                allowed.push(name);
            }
        }
        allowed.join(", ")
    }
}

/// A field's name as browsers write it here: in lower case, of letters, digits, `-` and `_` alone.
fn plain_name(text: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(text.trim_ascii()).ok()?;
    let plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
    };
    ((1..=MAX_FIELD).contains(&name.len()) && name.bytes().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Headers;

    fn rules() -> CrossOrigin {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        CrossOrigin {
            origins: names(&["https://app.example", "http://localhost:6274"]),
            allow_headers: names(&["authorization", "mcp-*"]),
            expose_headers: names(&["www-authenticate", "dpop-nonce"]),
            max_age: Seconds(600),
        }
    }

    fn head(method: &str, fields: &[(&str, &[u8])]) -> Head {
        let pseudo: [(&str, &[u8]); 3] = [
            (":method", method.as_bytes()),
            (":authority", b"a.example"),
            (":path", b"/mcp"),
        ];
        Head::parse(Headers::from_pairs(pseudo.iter().chain(fields).copied())).unwrap()
    }

    #[test]
    fn only_an_exact_origin_is_told_that_it_may() {
        for (name, origin, expected) in [
            ("listed", &b"https://app.example"[..], true),
            ("another listed", b"http://localhost:6274", true),
            ("another scheme", b"http://app.example", false),
            ("another port", b"https://app.example:8443", false),
            ("another case", b"https://APP.example", false),
            ("longer", b"https://app.example.evil.example", false),
            ("with a path", b"https://app.example/", false),
            ("null", b"null", false),
            ("any", b"*", false),
            (
                "two in one",
                b"https://app.example, https://app.example",
                false,
            ),
            ("a line break", b"https://app.example\r\nx: 1", false),
            ("no text", b"https://app.example\xff", false),
            ("empty", b"", false),
        ] {
            let fields = rules().answer_fields(&head("POST", &[("origin", origin)]));
            let told = fields
                .iter()
                .any(|(name, _)| *name == "access-control-allow-origin");
            assert_eq!(told, expected, "{name}");
        }
        let twice: &[(&str, &[u8])] = &[
            ("origin", b"https://app.example"),
            ("origin", b"https://app.example"),
        ];
        assert_eq!(rules().answer_fields(&head("POST", twice)), []);
        assert_eq!(rules().answer_fields(&head("POST", &[])), []);
    }

    #[test]
    fn fields_are_granted_by_name_and_never_repeated_as_sent() {
        for (name, asked, expected) in [
            ("nothing", &b""[..], "authorization"),
            ("the same", b"authorization", "authorization"),
            (
                "by their beginning",
                b"mcp-method,mcp-param-x,mcp-method",
                "authorization, mcp-method, mcp-param-x",
            ),
            (
                "with spaces",
                b" mcp-name , x-other",
                "authorization, mcp-name",
            ),
            ("in upper case", b"Mcp-Name", "authorization"),
            ("a line break", b"mcp-a\r\nx: 1", "authorization"),
            ("quotes", b"mcp-\"a\"", "authorization"),
            ("a space within", b"mcp-a b", "authorization"),
            ("no text", b"mcp-\xff", "authorization"),
            ("a pattern", b"mcp-*", "authorization"),
        ] {
            let asked = head("OPTIONS", &[("access-control-request-headers", asked)]);
            assert_eq!(rules().allowed_fields(&asked), expected, "{name}");
        }
        let many = vec!["mcp-a"; 1000].join(",") + ",mcp-b," + &"mcp-c".repeat(100);
        let asked = head(
            "OPTIONS",
            &[("access-control-request-headers", many.as_bytes())],
        );
        assert_eq!(rules().allowed_fields(&asked), "authorization, mcp-a");
    }
}
