//! The engine's boundaries, checked against its source: what it depends on, which way its modules import, and that it
//! keeps no clock, randomness, log or state of its own.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bottom up: a module may import from its own layer's line and from any line above it.
///
/// The stages stand one to a line, so that none imports a later one, and no circle is possible.
const LAYERS: &[&[&str]] = &[
    &["excerpt"],
    &["digest", "json", "request", "suggestion", "time"],
    &["credential"],
    // `ports` names a key and an algorithm; identity verifies through it.
    // Replays stand in buckets, which stand in the host's store.
    &["buckets", "identity", "ports"],
    &["delegation"],
    &["operation"],
    &["policy"],
    &["decision"],
    &["evidence"],
    &["config", "tokens"],
    &["gate"],
    &["exchange"],
];

/// Pairs on one line that may import each other's items, with the reason.
const SAME_LAYER: &[(&str, &str, &str)] = &[
    ("buckets", "ports", "buckets stand in the host's store"),
    ("identity", "buckets", "used proofs stand in buckets"),
    (
        "ports",
        "identity",
        "the verifier's signature names the key and the algorithm",
    ),
    (
        "identity",
        "ports",
        "signatures are verified through the port",
    ),
];

/// Words that would give the engine a clock, randomness, IO, a log or global state.
const FORBIDDEN: &[&str] = &[
    "SystemTime",
    "Instant::now",
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::env",
    "std::process",
    "std::thread",
    "rand::",
    "getrandom",
    "log::",
    "tracing::",
    "println!",
    "eprintln!",
    "print!",
    "dbg!",
    "static mut ",
    "thread_local!",
    "Mutex",
    "RwLock",
    "Atomic",
    "OnceLock",
    "LazyLock",
    "OnceCell",
];

struct Source {
    path: PathBuf,
    /// Path segments below `src` without `.rs`: `identity/jose/key`.
    module: Vec<String>,
    /// Code only: no comments, no test modules.
    code: Vec<(usize, String)>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut tests_only = BTreeSet::new();
    let sources: Vec<Source> = files
        .iter()
        .map(|path| read(&root, path, &mut tests_only))
        .collect();
    let in_tests = |source: &Source| {
        (1..=source.module.len()).any(|depth| tests_only.contains(&source.module[..depth]))
    };
    sources
        .into_iter()
        .filter(|source| !in_tests(source))
        .collect()
}

/// One file; modules that it declares for tests only are added to `tests_only`.
fn read(root: &Path, path: &Path, tests_only: &mut BTreeSet<Vec<String>>) -> Source {
    let relative = path.strip_prefix(root).unwrap().with_extension("");
    let module: Vec<String> = relative
        .iter()
        .map(|s| s.to_str().unwrap().to_owned())
        .collect();
    let text = std::fs::read_to_string(path).unwrap();
    let mut code = Vec::new();
    let mut for_tests = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.split("//").next().unwrap().trim();
        if std::mem::take(&mut for_tests) {
            let declared = line
                .trim_start_matches("pub(crate) ")
                .trim_start_matches("pub(super) ");
            match declared
                .strip_prefix("mod ")
                .and_then(|rest| rest.strip_suffix(';'))
            {
                Some(name) => {
                    let parent = if module == ["lib"] {
                        &[][..]
                    } else {
                        &module[..]
                    };
                    tests_only.insert([parent, &[name.to_owned()]].concat());
                    continue;
                }
                // A test module that stands in the file is its last item.
                None if declared.starts_with("mod ") => break,
                // Only this item is for tests; its code is judged like any other.
                None => {}
            }
        }
        if line == "#[cfg(test)]" {
            for_tests = true;
        } else if !line.is_empty() {
            code.push((index + 1, line.to_owned()));
        }
    }
    Source {
        path: path.to_owned(),
        module,
        code,
    }
}

/// Top-level modules that a line of code in `module` names by `crate::` or by enough `super::`.
fn imports(module: &[String], line: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let root = "super::".repeat(module.len());
    for prefix in ["crate::", root.as_str()] {
        for (at, _) in line.match_indices(prefix) {
            if line[..at].ends_with("super::") || line[..at].ends_with('$') {
                continue;
            }
            let rest = &line[at + prefix.len()..];
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if !name.is_empty() {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn modules_import_from_earlier_layers_only() {
    let layer_of: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(n, names)| names.iter().map(move |name| (*name, n)))
        .collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for source in sources() {
        let own = source.module[0].as_str();
        if own == "lib" {
            continue;
        }
        let Some(own_layer) = layer_of.get(own) else {
            panic!("module `{own}` has no layer: give it its place in LAYERS");
        };
        seen.insert(own.to_owned());
        for (number, line) in &source.code {
            for name in imports(&source.module, line) {
                let allowed = name == own
                    || layer_of
                        .get(name.as_str())
                        .is_some_and(|layer| layer < own_layer)
                    || SAME_LAYER
                        .iter()
                        .any(|(from, to, _)| *from == own && *to == name);
                if !allowed {
                    wrong.push(format!(
                        "{}:{number}: `{own}` uses `{name}`",
                        source.path.display()
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports against the direction of the stages:\n{}",
        wrong.join("\n")
    );
    let unused: Vec<_> = layer_of
        .keys()
        .filter(|name| !seen.contains(**name))
        .collect();
    assert!(
        unused.is_empty(),
        "LAYERS names modules that don't exist: {unused:?}"
    );
}

#[test]
fn the_engine_has_no_clock_randomness_log_or_state() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (number, line) in &source.code {
            for word in FORBIDDEN {
                let preceded = line.find(word).map(|at| {
                    line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '\'')
                });
                if preceded == Some(false) {
                    wrong.push(format!(
                        "{}:{number}: `{word}` in: {}",
                        source.path.display(),
                        line.trim()
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "the host gives the engine these as arguments:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_engine_depends_on_no_host() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--package",
            "bailiwick-engine",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ])
        .args(["--target", "all", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        names.contains("cedar-policy"),
        "cargo tree printed no dependencies:\n{tree}"
    );
    for host in [
        "proxy-wasm",
        "wasmtime",
        "tokio",
        "hyper",
        "reqwest",
        "axum",
    ] {
        assert!(!names.contains(host), "the engine depends on `{host}`");
    }
    let manifest =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let dependencies: BTreeSet<&str> = manifest
        .split("[dependencies]")
        .nth(1)
        .unwrap()
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .collect();
    for loud in ["log", "tracing", "rand", "getrandom", "chrono", "time"] {
        assert!(
            !dependencies.contains(loud),
            "the engine itself depends on `{loud}`"
        );
    }
}
