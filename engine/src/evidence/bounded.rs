//! Text from outside, bounded so that a record stays small whatever was sent.

use std::borrow::Cow;

use crate::digest::Digest;

/// The longest text that is recorded whole, in bytes.
pub(super) const MAX_TEXT: usize = 256;

/// The longest list of texts that is recorded whole.
pub(super) const MAX_LIST: usize = 32;

/// The text whole up to [`MAX_TEXT`] bytes. Of a longer one: its beginning, how many bytes are left out, and the digest
/// of the whole, so that two long texts with one beginning can still be told apart.
pub(super) fn text(whole: &str) -> Cow<'_, str> {
    if whole.len() <= MAX_TEXT {
        return Cow::Borrowed(whole);
    }
    let (kept, left_out) = whole.split_at(whole.floor_char_boundary(MAX_TEXT));
    let digest = Digest::of(whole.as_bytes());
    Cow::Owned(format!(
        "{kept}...[{} more bytes, {digest}]",
        left_out.len()
    ))
}

/// The first [`MAX_LIST`] of a list, each as [`text`], and for the rest how many more there are.
pub(super) fn list<'a>(texts: impl ExactSizeIterator<Item = &'a str>) -> Vec<Cow<'a, str>> {
    let left_out = texts.len().saturating_sub(MAX_LIST);
    let mut kept: Vec<_> = texts.take(MAX_LIST).map(text).collect();
    if left_out > 0 {
        kept.push(Cow::Owned(format!("...[{left_out} more]")));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_at_a_character_and_says_so() {
        let whole = "a".repeat(MAX_TEXT);
        let long = format!("{}ä!", "a".repeat(255));
        let digest = Digest::of(long.as_bytes());
        for (name, whole, expected) in [
            ("nothing", "", String::new()),
            ("as long as may be", whole.as_str(), whole.clone()),
            (
                "the cut moves back to a character boundary",
                long.as_str(),
                format!("{}...[3 more bytes, {digest}]", "a".repeat(255)),
            ),
        ] {
            assert_eq!(text(whole), expected, "{name}");
        }
    }

    #[test]
    fn long_lists_are_cut_and_say_so() {
        let texts = vec!["a"; MAX_LIST + 2];
        let kept = list(texts.iter().copied());
        assert_eq!(kept.len(), MAX_LIST + 1);
        assert_eq!(kept[MAX_LIST], "...[2 more]");
        assert_eq!(list(["a", "b"].into_iter()), ["a", "b"]);
    }
}
