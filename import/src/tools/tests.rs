use serde_json::{Value, json};

use super::read;
use crate::fragment;

fn imported(document: &Value) -> (Value, Vec<String>) {
    let (tools, notes) = read(document).unwrap();
    let notes = notes.iter().map(ToString::to_string).collect();
    (fragment::of_tools("shop", &tools), notes)
}

#[test]
fn a_list_is_found_in_whatever_it_came() {
    let schema =
        json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]});
    let tools = json!([{"name": "read", "inputSchema": schema}]);
    let expected = json!({"mcp": {"server": "shop", "tools": ["read"], "arguments": {
        "read": {"members": {"id": {"type": "string"}}}}}});
    for document in [
        tools.clone(),
        json!({"tools": tools}),
        json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": tools}}),
    ] {
        assert_eq!(
            imported(&document),
            (expected.clone(), Vec::new()),
            "{document}"
        );
    }
    for document in [
        json!({}),
        json!([]),
        json!({"tools": [{"title": "x"}]}),
        json!("x"),
    ] {
        assert!(read(&document).is_err(), "{document}");
    }
}

#[test]
fn what_is_no_object_or_goes_on_is_told() {
    let document = json!({"nextCursor": "2", "tools": [
        {"name": "none"},
        {"name": "a/b", "inputSchema": {"type": "string"}},
        {"name": "free", "inputSchema": {"type": "object"}},
        {"name": "none", "inputSchema": {"type": "object", "properties": {}}},
    ]});
    let (fragment, notes) = imported(&document);
    let open = json!({"others": "pass"});
    let arguments = json!({"none": open, "a/b": open, "free": open});
    assert_eq!(fragment["mcp"]["arguments"], arguments);
    assert_eq!(
        notes,
        [
            "nextCursor: there are more tools than in this list",
            "none: this is no schema that allows anything, so any value passes and policies don't see it by name",
            "none: no object is what it is called with, so its arguments pass unseen",
            "a~1b: no object is what it is called with, so its arguments pass unseen",
            "free: its members aren't named, so all pass unseen",
            "none: there is another tool of this name before it, so this is left out",
        ]
    );
}

#[test]
fn enumerations_that_would_be_one_become_strings() {
    let choice = json!({"enum": ["x"]});
    let properties = json!({"a-b": choice, "a_b": choice, "c": choice});
    let (fragment, notes) = imported(&json!([
        {"name": "t", "inputSchema": {"type": "object", "properties": properties}},
    ]));
    let string = json!({"type": "string", "optional": true});
    assert_eq!(
        fragment["mcp"]["arguments"]["t"]["members"],
        json!({"a-b": string, "a_b": string, "c": string})
    );
    assert_eq!(
        notes,
        [
            "t: several enumerations would be `Arguments::a_b` in policies, so all of this are declared as strings"
        ]
    );
}
