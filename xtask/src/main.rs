//! `cargo xtask`: the project's own commands. Each sets up by itself what it needs and does nothing twice.
//!
//! `setup` finds or fetches the tools, `build` makes `bailiwick.wasm`, `test` is what CI runs, `demo` and `bench` run the
//! module in a real Envoy. Nothing here knows what the plugin does.

mod error;
mod module;
mod setup;
mod task;
mod workspace;

use std::process::ExitCode;

use clap::Parser;
use error::Error;
use module::Module;
use setup::{envoy, python, wasm_target};
use workspace::Workspace;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds, tests and shows Bailiwick",
    version
)]
enum Command {
    /// Find or fetch what the other commands need: the wasm target, Envoy, the Python packages of the tests
    Setup,
    /// Build `bailiwick.wasm`, and check its size and its imports
    Build,
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
            module::build(&workspace, &wasm_target::find(&workspace)?, Module::PLUGIN).map(drop)
        }
    }
}

fn setup_all(workspace: &Workspace) -> Result<(), Error> {
    wasm_target::find(workspace)?;
    envoy::find(workspace)?;
    python::environment(workspace)?;
    Ok(())
}
