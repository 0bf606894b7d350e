//! Building a module for the gateway: compile, check its imports, say its size, put it where everybody looks for it.

mod imports;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::error::{AtPath, Error};
use crate::setup::wasm_target::{TARGET, WasmCompiler};
use crate::workspace::Workspace;

/// The Cargo profile of everything that runs in a gateway.
const PROFILE: &str = "wasm";

/// One module and its package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Module {
    package: &'static str,
    /// The library's name, and so the file's: `{name}.wasm`.
    name: &'static str,
}

impl Module {
    /// The product.
    pub(crate) const PLUGIN: Self = Self {
        package: "bailiwick-proxy-wasm",
        name: "bailiwick",
    };

    /// What shows that biscuit-auth works inside a gateway.
    pub(crate) const BISCUIT_PROBE: Self = Self {
        package: "bailiwick-biscuit-probe",
        name: "biscuit_probe",
    };

    /// The conformance suites, to be run in our own host.
    pub(crate) const CONFORMANCE: Self = Self {
        package: "bailiwick-conformance",
        name: "bailiwick_conformance",
    };

    /// Filters that judge nothing: what the benchmark compares with.
    pub(crate) const NOOP: Self = Self {
        package: "bailiwick-bench-noop",
        name: "noop",
    };
}

/// Builds `module` and hands back where it lies: `target/{name}.wasm`.
///
/// # Errors
/// It does not compile, or it imports what Envoy may not have.
pub(crate) fn build(
    workspace: &Workspace,
    compiler: &WasmCompiler,
    module: Module,
) -> Result<PathBuf, Error> {
    let built = compile(workspace, compiler, module)?;
    let bytes = fs::read(&built).at(&built)?;
    let imports = imports::read(&built, &bytes)?;
    let destination = workspace.target.join(format!("{}.wasm", module.name));
    println!("{}", workspace.show(&destination));
    println!(
        "  size    {} raw, {} gzipped",
        kilobytes(bytes.len()),
        kilobytes(gzipped(&bytes).at(&built)?)
    );
    for (namespace, names) in imports.by_namespace() {
        println!("  imports {namespace}: {}", names.join(" "));
    }
    imports.check()?;
    publish(&built, &bytes, &destination)?;
    Ok(destination)
}

/// Compiles the library as `cdylib` alone: with an `rlib` beside it Cargo leaves link-time optimisation out.
fn compile(
    workspace: &Workspace,
    compiler: &WasmCompiler,
    module: Module,
) -> Result<PathBuf, Error> {
    let target_dir = workspace.target.join("wasm");
    compiler
        .task(
            &format!("building {}.wasm", module.name),
            &[
                "rustc",
                "--package",
                module.package,
                "--lib",
                "--crate-type=cdylib",
                "--profile",
                PROFILE,
                "--target",
                TARGET,
            ],
        )
        .args([Path::new("--target-dir"), &target_dir])
        .in_dir(&workspace.root)
        .run()?;
    Ok(target_dir
        .join(TARGET)
        .join(PROFILE)
        .join(format!("{}.wasm", module.name)))
}

/// Puts the module in place in one step, for a gateway may be reading the old one; an unchanged one keeps its time stamp.
fn publish(built: &Path, bytes: &[u8], destination: &Path) -> Result<(), Error> {
    if fs::read(destination).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let partial = destination.with_extension("wasm.partial");
    fs::copy(built, &partial).at(&partial)?;
    fs::rename(&partial, destination).at(destination)
}

fn gzipped(bytes: &[u8]) -> std::io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn kilobytes(bytes: usize) -> String {
    format!("{} KB", bytes.div_ceil(1000))
}
