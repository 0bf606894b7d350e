//! `bailiwick explain`: one request as a gate would judge it, stage by stage, and why. It is sent nowhere.

mod decide;
mod documents;
mod report;
mod request;
mod stages;

use std::path::PathBuf;
use std::process::ExitCode;

use bailiwick_engine::config::ConfigErrors;
use bailiwick_engine::json::JsonError;
use clap::Args;
use thiserror::Error;

use self::decide::Outcome;
use crate::clock;
use crate::config_file::{self, FileError};
use crate::input::InputError;

#[derive(Args)]
#[command(after_help = crate::examples::EXPLAIN)]
pub(crate) struct Arguments {
    /// The configuration of the gate
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    request: request::Asked,
    #[command(flatten)]
    documents: documents::Files,
    /// The time to judge it at, in seconds since 1970 [default: now]
    #[arg(long, value_name = "MOMENT")]
    at: Option<u64>,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

/// Why nothing was explained.
#[derive(Debug, Error)]
pub(crate) enum ExplainError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} can't be used:\n\n{errors}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        errors: ConfigErrors,
    },
    // Without what was given, which may be a credential.
    #[error("a header field is `name: value`, or `@FILE` for a file with one in each line")]
    Field,
    #[error("`{text}` is neither a path nor an http(s) URL")]
    Url {
        /// What was given.
        text: String,
    },
    #[error("the arguments are no JSON: {0}")]
    Arguments(JsonError),
    #[error("{}: there is no token in it", path.display())]
    NoToken {
        /// The file.
        path: PathBuf,
    },
    #[error("{}: it is no certificate in PEM or DER form", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    #[error("{}: {source}", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    #[error("this can't be told without what a gate would fetch:{}", documents::listed(.wanted))]
    Needs {
        /// Each, with the option that gives it.
        wanted: Vec<String>,
    },
    #[error("the gate waits for more than one request can bring")]
    Undecided,
}

/// Explains a request. One that would be refused is a failure, not an error.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, ExplainError> {
    let gate = config_file::gate(&arguments.config)?;
    let gate = gate.map_err(|errors| ExplainError::Config {
        path: arguments.config.clone(),
        errors,
    })?;
    let request = arguments.request.read(&gate)?;
    let documents = arguments.documents.read()?;
    let now = clock::time(arguments.at);
    let decided = decide::decide(gate, &request, &documents, now)?;
    print!("{}", report::of(&request, &decided, now, arguments.json));
    Ok(match decided.outcome {
        Outcome::Permitted { .. } | Outcome::Served { .. } => ExitCode::SUCCESS,
        Outcome::Refused { .. } => ExitCode::FAILURE,
    })
}
