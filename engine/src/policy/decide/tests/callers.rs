//! Who a caller is to policies, by what its token says.

use super::*;

#[test]
fn a_caller_is_who_its_token_says() {
    let groups = Groups {
        agents: [("trusted".to_owned(), vec!["corp/bot".to_owned()])].into(),
        tools: [("reading".to_owned(), vec!["shop/search".to_owned()])].into(),
        ..Groups::default()
    };
    let changed = |change: fn(&mut Caller)| {
        let mut caller = caller();
        change(&mut caller);
        caller
    };
    let with_act = |act: &str| {
        let mut caller = caller();
        caller.act = Some(json(act).into_owned());
        caller
    };
    let foreign = r#"{"sub":"bot","iss":"https://other.example"}"#;
    for (name, caller, condition, holds) in [
        (
            "the mapped agent",
            caller(),
            r#"principal == Agent::"corp/bot""#,
            true,
        ),
        ("its name", caller(), r#"principal.name == "bot""#, true),
        (
            "its domain",
            caller(),
            r#"principal in TrustDomain::"corp""#,
            true,
        ),
        (
            "its configured group",
            caller(),
            r#"principal in Group::"trusted""#,
            true,
        ),
        (
            "not its user's group",
            caller(),
            r#"principal in Group::"corp/support""#,
            false,
        ),
        (
            "the user",
            caller(),
            r#"context has user && context.user == User::"corp/alice""#,
            true,
        ),
        (
            "the user's group",
            caller(),
            r#"context has user && context.user in Group::"corp/support""#,
            true,
        ),
        (
            "no delegation",
            caller(),
            "context.delegation.depth == 0 && context.delegation.actors.isEmpty()",
            true,
        ),
        (
            "one hop is proven",
            caller(),
            r#"context.delegation.verdict == "proven""#,
            true,
        ),
        (
            "the subject, where no agent is mapped",
            changed(|c| c.agent = None),
            r#"principal == Agent::"corp/alice" && !(context has user)"#,
            true,
        ),
        (
            "no user but the agent itself",
            changed(|c| c.user = c.agent.clone()),
            "context has user",
            false,
        ),
        (
            "a client's own groups",
            changed(|c| c.user = None),
            r#"principal in Group::"corp/support""#,
            true,
        ),
        (
            "the actor",
            with_act(r#"{"sub":"helper"}"#),
            r#"principal == Agent::"corp/helper""#,
            true,
        ),
        (
            "where it began",
            with_act(r#"{"sub":"helper"}"#),
            r#"context.delegation.root == {issuer: "https://as.example", subject: "alice"}"#,
            true,
        ),
        (
            "the last of two actors",
            with_act(r#"{"sub":"b","act":{"sub":"a"}}"#),
            r#"principal == Agent::"corp/b" && context.delegation.depth == 2"#,
            true,
        ),
        (
            "both actors",
            with_act(r#"{"sub":"b","act":{"sub":"a"}}"#),
            r#"context.delegation.actors == [Agent::"corp/a", Agent::"corp/b"]"#,
            true,
        ),
        (
            "two hops are unproven",
            with_act(r#"{"sub":"b"}"#),
            r#"context.delegation.verdict == "unproven""#,
            true,
        ),
        (
            "the weakest link",
            with_act(r#"{"sub":"b"}"#),
            r#"context.delegation has unproven && context.delegation.unproven == {hop: 1, why: "actors_only"}"#,
            true,
        ),
        (
            "one hop has no weakest link",
            caller(),
            "context.delegation has unproven",
            false,
        ),
        (
            "each hop in its place",
            with_act(r#"{"sub":"b","act":{"sub":"bot","iss":"https://other.example"}}"#),
            r#"context.delegation.hasTag("1") &&
               context.delegation.getTag("1").issuer == "https://other.example" && context.delegation.getTag("1").subject == "bot" &&
               context.delegation.getTag("1").format == "act" && !context.delegation.getTag("1").verified &&
               context.delegation.getTag("1") has agent &&
               context.delegation.getTag("1").agent == Agent::"corp>https:%2F%2Fother.example/bot" &&
               context.delegation.hasTag("0") && context.delegation.getTag("0").format == "subject" &&
               context.delegation.hasTag("2") && context.delegation.getTag("2").subject == "b" &&
               !context.delegation.hasTag("3")"#,
            true,
        ),
        (
            "every issuer and format",
            with_act(foreign),
            r#"["https://as.example", "https://other.example"].containsAll(context.delegation.issuers) &&
               context.delegation.formats == ["subject", "act"]"#,
            true,
        ),
        (
            "its span",
            with_act(foreign),
            r#"context.delegation has issued_at && context.now - context.delegation.issued_at == 100 &&
               context.delegation.expires_at - context.now == 300"#,
            true,
        ),
        (
            "nobody is a person who isn't known to be one",
            caller(),
            "context.delegation.human",
            false,
        ),
        (
            "a person",
            changed(|c| c.is_person = true),
            "context.delegation.human",
            true,
        ),
        ("no mission", caller(), "context has mission", false),
        (
            "a mission",
            changed(|c| {
                let details = json("[]");
                let hash = mission::hash("https://as.example", &details)
                    .unwrap()
                    .to_base64url();
                let claim = format!(
                    r#"{{"id":"m-1","issuer":"https://as.example","authority_hash":"sha-256:{hash}"}}"#
                );
                c.mission = Some(json(&claim).into_owned());
                c.authorization_details = Some(details);
            }),
            r#"context has mission && context.mission.id == "m-1" && context.mission.issuer == "https://as.example" && context.mission.whole"#,
            true,
        ),
        (
            "a stranger is not our agent",
            with_act(foreign),
            r#"principal == Agent::"corp/bot""#,
            false,
        ),
        (
            "nor in our domain",
            with_act(foreign),
            r#"principal in TrustDomain::"corp""#,
            false,
        ),
        (
            "but can be named",
            with_act(foreign),
            r#"principal == Agent::"corp>https:%2F%2Fother.example/bot""#,
            true,
        ),
        (
            "a name with a slash",
            changed(|c| c.agent = Some("a/b".to_owned())),
            r#"principal == Agent::"corp/a/b""#,
            true,
        ),
        (
            "the token's facts",
            caller(),
            r#"context.token.issuer == "https://as.example" && context.token.format == "access_token""#,
            true,
        ),
        (
            "its audience",
            caller(),
            r#"context.token.audience.contains("https://mcp.example")"#,
            true,
        ),
        (
            "its client and task",
            caller(),
            r#"context.token has client && context.token.client == "bot" && context has intent && context.intent has task && context.intent.task == "t-1""#,
            true,
        ),
        (
            "its age",
            caller(),
            "context.token has issued_at && context.now - context.token.issued_at == 100",
            true,
        ),
        (
            "what remains of it",
            caller(),
            "context.token.expires_at - context.now == 300",
            true,
        ),
        (
            "a time without end",
            changed(|c| c.expires_at = crate::time::UnixTime(u64::MAX)),
            "context.token.expires_at == 9223372036854775807",
            true,
        ),
        (
            "the moment",
            caller(),
            r#"context.time.toDate() == datetime("2026-09-21") && context.now == 1790000000"#,
            true,
        ),
        (
            "the request",
            caller(),
            r#"context.request.protocol == "mcp" && context.request.method == "POST" && context.request.host == "mcp.example""#,
            true,
        ),
        (
            "its revision",
            caller(),
            r#"context.request has revision && context.request.revision == "2026-07-28""#,
            true,
        ),
        (
            "its path",
            caller(),
            r#"context.request has path && context.request.path == "/mcp""#,
            true,
        ),
        (
            "the tool's server",
            caller(),
            r#"resource in Server::"shop""#,
            true,
        ),
        (
            "the tool's group",
            caller(),
            r#"resource in ToolGroup::"reading""#,
            true,
        ),
    ] {
        let text = format!(
            "permit(principal, action == Action::\"call_tool\", resource) when {{ {condition} }};"
        );
        let policies = load_with(&text, &groups).unwrap();
        let expected = if holds {
            "permitted by policy0"
        } else {
            "not permitted, near policy0"
        };
        assert_eq!(
            outcome(&policies, caller, &call("search", "{}")),
            expected,
            "{name}"
        );
    }
}
