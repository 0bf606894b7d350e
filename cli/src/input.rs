//! Texts from the command line, a file or the standard input.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The most bytes that are read.
const MAX_INPUT: u64 = 1 << 20;

/// Why there is no text.
#[derive(Debug, Error)]
pub(crate) enum InputError {
    #[error("the standard input can't be read: {0}")]
    Standard(std::io::Error),
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The argument, what is in the file of that name, or, for `-` and nothing, the standard input.
pub(crate) fn read(argument: Option<&str>) -> Result<String, InputError> {
    let mut text = String::new();
    match argument {
        None | Some("-") => {
            let input = std::io::stdin().lock();
            input
                .take(MAX_INPUT)
                .read_to_string(&mut text)
                .map_err(InputError::Standard)?;
        }
        Some(name) if Path::new(name).is_file() => {
            let failed = |source| InputError::File {
                path: PathBuf::from(name),
                source,
            };
            let file = std::fs::File::open(name).map_err(failed)?;
            file.take(MAX_INPUT)
                .read_to_string(&mut text)
                .map_err(failed)?;
        }
        Some(argument) => argument.clone_into(&mut text),
    }
    Ok(text)
}
