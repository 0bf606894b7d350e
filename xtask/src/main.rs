//! `cargo xtask`: the project's own commands. Each sets up by itself what it needs and does nothing twice.
//!
//! `setup` finds or fetches the tools, `build` makes `bailiwick.wasm`, `test` is what CI runs, `conformance` judges published
//! test vectors, `demo` and `bench` run the module in a real Envoy. Nothing here knows what the plugin does.

mod error;
mod module;
mod setup;
mod stage;
mod suite;
mod task;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use error::{AtPath, Error};
use module::Module;
use setup::{envoy, node, python, wasm_target};
use stage::Stage;
use suite::Step;
use workspace::Workspace;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds, tests and shows Bailiwick",
    version
)]
enum Command {
    /// Find or fetch what the other commands need: the wasm target, Envoy, the packages of the tests
    Setup,
    /// Build `bailiwick.wasm`, and check its size and its imports
    Build,
    /// Run everything that CI runs, or only the named steps
    Test {
        /// Which steps, in this order; all of them by default
        steps: Vec<Step>,
    },
    /// Put the plugin into a real Envoy before a real MCP server and walk through what it allows and refuses
    Demo {
        /// Unattended; fail if any answer is not the expected one
        #[arg(long)]
        check: bool,
        /// Leave everything running and print the commands to play with
        #[arg(long, conflicts_with = "check")]
        keep: bool,
    },
    /// Judge other people's test vectors, natively and compiled to WebAssembly
    Conformance {
        /// Also write the counts to this file
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Measure the plugin beside Envoy's own filters, then the engine alone
    Bench {
        /// Also write the rows to this file
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// How often each row is measured; the median counts
        #[arg(long, default_value_t = 5)]
        rounds: u32,
        /// How long one measurement takes
        #[arg(long, default_value_t = 3)]
        seconds: u32,
        /// Measure only the rows of these names, or with these in their names, and what they are compared with; and not the engine alone
        #[arg(long, value_name = "TEXT")]
        only: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Error> {
    let workspace = Workspace::locate()?;
    match command {
        Command::Setup => setup_all(&workspace),
        Command::Build => {
            let compiler = wasm_target::find(&workspace)?;
            module::build(&workspace, &compiler, Module::PLUGIN).map(drop)
        }
        Command::Test { steps } => suite::run(&workspace, &steps),
        Command::Demo { check, keep } => {
            let flags = [("--check", check), ("--keep", keep)];
            let args: Vec<OsString> = flags
                .iter()
                .filter(|(_, set)| *set)
                .map(|(flag, _)| flag.into())
                .collect();
            Stage::set_up_with_any_gateway(&workspace)?.run("demo", &args)
        }
        Command::Conformance { json } => {
            Stage::for_conformance(&workspace)?.run("conformance", &json_flag(json)?)
        }
        Command::Bench {
            json,
            rounds,
            seconds,
            only,
        } => {
            let mut args: Vec<OsString> = vec![
                "--rounds".into(),
                rounds.to_string().into(),
                "--seconds".into(),
                seconds.to_string().into(),
            ];
            args.extend(json_flag(json)?);
            for text in &only {
                args.extend(["--only".into(), text.into()]);
            }
            let mut stage = Stage::set_up(&workspace)?;
            stage.add_load()?;
            stage.run("bench", &args)?;
            if only.is_empty() {
                stage.bench_engine()?;
            }
            Ok(())
        }
    }
}

/// `--json FILE` for a program that runs in another folder than ours.
fn json_flag(file: Option<PathBuf>) -> Result<Vec<OsString>, Error> {
    file.map_or_else(
        || Ok(Vec::new()),
        |file| {
            let absolute = std::path::absolute(&file).at(&file)?;
            Ok(vec!["--json".into(), absolute.into()])
        },
    )
}

fn setup_all(workspace: &Workspace) -> Result<(), Error> {
    wasm_target::find(workspace)?;
    envoy::find(workspace)?;
    let python = python::environment(workspace)?;
    node::environment(workspace, &python)?;
    Ok(())
}
