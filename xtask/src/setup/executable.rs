//! Programs on `PATH`.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The first executable file called `name` in the folders of `path`, a list as in `PATH`.
pub(crate) fn find_in(path: &OsStr, name: &str) -> Option<PathBuf> {
    env::split_paths(path)
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file))
}

/// The first executable file called `name` on this process's `PATH`.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    find_in(&env::var_os("PATH")?, name)
}

/// Whether `file` can be run, as far as its kind and its mode say.
pub(crate) fn is_executable(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|metadata| metadata.is_file() && mode_allows(&metadata))
}

#[cfg(unix)]
fn mode_allows(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn mode_allows(_: &std::fs::Metadata) -> bool {
    true
}

/// Marks `file` as executable, which unpacking a wheel does not.
pub(crate) fn make_executable(file: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755))?;
    }
    #[cfg(not(unix))]
    file.metadata()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_executable_on_the_path_wins() {
        let dir = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = dir.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            folder
        };
        let (empty, plain, first, second) = (
            folder("empty"),
            folder("plain"),
            folder("first"),
            folder("second"),
        );
        for folder in [&plain, &first, &second] {
            std::fs::write(folder.join("envoy"), "").unwrap();
        }
        make_executable(&first.join("envoy")).unwrap();
        make_executable(&second.join("envoy")).unwrap();
        let path = env::join_paths([&empty, &plain, &first, &second]).unwrap();
        assert_eq!(find_in(&path, "envoy"), Some(first.join("envoy")));
        assert_eq!(find_in(&path, "wrk"), None);
    }
}
