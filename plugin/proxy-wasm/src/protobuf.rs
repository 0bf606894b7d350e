//! Protocol buffers on the wire, as far as the gateway's own messages need them.

/// A field's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    /// An integer or a boolean.
    Varint(u64),
    /// Eight bytes, as a double.
    Fixed64([u8; 8]),
    /// Bytes, text or a message.
    Bytes(&'a [u8]),
}

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a protocol buffer message")]
pub(crate) struct NotAMessage;

/// The fields of a message in order, each as its number and content; ends after the first that can't be read.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The fields of `message`.
    pub(crate) const fn of(message: &'a [u8]) -> Self {
        Self(message)
    }

    fn field(&mut self) -> Option<(u64, Content<'a>)> {
        const VARINT: u64 = 0;
        const FIXED64: u64 = 1;
        const LENGTH_DELIMITED: u64 = 2;
        let tag = self.varint()?;
        let content = match tag & 7 {
            VARINT => Content::Varint(self.varint()?),
            FIXED64 => {
                let (eight, rest) = self.0.split_first_chunk()?;
                self.0 = rest;
                Content::Fixed64(*eight)
            }
            LENGTH_DELIMITED => {
                let length = usize::try_from(self.varint()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Content::Bytes(bytes)
            }
            _ => return None,
        };
        Some((tag >> 3, content))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Content<'a>), NotAMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field().ok_or(NotAMessage);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

/// Adds a field of bytes, text or a message; its number is 1 to 15.
pub(crate) fn push_bytes(message: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    message.push(field << 3 | 2);
    push_varint(message, bytes.len());
    message.extend_from_slice(bytes);
}

/// Adds a field of a number; its own is 1 to 15.
pub(crate) fn push_number(message: &mut Vec<u8>, field: u8, number: usize) {
    message.push(field << 3);
    push_varint(message, number);
}

fn push_varint(message: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        message.push(number as u8 & 0x7f | 0x80);
        number >>= 7;
    }
    message.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_back_at_every_length() {
        for length in [0, 1, 127, 128, 16_383, 16_384] {
            let bytes = vec![7; length];
            let mut message = Vec::new();
            push_bytes(&mut message, 3, &bytes);
            let fields: Vec<_> = Fields::of(&message).collect();
            assert_eq!(fields, [Ok((3, Content::Bytes(&bytes)))], "{length} bytes");
        }
    }

    #[test]
    fn numbers_read_back() {
        for number in [0, 1, 127, 128, 65_536] {
            let mut message = Vec::new();
            push_number(&mut message, 1, number);
            let fields: Vec<_> = Fields::of(&message).collect();
            assert_eq!(fields, [Ok((1, Content::Varint(number as u64)))]);
        }
    }

    #[test]
    fn what_is_no_message_ends_in_an_error() {
        let rows: [(&str, &[u8]); 6] = [
            ("a length beyond the end", b"\x12\x09bad"),
            ("a tag alone", b"\x08"),
            ("seven of eight bytes", b"\x09\0\0\0\0\0\0\0"),
            ("a number without an end", &[0xff; 11]),
            ("a group", b"\x0b"),
            (
                "a length beyond memory",
                b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            ),
        ];
        for (name, message) in rows {
            let fields: Vec<_> = Fields::of(message).collect();
            assert_eq!(fields, [Err(NotAMessage)], "{name}");
        }
        assert_eq!(Fields::of(b"").count(), 0);
    }
}
