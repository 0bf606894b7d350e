use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{JsonError, Limits, Number, Object, Value, parse, place};

const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_depth: 32,
    max_values: 1 << 14,
};

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,2}", any::<String>()]
}

/// A number's text by the grammar.
fn number() -> impl Strategy<Value = Value<'static>> {
    "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,2})?"
        .prop_map(|text| Value::Number(Number(text.into())))
}

fn value() -> impl Strategy<Value = Value<'static>> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number(),
        any::<String>().prop_map(|text| Value::String(text.into())),
    ];
    scalar.prop_recursive(5, 60, 8, |element| {
        prop_oneof![
            prop::collection::vec(element.clone(), 0..8).prop_map(Value::Array),
            prop::collection::btree_map(name(), element, 0..24).prop_map(object),
        ]
    })
}

fn object(members: BTreeMap<String, Value<'static>>) -> Value<'static> {
    Value::Object(Object(
        members
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect(),
    ))
}

/// `text` as a JSON string in which the characters at the places of `escaped` are spelled `\uXXXX`.
fn spelled(text: &str, escaped: &[bool]) -> String {
    let mut spelled = String::from("\"");
    for (place, character) in text.chars().enumerate() {
        if escaped.get(place).copied().unwrap_or(true) {
            for half in character.encode_utf16(&mut [0; 2]) {
                spelled.push_str(&format!("\\u{half:04x}"));
            }
        } else {
            spelled.push(character);
        }
    }
    spelled.push('"');
    spelled
}

/// Almost JSON: the alphabet of JSON in any order.
fn near_json() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "\\", "a", "u0041", "\\u00e9", "\\ud83d", "\\ude00",
        "0", "1", "-", ".", "e", "+", "true", "null", " ", "\n", "\"a\"", "\"a\":", "\u{1}", "é",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(value in value()) {
        let text = value.to_string();
        prop_assert_eq!(parse(text.as_bytes(), &LIMITS), Ok(value));
    }

    /// The independent judge: `serde_json` accepts the same documents and understands the same, but for numbers, whose
    /// range it limits, and for duplicates, which it drops.
    #[test]
    fn agrees_with_another_parser(text in prop_oneof![near_json(), value().prop_map(|value| value.to_string())]) {
        let ours = parse(text.as_bytes(), &LIMITS);
        match (&ours, serde_json::from_str::<serde_json::Value>(&text)) {
            (Ok(ours), Ok(theirs)) => {
                let again: serde_json::Value = serde_json::from_str(&ours.to_string()).unwrap();
                prop_assert_eq!(again, theirs);
            }
            (Err(JsonError::DuplicateName { .. }), _) => {}
            (Ok(_), Err(theirs)) => prop_assert!(theirs.to_string().starts_with("number out of range"), "{}", theirs),
            (Err(ours), Ok(_)) => prop_assert!(false, "{}: {}", text, ours),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn no_document_can_be_cut_short(value in value(), cut in any::<prop::sample::Index>()) {
        // A number cut short may be a number, so it stands in an array.
        let text = format!("[{value}]");
        let cut = cut.index(text.len());
        let read = parse(&text.as_bytes()[..cut], &LIMITS);
        let cut_short = matches!(
            read,
            Err(JsonError::Empty | JsonError::UnexpectedEnd { .. } | JsonError::NotUtf8 { .. })
        );
        prop_assert!(cut_short, "{:?}", read);
    }

    #[test]
    fn no_spelling_hides_a_duplicate(
        repeated in any::<String>(),
        one in prop::collection::vec(any::<bool>(), 0..20),
        two in prop::collection::vec(any::<bool>(), 0..20),
        between in prop::collection::btree_set("[a-z]{1,3}", 0..40),
    ) {
        let plain = |text: &str| text.chars().all(|c| c >= ' ' && c != '"' && c != '\\');
        prop_assume!(plain(&repeated) && !between.contains(&repeated));
        let members = std::iter::once(spelled(&repeated, &one))
            .chain(between.iter().map(|name| spelled(name, &one)))
            .chain(std::iter::once(spelled(&repeated, &two)));
        let text = format!("{{{}}}", members.map(|name| format!("{name}:0")).collect::<Vec<_>>().join(","));
        let refused = matches!(parse(text.as_bytes(), &LIMITS), Err(JsonError::DuplicateName { .. }));
        prop_assert!(refused);
    }

    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(value) = parse(&bytes, &LIMITS) {
            let written = value.to_string();
            prop_assert_eq!(parse(written.as_bytes(), &LIMITS), Ok(value));
        }
    }

    #[test]
    fn a_member_that_is_cut_out_is_all_that_is_missing(
        members in prop::collection::btree_map(name(), value(), 1..8),
        chosen in any::<prop::sample::Index>(),
        spaces in "[ \\n\\t]{0,3}",
        escaped in prop::collection::vec(any::<bool>(), 0..20),
    ) {
        let mut rest = members.clone();
        let wanted = members.keys().nth(chosen.index(members.len())).unwrap();
        rest.remove(wanted);
        let written = members.iter().map(|(name, value)| {
            let name = if name == wanted && !name.contains(['"', '\\']) && name.chars().all(|c| c >= ' ') {
                spelled(name, &escaped)
            } else {
                Value::String(name.as_str().into()).to_string()
            };
            format!("{spaces}{name}{spaces}:{spaces}{value}{spaces}")
        });
        let text = format!("{{\"o\":{{{}}}}}", written.collect::<Vec<_>>().join(","));
        let place = place::of_member(text.as_bytes(), &["o", wanted]).unwrap();
        let mut left = text.clone();
        left.replace_range(place, "");
        let expected = object([("o".to_owned(), object(rest))].into());
        prop_assert_eq!(parse(left.as_bytes(), &LIMITS), Ok(expected));
    }

    #[test]
    fn looking_for_a_member_ends(text in near_json(), bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        for text in [text.as_bytes(), &bytes] {
            if let Some(place) = place::of_member(text, &["a", "a"]) {
                prop_assert!(text.get(place).is_some());
            }
        }
    }
}
