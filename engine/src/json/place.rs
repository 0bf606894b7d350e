//! Where a member or an element stands in a text: to take it out, while every other byte stays as it was.

use std::ops::Range;

use super::{Limits, Value, parse_with_halves};

/// The bytes without which the text says the same, but for the member that the names lead to, each in the object of the one
/// before.
///
/// The text must be one that [`parse`](super::parse) takes; of any other there is nothing, or something without meaning.
#[must_use]
pub fn of_member(text: &[u8], names: &[&str]) -> Option<Range<usize>> {
    let (last, above) = names.split_last()?;
    let mut reader = Reader { text, at: 0 };
    for name in above {
        let found = reader.find(name)?;
        reader.at = found.value;
    }
    let found = reader.find(last)?;
    Some(reader.with_comma(found.name..found.end, found.comma_before))
}

/// Where the value stands of the member that the names lead to.
///
/// The text must be one that [`parse_with_halves`] takes; of any other there is nothing, or something without meaning.
#[must_use]
pub fn of_value(text: &[u8], names: &[&str]) -> Option<Range<usize>> {
    let mut reader = Reader { text, at: 0 };
    let mut value = None;
    for name in names {
        let found = reader.find(name)?;
        reader.at = found.value;
        value = Some(found.value..found.end);
    }
    value
}

/// Where each element stands of the array that the names lead to, in order.
///
/// The text must be one that [`parse_with_halves`] takes; of any other there is nothing, or something without meaning.
#[must_use]
pub fn of_elements(text: &[u8], names: &[&str]) -> Option<Vec<Range<usize>>> {
    let mut reader = Reader { text, at: 0 };
    for name in names {
        let found = reader.find(name)?;
        reader.at = found.value;
    }
    reader.skip_space();
    reader.take(b'[')?;
    let mut elements = Vec::new();
    reader.skip_space();
    if reader.peek() == Some(b']') {
        return Some(elements);
    }
    loop {
        reader.skip_space();
        let start = reader.at;
        reader.skip_value()?;
        elements.push(start..reader.at);
        reader.skip_space();
        if reader.take(b',').is_none() {
            return (reader.peek() == Some(b']')).then_some(elements);
        }
    }
}

/// The bytes without which an array has only those of its elements that are kept, in order; `elements` says where each stands
/// and whether it is. One comma goes with each that goes.
#[must_use]
pub fn around_kept(elements: &[(Range<usize>, bool)]) -> Vec<Range<usize>> {
    let mut cuts: Vec<Range<usize>> = Vec::new();
    // Where what goes begins, so far: at the first element that goes, or behind the last that is kept.
    let mut going: Option<usize> = None;
    let mut kept_end: Option<usize> = None;
    for (place, is_kept) in elements {
        if *is_kept {
            if let Some(start) = going.take() {
                cuts.push(start..place.start);
            }
            kept_end = Some(place.end);
        } else {
            going.get_or_insert(place.start);
        }
    }
    if let (Some(start), Some((last, _))) = (going, elements.last()) {
        cuts.push(kept_end.unwrap_or(start)..last.end);
    }
    cuts
}

/// The text with something else in the place of these parts of it, which stand in it in this order and don't overlap.
#[must_use]
pub fn replaced(text: &[u8], parts: &[(Range<usize>, &[u8])]) -> Vec<u8> {
    let mut rest = Vec::with_capacity(text.len());
    let mut at = 0;
    for (part, by) in parts {
        rest.extend_from_slice(text.get(at..part.start).unwrap_or_default());
        rest.extend_from_slice(by);
        at = part.end;
    }
    rest.extend_from_slice(text.get(at..).unwrap_or_default());
    rest
}

/// The reference tokens of a JSON Pointer (RFC 6901), unescaped; none where it doesn't begin with `/` (the empty pointer included),
/// or has a `~` that escapes nothing.
#[must_use]
pub fn tokens(pointer: &str) -> Option<Vec<String>> {
    let tokens = pointer.strip_prefix('/')?.split('/');
    tokens.map(unescaped).collect()
}

fn unescaped(token: &str) -> Option<String> {
    let mut name = String::with_capacity(token.len());
    let mut rest = token.chars();
    while let Some(c) = rest.next() {
        name.push(match c {
            '~' => match rest.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            c => c,
        });
    }
    Some(name)
}

/// A reader of a text that is known to be JSON.
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

/// Where a member stands.
struct Found {
    comma_before: Option<usize>,
    name: usize,
    value: usize,
    end: usize,
}

