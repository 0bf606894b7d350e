//! The test vectors of Token Status List (draft-ietf-oauth-status-list, appendix): packed lists, of which every entry is read.

use bailiwick_engine::identity::status::list::StatusList;
use serde_json::Value;

use crate::{Suite, Verdict, elements, text};

pub(crate) const SUITE: Suite = Suite {
    name: "status-list",
    files: &["vectors.json"],
    judge,
};

/// The longest of them has a million entries of eight bits each.
const LIMIT: usize = 1 << 20;

fn judge(file: &str, document: &Value) -> Vec<Verdict> {
    elements(document, "vectors")
        .iter()
        .map(|vector| {
            let bits = vector.get("bits").unwrap_or(&Value::Null);
            Verdict::on(format!("{file}#{bits}"), true, read(vector))
        })
        .collect()
}

/// Has every entry the status that is listed, and those that aren't listed zero?
fn read(vector: &Value) -> Result<(), String> {
    let number = |name: &str| vector.get(name).and_then(Value::as_u64).unwrap_or_default();
    let list = StatusList::decode(number("bits"), text(vector, "lst"), LIMIT)
        .map_err(|error| error.to_string())?;
    if list.entries() != number("entries") {
        return Err(format!("it has {} entries", list.entries()));
    }
    let listed = vector.get("nonzero_or_listed");
    for index in 0..list.entries() {
        let expected = listed
            .and_then(|listed| listed.get(index.to_string()))
            .and_then(Value::as_u64)
            .unwrap_or_default();
        match list.get(index) {
            Some(found) if u64::from(found.0) == expected => {}
            found => return Err(format!("entry {index} is {found:?}, not {expected}")),
        }
    }
    Ok(())
}
