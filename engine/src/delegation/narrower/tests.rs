use std::collections::{BTreeMap, BTreeSet};

use super::{Dimension, narrower};
use crate::delegation::arguments::{Argument, ArgumentMap};
use crate::delegation::authority::{Authority, Extent};
use crate::delegation::constraint::Constraint;
use crate::delegation::work::Work;
use crate::json::canonical::Canonical;

/// Arguments by their names: `a` is required, `b?` optional, and `*` allows all others.
fn map(names: &[&str]) -> ArgumentMap {
    let named = names.iter().filter(|name| **name != "*").map(|name| {
        let argument = Argument {
            constraint: Constraint::Wildcard,
            optional: name.ends_with('?'),
        };
        (name.trim_end_matches('?').to_owned(), argument)
    });
    let named = named.collect();
    if names.contains(&"*") {
        ArgumentMap::open(named)
    } else {
        ArgumentMap::closed(named)
    }
}

fn tool(map: ArgumentMap) -> Authority {
    Authority::of_tools(BTreeMap::from([("t".to_owned(), map)]))
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn scopes(names: &[&str]) -> Authority {
    let scopes = Extent::Limited(set(names));
    Authority::new(Extent::none(), Extent::none(), scopes, set(&[]))
}

fn resources(of: &[(&str, &[&str])]) -> Authority {
    let resources = of
        .iter()
        .map(|(name, actions)| ((*name).to_owned(), set(actions)));
    let resources = Extent::Limited(resources.collect());
    Authority::new(Extent::none(), resources, Extent::none(), set(&[]))
}

#[test]
fn what_is_wider_is_named() {
    let exact = |n: &str| {
        let argument = Argument {
            constraint: Constraint::Exact(Canonical::String(n.into())),
            optional: false,
        };
        tool(ArgumentMap::closed(BTreeMap::from([(
            "a".to_owned(),
            argument,
        )])))
    };
    let names = "arguments: the tool `t` may be called with other arguments: ";
    for (child, parent, expected) in [
        (tool(map(&["*"])), Authority::bottom(), "tools: the tool `t` is new; before: ``, now: `t`".to_owned()),
        (tool(map(&["a", "b"])), tool(map(&["a"])), format!("{names}`b`; before: `a`, now: `a, b`")),
        (tool(map(&["b"])), tool(map(&["a", "b"])), format!("{names}`a`; before: `a, b`, now: `b`")),
        (tool(map(&["*"])), tool(map(&["a?", "*"])), format!("{names}`a`; before: `a?, *`, now: `*`")),
        (tool(map(&["a", "*"])), tool(map(&["a"])), format!("{names}`*`; before: `a`, now: `a, *`")),
        (tool(map(&["a?"])), tool(map(&["a"])), "arguments: the tool `t` no longer needs `a`; before: `required`, now: `optional`".to_owned()),
        (exact("y"), exact("x"), "arguments: the argument `a` of the tool `t` may have other values; before: `exact 'x'`, now: `exact 'y'`".to_owned()),
        (Authority::top(), tool(map(&["a"])), "tools: there is no limit any more; before: `t`, now: `unlimited`".to_owned()),
        (resources(&[("r", &["get"])]), resources(&[("s", &["get"])]), "resources: the resource `r` is new; before: `s`, now: `r`".to_owned()),
        (resources(&[("r", &["get", "put"])]), resources(&[("r", &["get"])]), "actions: the action `put` on the resource `r` is new; before: `get`, now: `put`".to_owned()),
        (scopes(&["a", "b"]), scopes(&["a"]), "scopes: the scope `b` is new; before: `a`, now: `b`".to_owned()),
        (scopes(&["a"]), scopes(&["a"]).with_checks(set(&["check"])), "checks: a check is gone; before: `check`, now: ``".to_owned()),
    ] {
        let widening = narrower(&child, &parent, &mut Work::default()).unwrap_err();
        assert_eq!(widening.to_string(), expected);
    }
}

#[test]
fn what_is_narrower_is_nothing_else() {
    for (name, child, parent) in [
        ("the same", map(&["a", "b?", "*"]), map(&["a", "b?", "*"])),
        (
            "an optional argument is gone",
            map(&["a"]),
            map(&["a", "b?"]),
        ),
        ("an optional one is required", map(&["a"]), map(&["a?"])),
        (
            "unnamed ones are no longer allowed",
            map(&["a"]),
            map(&["a", "*"]),
        ),
        (
            "one of the unnamed ones is named",
            map(&["a", "b"]),
            map(&["a", "*"]),
        ),
        (
            "and may be optional",
            map(&["a", "b?", "*"]),
            map(&["a", "*"]),
        ),
    ] {
        let found = narrower(&tool(child), &tool(parent), &mut Work::default());
        assert_eq!(found, Ok(()), "{name}");
    }
}

#[test]
fn what_allows_nothing_is_one_authority() {
    for (name, authority) in [
        ("a resource without actions", resources(&[("r", &[])])),
        (
            "checks on nothing",
            Authority::bottom().with_checks(set(&["c"])),
        ),
        ("no scope", scopes(&[])),
    ] {
        assert_eq!(authority, Authority::bottom(), "{name}");
    }
    assert!(!Authority::top().is_bottom());
}

#[test]
fn what_takes_too_long_to_compare_is_not_narrower() {
    let clauses = (0..20).map(|n| {
        let text = n.to_string();
        Constraint::Exact(Canonical::String(text.into()))
    });
    let argument = Argument {
        constraint: Constraint::any(clauses, &mut Work::default()).unwrap(),
        optional: false,
    };
    let map = ArgumentMap::closed(BTreeMap::from([("a".to_owned(), argument)]));
    let mut work = Work::new(100);
    let found = narrower(&tool(map.clone()), &tool(map), &mut work).unwrap_err();
    assert_eq!(found.dimension, Dimension::Arguments);
    assert!(
        found
            .growth
            .to_string()
            .contains("more than 100 comparisons"),
        "{found}"
    );
    assert_eq!(work.done(), 100);
}
