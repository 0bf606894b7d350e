//! What can go wrong in a command, each with what to do about it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a command stopped.
#[derive(Debug, Error)]
pub(crate) enum Error {
    #[error("`{command}` could not be started: {source}")]
    Start { command: String, source: io::Error },

    #[error("`{command}` failed ({status})\n{output}")]
    Failed {
        command: String,
        status: std::process::ExitStatus,
        output: String,
    },

    #[error("`{path}`: {source}", path = path.display())]
    File { path: PathBuf, source: io::Error },

    #[error("`cargo metadata` printed what can't be read: {source}")]
    Metadata { source: serde_json::Error },

    #[error("`cargo metadata` did not say `{field}`")]
    MetadataField { field: &'static str },

    #[error("`{path}` pins no package: expected a line `name==version`", path = path.display())]
    Pin { path: PathBuf },

    #[error(
        "no compiler for wasm32-wasip1 was found. Any one of these three ways will do:\n  \
         1. have the target installed already: `rustc --print target-libdir --target wasm32-wasip1` holds no standard library{rustc}\n  \
         2. `rustup target add wasm32-wasip1`: {rustup}\n  \
         3. Debian's packages, as root: `apt-get install {packages}`: {debian}"
    )]
    NoWasmTarget {
        rustc: String,
        rustup: String,
        packages: String,
        debian: String,
    },

    #[error("`ENVOY` names `{path}`, which is not an executable file; unset it or point it at an Envoy binary", path = path.display())]
    EnvoyNotExecutable { path: PathBuf },

    #[error(
        "there is no packaged Envoy for {os} on {arch}; install Envoy {minimum} or later so that `envoy` is on `PATH`, \
         or set `ENVOY` to its binary"
    )]
    NoEnvoyPackage {
        os: &'static str,
        arch: &'static str,
        minimum: String,
    },

    #[error(
        "`{package}` is needed for `{needed_for}` and could not be installed ({why}); install it and try again"
    )]
    NoSystemPackage {
        package: &'static str,
        needed_for: &'static str,
        why: String,
    },

    #[error("`python3` with pip is needed ({why}); install Python 3.10 or later with pip")]
    NoPython { why: String },

    #[error("`{path}` is not a WebAssembly module: {source}", path = path.display())]
    NotWasm {
        path: PathBuf,
        source: wasmparser::BinaryReaderError,
    },

    #[error(
        "the module imports what Envoy may not have: {imports}. Remove what pulls it in, or, if Envoy has it, add it to the \
         allow-list in `xtask/src/module/imports.rs`"
    )]
    ForbiddenImports { imports: String },

    #[error("not everything passed; to repeat only what failed: `cargo xtask test {failed}`")]
    Steps { failed: String },
}

/// Attaches the path to an I/O error.
pub(crate) trait AtPath<T> {
    /// The same result, its error saying which file or folder it is about.
    fn at(self, path: impl Into<PathBuf>) -> Result<T, Error>;
}

impl<T> AtPath<T> for io::Result<T> {
    fn at(self, path: impl Into<PathBuf>) -> Result<T, Error> {
        self.map_err(|source| Error::File {
            path: path.into(),
            source,
        })
    }
}
