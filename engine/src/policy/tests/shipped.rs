//! The policies that are shipped load, and do what their READMEs say.

use std::fs;
use std::path::{Path, PathBuf};

use super::{FACTS, ask, call, caller, load, load_with, prepare};
use crate::identity::caller::Caller;
use crate::operation::{Action, Operation};
use crate::policy::groups::Groups;
use crate::policy::load_error::{PolicyProblem, ProblemKind};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies")
}

fn read(path: &str) -> String {
    fs::read_to_string(folder().join(path)).unwrap()
}

/// The groups that shipped policies name; the cases beside each configure its own.
fn groups() -> Groups {
    let group = |name: &str, member: &str| (name.to_owned(), vec![member.to_owned()]);
    Groups {
        agents: [group("read-only", "corp/bot")].into(),
        tools: ["reading", "destructive", "deploying"]
            .map(|name| group(name, "orders/a"))
            .into(),
        ..Groups::default()
    }
}

#[test]
fn every_shipped_policy_loads_without_a_warning() {
    let mut found = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let policies = load_with(&read(&format!("{name}/policy.cedar")), &groups());
            let policies = policies.unwrap_or_else(|error| panic!("{name}: {error}"));
            let others = policies.warnings().iter();
            let others = others.filter(|of| of.kind != ProblemKind::UnusedGroup);
            assert_eq!(
                others.collect::<Vec<_>>(),
                Vec::<&PolicyProblem>::new(),
                "{name}"
            );
            assert!(path.join("cases.yaml").is_file(), "{name} has cases");
            assert!(
                read(&format!("{name}/README.md")).starts_with("# "),
                "{name}"
            );
            assert!(
                read("README.md").contains(&format!("`{name}/`")),
                "{name} is listed"
            );
            found += 1;
        }
    }
    assert!(found > 0, "there are policies");
}

#[test]
fn every_policy_in_the_readme_loads() {
    let readme = read("README.md");
    let blocks: Vec<_> = readme.split("```cedar\n").skip(1).collect();
    assert!(!blocks.is_empty(), "there are examples");
    for block in blocks {
        let (text, _) = block.split_once("```").unwrap();
        load(text).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn least_privilege_is_what_its_readme_says() {
    let policies = load(&read("mcp-least-privilege/policy.cedar")).unwrap();
    let changed = |change: fn(&mut Caller)| {
        let mut caller = caller();
        change(&mut caller);
        caller
    };
    let yes = |id| Ok(vec![id]);
    let no = |message| Err(message);
    let rows: [(_, _, Operation<'_>, Result<Vec<&str>, &str>); 12] = [
        (
            "a session",
            caller(),
            ask(Action::Initialize),
            yes("shop-session"),
        ),
        (
            "the list",
            caller(),
            ask(Action::ListTools),
            yes("shop-session"),
        ),
        ("echo", caller(), call("echo", "{}"), yes("shop-echo")),
        (
            "search",
            caller(),
            call("search_orders", "{}"),
            yes("shop-search"),
        ),
        (
            "search without its scope",
            changed(|c| c.scopes.clear()),
            call("search_orders", "{}"),
            no("the token lacks what a policy needs (`shop-search-scope`)"),
        ),
        (
            "a refund",
            caller(),
            call("refund_order", r#"{"amount":100}"#),
            yes("shop-refund"),
        ),
        (
            "too large a refund",
            caller(),
            call("refund_order", r#"{"amount":250}"#),
            no("forbidden by policy (`shop-refund-bound`)"),
        ),
        (
            "a refund of nothing",
            caller(),
            call("refund_order", r#"{"amount":-0.0}"#),
            no("forbidden by policy (`shop-refund-bound`)"),
        ),
        (
            "a refund for nobody",
            changed(|c| c.user = None),
            call("refund_order", r#"{"amount":1}"#),
            no("forbidden by policy (`shop-refund-bound`)"),
        ),
        (
            "a deletion",
            caller(),
            call("delete_order", "{}"),
            no("forbidden by policy (`shop-nothing-else`)"),
        ),
        (
            "another tool",
            caller(),
            call("drop_all", "{}"),
            no("forbidden by policy (`shop-nothing-else`)"),
        ),
        (
            "another domain",
            changed(|c| c.domain.0 = "other".into()),
            call("echo", "{}"),
            no("no policy permits this"),
        ),
    ];
    for (name, caller, operation, expected) in rows {
        let principal = prepare(&policies, caller);
        let decided = policies.decide(&principal, &operation, &FACTS).verdict;
        let ids = decided.as_ref().map(|permit| {
            let ids = permit.policies().iter().map(|note| note.id.as_str());
            ids.collect::<Vec<_>>()
        });
        let message = expected.map_err(str::to_owned);
        assert_eq!(ids.map_err(ToString::to_string), message, "{name}");
    }
}
