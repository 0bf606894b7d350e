use cedar_policy::PolicySet;
use proptest::prelude::*;
use proptest::sample::select;

use crate::operation::{Action, Operation};
use crate::policy::tests::{FACTS, ask, call, caller, fetch, load_with, prepare};
use crate::policy::{Policies, groups::Groups};

/// A policy, its scope made of a few parts that match some of the requests below.
fn policy() -> impl Strategy<Value = String> {
    (
        select(vec!["permit", "forbid"]),
        select(vec![
            "principal",
            r#"principal == Agent::"corp/bot""#,
            r#"principal == Agent::"corp/x""#,
            r#"principal in TrustDomain::"corp""#,
        ]),
        select(vec![
            ("action", "resource"),
            ("action", r#"resource == Tool::"shop/a""#),
            ("action", r#"resource in Server::"shop""#),
            ("action", r#"resource in ToolGroup::"some""#),
            ("action", "resource is Tool"),
            (r#"action in Action::"mcp""#, "resource"),
            (
                r#"action in Action::"mcp""#,
                r#"resource == Server::"shop""#,
            ),
            (
                r#"action in [Action::"mcp_session", Action::"call_tool"]"#,
                "resource",
            ),
            (
                r#"action == Action::"call_tool""#,
                r#"resource == Tool::"shop/a""#,
            ),
            (
                r#"action == Action::"call_tool""#,
                r#"resource == Tool::"shop/b""#,
            ),
            (r#"action == Action::"ping""#, r#"resource == Server::"x""#),
            (
                r#"action == Action::"http_request""#,
                r#"resource == Route::"order""#,
            ),
        ]),
        select(vec![
            "",
            " when { context.now > 0 }",
            " unless { context.now > 0 }",
        ]),
    )
        .prop_map(|(effect, principal, (action, resource), condition)| {
            format!("{effect}({principal}, {action}, {resource}){condition};")
        })
}

fn operations() -> [Operation<'static>; 6] {
    [
        call("a", "{}"),
        call("b", "{}"),
        call("c", "{}"),
        ask(Action::ListTools),
        ask(Action::Ping),
        fetch(&[]),
    ]
}

proptest! {
    #[test]
    fn a_slice_decides_as_the_whole_would(texts in prop::collection::vec(policy(), 1..10)) {
        let groups = Groups {
            tools: [("some".to_owned(), vec!["shop/b".to_owned()])].into(),
            ..Groups::default()
        };
        let policies = load_with(&texts.concat(), &groups).unwrap();
        let principal = prepare(&policies, caller());
        for operation in operations() {
            let question = policies.question(&principal, &operation, &FACTS).unwrap();
            let answer = |set: &PolicySet| {
                let authorizer = &policies.authorizer;
                let answer = authorizer.is_authorized(&question.request, set, &question.entities);
                let reasons: std::collections::BTreeSet<_> =
                    answer.diagnostics().reason().map(ToString::to_string).collect();
                (answer.decision(), reasons)
            };
            prop_assert_eq!(
                answer(&question.slice.policies),
                answer(&policies.slices.all.policies),
                "{:?}",
                operation.resource
            );
        }
    }
}

/// How many policies a call of this tool is held against.
fn held_against(policies: &Policies, tool: &str) -> usize {
    let principal = prepare(policies, caller());
    let operation = call(tool, "{}");
    let question = policies.question(&principal, &operation, &FACTS).unwrap();
    question.slice.policies.num_of_policies()
}

#[test]
fn policies_for_something_else_cost_nothing() {
    let mut text = String::from(
        r#"permit(principal, action, resource);
           permit(principal, action == Action::"ping", resource);
           permit(principal, action == Action::"call_tool", resource in Server::"shop");"#,
    );
    for tool in 0..100 {
        text.push_str(&format!(
            r#"permit(principal, action == Action::"call_tool", resource == Tool::"shop/{tool}");"#
        ));
    }
    let policies = load_with(&text, &Groups::default()).unwrap();
    for (name, tool, count) in [
        ("a tool with a policy of its own", "7", 3),
        ("a tool without", "x", 2),
    ] {
        assert_eq!(held_against(&policies, tool), count, "{name}");
    }
}

#[test]
fn slices_do_not_multiply_without_bound() {
    let mut text = String::new();
    for index in 0..130 {
        text.push_str(&format!(
            r#"permit(principal, action == Action::"call_tool", resource);
               permit(principal, action == Action::"call_tool", resource == Tool::"shop/{index}");"#
        ));
    }
    let policies = load_with(&text, &Groups::default()).unwrap();
    assert_eq!(held_against(&policies, "7"), 260);
}
