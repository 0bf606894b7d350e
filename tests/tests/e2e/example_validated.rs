//! The example for Envoy, as it stands in the repository, in a real Envoy.

#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use bailiwick_tests::parts;
use bailiwick_tests::scratch::Scratch;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/envoy/envoy.yaml");

/// What Envoy says to a bootstrap, which includes what the plugin says to its configuration.
fn validate(bootstrap: &str) -> Output {
    let folder = Scratch::new("example").unwrap();
    let file = folder.path().join("envoy.yaml");
    fs::write(&file, bootstrap).unwrap();
    symlink(
        parts::find(parts::WASM).unwrap(),
        folder.path().join("bailiwick.wasm"),
    )
    .unwrap();
    Command::new(parts::find(parts::ENVOY).unwrap())
        .args([
            "--mode",
            "validate",
            "--log-level",
            "error",
            "--config-path",
        ])
        .arg(Path::new("envoy.yaml"))
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    [output.stdout.as_slice(), output.stderr.as_slice()]
        .map(String::from_utf8_lossy)
        .concat()
}

#[test]
fn the_example_is_valid() {
    let output = validate(&fs::read_to_string(EXAMPLE).unwrap());
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("configuration 'envoy.yaml' OK"), "{said}");
}

#[test]
fn mistakes_are_refused_and_named_by_their_path() {
    let example = fs::read_to_string(EXAMPLE).unwrap();
    let rows = [
        (
            "a misspelt field",
            example.replace("audiences:", "audience:"),
            "configuration rejected: issuers[0].audience: unknown field, did you mean `audiences`?",
        ),
        (
            "a policy that could err",
            example.replace("context.arguments.hasTag(\"/amount\") &&", ""),
            "configuration rejected: policies: ",
        ),
    ];
    for (name, changed, expected) in rows {
        assert_ne!(changed, example, "{name}");
        let output = validate(&changed);
        let said = said(&output);
        assert!(!output.status.success(), "{name}: {said}");
        assert!(said.contains(expected), "{name}: {said}");
    }
}
