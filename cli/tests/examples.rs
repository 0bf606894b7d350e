//! The examples in the commands' help: every command has one, and all of them run.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Every command, in an order in which each finds the files that those before it made.
const COMMANDS: [&str; 21] = [
    "check",
    "schema",
    "schema import",
    "test",
    "mint key",
    "mint jwks",
    "mint access-token",
    "mint jwt",
    "mint id-token",
    "mint jwt-svid",
    "mint wit",
    "mint transaction-token",
    "mint status-list",
    "mint dpop",
    "mint wpt",
    "mint aat",
    "mint biscuit",
    "attenuate",
    "mint aat-pop",
    "explain",
    "inspect",
];

/// What it prints; it must succeed.
fn sh(command: &str, folder: &Path) -> String {
    let tool = Path::new(env!("CARGO_BIN_EXE_bailiwick")).parent().unwrap();
    let path = format!("{}:{}", tool.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that a help text shows, each on one line.
fn examples(help: &str) -> Vec<String> {
    let joined = help.replace("\\\n", " ");
    let lines = joined.lines().filter_map(|line| line.strip_prefix("  "));
    let examples = lines.filter(|line| line.starts_with("bailiwick "));
    examples.map(str::to_owned).collect()
}

/// The names below `Commands:`, with what comes before them.
fn commands(prefix: &str, folder: &Path) -> BTreeSet<String> {
    let help = sh(&format!("bailiwick {prefix}--help"), folder);
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let list = list.split("\n\n").next().unwrap();
    // Descriptions go on in lines that begin further in.
    let starts = list.lines().filter_map(|line| line.strip_prefix("  "));
    let names = starts.filter_map(|line| line.split(' ').next());
    names
        .filter(|name| !["", "help"].contains(name))
        .map(|name| format!("{prefix}{name}"))
        .collect()
}

#[test]
fn every_command_shows_an_example_that_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples");
    // Left over from an earlier run, or not there at all.
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(root.join("examples/shop.yaml"), folder.join("gate.yaml")).unwrap();
    std::fs::copy(root.join("examples/tools.json"), folder.join("tools.json")).unwrap();
    std::os::unix::fs::symlink(root.join("tests"), folder.join("tests")).unwrap();
    for name in ["holder", "planner", "root"] {
        sh(&format!("bailiwick mint key --out {name}.jwk"), &folder);
    }
    let mut all = commands("", &folder);
    assert!(all.remove("mint"));
    all.extend(commands("mint ", &folder));
    all.extend(commands("schema ", &folder));
    assert_eq!(all, COMMANDS.map(str::to_owned).into());
    for command in COMMANDS {
        let help = sh(&format!("bailiwick {command} --help"), &folder);
        let examples = examples(&help);
        assert!(
            examples[0].starts_with(&format!("bailiwick {command} ")),
            "{command}: {help}"
        );
        for example in examples {
            sh(&example, &folder);
        }
    }
}
