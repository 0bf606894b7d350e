//! Server-sent events (WHATWG HTML, section 9.2), as far as messages of MCP travel in them.

/// A stream of events that arrives in pieces.
#[derive(Debug, Default)]
pub struct Events {
    /// What has arrived of an event whose end hasn't.
    rest: Vec<u8>,
    /// Where in that the last line begins.
    line: usize,
    /// Up to where that line was searched for its end.
    searched: usize,
    /// An event has gone by.
    is_begun: bool,
    /// What arrives until the next empty line belongs to an event that is skipped.
    is_skipping: bool,
}

/// One event as it was written, the empty line behind it included.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    text: Vec<u8>,
    /// The stream begins with it.
    is_first: bool,
}

impl Events {
    /// Takes a piece, and gives the events that are whole by then. What is left when the stream ends is one, too: not every
    /// client waits for the empty line.
    pub fn push(&mut self, piece: &[u8], is_last: bool) -> Vec<Event> {
        self.rest.extend_from_slice(piece);
        let mut events = Vec::new();
        let (mut start, mut at, mut from) = (0, self.line, self.searched);
        while let Some(line) = line(&self.rest, at, from, is_last) {
            at = line.next;
            from = at;
            if line.text.is_empty() {
                let text = self.rest.get(start..at).unwrap_or_default().to_vec();
                events.extend(self.whole(text));
                start = at;
            }
        }
        self.rest.drain(..start.min(self.rest.len()));
        self.line = at.saturating_sub(start);
        // The last byte may be the first half of a line's end.
        self.searched = self.line.max(self.rest.len().saturating_sub(1));
        if is_last && !self.rest.is_empty() {
            let text = std::mem::take(&mut self.rest);
            events.extend(self.whole(text));
        } else if self.is_skipping {
            self.forget();
        }
        events
    }

    /// The event that ends here, where it isn't skipped.
    fn whole(&mut self, text: Vec<u8>) -> Option<Event> {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let is_skipped = std::mem::take(&mut self.is_skipping);
        (!is_skipped).then_some(Event { text, is_first })
    }

    /// Gives up the event whose end hasn't arrived: nothing of it comes any more, and the next one begins behind its empty line.
    pub fn skip(&mut self) {
        self.is_skipping = true;
        self.forget();
    }

    /// Of what is held, keeps only what tells where the event ends: whether its last line has anything in it, and half a line's end.
    fn forget(&mut self) {
        let line = self.rest.get(self.line..).unwrap_or_default();
        let (text, end) = match line.strip_suffix(b"\r") {
            Some(text) => (text, &b"\r"[..]),
            None => (line, &b""[..]),
        };
        let text: &[u8] = if text.is_empty() { b"" } else { b":" };
        self.rest = [text, end].concat();
        self.line = 0;
        self.searched = text.len();
    }

    /// How many bytes of an event are held whose end hasn't arrived.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.rest.len()
    }
}

impl Event {
    /// An event of this data alone, of the type that messages have.
    #[must_use]
    pub fn message(data: &[u8]) -> Self {
        let mut text = b"event: message\n".to_vec();
        put_data(&mut text, data);
        text.push(b'\n');
        Self {
            text,
            is_first: false,
        }
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.text
    }

    /// Its data; empty where it has none.
    #[must_use]
    pub fn data(&self) -> Vec<u8> {
        let lines: Vec<_> = self.lines().filter_map(|line| data_of(line.text)).collect();
        lines.join(&b'\n')
    }

    /// The same event with other data, in the place of the first line that it had any in.
    #[must_use]
    pub fn with_data(&self, data: &[u8]) -> Self {
        let mut text = Vec::with_capacity(self.text.len());
        let mut is_put = false;
        for line in self.lines() {
            if data_of(line.text).is_none() {
                let whole = self.text.get(line.start..line.next);
                text.extend_from_slice(whole.unwrap_or_default());
            } else if !is_put {
                put_data(&mut text, data);
                is_put = true;
            }
        }
        Self { text, ..*self }
    }

    /// A byte order mark is none of the stream's first line, and part of any other.
    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let mut line = line(&self.text, at, at, true)?;
            if self.is_first && line.start == 0 {
                line.text = line.text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line.text);
            }
            at = line.next;
            Some(line)
        })
    }
}

/// A line of a stream.
struct Line<'t> {
    text: &'t [u8],
    start: usize,
    /// Where the next one begins.
    next: usize,
}

/// The line that begins at `start`, whose end is not before `from`; none where it has no end yet. A carriage return at the end of
/// what has arrived may be half an end.
fn line(text: &[u8], start: usize, from: usize, is_last: bool) -> Option<Line<'_>> {
    let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
    let mut unsearched = text.get(from..)?.iter();
    let Some(behind) = unsearched.position(|byte| matches!(byte, b'\r' | b'\n')) else {
        let next = text.len();
        return is_last.then_some(Line {
            text: rest,
            start,
            next,
        });
    };
    let end = from.saturating_add(behind);
    let length = match text.get(end..)? {
        [b'\r', b'\n', ..] => 2,
        [b'\r'] if !is_last => return None,
        _ => 1,
    };
    Some(Line {
        text: text.get(start..end)?,
        start,
        next: end.saturating_add(length),
    })
}

