//! What a gate would fetch, from files.

use std::path::{Path, PathBuf};

use bailiwick_engine::identity::documents::{DocumentKind, Fetch};
use clap::Args;

use super::ExplainError;

#[derive(Args)]
pub(super) struct Files {
    /// A JWK set in place of those that a gate would fetch
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// The deny-list that a gate would fetch
    #[arg(long, value_name = "FILE")]
    deny_list: Option<PathBuf>,
    /// The status list that a gate would fetch
    #[arg(long, value_name = "FILE")]
    status_list: Option<PathBuf>,
}

/// What came in place of each kind of document.
pub(super) struct Documents {
    keys: Option<Vec<u8>>,
    revocations: Option<Vec<u8>>,
    status_list: Option<Vec<u8>>,
}

impl Files {
    /// Reads the files, where they are given.
    pub(super) fn read(&self) -> Result<Documents, ExplainError> {
        let bytes = |path: &Option<PathBuf>| path.as_deref().map(read).transpose();
        Ok(Documents {
            keys: bytes(&self.jwks)?,
            revocations: bytes(&self.deny_list)?,
            status_list: bytes(&self.status_list)?,
        })
    }
}

impl Documents {
    /// What stands in for this one, if anything does.
    pub(super) fn answer(&self, fetch: &Fetch) -> Option<&[u8]> {
        match fetch.id.kind() {
            DocumentKind::Keys => self.keys.as_deref(),
            DocumentKind::Revocations => self.revocations.as_deref(),
            DocumentKind::StatusList => self.status_list.as_deref(),
        }
    }
}

/// What is missing, and the option that gives it.
pub(super) fn wanted(fetch: &Fetch) -> String {
    let option = match fetch.id.kind() {
        DocumentKind::Keys => "--jwks",
        DocumentKind::Revocations => "--deny-list",
        DocumentKind::StatusList => "--status-list",
    };
    let Fetch {
        id,
        scheme,
        authority,
        path,
        ..
    } = fetch;
    format!("{id} from {scheme}://{authority}{path}: give it with `{option} FILE`")
}

/// Each in a line of its own.
pub(super) fn listed(wanted: &[String]) -> String {
    wanted.iter().map(|one| format!("\n  {one}")).collect()
}

/// A file's bytes.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, ExplainError> {
    std::fs::read(path).map_err(|source| ExplainError::Document {
        path: path.to_owned(),
        source,
    })
}
