//! JSON Pointers (RFC 6901): the keys of arguments.

use crate::json::place::tokens;
use crate::json::{Object, Value};
use crate::operation::mcp::same_but_for_case;

/// A place within an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    text: String,
    first: String,
    rest: Vec<String>,
}

impl Pointer {
    /// Reads one; none where it doesn't begin with `/` (the empty pointer, which is the object itself, included), or has a
    /// `~` that escapes nothing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut tokens = tokens(text)?.into_iter();
        Some(Self {
            text: text.to_owned(),
            first: tokens.next()?,
            rest: tokens.collect(),
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The value at this place in `root`, if there is one. Takes time by the number of members on the way.
    pub(super) fn resolve<'v, 'j>(&self, root: &'v Object<'j>) -> Option<&'v Value<'j>> {
        let mut value = root.get(&self.first)?;
        for token in &self.rest {
            value = match value {
                Value::Object(object) => object.get(token)?,
                Value::Array(elements) => elements.get(index(token)?)?,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
            };
        }
        Some(value)
    }

    /// Is there something that a reader without regard to case would take for the value at this place, while
    /// [`Self::resolve`] finds nothing? Of an object, no two names may differ in case only.
    pub(super) fn is_respelled(&self, root: &Object<'_>) -> bool {
        let Some(first) = loosely(root, &self.first) else {
            return false;
        };
        let mut value = first;
        for token in &self.rest {
            let below = match value {
                Value::Object(object) => loosely(object, token),
                Value::Array(elements) => index(token).and_then(|at| elements.get(at)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
            };
            match below {
                Some(below) => value = below,
                None => return false,
            }
        }
        self.resolve(root).is_none()
    }
}

/// The member called `name`, in whatever case.
fn loosely<'v, 'j>(object: &'v Object<'j>, name: &str) -> Option<&'v Value<'j>> {
    let mut members = object.iter();
    members.find_map(|(member, value)| same_but_for_case(member, name).then_some(value))
}

/// Appends the reference token for a member's name to the pointer of its object.
pub(super) fn push_name(pointer: &mut String, name: &str) {
    pointer.push('/');
    for c in name.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// An array's index has no leading zero and no sign (RFC 6901, section 4).
fn index(token: &str) -> Option<usize> {
    if token != "0" && (token.starts_with('0') || !token.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    token.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Pointer, push_name};
    use crate::json::{Number, Object, Value};

    fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value<'a>)>) -> Object<'a> {
        Object(
            members
                .into_iter()
                .map(|(name, value)| (Cow::Borrowed(name), value))
                .collect(),
        )
    }

    #[test]
    fn a_pointer_finds_its_value_or_nothing() {
        let number = |text| Value::Number(Number(Cow::Borrowed(text)));
        let root = object([
            ("a", Value::Array(vec![number("1"), number("2")])),
            ("a/b", number("3")),
            ("m~n", number("4")),
            ("", number("5")),
            ("o", Value::Object(object([("0", number("6"))]))),
        ]);
        for (name, pointer, found) in [
            ("an element", "/a/1", Some("2")),
            ("the first element", "/a/0", Some("1")),
            ("beyond the end", "/a/2", None),
            ("a leading zero is no index", "/a/01", None),
            ("a sign is no index", "/a/+1", None),
            ("after the last is no index", "/a/-", None),
            ("an escaped slash", "/a~1b", Some("3")),
            ("an escaped tilde", "/m~0n", Some("4")),
            ("the empty name", "/", Some("5")),
            ("a digit as a name", "/o/0", Some("6")),
            ("nothing below a number", "/a/0/0", None),
            ("no such name", "/b", None),
        ] {
            let at = Pointer::parse(pointer).unwrap();
            let text = at
                .resolve(&root)
                .map(|value| value.as_number().unwrap().text());
            assert_eq!(text, found, "{name}");
        }
    }

    #[test]
    fn what_differs_in_case_only_is_noticed() {
        let root = object([
            ("Amount", Value::Null),
            (
                "o",
                Value::Object(object([("Size", Value::Null), ("kind", Value::Null)])),
            ),
            (
                "l",
                Value::Array(vec![Value::Object(object([("ID", Value::Null)]))]),
            ),
        ]);
        for (pointer, expected) in [
            ("/amount", true),
            ("/Amount", false),
            ("/o/size", true),
            ("/O/Size", true),
            ("/o/kind", false),
            ("/l/0/id", true),
            ("/l/1/id", false),
            ("/o/size/x", false),
            ("/price", false),
        ] {
            let found = Pointer::parse(pointer).unwrap().is_respelled(&root);
            assert_eq!(found, expected, "{pointer}");
        }
    }

    #[test]
    fn what_is_no_pointer_is_not_read() {
        for text in ["", "amount", "~", "/a~", "/a~2", " /a"] {
            assert_eq!(Pointer::parse(text), None, "{text}");
        }
    }

    #[test]
    fn names_are_escaped_so_that_parsing_gives_them_back() {
        for name in ["plain", "a/b", "~", "~1", "", "é\0\""] {
            let mut text = String::new();
            push_name(&mut text, name);
            let pointer = Pointer::parse(&text).unwrap();
            assert_eq!((pointer.first.as_str(), pointer.rest.len()), (name, 0));
        }
    }
}
