//! Tokens made to cost: each is refused before what it asks for is begun.

use std::fmt::Write as _;

use super::*;
use crate::delegation::biscuit::limits::Measure;
use crate::excerpt::Excerpt;

pub(super) fn numbered(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut code, number| {
        let _ = writeln!(code, "{};", line(number));
        code
    })
}

#[test]
fn too_much_of_anything_is_refused() {
    let too_much = |measure, limit| Some(VerifyError::TooMuch { measure, limit });
    let long = "x".repeat(3000);
    let keys = |count: u8| {
        let keys: Vec<String> = (0..count).map(|n| key(100 + n).to_string()).collect();
        format!("check if true trusting {}", keys.join(", "))
    };
    let elements = |count: usize| {
        let elements: Vec<String> = (0..count).map(|n| n.to_string()).collect();
        format!("wide([{}])", elements.join(","))
    };
    for (name, code, expected) in [
        ("facts", numbered(512, |n| format!("f({n})")), None),
        (
            "more facts",
            numbered(513, |n| format!("f({n})")),
            too_much(Measure::Facts, 512),
        ),
        (
            "texts",
            numbered(513, |n| format!("f(\"t{n}\")")),
            too_much(Measure::Symbols, 512),
        ),
        ("terms", elements(1500), None),
        ("more terms", elements(2048), too_much(Measure::Terms, 2048)),
        (
            "one long text named often",
            numbered(11, |n| format!("f({n}, \"{long}\")")),
            too_much(Measure::Source, 32 << 10),
        ),
        ("keys", keys(16), None),
        ("more keys", keys(17), too_much(Measure::Keys, 16)),
    ] {
        assert_eq!(verify(&minted(&[&code])).err(), expected, "{name}");
    }
}

