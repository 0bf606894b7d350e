use super::{Fault, Member, Moment, Record, Type};
use crate::json::{Limits, Value, parse};

fn member(name: &str, of: Type) -> Member {
    Member {
        name: name.into(),
        of,
        optional: false,
        nullable: false,
    }
}

fn optional(name: &str, of: Type) -> Member {
    Member {
        optional: true,
        ..member(name, of)
    }
}

/// Where it doesn't fit, and how.
fn judge(record: &Record, text: &str) -> Result<(), (String, Fault)> {
    let value = parse(text.as_bytes(), &Limits::default()).unwrap();
    let found = record.check(value.as_object().unwrap());
    found.map_err(|misfit| (misfit.place.as_str().to_owned(), misfit.fault))
}

fn kind_of(result: Result<(), (String, Fault)>) -> &'static str {
    match result {
        Ok(()) => "fits",
        Err((_, fault)) => match fault {
            Fault::Missing => "missing",
            Fault::Undeclared => "undeclared",
            Fault::Lookalike => "lookalike",
            Fault::Kind { .. } => "kind",
            Fault::Form { .. } => "form",
        },
    }
}

#[test]
fn each_type_has_its_values_and_no_others() {
    let choice = || Type::Choice(vec!["EUR".into(), "USD".into()]);
    let list = |of| Type::List(Box::new(of));
    for (of, value, outcome) in [
        (Type::Any, "null", "fits"),
        (Type::Any, r#"{"a":[1]}"#, "fits"),
        (Type::Boolean, "true", "fits"),
        (Type::Boolean, r#""true""#, "kind"),
        (Type::Boolean, "1", "kind"),
        (Type::Integer, "1", "fits"),
        (Type::Integer, "-9223372036854775808", "fits"),
        (Type::Integer, "9223372036854775807", "fits"),
        (Type::Integer, "9223372036854775808", "form"),
        (Type::Integer, "1.0", "form"),
        (Type::Integer, "1e0", "form"),
        (Type::Integer, "-0", "form"),
        (Type::Integer, r#""1""#, "kind"),
        (Type::Integer, "null", "kind"),
        (Type::Decimal, "1", "fits"),
        (Type::Decimal, "1.0", "fits"),
        (Type::Decimal, "1e2", "fits"),
        (Type::Decimal, "0.0001", "fits"),
        (Type::Decimal, "0.00001", "form"),
        (Type::Decimal, "1e99", "form"),
        (Type::Decimal, r#""1""#, "kind"),
        (Type::Text, r#""""#, "fits"),
        (Type::Text, "1", "kind"),
        (choice(), r#""EUR""#, "fits"),
        (choice(), r#""eur""#, "form"),
        (choice(), r#""E\u0055R""#, "fits"),
        (choice(), "1", "kind"),
        (Type::Date, r#""2028-02-29""#, "fits"),
        (Type::Date, r#""2026-02-29""#, "form"),
        (Type::DateTime, r#""2026-11-24T05:46:02Z""#, "fits"),
        (Type::DateTime, r#""2026-11-24""#, "form"),
        (Type::DateTime, "1800000000", "kind"),
        (list(Type::Integer), "[]", "fits"),
        (list(Type::Integer), "[1,2]", "fits"),
        (list(Type::Integer), "[1,2.0]", "form"),
        (list(Type::Integer), "[null]", "kind"),
        (list(Type::Integer), "1", "kind"),
        (Type::Object(Record::default()), "{}", "fits"),
        (Type::Object(Record::default()), r#"{"a":1}"#, "undeclared"),
        (Type::Object(Record::default()), "[]", "kind"),
    ] {
        let shown = format!("{of:?} {value}");
        let record = Record {
            members: vec![member("v", of)],
            passes_others: false,
        };
        let found = judge(&record, &format!(r#"{{"v":{value}}}"#));
        assert_eq!(kind_of(found), outcome, "{shown}");
    }
}

#[test]
fn what_is_missing_null_or_not_declared_is_told_with_its_place() {
    let line = Record {
        members: vec![member("a/b", Type::Integer)],
        passes_others: false,
    };
    let record = Record {
        members: vec![
            member("id", Type::Text),
            optional("note", Type::Text),
            Member {
                nullable: true,
                ..optional("until", Type::Date)
            },
            optional("lines", Type::List(Box::new(Type::Object(line)))),
        ],
        passes_others: false,
    };
    let open = Record {
        passes_others: true,
        ..record.clone()
    };
    let misfit = |place: &str, fault| Err((place.to_owned(), fault));
    let missing = |place| misfit(place, Fault::Missing);
    let undeclared = |place| misfit(place, Fault::Undeclared);
    for (record, text, expected) in [
        (&record, r#"{"id":"1"}"#, Ok(())),
        (&record, r#"{"until":null,"id":"1"}"#, Ok(())),
        (&record, "{}", missing("/id")),
        (&record, r#"{"ID":"1"}"#, missing("/id")),
        (&record, r#"{"id":"1","Note":""}"#, undeclared("/Note")),
        (&record, r#"{"id":"1","x":1}"#, undeclared("/x")),
        (&open, r#"{"id":"1","x":1}"#, Ok(())),
        (
            &open,
            r#"{"id":"1","Note":""}"#,
            misfit("/Note", Fault::Lookalike),
        ),
        (
            &record,
            r#"{"id":"1","lines":[{"a/b":1},{}]}"#,
            missing("/lines/1/a~1b"),
        ),
        (
            &open,
            r#"{"id":"1","lines":[{"a/b":1,"x":1}]}"#,
            undeclared("/lines/0/x"),
        ),
    ] {
        assert_eq!(judge(record, text), expected, "{text}");
    }
}

#[test]
fn a_text_is_a_value_only_as_it_is_written() {
    let number = |text: &str| Some(Value::number(text.to_owned()));
    let text = |text: &str| Some(Value::String(text.to_owned().into()));
    let choice = Type::Choice(vec!["open".into()]);
    for (of, written, value) in [
        (Type::Boolean, "true", Some(Value::Bool(true))),
        (Type::Boolean, "True", None),
        (Type::Boolean, "1", None),
        (Type::Integer, "20", number("20")),
        (Type::Integer, "-1", number("-1")),
        (Type::Integer, "+1", None),
        (Type::Integer, "020", None),
        (Type::Integer, " 20", None),
        (Type::Integer, "", None),
        (Type::Decimal, "1.50", number("1.50")),
        (Type::Decimal, "1.", None),
        (Type::Decimal, ".5", None),
        (Type::Decimal, "NaN", None),
        (Type::Decimal, " 1", None),
        (Type::Text, "", text("")),
        (Type::Any, "x", text("x")),
        (choice.clone(), "open", text("open")),
        (choice, "Open", None),
        (Type::Date, "2026-11-24", text("2026-11-24")),
        (Type::List(Box::new(Type::Text)), "a", None),
    ] {
        assert_eq!(of.of_text(written.to_owned()), value, "{of:?} `{written}`");
    }
}

#[test]
fn moments_are_those_that_exist_as_cedar_writes_them() {
    for (text, shown) in [
        ("2026-11-24T05:46:02Z", Some("2026-11-24T05:46:02Z")),
        ("2026-11-24T05:46:02.5Z", Some("2026-11-24T05:46:02.500Z")),
        (
            "2026-11-24T05:46:02.120000+01:30",
            Some("2026-11-24T05:46:02.120+0130"),
        ),
        (
            "1961-04-12T06:07:00-03:00",
            Some("1961-04-12T06:07:00-0300"),
        ),
        ("2026-11-24T05:46:02.1234Z", None),
        ("2026-11-24T05:46:02.Z", None),
        ("2026-11-24T05:46:60Z", None),
        ("2026-11-24T24:00:00Z", None),
        ("2026-11-24T05:46Z", None),
        ("2026-11-24 05:46:02Z", None),
        ("2026-11-24t05:46:02z", None),
        ("2026-11-24T05:46:02", None),
        ("2026-11-24T05:46:02+0100", None),
        ("2026-11-24T05:46:02+01:00Z", None),
        ("2026-13-24T05:46:02Z", None),
        ("2026-02-30T05:46:02Z", None),
        ("0000-01-01T00:00:00Z", None),
        ("+026-11-24T05:46:02Z", None),
        ("２026-11-24T05:46:02Z", None),
        ("", None),
    ] {
        let found = Moment::parse(text).map(|moment| moment.to_string());
        assert_eq!(found.as_deref(), shown, "{text}");
    }
    for (text, is_date) in [
        ("2026-11-24", true),
        ("1900-02-29", false),
        ("2000-02-29", true),
        ("2026-11-24T00:00:00Z", false),
        ("2026-1-1", false),
        ("2026/11/24", false),
    ] {
        assert_eq!(Moment::of_date(text).is_some(), is_date, "{text}");
    }
}
