//! All facts, rules, checks and policies at the end, and where they come from.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::elements;

/// A line of a world: the section that it stands in, its origin there, and its source.
type Line = (String, String, String);

/// Has the authorizer, as it prints itself, the lines of the world that is expected?
pub(super) fn compare(expected: &Value, printed: &str) -> Result<(), String> {
    let (expected, found) = (expected_lines(expected), printed_lines(printed));
    let show = |lines: &mut dyn Iterator<Item = &Line>| {
        let lines: Vec<String> = lines
            .map(|(section, origin, source)| format!("{section} of {origin}: {source}"))
            .collect();
        lines.join("; ")
    };
    if expected == found {
        return Ok(());
    }
    let missing = show(&mut expected.difference(&found));
    let surplus = show(&mut found.difference(&expected));
    Err(format!("the world lacks [{missing}] and has [{surplus}]"))
}

fn expected_lines(world: &Value) -> BTreeSet<Line> {
    let mut lines = BTreeSet::new();
    for section in ["facts", "rules", "checks"] {
        for group in elements(world, section) {
            let origin = origin(group.get("origin").unwrap_or(&Value::Null));
            for source in elements(group, section) {
                lines.insert((section.to_owned(), origin.clone(), source_of(source)));
            }
        }
    }
    for policy in elements(world, "policies") {
        lines.insert(("policies".to_owned(), String::new(), source_of(policy)));
    }
    lines
}

fn source_of(source: &Value) -> String {
    source.as_str().unwrap_or_default().to_owned()
}

/// The numbers of blocks, smallest first; the authorizer is null or the largest number of 64 bits, and comes last.
fn origin(origin: &Value) -> String {
    let one = std::slice::from_ref(origin);
    let blocks = origin.as_array().map_or(one, Vec::as_slice);
    let mut blocks: Vec<u64> = blocks
        .iter()
        .map(|block| block.as_u64().unwrap_or(u64::MAX))
        .collect();
    blocks.sort_unstable();
    let shown = blocks.iter().map(|block| match *block {
        u64::MAX => "authorizer".to_owned(),
        block => block.to_string(),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn printed_lines(printed: &str) -> BTreeSet<Line> {
    let (mut section, mut origin) = (String::new(), String::new());
    let mut lines = BTreeSet::new();
    for line in printed.lines() {
        if let Some(found) = line.strip_prefix("// origin: ") {
            found.clone_into(&mut origin);
        } else if let Some(found) = line.strip_prefix("// ") {
            section = found.trim_end_matches(':').to_lowercase();
            origin.clear();
        } else if let Some(source) = line.strip_suffix(';') {
            lines.insert((section.clone(), origin.clone(), source.to_owned()));
        }
    }
    lines
}
