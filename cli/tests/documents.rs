//! What documents in `docs/` show: their commands are run, and what stands below each must be printed.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// What the commands find in their folder.
const EXAMPLES: [&str; 6] = [
    "a2a.yaml",
    "shop.yaml",
    "warrants.yaml",
    "typed.yaml",
    "tools.json",
    "openapi.yaml",
];

/// What a line of the document says in place of what differs from run to run.
const ANYTHING: &str = "...";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every command in the document, with the lines below it.
fn commands(document: &str) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for block in document.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            match line.strip_prefix("$ ") {
                Some(command) => commands.push((command.to_owned(), Vec::new())),
                None => commands.last_mut().unwrap().1.push(line.to_owned()),
            }
        }
    }
    commands
}

/// Do the printed lines fit? A line of dots alone stands for any number of lines, dots at its end for the rest of the line.
fn fits(shown: &[String], printed: &[&str]) -> bool {
    let Some((first, shown_rest)) = shown.split_first() else {
        return printed.is_empty();
    };
    if first.trim() == ANYTHING {
        return (0..=printed.len()).any(|skipped| fits(shown_rest, &printed[skipped..]));
    }
    let Some((line, printed_rest)) = printed.split_first() else {
        return false;
    };
    let same = match first.strip_suffix(ANYTHING) {
        Some(beginning) => line.starts_with(beginning),
        None => line == first,
    };
    same && fits(shown_rest, printed_rest)
}

/// Runs all commands of a document in a folder of its own.
fn run(name: &str, expected: usize) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // Left over from an earlier run, or not there at all.
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    for example in EXAMPLES {
        std::fs::copy(root().join("examples").join(example), folder.join(example)).unwrap();
    }
    let tool = Path::new(env!("CARGO_BIN_EXE_bailiwick")).parent().unwrap();
    let path = format!("{}:{}", tool.display(), std::env::var("PATH").unwrap());
    let document = std::fs::read_to_string(root().join("docs").join(name)).unwrap();
    let commands = commands(&document);
    assert_eq!(commands.len(), expected, "commands in {name}");
    for (command, shown) in commands {
        let output = Command::new("sh")
            .args(["-c", &format!("{{ {command}; }} 2>&1")])
            .current_dir(&folder)
            .env("PATH", &path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}");
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> = printed.lines().collect();
        assert!(fits(&shown, &lines), "{command}\n{printed}");
    }
}

#[test]
fn development_tokens_are_made_as_shown() {
    run("development-tokens.md", 12);
}

#[test]
fn declarations_are_imported_as_shown() {
    run("typed.md", 4);
}

#[test]
fn delegation_narrows_as_shown() {
    run("delegation.md", 13);
}

#[test]
fn agents_are_asked_as_shown() {
    run("a2a.md", 9);
}

#[test]
fn biscuits_are_made_and_narrowed_as_shown() {
    run("biscuit.md", 6);
}

/// A gateway that has what the examples of sessions name.
const NAMED: &str = r#"
version: 1
issuers:
  - name: corp
    issuer: https://as.example
    audiences: [https://tools.example]
    algorithms: [ES256]
    keys: {remote: {url: https://as.example/jwks.json, cluster: as}}
routes:
  - {name: orders, path: /mcp, mcp: {server: orders}}
  - {name: reports, http: {operations: [{name: read_report, method: GET, path: /report}]}}
policies: '@id("any") permit (principal, action, resource) unless { context.session.labels.isEmpty() };'
"#;

#[test]
fn sessions_are_configured_as_shown() {
    let document = std::fs::read_to_string(root().join("docs/sessions.md")).unwrap();
    let blocks: Vec<_> = document.split("```yaml\n").skip(1).collect();
    assert_eq!(blocks.len(), 2);
    for (number, block) in blocks.into_iter().enumerate() {
        let file = format!("sessions-{number}.yaml");
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
        let block = block.split("```").next().unwrap();
        std::fs::write(&file, format!("{NAMED}{block}")).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_bailiwick"))
            .arg("check")
            .arg(&file)
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{block}\n{printed}");
    }
}
