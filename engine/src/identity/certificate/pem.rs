//! The textual form of a certificate (RFC 7468).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// A certificate with a post-quantum key and signature has some 10 KiB.
const MAX_BYTES: usize = 32 * 1024;

/// The DER form of the one certificate in `text`; none where there is anything else, or more than one, or more than 32 KiB.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?.trim_ascii();
    let body = text.strip_prefix(BEGIN)?.strip_suffix(END)?;
    let body: String = body.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(body).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn one_certificate_and_nothing_else() {
        let whole = "-----BEGIN CERTIFICATE-----\nAAEC\nAwQF\n-----END CERTIFICATE-----\n";
        assert_eq!(decode(whole.as_bytes()), Some(vec![0, 1, 2, 3, 4, 5]));
        for (name, text) in [
            ("nothing", String::new()),
            ("two", whole.repeat(2)),
            ("another kind", whole.replace("CERTIFICATE", "PUBLIC KEY")),
            ("text before", format!("subject=x\n{whole}")),
            ("no base64", whole.replace("AAEC", "A!EC")),
            ("too long", whole.replace("AAEC", &"AAEC".repeat(10_000))),
        ] {
            assert_eq!(decode(text.as_bytes()), None, "{name}");
        }
    }
}
