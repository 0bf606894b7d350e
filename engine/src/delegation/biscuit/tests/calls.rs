//! What checks see of a call.

use super::*;
use crate::delegation::biscuit::ambient::Http;
use crate::delegation::biscuit::error::FailedCheck;
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::json::{self, Value};
use crate::time::UnixTime;

/// 2026-11-24T00:00:00Z
const NOW: UnixTime = UnixTime(1_795_478_400);

fn fails(block: usize, check: usize, source: &str) -> Result<(), JudgeError> {
    Err(JudgeError::ChecksFailed {
        failed: vec![FailedCheck {
            block: Some(block),
            check,
            source: Excerpt::of(&source.replace('"', "'")),
        }],
        others: 0,
    })
}

fn calling<'a>(tool: &'a str, arguments: &'a Value<'a>) -> Call<'a> {
    Call {
        time: NOW,
        operation: "call_tool",
        resource: Some("files"),
        tool: Some(tool),
        arguments: arguments.as_object(),
        ..Call::default()
    }
}

fn arguments(text: &str) -> Value<'_> {
    json::parse(text.as_bytes(), &json::Limits::default()).unwrap()
}

#[test]
fn checks_see_the_call_and_say_which_of_them_fails() {
    let given =
        arguments(r#"{"path": "/a/b", "depth": 3, "all": true, "tags": ["x", {"k": null}]}"#);
    let call = calling("read", &given);
    for (name, check, allowed) in [
        ("the tool", r#"check if tool_call("read")"#, true),
        ("another tool", r#"check if tool_call("write")"#, false),
        (
            "a tool of several",
            r#"check if tool_call($t), ["read", "list"].contains($t)"#,
            true,
        ),
        ("the operation", r#"check if operation("call_tool")"#, true),
        ("the resource", r#"check if resource("files")"#, true),
        (
            "a grant is no call",
            r#"check if tool("read"), tool_call("write")"#,
            false,
        ),
        (
            "before a time",
            "check if time($t), $t < 2026-11-24T00:00:01Z",
            true,
        ),
        (
            "after it",
            "check if time($t), $t < 2026-11-24T00:00:00Z",
            false,
        ),
        (
            "a text",
            r#"check if argument("path", $p), $p.starts_with("/a/")"#,
            true,
        ),
        (
            "another text",
            r#"check if argument("path", $p), $p.starts_with("/c/")"#,
            false,
        ),
        (
            "a number",
            r#"check if argument("depth", $d), $d <= 3"#,
            true,
        ),
        (
            "a number too large",
            r#"check if argument("depth", $d), $d < 3"#,
            false,
        ),
        ("a truth value", r#"check if argument("all", true)"#, true),
        (
            "an array with an object",
            r#"check if argument("tags", $t), $t.get(1).get("k") == null"#,
            true,
        ),
        (
            "an argument that isn't there",
            r#"check if argument("mode", $m)"#,
            false,
        ),
        (
            "a forbidden argument",
            r#"reject if argument($name, $v), $name == "depth""#,
            false,
        ),
        ("no HTTP request", "check if method($m)", false),
    ] {
        let expected = if allowed { Ok(()) } else { fails(1, 0, check) };
        let found = judge(&[r#"tool("read")"#, check], &call).map(drop);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn http_requests_have_their_own_facts() {
    let call = Call {
        time: NOW,
        operation: "http_request",
        http: Some(Http {
            method: "GET",
            host: "files.example",
            path: "/a",
        }),
        ..Call::default()
    };
    let all = r#"check if method("GET"), host("files.example"), path("/a")"#;
    assert_eq!(judge(&["user(1)", all], &call).map(drop), Ok(()));
    let tool = "check if tool_call($any)";
    assert_eq!(
        judge(&["user(1)", tool], &call).map(drop),
        fails(1, 0, tool)
    );
}

#[test]
fn numbers_are_told_exactly_or_not_at_all() {
    let check = r#"check if argument("n", $n), $n.type() == "integer""#;
    for (text, exact) in [
        ("0", true),
        ("-1", true),
        ("9223372036854775807", true),
        ("-9223372036854775808", true),
        ("9223372036854775808", false),
        ("1.0", false),
        ("1e2", false),
        ("-0", false),
    ] {
        for nested in [false, true] {
            let written = if nested {
                format!("[[{text}]]")
            } else {
                text.to_owned()
            };
            let written = format!(r#"{{"n": {written}}}"#);
            let given = arguments(&written);
            let call = calling("read", &given);
            let expected = if exact {
                if nested { fails(1, 0, check) } else { Ok(()) }
            } else {
                Err(JudgeError::ArgumentInexact {
                    argument: Excerpt::of("n"),
                    number: Excerpt::of(text),
                })
            };
            let found = judge(&["user(1)", check], &call).map(drop);
            assert_eq!(found, expected, "{written}");
            let unasked = judge(&["user(1)", r#"check if tool_call("read")"#], &call);
            assert_eq!(unasked.map(drop), Ok(()), "{written}, but nobody asks");
        }
    }
}

#[test]
fn whoever_is_named_as_holder_has_to_prove_the_key() {
    let (own, other) = (Digest::of(b"own"), Digest::of(b"other"));
    let bound = format!(r#"tool("read"); holder("{}")"#, own.to_base64url());
    for (name, authority, keys, expected) in [
        ("the key", &bound[..], &[own][..], Ok(())),
        ("the key among others", &bound, &[other, own], Ok(())),
        (
            "another key",
            &bound,
            &[other],
            Err(JudgeError::HolderMismatch),
        ),
        ("no key", &bound, &[], Err(JudgeError::HolderUnproven)),
        ("not bound", "user(1)", &[other], Ok(())),
    ] {
        let call = Call {
            keys,
            ..Call::default()
        };
        assert_eq!(judge(&[authority], &call).map(drop), expected, "{name}");
    }
    for (name, authority, expected) in [
        (
            "two keys",
            format!(r#"{bound}; holder("{}")"#, other.to_base64url()),
            VerifyError::HolderAmbiguous,
        ),
        (
            "no thumbprint",
            r#"holder("alice")"#.to_owned(),
            VerifyError::HolderUnreadable,
        ),
        (
            "no text",
            "holder(1)".to_owned(),
            VerifyError::HolderUnreadable,
        ),
        (
            "two terms",
            format!(r#"holder("{}", 1)"#, own.to_base64url()),
            VerifyError::HolderUnreadable,
        ),
        (
            "by a rule",
            format!(
                r#"key("{}"); holder($key) <- key($key)"#,
                own.to_base64url()
            ),
            VerifyError::FactDerived {
                name: Excerpt::of("holder"),
            },
        ),
        (
            "an audience by a rule",
            format!(r#"{bound}; audience($name) <- service($name)"#),
            VerifyError::FactDerived {
                name: Excerpt::of("audience"),
            },
        ),
    ] {
        assert_eq!(
            verify(&minted(&[&authority])).err(),
            Some(expected),
            "{name}"
        );
    }
    let later = minted(&["user(1)", &bound]);
    assert_eq!(
        verify(&later).unwrap().holder(),
        None,
        "only the issuer binds"
    );
    let seen = format!(r#"check if caller_key("{}")"#, own.to_base64url());
    let call = Call {
        keys: &[own],
        ..Call::default()
    };
    assert_eq!(
        judge(&["user(1)", &seen], &call).map(drop),
        Ok(()),
        "a block may bind too"
    );
}

#[test]
fn facts_of_later_blocks_count_only_for_those_who_trust_them() {
    let call = calling("read", &Value::Null);
    let approved = r#"check if approved("read")"#;
    let trusting = format!("{approved} trusting {}", key(PARTNER));
    let own = [r#"tool("read")"#, approved, r#"approved("read")"#];
    assert_eq!(judge(&own, &call).map(drop), fails(1, 0, approved));
    for (name, check, expected) in [
        ("untrusted", approved, fails(1, 0, approved)),
        ("trusted", &trusting, Ok(())),
    ] {
        let token = minted(&[r#"tool("read")"#, check]);
        let token = signed_by(&token, PARTNER, r#"approved("read")"#);
        let found = verify(&token).unwrap().judge(&call).map(drop);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn what_cannot_be_evaluated_refuses() {
    let call = calling("read", &Value::Null);
    for check in [
        "check if 9223372036854775807 + 1 > 0",
        "check if 1 / 0 == 1",
        "reject if tool_call($t), $t > 1",
        "check if true.extern::any()",
    ] {
        let found = judge(&["user(1)", check], &call);
        let refused = matches!(found, Err(JudgeError::NotEvaluable { .. }));
        assert!(refused, "{check}: {found:?}");
    }
}
