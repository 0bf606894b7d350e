//! W3C trace context: which trace a request belongs to.

use crate::request::Headers;

/// The ids of a valid `traceparent` (W3C Trace Context, section 3.2). They correlate records; nothing is allowed or denied
/// because of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The whole trace: 32 lower-case hexadecimal digits, not all zero.
    trace_id: String,
    /// The caller's span: 16 lower-case hexadecimal digits, not all zero.
    parent_id: String,
}

impl Trace {
    /// The trace of a request; none where there is no `traceparent`, more than one, or one that isn't valid.
    #[must_use]
    pub fn of(headers: &Headers) -> Option<Self> {
        Self::parse(headers.single("traceparent").ok()??)
    }

    /// Reads a value of `traceparent`: `version-traceid-parentid-flags`. Of a later version than 00 the same parts are
    /// read and what follows is ignored, as section 3.2.4 wants.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (version, rest) = value.split_once('-')?;
        let (trace_id, rest) = rest.split_once('-')?;
        let (parent_id, rest) = rest.split_once('-')?;
        let (flags, more) = match rest.split_once('-') {
            Some((flags, more)) => (flags, Some(more)),
            None => (rest, None),
        };
        let sound = is_hex(version, 2)
            && version != "ff"
            && (version != "00" || more.is_none())
            && is_id(trace_id, 32)
            && is_id(parent_id, 16)
            && is_hex(flags, 2);
        sound.then(|| Self {
            trace_id: trace_id.to_owned(),
            parent_id: parent_id.to_owned(),
        })
    }
}

impl Trace {
    /// The whole trace.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// The caller's span.
    #[must_use]
    pub fn parent_id(&self) -> &str {
        &self.parent_id
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_id(text: &str, length: usize) -> bool {
    is_hex(text, length) && text.bytes().any(|b| b != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const PARENT: &str = "b7ad6b7169203331";

    #[test]
    fn only_valid_values_are_read() {
        let zeros = "0".repeat(32);
        for (name, value, expected) in [
            ("valid", format!("00-{TRACE}-{PARENT}-01"), true),
            ("a later version", format!("cc-{TRACE}-{PARENT}-01"), true),
            (
                "a later version with more",
                format!("cc-{TRACE}-{PARENT}-01-what"),
                true,
            ),
            (
                "version 00 has no more",
                format!("00-{TRACE}-{PARENT}-01-what"),
                false,
            ),
            (
                "version 00 has no trailing dash",
                format!("00-{TRACE}-{PARENT}-01-"),
                false,
            ),
            (
                "a forbidden version",
                format!("ff-{TRACE}-{PARENT}-01"),
                false,
            ),
            (
                "a later version without a dash",
                format!("cc-{TRACE}-{PARENT}-01x"),
                false,
            ),
            (
                "upper case",
                format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
                false,
            ),
            ("a zero trace", format!("00-{zeros}-{PARENT}-01"), false),
            (
                "a zero parent",
                format!("00-{TRACE}-0000000000000000-01"),
                false,
            ),
            ("short", format!("00-{TRACE}-{PARENT}"), false),
            (
                "no hexadecimal flags",
                format!("00-{TRACE}-{PARENT}-0g"),
                false,
            ),
            ("a space", format!(" 00-{TRACE}-{PARENT}-01"), false),
            ("nothing", String::new(), false),
        ] {
            let parsed = Trace::parse(&value);
            let ids = parsed.map(|trace| (trace.trace_id, trace.parent_id));
            let expected = expected.then(|| (TRACE.to_owned(), PARENT.to_owned()));
            assert_eq!(ids, expected, "{name}");
        }
    }

    #[test]
    fn two_values_are_none() {
        let value = format!("00-{TRACE}-{PARENT}-01");
        let one = Headers::from_pairs([("TraceParent", &value)]);
        assert!(Trace::of(&one).is_some());
        let two = Headers::from_pairs([("traceparent", &value), ("traceparent", &value)]);
        assert_eq!(Trace::of(&two), None);
        assert_eq!(Trace::of(&Headers::default()), None);
    }
}
