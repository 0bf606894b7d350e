use std::collections::BTreeSet;
use std::rc::Rc;

use cedar_policy::{
    Effect, Entities, Policy, PolicySet, PrincipalConstraint, Request, ResourceConstraint,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{MAX_HELD, Made, applies_to_action};
use crate::identity::caller::Caller;
use crate::operation::{Action, Operation};
use crate::policy::labels::Labels;
use crate::policy::tests::{FACTS, ask, call, caller, fetch, load_with, prepare};
use crate::policy::{Policies, denial::PolicyDenial, groups::Groups};

/// A policy, its scope made of parts that match some of the requests below.
fn policy() -> impl Strategy<Value = String> {
    (
        select(vec!["permit", "forbid"]),
        select(vec![
            "principal",
            "principal is Agent",
            r#"principal == Agent::"corp/bot""#,
            r#"principal == Agent::"corp/x""#,
            r#"principal in Agent::"corp/bot""#,
            r#"principal in TrustDomain::"corp""#,
            r#"principal is Agent in TrustDomain::"other""#,
            r#"principal in Group::"trusted""#,
            r#"principal is Agent in Group::"trusted""#,
            r#"principal in Group::"corp/support""#,
        ]),
        select(vec![
            ("action", "resource"),
            ("action", r#"resource == Tool::"shop/a""#),
            ("action", r#"resource in Tool::"shop/a""#),
            ("action", r#"resource in Server::"shop""#),
            ("action", r#"resource is Tool in Server::"shop""#),
            ("action", r#"resource in ToolGroup::"some""#),
            ("action", r#"resource is Tool in ToolGroup::"some""#),
            ("action", r#"resource in Label::"some""#),
            ("action", r#"resource is Route in Label::"some""#),
            ("action", "resource is Tool"),
            ("action", "resource is Server"),
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
            " when { context.now + 9223372036854775807 > 0 }",
            r#" when { context.token.scopes.contains("orders:read") }"#,
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

/// A caller with or without a user, and so with groups of its own or none; of one domain or another.
fn anybody() -> impl Strategy<Value = Caller> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(has_user, of_corp, may_read)| {
        let mut caller = caller();
        if !has_user {
            caller.user = None;
        }
        if !of_corp {
            caller.domain.0 = "other".into();
        }
        if !may_read {
            caller.scopes.clear();
        }
        caller
    })
}

/// Each of two groups has some of these members.
fn groups() -> impl Strategy<Value = Groups> {
    let agents = subsequence(vec!["corp/bot", "other/bot", "corp/x"], 0..=3);
    let tools = subsequence(vec!["shop/a", "shop/b", "x/a"], 0..=3);
    let group = |name: &str, members: Vec<&str>| {
        let members = members.into_iter().map(str::to_owned).collect();
        [(name.to_owned(), members)].into()
    };
    let labelled = subsequence(vec!["shop/a", "shop/b", "x/a"], 0..=3);
    let servers = subsequence(vec!["shop", "x"], 0..=2);
    let routes = subsequence(vec!["order"], 0..=1);
    (agents, tools, labelled, servers, routes).prop_map(
        move |(agents, tools, labelled, servers, routes)| Groups {
            agents: group("trusted", agents),
            tools: group("some", tools),
            labels: Labels {
                tools: group("some", labelled),
                servers: group("some", servers),
                routes: group("some", routes),
                ..Labels::default()
            },
        },
    )
}

/// What Cedar says of a request and all of these policies: permitted or not, by which, and which failed.
fn answer(
    policies: &Policies,
    set: &PolicySet,
    request: &Request,
    entities: &Entities,
) -> (bool, BTreeSet<String>, BTreeSet<String>) {
    let answer = policies.authorizer.is_authorized(request, set, entities);
    let diagnostics = answer.diagnostics();
    (
        answer.decision() == cedar_policy::Decision::Allow,
        diagnostics.reason().map(ToString::to_string).collect(),
        diagnostics.errors().map(ToString::to_string).collect(),
    )
}

/// Does the policy's scope match, by Cedar's own words?
fn applies(policy: &Policy, request: &Request, entities: &Entities) -> bool {
    let (principal, action, resource) = (
        request.principal().unwrap(),
        request.action().unwrap(),
        request.resource().unwrap(),
    );
    let within = |uid: &_, of: &_| uid == of || entities.is_ancestor_of(of, uid);
    applies_to_action(policy, action, entities)
        && (match policy.principal_constraint() {
            PrincipalConstraint::Any => true,
            PrincipalConstraint::Eq(uid) => *principal == uid,
            PrincipalConstraint::In(of) => within(principal, &of),
            PrincipalConstraint::Is(kind) => *principal.type_name() == kind,
            PrincipalConstraint::IsIn(kind, of) => {
                *principal.type_name() == kind && within(principal, &of)
            }
        })
        && (match policy.resource_constraint() {
            ResourceConstraint::Any => true,
            ResourceConstraint::Eq(uid) => *resource == uid,
            ResourceConstraint::In(of) => within(resource, &of),
            ResourceConstraint::Is(kind) => *resource.type_name() == kind,
            ResourceConstraint::IsIn(kind, of) => {
                *resource.type_name() == kind && within(resource, &of)
            }
        })
}

proptest! {
    #[test]
    fn a_slice_decides_as_the_whole_would(
        texts in prop::collection::vec(policy(), 1..12),
        groups in groups(),
        callers in prop::collection::vec(anybody(), 1..4),
    ) {
        let policies = load_with(&texts.concat(), &groups).unwrap();
        let all = policies.rules.iter().map(|rule| rule.policy.clone());
        let all = PolicySet::from_policies(all).unwrap();
        for caller in callers {
            let principal = prepare(&policies, caller);
            for operation in operations() {
                let setting = policies.setting(&principal, &operation).unwrap();
                let slice = &setting.slice;
                let question = policies.question(&setting, slice, &principal, &operation, &FACTS).unwrap();
                let (request, entities) = (&question.request, &*question.entities);
                let whole = answer(&policies, &all, request, entities);
                prop_assert_eq!(
                    answer(&policies, &slice.policies, request, entities),
                    whole.clone(),
                    "{:?}",
                    &operation
                );
                let matching: Vec<_> = (0..policies.rules.len())
                    .filter(|at| applies(&policies.rules[*at].policy, request, entities))
                    .collect();
                prop_assert_eq!(&slice.rules, &matching, "{:?}", &operation);

                let decided = policies.decide(&principal, &operation, &FACTS).verdict;
                let again = policies.decide(&principal, &operation, &FACTS).verdict;
                let told = |decided: Result<crate::policy::permit::Permit, PolicyDenial>| {
                    decided.map(|permit| permit.policies().to_vec())
                };
                let decided = told(decided);
                prop_assert_eq!(decided.is_ok(), whole.0 && whole.2.is_empty());
                if let Err(PolicyDenial::NoPermit { nearest }) = &decided {
                    let permits = matching.iter().map(|at| &policies.rules[*at]);
                    let permits = permits.filter(|rule| rule.policy.effect() == Effect::Permit);
                    let permits: Vec<_> = permits.map(|rule| rule.note.clone()).collect();
                    prop_assert_eq!(nearest, &permits);
                }
                prop_assert_eq!(told(again), decided, "once more");
            }
        }
    }
}

/// How many policies a call of this tool is held against.
fn held_against(policies: &Policies, tool: &str) -> usize {
    let principal = prepare(policies, caller());
    let operation = call(tool, "{}");
    let setting = policies.setting(&principal, &operation).unwrap();
    setting.slice.policies.num_of_policies()
}

#[test]
fn policies_for_something_or_somebody_else_cost_nothing() {
    let mut text = String::from(
        r#"permit(principal, action, resource);
           permit(principal, action == Action::"ping", resource);
           permit(principal, action == Action::"call_tool", resource in Server::"shop");"#,
    );
    for index in 0..100 {
        text.push_str(&format!(
            r#"permit(principal, action == Action::"call_tool", resource == Tool::"shop/{index}");
               permit(principal == Agent::"corp/{index}", action, resource);
               permit(principal in TrustDomain::"d{index}", action, resource in Server::"shop");
               permit(principal in Group::"corp/{index}", action, resource);
               permit(principal, action, resource in Server::"s{index}");"#
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
fn a_slice_is_made_once() {
    let text = "permit(principal, action, resource) when { context.now > 0 };";
    let policies = load_with(text, &Groups::default()).unwrap();
    let slice = |operation| {
        let principal = prepare(&policies, caller());
        policies.setting(&principal, &operation).unwrap().slice
    };
    let first = slice(call("a", "{}"));
    assert!(Rc::ptr_eq(&first, &slice(call("a", "{}"))));
    assert!(
        Rc::ptr_eq(&first, &slice(ask(Action::Ping))),
        "the same policies apply to something else"
    );

    let mut made = Made::default();
    made.keep(first.rules.clone(), &first);
    made.held = MAX_HELD;
    made.keep(first.rules.clone(), &first);
    assert_eq!((made.by_rules.len(), made.held), (0, 0), "all are let go");
}
