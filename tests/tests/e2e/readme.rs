//! `README.md` says what is true: its commands run, its configuration loads, and what it shows is what they print.
//!
//! The tour's output and the refusal's body are generated: `BAILIWICK_UPDATE=1 cargo xtask test e2e` writes them anew.

#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use bailiwick_tests::scene::{self, Scene};
use bailiwick_tests::tour::Gatekeeper;
use serde_json::{Value, json};

/// The address that stands in the README for the gateway's.
const ADDRESS: &str = "127.0.0.1:10000";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The text of each fenced block of `language`, in order.
fn blocks<'a>(readme: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let starts = readme.split(fence.as_str()).skip(1);
    starts
        .map(|rest| rest.split_once("```").map_or(rest, |(text, _)| text))
        .collect()
}

/// Compares a generated block with what it should be, or writes it where that is asked for.
fn assert_generated(shown: &str, printed: &str, language: &str, same: bool) {
    if same {
        return;
    }
    assert!(
        std::env::var_os("BAILIWICK_UPDATE").is_some(),
        "README.md is stale; run with BAILIWICK_UPDATE=1. It should show\n{printed}"
    );
    let block = |text: &str| format!("```{language}\n{text}```");
    let updated = readme().replacen(&block(shown), &block(printed), 1);
    std::fs::write(root().join("README.md"), updated).unwrap();
}

/// Words without what differs from run to run: the gateway's port, the ids of records, and the beginnings of keys.
fn steady(text: &str) -> Vec<String> {
    let word = |word: &str| match word.split_once('-') {
        Some((instance, _))
            if instance.len() == 16 && instance.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            "ID".to_owned()
        }
        _ if word.starts_with("127.0.0.1:") => "ADDRESS".to_owned(),
        _ if word.len() == 11 && word.ends_with("...") => "KEY".to_owned(),
        _ => word.to_owned(),
    };
    text.split_whitespace().map(word).collect()
}

#[test]
fn the_tour_is_what_the_demonstration_prints() {
    let demo = Command::new(env!("CARGO_BIN_EXE_demo"))
        .arg("--check")
        .output()
        .unwrap();
    assert!(
        demo.status.success(),
        "{}",
        String::from_utf8_lossy(&demo.stderr)
    );
    let printed = String::from_utf8(demo.stdout).unwrap();
    let readme = readme();
    let (_, after) = readme.split_once("<!-- tour -->").unwrap();
    let shown = blocks(after, "text")[0];
    assert_generated(shown, &printed, "text", steady(shown) == steady(&printed));
}

/// The README's call with curl, run by a shell.
async fn call(command: &str, scene: &Scene, gatekeeper: &Gatekeeper) -> Value {
    let here = command.replace(ADDRESS, &gatekeeper.address().to_string());
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &here])
        .env("TOKEN", scene.token().unwrap());
    let output = tokio::task::spawn_blocking(move || shell.output())
        .await
        .unwrap()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_str(&printed).unwrap_or_else(|_| json!({"printed": printed, "said": said}))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_permitted_call_and_its_refused_twin_are_as_shown() {
    let scene = Scene::set().await.unwrap();
    let gatekeeper = Gatekeeper::start(&scene, &scene::configuration())
        .await
        .unwrap();
    let readme = readme();
    let mut commands = blocks(&readme, "console")
        .into_iter()
        .filter_map(|text| text.strip_prefix("$ "));
    let curl = commands
        .find(|command| command.starts_with("curl "))
        .unwrap();

    let permitted = call(curl, &scene, &gatekeeper).await;
    assert_eq!(permitted["result"]["isError"], json!(false), "{permitted}");

    let twin = curl.replace("\"amount\":40}", "\"amount\":4000}");
    assert_ne!(curl, twin);
    let mut refused = call(&twin, &scene, &gatekeeper).await;
    assert_eq!(refused["error"]["data"]["status"], json!(403), "{refused}");
    refused["error"]["data"]["evidence"] = json!("...");
    let shown = blocks(&readme, "json")[0];
    let same = serde_json::from_str::<Value>(shown).is_ok_and(|shown| shown == refused);
    let printed = format!("{}\n", serde_json::to_string_pretty(&refused).unwrap());
    assert_generated(shown, &printed, "json", same);
    assert_eq!(scene.upstream.called_tools(), ["refund_order"]);
}

#[test]
fn the_configuration_loads() {
    for shown in blocks(&readme(), "yaml") {
        let value: Value = serde_norway::from_str(shown).unwrap();
        let loaded = bailiwick_engine::config::from_json(value.to_string().as_bytes());
        assert!(loaded.is_ok(), "{}", loaded.unwrap_err());
    }
}

#[test]
fn its_commands_exist() {
    let readme = readme();
    let mentioned = readme.split("cargo xtask ").skip(1);
    let mut names: Vec<_> = mentioned
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.contains(&"demo"), "{names:?}");
    for name in names {
        let mut command = Command::new(env!("CARGO"));
        let help = command
            .args(["xtask", name, "--help"])
            .current_dir(root())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&help.stderr);
        assert!(help.status.success(), "`cargo xtask {name}`: {said}");
    }
}