#[test]
fn regular_expressions_are_taken_by_what_they_compile_to() {
    let refused = |pattern: &str| {
        Some(VerifyError::PatternRefused {
            block: 1,
            pattern: Excerpt::of(pattern),
        })
    };
    let computed = Some(VerifyError::PatternComputed { block: 1 });
    let nested = "((((a{50}){50}){50}){50})";
    let words = r"(\\pL{1,100}){1,100}";
    let long = "a".repeat(257);
    let matching = |pattern: &str| format!("check if resource($r), $r.matches(\"{pattern}\")");
    for (name, check, expected) in [
        ("an ordinary one", matching("^file[0-9]+[.]txt$"), None),
        ("words", matching(r"^\\w+@\\w+$"), None),
        (
            "what backtracking would never finish",
            matching("(x+x+)+y"),
            None,
        ),
        ("repeated repetition", matching(nested), refused(nested)),
        (
            "many letters of all scripts",
            matching(words),
            refused(&words.replace("\\\\", "\\")),
        ),
        ("no regular expression", matching("(a"), refused("(a")),
        ("groups", matching("(?:a|b)(?P<c>d)"), None),
        (
            "what folds each letter of a range to keep one",
            matching("(?i)[!-z&&a]"),
            refused("(?i)[!-z&&a]"),
        ),
        ("a flag", matching("(?s-i:a)"), refused("(?s-i:a)")),
        (
            "classes less classes",
            matching("[a-z--b]"),
            refused("[a-z--b]"),
        ),
        ("long", matching(&long), refused(&long)),
        (
            "put together",
            "check if resource($r), $r.matches(\"(a\" + \"b)\")".to_owned(),
            computed.clone(),
        ),
        (
            "from a fact",
            "check if resource($r), pattern($p), $r.matches($p)".to_owned(),
            computed.clone(),
        ),
        (
            "inside a closure",
            "check if resource($r), [\"a\"].any($p -> $r.matches($p))".to_owned(),
            computed,
        ),
    ] {
        let found = verify(&minted(&["user(1)", &check])).err();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn many_regular_expressions_are_refused_by_what_they_take_together() {
    let of = |count: usize| {
        let checks = (0..count).map(|n| format!("check if resource($r), $r.matches(\"x{n}\")"));
        checks.collect::<Vec<_>>().join(";\n")
    };
    let refused = |count| match verify(&minted(&["user(1)", &of(count)])) {
        Ok(_) => false,
        Err(VerifyError::PatternRefused { .. }) => true,
        Err(other) => panic!("{other}"),
    };
    assert!(!refused(50));
    assert!(refused(51));
}

/// Is it refused, and for how many steps, of which none was taken?
fn cost(blocks: &[&str]) -> Result<u64, JudgeError> {
    let resource = "x".repeat(200);
    judge(
        blocks,
        &Call {
            resource: Some(&resource),
            ..Call::default()
        },
    )
}

#[test]
fn what_costs_too_much_is_not_begun() {
    let facts = format!("{}user(1)", numbered(100, |n| format!("f({n})")));
    let joined = "check if f($a), f($b), f($c), f($d), f($e), f($g), $a + $b > 300";
    let rule = "g($a, $b, $c) <- f($a), f($b), f($c)";
    let ten = "[1,2,3,4,5,6,7,8,9,10]";
    let nested = format!(
        "check if {ten}.any($a -> {ten}.any($b -> {ten}.any($c -> {ten}.any($d -> {ten}.any($e -> \
         $a + $b + $c + $d + $e > 60)))))"
    );
    let grown = format!(
        "check if [\"{}\"].any($p -> ($p + $p + $p + $p).length() < 0)",
        "x".repeat(2000)
    );
    let matched = "check if f($a), resource($r), $r.matches(\"(\\\\w+\\\\s?)+$\")";
    for (name, blocks, affordable) in [
        (
            "one fact each",
            vec![&facts[..], "check if f($a), $a == 99"],
            true,
        ),
        (
            "two facts each",
            vec![&facts, "check if f($a), user($b), $a + $b == 100"],
            true,
        ),
        ("six facts each", vec![&facts, joined], false),
        ("a rule over three", vec![&facts, rule], false),
        ("five nested loops", vec!["user(1)", &nested], false),
        ("texts put together", vec!["user(1)", &grown], true),
        ("matched a hundred times", vec![&facts, matched], false),
    ] {
        match cost(&blocks) {
            Err(JudgeError::TooCostly { steps, limit }) => {
                assert!(!affordable, "{name}: {steps} steps");
                assert!(steps > limit, "{name}");
            }
            found => assert!(affordable, "{name}: {found:?}"),
        }
    }
}

/// Datalog has no new values to derive, but combinations of those that there are.
#[test]
fn rules_end_or_are_ended() {
    let limits = Limits {
        facts: 100,
        rounds: 10,
        steps: 10_000_000,
        ..Limits::default()
    };
    let verifier = Verifier::new(Settings {
        limits,
        ..settings()
    })
    .unwrap();
    let edges = |count: usize| numbered(count, |n| format!("edge({n}, {})", n + 1));
    let reach = "reach($a, $b) <- edge($a, $b); reach($a, $c) <- reach($a, $b), edge($b, $c);";
    let walk = "at($b) <- at($a), edge($a, $b); at(0);";
    let facts = Err(JudgeError::TooManyFacts { limit: 100 });
    let rounds = Err(JudgeError::TooManyRounds { limit: 10 });
    for (name, code, expected) in [
        (
            "a short way",
            format!("{}{walk} check if at(8)", edges(8)),
            Ok(()),
        ),
        (
            "a way of more rounds",
            format!("{}{walk}", edges(12)),
            rounds,
        ),
        (
            "all ways",
            format!("{}{reach} check if reach(0, 8)", edges(8)),
            Ok(()),
        ),
        ("more ways", format!("{}{reach}", edges(20)), facts.clone()),
        (
            "facts of the call are facts",
            numbered(99, |n| format!("f({n})")),
            facts,
        ),
    ] {
        let token = verify_with(&verifier, &minted(&[&code])).unwrap();
        assert_eq!(token.judge(&Call::default()).map(drop), expected, "{name}");
    }
}

#[test]
fn steps_are_counted_the_same_each_time() {
    let facts = numbered(30, |n| format!("f({n})"));
    let blocks = [&facts[..], "check if f($a), f($b), $a + $b == 58"];
    let one = cost(&blocks).unwrap();
    assert_eq!(cost(&blocks), Ok(one));
    let twice = [blocks[0], blocks[1], blocks[1]];
    let two = cost(&twice).unwrap();
    assert!(
        two > one + one / 2,
        "{one} steps for one check, {two} for two"
    );
}

/// Only calls that somebody asks about the arguments of have to carry them to the checks.
#[test]
fn what_a_call_says_is_counted_too() {
    let texts: Vec<String> = (0..3000).map(|n| format!("\"t{n}\"")).collect();
    let given = format!("{{\"list\": [{}]}}", texts.join(","));
    let given = crate::json::parse(given.as_bytes(), &crate::json::Limits::default()).unwrap();
    let call = Call {
        arguments: given.as_object(),
        ..Call::default()
    };
    let asked = judge(&["user(1)", "check if argument($name, $value)"], &call);
    assert!(
        matches!(asked, Err(JudgeError::TooCostly { .. })),
        "{asked:?}"
    );
    assert_eq!(
        judge(&["user(1)", "check if true"], &call).map(drop),
        Ok(())
    );
}
