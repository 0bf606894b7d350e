//! One pass over the bytes, bounded in size, depth and number of values.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::plain::plain_length;
use super::{JsonError, Number, Object, Value};

/// How much is read before giving up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest text, in bytes.
    pub max_bytes: usize,
    /// How deep arrays and objects may nest; a scalar at the top has depth 0. Values above [`Limits::DEEPEST`] count as
    /// that.
    pub max_depth: usize,
    /// How many array elements and object members there may be in the whole text.
    pub max_values: usize,
}

impl Limits {
    /// The deepest nesting that can be allowed, so that recursion over a value is safe on any host's stack.
    pub const DEEPEST: usize = 128;
}

impl Default for Limits {
    /// 1 MiB, 32 levels, 16384 values: far above any tool call or token that people write.
    fn default() -> Self {
        Self {
            max_bytes: 1 << 20,
            max_depth: 32,
            max_values: 1 << 14,
        }
    }
}

/// Reads one JSON value that fills `bytes`.
///
/// # Errors
///
/// The first thing that is wrong, with its place. Size is judged before anything is read, and UTF-8 before structure.
pub fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Value<'a>, JsonError> {
    read(bytes, limits, false)
}

/// The same, but half of a surrogate pair reads as U+0000 and is no error: for what is looked at, and goes on as it was written.
///
/// # Errors
///
/// As [`parse`], without [`JsonError::LoneSurrogate`].
pub fn parse_with_halves<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Value<'a>, JsonError> {
    read(bytes, limits, true)
}

