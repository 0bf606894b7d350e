//! What a text is that is no JWT.

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};

/// Says what it looks like, for people.
pub(super) fn what_it_is(text: &str) -> &'static str {
    let parts = text.split('.').count();
    if text.starts_with('{') {
        return "JSON: a JWS in JSON serialization, if it is a token; only the compact one is taken";
    }
    if parts == 5 {
        return "an encrypted token (JWE), if it is one; only signed ones are taken";
    }
    if text.starts_with("biscuit:") || is_biscuit(text) {
        return "a Biscuit, as it seems";
    }
    if parts == 3 {
        return "meant as a signed JWT, but is none";
    }
    "an opaque token, as it seems: only who issued it can say what it means"
}

/// Is it base64url of a Biscuit's outermost message? Its first field is a root key id or the authority block.
fn is_biscuit(text: &str) -> bool {
    const ROOT_KEY_ID: u8 = 0x08;
    const AUTHORITY: u8 = 0x12;
    let bytes = URL_SAFE
        .decode(text)
        .or_else(|_| URL_SAFE_NO_PAD.decode(text))
        .unwrap_or_default();
    bytes.len() > 100 && matches!(bytes.first(), Some(&(ROOT_KEY_ID | AUTHORITY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_jwt_is_named() {
        let biscuit = URL_SAFE.encode([&[0x12][..], &[7; 200]].concat());
        for (text, expected) in [
            ("{\"payload\":\"\"}", "JSON"),
            ("a.b.c.d.e", "an encrypted token"),
            ("biscuit:abc", "a Biscuit"),
            (biscuit.as_str(), "a Biscuit"),
            ("a.b.c", "meant as a signed JWT"),
            ("2YotnFZFEjr1zCsicMWpAA", "an opaque token"),
        ] {
            let found = what_it_is(text);
            assert!(found.starts_with(expected), "{text}: {found}");
        }
    }
}