/// What a line says of the event's data, if it does.
fn data_of(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"data")?;
    match rest.split_first() {
        None => Some(&[]),
        Some((b':', value)) => Some(value.strip_prefix(b" ").unwrap_or(value)),
        Some(_) => None,
    }
}

fn put_data(text: &mut Vec<u8>, data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n') {
        text.extend_from_slice(b"data: ");
        text.extend_from_slice(line);
        text.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Events};

    /// The data of the events that come of these pieces.
    fn data(pieces: &[&str]) -> Vec<String> {
        let mut events = Events::default();
        let last = pieces.len().saturating_sub(1);
        let mut all = Vec::new();
        for (number, piece) in pieces.iter().enumerate() {
            all.extend(events.push(piece.as_bytes(), number == last));
        }
        assert_eq!(events.held(), 0, "{pieces:?}");
        let text: Vec<u8> = all.iter().flat_map(|event| event.text.clone()).collect();
        assert_eq!(text, pieces.concat().into_bytes(), "nothing is lost");
        let texts = all.iter().map(|event| String::from_utf8(event.data()));
        texts.map(Result::unwrap).collect()
    }

    #[test]
    fn events_are_whole_however_they_are_cut() {
        for (text, expected) in [
            ("data: 1\n\ndata:2\n\n", &["1", "2"][..]),
            (
                "event: message\r\nid: 3\r\ndata: {\r\ndata: }\r\n\r\n",
                &["{\n}"],
            ),
            ("data: 1\r\rdata: 2\r\r", &["1", "2"]),
            (": a comment\n\nid: 1\ndata:\n\n", &["", ""]),
            ("data\n\n", &[""]),
            ("data:  two spaces\n\n", &[" two spaces"]),
            ("dataset: 1\ndata: 2\n\n", &["2"]),
            ("\u{feff}data: 1\n\n", &["1"]),
            (
                "data: 1\n\u{feff}data: 2\n\n\u{feff}data: 3\n\n",
                &["1", ""],
            ),
            ("data: without an end", &["without an end"]),
            ("data: 1\n", &["1"]),
        ] {
            assert_eq!(data(&[text]), expected, "{text:?}");
            for at in 0..=text.len() {
                if let Some((one, two)) = text.split_at_checked(at) {
                    assert_eq!(data(&[one, two]), expected, "{text:?} at {at}");
                }
            }
            let each: Vec<_> = text.split_inclusive(|_| true).collect();
            assert_eq!(data(&each), expected, "{text:?} byte by byte");
        }
    }

    #[test]
    fn a_skipped_event_ends_at_its_empty_line() {
        for (begun, rest) in [
            ("id: 1\ndata: long", " and longer\n\ndata: 2\n\n"),
            ("data: long\n", "data: and longer\n\ndata: 2\n\n"),
            ("data: long\n", "\ndata: 2\n\n"),
            ("data: long\r", "\n\r\ndata: 2\n\n"),
            ("data: long\r\n\r", "\ndata: 2\n\n"),
            ("data: long", "\r\rdata: 2\r\r"),
        ] {
            for at in 0..=rest.len() {
                let (one, two) = rest.split_at(at);
                let mut events = Events::default();
                assert!(events.push(begun.as_bytes(), false).is_empty(), "{begun:?}");
                events.skip();
                assert!(events.held() <= 2, "{begun:?}");
                let mut found = events.push(one.as_bytes(), false);
                found.extend(events.push(two.as_bytes(), true));
                let data: Vec<_> = found.iter().map(Event::data).collect();
                assert_eq!(data, [b"2"], "{begun:?} {rest:?} at {at}");
            }
        }
        let mut events = Events::default();
        assert!(events.push(b"data: long", false).is_empty());
        events.skip();
        assert!(events.push(b" and no end", true).is_empty());
    }

    #[test]
    fn data_is_replaced_in_its_place() {
        for (text, expected) in [
            ("data: 1\n\n", "data: {\ndata: }\n\n"),
            (
                "id: 3\r\ndata: 1\r\nretry: 9\r\ndata: 2\r\n\r\n",
                "id: 3\r\ndata: {\ndata: }\nretry: 9\r\n\r\n",
            ),
        ] {
            let event = Event {
                text: text.as_bytes().to_vec(),
                is_first: true,
            };
            let replaced = event.with_data(b"{\n}").into_bytes();
            assert_eq!(String::from_utf8(replaced).unwrap(), expected, "{text:?}");
        }
        assert_eq!(
            Event::message(b"{}").into_bytes(),
            b"event: message\ndata: {}\n\n"
        );
    }
}
