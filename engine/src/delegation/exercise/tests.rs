use std::collections::{BTreeMap, BTreeSet};

use super::{Exercise, NotPermitted};
use crate::delegation::arguments::{Argument, ArgumentMap};
use crate::delegation::authority::{Authority, Extent};
use crate::delegation::constraint::Constraint;
use crate::delegation::work::{TooMuchWork, Work};
use crate::json::canonical::{Canonical, Members};
use crate::json::{Limits, parse};

/// `t` takes `id`, which is 1, and may take `note`; `u` takes anything. The file may be read, and there is one scope.
fn authority() -> Authority {
    let set = |name: &str| BTreeSet::from([name.to_owned()]);
    let one = parse(b"1", &Limits::default()).unwrap();
    let id = Argument {
        constraint: Constraint::Exact(Canonical::of(&one).unwrap()),
        optional: false,
    };
    let note = Argument {
        constraint: Constraint::Wildcard,
        optional: true,
    };
    let named = BTreeMap::from([("id".to_owned(), id), ("note".to_owned(), note)]);
    let tools = BTreeMap::from([
        ("t".to_owned(), ArgumentMap::closed(named)),
        ("u".to_owned(), ArgumentMap::any()),
    ]);
    Authority::new(
        Extent::Limited(tools),
        Extent::Limited(BTreeMap::from([("file".to_owned(), set("read"))])),
        Extent::Limited(set("orders")),
        BTreeSet::new(),
    )
}

fn call(authority: &Authority, name: &str, json: &str) -> Result<(), String> {
    let value = parse(json.as_bytes(), &Limits::default()).unwrap();
    let outcome = Members::of(value.as_object().unwrap())
        .map_err(NotPermitted::from)
        .and_then(|arguments| {
            let arguments = &arguments;
            authority.permits(Exercise::Tool { name, arguments }, &mut Work::default())
        });
    outcome.map_err(|why| why.to_string())
}

#[test]
fn a_call_needs_its_tool_and_its_arguments() {
    let authority = authority();
    for (name, tool, json, expected) in [
        ("as listed", "t", r#"{"id":1.0}"#, Ok(())),
        (
            "with what is optional",
            "t",
            r#"{"note":null,"id":1}"#,
            Ok(()),
        ),
        ("anything", "u", r#"{"x":[{"y":1}]}"#, Ok(())),
        (
            "another tool",
            "T",
            "{}",
            Err("the tool `T` is not authorized"),
        ),
        (
            "nothing given",
            "t",
            "{}",
            Err("the argument `id` is required"),
        ),
        (
            "null is a value",
            "t",
            r#"{"id":null}"#,
            Err("the argument `id` is not within `exact 1`"),
        ),
        (
            "another value",
            "t",
            r#"{"id":2}"#,
            Err("the argument `id` is not within `exact 1`"),
        ),
        (
            "one too many",
            "t",
            r#"{"id":1,"x":1}"#,
            Err("the argument `x` is not among those that are authorized"),
        ),
        (
            "a star is a name like others",
            "t",
            r#"{"id":1,"*":1}"#,
            Err("the argument `*` is not among those that are authorized"),
        ),
        (
            "a number that isn't clear, where anything is allowed",
            "u",
            r#"{"x":[9007199254740993]}"#,
            Err(
                "the arguments are ambiguous: the number `9007199254740993` is not one that every JSON reader understands the same: write it with fewer digits",
            ),
        ),
    ] {
        assert_eq!(
            call(&authority, tool, json),
            expected.map_err(str::to_owned),
            "{name}"
        );
        assert_eq!(
            call(&Authority::top(), tool, json).is_ok(),
            !json.contains("9007"),
            "{name}, unlimited"
        );
        assert!(
            call(&Authority::bottom(), tool, json).is_err(),
            "{name}, nothing allowed"
        );
    }
}

#[test]
fn resources_actions_and_scopes_are_compared_byte_by_byte() {
    let resource = |resource, action| Exercise::Resource { resource, action };
    for (exercise, expected) in [
        (resource("file", "read"), None),
        (
            resource("file", "write"),
            Some("`write` is not authorized for the resource `file`"),
        ),
        (
            resource("FILE", "read"),
            Some("the resource `FILE` is not authorized"),
        ),
        (Exercise::Scope("orders"), None),
        (
            Exercise::Scope("orders:all"),
            Some("the scope `orders:all` is not authorized"),
        ),
    ] {
        let found = authority().permits(exercise, &mut Work::default());
        assert_eq!(found.err().map(|why| why.to_string()).as_deref(), expected);
        assert_eq!(
            Authority::top().permits(exercise, &mut Work::default()),
            Ok(())
        );
        assert!(
            Authority::bottom()
                .permits(exercise, &mut Work::default())
                .is_err()
        );
    }
}

#[test]
fn a_call_that_takes_too_long_to_judge_is_refused() {
    let arguments = parse(br#"{"id":1}"#, &Limits::default()).unwrap();
    let arguments = &Members::of(arguments.as_object().unwrap()).unwrap();
    let exercise = Exercise::Tool {
        name: "t",
        arguments,
    };
    assert_eq!(
        authority().permits(exercise, &mut Work::new(0)),
        Err(NotPermitted::TooCostly(TooMuchWork { limit: 0 }))
    );
}
