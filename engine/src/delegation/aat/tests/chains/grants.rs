//! What tokens allow, and what they allow more than their parents.

use serde_json::json;

use super::super::{OWN, Step, tools};
use super::{Row, allow, both, entries, patch, replace, row};

pub(super) fn capabilities() -> Vec<Row> {
    use Step::{ChildCapability, ChildConstraint, RootCapability, RootConstraint};

    let entry = json!({"type": "attenuating_agent_token", "tools": tools()});
    let mut rows = vec![
        row("no entry", 1, 0, entries(json!([])), RootCapability),
        row(
            "no entry of ours",
            1,
            0,
            entries(json!([{"type": "x", "tools": {}}])),
            RootCapability,
        ),
    ];
    for (name, details) in [
        ("two entries", json!([entry, entry])),
        ("no tools", json!([{"type": "attenuating_agent_token"}])),
        (
            "tools that are a list",
            json!([{"type": "attenuating_agent_token", "tools": []}]),
        ),
        (
            "a tool that is a list",
            json!([{"type": "attenuating_agent_token", "tools": {"read": []}}]),
        ),
    ] {
        rows.extend(both(
            name,
            entries(details),
            RootCapability,
            ChildCapability,
        ));
    }
    let wildcard = json!({"constraint_type": "wildcard"});
    let nested = (0..32).fold(
        wildcard.clone(),
        |inner, _| json!({"constraint_type": "all", "constraints": [inner]}),
    );
    for (name, argument, constraint) in [
        (
            "a type that isn't known",
            "path",
            json!({"constraint_type": "regex", "pattern": "a"}),
        ),
        (
            "a member that isn't known",
            "path",
            json!({"constraint_type": "exact", "value": 1, "x": 1}),
        ),
        (
            "no clauses",
            "path",
            json!({"constraint_type": "any", "constraints": []}),
        ),
        ("33 levels", "path", nested),
        (
            "a star that isn't a wildcard",
            "*",
            json!({"constraint_type": "exact", "value": 1}),
        ),
        (
            "a star that is optional",
            "*",
            json!({"constraint_type": "wildcard", "optional": false}),
        ),
        ("a star that is no constraint", "*", json!([])),
    ] {
        let tools = json!({"unused": {argument: constraint}, "read": {}});
        rows.extend(both(name, allow(tools), RootConstraint, ChildConstraint));
    }
    let number = replace(r#""max":100"#, r#""max":9007199254740993"#);
    rows.extend(both(
        "a number that isn't clear",
        number,
        RootConstraint,
        ChildConstraint,
    ));
    rows
}

pub(super) fn widenings() -> Vec<Row> {
    use Step::{
        ArgumentNames, ArgumentOptional, Audience, ConstraintWidened, ParentMismatch, ToolAdded,
    };

    let path = json!({"constraint_type": "one_of", "values": ["a", "b"]});
    let optional = json!({"constraint_type": "one_of", "values": ["a"], "optional": true});
    let limit = json!({"constraint_type": "range", "max": 100});
    let wildcard = json!({"constraint_type": "wildcard"});
    vec![
        row("a tool less", 2, 1, allow(json!({"list": {}})), None),
        row("a new tool", 2, 1, allow(json!({"write": {}})), ToolAdded),
        row(
            "a tool in another case",
            2,
            1,
            allow(json!({"Read": {}})),
            ToolAdded,
        ),
        row(
            "any argument again",
            2,
            1,
            allow(json!({"read": {}})),
            ArgumentNames,
        ),
        row(
            "a star",
            2,
            1,
            allow(json!({"read": {"path": path, "*": wildcard}})),
            ArgumentNames,
        ),
        row(
            "an argument more",
            2,
            1,
            allow(json!({"read": {"path": path, "x": path}})),
            ArgumentNames,
        ),
        row(
            "a required argument less",
            2,
            1,
            allow(json!({"read": {"limit": limit}})),
            ArgumentNames,
        ),
        row(
            "an optional argument less",
            2,
            1,
            allow(json!({"read": {"path": path}})),
            None,
        ),
        row(
            "an optional one required",
            2,
            1,
            allow(json!({"read": {"path": path, "limit": limit}})),
            None,
        ),
        row(
            "a required one optional",
            2,
            1,
            allow(json!({"read": {"path": optional}})),
            ArgumentOptional,
        ),
        row(
            "any value",
            2,
            1,
            allow(json!({"read": {"path": wildcard}})),
            ConstraintWidened,
        ),
        row(
            "one of the unnamed named",
            2,
            1,
            allow(json!({"list": {"x": path}})),
            None,
        ),
        Row {
            name: "a tool regained",
            count: 3,
            edit: Box::new(|place, draft| {
                if place == 1 {
                    draft.tools(&json!({"list": {}}));
                }
            }),
            expected: Some(ToolAdded),
        },
        Row {
            name: "a tool after a token without entry",
            count: 3,
            edit: Box::new(|place, draft| {
                if place == 1 {
                    draft.patch(&json!({"authorization_details": [{"type": "x"}]}));
                }
            }),
            expected: Some(ToolAdded),
        },
        row(
            "another parent",
            2,
            1,
            patch(json!({"par_hash": "bm8"})),
            ParentMismatch,
        ),
        row(
            "for somebody else",
            3,
            0,
            patch(json!({"aud": "https://x.example"})),
            Audience,
        ),
        row(
            "for somebody else below",
            3,
            1,
            patch(json!({"aud": ["https://tools.example/"]})),
            Audience,
        ),
        row(
            "for nobody",
            2,
            1,
            patch(json!({"aud": {"x": OWN}})),
            Audience,
        ),
        row("for null", 2, 1, patch(json!({"aud": [null]})), Audience),
    ]
}
