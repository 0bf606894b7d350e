//! The digests of tokens that come again and again, so that a token that was verified is not hashed for each request.

use std::fmt;
use std::hint::black_box;

use crate::digest::Digest;

/// How many tokens are kept at most.
const SLOTS: usize = 256;

/// The longest token that is kept, in bytes.
const LONGEST: usize = 4096;

/// Texts of tokens beside their digests, each in the one slot that follows from its end, where the newer takes the place of
/// the older. A text is compared whole, so no other token is ever taken for it; two that share a slot cost the hashing that
/// is saved otherwise.
///
/// The texts are tokens: nothing may show them, and how long a comparison takes doesn't tell how much of one was guessed.
#[derive(Default)]
pub(super) struct Texts(Vec<Option<Known>>);

struct Known {
    text: Box<str>,
    digest: Digest,
}

impl Known {
    /// Takes as long for every token of the same length.
    fn is(&self, token: &str) -> bool {
        let (known, token) = (self.text.as_bytes(), token.as_bytes());
        let differences = known.iter().zip(token);
        let all = differences.fold(0, |all, (known, byte)| all | (known ^ byte));
        // What was found byte by byte is looked at once, and the compiler can't know so earlier.
        known.len() == token.len() && black_box(all) == 0
    }
}

impl Texts {
    /// The digest of `token`.
    pub(super) fn digest(&self, token: &str) -> Digest {
        match self.0.get(slot(token)) {
            Some(Some(known)) if known.is(token) => known.digest,
            Some(_) | None => Digest::of(token.as_bytes()),
        }
    }

    /// Keeps `token` beside its digest. Only for tokens that were verified: others come once, or are made up.
    pub(super) fn keep(&mut self, token: &str, digest: Digest) {
        if token.len() > LONGEST {
            return;
        }
        if self.0.is_empty() {
            self.0.resize_with(SLOTS, || None);
        }
        if let Some(slot) = self.0.get_mut(slot(token)) {
            *slot = Some(Known {
                text: token.into(),
                digest,
            });
        }
    }
}

/// By the end, where a token's signature stands.
fn slot(token: &str) -> usize {
    let end = token.as_bytes().iter().rev().take(8);
    end.fold(0_usize, |slot, byte| {
        slot.wrapping_mul(31).wrapping_add(usize::from(*byte))
    }) % SLOTS
}

/// Shows how many are kept.
impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.0.iter().flatten().count();
        f.debug_struct("Texts").field("kept", &kept).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tokens_are_never_shown() {
        let mut texts = Texts::default();
        texts.keep("secret", Digest::of(b"secret"));
        assert_eq!(format!("{texts:?}"), "Texts { kept: 1 }");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut texts = Texts::default();
        let long = "a".repeat(LONGEST + 1);
        texts.keep(&long, Digest::of(b"another"));
        assert_eq!(texts.digest(&long), Digest::of(long.as_bytes()));
        for serial in 0..10 * SLOTS {
            let token = format!("token-{serial}");
            texts.keep(&token, Digest::of(token.as_bytes()));
        }
        let kept = texts.0.iter().flatten().count();
        assert!(kept <= SLOTS && kept > SLOTS / 4, "{kept}");
    }

    #[test]
    fn only_the_very_text_is_recognised() {
        let mut texts = Texts::default();
        let marker = Digest::of(b"what was kept");
        texts.keep("header.claims.signature", marker);
        assert_eq!(texts.digest("header.claims.signature"), marker);
        for other in [
            "Header.claims.signature",
            "header.claims2.signature",
            "claims.signature",
            "xheader.claims.signature",
            "header.claims.signature=",
            "",
        ] {
            assert_eq!(texts.digest(other), Digest::of(other.as_bytes()), "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_digest_is_that_of_the_text_whatever_was_kept(
            tokens in prop::collection::vec("[a-c]{0,3}\\.[a-c]{0,9}", 1..40),
        ) {
            let mut texts = Texts::default();
            for token in &tokens {
                let digest = Digest::of(token.as_bytes());
                prop_assert_eq!(texts.digest(token), digest);
                texts.keep(token, digest);
                prop_assert_eq!(texts.digest(token), digest);
            }
            for token in &tokens {
                prop_assert_eq!(texts.digest(token), Digest::of(token.as_bytes()));
            }
        }
    }
}
