use std::collections::BTreeSet;

use super::{Bound, Constraint, EmptyRange, Range};
use crate::delegation::work::{TooMuchWork, Work};
use crate::json::canonical::Canonical;
use crate::json::{Limits, parse};

pub(super) fn value(json: &str) -> Canonical {
    Canonical::of(&parse(json.as_bytes(), &Limits::default()).unwrap()).unwrap()
}

fn values(json: &str) -> BTreeSet<Canonical> {
    value(json).as_array().unwrap().iter().cloned().collect()
}

fn exact(json: &str) -> Constraint {
    Constraint::Exact(value(json))
}

fn one_of(json: &str) -> Constraint {
    Constraint::OneOf(values(json))
}

fn not_one_of(json: &str) -> Constraint {
    Constraint::NotOneOf(values(json))
}

fn contains(json: &str) -> Constraint {
    Constraint::Contains(values(json))
}

fn subset(json: &str) -> Constraint {
    Constraint::Subset(values(json))
}

fn all<const N: usize>(clauses: [Constraint; N]) -> Constraint {
    Constraint::all(clauses, &mut Work::default()).unwrap()
}

fn any<const N: usize>(clauses: [Constraint; N]) -> Constraint {
    Constraint::any(clauses, &mut Work::default()).unwrap()
}

/// By its text: `[0,10)`, with nothing where there is no bound.
fn range(text: &str) -> Constraint {
    let (min, max) = text.split_once(',').unwrap();
    let bound = |number: &str, inclusive| {
        (!number.is_empty()).then(|| Bound {
            at: value(number).as_number().unwrap(),
            inclusive,
        })
    };
    let (open, close) = (min.starts_with('['), max.ends_with(']'));
    let range = Range::new(bound(&min[1..], open), bound(&max[..max.len() - 1], close));
    Constraint::Range(range.unwrap())
}

const WILDCARD: Constraint = Constraint::Wildcard;

fn is_within(child: &Constraint, parent: &Constraint) -> bool {
    child.is_within(parent, &mut Work::default()).unwrap()
}

/// Of each type two that are as close as possible to being within anything else.
fn of_each_type() -> Vec<(&'static str, [Constraint; 2])> {
    vec![
        ("exact", [exact("1"), exact("[1]")]),
        ("range", [range("(,)"), range("[1,1]")]),
        ("one_of", [one_of("[1]"), one_of("[[1]]")]),
        ("not_one_of", [not_one_of("[]"), not_one_of("[1]")]),
        ("contains", [contains("[]"), contains("[1]")]),
        ("subset", [subset("[1]"), subset("[]")]),
        ("all", [all([exact("1")]), all([WILDCARD])]),
        ("any", [any([exact("1")]), any([WILDCARD])]),
        ("wildcard", [WILDCARD, WILDCARD]),
    ]
}

/// The pairs of section 4.5, child first, that can be within each other; all others never are.
const TABLE: [(&str, &str); 10] = [
    ("exact", "exact"),
    ("exact", "range"),
    ("exact", "one_of"),
    ("range", "range"),
    ("one_of", "one_of"),
    ("not_one_of", "not_one_of"),
    ("contains", "contains"),
    ("subset", "subset"),
    ("all", "all"),
    ("any", "any"),
];

#[test]
fn a_pair_of_types_that_is_not_in_the_table_is_never_within() {
    let mut within = BTreeSet::new();
    let mut pairs = 0;
    for (child_type, children) in of_each_type() {
        for (parent_type, parents) in of_each_type() {
            pairs += 1;
            let covered = parent_type == "wildcard" || TABLE.contains(&(child_type, parent_type));
            for child in &children {
                for parent in &parents {
                    let found = is_within(child, parent);
                    if found {
                        within.insert((child_type, parent_type));
                    }
                    assert!(covered || !found, "{child} within {parent}");
                    assert!(
                        found || parent_type != "wildcard",
                        "{child} within {parent}"
                    );
                }
            }
        }
    }
    assert_eq!(pairs, 81);
    assert_eq!(within.len(), TABLE.len() + 9, "{within:?}");
}

