//! Each thing that the linter tells, with its place; and what it is silent about.

use super::surroundings::Surroundings;
use crate::policy::declared::Declared;
use crate::policy::groups::Groups;
use crate::policy::labels::Labels;
use crate::policy::load_error::{PolicyProblem, ProblemKind};
use crate::policy::{Policies, PolicySource};

fn names(names: &[&str]) -> std::collections::BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Two trust domains, one server that lists its tools and one that doesn't, one HTTP operation and two scopes.
fn surroundings() -> Surroundings {
    let tools = names(&["search_orders", "refund_order"]);
    Surroundings {
        trust_domains: Some(names(&["corp", "github"])),
        issuers: Some(names(&["https://as.example"])),
        servers: Some([("shop".to_owned(), Some(tools)), ("files".to_owned(), None)].into()),
        labels: Some(names(&["reads:private", "sends:outside"])),
        counters: Some(names(&["mail"])),
        agents: Some(names(&["travel"])),
        routes: Some(names(&["read_order"])),
        scopes: Some(names(&["orders:read", "orders:write"])),
        declared: Declared::default(),
    }
}

fn groups() -> Groups {
    let group = |name: &str, members: &[&str]| {
        let members = members.iter().map(|of| (*of).to_owned()).collect();
        (name.to_owned(), members)
    };
    Groups {
        agents: [group("trusted", &["corp/bot"]), group("nobody", &[])].into(),
        tools: [group("reading", &["shop/search_orders"])].into(),
        labels: Labels {
            tools: [group("reads:private", &["shop/search_orders"])].into(),
            servers: [group("sends:outside", &["files"])].into(),
            ..Labels::default()
        },
    }
}

/// Names both groups, so that neither is unused, and permits nothing that any other policy here does.
const REST: &str = r#"
@id("rest") permit(principal, action == Action::"ping", resource)
when { context has mission && (principal in [Group::"trusted", Group::"nobody"] || Tool::"shop/search_orders" in ToolGroup::"reading") };"#;

/// Whether it keeps the policies from being loaded, the kind, line and column, and the message.
type Told = (bool, ProblemKind, Option<(usize, usize)>, String);

/// What is told of a text.
fn told(text: &str) -> Vec<Told> {
    let source = PolicySource {
        name: "test.cedar".to_owned(),
        text: format!("{text}{REST}"),
    };
    let loaded = Policies::load(&[source], &groups(), &surroundings());
    let (is_error, problems): (bool, Vec<PolicyProblem>) = match loaded {
        Ok(policies) => (false, policies.warnings().to_vec()),
        Err(error) => (true, error.problems),
    };
    let problems = problems.into_iter().map(|problem| {
        let place = problem.place.map(|place| (place.line, place.column));
        (is_error, problem.kind, place, problem.message)
    });
    problems.collect()
}

