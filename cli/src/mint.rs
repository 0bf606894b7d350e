//! `bailiwick mint`: keys, tokens and proofs to try a gate out with. Nothing of it is for production.

mod aat;
mod biscuit;
mod claims;
mod key_file;
mod proof;
mod status;
mod token;

use std::process::ExitCode;

use bailiwick_engine::delegation::aat::Refusal;
use clap::{Args, Subcommand};
use thiserror::Error;

use crate::aat::{NarrowingError, NotPresented};
use crate::examples;
use crate::input::InputError;
use crate::key::KeyError;

/// What tokens say who issued them, unless the command line says otherwise.
const ISSUER: &str = "https://not-for-production.invalid";

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

/// What is minted.
#[derive(Subcommand)]
enum What {
    /// Make a key: the private half goes into a file, the public half is printed as a JWK set
    #[command(after_help = examples::KEY)]
    Key(key_file::Generate),
    /// Print the public halves of keys as a JWK set
    #[command(after_help = examples::JWKS)]
    Jwks(key_file::Publish),
    /// An OAuth access token (RFC 9068)
    #[command(after_help = examples::ACCESS_TOKEN)]
    AccessToken(token::Arguments),
    /// A JWT without a type of its own
    #[command(after_help = examples::JWT)]
    Jwt(token::Arguments),
    /// An OpenID Connect ID token, which a gate must not take for an access token
    #[command(after_help = examples::ID_TOKEN)]
    IdToken(token::Arguments),
    /// A SPIFFE JWT-SVID
    #[command(after_help = examples::JWT_SVID)]
    JwtSvid(token::Arguments),
    /// A Workload Identity Token, bound to the key of `--cnf-key`
    #[command(after_help = examples::WIT)]
    Wit(token::Arguments),
    /// A transaction token
    #[command(after_help = examples::TRANSACTION_TOKEN)]
    TransactionToken(token::Arguments),
    /// A Token Status List
    #[command(after_help = examples::STATUS_LIST)]
    StatusList(status::Arguments),
    /// The first token of a chain of attenuating agent tokens (AAT); `bailiwick attenuate` makes the others
    #[command(after_help = examples::AAT)]
    Aat(aat::Root),
    /// A proof for one call, by the holder of the last token of such a chain
    #[command(after_help = examples::AAT_POP)]
    AatPop(aat::Proof),
    /// A Biscuit of one block; `bailiwick attenuate` adds others
    #[command(after_help = examples::BISCUIT)]
    Biscuit(biscuit::Arguments),
    /// A DPoP proof for one request (RFC 9449)
    #[command(after_help = examples::DPOP)]
    Dpop(proof::Dpop),
    /// A Workload Proof Token for one request
    #[command(after_help = examples::WPT)]
    Wpt(proof::Wpt),
}

/// Why nothing was minted.
#[derive(Debug, Error)]
pub(crate) enum MintError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Chain(#[from] NotPresented),
    #[error(transparent)]
    Tools(#[from] NarrowingError),
    #[error("that makes no good token: {0}")]
    Refused(Refusal),
    #[error("that makes no good token: {0}")]
    Biscuit(biscuit_auth::error::Token),
    #[error("the last token can't be read")]
    NoLeaf,
    #[error("`{text}` is no JSON object")]
    NotObject {
        /// What stands there.
        text: String,
    },
    #[error("`{argument}` is not NAME=VALUE")]
    NotAssignment {
        /// What stands there.
        argument: String,
    },
    #[error("a {what} needs `{argument}`")]
    Missing {
        /// What is minted.
        what: &'static str,
        /// What it needs.
        argument: &'static str,
    },
    #[error("entry {index} lies outside of a list of {size}")]
    OutsideOfList {
        /// The entry.
        index: usize,
        /// How many entries there are.
        size: usize,
    },
    #[error("the status list can't be compressed: {0}")]
    Compression(std::io::Error),
}

/// Mints, prints, and says on the error stream what it is good for.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, MintError> {
    let minted = match &arguments.what {
        What::Key(of) => key_file::generate(of),
        What::Jwks(of) => key_file::publish(of),
        What::AccessToken(of) => token::mint(token::Kind::AccessToken, of),
        What::Jwt(of) => token::mint(token::Kind::Jwt, of),
        What::IdToken(of) => token::mint(token::Kind::IdToken, of),
        What::JwtSvid(of) => token::mint(token::Kind::JwtSvid, of),
        What::Wit(of) => token::mint(token::Kind::Wit, of),
        What::TransactionToken(of) => token::mint(token::Kind::TransactionToken, of),
        What::StatusList(of) => status::mint(of),
        What::Aat(of) => aat::root(of),
        What::AatPop(of) => aat::proof(of),
        What::Biscuit(of) => biscuit::mint(of),
        What::Dpop(of) => proof::dpop(of),
        What::Wpt(of) => proof::wpt(of),
    }?;
    eprintln!("warning: for trying things out, not for production");
    println!("{minted}");
    Ok(ExitCode::SUCCESS)
}
