mod callers;
mod remedied;
mod remembered;
mod schema;
mod shadow;

use crate::delegation::mission;
use crate::identity::caller::Caller;
use crate::operation::{Action, Operation};
use crate::policy::Policies;
use crate::policy::denial::{ArgumentsLimit, PolicyDenial};
use crate::policy::groups::Groups;
use crate::policy::tests::{FACTS, ask, call, caller, fetch, json, load, load_with, prepare};

/// In one word, what is decided of `operation`, and by which policies.
fn outcome(policies: &Policies, caller: Caller, operation: &Operation<'_>) -> String {
    let principal = prepare(policies, caller);
    let ids = |notes: &[std::sync::Arc<crate::policy::denial::PolicyNote>]| {
        let ids: Vec<_> = notes.iter().map(|note| note.id.as_str()).collect();
        ids.join(" ")
    };
    match policies.decide(&principal, operation, &FACTS).verdict {
        Ok(permit) => format!("permitted by {}", ids(permit.policies())),
        Err(PolicyDenial::NoPermit { nearest }) if nearest.is_empty() => "not permitted".to_owned(),
        Err(PolicyDenial::NoPermit { nearest }) => format!("not permitted, near {}", ids(&nearest)),
        Err(PolicyDenial::Remediable { by, lacks }) => {
            let wanted = &lacks.authentication;
            let (acr, age) = (
                wanted.acr_values.join(" "),
                wanted.max_age.map_or(0, |of| of.0),
            );
            format!(
                "{} needs [{acr}] {age} [{}]",
                ids(&by),
                lacks.scopes.join(" ")
            )
        }
        Err(PolicyDenial::Forbidden { by }) => format!("forbidden by {}", ids(&by)),
        Err(PolicyDenial::OutsideIntent { by }) => format!("outside of intent {}", ids(&by)),
        Err(PolicyDenial::EvaluationFailed { failed }) => format!("failed {}", ids(&failed)),
        Err(PolicyDenial::ArgumentRespelled { pointer }) => format!("respelled {pointer}"),
        Err(PolicyDenial::Session(error)) => error.to_string(),
        Err(PolicyDenial::ArgumentsTooLarge { what, .. }) => format!("too many {what}"),
    }
}

const SHOP: &str = r#"
    @id("session") permit(principal in TrustDomain::"corp", action in Action::"mcp_session", resource == Server::"shop");
    @id("list") permit(principal == Agent::"corp/bot", action == Action::"list_tools", resource);
    @id("search") permit(principal, action, resource == Tool::"shop/search_orders");
    @id("refund") permit(principal, action == Action::"call_tool", resource == Tool::"shop/refund_order")
    when {
        context.token.scopes.contains("orders:refund") &&
        context.arguments.hasTag("/amount") && context.arguments.getTag("/amount") has decimal &&
        context.arguments.getTag("/amount").decimal.lessThanOrEqual(decimal("100.0"))
    };
    @id("never") forbid(principal, action == Action::"call_tool", resource) when { resource.name like "delete_*" };
    @id("late") forbid(principal, action, resource) when { context.token.expires_at - context.now < 60 };
    @id("order") permit(principal, action == Action::"http_request", resource == Route::"order")
    when { context.parameters.hasTag("id") && context.parameters.getTag("id") like "4*" };
"#;