#[test]
fn what_can_not_be_meant_is_told_with_its_place() {
    use ProblemKind::{NeverMatches, Shadowed, UnknownName, Unnamed};
    for (name, text, is_error, kind, place, message) in [
        (
            "a permit for an unknown server",
            r#"@id("a") permit(principal, action,
  resource in Server::"shpo");"#,
            false,
            NeverMatches,
            (2, 15),
            r#"`Server::"shpo"` is not configured, did you mean `shop`?, so this permits nothing"#,
        ),
        (
            "a forbid for a tool that isn't listed",
            r#"@id("a") forbid(principal, action, resource == Tool::"shop/refund");"#,
            false,
            NeverMatches,
            (1, 48),
            r#"`Tool::"shop/refund"` is not configured; `shop` lists its tools, and this is none of them, so this forbids nothing"#,
        ),
        (
            "a forbid for an unknown trust domain",
            r#"@id("a") forbid(principal in TrustDomain::"crop", action, resource);"#,
            true,
            NeverMatches,
            (1, 30),
            r#"`TrustDomain::"crop"` is not configured, did you mean `corp`?, so this forbids nothing"#,
        ),
        (
            "an agent of one",
            r#"@id("a") permit(principal == Agent::"elsewhere/bot", action, resource);"#,
            false,
            NeverMatches,
            (1, 30),
            r#"`Agent::"elsewhere/bot"` is not configured; trust domains are the names of the configured issuers, so this permits nothing"#,
        ),
        (
            "a route in a condition",
            r#"@id("a") permit(principal, action == Action::"http_request", resource)
when { resource == Route::"read_orders" || context.now > 0 };"#,
            false,
            UnknownName,
            (2, 20),
            r#"`Route::"read_orders"` is not configured, did you mean `read_order`?"#,
        ),
        (
            "a scope that nobody has",
            r#"@id("a") permit(principal, action, resource)
when { context.token.scopes.contains("orders:raed") };"#,
            false,
            UnknownName,
            (2, 38),
            "no token has the scope `orders:raed` under this configuration, did you mean `orders:read`?",
        ),
        (
            "one of several scopes",
            r#"@id("a") permit(principal, action, resource)
when { context.token.scopes.containsAll(["orders:read", "x"]) };"#,
            false,
            UnknownName,
            (2, 57),
            "no token has the scope `x` under this configuration",
        ),
        (
            "a label that nothing has",
            r#"@id("a") forbid(principal, action, resource in Label::"sends:outsied");"#,
            true,
            NeverMatches,
            (1, 48),
            r#"`Label::"sends:outsied"` is not configured, did you mean `sends:outside`?, so this forbids nothing"#,
        ),
        (
            "a label in a condition",
            r#"@id("a") forbid(principal, action, resource)
when { context.session.labels.contains(Label::"sees:untrusted") };"#,
            false,
            UnknownName,
            (2, 40),
            r#"`Label::"sees:untrusted"` is not configured; no tool, server or route has it in `labels`"#,
        ),
        (
            "a label that the tool doesn't have",
            r#"@id("a") forbid(principal, action, resource == Tool::"shop/refund_order") when { resource in Label::"reads:private" };"#,
            false,
            NeverMatches,
            (1, 1),
            r#"no resource is `Tool::"shop/refund_order"` and in `Label::"reads:private"`, so this forbids nothing"#,
        ),
        (
            "a session by another way",
            r#"@id("a") forbid(principal, action, resource)
when { Calls::"this".hasTag("mail") };"#,
            true,
            ProblemKind::Suspicious,
            (2, 8),
            r#"`Calls::"this"` is reached by `context.session` only"#,
        ),
        (
            "arguments by another way",
            r#"@id("a") permit(principal, action == Action::"call_tool", resource)
when { Arguments::"this".hasTag("/a") };"#,
            true,
            ProblemKind::Suspicious,
            (2, 8),
            r#"`Arguments::"this"` is reached by `context.arguments` only"#,
        ),
        (
            "parameters by another way",
            r#"@id("a") permit(principal, action == Action::"http_request", resource)
unless { Parameters::"this".hasTag("id") };"#,
            true,
            ProblemKind::Suspicious,
            (2, 10),
            r#"`Parameters::"this"` is reached by `context.parameters` only"#,
        ),
        (
            "a token by another way",
            r#"@id("a") permit(principal, action, resource)
when { [context.token].contains(Token::"this") };"#,
            true,
            ProblemKind::Suspicious,
            (2, 33),
            r#"`Token::"this"` is reached by `context.token` only"#,
        ),
        (
            "a counter that isn't there",
            r#"@id("a") forbid(principal, action, resource)
when { context.session.calls.hasTag("mial") };"#,
            false,
            UnknownName,
            (2, 37),
            "there is no counter `mial` under this configuration, did you mean `mail`?",
        ),
        (
            "an issuer that isn't configured",
            r#"@id("a") forbid(principal, action, resource)
unless { "https://other.example" == context.token.issuer };"#,
            false,
            UnknownName,
            (2, 10),
            "no token has the issuer `https://other.example` under this configuration",
        ),
        (
            "a tool of another server",
            r#"@id("a") permit(principal, action, resource == Tool::"shop/refund_order")
when { resource in Server::"files" };"#,
            false,
            NeverMatches,
            (1, 1),
            r#"no resource is `Tool::"shop/refund_order"` and in `Server::"files"`, so this permits nothing"#,
        ),
        (
            "an agent of two trust domains",
            r#"@id("a") forbid(principal in TrustDomain::"corp", action, resource)
when { context.now > 0 && principal in TrustDomain::"github" };"#,
            true,
            NeverMatches,
            (1, 1),
            r#"no principal is both in `TrustDomain::"corp"` and in `TrustDomain::"github"`, so this forbids nothing"#,
        ),
        (
            "an agent that isn't in the group",
            r#"@id("a") permit(principal in Group::"trusted", action, resource) when { principal == Agent::"corp/x" };"#,
            false,
            NeverMatches,
            (1, 1),
            r#"no principal is `Agent::"corp/x"` and in `Group::"trusted"`, so this permits nothing"#,
        ),
        (
            "a group without members",
            r#"@id("a") forbid(principal in Group::"nobody", action, resource);"#,
            false,
            NeverMatches,
            (1, 1),
            r#"no principal is in `Group::"nobody"`, which has no member, so this forbids nothing"#,
        ),
        (
            "a condition that another permit makes moot",
            r#"@id("a") permit(principal in TrustDomain::"corp", action == Action::"call_tool", resource in Server::"shop");
@id("b") permit(principal == Agent::"corp/bot", action == Action::"call_tool", resource == Tool::"shop/refund_order")
when { context.now > 0 };"#,
            false,
            Shadowed,
            (2, 1),
            "`a` permits all that this could permit",
        ),
        (
            "the same policy twice",
            r#"@id("a") permit(principal, action == Action::"list_tools", resource);
@id("b") permit(principal, action == Action::"list_tools", resource);"#,
            false,
            Shadowed,
            (2, 1),
            "`a` permits all that this could permit",
        ),
        (
            "a permit for what is forbidden",
            r#"@id("a") permit(principal, action == Action::"call_tool", resource == Tool::"shop/search_orders");
@id("b") forbid(principal, action in Action::"mcp", resource in ToolGroup::"reading");"#,
            false,
            Shadowed,
            (1, 1),
            "`b` forbids all that this could permit",
        ),
        (
            "policies without an id",
            r#"permit(principal, action == Action::"list_tools", resource);
forbid(principal, action, resource) when { context.now < 0 };"#,
            false,
            Unnamed,
            (1, 1),
            "this policy has no `@id`, so records call it by its place, which changes when another comes before it, and 1 more have none",
        ),
    ] {
        let expected = (is_error, kind, Some(place), message.to_owned());
        assert_eq!(told(text), [expected], "{name}");
    }
}

