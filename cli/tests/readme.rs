//! What `README.md` shows of the command line and of a configuration.

#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The text of each fenced block of `language`, in order.
fn blocks(language: &str) -> Vec<String> {
    let readme = read("README.md");
    let fence = format!("```{language}\n");
    let rests = readme.split(fence.as_str()).skip(1);
    rests
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn commands_print_what_stands_below_them() {
    let mut ran = 0;
    for block in blocks("console") {
        let Some(command) = block.strip_prefix("$ cargo run -q -p bailiwick-cli -- ") else {
            continue;
        };
        let (arguments, shown) = command.split_once('\n').unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_bailiwick"))
            .args(arguments.split(' '))
            .current_dir(root())
            .output()
            .unwrap();
        let printed = [output.stdout, output.stderr].concat();
        assert_eq!(String::from_utf8(printed).unwrap(), shown, "{arguments}");
        ran += 1;
    }
    assert_eq!(ran, 1, "the README runs the command line once");
}

#[test]
fn the_configuration_is_the_example_and_loads() {
    let example = read("examples/shop.yaml");
    let (_, example) = example.split_once('\n').unwrap();
    assert_eq!(blocks("yaml"), [example]);
    let status = Command::new(env!("CARGO_BIN_EXE_bailiwick"))
        .args(["check", "examples/shop.yaml"])
        .current_dir(root())
        .status()
        .unwrap();
    assert!(status.success());
}
