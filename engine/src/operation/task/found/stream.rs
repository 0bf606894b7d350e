//! The same in a stream of events, of which no more is held than of one message.

use super::super::TaskName;
use super::{Form, Reader};

/// Reads the messages of a stream (server-sent events, WHATWG HTML, section 9.2), in pieces as they come: an id is found as soon as it
/// has ended, and not only when its event has.
#[derive(Debug)]
pub struct StreamReader {
    form: Form,
    /// The data of the event that goes by.
    message: Reader,
    /// It has had a line already.
    has_data: bool,
    line: Line,
    /// A carriage return ended a line just now, and a line feed would be part of that.
    is_half: bool,
}

/// What has come of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// So much of the mark that a stream may begin with.
    Mark(usize),
    /// So much of the name of the field that is read.
    Name(usize),
    /// The colon behind that, after which one space is none of the data's.
    Colon,
    Data,
    /// Of another field.
    Other,
}

const MARK: &[u8] = b"\xef\xbb\xbf";
const NAME: &[u8] = b"data";

impl StreamReader {
    /// A reader at the beginning of a stream.
    #[must_use]
    pub const fn new(form: Form) -> Self {
        Self {
            form,
            message: Reader::new(form),
            has_data: false,
            line: Line::Mark(0),
            is_half: false,
        }
    }

    /// What the stream named with this piece of it.
    pub fn push(&mut self, piece: &[u8]) -> Vec<TaskName> {
        let mut found = Vec::new();
        let mut rest = piece;
        while let [byte, after @ ..] = rest {
            let is_half = std::mem::replace(&mut self.is_half, *byte == b'\r');
            if is_end(*byte) {
                if !is_half || *byte == b'\r' {
                    found.extend(self.end());
                }
                rest = after;
            } else if self.line == Line::Data {
                let end = rest.iter().position(|byte| is_end(*byte));
                let (data, after) = end
                    .and_then(|end| rest.split_at_checked(end))
                    .unwrap_or((rest, b""));
                found.extend(self.message.push(data));
                rest = after;
            } else {
                let (line, is_taken) = self.line.after(*byte);
                if line == Line::Colon {
                    found.extend(self.begin_data());
                }
                self.line = line;
                rest = if is_taken { after } else { rest };
            }
        }
        found
    }

    /// A line has ended, and with an empty one the event.
    fn end(&mut self) -> Vec<TaskName> {
        let line = std::mem::replace(&mut self.line, Line::Name(0));
        if line == Line::Name(NAME.len()) {
            return self.begin_data();
        }
        if matches!(line, Line::Mark(0) | Line::Name(0)) {
            self.message = Reader::new(self.form);
            self.has_data = false;
        }
        Vec::new()
    }

    /// Between two lines of data is an end of a line.
    fn begin_data(&mut self) -> Vec<TaskName> {
        if std::mem::replace(&mut self.has_data, true) {
            self.message.push(b"\n")
        } else {
            Vec::new()
        }
    }
}

impl Line {
    /// What it is after one more byte, and whether that is taken with it.
    fn after(self, byte: u8) -> (Self, bool) {
        match self {
            Self::Mark(at) if MARK.get(at) == Some(&byte) => {
                (Self::Mark(at.saturating_add(1)), true)
            }
            Self::Mark(at) if at == 0 || at == MARK.len() => (Self::Name(0), false),
            Self::Name(at) if NAME.get(at) == Some(&byte) => {
                (Self::Name(at.saturating_add(1)), true)
            }
            Self::Name(at) if at == NAME.len() && byte == b':' => (Self::Colon, true),
            Self::Colon => (Self::Data, byte == b' '),
            Self::Data => (Self::Data, true),
            Self::Mark(_) | Self::Name(_) | Self::Other => (Self::Other, true),
        }
    }
}

const fn is_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::super::LONGEST_TEXT;
    use super::{Form, StreamReader};

    fn names(pieces: &[&[u8]]) -> Vec<String> {
        let mut reader = StreamReader::new(Form::Mcp);
        let found = pieces.iter().flat_map(|piece| reader.push(piece));
        found.map(|name| name.id).collect()
    }

    #[test]
    fn ids_are_found_in_data_however_it_is_cut() {
        for (text, expected) in [
            (
                "data: {\"result\":{\"task\":{\"taskId\":\"1\"}}}\n\n",
                &["1"][..],
            ),
            (
                "\u{feff}data:{\"result\":{\"task\":{\"taskId\":\"1\"}}}\r\r",
                &["1"],
            ),
            (
                "\u{feff}\n\u{feff}data:{\"result\":{\"task\":{\"taskId\":\"1\"}}}\n",
                &[],
            ),
            (
                "id: 1\r\ndata: {\"result\":{\r\ndata\r\ndata:\"task\":{\"taskId\":\"1\"}}}\r\n\r\ndata: {\"result\":{\"task\":{\"taskId\":\"2\"}}}",
                &["1", "2"],
            ),
            // Neither two fields are one nor two events, and no end of a line stands in a text.
            ("dat: {\"result\":{\"task\":{\"taskId\":\"1\"}}}\n\n", &[]),
            (
                "dataset: {\"result\":{\"task\":{\"taskId\":\"1\"}}}\n\n",
                &[],
            ),
            (
                "data: {\"result\":{\n\ndata: \"task\":{\"taskId\":\"1\"}}}\n\n",
                &[],
            ),
            (
                "data: {\"result\":{\"task\":{\"taskId\":\"1\ndata:2\"}}}\n\n",
                &[],
            ),
            (
                "data: {}\n\ndata: {\"result\":{\"task\":{\"taskId\":\"1\"}}}\n\n",
                &["1"],
            ),
        ] {
            assert_eq!(names(&[text.as_bytes()]), expected, "{text:?}");
            let each: Vec<_> = text.as_bytes().chunks(1).collect();
            assert_eq!(names(&each), expected, "{text:?} byte by byte");
            for at in 0..=text.len() {
                let (one, two) = text.as_bytes().split_at(at);
                assert_eq!(names(&[one, two]), expected, "{text:?} at {at}");
            }
        }
    }

    #[test]
    fn no_more_is_held_than_one_id() {
        let mut reader = StreamReader::new(Form::Mcp);
        assert!(
            reader
                .push(b"data: {\"result\":{\"task\":{\"taskId\":\"")
                .is_empty()
        );
        for _ in 0..1000 {
            assert!(reader.push(&[b'x'; 1000]).is_empty());
            let text = reader.message.text.as_ref();
            let held = text.and_then(|text| text.raw.as_ref()).map_or(0, Vec::len);
            assert!(held <= LONGEST_TEXT, "{held}");
        }
        assert!(reader.push(b"\"}}}\n\n").is_empty());
    }
}
