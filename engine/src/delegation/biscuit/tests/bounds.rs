//! The steps that are counted beforehand are never fewer than what is done: a function outside Datalog counts that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use biscuit_auth::builder::{AuthorizerBuilder, Term};
use biscuit_auth::datalog::ExternFunc;
use proptest::prelude::*;

use super::bombs::numbered;
use super::*;

/// How many times an expression was evaluated that calls `extern::count()`, and how many steps were counted for all.
fn evaluated(blocks: &[&str]) -> Result<(u64, u64), JudgeError> {
    let calls = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&calls);
    let count = move |_: Term, _: Option<Term>| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(Term::Bool(false))
    };
    let authorizer = AuthorizerBuilder::new()
        .policy("allow if true")
        .unwrap()
        .register_extern_func("count".to_owned(), ExternFunc::new(Arc::new(count)));
    let evaluation = verify(&minted(blocks))
        .unwrap()
        .evaluate(Vec::new(), authorizer)?;
    Ok((calls.load(Ordering::Relaxed), evaluation.steps))
}

#[test]
fn the_function_counts() {
    let facts = numbered(10, |n| format!("f({n})"));
    let check = "check if f($a), f($b), $a.extern::count()";
    assert_eq!(evaluated(&[&facts, check]).unwrap().0, 100);
    let looped = "check if [1, 2, 3].any($p -> [1, 2].any($q -> $p.extern::count()))";
    assert_eq!(evaluated(&[&facts, looped]).unwrap().0, 6);
    let joined = "check if f($a), f($a), f($a), $a.extern::count()";
    assert_eq!(evaluated(&[&facts, joined]).unwrap().0, 10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_more_is_evaluated_than_was_counted(
        sizes in prop::array::uniform3(0_usize..12),
        joins in prop::collection::vec((0_usize..3, 0_usize..3), 1..4),
        loops in prop::collection::vec(1_usize..5, 0..3),
        rules in any::<bool>(),
    ) {
        let facts: String = sizes
            .iter()
            .enumerate()
            .map(|(name, size)| numbered(*size, |n| format!("f{name}({n})")))
            .collect();
        let body: Vec<String> = joins.iter().map(|(name, var)| format!("f{name}($v{var})")).collect();
        let counted = format!("$v{}.extern::count()", joins[0].1);
        let expression = loops.iter().enumerate().fold(counted, |inner, (depth, size)| {
            let elements: Vec<String> = (0..*size).map(|n| n.to_string()).collect();
            format!("[{}].any($p{depth} -> {inner})", elements.join(","))
        });
        let query = format!("{}, {expression}", body.join(", "));
        let code = if rules {
            format!("f2($v{}) <- {query}", joins[0].1)
        } else {
            format!("check if {query}")
        };
        match evaluated(&[&facts, &code]) {
            Ok((calls, steps)) => prop_assert!(calls.saturating_mul(4) <= steps, "{calls} calls, {steps} steps"),
            Err(error) => prop_assert!(matches!(error, JudgeError::TooCostly { .. }), "{error}"),
        }
    }
}
