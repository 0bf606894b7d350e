//! Python, and an environment of its own for the packages of the end-to-end tests.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{AtPath, Error};
use crate::setup::{executable, report};
use crate::task::Task;
use crate::workspace::Workspace;

/// The packages, pinned by version and hash.
const REQUIREMENTS: &str = "tests/e2e/requirements.txt";

/// The machine's Python.
pub(crate) fn interpreter() -> Result<PathBuf, Error> {
    executable::find("python3").ok_or_else(|| Error::NoPython {
        why: "there is no `python3` on `PATH`".to_owned(),
    })
}

/// The interpreter of an environment under `target/tools` that has every package of the end-to-end tests.
///
/// The environment keeps a copy of the requirements it was made from, written last; it is made anew when they differ.
pub(crate) fn environment(workspace: &Workspace) -> Result<PathBuf, Error> {
    let requirements = workspace.root.join(REQUIREMENTS);
    let wanted = fs::read_to_string(&requirements).at(&requirements)?;
    let folder = workspace.tools().join("python");
    let python = folder.join("bin/python");
    let installed = folder.join("requirements.txt");
    let up_to_date = executable::is_executable(&python)
        && fs::read_to_string(&installed).is_ok_and(|text| text == wanted);
    if !up_to_date {
        if folder.exists() {
            fs::remove_dir_all(&folder).at(&folder)?;
        }
        install(&folder, &python, &requirements)?;
        fs::write(&installed, &wanted).at(&installed)?;
    }
    report(
        "Python",
        &format!(
            "{} with the {} packages of {REQUIREMENTS}",
            workspace.show(&python),
            packages(&wanted)
        ),
    );
    Ok(python)
}

/// Makes the environment and fills it with the outer pip: Debian's Python has no pip to put inside one, and the older pips
/// can't be told to work on another interpreter than their own, only into which folder.
fn install(folder: &Path, python: &Path, requirements: &Path) -> Result<(), Error> {
    let outer = interpreter()?;
    Task::new("making a Python environment", &outer)
        .args(["-m", "venv", "--without-pip"])
        .args([folder])
        .output()?;
    let packages = Task::new("asking Python for its packages", python)
        .args([
            "-c",
            "import sysconfig; print(sysconfig.get_path('purelib'))",
        ])
        .output()?;
    Task::new("installing the Python packages of the tests", &outer)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--only-binary=:all:",
        ])
        .args([Path::new("--requirement"), requirements])
        .args(["--target", packages.trim()])
        .output()
        .map(drop)
}

fn packages(requirements: &str) -> usize {
    requirements
        .lines()
        .filter(|line| !line.starts_with('#') && line.contains("=="))
        .count()
}
