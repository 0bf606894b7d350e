use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::Unknown;
use crate::operation::{Action, McpRevision, Operation, Protocol, Resource};
use crate::policy::mode::Mode;
use crate::policy::tests::{FACTS, call, caller, load, prepare};
use crate::time::UnixTime;

const ARGUMENTS: Unknown = Unknown {
    arguments: true,
    warrant: false,
    resource: false,
};

fn named(tool: &str) -> Operation<'static> {
    let Operation {
        protocol,
        action,
        resource,
        ..
    } = call(tool, "{}");
    Operation::new(protocol, action, resource)
}

fn reading(uri: &str) -> Operation<'static> {
    let server = Arc::from("shop");
    let uri = uri.to_owned();
    Operation::new(
        Protocol::Mcp(McpRevision::V2025_11_25),
        Action::ReadResource,
        Resource::McpResource { server, uri },
    )
}

fn could(policies: &str, operation: &Operation<'_>, unknown: Unknown) -> bool {
    let policies = load(policies).unwrap_or_else(|error| panic!("{policies}: {error}"));
    let principal = prepare(&policies, caller());
    policies.could_permit(&principal, operation, &FACTS, unknown)
}

#[test]
fn what_some_arguments_could_help_is_possible() {
    let amount = r#"context.arguments.hasTag("/amount") && context.arguments.getTag("/amount") has long && context.arguments.getTag("/amount").long < 3"#;
    for (name, policies, expected) in [
        (
            "a permit without conditions",
            "permit (principal, action, resource);".to_owned(),
            true,
        ),
        (
            "another tool's",
            r#"permit (principal, action, resource == Tool::"shop/b");"#.to_owned(),
            false,
        ),
        (
            "arguments alone",
            format!("permit (principal, action == Action::\"call_tool\", resource) when {{ {amount} }};"),
            true,
        ),
        (
            "arguments behind what doesn't hold",
            format!(
                "permit (principal, action == Action::\"call_tool\", resource) when {{ context.token.scopes.contains(\"x\") && {amount} }};"
            ),
            false,
        ),
        (
            "arguments before what doesn't hold",
            format!(
                "permit (principal, action == Action::\"call_tool\", resource) when {{ {amount} && context.token.scopes.contains(\"x\") }};"
            ),
            false,
        ),
        (
            "arguments or what doesn't hold",
            format!(
                "permit (principal, action == Action::\"call_tool\", resource) when {{ {amount} || context.token.scopes.contains(\"x\") }};"
            ),
            true,
        ),
        (
            "another condition that doesn't hold",
            format!(
                "permit (principal, action == Action::\"call_tool\", resource) when {{ {amount} }} when {{ context.now < 5 }};"
            ),
            false,
        ),
        (
            "an unless that holds beside arguments",
            format!(
                "permit (principal, action == Action::\"call_tool\", resource) unless {{ context.now > 5 || ({amount}) }};"
            ),
            false,
        ),
        (
            "an unless of arguments",
            format!("permit (principal, action == Action::\"call_tool\", resource) unless {{ {amount} }};"),
            true,
        ),
        (
            "a forbid that arguments could avoid",
            format!(
                "permit (principal, action, resource); forbid (principal, action == Action::\"call_tool\", resource) when {{ {amount} }};"
            ),
            true,
        ),
        (
            "a forbid that nothing avoids",
            "permit (principal, action, resource); forbid (principal, action, resource) when { context.now > 5 };".to_owned(),
            false,
        ),
        (
            "a policy that fails whatever the arguments",
            "permit (principal, action, resource); forbid (principal, action, resource) when { context.now + 9223372036854775807 > 1 };".to_owned(),
            false,
        ),
        (
            "a permit that fails where arguments are as it wants them",
            r#"permit (principal, action == Action::"call_tool", resource) when { context.arguments.hasTag("/a") && context.now + 9223372036854775807 > 1 };"#.to_owned(),
            true,
        ),
        (
            "what a login would help",
            r#"@step_up("acr=phr") permit (principal, action, resource) when { context.token has acr && context.token.acr == "phr" };"#.to_owned(),
            true,
        ),
        (
            "what scopes would help, with arguments",
            format!(
                "@scopes(\"x\") permit (principal, action == Action::\"call_tool\", resource) when {{ context.token.scopes.contains(\"x\") && {amount} }};"
            ),
            true,
        ),
        (
            "a permit in shadow",
            "@shadow(\"true\") permit (principal, action, resource);".to_owned(),
            false,
        ),
    ] {
        let found = could(&policies, &named("a"), ARGUMENTS);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_warrant_that_is_still_to_come_could_help() {
    let policies = r#"permit (principal, action, resource) when { context has warrant && context.warrant.depth < 2 };"#;
    let with = Unknown {
        warrant: true,
        ..ARGUMENTS
    };
    assert!(could(policies, &named("a"), with));
    assert!(!could(policies, &named("a"), ARGUMENTS));
    let forbid = "permit (principal, action, resource); forbid (principal, action, resource) unless { context has warrant };";
    assert!(could(forbid, &named("a"), with));
    assert!(!could(forbid, &named("a"), ARGUMENTS));
}

#[test]
fn a_template_is_possible_where_something_that_it_stands_for_could_be() {
    let unknown = Unknown {
        resource: true,
        ..Unknown::default()
    };
    for (policies, expected) in [
        (
            r#"permit (principal, action, resource in Server::"shop");"#,
            true,
        ),
        (
            r#"permit (principal, action, resource in Server::"other");"#,
            false,
        ),
        (
            r#"permit (principal, action == Action::"read_resource", resource) when { resource.uri like "db:*" };"#,
            true,
        ),
        (
            r#"permit (principal, action == Action::"read_resource", resource) when { resource.uri like "db:*" && context.now < 5 };"#,
            false,
        ),
        (
            r#"permit (principal, action, resource == McpResource::"shop/file:///a/b");"#,
            true,
        ),
        (
            r#"permit (principal, action, resource == McpResource::"shop/file:///b");"#,
            false,
        ),
        (
            r#"permit (principal, action, resource == McpResource::"other/file:///a/b");"#,
            false,
        ),
        (
            r#"permit (principal, action == Action::"call_tool", resource);"#,
            false,
        ),
        (
            r#"permit (principal, action, resource); forbid (principal, action, resource in Server::"shop");"#,
            false,
        ),
        (
            r#"permit (principal, action == Action::"read_resource", resource); forbid (principal, action == Action::"read_resource", resource) when { resource.uri like "file:*" };"#,
            true,
        ),
    ] {
        let found = could(policies, &reading("file:///a/{name}"), unknown);
        assert_eq!(found, expected, "{policies}");
    }
}

#[test]
fn everything_is_possible_in_shadow() {
    let policies = load("permit (principal, action, resource) when { context.now < 5 };").unwrap();
    let until = UnixTime(FACTS.now.0.saturating_add(10));
    let policies = policies.in_mode(Mode::Shadow { until });
    let principal = prepare(&policies, caller());
    assert!(policies.could_permit(&principal, &named("a"), &FACTS, ARGUMENTS));
}

/// Conditions, of which some look at arguments.
fn condition() -> impl Strategy<Value = String> {
    let leaf = select(vec![
        "true",
        "context.now > 5",
        "context.now < 5",
        r#"context.token.scopes.contains("orders:read")"#,
        r#"context has user"#,
        r#"resource == Tool::"shop/a""#,
        r#"context.arguments.hasTag("/x")"#,
        r#"(context.arguments.hasTag("/x") && context.arguments.getTag("/x") has long && context.arguments.getTag("/x").long > 1)"#,
        r#"(context.arguments.hasTag("/y") && context.arguments.getTag("/y").kind == "string")"#,
        "context.now + 9223372036854775807 > 1",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("(if {a} then {b} else false)")),
        ]
    })
}

