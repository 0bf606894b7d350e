//! The configuration as hosts pass it: JSON text, or a `google.protobuf.Struct` as it goes over the wire.
//!
//! Envoy passes a text on as it is, and a `Struct`, which is how an Envoy configuration holds structure in YAML, in its
//! encoded form. It keeps no order there, so members are put in alphabetical order: one configuration has one digest.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use crate::protobuf::{Content, Fields, NotAMessage};

/// How deep a `Struct` may nest, as the engine's own limit for configurations is.
const MAX_DEPTH: usize = 32;

/// The configuration as JSON text. Bytes in neither form are passed on, for the engine to say what is wrong with them.
pub(crate) fn to_json(bytes: &[u8]) -> Cow<'_, [u8]> {
    // A text can't be taken for an encoded `Struct`: that would need lengths that fit, and field tags, among its letters.
    let decoded = object(bytes, MAX_DEPTH).ok();
    match decoded.and_then(|object| serde_json::to_vec(&object).ok()) {
        Some(json) if !bytes.is_empty() => Cow::Owned(json),
        Some(_) | None => Cow::Borrowed(bytes),
    }
}

/// `Struct { map<string, Value> fields = 1; }`
fn object(message: &[u8], depth: usize) -> Result<Value, NotAMessage> {
    let mut members = Map::new();
    for field in Fields::of(message) {
        let (1, Content::Bytes(entry)) = field? else {
            return Err(NotAMessage);
        };
        let (mut name, mut member) = ("", Value::Null);
        for field in Fields::of(entry) {
            match field? {
                (1, Content::Bytes(text)) => name = utf8(text)?,
                (2, Content::Bytes(message)) => member = value(message, deeper(depth)?)?,
                _ => return Err(NotAMessage),
            }
        }
        members.insert(name.to_owned(), member);
    }
    // Sorted by hand, because how a map is ordered depends on the features that any crate of the build asks for.
    members.sort_keys();
    Ok(Value::Object(members))
}

/// `ListValue { repeated Value values = 1; }`
fn array(message: &[u8], depth: usize) -> Result<Value, NotAMessage> {
    let mut elements = Vec::new();
    for field in Fields::of(message) {
        let (1, Content::Bytes(element)) = field? else {
            return Err(NotAMessage);
        };
        elements.push(value(element, deeper(depth)?)?);
    }
    Ok(Value::Array(elements))
}

/// `Value { oneof kind { null_value = 1; number_value = 2; string_value = 3; bool_value = 4; struct_value = 5; list_value = 6; } }`
fn value(message: &[u8], depth: usize) -> Result<Value, NotAMessage> {
    let mut value = Value::Null;
    for field in Fields::of(message) {
        value = match field? {
            (1, Content::Varint(_)) => Value::Null,
            (2, Content::Fixed64(double)) => number(f64::from_le_bytes(double))?,
            (3, Content::Bytes(text)) => Value::String(utf8(text)?.to_owned()),
            (4, Content::Varint(bool)) => Value::Bool(bool != 0),
            (5, Content::Bytes(message)) => object(message, depth)?,
            (6, Content::Bytes(message)) => array(message, depth)?,
            _ => return Err(NotAMessage),
        };
    }
    Ok(value)
}

/// Every number is a double there; one without a fraction was written as an integer.
fn number(double: f64) -> Result<Value, NotAMessage> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if double.fract() == 0.0 && double.abs() <= EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a whole number of at most 53 bits"
        )]
        let whole = double as i64;
        return Ok(Value::from(whole));
    }
    Number::from_f64(double)
        .map(Value::Number)
        .ok_or(NotAMessage)
}

fn utf8(text: &[u8]) -> Result<&str, NotAMessage> {
    std::str::from_utf8(text).map_err(|_| NotAMessage)
}

fn deeper(depth: usize) -> Result<usize, NotAMessage> {
    depth.checked_sub(1).ok_or(NotAMessage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protobuf::push_bytes;

    fn encoded(value: &Value) -> Vec<u8> {
        let mut message = Vec::new();
        match value {
            Value::Null => message.extend_from_slice(b"\x08\0"),
            Value::Bool(bool) => message.extend_from_slice(&[0x20, u8::from(*bool)]),
            Value::Number(number) => {
                message.push(0x11);
                message.extend_from_slice(&number.as_f64().unwrap().to_le_bytes());
            }
            Value::String(text) => push_bytes(&mut message, 3, text.as_bytes()),
            Value::Array(elements) => {
                let mut list = Vec::new();
                for element in elements {
                    push_bytes(&mut list, 1, &encoded(element));
                }
                push_bytes(&mut message, 6, &list);
            }
            Value::Object(members) => push_bytes(&mut message, 5, &encoded_struct(members)),
        }
        message
    }

    fn encoded_struct(members: &Map<String, Value>) -> Vec<u8> {
        let mut message = Vec::new();
        for (name, member) in members {
            let mut entry = Vec::new();
            push_bytes(&mut entry, 1, name.as_bytes());
            push_bytes(&mut entry, 2, &encoded(member));
            push_bytes(&mut message, 1, &entry);
        }
        message
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(to_json(bytes).into_owned()).unwrap()
    }

    #[test]
    fn a_struct_becomes_json_in_alphabetical_order() {
        let whole = r#"{"version":1,"half":0.5,"text":"a\n\"b\"","none":null,"yes":true,"list":[1,{"z":-2,"a":[]}],"no":false}"#;
        let members: Map<String, Value> = serde_json::from_str(whole).unwrap();
        let expected = r#"{"half":0.5,"list":[1,{"a":[],"z":-2}],"no":false,"none":null,"text":"a\n\"b\"","version":1,"yes":true}"#;
        assert_eq!(text(&encoded_struct(&members)), expected);
    }

    #[test]
    fn text_is_passed_on_as_it_is() {
        for json in [
            "",
            "{}",
            " {\"version\": 1}",
            "\n{\n  \"version\": 1,\n  \"issuers\": []\n}\n",
            "\n{\n{\n{\n{",
            "nonsense",
        ] {
            assert_eq!(text(json.as_bytes()), json);
        }
        assert_eq!(*to_json(b"\xff\xfe"), *b"\xff\xfe");
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| {
            let mut members = Map::new();
            for _ in 0..depth {
                let mut outer = Map::new();
                outer.insert("a".to_owned(), Value::Object(members));
                members = outer;
            }
            encoded_struct(&members)
        };
        assert!(matches!(to_json(&nested(MAX_DEPTH)), Cow::Owned(_)));
        assert!(matches!(to_json(&nested(MAX_DEPTH + 1)), Cow::Borrowed(_)));
        assert!(matches!(to_json(&nested(500)), Cow::Borrowed(_)));
    }
}
