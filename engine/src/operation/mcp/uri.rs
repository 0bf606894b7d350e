//! URIs of resources, as policies can compare them: by their text.
//!
//! How a URI is interpreted is its server's business, and two spellings may well name one thing there. So a URI that could be
//! written more plainly is refused: what a policy doesn't see in the text is not in it (RFC 3986, section 6.2.2).

/// The longest URI, in bytes.
const LONGEST: usize = 2048;

/// What is asked of a URI.
pub(super) const PLAIN: &str = "a URI of at most 2048 bytes in its plainest form: a scheme in lower case, no empty, `.` or `..` \
     segments, nothing encoded that needs no encoding, upper-case digits where something is, no encoded slashes; `file:///` \
     without a query";

/// What is asked of each of several.
pub(super) const EACH_PLAIN: &str =
    "an array of URIs, each in its plainest form, as `params.uri` of `resources/read`";

/// Is it no longer than a URI may be? More can't be said of a template.
pub(super) const fn is_bounded(template: &str) -> bool {
    template.len() <= LONGEST
}

/// Is there no plainer way to write it?
pub(super) fn is_plain(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return false;
    };
    let mut letters = scheme.bytes();
    let is_scheme = letters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.')
        });
    let opaque = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    is_scheme
        && (1..=LONGEST).contains(&uri.len())
        && !rest.is_empty()
        && rest.is_ascii()
        && !rest.contains(opaque)
        && !rest
            .split(['/', '?', '#', '&', '=', ';'])
            .any(|part| matches!(part, "." | ".."))
        && (scheme != "file" || (rest.starts_with("///") && !rest.contains(['?', '#'])))
        && encodes_plainly(rest)
        && has_no_gaps(path)
}

/// Does every `%` stand before two digits, and for a byte that can't stand there itself?
fn encodes_plainly(text: &str) -> bool {
    let mut pieces = text.split('%');
    pieces.next();
    pieces.all(|piece| {
        let byte = piece
            .get(..2)
            .filter(|digits| {
                let mut digits = digits.bytes();
                digits.all(|digit| digit.is_ascii_digit() || matches!(digit, b'A'..=b'F'))
            })
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_some_and(|byte| {
            let unreserved =
                byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
            !unreserved && !byte.is_ascii_control() && !matches!(byte, b'/' | b'\\')
        })
    })
}

/// Behind the authority, where there is one: is no segment empty but the last?
fn has_no_gaps(path: &str) -> bool {
    let path = match path.strip_prefix("//") {
        Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
        None => path.strip_prefix('/').unwrap_or(path),
    };
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if segment.is_empty() && !is_last {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, is_plain};

    #[test]
    fn a_uri_in_its_plainest_form_passes_and_no_other() {
        for plain in [
            "file:///project/src/main.rs",
            "file:///",
            "demo://resource/static/document/a.md",
            "https://docs.example/a/b?x=/y#z",
            "memo:insights",
            "urn:isbn:0451450523",
            "db://shop/tables/caf%C3%A9",
            "weather://{city}/current",
            "file:///a%20b/",
            "ui+x-1.0://a",
            "a:/b",
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        let long = format!("a:{}", "b".repeat(LONGEST - 1));
        for (name, uri) in [
            ("nothing", ""),
            ("no scheme", "/etc/passwd"),
            ("an empty scheme", "://a"),
            ("a scheme alone", "file:"),
            ("upper case", "FILE:///a"),
            ("a number first", "1a://b"),
            ("up", "file:///public/../etc/passwd"),
            ("up at the end", "file:///public/.."),
            ("here", "file:///./a"),
            ("up, encoded", "file:///public/%2e%2e/etc"),
            (
                "up behind a question mark",
                "file:///public/a?/../../etc/passwd",
            ),
            ("up in a query", "https://docs.example/a?x=../y"),
            ("up in a fragment", "memo:a#/../b"),
            ("a file's query", "file:///a?b"),
            ("a file without its slashes", "file:/etc/passwd"),
            ("a file somewhere", "file://localhost/etc/passwd"),
            ("digits in lower case", "db://shop/caf%c3%a9"),
            ("no ASCII", "db://shop/café"),
            ("up, half encoded", "file:///public/.%2E/etc"),
            ("a letter, encoded", "file:///%65tc/passwd"),
            ("a slash, encoded", "file:///public%2f..%2fetc"),
            ("a backslash", "file:///public\\..\\etc"),
            ("a backslash, encoded", "file:///public%5c.."),
            ("an empty segment", "file:////etc/passwd"),
            ("an empty segment inside", "file:///a//b"),
            ("up without an authority", "memo:a/../b"),
            ("a NUL, encoded", "file:///a%00b"),
            ("a line break", "file:///a\nb"),
            ("a space", "file:///a b"),
            ("a percent sign alone", "file:///100%"),
            ("no digits", "file:///%zz"),
            ("a sign for a digit", "file:///%+1"),
            ("a letter cut in two", "file:///%é"),
            ("too long", &long),
        ] {
            assert!(!is_plain(uri), "{name}");
        }
    }
}