#[test]
fn no_letter_case_hides_an_argument_from_a_forbid() {
    let policies = load(
        r#"@id("all") permit(principal, action, resource);
           @id("root") forbid(principal, action == Action::"call_tool", resource)
           when { context.arguments.hasTag("/path") };"#,
    )
    .unwrap();
    for (name, arguments, expected) in [
        (
            "as the policy has it",
            r#"{"path":"/"}"#,
            "forbidden by root",
        ),
        ("in other letters", r#"{"Path":"/"}"#, "respelled /path"),
        ("another", r#"{"paths":"/"}"#, "permitted by all"),
    ] {
        assert_eq!(
            outcome(&policies, caller(), &call("a", arguments)),
            expected,
            "{name}"
        );
    }
}

#[test]
fn requests_are_decided_by_what_they_ask() {
    let policies = load(SHOP).unwrap();
    for (name, operation, expected) in [
        (
            "a session starts",
            ask(Action::Initialize),
            "permitted by session",
        ),
        ("a ping", ask(Action::Ping), "permitted by session"),
        (
            "a notification",
            ask(Action::Notify),
            "permitted by session",
        ),
        ("the list", ask(Action::ListTools), "permitted by list"),
        (
            "a free tool",
            call("search_orders", "{}"),
            "permitted by search",
        ),
        (
            "a tool that nothing names",
            call("echo", "{}"),
            "not permitted",
        ),
        (
            "a forbidden tool",
            call("delete_order", "{}"),
            "forbidden by never",
        ),
        (
            "an amount within the bound",
            call("refund_order", r#"{"amount":99.99}"#),
            "permitted by refund",
        ),
        (
            "the bound, as an integer",
            call("refund_order", r#"{"amount":100}"#),
            "permitted by refund",
        ),
        (
            "the bound, as an exponent",
            call("refund_order", r#"{"amount":1e2}"#),
            "permitted by refund",
        ),
        (
            "an amount beyond",
            call("refund_order", r#"{"amount":100.01}"#),
            "not permitted, near refund",
        ),
        (
            "beyond, as an integer",
            call("refund_order", r#"{"amount":101}"#),
            "not permitted, near refund",
        ),
        (
            "beyond by less than a decimal holds",
            call("refund_order", r#"{"amount":100.00001}"#),
            "not permitted, near refund",
        ),
        (
            "far beyond every type",
            call("refund_order", r#"{"amount":1e99}"#),
            "not permitted, near refund",
        ),
        (
            "an amount as a string",
            call("refund_order", r#"{"amount":"1"}"#),
            "not permitted, near refund",
        ),
        (
            "an amount elsewhere",
            call("refund_order", r#"{"x":{"amount":1}}"#),
            "not permitted, near refund",
        ),
        (
            "no amount",
            call("refund_order", "{}"),
            "not permitted, near refund",
        ),
        (
            "a path parameter that fits",
            fetch(&[("id", "42")]),
            "permitted by order",
        ),
        (
            "one that doesn't",
            fetch(&[("id", "12")]),
            "not permitted, near order",
        ),
        ("none", fetch(&[]), "not permitted, near order"),
    ] {
        assert_eq!(outcome(&policies, caller(), &operation), expected, "{name}");
    }
}

#[test]
fn every_policy_must_agree_and_none_may_fail() {
    let operation = call("x", r#"{"n":9223372036854775807}"#);
    let fails = r#"when { context.arguments.hasTag("/n") && context.arguments.getTag("/n") has long && context.arguments.getTag("/n").long + 1 > 0 };"#;
    let yes = "permit(principal, action, resource);";
    let no = "forbid(principal, action, resource);";
    for (name, text, expected) in [
        ("one yes is enough", yes.to_owned(), "permitted by policy0"),
        (
            "two are both told",
            format!("{yes}{yes}"),
            "permitted by policy0 policy1",
        ),
        (
            "a no outweighs",
            format!("{yes}{no}"),
            "forbidden by policy1",
        ),
        ("only a no", no.to_owned(), "forbidden by policy0"),
        (
            "a failing forbid",
            format!(r#"{yes} forbid(principal, action == Action::"call_tool", resource) {fails}"#),
            "failed policy1",
        ),
        (
            "a failing permit",
            format!(r#"permit(principal, action == Action::"call_tool", resource) {fails}{yes}"#),
            "failed policy0",
        ),
        (
            "a failure outweighs a no",
            format!(r#"{no} forbid(principal, action == Action::"call_tool", resource) {fails}"#),
            "failed policy1",
        ),
    ] {
        let policies = load(&text).unwrap();
        assert_eq!(outcome(&policies, caller(), &operation), expected, "{name}");
    }
}

#[test]
fn a_miss_names_the_permits_whose_scope_matches() {
    let when = "when { context.now < 0 };";
    for (name, scope, near) in [
        ("everything", "principal, action, resource", true),
        (
            "the agent",
            r#"principal == Agent::"corp/bot", action, resource"#,
            true,
        ),
        (
            "another agent",
            r#"principal == Agent::"corp/x", action, resource"#,
            false,
        ),
        (
            "the domain",
            r#"principal in TrustDomain::"corp", action, resource"#,
            true,
        ),
        (
            "another domain",
            r#"principal is Agent in TrustDomain::"x", action, resource"#,
            false,
        ),
        (
            "the action's group",
            r#"principal, action in Action::"mcp", resource"#,
            true,
        ),
        (
            "another action's group",
            r#"principal, action in [Action::"mcp_session", Action::"list_tools"], resource"#,
            false,
        ),
        (
            "another action",
            r#"principal, action == Action::"ping", resource"#,
            false,
        ),
        (
            "the server",
            r#"principal is Agent, action, resource in Server::"shop""#,
            true,
        ),
        (
            "the tool's type",
            "principal, action, resource is Tool",
            true,
        ),
        (
            "the tool's type and another server",
            r#"principal, action, resource is Tool in Server::"x""#,
            false,
        ),
    ] {
        let policies = load(&format!("permit({scope}) {when}")).unwrap();
        let expected = if near {
            "not permitted, near policy0"
        } else {
            "not permitted"
        };
        assert_eq!(
            outcome(&policies, caller(), &call("x", "{}")),
            expected,
            "{name}"
        );
    }
    let forbid = load(&format!("forbid(principal, action, resource) {when}")).unwrap();
    assert_eq!(
        outcome(&forbid, caller(), &call("x", "{}")),
        "not permitted",
        "a forbid is no near miss"
    );
}

#[test]
fn a_denial_says_what_the_policies_say() {
    let policies = load(
        r#"@id("cap") @reason("refunds are small") @remedy("ask for at most 100")
           permit(principal, action, resource) when { context.now < 0 };"#,
    )
    .unwrap();
    let principal = prepare(&policies, caller());
    let denial = policies
        .decide(&principal, &call("x", "{}"), &FACTS)
        .verdict
        .unwrap_err();
    assert_eq!(
        denial.to_string(),
        "no policy permits this (missed by their conditions only: `cap`)"
    );
    let note = &denial.policies()[0];
    assert_eq!(note.reason.as_deref(), Some("refunds are small"));
    let remedy = note.remedy.as_ref().map(|remedy| remedy.text.as_str());
    assert_eq!(remedy, Some("ask for at most 100"));
}

#[test]
fn arguments_beyond_the_limits_are_refused_where_policies_look_at_them() {
    let any = r#"permit(principal, action == Action::"call_tool", resource) when { context.arguments.hasTag(context.request.host) || 1 == 1 };"#;
    let one = r#"permit(principal, action == Action::"call_tool", resource) when { context.arguments.hasTag("/a") && context.arguments.getTag("/a") has text };"#;
    let many = format!(r#"{{"a":"","b":[{}]}}"#, ["1"; 4096].join(","));
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(256 * 1024));
    for (name, text, arguments, expected) in [
        (
            "as many as allowed",
            any,
            &many.replacen("1,", "", 2),
            "permitted by policy0",
        ),
        (
            "one more",
            any,
            &many.replacen("1,", "", 1),
            "too many values",
        ),
        (
            "many that nobody looks at",
            one,
            &many,
            "permitted by policy0",
        ),
        ("long text", one, &long, "too many bytes of text"),
        (
            "a bit shorter",
            one,
            &long.replacen("xx", "", 1),
            "permitted by policy0",
        ),
    ] {
        let policies = load(text).unwrap();
        assert_eq!(
            outcome(&policies, caller(), &call("x", arguments)),
            expected,
            "{name}"
        );
    }
    assert_eq!(
        PolicyDenial::ArgumentsTooLarge {
            what: ArgumentsLimit::Values,
            limit: 4096
        }
        .to_string(),
        "the arguments have more than 4096 values"
    );
}
