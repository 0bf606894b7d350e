//! SHA-256 digests, the only form in which tokens and arguments are recorded, and by which they are told apart.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// How many characters the base64url form has.
const ENCODED: usize = 43;

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of what `value` is shown as, without that text ever being put together.
    #[must_use]
    pub fn of_shown(value: &impl fmt::Display) -> Self {
        let mut hasher = Hasher::default();
        // Hashing can't fail, and a value that says it can't be shown has no other digest than that of its beginning.
        let _ = write!(hasher, "{value}");
        hasher.finish()
    }

    /// The digest of several parts, each preceded by its length so that no two lists of parts collide.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The 32 raw bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Unpadded base64url (RFC 4648, section 5), 43 characters: the form of JWK thumbprints and `x5t#S256`.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The digest that a text is the base64url form of; none where the text isn't exactly that.
    #[must_use]
    pub fn from_base64url(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        <[u8; 32]>::try_from(bytes).ok().map(Self)
    }

    /// The digest that a text is the hexadecimal form of, in either case; none where the text isn't exactly that.
    #[must_use]
    pub fn from_hex(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; 32];
        let (pairs, rest) = text.as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let digit = |c: u8| {
                let digit = char::from(c).to_digit(16);
                digit.and_then(|d| u8::try_from(d).ok())
            };
            *byte = (digit(*high)? << 4) | digit(*low)?;
        }
        Some(Self(bytes))
    }
}

/// A digest in the making. A copy of it goes on from the same place, so that a common beginning is hashed once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hasher(Sha256);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl fmt::Write for Hasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.update(text.as_bytes());
        Ok(())
    }
}

/// A digest that was computed before.
impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// `sha256:` and base64url, the form in evidence.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut encoded = [0; ENCODED];
        let length = URL_SAFE_NO_PAD.encode_slice(self.0, &mut encoded);
        let encoded = encoded.get(..length.map_err(|_| fmt::Error)?);
        f.write_str("sha256:")?;
        f.write_str(std::str::from_utf8(encoded.unwrap_or_default()).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_digests() {
        // FIPS 180-4's example, in base64url.
        let expected = "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
        assert_eq!(Digest::of(b"abc").to_string(), expected);
        assert_eq!(Digest::of_shown(&"abc").to_string(), expected);
        let text = Digest::of(b"abc").to_base64url();
        assert_eq!(text.len(), ENCODED);
        assert_eq!(Digest::from_base64url(&text), Some(Digest::of(b"abc")));
    }

    #[test]
    fn a_digest_is_64_hexadecimal_digits() {
        let text = "00".repeat(31) + "aF";
        let mut expected = [0; 32];
        expected[31] = 0xaf;
        assert_eq!(
            Digest::from_hex(text.as_bytes()),
            Some(Digest::from(expected))
        );
        for wrong in [
            "",
            "0",
            &"00".repeat(33),
            &("00".repeat(31) + "0g"),
            &("0".repeat(63)),
        ] {
            assert_eq!(Digest::from_hex(wrong.as_bytes()), None, "`{wrong}`");
        }
    }

    proptest! {
        #[test]
        fn a_digest_is_the_same_however_its_bytes_came(beginning in any::<Vec<u8>>(), rest in any::<Vec<u8>>()) {
            let mut begun = Hasher::default();
            begun.update(&beginning);
            for rest in [&rest[..], b"another"] {
                let mut hasher = begun.clone();
                hasher.update(rest);
                prop_assert_eq!(hasher.finish(), Digest::of(&[&beginning, rest].concat()));
            }
        }
    }
}
