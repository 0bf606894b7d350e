//! Where the project is and where its build products go.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::Error;
use crate::task::Task;

/// The workspace's folders.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever the environment or a configuration file puts it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks Cargo. Called from anywhere inside the workspace.
    pub(crate) fn locate() -> Result<Self, Error> {
        let mut task = Task::new("reading the workspace", cargo()).args([
            "metadata",
            "--no-deps",
            "--format-version=1",
        ]);
        if let Some(manifest_dir) = env::var_os("CARGO_MANIFEST_DIR") {
            task = task.in_dir(Path::new(&manifest_dir));
        }
        let metadata: Value =
            serde_json::from_str(&task.output()?).map_err(|source| Error::Metadata { source })?;
        let path = |field: &'static str| {
            metadata
                .get(field)
                .and_then(Value::as_str)
                .map(PathBuf::from)
                .ok_or(Error::MetadataField { field })
        };
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
        })
    }

    /// The folder of downloaded tools, kept between runs.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// A path as people want to read it: relative to the project where it lies inside.
    pub(crate) fn show(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

/// The Cargo that runs us.
pub(crate) fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
