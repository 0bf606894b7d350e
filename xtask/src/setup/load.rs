//! The load generator of the benchmark.

use std::path::PathBuf;

use crate::error::Error;
use crate::setup::{debian, executable, report};

/// `wrk`, from `PATH` or from Debian.
pub(crate) fn find() -> Result<PathBuf, Error> {
    let missing = |why| Error::NoSystemPackage {
        package: "wrk",
        needed_for: "cargo xtask bench",
        why,
    };
    let wrk = match executable::find("wrk") {
        Some(wrk) => wrk,
        None => {
            debian::install(&["wrk"]).map_err(missing)?;
            executable::find("wrk")
                .ok_or_else(|| missing("it is installed, and yet not on `PATH`".to_owned()))?
        }
    };
    report("load", &wrk.display().to_string());
    Ok(wrk)
}
