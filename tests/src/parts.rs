//! Where the parts that aren't built by cargo are: named by environment variables, which `cargo xtask` sets.

use std::path::PathBuf;

/// The Envoy binary.
pub const ENVOY: &str = "BAILIWICK_ENVOY";
/// The compiled plugin, `bailiwick.wasm`.
pub const WASM: &str = "BAILIWICK_WASM";
/// A Python that has the packages of `tests/e2e/requirements.txt`.
pub const PYTHON: &str = "BAILIWICK_PYTHON";

/// A Node.js.
pub const NODE: &str = "BAILIWICK_NODE";
/// The manifest beside which the packages of `tests/e2e/js/package-lock.json` are installed.
pub const JS: &str = "BAILIWICK_JS";

/// A part that a test or the demo needs and that isn't there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// The variable isn't set.
    #[error("`{variable}` is not set; run this through `cargo xtask`, which fetches or builds it")]
    Unnamed {
        /// The environment variable.
        variable: &'static str,
    },
    /// The variable names something that isn't a file.
    #[error("`{variable}` is `{path}`, which is no file; `cargo xtask setup` gets it again")]
    Absent {
        /// The environment variable.
        variable: &'static str,
        /// What it holds.
        path: PathBuf,
    },
}

/// The file that the environment variable `variable` names.
///
/// # Errors
///
/// The variable is not set, or names no file.
pub fn find(variable: &'static str) -> Result<PathBuf, PartError> {
    let path = std::env::var_os(variable).filter(|value| !value.is_empty());
    let path = path
        .map(PathBuf::from)
        .ok_or(PartError::Unnamed { variable })?;
    if path.is_file() {
        Ok(path)
    } else {
        Err(PartError::Absent { variable, path })
    }
}
