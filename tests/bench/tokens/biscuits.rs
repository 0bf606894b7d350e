//! Biscuits of several lengths, the same ones and fresh ones.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_engine::time::{Seconds, Timestamp, UnixTime};
use bailiwick_tests::biscuits::{BiscuitMint, RootKey};
use bailiwick_tests::mint;

use super::{LIFETIME, field};
use crate::TOOL;

/// How many blocks they have.
const BLOCKS: [usize; 3] = [1, 3, 8];
/// More than a gate keeps of them: when the first comes round again it has long been forgotten.
const FRESH: u64 = 10_000;

/// The Biscuits of a run.
pub(crate) struct Biscuits {
    root: RootKey,
    by_blocks: BTreeMap<usize, String>,
}

impl Biscuits {
    /// Mints them into files below `directory`.
    ///
    /// # Errors
    ///
    /// There is no mint, or no room for files.
    pub(super) fn mint(directory: &Path) -> Result<Self, Box<dyn Error>> {
        eprintln!("minting {FRESH} Biscuits of {BLOCKS:?} blocks each");
        let mint = BiscuitMint::start()?;
        let root = mint.key()?;
        let until = Timestamp(UnixTime(mint::now()).after(Seconds(LIFETIME)));
        let authority = format!(
            r#"user("alice"); agent("agent"); tool("{TOOL}"); right("read_status", "http_request"); check if time($t), $t < {until}"#
        );
        let narrower = format!(
            r#"check if tool_call($t), ["{TOOL}", "other"].contains($t) or operation("http_request")"#
        );
        let mut by_blocks = BTreeMap::new();
        for count in BLOCKS {
            let mut blocks = vec![authority.as_str()];
            blocks.resize(count, narrower.as_str());
            let one = mint.token(&root, &blocks)?;
            fs::write(file(directory, count), field(&one))?;
            by_blocks.insert(count, one);
            let fresh = mint.tokens(&root, &blocks, FRESH)?;
            let fresh: Vec<_> = fresh.iter().map(|token| field(token)).collect();
            fs::write(fresh_file(directory, count), fresh.join("\n"))?;
        }
        Ok(Self { root, by_blocks })
    }

    /// The root key, as configurations write it.
    pub(crate) fn root(&self) -> &str {
        self.root.public()
    }

    /// The one of so many blocks.
    pub(super) fn one(&self, blocks: usize) -> &str {
        self.by_blocks.get(&blocks).map_or("", String::as_str)
    }
}

pub(super) fn file(directory: &Path, blocks: usize) -> PathBuf {
    directory.join(format!("biscuit-{blocks}.tokens"))
}

pub(super) fn fresh_file(directory: &Path, blocks: usize) -> PathBuf {
    directory.join(format!("fresh-biscuit-{blocks}.tokens"))
}

/// The same Biscuit with a character of its proof changed.
pub(super) fn forged(token: &str) -> String {
    let text = token.trim_end_matches('=');
    let place = text.len().saturating_sub(8);
    let (before, after) = text.split_at(place);
    let other = if after.starts_with('A') { 'B' } else { 'A' };
    format!("{before}{other}{}", after.get(1..).unwrap_or_default())
}
