//! A Biscuit is narrowed and looked at offline.

#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

use std::process::{Command, Output};

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
