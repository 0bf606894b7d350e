//! What a principal's earlier requests leave behind changes no later verdict.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::operation::{Action, McpRevision, Operation, Protocol};
use crate::policy::tests::{FACTS, ask, call, caller, fetch, load, prepare};
use crate::policy::{Facts, Policies};
use crate::time::UnixTime;

/// Policies that look at everything that a request has, in every way, and at nothing of it.
pub(super) const POLICIES: [&str; 17] = [
    r#"permit(principal, action, resource);"#,
    r#"permit(principal, action, resource == Tool::"shop/a");"#,
    r#"permit(principal, action == Action::"call_tool", resource in Server::"shop");"#,
    r#"forbid(principal, action, resource == Tool::"shop/b");"#,
    r#"permit(principal, action in Action::"mcp", resource) when { context.now < 1790000050 };"#,
    r#"forbid(principal, action, resource) when { context.token.expires_at - context.now < 60 };"#,
    r#"permit(principal, action, resource) when { context.time < datetime("2026-09-21T13:34:10Z") };"#,
    r#"forbid(principal, action, resource) when { context.request.method == "GET" };"#,
    r#"forbid(principal, action, resource) when { context.request has revision && context.request.revision == "2025-11-25" };"#,
    r#"permit(principal, action == Action::"call_tool", resource) when { context.arguments.hasTag("/n") && context.arguments.getTag("/n") has long && context.arguments.getTag("/n").long < 2 };"#,
    r#"forbid(principal, action == Action::"call_tool", resource == Tool::"shop/a") when { context.arguments.hasTag("/n") };"#,
    r#"forbid(principal, action == Action::"call_tool", resource) when { (if context.now > 0 then context.arguments else context.arguments).hasTag("/m") };"#,
    r#"permit(principal, action == Action::"call_tool", resource) when { context.arguments.hasTag("/n") && context.arguments.getTag("/n") has long && context.arguments.getTag("/n").long + 9223372036854775800 > 0 };"#,
    r#"permit(principal, action == Action::"http_request", resource) when { context.parameters.hasTag("id") && context.parameters.getTag("id") like "4*" };"#,
    r#"forbid(principal, action, resource) unless { context.request.possession == "dpop" };"#,
    r#"forbid(principal, action, resource) when { context.token.scopes.contains("nothing") };"#,
    r#"forbid(principal, action == Action::"call_tool", resource) when { [context].contains(context) && context.arguments.hasTag("/m") };"#,
];

/// One request: what it asks, and what else is known of it.
pub(super) fn request() -> impl Strategy<Value = (Operation<'static>, Facts<'static>)> {
    let operation = select(vec![
        call("a", "{}"),
        call("a", r#"{"n":1}"#),
        call("a", r#"{"N":1}"#),
        call("b", r#"{"n":100}"#),
        call("c", r#"{"n":1}"#),
        call("c", r#"{"m":null}"#),
        call("c", "{}"),
        ask(Action::ListTools),
        ask(Action::Ping),
        fetch(&[]),
        fetch(&[("id", "42")]),
        fetch(&[("id", "7")]),
    ]);
    let revision = select(McpRevision::ALL.to_vec());
    let facts = (
        0..300_u64,
        select(vec!["POST", "GET"]),
        select(vec!["bearer", "dpop"]),
    );
    (operation, revision, facts).prop_map(|(mut operation, revision, facts)| {
        let (later, method, possession) = facts;
        if let Protocol::Mcp(of) = &mut operation.protocol {
            *of = revision;
        }
        let now = UnixTime(FACTS.now.0 + later);
        (
            operation,
            Facts {
                now,
                method,
                possession,
                ..FACTS
            },
        )
    })
}

pub(super) fn decide(
    policies: &Policies,
    principal: &crate::policy::principal::Principal,
    (operation, facts): &(Operation<'_>, Facts<'_>),
) -> Result<Vec<String>, String> {
    match policies.decide(principal, operation, facts).verdict {
        Ok(permit) => Ok(permit
            .policies()
            .iter()
            .map(|note| note.id.clone())
            .collect()),
        Err(denial) => Err(format!("{denial:?}")),
    }
}

proptest! {
    #[test]
    fn a_principal_that_asked_before_is_judged_as_one_that_did_not(
        texts in subsequence(POLICIES.to_vec(), 1..=6),
        requests in prop::collection::vec(request(), 1..24),
    ) {
        let policies = load(&texts.concat()).unwrap();
        let known = prepare(&policies, caller());
        for request in &requests {
            let new = prepare(&policies, caller());
            prop_assert_eq!(
                decide(&policies, &known, request),
                decide(&policies, &new, request),
                "{:?}",
                request
            );
        }
    }
}