fn policy() -> impl Strategy<Value = String> {
    (
        select(vec!["permit", "permit", "forbid"]),
        select(vec![
            "resource",
            r#"resource in Server::"shop""#,
            r#"resource == Tool::"shop/a""#,
        ]),
        proptest::collection::vec((select(vec!["when", "unless"]), condition()), 0..3),
    )
        .prop_map(|(effect, resource, conditions)| {
            let conditions: Vec<_> = conditions
                .into_iter()
                .map(|(kind, condition)| format!("{kind} {{ {condition} }}"))
                .collect();
            let conditions = conditions.join(" ");
            format!(
                "{effect} (principal, action == Action::\"call_tool\", {resource}) {conditions};"
            )
        })
}

proptest! {
    /// The one law: nothing that is permitted is hidden; and where no policy looks at arguments, nothing else is shown.
    #[test]
    fn whatever_is_permitted_is_possible(
        policies in proptest::collection::vec(policy(), 1..5),
        arguments in subsequence(vec![r#""x":1"#, r#""y":"t""#, r#""z":null"#], 0..=3),
        tool in select(vec!["a", "b"]),
    ) {
        let looks_at_arguments = policies.iter().any(|policy| policy.contains("arguments"));
        // Some can never apply, which isn't loaded.
        let Ok(policies) = load(&policies.join("\n")) else {
            return Ok(());
        };
        let principal = prepare(&policies, caller());
        let arguments = format!("{{{}}}", arguments.join(","));
        let permitted = policies.decide(&principal, &call(tool, &arguments), &FACTS).verdict.is_ok();
        let possible = policies.could_permit(&principal, &named(tool), &FACTS, ARGUMENTS);
        prop_assert!(possible || !permitted, "{arguments}");
        prop_assert!(looks_at_arguments || possible == permitted);
    }
}
