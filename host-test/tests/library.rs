//! The ready policies among other policies: what one of them refuses stays refused, whatever is permitted elsewhere.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on should say so and stop"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bailiwick_host_test::case::format::Decision;
use bailiwick_host_test::case::load;
use bailiwick_host_test::case::native::Native;
use bailiwick_host_test::case::run::{Case, Runner};
use serde_json::{Value, json};

/// What permits whatever no policy forbids.
const EVERYTHING: &str = r#"@id("everything") permit (principal, action, resource);"#;

/// A ready policy.
struct Ready {
    name: String,
    text: String,
    case: Case,
}

fn library() -> Vec<Ready> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let keys = root.join("tests/cases/keys");
    let paths = load::find(&[root.join("policies")]).unwrap();
    let ready = |path: &PathBuf| {
        let folder = path.parent().unwrap();
        Ready {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            text: std::fs::read_to_string(folder.join("policy.cedar")).unwrap(),
            case: load::load(path, &keys).unwrap_or_else(|error| panic!("{error}")),
        }
    };
    paths.iter().map(ready).collect()
}

impl Ready {
    /// The ids of its policies.
    fn ids(&self) -> BTreeSet<&str> {
        let behind = self.text.split("@id(\"").skip(1);
        behind
            .filter_map(|rest| Some(rest.split_once('"')?.0))
            .collect()
    }

    fn configuration(&self) -> Value {
        serde_json::from_slice(&self.case.configuration).unwrap()
    }

    /// Plays its case under other policies too. Gives the rows that it refuses by itself, each with what came of it and
    /// whether it had a part in that.
    fn played(&self, policies: Value, groups: &Value) -> Vec<(String, Decision, bool)> {
        let mut configuration = self.configuration();
        configuration["policies"] = policies;
        fill(&mut configuration["groups"], groups);
        fill(&mut configuration["sessions"], &json!({"by": ["root"]}));
        let mut case = self.case.clone();
        case.configuration = configuration.to_string().into_bytes();
        let mut gateway = Native::new(&case);
        let loaded = gateway.load();
        assert!(loaded.accepted, "{}: {:?}", self.name, loaded.logs);
        let mut refused = Vec::new();
        for row in &case.rows {
            let seen = gateway.row(row);
            let expected = &row.expected.result;
            if expected.decision == Decision::Deny && is_by_policy(expected.reason.as_deref()) {
                let policies = seen.evidence.as_ref().map(|record| &record["policies"]);
                let named = policies.and_then(Value::as_array).into_iter().flatten();
                let mut named = named.filter_map(Value::as_str);
                let has_part = named.any(|id| self.ids().contains(id));
                refused.push((row.name.clone(), seen.decision, has_part));
            }
        }
        refused
    }
}

fn is_by_policy(reason: Option<&str>) -> bool {
    let by_policy = [
        "policy_forbidden",
        "policy_not_permitted",
        "step_up_required",
        "scope_insufficient",
    ];
    reason.is_some_and(|reason| by_policy.contains(&reason))
}

/// Adds what `from` has and `to` lacks.
fn fill(to: &mut Value, from: &Value) {
    if to.is_null() {
        *to = from.clone();
    }
    if let (Value::Object(to), Value::Object(from)) = (to, from) {
        for (name, value) in from {
            fill(to.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

fn named(name: &str, text: &str) -> Value {
    json!({"name": name, "cedar": text})
}

#[test]
fn what_a_ready_policy_refuses_stays_refused_beside_one_that_permits_everything() {
    let mut shown = 0;
    for ready in library() {
        let policies = json!([
            named("everything", EVERYTHING),
            named(&ready.name, &ready.text)
        ]);
        for (row, decision, has_part) in ready.played(policies, &json!({})) {
            let expected = (Decision::Deny, true);
            assert_eq!((decision, has_part), expected, "{}: {row}", ready.name);
            shown += 1;
        }
    }
    assert!(shown > 20, "{shown} refusals");
}

#[test]
fn the_whole_library_loads_together_and_every_refusal_holds() {
    let library = library();
    let mut groups = json!({});
    for ready in &library {
        fill(&mut groups, &ready.configuration()["groups"]);
    }
    let all = library.iter().map(|ready| named(&ready.name, &ready.text));
    let all: Vec<_> = std::iter::once(named("everything", EVERYTHING))
        .chain(all)
        .collect();
    for ready in &library {
        // What a session would have done is refused by others here, so that it doesn't come to that.
        let needs_session = ready.text.contains("context.session");
        let refused = ready.played(Value::Array(all.clone()), &groups);
        assert!(!refused.is_empty(), "{} refuses nothing", ready.name);
        for (row, decision, has_part) in refused {
            let shown = (decision, has_part || needs_session);
            assert_eq!(shown, (Decision::Deny, true), "{}: {row}", ready.name);
        }
    }
}

/// The examples of configuration in a document.
fn examples(document: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(document).unwrap();
    let blocks = text.split("```yaml\n").skip(1);
    let blocks = blocks.filter_map(|block| Some(block.split_once("```")?.0));
    blocks
        .map(|yaml| serde_norway::from_str(yaml).unwrap())
        .collect()
}

#[test]
fn labels_and_sessions_load_as_the_documents_show_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let library = library();
    for (document, policy) in [
        ("docs/sessions.md", "lethal-trifecta"),
        ("policies/lethal-trifecta/README.md", "lethal-trifecta"),
        (
            "policies/lethal-trifecta-grants/README.md",
            "lethal-trifecta-grants",
        ),
        ("policies/budget/README.md", "budget"),
    ] {
        let ready = library.iter().find(|ready| ready.name == policy).unwrap();
        let examples = examples(&root.join(document));
        assert!(!examples.is_empty(), "{document}");
        for example in examples {
            let mut configuration = ready.configuration();
            for member in ["dpop", "labels", "sessions"] {
                if let Some(shown) = example.get(member) {
                    configuration[member] = shown.clone();
                }
            }
            let mut case = ready.case.clone();
            case.configuration = configuration.to_string().into_bytes();
            let loaded = Native::new(&case).load();
            assert!(loaded.accepted, "{document}: {:?}", loaded.logs);
        }
    }
}
