//! A configuration file, as the JSON that hosts hand over.

use std::path::{Path, PathBuf};

use bailiwick_engine::config::ConfigErrors;
use bailiwick_engine::gate::Gate;
use thiserror::Error;

/// A file that is no configuration at all.
#[derive(Debug, Error)]
pub(crate) enum FileError {
    /// It can't be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It isn't YAML; names that stand there twice are refused.
    #[error("{}: {source}", path.display())]
    NotYaml {
        /// The file.
        path: PathBuf,
        /// Why, and in which line.
        source: serde_norway::Error,
    },
    /// It has something that JSON doesn't have, such as a list as a name.
    #[error("{}: {source}", path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// What.
        source: serde_json::Error,
    },
}

/// Reads, checks and compiles a configuration.
pub(crate) fn gate(path: &Path) -> Result<Result<Gate, ConfigErrors>, FileError> {
    Ok(Gate::from_json(&read(path)?))
}

/// Reads a file: `.json` as it is, everything else as YAML.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let text = std::fs::read_to_string(path).map_err(|source| FileError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        return Ok(text.into_bytes());
    }
    // Not straight into JSON's type, which would take the last of several members of one name.
    let value: serde_norway::Value =
        serde_norway::from_str(&text).map_err(|source| FileError::NotYaml {
            path: path.to_owned(),
            source,
        })?;
    serde_json::to_vec(&value).map_err(|source| FileError::NotJson {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(name: &str, text: &str) -> Result<String, String> {
        let folder = std::env::temp_dir().join(format!("bailiwick-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        read(&path)
            .map(|bytes| String::from_utf8(bytes).unwrap())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn yaml_becomes_json_and_json_stays() {
        assert_eq!(
            read_text(
                "a.yaml",
                "version: 1\nissuers: [{name: a}]\npolicies: |\n  permit;\n"
            )
            .unwrap(),
            r#"{"version":1,"issuers":[{"name":"a"}],"policies":"permit;\n"}"#
        );
        let json = r#"{ "version": 1, "version": 2 }"#;
        assert_eq!(read_text("a.json", json).unwrap(), json);
    }

    #[test]
    fn a_name_that_stands_there_twice_is_refused() {
        for (name, text) in [
            ("top.yaml", "version: 1\nversion: 2\n"),
            (
                "below.yaml",
                "errors:\n  detail: opaque\n  detail: explain\n",
            ),
            ("two.yaml", "version: 1\n---\nversion: 2\n"),
        ] {
            let error = read_text(name, text).unwrap_err();
            assert!(error.contains(name), "{error}");
        }
    }
}
