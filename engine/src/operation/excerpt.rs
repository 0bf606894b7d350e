//! Words that somebody else chose, made fit for a message.

use std::fmt;

/// A short, printable excerpt of text from outside: at most [`Excerpt::LONGEST`] characters of it, with everything but
/// visible ASCII and the space escaped, so that it can go into a log line, a header or JSON without a second thought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    /// How many characters of the original are kept.
    pub const LONGEST: usize = 64;

    /// Takes the beginning of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut excerpt = String::new();
        let mut characters = text.chars();
        for character in characters.by_ref().take(Self::LONGEST) {
            match character {
                ' '..='~' if !matches!(character, '"' | '\\' | '`') => excerpt.push(character),
                _ => excerpt.extend(character.escape_unicode()),
            }
        }
        if characters.next().is_some() {
            excerpt.push_str("...");
        }
        Self(excerpt)
    }

    /// The printable text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Excerpt;

    #[test]
    fn nothing_unprintable_survives() {
        for (text, expected) in [
            ("tools/call", "tools/call"),
            ("a\r\nSet-Cookie: b", r"a\u{d}\u{a}Set-Cookie: b"),
            ("\"`\\", r"\u{22}\u{60}\u{5c}"),
            ("\u{202e}é\u{7f}", r"\u{202e}\u{e9}\u{7f}"),
        ] {
            assert_eq!(Excerpt::of(text).as_str(), expected);
        }
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(
            Excerpt::of(&"x".repeat(65)).as_str(),
            format!("{}...", "x".repeat(64))
        );
        assert_eq!(Excerpt::of(&"x".repeat(64)).as_str(), "x".repeat(64));
    }
}
