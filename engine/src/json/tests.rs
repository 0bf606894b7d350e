use std::borrow::Cow;

use super::{JsonError, Kind, Limits, Number, Value, parse, parse_with_halves};

fn read(bytes: &[u8]) -> Result<Value<'_>, JsonError> {
    parse(bytes, &Limits::default())
}

#[test]
fn borrows_what_has_no_escape() {
    let Value::Array(elements) = read(br#"["plain", "esc\u0061ped", 1.50]"#).unwrap() else {
        panic!("an array");
    };
    assert!(matches!(
        &elements[0],
        Value::String(Cow::Borrowed("plain"))
    ));
    assert!(matches!(&elements[1], Value::String(Cow::Owned(text)) if text == "escaped"));
    assert!(matches!(
        &elements[2],
        Value::Number(Number(Cow::Borrowed("1.50")))
    ));
}

#[test]
fn accessors_see_their_own_kind_only() {
    let value =
        read(br#"{"null":null,"bool":true,"number":7,"string":"s","array":[1],"object":{}}"#)
            .unwrap();
    let object = value.as_object().unwrap();
    assert_eq!(object.len(), 6);
    for (name, member) in object.iter() {
        assert_eq!(member.as_bool().is_some(), name == "bool");
        assert_eq!(member.as_number().is_some(), name == "number");
        assert_eq!(member.as_str().is_some(), name == "string");
        assert_eq!(member.as_array().is_some(), name == "array");
        assert_eq!(member.as_object().is_some(), name == "object");
        assert_eq!(member.kind() == Kind::Null, name == "null");
    }
    assert_eq!(object.get("nothing"), None);
    assert!(
        object
            .get("object")
            .unwrap()
            .as_object()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn removing_keeps_the_order_of_the_rest() {
    let Value::Object(mut object) = read(br#"{"a":1,"b":2,"c":3}"#).unwrap() else {
        panic!("an object");
    };
    assert_eq!(object.remove("b").unwrap().to_string(), "2");
    assert_eq!(object.remove("b"), None);
    assert_eq!(object.to_string(), r#"{"a":1,"c":3}"#);
}

#[test]
fn numbers_are_read_exactly_or_not_at_all() {
    for (text, unsigned, signed, integer) in [
        ("0", Some(0), Some(0), true),
        ("-1", None, Some(-1), true),
        ("-0", None, Some(0), true),
        ("18446744073709551615", Some(u64::MAX), None, true),
        ("18446744073709551616", None, None, true),
        ("-9223372036854775808", None, Some(i64::MIN), true),
        ("-9223372036854775809", None, None, true),
        ("1.0", None, None, false),
        ("1e0", None, None, false),
        ("1E400", None, None, false),
    ] {
        let value = read(text.as_bytes()).unwrap();
        let number = value.as_number().unwrap();
        assert_eq!(number.text(), text);
        assert_eq!(
            (number.as_u64(), number.as_i64(), number.is_integer()),
            (unsigned, signed, integer),
            "{text}"
        );
    }
}

#[test]
fn each_fault_has_its_error_and_place() {
    let unexpected = |at, expected| JsonError::Unexpected { at, expected };
    for (name, text, expected) in [
        ("nothing", "", JsonError::Empty),
        ("white space only", " \t\r\n", JsonError::Empty),
        ("byte order mark", "\u{feff}{}", JsonError::ByteOrderMark),
        ("other white space", "\u{b}1", unexpected(0, "a value")),
        ("no-break space", "\u{a0}1", unexpected(0, "a value")),
        ("two values", "{} {}", JsonError::TrailingData { at: 3 }),
        ("comma after it", "{},", JsonError::TrailingData { at: 2 }),
        ("nul after it", "{}\0", JsonError::TrailingData { at: 2 }),
        ("comment", "/**/1", unexpected(0, "a value")),
        ("single quotes", "'a'", unexpected(0, "a value")),
        ("capital literal", "True", unexpected(0, "a value")),
        (
            "misspelled literal",
            "trie",
            unexpected(2, "`true`, `false` or `null`"),
        ),
        ("literal run on", "nulll", JsonError::TrailingData { at: 4 }),
        ("NaN", "NaN", unexpected(0, "a value")),
        ("Infinity", "-Infinity", JsonError::InvalidNumber { at: 1 }),
        ("plus", "+1", unexpected(0, "a value")),
        ("leading zero", "01", JsonError::InvalidNumber { at: 1 }),
        (
            "negative leading zero",
            "-00",
            JsonError::InvalidNumber { at: 2 },
        ),
        ("bare minus", "[-]", JsonError::InvalidNumber { at: 2 }),
        ("no digit before the point", ".5", unexpected(0, "a value")),
        (
            "no digit after the point",
            "[1.]",
            JsonError::InvalidNumber { at: 3 },
        ),
        (
            "no digit in the exponent",
            "[1e+]",
            JsonError::InvalidNumber { at: 4 },
        ),
        ("hexadecimal", "0x1", JsonError::TrailingData { at: 1 }),
        (
            "trailing comma in an array",
            "[1,]",
            unexpected(3, "a value"),
        ),
        (
            "trailing comma in an object",
            r#"{"a":1,}"#,
            unexpected(7, "a name in quotes"),
        ),
        ("missing comma", "[1 2]", unexpected(3, "`,` or `]`")),
        ("missing colon", r#"{"a" 1}"#, unexpected(5, "`:`")),
        ("missing value", r#"{"a":}"#, unexpected(5, "a value")),
        ("bare name", "{a:1}", unexpected(1, "a name in quotes")),
        ("wrong bracket", "[1}", unexpected(2, "`,` or `]`")),
        ("open array", "[1", JsonError::UnexpectedEnd { at: 2 }),
        ("open string", r#""a"#, JsonError::UnexpectedEnd { at: 2 }),
        ("open escape", r#""\"#, JsonError::UnexpectedEnd { at: 2 }),
        (
            "line break in a string",
            "\"a\nb\"",
            JsonError::ControlCharacter { at: 2 },
        ),
        (
            "nul in a string",
            "\"\0\"",
            JsonError::ControlCharacter { at: 1 },
        ),
        (
            "unknown escape",
            r#""a\x41""#,
            JsonError::InvalidEscape { at: 2 },
        ),
        (
            "short unicode escape",
            r#""\u41""#,
            JsonError::InvalidEscape { at: 1 },
        ),
        (
            "signed unicode escape",
            r#""\u+041""#,
            JsonError::InvalidEscape { at: 1 },
        ),
        (
            "high half alone",
            r#""\ud800""#,
            JsonError::LoneSurrogate { at: 1 },
        ),
        (
            "high half and a letter",
            r#""\ud800a""#,
            JsonError::LoneSurrogate { at: 1 },
        ),
        (
            "high half and another escape",
            r#""\ud800\n""#,
            JsonError::LoneSurrogate { at: 1 },
        ),
        (
            "two high halves",
            r#""\ud800\ud800""#,
            JsonError::LoneSurrogate { at: 1 },
        ),
        (
            "low half alone",
            r#""\udc00""#,
            JsonError::LoneSurrogate { at: 1 },
        ),
        (
            "duplicate",
            r#"{"a":1,"b":2,"a":1}"#,
            JsonError::DuplicateName { at: 13 },
        ),
        (
            "duplicate by escape",
            r#"{"a":1,"\u0061":2}"#,
            JsonError::DuplicateName { at: 7 },
        ),
        (
            "duplicate of the empty name",
            r#"{"":1,"":2}"#,
            JsonError::DuplicateName { at: 6 },
        ),
        (
            "duplicate deep inside",
            r#"[{"x":{"a":1,"a":1}}]"#,
            JsonError::DuplicateName { at: 13 },
        ),
    ] {
        assert_eq!(read(text.as_bytes()), Err(expected), "{name}: {text}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_at_their_place() {
    for (name, bytes, at) in [
        ("latin-1", &b"\"\xe9\""[..], 1),
        ("overlong", b"\"\xc0\xaf\"", 1),
        ("surrogate", b"\"\xed\xa0\x80\"", 1),
        ("cut off", b"\"a\xe2\x82", 2),
        ("utf-16", b"\xff\xfe{\0}\0", 0),
    ] {
        assert_eq!(read(bytes), Err(JsonError::NotUtf8 { at }), "{name}");
    }
}

#[test]
fn escapes_mean_what_the_grammar_says() {
    for (text, expected) in [
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r#""\u00e9\u00E9""#, "éé"),
        (r#""\ud83d\ude00""#, "😀"),
        (r#""\u0000""#, "\0"),
        (r#""\uffff""#, "\u{ffff}"),
        ("\"\u{7f}é\"", "\u{7f}é"),
    ] {
        assert_eq!(read(text.as_bytes()).unwrap().as_str(), Some(expected));
    }
}

#[test]
fn limits_hold_at_their_edge() {
    let limits = Limits {
        max_bytes: 12,
        max_depth: 2,
        max_values: 3,
    };
    for (name, text, expected) in [
        ("as long as allowed", "[1,2,3]     ", None),
        (
            "too long",
            "[1,2,3]      ",
            Some(JsonError::TooLarge {
                bytes: 13,
                limit: 12,
            }),
        ),
        ("as deep as allowed", "[[1]]", None),
        (
            "too deep",
            "[[[]]]",
            Some(JsonError::TooDeep { at: 2, limit: 2 }),
        ),
        (
            "too deep in an object",
            r#"{"a":[{}]}"#,
            Some(JsonError::TooDeep { at: 6, limit: 2 }),
        ),
        ("side by side isn't deep", "[[],[],[]]", None),
        (
            "as many as allowed",
            "[1,[2,3]]",
            Some(JsonError::TooManyValues { at: 6, limit: 3 }),
        ),
        (
            "too many",
            "[1,2,3,4]",
            Some(JsonError::TooManyValues { at: 7, limit: 3 }),
        ),
        (
            "members count",
            r#"{"":[1,2,3]}"#,
            Some(JsonError::TooManyValues { at: 9, limit: 3 }),
        ),
    ] {
        assert_eq!(parse(text.as_bytes(), &limits).err(), expected, "{name}");
    }
}

#[test]
fn no_limit_allows_more_depth_than_the_stack_bears() {
    let limits = Limits {
        max_bytes: usize::MAX,
        max_depth: usize::MAX,
        max_values: usize::MAX,
    };
    let text = "[".repeat(1_000_000);
    assert_eq!(
        parse(text.as_bytes(), &limits),
        Err(JsonError::TooDeep {
            at: Limits::DEEPEST,
            limit: Limits::DEEPEST
        })
    );
}

#[test]
fn duplicates_are_found_among_many_members() {
    for count in [15_usize, 16, 17, 18, 1000] {
        let members: Vec<_> = (0..count).map(|n| format!(r#""m{n}":{n}"#)).collect();
        let text = format!("{{{}}}", members.join(","));
        let value = read(text.as_bytes()).unwrap();
        assert_eq!(value.as_object().unwrap().len(), count);
        for repeated in [0, count / 2, count - 1] {
            let start = text.len();
            let text = format!(r#"{},"\u006d{repeated}":0}}"#, &text[..start - 1]);
            assert_eq!(
                read(text.as_bytes()),
                Err(JsonError::DuplicateName { at: start }),
                "{count} {repeated}"
            );
        }
    }
}

#[test]
fn writes_compact_text_that_keeps_order_and_numbers() {
    let text =
        r#" { "b" : [ 1.50 , -0 , 1E9, true, false, null ] , "a\u0001\n\"\\\t\r" : "é\/" } "#;
    assert_eq!(
        read(text.as_bytes()).unwrap().into_owned().to_string(),
        r#"{"b":[1.50,-0,1E9,true,false,null],"a\u0001\n\"\\\t\r":"é/"}"#
    );
}

#[test]
fn half_a_character_reads_as_none_where_that_is_asked_for() {
    for (text, expected) in [
        (r#""\ud800""#, "\0"),
        (r#""\ud800a""#, "\0a"),
        (r#""\ud800\n""#, "\0\n"),
        (r#""\ud800\u0041""#, "\0A"),
        (r#""\ud83d\ud83d\ude00""#, "\0\u{1f600}"),
        (r#""\udc00\ud800""#, "\0\0"),
    ] {
        let read = parse_with_halves(text.as_bytes(), &Limits::default());
        assert_eq!(read, Ok(Value::String(expected.into())), "{text}");
        let strict = parse(text.as_bytes(), &Limits::default());
        assert!(
            matches!(strict, Err(JsonError::LoneSurrogate { .. })),
            "{text}"
        );
    }
    for (text, error) in [
        (r#""\ud800"#, JsonError::UnexpectedEnd { at: 7 }),
        (r#""\ud800\u00""#, JsonError::InvalidEscape { at: 1 }),
        (
            r#"{"\ud800":1,"\ud801":2}"#,
            JsonError::DuplicateName { at: 12 },
        ),
    ] {
        let read = parse_with_halves(text.as_bytes(), &Limits::default());
        assert_eq!(read, Err(error), "{text}");
    }
}
