use std::collections::BTreeMap;

use cedar_policy::{Entity, EvalResult, Policy};
use proptest::prelude::*;

use super::ArgumentsPlan;
use crate::json::{Object, Value};
use crate::policy::demand::{Demand, Pointers};
use crate::policy::denial::PolicyDenial;
use crate::policy::pointer::Pointer;
use crate::policy::tests::object;
use crate::policy::vocabulary::Vocabulary;

/// What a policy makes of the arguments that looks at every attribute of those at `pointers`, or of all.
fn mapped(pointers: Pointers, arguments: &Object<'_>) -> BTreeMap<String, EvalResult> {
    let plan = ArgumentsPlan {
        pointers,
        text: true,
        long: true,
        decimal: true,
        bool: true,
        strings: true,
        size: true,
    };
    let entity = plan
        .entity(&Vocabulary::new(), Some(arguments), None)
        .unwrap();
    entity.iter().flat_map(tags).collect()
}

fn tags(entity: &Entity) -> BTreeMap<String, EvalResult> {
    let tags = entity
        .tags()
        .map(|(key, value)| (key.to_owned(), value.unwrap()));
    tags.collect()
}

#[test]
fn every_value_becomes_what_it_is() {
    let arguments = object(
        r#"{"s":"x","n":10.0,"h":0.1234567,"t":true,"z":null,"l":["b","a","a"],"m":["a",1],"e":[],"o":{"a/b":{"~":2}}}"#,
    );
    let shown: Vec<_> = mapped(Pointers::All(Vec::new()), &arguments)
        .iter()
        .map(|(key, value)| format!("{key} {value}"))
        .collect();
    assert_eq!(
        shown,
        [
            r#"/e {"kind": "array", "size": 0, "strings": []}"#,
            r#"/h {"kind": "number", "text": "0.1234567"}"#,
            r#"/l {"kind": "array", "size": 3, "strings": ["a", "b"]}"#,
            r#"/l/0 {"kind": "string", "text": "b"}"#,
            r#"/l/1 {"kind": "string", "text": "a"}"#,
            r#"/l/2 {"kind": "string", "text": "a"}"#,
            r#"/m {"kind": "array", "size": 2}"#,
            r#"/m/0 {"kind": "string", "text": "a"}"#,
            r#"/m/1 {"decimal": decimal("1.0000"), "kind": "number", "long": 1, "text": "1"}"#,
            r#"/n {"decimal": decimal("10.0000"), "kind": "number", "long": 10, "text": "10.0"}"#,
            r#"/o {"kind": "object", "size": 1}"#,
            r#"/o/a~1b {"kind": "object", "size": 1}"#,
            r#"/o/a~1b/~0 {"decimal": decimal("2.0000"), "kind": "number", "long": 2, "text": "2"}"#,
            r#"/s {"kind": "string", "text": "x"}"#,
            r#"/t {"bool": true, "kind": "bool"}"#,
            r#"/z {"kind": "null"}"#,
        ]
    );
}

#[test]
fn nothing_is_made_that_no_policy_looks_at() {
    let arguments = object(r#"{"a":1,"b":2}"#);
    for (name, condition, made) in [
        ("no argument", "true", vec![]),
        (
            "one argument's presence",
            r#"context.arguments.hasTag("/b")"#,
            vec![r#"/b {"kind": "number"}"#],
        ),
        (
            "one argument's number",
            r#"context.arguments.hasTag("/b") && context.arguments.getTag("/b") has long"#,
            vec![r#"/b {"kind": "number", "long": 2}"#],
        ),
        (
            "an argument that isn't there",
            r#"context.arguments.hasTag("/c")"#,
            vec![],
        ),
    ] {
        let text = format!(
            "permit(principal, action == Action::\"call_tool\", resource) when {{ {condition} }};"
        );
        let demand = Demand::of(&Policy::parse(None, text).unwrap());
        let entity = ArgumentsPlan::new(&demand)
            .entity(&Vocabulary::new(), Some(&arguments), None)
            .unwrap();
        let shown: Vec<_> = entity
            .iter()
            .flat_map(tags)
            .map(|(key, value)| format!("{key} {value}"))
            .collect();
        assert_eq!(shown, made, "{name}");
    }
}

#[test]
fn a_key_that_is_computed_hides_no_spelling_of_one_that_is_written() {
    let text = r#"forbid(principal, action == Action::"call_tool", resource)
        when { context.arguments.hasTag("/force") || context.arguments.hasTag(context.request.host) };"#;
    let demand = Demand::of(&Policy::parse(None, text).unwrap());
    let plan = ArgumentsPlan::new(&demand);
    let made = |arguments: &str| plan.entity(&Vocabulary::new(), Some(&object(arguments)), None);
    let respelled = PolicyDenial::ArgumentRespelled {
        pointer: "/force".to_owned(),
    };
    assert_eq!(made(r#"{"Force":true}"#).err(), Some(respelled));
    assert!(made(r#"{"force":true}"#).is_ok());
}

fn value() -> impl Strategy<Value = Value<'static>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        "[a~/]{0,2}".prop_map(|text| Value::String(text.into())),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            members(inner).prop_map(Value::Object),
        ]
    })
}

fn members(of: impl Strategy<Value = Value<'static>>) -> impl Strategy<Value = Object<'static>> {
    prop::collection::btree_map("[01a~/]{0,2}", of, 0..4).prop_map(|members| {
        let members = members
            .into_iter()
            .map(|(name, value)| (name.into(), value));
        Object(members.collect())
    })
}

proptest! {
    #[test]
    fn each_value_is_the_same_alone_and_among_all(arguments in members(value())) {
        let all = mapped(Pointers::All(Vec::new()), &arguments);
        let each = all.keys().map(|key| Pointer::parse(key).unwrap()).collect();
        prop_assert_eq!(mapped(Pointers::Only(each), &arguments), all);
    }
}
