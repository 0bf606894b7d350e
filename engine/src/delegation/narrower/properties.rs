//! The laws of "narrower than", on authorities that were made from each other step by step and on ones that weren't.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::narrower;
use crate::delegation::arguments::{Argument, ArgumentMap};
use crate::delegation::authority::{Authority, Extent};
use crate::delegation::constraint::{Bound, Constraint, Range};
use crate::delegation::exercise::Exercise;
use crate::delegation::work::Work;
use crate::json::canonical::{Canonical, Members};
use crate::json::{Limits, parse};

const SCALARS: [&str; 6] = ["0", "1", "2", r#""x""#, "null", "true"];
const VALUES: [&str; 10] = [
    "0",
    "1",
    "2",
    r#""x""#,
    "null",
    "true",
    "[]",
    "[0]",
    "[1,0]",
    r#"{"k":1}"#,
];
const NAMES: [&str; 3] = ["a", "b", "c"];

fn read(json: &str) -> Canonical {
    Canonical::of(&parse(json.as_bytes(), &Limits::default()).unwrap()).unwrap()
}

fn values() -> impl Strategy<Value = BTreeSet<Canonical>> {
    subsequence(VALUES.to_vec(), 0..4).prop_map(|texts| texts.into_iter().map(read).collect())
}

fn bound() -> impl Strategy<Value = Option<Bound>> {
    let number = select(vec!["0", "1", "2"]).prop_map(|text| read(text).as_number().unwrap());
    prop::option::of((number, any::<bool>()).prop_map(|(at, inclusive)| Bound { at, inclusive }))
}

fn clauses(constraints: Vec<Constraint>, every: bool) -> Constraint {
    let work = &mut Work::default();
    if every {
        Constraint::all(constraints, work).unwrap()
    } else {
        Constraint::any(constraints, work).unwrap()
    }
}

fn constraint() -> impl Strategy<Value = Constraint> {
    let leaf = prop_oneof![
        Just(Constraint::Wildcard),
        select(SCALARS.to_vec()).prop_map(|text| Constraint::Exact(read(text))),
        (bound(), bound()).prop_filter_map("empty", |(min, max)| {
            Range::new(min, max).ok().map(Constraint::Range)
        }),
        values().prop_map(Constraint::OneOf),
        values().prop_map(Constraint::NotOneOf),
        values().prop_map(Constraint::Contains),
        values().prop_map(Constraint::Subset),
    ];
    leaf.prop_recursive(2, 8, 3, |clause| {
        (prop::collection::vec(clause, 1..4), any::<bool>())
            .prop_map(|(constraints, every)| clauses(constraints, every))
    })
}

fn map() -> impl Strategy<Value = ArgumentMap> {
    let argument = (constraint(), any::<bool>()).prop_map(|(constraint, optional)| Argument {
        constraint,
        optional,
    });
    let named = prop::collection::btree_map(
        select(NAMES.to_vec()).prop_map(str::to_owned),
        argument,
        0..3,
    );
    (named, any::<bool>()).prop_map(|(named, open)| {
        if open {
            ArgumentMap::open(named)
        } else {
            ArgumentMap::closed(named)
        }
    })
}

fn names() -> impl Strategy<Value = BTreeSet<String>> {
    subsequence(NAMES.to_vec(), 0..=3)
        .prop_map(|names| names.into_iter().map(str::to_owned).collect())
}

fn extent<T: std::fmt::Debug + Clone>(
    list: impl Strategy<Value = T>,
) -> impl Strategy<Value = Extent<T>> {
    prop_oneof![
        1 => Just(Extent::Unlimited),
        4 => list.prop_map(Extent::Limited),
    ]
}

fn authority() -> impl Strategy<Value = Authority> {
    let name = || select(NAMES.to_vec()).prop_map(str::to_owned);
    (
        extent(prop::collection::btree_map(name(), map(), 0..3)),
        extent(prop::collection::btree_map(name(), names(), 0..3)),
        extent(names()),
        subsequence(vec!["p".to_owned(), "q".to_owned()], 0..=2),
    )
        .prop_map(|(tools, resources, scopes, checks)| {
            Authority::new(tools, resources, scopes, checks.into_iter().collect())
        })
}

/// Dice for the steps by which something is narrowed.
type Dice = Vec<u8>;

fn roll(dice: &mut Dice, sides: u8) -> u8 {
    dice.pop().unwrap_or_default() % sides
}

/// A constraint that is within this one, by a step that its type has.
fn narrowed_constraint(constraint: &Constraint, dice: &mut Dice) -> Constraint {
    let fewer = |values: &BTreeSet<Canonical>, dice: &mut Dice| -> BTreeSet<Canonical> {
        values
            .iter()
            .filter(|_| roll(dice, 3) > 0)
            .cloned()
            .collect()
    };
    let more = |values: &BTreeSet<Canonical>, dice: &mut Dice| -> BTreeSet<Canonical> {
        let added = read(VALUES[usize::from(roll(dice, 10))]);
        values.iter().cloned().chain([added]).collect()
    };
    match constraint {
        Constraint::Wildcard if roll(dice, 2) > 0 => {
            Constraint::Exact(read(SCALARS[usize::from(roll(dice, 6))]))
        }
        Constraint::Range(range) => {
            let exclusive = |bound: Bound| Bound {
                inclusive: false,
                ..bound
            };
            Range::new(range.min().map(exclusive), range.max())
                .map_or_else(|_| constraint.clone(), Constraint::Range)
        }
        Constraint::OneOf(values) => match values.iter().next() {
            Some(first) if roll(dice, 2) > 0 => Constraint::Exact(first.clone()),
            _ => Constraint::OneOf(fewer(values, dice)),
        },
        Constraint::NotOneOf(values) => Constraint::NotOneOf(more(values, dice)),
        Constraint::Contains(values) => Constraint::Contains(more(values, dice)),
        Constraint::Subset(values) => Constraint::Subset(fewer(values, dice)),
        Constraint::All(of) => {
            let own = of.iter().map(|clause| narrowed_constraint(clause, dice));
            let mut own: Vec<_> = own.collect();
            own.push(Constraint::NotOneOf(BTreeSet::from([read("2")])));
            clauses(own, true)
        }
        Constraint::Any(of) => {
            let own: Vec<_> = of.iter().collect();
            let kept = own.iter().take(1 + usize::from(roll(dice, 3)));
            clauses(
                kept.map(|clause| narrowed_constraint(clause, dice))
                    .collect(),
                false,
            )
        }
        Constraint::Wildcard | Constraint::Exact(_) => constraint.clone(),
    }
}

fn narrowed_map(map: &ArgumentMap, dice: &mut Dice) -> ArgumentMap {
    let open = map.is_open() && roll(dice, 2) > 0;
    let mut named = BTreeMap::new();
    for (name, argument) in map.named() {
        if argument.optional && !open && roll(dice, 2) > 0 {
            continue;
        }
        let argument = Argument {
            constraint: narrowed_constraint(&argument.constraint, dice),
            optional: argument.optional && roll(dice, 2) > 0,
        };
        named.insert(name.clone(), argument);
    }
    if map.is_open() && !map.named().contains_key("c") && roll(dice, 2) > 0 {
        let argument = Argument {
            constraint: Constraint::Exact(read("1")),
            optional: roll(dice, 2) > 0,
        };
        named.insert("c".to_owned(), argument);
    }
    if open {
        ArgumentMap::open(named)
    } else {
        ArgumentMap::closed(named)
    }
}

fn narrowed(authority: &Authority, dice: &mut Dice) -> Authority {
    let few = |dice: &mut Dice| roll(dice, 4) > 0;
    let tools = match authority.tools() {
        Extent::Unlimited if roll(dice, 2) > 0 => Extent::Unlimited,
        Extent::Unlimited => {
            Extent::Limited(BTreeMap::from([("a".to_owned(), ArgumentMap::any())]))
        }
        Extent::Limited(tools) => {
            let kept = tools.iter().filter(|_| roll(dice, 4) > 0);
            let kept: Vec<_> = kept.collect();
            let own = kept
                .into_iter()
                .map(|(name, map)| (name.clone(), narrowed_map(map, dice)));
            Extent::Limited(own.collect())
        }
    };
    let fewer = |names: &BTreeSet<String>, dice: &mut Dice| -> BTreeSet<String> {
        names.iter().filter(|_| few(dice)).cloned().collect()
    };
    let resources = match authority.resources() {
        Extent::Unlimited => Extent::Unlimited,
        Extent::Limited(resources) => {
            let own = resources
                .iter()
                .map(|(name, actions)| (name.clone(), fewer(actions, dice)));
            Extent::Limited(own.collect())
        }
    };
    let scopes = match authority.scopes() {
        Extent::Unlimited => Extent::Limited(BTreeSet::from(["a".to_owned()])),
        Extent::Limited(scopes) => Extent::Limited(fewer(scopes, dice)),
    };
    let checks = (roll(dice, 2) > 0).then(|| "r".to_owned());
    let checks = authority.checks().iter().cloned().chain(checks);
    Authority::new(tools, resources, scopes, checks.collect())
}

fn dice() -> impl Strategy<Value = Dice> {
    prop::collection::vec(any::<u8>(), 40)
}

fn is_narrower(child: &Authority, parent: &Authority) -> bool {
    narrower(child, parent, &mut Work::default()).is_ok()
}

fn permits(authority: &Authority, exercise: Exercise<'_>) -> bool {
    authority.permits(exercise, &mut Work::default()).is_ok()
}

/// Arguments from the same few names and values as the constraints.
fn arguments() -> impl Strategy<Value = String> {
    let value = prop::option::of(select(VALUES.to_vec()));
    let named = ["a", "b", "c", "other", "*"]
        .map(|name| value.clone().prop_map(move |value| (name, value)));
    named.prop_map(|members| {
        let members = members
            .into_iter()
            .filter_map(|(name, value)| Some(format!("\"{name}\":{}", value?)));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn everything_is_narrower_than_itself_and_lies_between_the_ends(authority in authority()) {
        prop_assert!(is_narrower(&authority, &authority));
        prop_assert!(is_narrower(&authority, &Authority::top()));
        prop_assert!(is_narrower(&Authority::bottom(), &authority));
    }

    #[test]
    fn a_step_that_narrows_is_seen_to(parent in authority(), mut dice in dice()) {
        let child = narrowed(&parent, &mut dice);
        prop_assert_eq!(narrower(&child, &parent, &mut Work::default()), Ok(()));
    }

    #[test]
    fn narrower_than_what_is_narrower_is_narrower(
        root in authority(),
        mut one in dice(),
        mut two in dice(),
        stranger in authority(),
    ) {
        let middle = narrowed(&root, &mut one);
        let leaf = narrowed(&middle, &mut two);
        prop_assert!(is_narrower(&leaf, &root), "{:#?}\n{:#?}", leaf, root);
        for (low, middle, high) in [(&stranger, &middle, &root), (&leaf, &stranger, &root), (&leaf, &middle, &stranger)] {
            if is_narrower(low, middle) && is_narrower(middle, high) {
                prop_assert!(is_narrower(low, high));
            }
        }
    }

    #[test]
    fn two_that_are_narrower_than_each_other_are_equal(one in authority(), other in authority(), mut dice in dice()) {
        for other in [narrowed(&one, &mut dice), other] {
            let both = is_narrower(&one, &other) && is_narrower(&other, &one);
            prop_assert_eq!(both, one == other);
        }
    }

    /// The same for constraints, of which more are generated than whole authorities have.
    #[test]
    fn two_constraints_that_are_within_each_other_are_equal(one in constraint(), other in constraint(), mut dice in dice()) {
        let within = |one: &Constraint, other: &Constraint| one.is_within(other, &mut Work::default()).unwrap();
        for other in [narrowed_constraint(&one, &mut dice), other] {
            prop_assert_eq!(within(&one, &other) && within(&other, &one), one == other);
        }
    }

    #[test]
    fn a_constraint_within_another_admits_nothing_else(
        parent in constraint(),
        mut dice in dice(),
        stranger in constraint(),
    ) {
        let work = &mut Work::default();
        for child in [narrowed_constraint(&parent, &mut dice), stranger] {
            if child.is_within(&parent, work).unwrap() {
                for value in VALUES.map(read) {
                    let (narrow, wide) = (child.admits(&value, work).unwrap(), parent.admits(&value, work).unwrap());
                    prop_assert!(wide || !narrow, "{} within {} admits {}", child, parent, value);
                }
            }
        }
    }

    #[test]
    fn whoever_is_narrower_may_do_nothing_that_the_other_may_not(
        parent in authority(),
        mut dice in dice(),
        stranger in authority(),
        calls in prop::collection::vec(arguments(), 8),
    ) {
        for child in [narrowed(&parent, &mut dice), stranger] {
            if !is_narrower(&child, &parent) {
                continue;
            }
            for text in &calls {
                let value = parse(text.as_bytes(), &Limits::default()).unwrap();
                let arguments = Members::of(value.as_object().unwrap()).unwrap();
                for name in NAMES {
                    let exercise = Exercise::Tool { name, arguments: &arguments };
                    prop_assert!(permits(&parent, exercise) || !permits(&child, exercise), "{} {}", name, text);
                }
            }
            for name in NAMES {
                let scope = Exercise::Scope(name);
                prop_assert!(permits(&parent, scope) || !permits(&child, scope));
                for action in NAMES {
                    let exercise = Exercise::Resource { resource: name, action };
                    prop_assert!(permits(&parent, exercise) || !permits(&child, exercise));
                }
            }
        }
    }
}

/// The laws above would hold of nothing if nothing were narrower, or nothing permitted.
#[test]
fn the_generators_find_what_the_laws_are_about() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut draw = |narrower: &mut usize, permitted: &mut usize, refused: &mut usize| {
        let parent = authority().new_tree(&mut runner).unwrap().current();
        let stranger = authority().new_tree(&mut runner).unwrap().current();
        let mut dice = dice().new_tree(&mut runner).unwrap().current();
        let child = narrowed(&parent, &mut dice);
        *narrower += usize::from(child != parent && !child.is_bottom());
        *narrower += usize::from(stranger != parent && is_narrower(&stranger, &parent));
        let text = arguments().new_tree(&mut runner).unwrap().current();
        let value = parse(text.as_bytes(), &Limits::default()).unwrap();
        let arguments = Members::of(value.as_object().unwrap()).unwrap();
        for name in NAMES {
            let exercise = Exercise::Tool {
                name,
                arguments: &arguments,
            };
            *permitted += usize::from(permits(&child, exercise));
            *refused += usize::from(permits(&parent, exercise) && !permits(&child, exercise));
        }
    };
    let (mut narrower, mut permitted, mut refused) = (0, 0, 0);
    for _ in 0..500 {
        draw(&mut narrower, &mut permitted, &mut refused);
    }
    assert!(narrower > 250, "{narrower} pairs");
    assert!(permitted > 50, "{permitted} calls permitted");
    assert!(refused > 50, "{refused} calls lost by narrowing");
}
