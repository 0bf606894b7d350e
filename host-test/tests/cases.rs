//! Every case file, natively and through the compiled module, and a case for every reason.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on should say so and stop"
)]

#[path = "cases/mcp_requirements.rs"]
mod mcp_requirements;
#[path = "cases/withheld.rs"]
mod withheld;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bailiwick_engine::decision::Reason;
use bailiwick_host_test::Module;
use bailiwick_host_test::case::run::{self, Case, CaseReport};
use bailiwick_host_test::case::{load, report};

/// Reasons that no request can bring about, each with why.
const NO_CASE: &[(&str, &str)] = &[
    (
        "dpop_replays_unavailable",
        "the host's store has to fail after it was seen to work; the engine's tests show it",
    ),
    (
        "sessions_unavailable",
        "every host here has a store that works; the engine's tests show it",
    ),
    (
        "tasks_unavailable",
        "every host here has a store that works; the engine's tests show it",
    ),
    (
        "exchange_out_of_order",
        "a defect of the translation, which the host refuses to bring about; the engine's tests show it",
    ),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases")
}

/// The ready policies, each with its cases.
fn policies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies")
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    )
}

fn cases() -> Vec<Case> {
    load::find(&[folder(), policies()])
        .unwrap()
        .iter()
        .map(|path| load::load(path, &folder().join("keys")).unwrap_or_else(|e| panic!("{e}")))
        .collect()
}

fn assert_passed(reports: &[CaseReport]) {
    assert!(!reports.is_empty(), "no cases were found");
    assert!(
        reports.iter().all(CaseReport::passed),
        "\n{}",
        report::text(reports)
    );
}

fn module() -> Module {
    let wasm = std::env::var_os("BAILIWICK_WASM")
        .map_or_else(|| target().join("bailiwick.wasm"), PathBuf::from);
    assert!(
        wasm.is_file(),
        "`{}` is not there: run cargo xtask build",
        wasm.display()
    );
    Module::load(&wasm, &target().join("wasm-cache")).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn cases_on_the_engine() {
    let reports: Vec<_> = cases()
        .iter()
        .map(|case| run::run(case, true, None))
        .collect();
    assert_passed(&reports);
}

#[test]
fn cases_through_the_module_agree_with_the_engine() {
    let module = module();
    let reports: Vec<_> = cases()
        .iter()
        .map(|case| run::run(case, true, Some(&module)))
        .collect();
    assert_passed(&reports);
}

#[test]
fn every_reason_has_a_case() {
    let shown: BTreeSet<String> = cases()
        .iter()
        .flat_map(|case| &case.rows)
        .filter_map(|row| row.expected.result.reason.clone())
        .collect();
    let known: BTreeSet<String> = Reason::ALL.iter().map(|r| r.code().to_owned()).collect();
    let excused: BTreeSet<String> = NO_CASE.iter().map(|(code, _)| (*code).to_owned()).collect();
    let missing: Vec<_> = known
        .difference(&shown)
        .filter(|c| !excused.contains(*c))
        .collect();
    assert!(missing.is_empty(), "reasons without a case: {missing:?}");
    let unknown: Vec<_> = shown.difference(&known).collect();
    assert!(
        unknown.is_empty(),
        "cases for reasons that don't exist: {unknown:?}"
    );
    let needless: Vec<_> = excused.intersection(&shown).collect();
    assert!(
        needless.is_empty(),
        "excused, but there is a case: {needless:?}"
    );
}

#[test]
fn names_of_cases_are_unique() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        assert!(
            seen.insert(case.name.clone()),
            "two cases are called `{}`",
            case.name
        );
    }
}