impl Reader<'_> {
    /// The member of that name, in the object that begins here.
    fn find(&mut self, wanted: &str) -> Option<Found> {
        self.skip_space();
        self.take(b'{')?;
        let mut comma_before = None;
        loop {
            self.skip_space();
            let name = self.at;
            let is_wanted = self.name()? == wanted;
            self.skip_space();
            self.take(b':')?;
            self.skip_space();
            let value = self.at;
            self.skip_value()?;
            if is_wanted {
                let end = self.at;
                return Some(Found {
                    comma_before,
                    name,
                    value,
                    end,
                });
            }
            self.skip_space();
            comma_before = Some(self.at);
            self.take(b',')?;
        }
    }

    /// One of the commas around a member goes with it.
    fn with_comma(&mut self, member: Range<usize>, comma_before: Option<usize>) -> Range<usize> {
        self.at = member.end;
        self.skip_space();
        match (self.take(b','), comma_before) {
            (Some(()), _) => member.start..self.at,
            (None, Some(comma)) => comma..member.end,
            (None, None) => member,
        }
    }

    /// The name that stands here, unescaped.
    fn name(&mut self) -> Option<String> {
        let start = self.at;
        self.skip_string()?;
        let limits = Limits {
            max_bytes: self.text.len(),
            ..Limits::default()
        };
        match parse_with_halves(self.text.get(start..self.at)?, &limits) {
            Ok(Value::String(name)) => Some(name.into_owned()),
            Ok(_) | Err(_) => None,
        }
    }

    fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            match self.peek()? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth = depth.saturating_add(1);
                    self.step();
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    self.step();
                }
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => self.step(),
                _ => self.skip_word()?,
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at = self.at.saturating_add(2),
                _ => self.step(),
            }
        }
        self.take(b'"')
    }

    /// A number, `true`, `false` or `null`.
    fn skip_word(&mut self) -> Option<()> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        {
            self.step();
        }
        (self.at > start).then_some(())
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| b" \t\n\r".contains(&byte)) {
            self.step();
        }
    }

    fn take(&mut self, expected: u8) -> Option<()> {
        let found = self.peek() == Some(expected);
        found.then(|| self.step())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    const fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_member(text: &str, names: &[&str]) -> Option<String> {
        let place = of_member(text.as_bytes(), names)?;
        let mut text = text.to_owned();
        text.replace_range(place, "");
        Some(text)
    }

    /// The array `a` of the text with those elements only that `kept` has a `+` for.
    fn with_elements(text: &str, kept: &str) -> Option<String> {
        let places = of_elements(text.as_bytes(), &["a"])?;
        assert_eq!(places.len(), kept.len(), "{text}");
        let kept = kept.bytes().map(|sign| sign == b'+');
        let elements: Vec<_> = places.into_iter().zip(kept).collect();
        let cuts: Vec<_> = around_kept(&elements)
            .into_iter()
            .map(|cut| (cut, &[][..]))
            .collect();
        let rest = super::replaced(text.as_bytes(), &cuts);
        Some(String::from_utf8(rest).unwrap())
    }

    #[test]
    fn elements_go_with_one_comma_each_and_nothing_else() {
        let four = r#"{"x": 1.0,"a":[ {"k":"],"} , 2e0,[3] ,"4" ],"b":[1]}"#;
        for (text, kept, expected) in [
            (r#"{"a":[]}"#, "", r#"{"a":[]}"#),
            (r#"{"a":[1]}"#, "+", r#"{"a":[1]}"#),
            (r#"{"a":[ 1 ]}"#, "-", r#"{"a":[  ]}"#),
            (four, "++++", four),
            (four, "----", r#"{"x": 1.0,"a":[  ],"b":[1]}"#),
            (
                four,
                "+--+",
                r#"{"x": 1.0,"a":[ {"k":"],"} , "4" ],"b":[1]}"#,
            ),
            (four, "-+-+", r#"{"x": 1.0,"a":[ 2e0,"4" ],"b":[1]}"#),
            (
                four,
                "++--",
                r#"{"x": 1.0,"a":[ {"k":"],"} , 2e0 ],"b":[1]}"#,
            ),
            (four, "-+--", r#"{"x": 1.0,"a":[ 2e0 ],"b":[1]}"#),
            (four, "---+", r#"{"x": 1.0,"a":[ "4" ],"b":[1]}"#),
        ] {
            let found = with_elements(text, kept);
            assert_eq!(found.as_deref(), Some(expected), "{text} {kept}");
        }
        for text in [r#"{"a":1}"#, r#"{"b":[1]}"#, r#"{"a":[1"#, ""] {
            assert_eq!(of_elements(text.as_bytes(), &["a"]), None, "{text}");
        }
    }

    #[test]
    fn a_member_goes_with_one_comma_and_nothing_else() {
        for (text, names, expected) in [
            (r#"{"x":1}"#, &["x"][..], "{}"),
            (r#"{ "x" : [1, {"x": "}"}] }"#, &["x"], "{  }"),
            (r#"{"x":1,"y":2}"#, &["x"], r#"{"y":2}"#),
            (r#"{"y":2 , "x":1}"#, &["x"], r#"{"y":2 }"#),
            (
                "{\"a\":1e0,\n \"x\": null ,\n \"b\": 1.0}",
                &["x"],
                "{\"a\":1e0,\n \n \"b\": 1.0}",
            ),
            (
                r#"{"p":{"x":1,"m":{"k":"\"","x":"\\"}},"x":3}"#,
                &["p", "m", "x"],
                r#"{"p":{"x":1,"m":{"k":"\""}},"x":3}"#,
            ),
            (r#"{"\u0078":true,"xx":0}"#, &["x"], r#"{"xx":0}"#),
        ] {
            assert_eq!(
                without_member(text, names).as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_there_has_no_place() {
        for (text, names) in [
            ("{}", &["x"][..]),
            (r#"{"y":{"x":1}}"#, &["x"]),
            (r#"{"x":1}"#, &["x", "y"]),
            (r#"{"x":[{"y":1}]}"#, &["x", "y"]),
            (r#"["x"]"#, &["x"]),
            (r#"{"x":"#, &["x"]),
            (r#"{"x":1}"#, &[]),
            ("", &["x"]),
        ] {
            assert_eq!(without_member(text, names), None, "{text}");
        }
    }
}
