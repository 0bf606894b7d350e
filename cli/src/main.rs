//! `bailiwick`: what operators and policy authors run on their own machine.

mod aat;
mod attenuate;
mod biscuit;
mod check;
mod clock;
mod config_file;
mod examples;
mod explain;
mod input;
mod inspect;
mod jws;
mod key;
mod mint;
mod schema;
mod test;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit code for a command line or a file that can't be used. clap uses it too.
const UNUSABLE: u8 = 2;

#[derive(Parser)]
#[command(
    name = "bailiwick",
    version,
    about = "Try and test Bailiwick's decisions without a gateway"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add a token to a chain that allows less than the one before it; it is sent nowhere
    Attenuate(Box<attenuate::Arguments>),
    /// Say what is wrong with a configuration, or what it amounts to
    Check(check::Arguments),
    /// Say how a gate would judge a request, stage by stage, and why; it is sent nowhere
    Explain(Box<explain::Arguments>),
    /// Say what a token is, what it claims, and what a gate would make of it; it is sent nowhere
    Inspect(Box<inspect::Arguments>),
    /// Make keys, tokens and proofs for trying a gate out; not for production
    Mint(Box<mint::Arguments>),
    /// Print the schema of the configuration, or what is generated from the engine's types for people
    Schema(schema::Arguments),
    /// Run case files natively and through the compiled module
    Test(test::Arguments),
}

fn main() -> ExitCode {
    let outcome: Result<ExitCode, Box<dyn Error>> = match Cli::parse().command {
        Command::Attenuate(arguments) => attenuate::run(&arguments).map_err(Into::into),
        Command::Check(arguments) => check::run(&arguments).map_err(Into::into),
        Command::Explain(arguments) => explain::run(&arguments).map_err(Into::into),
        Command::Inspect(arguments) => inspect::run(&arguments).map_err(Into::into),
        Command::Mint(arguments) => mint::run(&arguments).map_err(Into::into),
        Command::Schema(arguments) => schema::run(&arguments).map_err(Into::into),
        Command::Test(arguments) => test::run(&arguments).map_err(Into::into),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(UNUSABLE)
        }
    }
}
