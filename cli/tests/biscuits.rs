//! A Biscuit is narrowed and looked at offline.

#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

use std::process::{Command, Output};

use bailiwick_engine::delegation::biscuit::ambient::Call;
use bailiwick_engine::delegation::biscuit::grants::{Names, Unstated};
use bailiwick_engine::delegation::biscuit::limits::Limits;
use bailiwick_engine::delegation::biscuit::roots::{Root, Roots, ThirdParties};
use bailiwick_engine::delegation::biscuit::verifier::{Settings, Verifier};
use bailiwick_engine::json;
use bailiwick_engine::time::UnixTime;
use biscuit_auth::{Biscuit, KeyPair};

fn bailiwick(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick"));
    command.args(arguments).output().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn root() -> (KeyPair, String) {
    let pair = KeyPair::new();
    let code = r#"user("alice"); tool("read"); tool("list"); check if time($t), $t < 2030-01-01T00:00:00Z"#;
    let token = Biscuit::builder().code(code).unwrap().root_key_id(1);
    let token = token.build(&pair).unwrap().to_base64().unwrap();
    (pair, token)
}

#[test]
fn a_block_is_added_that_another_library_verifies() {
    let (pair, token) = root();
    let check = r#"check if argument("path", $p), $p.starts_with("/a/")"#;
    let narrowed = bailiwick(&[
        "attenuate",
        &token,
        "--tool",
        "read",
        "--check",
        check,
        "--expires-in",
        "300",
        "--at",
        "1800000000",
    ]);
    assert!(narrowed.status.success());
    let narrowed = printed(&narrowed);
    let verified = Biscuit::from_base64(&narrowed, pair.public()).unwrap();
    assert_eq!(verified.block_count(), 2);
    let source = verified.print_block_source(1).unwrap();
    for part in [check, r#"tool_call("read")"#, "2027-01-15T08:05:00Z"] {
        assert!(source.contains(part), "{source}");
    }
    let inspected = bailiwick(&["inspect", &narrowed, "--at", "1800000000"]);
    assert!(inspected.status.success());
    let tree = printed(&inspected);
    for part in [
        "root key 1",
        "authority block",
        "   └─ block 1",
        "user      alice",
        check,
    ] {
        assert!(tree.contains(part), "{tree}");
    }
}

/// What the engine says of one call with a token.
fn is_allowed(pair: &KeyPair, token: &str, tool: &str, arguments: &str) -> bool {
    let root = Root {
        id: Some(1),
        issuer: "https://issuer.example".to_owned(),
        key: pair.public().to_string().parse().unwrap(),
    };
    let settings = Settings {
        roots: Roots::new([root]).unwrap(),
        third_parties: ThirdParties::default(),
        limits: Limits::default(),
        names: Names::default(),
        unstated: Unstated::Nothing,
    };
    let token = Verifier::new(settings).unwrap().verify(token, &|_| false);
    let arguments = json::parse(arguments.as_bytes(), &json::Limits::default()).unwrap();
    let call = Call {
        time: UnixTime(1_800_000_000),
        operation: "call_tool",
        resource: Some("files"),
        tool: Some(tool),
        arguments: arguments.as_object(),
        ..Call::default()
    };
    token.unwrap().judge(&call).is_ok()
}

#[test]
fn arguments_are_bounded_as_those_of_other_chains_are() {
    let (pair, token) = root();
    for (bound, allowed, refused) in [
        (
            "read.a=wildcard",
            &[r#"{"a":null}"#, r#"{"a":[1]}"#][..],
            &["{}", r#"{"a":1,"b":1}"#][..],
        ),
        (
            "read.a=exact:x",
            &[r#"{"a":"x"}"#],
            &[r#"{"a":"y"}"#, r#"{"a":1}"#, r#"{"a":["x"]}"#, "{}"],
        ),
        (
            "read.a?=exact:1",
            &[r#"{"a":1}"#, "{}"],
            &[r#"{"a":"1"}"#, r#"{"a":2}"#, r#"{"a":1.5}"#, r#"{"b":1}"#],
        ),
        (
            "read.a=one_of:x,1,null",
            &[r#"{"a":"x"}"#, r#"{"a":1}"#, r#"{"a":null}"#],
            &[r#"{"a":"1"}"#, r#"{"a":[]}"#],
        ),
        (
            "read.a=not_one_of:x,y",
            &[r#"{"a":"z"}"#, r#"{"a":1}"#],
            &[r#"{"a":"x"}"#, "{}"],
        ),
        (
            "read.a=contains:x,y",
            &[r#"{"a":["y","x","z"]}"#],
            &[r#"{"a":["x"]}"#, r#"{"a":"xy"}"#, r#"{"a":{"x":1,"y":1}}"#],
        ),
        (
            "read.a=subset:x,y",
            &[r#"{"a":["x"]}"#, r#"{"a":[]}"#],
            &[r#"{"a":["x","z"]}"#, r#"{"a":"x"}"#],
        ),
        (
            "read.a=range:1..3",
            &[r#"{"a":1}"#, r#"{"a":3}"#],
            &[r#"{"a":0}"#, r#"{"a":4}"#, r#"{"a":"2"}"#, r#"{"a":1.5}"#],
        ),
        ("read.a=range:..3", &[r#"{"a":-9}"#], &[r#"{"a":4}"#]),
        (
            r#"read.a={"constraint_type":"range","min":1,"min_inclusive":false}"#,
            &[r#"{"a":2}"#],
            &[r#"{"a":1}"#],
        ),
        (
            r#"read.a={"constraint_type":"any","constraints":[{"constraint_type":"exact","value":"x"},{"constraint_type":"range","max":2}]}"#,
            &[r#"{"a":"x"}"#, r#"{"a":2}"#],
            &[r#"{"a":3}"#, r#"{"a":"y"}"#],
        ),
        (
            r#"read.a={"constraint_type":"all","constraints":[{"constraint_type":"subset","allowed":["x","y"]},{"constraint_type":"contains","required":["x"]}]}"#,
            &[r#"{"a":["x"]}"#],
            &[r#"{"a":["y"]}"#, r#"{"a":["x","z"]}"#],
        ),
        (
            r#"read.a=exact:"say \"n\\no\n\"""#,
            &[r#"{"a":"say \"n\\no\n\""}"#],
            &[r#"{"a":"say"}"#],
        ),
        (
            r#"read.a=one_of:[{"b":[1,"c"]}]"#,
            &[r#"{"a":{"b":[1,"c"]}}"#],
            &[r#"{"a":{"b":[1]}}"#],
        ),
    ] {
        let narrowed = bailiwick(&["attenuate", &token, "--argument", bound]);
        let said = String::from_utf8_lossy(&narrowed.stderr).into_owned();
        assert!(narrowed.status.success(), "{bound}: {said}");
        let narrowed = printed(&narrowed);
        for arguments in allowed {
            assert!(
                is_allowed(&pair, &narrowed, "read", arguments),
                "{bound} {arguments}"
            );
        }
        for arguments in refused {
            assert!(
                !is_allowed(&pair, &narrowed, "read", arguments),
                "{bound} {arguments}"
            );
            // It says nothing of another tool.
            assert!(
                is_allowed(&pair, &narrowed, "list", r#"{"a":9,"c":1}"#),
                "{bound}"
            );
        }
    }
}

#[test]
fn a_bound_that_a_biscuit_cannot_say_is_refused() {
    let (_, token) = root();
    for (bound, expected) in [
        ("read.a=exact:1.5", "`1.5` can't stand in a Biscuit"),
        (
            "read.a=range:..1e20",
            "`100000000000000000000` can't stand in a Biscuit",
        ),
        ("read.a=oneof:1", "`oneof:1` is no constraint"),
        (
            r#"read.a={"constraint_type":"regex"}"#,
            "the constraint type `regex` is not known",
        ),
        ("write.a=wildcard", "that would widen the chain: tools"),
    ] {
        let refused = bailiwick(&["attenuate", &token, "--argument", bound]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            !refused.status.success() && said.contains(expected),
            "{said}"
        );
    }
}

#[test]
fn signatures_are_looked_at_with_the_root_key() {
    let (pair, token) = root();
    let others = KeyPair::new().public().to_string();
    let own = pair.public().to_string();
    for command in [
        &["inspect", &token, "--at", "1800000000"][..],
        &["attenuate", &token, "--tool", "read"],
    ] {
        let with = |key: &str| bailiwick(&[command, &["--root-key", key]].concat());
        assert!(with(&own).status.success());
        let refused = with(&others);
        let said = [refused.stdout.as_slice(), &refused.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(!refused.status.success());
        assert!(
            said.contains("the token's signatures do not verify"),
            "{said}"
        );
    }
}

#[test]
fn what_was_never_granted_is_not_asked_for() {
    let (_, token) = root();
    for (option, value, dimension) in [
        ("--tool", "write", "tools"),
        ("--expires-in", "999999999", "lifetime"),
    ] {
        let refused = bailiwick(&["attenuate", &token, option, value]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        let expected = format!("that would widen the chain: {dimension}");
        assert!(said.contains(&expected), "{said}");
        assert!(printed(&refused).is_empty());
    }
}
