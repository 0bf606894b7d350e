//! `bailiwick schema`: what is generated from the engine's types, and what is imported from what servers publish.

mod import;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_engine::{config, decision};
use clap::{Args, Subcommand, ValueEnum};
use thiserror::Error;

#[derive(Args)]
#[command(
    after_help = crate::examples::SCHEMA,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
#[group(required = true, multiple = false)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    import: Option<Command>,
    /// What to print
    document: Option<Document>,
    /// Write all documents into this folder instead
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Declare the arguments of an MCP server's tools, or the operations of an OpenAPI document
    Import(import::Arguments),
}

/// A generated document.
#[derive(Clone, Copy, ValueEnum)]
enum Document {
    /// The JSON schema of the configuration
    Config,
    /// Every field of the configuration, for people
    Reference,
    /// Every reason for a refusal, for people
    Reasons,
}

impl Document {
    const fn file_name(self) -> &'static str {
        match self {
            Self::Config => "config.schema.json",
            Self::Reference => "configuration.md",
            Self::Reasons => "reasons.md",
        }
    }

    fn text(self) -> String {
        match self {
            Self::Config => config::reference::json_schema(),
            Self::Reference => config::reference::markdown(),
            Self::Reasons => decision::reference::markdown(),
        }
    }
}

/// Why nothing was made.
#[derive(Debug, Error)]
pub(crate) enum SchemaError {
    /// A document could not be written.
    #[error("{}: {source}", path.display())]
    Unwritable {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A document could not be imported.
    #[error(transparent)]
    Import(#[from] import::Error),
}

/// Prints one document, writes all, or imports one.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, SchemaError> {
    if let Some(Command::Import(arguments)) = &arguments.import {
        return import::run(arguments);
    }
    if let Some(document) = arguments.document {
        print!("{}", document.text());
    }
    if let Some(folder) = &arguments.write {
        for document in Document::value_variants() {
            write(&folder.join(document.file_name()), &document.text())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> Result<(), SchemaError> {
    std::fs::write(path, text).map_err(|source| SchemaError::Unwritable {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_in_docs_are_fresh() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        for document in Document::value_variants() {
            let name = document.file_name();
            let found = std::fs::read_to_string(docs.join(name)).unwrap_or_default();
            assert!(
                found == document.text(),
                "docs/{name} is stale: run `cargo run -p bailiwick-cli -- schema --write docs`"
            );
        }
    }
}
