//! A compiler for `wasm32-wasip1`, in the order in which the ways cost least:
//! 1. the target is installed already;
//! 2. rustup installs it;
//! 3. Debian's compiler, with which Cargo builds the standard library from source, where rustup's server can't be reached.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{AtPath, Error};
use crate::setup::{debian, executable, report};
use crate::task::Task;
use crate::workspace::{Workspace, cargo};

/// What the plugin is built for.
pub(crate) const TARGET: &str = "wasm32-wasip1";
/// Debian's packages for the third way. The plain `rustc` of the same release is too old.
const DEBIAN_PACKAGES: [&str; 5] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "wasi-libc",
    "lld-19",
];
/// The linker in Debian's `lld-19`.
const DEBIAN_LINKER: &str = "wasm-ld-19";
/// The oldest compiler that can build the workspace, as in its `rust-version`.
const MINIMUM_RUSTC: (u32, u32) = (1, 95);

/// A way to compile for [`TARGET`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WasmCompiler {
    /// The Rust that runs us has the target's standard library.
    Installed,
    /// Debian's Rust, which builds the standard library from its source.
    Debian(DebianRust),
}

/// The parts of the third way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DebianRust {
    cargo: PathBuf,
    rustc: PathBuf,
    linker: PathBuf,
    libc: PathBuf,
}

impl WasmCompiler {
    /// A Cargo task whose products for [`TARGET`] this compiler makes; the caller adds the subcommand with `--target`.
    pub(crate) fn task(&self, title: &str, arguments: &[&str]) -> Task {
        match self {
            Self::Installed => Task::new(title, cargo()).args(arguments),
            Self::Debian(rust) => {
                // The environment takes the place of what stands in `.cargo/config.toml`.
                let flags = format!(
                    "-Ctarget-feature=+simd128 -Clinker={} -Lnative={}",
                    rust.linker.display(),
                    rust.libc.display()
                );
                Task::new(title, &rust.cargo)
                    .args(arguments)
                    .args(["-Zbuild-std=std,panic_abort"])
                    // A released compiler takes `-Z` flags only when told that it is being bootstrapped.
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("RUSTC", &rust.rustc)
                    .env("CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS", flags)
                    // These would take the place of the flags above, or of the compiler.
                    .env_remove("RUSTFLAGS")
                    .env_remove("CARGO_ENCODED_RUSTFLAGS")
                    .env_remove("RUSTUP_TOOLCHAIN")
            }
        }
    }
}

/// Finds the first way that works, says which it is, and installs what it needs.
pub(crate) fn find(workspace: &Workspace) -> Result<WasmCompiler, Error> {
    let machine = Machine {
        rustc: env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()),
        path: env::var_os("PATH").unwrap_or_default(),
        filesystem: PathBuf::from("/"),
        memory: workspace.tools().join("rustup-target.failed"),
    };
    let (compiler, way) = machine.find(|| debian::install(&DEBIAN_PACKAGES))?;
    report("wasm target", &way);
    Ok(compiler)
}

/// The places that are looked at, so that a test can put others there.
struct Machine {
    rustc: OsString,
    path: OsString,
    filesystem: PathBuf,
    /// Where a failure of `rustup target add` is remembered, with the toolchain that it is about.
    memory: PathBuf,
}

impl Machine {
    fn find(
        &self,
        install_debian: impl FnOnce() -> Result<(), String>,
    ) -> Result<(WasmCompiler, String), Error> {
        if self.has_target() {
            return Ok((
                WasmCompiler::Installed,
                format!("{TARGET} is installed (way 1)"),
            ));
        }
        let rustup = match self.rustup_add() {
            Ok(()) => {
                return Ok((
                    WasmCompiler::Installed,
                    format!("`rustup target add {TARGET}` (way 2)"),
                ));
            }
            Err(why) => why,
        };
        let found = |rust| {
            let way = format!(
                "{rustup}, so Debian's Rust with a standard library built from source (way 3)"
            );
            (WasmCompiler::Debian(rust), way)
        };
        if let Some(rust) = self.debian_rust() {
            return Ok(found(rust));
        }
        let debian = match install_debian() {
            Ok(()) => match self.debian_rust() {
                Some(rust) => return Ok(found(rust)),
                None => "they are installed, and yet something is missing".to_owned(),
            },
            Err(why) => why,
        };
        let rustc = format!(" (asked `{}`)", self.rustc.to_string_lossy());
        Err(Error::NoWasmTarget {
            rustc,
            rustup,
            packages: DEBIAN_PACKAGES.join(" "),
            debian,
        })
    }

    /// Whether the target's standard library is where the compiler looks for it.
    fn has_target(&self) -> bool {
        let asked = Task::new("asking rustc", &self.rustc)
            .args(["--print", "target-libdir", "--target", TARGET])
            .output();
        let Ok(folder) = asked else { return false };
        let Ok(files) = fs::read_dir(folder.trim()) else {
            return false;
        };
        files.flatten().any(|file| {
            let name = file.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    }

    /// Has rustup install the target; a failure is remembered, for it takes its time. The error says why it did not work.
    fn rustup_add(&self) -> Result<(), String> {
        let Some(rustup) = executable::find_in(&self.path, "rustup") else {
            return Err("there is no rustup".to_owned());
        };
        let toolchain = Task::new("asking rustc", &self.rustc)
            .args(["--version", "--verbose"])
            .output()
            .unwrap_or_default();
        if fs::read_to_string(&self.memory).is_ok_and(|remembered| remembered == toolchain) {
            return Err(format!(
                "`rustup target add` failed before (remove `{}` to try again)",
                self.memory.display()
            ));
        }
        let added = Task::new(format!("rustup target add {TARGET}"), rustup)
            .args(["target", "add", TARGET])
            .output();
        if added.is_ok() && self.has_target() {
            return Ok(());
        }
        self.remember(&toolchain)
            .map_err(|error| error.to_string())?;
        Err("`rustup target add` failed".to_owned())
    }

    fn remember(&self, toolchain: &str) -> Result<(), Error> {
        if let Some(folder) = self.memory.parent() {
            fs::create_dir_all(folder).at(folder)?;
        }
        fs::write(&self.memory, toolchain).at(&self.memory)
    }

    /// Debian's Rust with all its parts, if they are here.
    fn debian_rust(&self) -> Option<DebianRust> {
        let cargo = self.filesystem.join("usr/bin/cargo");
        let rustc = self.filesystem.join("usr/bin/rustc");
        let libc = self.filesystem.join("usr/lib/wasm32-wasi");
        let source = self
            .filesystem
            .join("usr/lib/rustlib/src/rust/library/std/Cargo.toml");
        let linker = executable::find_in(&self.path, DEBIAN_LINKER)?;
        let complete =
            executable::is_executable(&cargo) && libc.join("libc.a").is_file() && source.is_file();
        (complete && is_recent(&rustc)).then_some(DebianRust {
            cargo,
            rustc,
            linker,
            libc,
        })
    }
}

/// Whether a compiler is there and new enough.
fn is_recent(rustc: &Path) -> bool {
    let version = Task::new("asking rustc", rustc)
        .args([OsStr::new("--version")])
        .output();
    version.is_ok_and(|text| parse_version(&text).is_some_and(|version| version >= MINIMUM_RUSTC))
}

/// Reads `rustc 1.96.0 (ac68faa20 2026-05-25)`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("rustc ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests;
