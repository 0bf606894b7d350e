//! The demonstration where no Envoy can be had: our own host is the gateway, and every step comes to the same.

use std::process::Command;

use bailiwick_tests::parts;

#[test]
fn without_envoy_our_own_host_gives_the_same_tour() {
    let demo = Command::new(env!("CARGO_BIN_EXE_demo"))
        .arg("--check")
        .env_remove(parts::ENVOY)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&demo.stdout);
    let said = String::from_utf8_lossy(&demo.stderr);
    assert!(demo.status.success(), "{said}");
    assert!(
        printed.starts_with("our own wasmtime host (no Envoy here)"),
        "{printed}"
    );
    assert!(
        printed.ends_with("The MCP server got 5 of 12 requests.\n"),
        "{printed}"
    );
}
