//! A directory of one test's own, removed with it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A directory below the system's temporary one. It stays where the test that owns it is failing.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes it, empty; `purpose` is part of its name.
    ///
    /// # Errors
    ///
    /// The temporary directory can't be written.
    pub fn new(purpose: &str) -> io::Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("bailiwick-{purpose}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // A directory left by an earlier process of the same id must not mix with this one.
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }
}
