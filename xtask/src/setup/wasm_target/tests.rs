use std::cell::Cell;

use super::*;

/// A machine in a temporary folder, whose programs are small shell scripts.
struct Fake {
    dir: tempfile::TempDir,
}

impl Fake {
    /// A machine with a `rustc` that has no wasm target, and nothing else.
    fn new() -> Self {
        let fake = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        fs::create_dir_all(fake.libdir()).unwrap();
        let libdir = fake.libdir();
        fake.program(
            "rustup-rust/rustc",
            &format!(
                "[ \"$1\" = --print ] && echo {} || echo 'rustc 1.95.0 (fake)'",
                libdir.display()
            ),
        );
        fake
    }

    fn libdir(&self) -> PathBuf {
        self.dir.path().join("libdir")
    }

    fn install_target(&self) {
        fs::write(self.libdir().join("libstd-0123456789abcdef.rlib"), "").unwrap();
    }

    fn program(&self, name: &str, script: &str) {
        let file = self.dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        // Written by another process: a file that this one holds open for writing while another test forks can't be run.
        let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod 755 \"$2\"";
        Task::new("writing a script", "sh")
            .args(["-c", write, "sh", script])
            .args([&file])
            .output()
            .unwrap();
    }

    /// A rustup that counts its calls in a file and then does `script`.
    fn rustup(&self, script: &str) {
        self.program(
            "bin/rustup",
            &format!(
                "echo called >> {}\n{script}",
                self.dir.path().join("calls").display()
            ),
        );
    }

    fn rustup_calls(&self) -> usize {
        fs::read_to_string(self.dir.path().join("calls"))
            .unwrap_or_default()
            .lines()
            .count()
    }

    fn debian(&self, version: &str) {
        self.program("usr/bin/rustc", &format!("echo 'rustc {version} (fake)'"));
        self.program("usr/bin/cargo", "");
        self.program("bin/wasm-ld-19", "");
        for file in [
            "usr/lib/wasm32-wasi/libc.a",
            "usr/lib/rustlib/src/rust/library/std/Cargo.toml",
        ] {
            let file = self.dir.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
    }

    fn machine(&self) -> Machine {
        Machine {
            rustc: self.dir.path().join("rustup-rust/rustc").into(),
            path: self.dir.path().join("bin").into(),
            filesystem: self.dir.path().to_owned(),
            memory: self.dir.path().join("tools/rustup-target.failed"),
        }
    }

    /// Which way was found, and whether Debian's packages had to be installed.
    fn find(
        &self,
        install_debian: impl FnOnce() -> Result<(), String>,
    ) -> (Result<u8, String>, bool) {
        let installed = Cell::new(false);
        let found = self.machine().find(|| {
            installed.set(true);
            install_debian()
        });
        let way = found
            .map_err(|error| error.to_string())
            .map(|(compiler, way)| match compiler {
                WasmCompiler::Installed if way.ends_with("(way 1)") => 1,
                WasmCompiler::Installed => 2,
                WasmCompiler::Debian(_) => 3,
            });
        (way, installed.get())
    }
}

fn refused() -> Result<(), String> {
    Err("not root".to_owned())
}

#[test]
fn an_installed_target_comes_first() {
    let fake = Fake::new();
    fake.install_target();
    fake.rustup("exit 0");
    fake.debian("1.96.0");
    assert_eq!(fake.find(refused), (Ok(1), false));
    assert_eq!(fake.rustup_calls(), 0);
}

#[test]
fn rustup_comes_second() {
    let fake = Fake::new();
    fake.rustup(&format!("touch {}/libstd-0.rlib", fake.libdir().display()));
    fake.debian("1.96.0");
    assert_eq!(fake.find(refused), (Ok(2), false));
    assert_eq!(fake.rustup_calls(), 1);
}

#[test]
fn debian_comes_third_and_rustup_is_asked_once() {
    let fake = Fake::new();
    fake.rustup("exit 1");
    fake.debian("1.96.0");
    assert_eq!(fake.find(refused), (Ok(3), false));
    assert_eq!(fake.find(refused), (Ok(3), false));
    assert_eq!(fake.rustup_calls(), 1);
    fake.program(
        "rustup-rust/rustc",
        &format!(
            "[ \"$1\" = --print ] && echo {} || echo newer",
            fake.libdir().display()
        ),
    );
    assert_eq!(fake.find(refused), (Ok(3), false));
    assert_eq!(fake.rustup_calls(), 2);
}

#[test]
fn a_rustup_that_claims_success_is_not_believed() {
    let fake = Fake::new();
    fake.rustup("exit 0");
    fake.debian("1.96.0");
    assert_eq!(fake.find(refused), (Ok(3), false));
}

#[test]
fn missing_debian_packages_are_installed() {
    let fake = Fake::new();
    let install = || {
        fake.debian("1.96.0");
        Ok(())
    };
    assert_eq!(fake.find(install), (Ok(3), true));
}

#[test]
fn an_old_debian_compiler_is_no_way() {
    let fake = Fake::new();
    fake.debian("1.63.0");
    let (way, asked) = fake.find(refused);
    assert!(way.is_err(), "{way:?}");
    assert!(asked);
}

#[test]
fn the_error_names_the_three_ways() {
    let (way, _) = Fake::new().find(refused);
    let message = way.unwrap_err();
    for part in [
        "1. have the target",
        "2. `rustup target add wasm32-wasip1`: there is no rustup",
        "rustc-web",
        "not root",
    ] {
        assert!(message.contains(part), "{message}");
    }
}
