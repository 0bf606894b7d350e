use serde::Deserialize;

use super::*;
use crate::json::{Limits, parse};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Outer {
    name: String,
    #[serde(default)]
    inner: Vec<Inner>,
    choice: Option<Choice>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Inner {
    max_depth: u8,
    #[serde(default)]
    signed: i64,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Alone,
    With(Inner),
}

fn read_text(text: &str) -> Result<Outer, Vec<String>> {
    let value = parse(text.as_bytes(), &Limits::default()).unwrap();
    read(value).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[test]
fn what_fits_is_read() {
    let inner = |max_depth, signed| Inner { max_depth, signed };
    for (text, inner, choice) in [
        (r#"{"name":"a"}"#, vec![], None),
        (r#"{"name":"a","choice":null}"#, vec![], None),
        (
            r#"{"name":"a","inner":[{"max_depth":1},{"signed":-2,"max_depth":255}]}"#,
            vec![inner(1, 0), inner(255, -2)],
            None,
        ),
        (
            r#"{"name":"a","choice":"alone"}"#,
            vec![],
            Some(Choice::Alone),
        ),
        (
            r#"{"name":"a","choice":{"with":{"max_depth":3}}}"#,
            vec![],
            Some(Choice::With(inner(3, 0))),
        ),
    ] {
        let name = "a".to_owned();
        assert_eq!(
            read_text(text),
            Ok(Outer {
                name,
                inner,
                choice
            }),
            "{text}"
        );
    }
}

#[test]
fn what_does_not_fit_is_named_with_its_path() {
    for (text, expected) in [
        (
            r#"{"name":"a","inner":[{"max_depth":1},{"max_depht":1}]}"#,
            &["inner[1].max_depht: unknown field, did you mean `max_depth`?"][..],
        ),
        (
            r#"{"nam":"a","innner":[],"other":1}"#,
            &[
                "nam: unknown field, did you mean `name`?",
                "innner: unknown field, did you mean `inner`?",
                "other: unknown field, expected one of `name`, `inner`, `choice`",
            ],
        ),
        (r#"{}"#, &["`name` is missing"]),
        (
            r#"{"name":"a","inner":[{}]}"#,
            &["inner[0]: `max_depth` is missing"],
        ),
        (r#"{"name":1}"#, &["name: expected a string, found `1`"]),
        (
            r#"{"name":null}"#,
            &["name: expected a string, found nothing"],
        ),
        (
            r#"{"name":"a","inner":{}}"#,
            &["inner: expected a list, found an object"],
        ),
        (
            r#"{"name":"a","inner":[[]]}"#,
            &["inner[0]: expected an object, found a list"],
        ),
        (
            r#"{"name":"a","inner":[{"max_depth":"1"}]}"#,
            &["inner[0].max_depth: expected a whole number that is not negative, found a string"],
        ),
        (
            r#"{"name":"a","inner":[{"max_depth":256}]}"#,
            &["inner[0].max_depth: expected a whole number that is not negative, found `256`"],
        ),
        (
            r#"{"name":"a","inner":[{"max_depth":-1}]}"#,
            &["inner[0].max_depth: expected a whole number that is not negative, found `-1`"],
        ),
        (
            r#"{"name":"a","inner":[{"max_depth":1.5}]}"#,
            &["inner[0].max_depth: `1.5` is not a whole number"],
        ),
        (
            r#"{"name":"a","choice":"allone"}"#,
            &["choice: `allone` is not one of `alone`, `with`, did you mean `alone`?"],
        ),
        (
            r#"{"name":"a","choice":{"with":{"max_depth":1},"alone":1}}"#,
            &["choice: expected exactly one of `alone`, `with`"],
        ),
        (
            r#"{"name":"a","choice":1}"#,
            &["choice: expected one of `alone`, `with`"],
        ),
        (
            r#"{"name":"a","choice":"with"}"#,
            &["choice: `with` needs something below it"],
        ),
        (
            r#"{"name":"a","choice":{"with":{"max_deph":1}}}"#,
            &["choice.with.max_deph: unknown field, did you mean `max_depth`?"],
        ),
        (r#"[]"#, &["expected an object, found a list"]),
    ] {
        let expected = expected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(read_text(text), Err(expected), "{text}");
    }
}

#[test]
fn endless_unknown_fields_end() {
    let members: Vec<_> = (0..1000).map(|n| format!(r#""x{n}":1"#)).collect();
    let errors = read_text(&format!("{{{}}}", members.join(","))).unwrap_err();
    assert_eq!(errors.len(), MAX_ERRORS);
}
