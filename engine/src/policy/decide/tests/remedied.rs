//! A client is told to get another token only if that helps.

use super::outcome;
use crate::identity::caller::Caller;
use crate::policy::tests::{FACTS, call, caller, load};
use crate::time::UnixTime;

const POLICIES: &str = r#"
    @id("look") permit(principal, action, resource == Tool::"shop/look");
    @id("pay") @step_up("acr=phr acr=phrh max_age=300")
    permit(principal, action, resource == Tool::"shop/pay")
    when { context.token has acr && context.token.acr == "phr" &&
           context.token has auth_time && context.now - context.token.auth_time <= 300 };
    @id("refund") @scopes("shop:refund shop:read")
    permit(principal, action, resource == Tool::"shop/refund")
    when { context.token.scopes.containsAll(["shop:refund", "shop:read"]) };
    @id("wire-a") @step_up("acr=phr") @scopes("shop:wire")
    permit(principal, action, resource == Tool::"shop/wire")
    when { context.token has acr && context.token.acr == "phr" && context.token.scopes.contains("shop:wire") &&
           context.arguments.hasTag("/to") };
    @id("strong") @step_up("acr=phr") forbid(principal, action, resource == Tool::"shop/look")
    unless { context.token has acr && context.token.acr == "phr" };
    @id("fresh") @step_up("max_age=60") forbid(principal, action, resource == Tool::"shop/look")
    unless { context.token has auth_time && context.now - context.token.auth_time <= 60 };
    @id("drop") permit(principal, action, resource == Tool::"shop/drop");
    @id("drop-strong") @step_up("acr=phr") forbid(principal, action, resource == Tool::"shop/drop")
    unless { context.token has acr && context.token.acr == "phr" };
    @id("drop-never") forbid(principal, action, resource == Tool::"shop/drop");
"#;

#[test]
fn a_refusal_says_what_the_token_lacks_where_nothing_else_stands_in_the_way() {
    let policies = load(POLICIES).unwrap();
    let with = |acr: Option<&str>, ago: Option<u64>, scopes: &[&str]| -> Caller {
        let mut caller = caller();
        caller.authentication.class = acr.map(str::to_owned);
        caller.authentication.time = ago.map(|ago| UnixTime(FACTS.now.0 - ago));
        caller.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        caller
    };
    for (name, caller, operation, expected) in [
        (
            "of several classes those that help",
            with(None, None, &[]),
            call("pay", "{}"),
            "pay needs [phr] 300 []",
        ),
        (
            "the class, but long ago",
            with(Some("phr"), Some(301), &[]),
            call("pay", "{}"),
            "pay needs [phr] 300 []",
        ),
        (
            "both",
            with(Some("phr"), Some(300), &[]),
            call("pay", "{}"),
            "permitted by pay",
        ),
        (
            "all scopes at once",
            with(None, None, &["shop:read"]),
            call("refund", "{}"),
            "refund needs [] 0 [shop:refund shop:read]",
        ),
        (
            "a class and a scope at once",
            with(None, None, &[]),
            call("wire", r#"{"to":"x"}"#),
            "wire-a needs [phr] 0 [shop:wire]",
        ),
        (
            "an argument is missing too",
            with(None, None, &[]),
            call("wire", "{}"),
            "not permitted, near wire-a",
        ),
        (
            "two forbids together",
            with(None, Some(61), &[]),
            call("look", "{}"),
            "strong fresh needs [phr] 60 []",
        ),
        (
            "one of them",
            with(Some("phr"), Some(61), &[]),
            call("look", "{}"),
            "fresh needs [] 60 []",
        ),
        (
            "none",
            with(Some("phr"), Some(60), &[]),
            call("look", "{}"),
            "permitted by look",
        ),
        (
            "another forbid that nothing helps against",
            with(None, None, &[]),
            call("drop", "{}"),
            "forbidden by drop-strong drop-never",
        ),
    ] {
        assert_eq!(outcome(&policies, caller, &operation), expected, "{name}");
    }
}
