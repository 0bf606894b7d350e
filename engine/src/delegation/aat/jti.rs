//! The one look at a payload before its signature is verified (step 2c).

use crate::json::{Limits, Value, parse};

/// The value of the payload's own `jti`, not one of an object inside; nothing where it shows none that is a string.
///
/// A scan of bytes that builds nothing else and believes nothing: whether the rest is JSON at all is judged when the
/// signature has been.
pub(super) fn bare_jti(payload: &[u8]) -> Option<String> {
    let mut scan = Scan { rest: payload };
    scan.punctuation(b'{')?;
    loop {
        let name = scan.string()?;
        scan.punctuation(b':')?;
        if name == b"\"jti\"" || (name.contains(&b'\\') && unescaped(name)? == "jti") {
            return unescaped(scan.string()?);
        }
        scan.skip_value()?;
        scan.punctuation(b',')?;
    }
}

fn unescaped(quoted: &[u8]) -> Option<String> {
    let limits = Limits {
        max_bytes: quoted.len(),
        max_depth: 0,
        max_values: 0,
    };
    match parse(quoted, &limits) {
        Ok(Value::String(text)) => Some(text.into_owned()),
        Ok(_) | Err(_) => None,
    }
}

struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    fn peek(&mut self) -> Option<u8> {
        while let Some((b' ' | b'\t' | b'\n' | b'\r', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
        self.rest.first().copied()
    }

    fn punctuation(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.advance(1))
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        if self.peek()? != b'"' {
            return None;
        }
        let mut escaped = false;
        let inside = self.rest.get(1..)?.iter().position(|byte| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        })?;
        let (string, rest) = self.rest.split_at_checked(inside.checked_add(2)?)?;
        self.rest = rest;
        Some(string)
    }

    /// Any value; of brackets only the number counts.
    fn skip_value(&mut self) -> Option<()> {
        let mut depth: usize = 0;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth = depth.checked_add(1)?;
                    self.advance(1);
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.advance(1);
                }
                b',' | b':' if depth > 0 => {
                    self.advance(1);
                    continue;
                }
                b',' | b':' => return None,
                _ => {
                    let ends = |byte: &u8| b" \t\n\r\"{}[],:".contains(byte);
                    let length = self.rest.iter().position(ends);
                    self.advance(length.unwrap_or(self.rest.len()));
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::bare_jti;

    #[test]
    fn only_the_payloads_own_jti_counts() {
        for (name, payload, expected) in [
            ("alone", r#"{"jti":"a"}"#, Some("a")),
            ("with space", " { \"jti\" :\n\"a\" } ", Some("a")),
            ("empty", r#"{"jti":""}"#, Some("")),
            ("escaped", r#"{"\u006ati":"\u0061\""}"#, Some("a\"")),
            (
                "after others",
                r#"{"a":[{"jti":"x"},"}"],"b":-1.5e3,"c":null,"jti":"a","d":1}"#,
                Some("a"),
            ),
            ("nested only", r#"{"a":{"jti":"x"}}"#, None),
            ("as a value", r#"{"a":"jti","b":"x"}"#, None),
            ("in a string", r#"{"a":"\"jti\":\"x\""}"#, None),
            (
                "after an escaped quote",
                r#"{"a":"\\","jti":"a"}"#,
                Some("a"),
            ),
            ("a number", r#"{"jti":1}"#, None),
            ("null", r#"{"jti":null}"#, None),
            ("a lone surrogate", r#"{"jti":"\ud800"}"#, None),
            ("of an array", r#"[{"jti":"a"}]"#, None),
            ("nothing", "", None),
            ("unbalanced", r#"{"a":]"#, None),
            ("cut short", r#"{"a":[1,"#, None),
            ("the first of two", r#"{"jti":"a","jti":"b"}"#, Some("a")),
        ] {
            assert_eq!(bare_jti(payload.as_bytes()).as_deref(), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in any::<Vec<u8>>(), text in r#"[{}\[\]":,\\a jti]{0,40}"#) {
            let _ = (bare_jti(&bytes), bare_jti(text.as_bytes()));
        }

        #[test]
        fn whatever_stands_around_it(before in any::<String>(), jti in any::<String>()) {
            let inner = serde_json::json!({"jti": "no", "x": before});
            let text = format!(
                r#"{{"a":[{inner},0,{inner}],"jti":{}}}"#,
                serde_json::Value::String(jti.clone())
            );
            prop_assert_eq!(bare_jti(text.as_bytes()), Some(jti));
        }
    }
}
