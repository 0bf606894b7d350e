//! The requirements of MCP's own conformance suite: which are an intermediary's, and which case shows each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bailiwick_host_test::case::load;
use serde_json::Value;

/// How long the list is at least; less of it wasn't read.
const AT_LEAST: usize = 300;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every requirement by its id, with its case as `FILE: ROW`; none where it isn't an intermediary's.
fn listed() -> BTreeMap<String, Option<String>> {
    let text = std::fs::read_to_string(root().join("tests/mcp-requirements.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let mut listed = BTreeMap::new();
    for line in lines {
        let (id, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{line}"));
        let reason = rest.strip_prefix("- ");
        assert!(reason.is_none_or(|reason| reason.len() > 5), "{line}");
        let case = reason.is_none().then(|| rest.to_owned());
        let earlier = listed.insert(id.to_owned(), case);
        assert!(earlier.is_none(), "`{id}` stands there twice");
    }
    assert!(listed.len() > AT_LEAST);
    listed
}

fn assert_case_exists(named: &str) {
    let (file, row) = named.split_once(": ").unwrap_or_else(|| panic!("{named}"));
    let folder = root().join("tests/cases");
    let case = load::load(&folder.join(file), &folder.join("keys"));
    let case = case.unwrap_or_else(|error| panic!("{named}: {error}"));
    let is_row = case.rows.iter().any(|has| has.name == row);
    let is_refused_configuration = !case.init.accepted && case.name == row;
    assert!(is_row || is_refused_configuration, "{named}");
}

#[test]
fn every_case_that_shows_a_requirement_is_there() {
    let cases: BTreeSet<String> = listed().into_values().flatten().collect();
    assert!(cases.len() > 50, "{cases:?}");
    for case in cases {
        assert_case_exists(&case);
    }
}

/// A row is `| requirement | ids | `FILE`: ROW |`; an id that is the specification's text alone has a comma and a space.
#[test]
fn the_page_shows_every_requirement_that_has_a_case() {
    let page = std::fs::read_to_string(root().join("docs/mcp.md")).unwrap();
    let (_, table) = page.split_once("| requirement | from | case |\n").unwrap();
    let mut shown = BTreeMap::new();
    for row in table.lines().skip(1) {
        let cells: Vec<_> = row.trim_matches(['|', ' ']).split(" | ").collect();
        let [_, from, case] = cells.as_slice() else {
            panic!("{row}")
        };
        let case = case.replacen('`', "", 2);
        assert_case_exists(&case);
        for id in from.split(", ") {
            shown.insert(id.to_owned(), case.clone());
        }
    }
    let cases = listed().into_iter();
    let cases = cases.filter_map(|(id, case)| Some((id, case?)));
    for (id, case) in cases {
        assert_eq!(shown.get(&id), Some(&case), "{id}");
    }
}

fn yaml(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_norway::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn texts<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// The ids of one revision's scenarios.
fn scenarios(revision: &str, document: &Value) -> Vec<String> {
    let scored = ["server", "client"].into_iter().flat_map(|leg| {
        let named = texts(document, leg).map(move |name| (leg, name));
        named.map(|(leg, name)| (leg, name.as_str().unwrap()))
    });
    let others = texts(document, "not_scored").map(|of| {
        let text = |name: &str| of.get(name).and_then(Value::as_str).unwrap();
        (text("leg"), text("scenario"))
    });
    let all = scored.chain(others);
    all.map(|(leg, name)| format!("{revision}/{leg}/{name}"))
        .collect()
}

/// The ids of one SEP's requirements.
fn checks(document: &Value) -> Vec<String> {
    let sep = document.get("sep").unwrap();
    let mut unchecked = 0;
    let all = texts(document, "requirements").map(|requirement| {
        requirement
            .get("check")
            .and_then(Value::as_str)
            .map_or_else(
                || {
                    unchecked += 1;
                    format!("sep-{sep}/excluded-{unchecked}")
                },
                str::to_owned,
            )
    });
    all.collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|of| of == "yaml"))
        .collect()
}

#[test]
fn every_requirement_of_the_suite_is_listed_and_no_other() {
    let vectors = std::env::var_os("BAILIWICK_VECTORS")
        .map_or_else(|| root().join("../shared/vectors"), PathBuf::from);
    let folder = vectors.join("mcp-conformance");
    if !folder.is_dir() {
        eprintln!("skipped: no conformance suite at {}", folder.display());
        return;
    }
    let mut published = BTreeSet::new();
    for file in files(&folder.join("requirements")) {
        let revision = file.file_stem().unwrap().to_str().unwrap();
        published.extend(scenarios(revision, &yaml(&file)));
    }
    for file in files(&folder.join("src/seps")) {
        published.extend(checks(&yaml(&file)));
    }
    let listed: BTreeSet<_> = listed().into_keys().collect();
    let missing: Vec<_> = published.difference(&listed).collect();
    let others: Vec<_> = listed.difference(&published).collect();
    assert!(
        missing.is_empty() && others.is_empty(),
        "missing {missing:?}, others {others:?}"
    );
}
