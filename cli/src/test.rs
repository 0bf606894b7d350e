//! `bailiwick test`: run case files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_host_test::case::load::{self, LoadError};
use bailiwick_host_test::case::{report, run};
use bailiwick_host_test::{Module, ModuleError};
use clap::Args;
use thiserror::Error;

/// Where the module is looked for where the command line names none.
const WASM_VARIABLE: &str = "BAILIWICK_WASM";
const DEFAULT_CASES: &str = "tests/cases";

#[derive(Args)]
#[command(after_help = crate::examples::TEST)]
pub(crate) struct Arguments {
    /// Case files, or folders of them [default: tests/cases]
    paths: Vec<PathBuf>,
    /// The compiled module [default: $BAILIWICK_WASM, else bailiwick.wasm in the target folder]
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    /// Run on the engine only, without the module
    #[arg(long, conflicts_with = "wasm")]
    native_only: bool,
    /// The folder of private key files [default: the folder `keys` beside the cases]
    #[arg(long, value_name = "FOLDER")]
    keys: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// Why nothing was tested.
#[derive(Debug, Error)]
pub(crate) enum TestError {
    #[error(transparent)]
    Case(#[from] LoadError),
    #[error(transparent)]
    Module(#[from] ModuleError),
    #[error("there is no case among the given paths")]
    NoCase,
}

/// Runs the cases and prints how they went. A failed case is a failure, not an error.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, TestError> {
    let paths = if arguments.paths.is_empty() {
        vec![PathBuf::from(DEFAULT_CASES)]
    } else {
        arguments.paths.clone()
    };
    let files = load::find(&paths)?;
    let mut cases = Vec::new();
    for file in &files {
        let keys = arguments
            .keys
            .clone()
            .unwrap_or_else(|| load::keys_beside(file));
        cases.push(load::load(file, &keys)?);
    }
    if cases.is_empty() {
        return Err(TestError::NoCase);
    }
    let module = match arguments.native_only {
        true => None,
        false => Some(Module::load(
            &wasm(arguments),
            &target().join("wasm-cache"),
        )?),
    };
    let reports: Vec<_> = cases
        .iter()
        .map(|case| run::run(case, true, module.as_ref()))
        .collect();
    if arguments.json {
        println!("{:#}", report::json(&reports));
    } else {
        print!("{}", report::text(&reports));
    }
    let passed = reports.iter().all(run::CaseReport::passed);
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn wasm(arguments: &Arguments) -> PathBuf {
    arguments
        .wasm
        .clone()
        .or_else(|| std::env::var_os(WASM_VARIABLE).map(PathBuf::from))
        .unwrap_or_else(|| target().join("bailiwick.wasm"))
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new("target").to_owned(), PathBuf::from)
}