#[test]
fn each_pair_of_the_table_has_both_verdicts() {
    for (child, parent, expected) in [
        (exact("1"), exact("1.0"), true),
        (exact("1"), exact("2"), false),
        (exact(r#""1""#), exact("1"), false),
        (exact("5"), range("[5,)"), true),
        (exact("5"), range("(5,)"), false),
        (exact("5"), range("(,5]"), true),
        (exact("5"), range("(,5)"), false),
        (exact(r#""5""#), range("(,)"), false),
        (exact("true"), range("(,)"), false),
        (exact("null"), range("(,)"), false),
        (exact("1"), one_of("[1,2]"), true),
        (exact("3"), one_of("[1,2]"), false),
        // Ranges, side by side.
        (range("[0,10]"), range("[0,10]"), true),
        (range("[1,9]"), range("[0,10]"), true),
        (range("(0,10)"), range("[0,10]"), true),
        (range("[0,10]"), range("(0,10]"), false),
        (range("[0,10]"), range("[0,10)"), false),
        (range("[0.5,10]"), range("(0,10]"), true),
        (range("(,10]"), range("[0,10]"), false),
        (range("[0,)"), range("[0,10]"), false),
        (range("[0,11]"), range("[0,10]"), false),
        (range("[-1,10]"), range("[0,10]"), false),
        (range("[-5,100]"), range("(,)"), true),
        (range("(,)"), range("(,)"), true),
        (range("(,)"), range("[0,)"), false),
        (range("[0,10]"), range("[0,)"), true),
        (one_of("[1]"), one_of("[1,2]"), true),
        (one_of("[1,2]"), one_of("[2,1.0]"), true),
        (one_of("[1,3]"), one_of("[1,2]"), false),
        (not_one_of("[1,2]"), not_one_of("[1]"), true),
        (not_one_of("[1]"), not_one_of("[1,2]"), false),
        (contains("[1,2]"), contains("[1]"), true),
        (contains("[1]"), contains("[1,2]"), false),
        (subset("[1]"), subset("[1,2]"), true),
        (subset("[1,2]"), subset("[1]"), false),
        // For each clause of the parent one of the child.
        (
            all([range("[0,10]"), exact("3")]),
            all([range("[0,10]")]),
            true,
        ),
        (
            all([exact("3")]),
            all([range("[0,10]"), one_of("[3,4]")]),
            true,
        ),
        (
            all([range("[0,10]")]),
            all([range("[0,10]"), exact("3")]),
            false,
        ),
        (all([range("[0,11]")]), all([range("[0,10]")]), false),
        // For each clause of the child one of the parent.
        (any([exact("1")]), any([exact("1"), exact("2")]), true),
        (any([exact("1"), exact("2")]), any([range("[0,5]")]), true),
        (any([exact("1"), exact("3")]), any([exact("1")]), false),
        // Nested.
        (
            all([any([exact("1")])]),
            all([any([exact("1"), exact("2")])]),
            true,
        ),
        (
            all([any([exact("1"), exact("2")])]),
            all([any([exact("1")])]),
            false,
        ),
        (WILDCARD, WILDCARD, true),
        (WILDCARD, not_one_of("[]"), false),
        (WILDCARD, any([WILDCARD]), false),
        (exact("1"), any([exact("1")]), false),
        (range("[0,1]"), all([range("[0,1]")]), false),
        (one_of("[1]"), any([one_of("[1]")]), false),
        (all([exact("1")]), any([exact("1")]), false),
        (exact("1"), not_one_of("[2]"), false),
        (not_one_of("[2]"), one_of("[1]"), false),
        (subset("[1]"), contains("[]"), false),
    ] {
        assert_eq!(
            is_within(&child, &parent),
            expected,
            "{child} within {parent}"
        );
    }
}

#[test]
fn every_type_admits_what_it_says() {
    for (constraint, admitted, refused) in [
        (WILDCARD, vec!["null", "1", "[]", "{}", r#""""#], vec![]),
        (
            exact("1"),
            vec!["1", "1.0", "10e-1"],
            vec!["2", r#""1""#, "true", "null", "[1]"],
        ),
        (exact("-0"), vec!["0"], vec!["false", "null"]),
        (exact("null"), vec!["null"], vec!["false", "0", r#""""#]),
        (exact("true"), vec!["true"], vec!["1", r#""true""#]),
        (exact(r#""\u00e9""#), vec![r#""é""#], vec![r#""e\u0301""#]),
        (
            range("[0,10)"),
            vec!["0", "-0", "9.99", "1e0"],
            vec!["10", "-0.1", r#""5""#, "true", "null", "[5]"],
        ),
        (range("(0,10]"), vec!["10", "0.1"], vec!["0", "10.5"]),
        (range("(,)"), vec!["-1e300", "0"], vec![r#""0""#, "false"]),
        (range("[5,5)"), vec![], vec!["5", "4", "6"]),
        (range("[5,5]"), vec!["5"], vec!["4", "6"]),
        (
            one_of(r#"["a",1,[2,3],{"k":1}]"#),
            vec![r#""a""#, "1.0", "[2,3]", r#"{"k":1.0}"#],
            vec![r#""b""#, "[3,2]", "2", r#"["a"]"#],
        ),
        (
            not_one_of(r#"["a",[1]]"#),
            vec![r#""b""#, "1", r#"["a"]"#, "null"],
            vec![r#""a""#, "[1.0]"],
        ),
        (not_one_of("[]"), vec!["1", "null"], vec![]),
        (
            contains("[1,2]"),
            vec!["[1,2]", "[2,1,1]", "[3,2,1.0]"],
            vec!["[1]", "[1,1]", "[]", "1", r#"{"1":2}"#, r#""12""#],
        ),
        (contains("[]"), vec!["[]", "[1]"], vec!["1", "null"]),
        (
            subset("[1,2]"),
            vec!["[]", "[1]", "[2,2,1]"],
            vec!["[3]", "[1,3]", "1", "[[1]]", "{}"],
        ),
        (subset("[]"), vec!["[]"], vec!["[1]", "null"]),
        (
            all([range("[0,10]"), not_one_of("[5]")]),
            vec!["4"],
            vec!["5", "11"],
        ),
        (
            any([exact("1"), range("[5,6]")]),
            vec!["1", "5.5"],
            vec!["2", "7"],
        ),
    ] {
        for (values, expected) in [(admitted, true), (refused, false)] {
            for json in values {
                let found = constraint.admits(&value(json), &mut Work::default());
                assert_eq!(found, Ok(expected), "{constraint} and {json}");
            }
        }
    }
}

#[test]
fn a_range_does_not_end_before_it_begins() {
    let bound = |json| {
        Some(Bound {
            at: value(json).as_number().unwrap(),
            inclusive: true,
        })
    };
    assert_eq!(Range::new(bound("2"), bound("1")), Err(EmptyRange));
}

#[test]
fn redundant_clauses_are_left_out() {
    let narrow = || range("[1,2]");
    let wide = || range("[0,9]");
    assert_eq!(all([wide(), narrow(), wide()]), all([narrow()]));
    assert_eq!(any([narrow(), wide(), narrow()]), any([wide()]));
    assert_eq!(any([exact("1"), WILDCARD, exact("2")]), any([WILDCARD]));
    let other = || one_of("[1,2]");
    assert_eq!(all([narrow(), other()]), all([other(), narrow()]));
    assert_ne!(all([narrow(), other()]), all([narrow()]));
}

#[test]
fn work_is_counted_and_ends() {
    let clauses = |count: usize| (0..count).map(|n| not_one_of(&format!("[{n}]")));
    let mut work = Work::new(u64::MAX);
    let (child, parent) = (
        Constraint::all(clauses(40), &mut work).unwrap(),
        Constraint::all(clauses(40), &mut work).unwrap(),
    );
    let mut work = Work::new(u64::MAX);
    assert_eq!(child.is_within(&parent, &mut work), Ok(true));
    let needed = work.done();
    // Half of the pairs on average, each of one constraint and two values.
    assert_eq!(needed, 1 + 3 * (40 * 41 / 2));
    assert_eq!(child.is_within(&parent, &mut Work::new(needed)), Ok(true));
    let limit = needed - 1;
    assert_eq!(
        child.is_within(&parent, &mut Work::new(limit)),
        Err(TooMuchWork { limit })
    );
    let mut work = Work::new(1000);
    assert_eq!(
        Constraint::any(clauses(1000), &mut work),
        Err(TooMuchWork { limit: 1000 })
    );
    assert!(work.done() <= 1000);
    let many = value(&format!("[{}]", vec!["1"; 500].join(",")));
    for constraint in [contains("[1]"), subset("[1]")] {
        let mut work = Work::default();
        assert_eq!(constraint.admits(&many, &mut work), Ok(true));
        assert_eq!(work.done(), 501, "{constraint}");
    }
}

#[test]
fn constraints_are_shown_in_a_few_words() {
    for (constraint, shown) in [
        (exact(r#""a""#), r#"exact "a""#),
        (range("[0,10)"), "range [0, 10)"),
        (range("(,0.5]"), "range (, 0.5]"),
        (
            one_of(r#"[1,{"b":[true,null]}]"#),
            r#"one_of [1, {"b":[true,null]}]"#,
        ),
        (
            all([contains("[]"), subset("[1]")]),
            "all [contains [], subset [1]]",
        ),
        (any([WILDCARD]), "any [wildcard]"),
        (not_one_of("[1,2]"), "not_one_of [1, 2]"),
    ] {
        assert_eq!(constraint.to_string(), shown);
    }
}