fn read<'a>(bytes: &'a [u8], limits: &Limits, takes_halves: bool) -> Result<Value<'a>, JsonError> {
    if bytes.len() > limits.max_bytes {
        return Err(JsonError::TooLarge {
            bytes: bytes.len(),
            limit: limits.max_bytes,
        });
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(JsonError::ByteOrderMark);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError::NotUtf8 {
        at: error.valid_up_to(),
    })?;
    let mut parser = Parser {
        text,
        at: 0,
        max_depth: limits.max_depth.min(Limits::DEEPEST),
        max_values: limits.max_values,
        values_left: limits.max_values,
        takes_halves,
    };
    parser.skip_white_space();
    if parser.peek().is_none() {
        return Err(JsonError::Empty);
    }
    let value = parser.value(0)?;
    parser.skip_white_space();
    if parser.peek().is_some() {
        return Err(JsonError::TrailingData { at: parser.at });
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    max_depth: usize,
    max_values: usize,
    values_left: usize,
    takes_halves: bool,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    const fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn skip_white_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.advance(1);
        }
    }

    /// The error for whatever stands here instead of `expected`.
    fn unexpected(&self, expected: &'static str) -> JsonError {
        if self.peek().is_some() {
            JsonError::Unexpected {
                at: self.at,
                expected,
            }
        } else {
            JsonError::UnexpectedEnd { at: self.at }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        match self.peek() {
            Some(b'{') => self.object(self.enter(depth)?).map(Value::Object),
            Some(b'[') => self.array(self.enter(depth)?).map(Value::Array),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Null),
            Some(_) | None => Err(self.unexpected("a value")),
        }
    }

    fn enter(&self, depth: usize) -> Result<usize, JsonError> {
        if depth >= self.max_depth {
            return Err(JsonError::TooDeep {
                at: self.at,
                limit: self.max_depth,
            });
        }
        Ok(depth.saturating_add(1))
    }

    fn count_value(&mut self) -> Result<(), JsonError> {
        match self.values_left.checked_sub(1) {
            Some(left) => {
                self.values_left = left;
                Ok(())
            }
            None => Err(JsonError::TooManyValues {
                at: self.at,
                limit: self.max_values,
            }),
        }
    }

    fn literal(&mut self, word: &'static str, value: Value<'a>) -> Result<Value<'a>, JsonError> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                return Err(self.unexpected("`true`, `false` or `null`"));
            }
            self.advance(1);
        }
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Value<'a>>, JsonError> {
        self.advance(1);
        self.skip_white_space();
        let mut elements = Vec::new();
        if self.peek() == Some(b']') {
            self.advance(1);
            return Ok(elements);
        }
        loop {
            self.count_value()?;
            elements.push(self.value(depth)?);
            self.skip_white_space();
            match self.peek() {
                Some(b',') => self.advance(1),
                Some(b']') => {
                    self.advance(1);
                    return Ok(elements);
                }
                Some(_) | None => return Err(self.unexpected("`,` or `]`")),
            }
            self.skip_white_space();
        }
    }

    fn object(&mut self, depth: usize) -> Result<Object<'a>, JsonError> {
        self.advance(1);
        self.skip_white_space();
        let mut members = Members::default();
        if self.peek() == Some(b'}') {
            self.advance(1);
            return Ok(members.finish());
        }
        loop {
            self.count_value()?;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a name in quotes"));
            }
            let at = self.at;
            let name = self.string()?;
            if members.contains(&name) {
                return Err(JsonError::DuplicateName { at });
            }
            self.skip_white_space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.advance(1);
            self.skip_white_space();
            let value = self.value(depth)?;
            members.push(name, value);
            self.skip_white_space();
            match self.peek() {
                Some(b',') => self.advance(1),
                Some(b'}') => {
                    self.advance(1);
                    return Ok(members.finish());
                }
                Some(_) | None => return Err(self.unexpected("`,` or `}`")),
            }
            self.skip_white_space();
        }
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?` (RFC 8259, section 6)
    fn number(&mut self) -> Result<Number<'a>, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.advance(1);
        }
        if self.peek() == Some(b'0') {
            self.advance(1);
            if let Some(b'0'..=b'9') = self.peek() {
                return Err(JsonError::InvalidNumber { at: self.at });
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.advance(1);
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.advance(1);
            if let Some(b'+' | b'-') = self.peek() {
                self.advance(1);
            }
            self.digits()?;
        }
        Ok(Number(Cow::Borrowed(self.slice(start))))
    }

    /// At least one digit.
    fn digits(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'0'..=b'9') => {}
            Some(_) => return Err(JsonError::InvalidNumber { at: self.at }),
            None => return Err(JsonError::UnexpectedEnd { at: self.at }),
        }
        while let Some(b'0'..=b'9') = self.peek() {
            self.advance(1);
        }
        Ok(())
    }

    /// From `start` to here. Both always stand at an ASCII byte or at an end, so they are character boundaries.
    fn slice(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.advance(1);
        let mut start = self.at;
        let mut unescaped: Option<String> = None;
        loop {
            match self.peek() {
                None => return Err(JsonError::UnexpectedEnd { at: self.at }),
                Some(b'"') => {
                    let rest = self.slice(start);
                    self.advance(1);
                    return Ok(match unescaped {
                        None => Cow::Borrowed(rest),
                        Some(mut text) => {
                            text.push_str(rest);
                            Cow::Owned(text)
                        }
                    });
                }
                Some(b'\\') => {
                    let text = unescaped.get_or_insert_default();
                    text.push_str(self.text.get(start..self.at).unwrap_or_default());
                    text.push(self.escape()?);
                    start = self.at;
                }
                Some(0x00..=0x1f) => return Err(JsonError::ControlCharacter { at: self.at }),
                Some(_) => self.skip_plain_text(),
            }
        }
    }

    /// On to the next byte that means something in a string, or to the end.
    fn skip_plain_text(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.advance(plain_length(rest));
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let at = self.at;
        self.advance(1);
        let Some(byte) = self.peek() else {
            return Err(JsonError::UnexpectedEnd { at: self.at });
        };
        self.advance(1);
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(at),
            _ => return Err(JsonError::InvalidEscape { at }),
        })
    }

    /// What follows `\u`, and the second half where the first half is one of a surrogate pair.
    fn unicode_escape(&mut self, at: usize) -> Result<char, JsonError> {
        let first = self.four_hex_digits(at)?;
        let behind = self.at;
        match self.whole_character(at, first) {
            Err(JsonError::LoneSurrogate { .. }) if self.takes_halves => {
                self.at = behind;
                Ok('\0')
            }
            read => read,
        }
    }

    fn whole_character(&mut self, at: usize, first: u32) -> Result<char, JsonError> {
        if !(0xd800..0xdc00).contains(&first) {
            // Everything but a low surrogate is a character.
            return char::from_u32(first).ok_or(JsonError::LoneSurrogate { at });
        }
        for expected in *b"\\u" {
            match self.peek() {
                None => return Err(JsonError::UnexpectedEnd { at: self.at }),
                Some(byte) if byte == expected => self.advance(1),
                Some(_) => return Err(JsonError::LoneSurrogate { at }),
            }
        }
        let second = self.four_hex_digits(at)?;
        char::decode_utf16([first, second].map(|half| u16::try_from(half).unwrap_or_default()))
            .next()
            .and_then(Result::ok)
            .ok_or(JsonError::LoneSurrogate { at })
    }

    fn four_hex_digits(&mut self, at: usize) -> Result<u32, JsonError> {
        let mut number = 0;
        for _ in 0..4 {
            let Some(byte) = self.peek() else {
                return Err(JsonError::UnexpectedEnd { at: self.at });
            };
            let digit = char::from(byte)
                .to_digit(16)
                .ok_or(JsonError::InvalidEscape { at })?;
            number = (number << 4) | digit;
            self.advance(1);
        }
        Ok(number)
    }
}

/// Members as they are read. Few are searched one by one; many through a set, so that no object costs quadratic time.
#[derive(Default)]
struct Members<'a> {
    list: Vec<(Cow<'a, str>, Value<'a>)>,
    names: BTreeSet<Cow<'a, str>>,
}

impl<'a> Members<'a> {
    const FEW: usize = 16;

    fn contains(&self, name: &str) -> bool {
        if self.names.is_empty() {
            self.list.iter().any(|(member, _)| member == name)
        } else {
            self.names.contains(name)
        }
    }

    fn push(&mut self, name: Cow<'a, str>, value: Value<'a>) {
        if !self.names.is_empty() {
            self.names.insert(name.clone());
        } else if self.list.len() == Self::FEW {
            self.names = self.list.iter().map(|(member, _)| member.clone()).collect();
            self.names.insert(name.clone());
        }
        self.list.push((name, value));
    }

    fn finish(self) -> Object<'a> {
        Object(self.list)
    }
}