#[test]
fn what_could_be_meant_is_not_told() {
    for text in [
        r#"@id("a") permit(principal in TrustDomain::"corp", action, resource == Tool::"shop/refund_order");"#,
        r#"@id("a") permit(principal in TrustDomain::"corp>https:%2F%2Fother.example", action, resource);"#,
        r#"@id("a") permit(principal in Group::"corp/anything", action, resource) when { principal == Agent::"corp/x" };"#,
        r#"@id("a") permit(principal, action, resource == Tool::"files/anything");"#,
        r#"@id("a") permit(principal, action, resource == Tool::"files/anything") when { resource in Label::"sends:outside" };"#,
        r#"@id("a") permit(principal, action, resource == Server::"files") when { resource in Label::"sends:outside" };"#,
        r#"@id("a") forbid(principal, action, resource) unless { context.session.calls.hasTag("mail") && context.session.calls.getTag("mail") < 1 };"#,
        r#"@id("a") permit(principal in TrustDomain::"corp", action, resource) when { principal == Agent::"corp/x" || principal == Agent::"corp/y" };"#,
        r#"@id("a") permit(principal, action, resource == Tool::"shop/search_orders") when { resource in ToolGroup::"reading" };"#,
        r#"@id("a") permit(principal, action, resource) unless { resource == Tool::"shop/refund_order" };"#,
        r#"@id("a") permit(principal, action == Action::"call_tool", resource is Tool in Server::"shop");
           @id("b") permit(principal, action, resource in Server::"shop");
           @id("c") @shadow("true") forbid(principal, action, resource);"#,
        r#"@id("a") permit(principal, action, resource is Tool);
           @id("b") permit(principal, action, resource) when { context.now > 0 };"#,
        r#"@id("a") forbid(principal, action, resource);"#,
    ] {
        let others = told(text).into_iter().filter(|(_, kind, _, message)| {
            // `REST` is covered by some of these, and so is `a` by `b`, rightly.
            *kind != ProblemKind::Shadowed || !(message.contains("`a`") || message.contains("`b`"))
        });
        assert_eq!(others.collect::<Vec<_>>(), [], "{text}");
    }
}

#[test]
fn groups_that_nobody_names_and_gates_that_permit_nothing_are_told() {
    let source = |text: &str| PolicySource {
        name: "test.cedar".to_owned(),
        text: text.to_owned(),
    };
    let text = r#"@id("a") forbid(principal in Group::"trusted", action, resource);
                  @id("b") @shadow("true") permit(principal, action, resource);"#;
    let policies = Policies::load(&[source(text)], &groups(), &Surroundings::default()).unwrap();
    let told: Vec<_> = policies
        .warnings()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "there is no `permit` that counts, so every request is refused",
            "`groups.agents.nobody` is named by no policy",
            "`groups.tools.reading` is named by no policy",
        ]
    );
}

#[test]
fn no_more_is_told_than_anybody_reads() {
    let text: String = (0..150)
        .map(|at| format!("@id(\"p{at}\") permit(principal, action, resource);"))
        .collect();
    let source = PolicySource {
        name: "test.cedar".to_owned(),
        text,
    };
    let policies = Policies::load(&[source], &Groups::default(), &Surroundings::default()).unwrap();
    let told = policies.warnings();
    assert_eq!(told.len(), 101);
    assert_eq!(told[100].message, "and 49 more that deserve a look");
}
