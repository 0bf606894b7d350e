//! What is within a token's grants, and until when.

use super::*;
use crate::delegation::biscuit::Rules;
use crate::time::UnixTime;

/// 2026-11-24T00:00:00Z
const NOW: UnixTime = UnixTime(1_795_478_400);

fn calling<'a>(tool: &'a str, resource: &'a str) -> Call<'a> {
    Call {
        time: NOW,
        operation: "call_tool",
        resource: Some(resource),
        tool: Some(tool),
        ..Call::default()
    }
}

fn listing(server: &str) -> Call<'_> {
    Call {
        time: NOW,
        operation: "list_tools",
        resource: Some(server),
        server: Some(server),
        ..Call::default()
    }
}

fn requesting(route: &str) -> Call<'_> {
    Call {
        time: NOW,
        operation: "http_request",
        resource: Some(route),
        ..Call::default()
    }
}

#[test]
fn only_what_the_authority_block_grants_is_permitted() {
    let read = calling("read", "files/read");
    let rows: [(&str, &[&str], &Call<'_>, bool); 14] = [
        ("a tool", &[r#"tool("read")"#], &read, true),
        ("another tool", &[r#"tool("write")"#], &read, false),
        (
            "a tool of a later block",
            &[r#"tool("write")"#, r#"tool("read")"#],
            &read,
            false,
        ),
        (
            "a right to a tool",
            &[r#"right("files/read", "call_tool")"#],
            &read,
            true,
        ),
        (
            "a right to do something else to it",
            &[r#"right("files/read", "list_tools")"#],
            &read,
            false,
        ),
        (
            "the tool of another server",
            &[r#"right("mail/read", "call_tool")"#],
            &read,
            false,
        ),
        ("nothing", &[r#"user("alice")"#], &read, false),
        ("a scope is no tool", &[r#"scope("read")"#], &read, false),
        (
            "a list, by any tool",
            &[r#"tool("read")"#],
            &listing("files"),
            true,
        ),
        (
            "a list, by a right to a tool of the server",
            &[r#"right("files/read", "call_tool")"#],
            &listing("files"),
            true,
        ),
        (
            "a list of a server with a longer name",
            &[r#"right("files/read", "call_tool")"#],
            &listing("file"),
            false,
        ),
        (
            "a list, by nothing",
            &[r#"scope("x")"#],
            &listing("files"),
            false,
        ),
        (
            "an HTTP operation",
            &[r#"right("read_report", "http_request")"#],
            &requesting("read_report"),
            true,
        ),
        (
            "a tool is no HTTP operation",
            &[r#"tool("read_report")"#],
            &requesting("read_report"),
            false,
        ),
    ];
    for (name, blocks, call, permitted) in rows {
        let outcome = verify(&minted(blocks)).unwrap().permits(call);
        let refused = matches!(outcome, Err(JudgeError::NotGranted(_)));
        assert_eq!(
            (outcome.is_ok(), refused),
            (permitted, !permitted),
            "{name}"
        );
    }
}

#[test]
fn grants_come_before_checks_and_checks_after_grants() {
    let token = verify(&minted(&[r#"tool("read")"#, "check if false"])).unwrap();
    let denied = token.permits(&calling("read", "files/read"));
    assert!(matches!(denied, Err(JudgeError::ChecksFailed { .. })));
    let denied = token.permits(&calling("write", "files/write"));
    assert!(matches!(denied, Err(JudgeError::NotGranted(_))));
}

#[test]
fn several_calls_share_the_steps_that_are_left() {
    let call = calling("read", "files/read");
    for check in ["check if true", "check if false"] {
        let token = verify(&minted(&[r#"tool("read")"#, check])).unwrap();
        let mut left = token.most_steps();
        let first = token.could_permit(&call, &mut left);
        assert_eq!(first.is_ok(), check == "check if true");
        let once = token.most_steps() - left;
        assert!(once > 1, "{check} takes {once}");
        left = 2 * once + 1;
        for _ in 0..2 {
            assert_eq!(token.could_permit(&call, &mut left), first, "{check}");
        }
        assert_eq!(left, 1, "{check}");
        let third = token.could_permit(&call, &mut left);
        assert!(
            matches!(third, Err(JudgeError::TooCostly { .. })),
            "{check}"
        );
    }
}

#[test]
fn a_token_has_an_end_that_is_not_over() {
    let rules = |expiry_required| Rules {
        verifier: verifier(),
        expiry_required,
        users_are_people: false,
    };
    let ends = |date: &str| format!("check if time($t), $t < {date}");
    let text = |token: &Biscuit| encoded(&token.to_vec().unwrap());
    let at = |token: &Biscuit, expiry_required: bool| {
        let verified = rules(expiry_required).verify(&text(token), NOW);
        verified.map(|token| token.expires_at())
    };
    let later = minted(&[r#"tool("read")"#, &ends("2026-11-24T00:00:01Z")]);
    assert_eq!(at(&later, true), Ok(Some(UnixTime(NOW.0 + 1))));
    let over = minted(&[r#"tool("read")"#, &ends("2026-11-24T00:00:00Z")]);
    assert_eq!(at(&over, true), Err(VerifyError::Expired { at: NOW }));
    let endless = minted(&[r#"tool("read")"#]);
    assert_eq!(at(&endless, true), Err(VerifyError::Endless));
    assert_eq!(at(&endless, false), Ok(None));
}

#[test]
fn what_a_token_says_of_itself_is_told() {
    let token = verify(&minted(&[
        r#"user("alice"); agent("planner"); scope("b"); scope("a"); audience("x"); tool("read")"#,
        r#"agent("mallory"); audience("y"); scope("c")"#,
    ]));
    let token = token.unwrap();
    assert_eq!(token.user(), Some("alice"));
    assert_eq!(token.agent(), Some("planner"));
    assert_eq!(token.scopes(), ["a", "b"]);
    assert_eq!(token.audience(), ["x"]);
    assert!(!token.asks_for_keys());
    let asking = verify(&minted(&[r#"tool("read")"#, "check if caller_key($k)"]));
    assert!(asking.unwrap().asks_for_keys());
    let two = verify(&minted(&[r#"agent("a"); agent("b")"#]));
    assert_eq!(two.err(), Some(VerifyError::AgentAmbiguous));
}
