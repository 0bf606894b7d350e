//! `bailiwick inspect`: what a token is, what it says, and what a gate would make of it. It is sent nowhere.

mod authority;
mod biscuit;
mod chain;
mod checks;
mod kind;
mod lifecycle;
mod other;
mod parties;
mod report;
mod token;
mod tree;
mod verdict;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_engine::config::ConfigErrors;
use bailiwick_engine::delegation::biscuit::grants::Unstated;
use bailiwick_engine::delegation::biscuit::roots::Key as BiscuitKey;
use bailiwick_engine::gate::Gate;
use bailiwick_engine::identity::jose::keyset::KeySetError;
use bailiwick_engine::time::UnixTime;
use clap::Args;
use thiserror::Error;

use self::checks::{Check, Outcome};
use self::lifecycle::Lists;
pub(crate) use self::report::shown;
use self::token::Token;
use self::verdict::{Judgement, Keys};
use crate::aat::{NotPresented, Trust};
use crate::clock;
use crate::config_file::{self, FileError};
use crate::input::{self, InputError};
use crate::key::KeyError;

#[derive(Args)]
#[command(after_help = crate::examples::INSPECT)]
pub(crate) struct Arguments {
    /// The token, or a chain of them as `bailiwick attenuate` takes it, or a file with either; `-` or nothing to read it from
    /// the standard input, where no shell history keeps it
    token: Option<String>,
    /// The configuration whose issuers and routes would judge it
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A JWK set to verify the signature with, in place of keys that a gate would fetch
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// The deny-list that a gate with this configuration would fetch
    #[arg(long, value_name = "FILE", requires = "config")]
    deny_list: Option<PathBuf>,
    /// The status list that a gate with this configuration would fetch for the token
    #[arg(long, value_name = "FILE", requires = "config")]
    status_list: Option<PathBuf>,
    /// A key of who made the first token of a chain, to verify it with: a JWK or a JWK set; may be repeated. A configuration
    /// says itself whose count
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    anchor: Vec<PathBuf>,
    /// The key that the first block of a Biscuit is signed with, such as ed25519/acdd...; likewise
    #[arg(long, value_name = "KEY", conflicts_with = "config")]
    root_key: Option<BiscuitKey>,
    /// The time to judge it at, in seconds since 1970 [default: now]
    #[arg(long, value_name = "MOMENT")]
    at: Option<u64>,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

/// Why nothing was inspected.
#[derive(Debug, Error)]
pub(crate) enum InspectError {
    #[error("there is no token: give one as an argument or on the standard input")]
    NoToken,
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Chain(#[from] NotPresented),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: {source}", path.display())]
    Jwks {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    #[error("{}: {source}", path.display())]
    List {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    #[error("{}: {source}", path.display())]
    KeySet {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeySetError,
    },
    #[error("{} can't be used:\n\n{errors}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        errors: ConfigErrors,
    },
}

/// All that was found out.
struct Inspection {
    token: Token,
    now: UnixTime,
    checks: Vec<Check>,
    judgements: Vec<Judgement>,
    needs: Vec<String>,
}

impl Inspection {
    /// Does nothing speak against it?
    fn is_sound(&self) -> bool {
        let fails = |check: &Check| matches!(check.outcome, Outcome::Fails);
        let refused = |judgement: &Judgement| judgement.refusal.is_some();
        !self.checks.iter().any(fails)
            && (self.judgements.is_empty() || !self.judgements.iter().all(refused))
    }
}

/// Inspects a token. One that would be refused is a failure, not an error.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, InspectError> {
    let text = read_token(arguments.token.as_deref())?;
    let now = clock::time(arguments.at);
    if let Some(inspected) = biscuit(&text, arguments, now)? {
        print!("{}", inspected.report(arguments.json));
        return Ok(exit_code(inspected.is_sound()));
    }
    if chain::is_one(&text) {
        let chain = chain::Inspected::of(&text, &trust(arguments)?, now)?;
        print!("{}", chain.report(arguments.json));
        return Ok(exit_code(chain.is_sound()));
    }
    let token = match Token::decode(&text) {
        Ok(token) => token,
        Err(error) => {
            let what = other::what_it_is(&text);
            print!("{}", report::of_no_jwt(what, &error, arguments.json));
            return Ok(ExitCode::FAILURE);
        }
    };
    let keys = Keys::read(arguments.jwks.as_deref(), &token)?;
    let mut checks = checks::of_token(&token, now);
    // Routes judge the signature too, by the keys of the token's own issuer.
    if keys.can_judge(&token) || arguments.config.is_none() {
        checks.push(keys.signature(&token));
    }
    let judgements = match &arguments.config {
        Some(path) if token.kind.is_presented() => {
            let gate = gate(path)?;
            let lists = Lists::read(
                arguments.deny_list.as_deref(),
                arguments.status_list.as_deref(),
            )?;
            let (judgements, lifecycle) = verdict::by_routes(&token, &gate, &keys, &lists, now);
            checks.extend(lifecycle);
            judgements
        }
        Some(_) | None => Vec::new(),
    };
    let inspection = Inspection {
        needs: checks::needs(&token),
        token,
        now,
        checks,
        judgements,
    };
    print!("{}", report::of(&inspection, arguments.json));
    Ok(exit_code(inspection.is_sound()))
}

/// The gate with this configuration.
/// The text as a Biscuit, if it is one, read as the gate does where there is one.
fn biscuit(
    text: &str,
    arguments: &Arguments,
    now: UnixTime,
) -> Result<Option<biscuit::Inspected>, InspectError> {
    let usual = crate::biscuit::usual(Unstated::Nothing);
    let Some(claimed) = usual.and_then(|usual| crate::biscuit::claimed(text, &usual)) else {
        return Ok(None);
    };
    let gate = arguments.config.as_deref().map(gate).transpose()?;
    let rules = gate.and_then(|gate| gate.config().warrants.as_ref()?.biscuit.clone());
    Ok(Some(match (rules, arguments.root_key) {
        (Some(rules), _) => biscuit::Inspected::by_gate(text, &rules, now),
        (None, Some(key)) => biscuit::Inspected::by_key(text, claimed, key, now),
        (None, None) => biscuit::Inspected::unverified(claimed, now),
    }))
}

fn gate(path: &Path) -> Result<Gate, InspectError> {
    config_file::gate(path)?.map_err(|errors| InspectError::Config {
        path: path.to_owned(),
        errors,
    })
}

/// Whose chains count: by the configuration where it accepts some, else by the keys that the command line names.
fn trust(arguments: &Arguments) -> Result<Trust, InspectError> {
    let gate = arguments.config.as_deref().map(gate).transpose()?;
    let accepted = gate
        .as_ref()
        .and_then(|gate| gate.config().warrants.as_ref())
        .and_then(|warrants| warrants.aat.as_ref());
    Ok(match accepted {
        Some(rules) => Trust::Gate(Box::new(rules.clone())),
        None => Trust::read(&arguments.anchor)?,
    })
}

const fn exit_code(is_sound: bool) -> ExitCode {
    if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The token without what people copy with it: white space around it, and a scheme.
fn read_token(argument: Option<&str>) -> Result<String, InspectError> {
    let text = input::read(argument)?;
    let text = text.trim();
    let bare = match text.split_once(' ') {
        Some((scheme, rest)) if ["bearer", "dpop"].contains(&scheme.to_lowercase().as_str()) => {
            rest.trim()
        }
        _ => text,
    };
    if bare.is_empty() {
        return Err(InspectError::NoToken);
    }
    Ok(bare.to_owned())
}
