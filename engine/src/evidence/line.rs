//! One line of JSON, written so that nothing in it can be mistaken for a line break or hidden from a reader.

use std::fmt::{self, Write as _};

use crate::digest::Digest;

/// A JSON object that is being written. Nothing here can fail, so a decision never lacks its record.
#[derive(Debug)]
pub(super) struct Line(String);

impl Line {
    /// The text of an object with the members that `members` writes.
    #[cfg(test)]
    pub(super) fn of(members: impl FnOnce(&mut Self)) -> String {
        Self::finished(&Self::begun(|_| ()), members)
    }

    /// The beginning of an object, up to the last of the members that `members` writes.
    pub(super) fn begun(members: impl FnOnce(&mut Self)) -> String {
        let mut line = Self("{".to_owned());
        members(&mut line);
        line.0
    }

    /// The text of the object that begins with `beginning` and ends with the members that `members` writes.
    pub(super) fn finished(beginning: &str, members: impl FnOnce(&mut Self)) -> String {
        // What follows the beginning has between 400 and 600 bytes for an ordinary call.
        let mut line = Self(String::with_capacity(beginning.len().saturating_add(640)));
        line.0.push_str(beginning);
        members(&mut line);
        line.0.push('}');
        line.0
    }

    /// A member whose value is a text.
    pub(super) fn text(&mut self, name: &'static str, text: &str) {
        self.name(name);
        self.string(text);
    }

    /// A member whose value is a digest.
    pub(super) fn digest(&mut self, name: &'static str, digest: Digest) {
        self.name(name);
        // It is shown in letters, digits, `:`, `-` and `_`.
        self.write(format_args!("\"{digest}\""));
    }

    /// A member whose value is a text that may not be there; then neither is the member.
    pub(super) fn optional(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// A member whose value is a number.
    pub(super) fn number(&mut self, name: &'static str, number: impl Into<u64>) {
        self.name(name);
        self.write(format_args!("{}", number.into()));
    }

    /// A member whose value is `true` or `false`.
    pub(super) fn flag(&mut self, name: &'static str, flag: bool) {
        self.name(name);
        self.0.push_str(if flag { "true" } else { "false" });
    }

    /// A member whose value is `null`.
    pub(super) fn null(&mut self, name: &'static str) {
        self.name(name);
        self.0.push_str("null");
    }

    /// A member whose value is a list of texts.
    pub(super) fn texts(
        &mut self,
        name: &'static str,
        texts: impl IntoIterator<Item = impl AsRef<str>>,
    ) {
        self.list(name, texts, |line, text| line.string(text.as_ref()));
    }

    /// A member whose value is a list of objects.
    pub(super) fn objects<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        members: impl Fn(&mut Self, T),
    ) {
        self.list(name, items, |line, item| {
            line.braces(|line| members(line, item));
        });
    }

    /// A member whose value is an object.
    pub(super) fn object(&mut self, name: &'static str, members: impl FnOnce(&mut Self)) {
        self.name(name);
        self.braces(members);
    }

    fn list<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        element: impl Fn(&mut Self, T),
    ) {
        self.name(name);
        self.0.push('[');
        for item in items {
            self.comma();
            element(self, item);
        }
        self.0.push(']');
    }

    fn braces(&mut self, members: impl FnOnce(&mut Self)) {
        self.0.push('{');
        members(self);
        self.0.push('}');
    }

    fn name(&mut self, name: &'static str) {
        self.comma();
        self.string(name);
        self.0.push(':');
    }

    /// A comma, unless an object or a list was just opened.
    fn comma(&mut self) {
        if !matches!(self.0.as_bytes().last(), Some(b'{' | b'[')) {
            self.0.push(',');
        }
    }

    fn string(&mut self, text: &str) {
        self.0.push('"');
        let mut rest = text;
        if text
            .bytes()
            .all(|byte| stands_for_itself(char::from(byte)) && byte.is_ascii())
        {
            self.0.push_str(text);
            rest = "";
        }
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| !stands_for_itself(*c)) {
            // Both ends are at characters.
            self.0.push_str(rest.get(..at).unwrap_or_default());
            rest = rest
                .get(at.saturating_add(c.len_utf8())..)
                .unwrap_or_default();
            match c {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                c => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        self.write(format_args!("\\u{unit:04x}"));
                    }
                }
            }
        }
        self.0.push_str(rest);
        self.0.push('"');
    }

    fn write(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a `String` can't fail.
        let _ = self.0.write_fmt(text);
    }
}

/// Is the character written as it is, between quotes?
fn stands_for_itself(c: char) -> bool {
    !matches!(c, '"' | '\\') && is_printable(c)
}

/// Does the character stand for itself on a page? Not so control characters, line and paragraph separators, characters
/// that are invisible or turn the direction of writing, and unassigned ones.
fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        _ => !c.is_ascii() && c.escape_debug().len() == 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_and_elements_are_separated() {
        let line = Line::of(|line| {
            line.text("text", "a");
            line.optional("left out", None);
            line.number("number", 7_u64);
            line.flag("flag", true);
            line.null("null");
            line.texts("texts", ["a", "b"]);
            line.texts("none", [""; 0]);
            line.digest("digest", Digest::of(b"abc"));
            line.object("object", |_| ());
            line.objects("objects", [1_u64, 2], |line, n| line.number("n", n));
        });
        let expected = r#"{"text":"a","number":7,"flag":true,"null":null,"texts":["a","b"],"none":[],"digest":"sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0","object":{},"objects":[{"n":1},{"n":2}]}"#;
        assert_eq!(line, expected);
    }

    #[test]
    fn what_is_not_printable_is_escaped() {
        for (name, text, expected) in [
            ("plain", "a b~", r#"{"t":"a b~"}"#),
            ("quote and backslash", r#""\"#, r#"{"t":"\"\\"}"#),
            ("line breaks", "a\r\nb", r#"{"t":"a\u000d\u000ab"}"#),
            ("delete", "\u{7f}", r#"{"t":"\u007f"}"#),
            ("line separator", "\u{2028}", r#"{"t":"\u2028"}"#),
            ("next line", "\u{85}", r#"{"t":"\u0085"}"#),
            ("right to left override", "\u{202e}", r#"{"t":"\u202e"}"#),
            ("zero width space", "\u{200b}", r#"{"t":"\u200b"}"#),
            ("an invisible tag", "\u{e0041}", r#"{"t":"\udb40\udc41"}"#),
            (
                "other scripts stay readable",
                "é日本🦀",
                r#"{"t":"é日本🦀"}"#,
            ),
        ] {
            assert_eq!(Line::of(|line| line.text("t", text)), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back_from_one_printable_line(text in any::<String>()) {
            let line = Line::of(|line| line.texts("t", [&text, &text]));
            prop_assert!(line.chars().all(is_printable));
            let read: serde_json::Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(read, json!({"t": [text, text]}));
        }
    }
}
