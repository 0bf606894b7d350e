//! Text from outside, made safe to show.

use std::fmt;

/// The start of a text that somebody else chose, fit for a log line, a JSON string, a header and a terminal.
///
/// At most [`Excerpt::LIMIT`] characters are kept, and `...` says that there were more. Everything but printable ASCII, and
/// of that the double quote, the backslash, the backtick and the percent sign, is percent-encoded, so that no line break,
/// no escape sequence and no quote gets anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Excerpt(Box<str>);

impl Excerpt {
    /// How many characters of the original are kept.
    pub const LIMIT: usize = 64;

    /// Takes the start of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        use fmt::Write as _;

        let mut shown = String::new();
        let mut rest = text.chars();
        for c in rest.by_ref().take(Self::LIMIT) {
            if matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '`' | '%') {
                shown.push(c);
            } else {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a `String` can't fail.
                    let _ = write!(shown, "%{byte:02X}");
                }
            }
        }
        if rest.next().is_some() {
            shown.push_str("...");
        }
        Self(shown.into_boxed_str())
    }

    /// The text to show.
    #[must_use]
    pub const fn as_str(&self) -> &str {
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
    fn only_harmless_characters_are_shown() {
        let long = "a".repeat(65);
        let cut = format!("{}...", "a".repeat(64));
        for (name, text, shown) in [
            (
                "plain text stays",
                "https://as.example/a b",
                "https://as.example/a b",
            ),
            ("a line break is encoded", "a\r\nb", "a%0D%0Ab"),
            ("a quote and a backslash are encoded", "\"\\", "%22%5C"),
            ("the mark itself is encoded", "50%`", "50%25%60"),
            ("other scripts are encoded", "é\u{202e}", "%C3%A9%E2%80%AE"),
            ("a terminal's escape is encoded", "\u{1b}[31m", "%1B[31m"),
            ("more than the limit is cut", &long, &cut),
            ("nothing stays nothing", "", ""),
        ] {
            assert_eq!(Excerpt::of(text).as_str(), shown, "{name}");
        }
    }
}
