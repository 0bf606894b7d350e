//! Key files and key sets.

use std::path::PathBuf;

use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::jwk::KeyUse;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::MintError;
use crate::key::{self, Key};

#[derive(Args)]
pub(super) struct Generate {
    /// The file for the private key; it must not be there yet, and nobody else may read it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What the key signs with: ES256, ES384, Ed25519, EdDSA, RS256, PS256, ...
    #[arg(long, default_value = "ES256", value_parser = algorithm)]
    alg: Algorithm,
    /// The key's name [default: its thumbprint]
    #[arg(long)]
    kid: Option<String>,
    /// How the private key is written
    #[arg(long, value_enum, default_value_t = Format::Jwk)]
    format: Format,
}

/// How a private key is written.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A JWK with name and algorithm
    Jwk,
    /// PKCS#8 PEM, which keeps neither name nor algorithm
    Pem,
}

#[derive(Args)]
pub(super) struct Publish {
    /// Private key files, JWK or PEM
    #[arg(required = true)]
    keys: Vec<PathBuf>,
    /// What the keys are for
    #[arg(long = "use", value_enum, default_value_t = Usage::Sig)]
    usage: Usage,
}

/// `use` of a key (RFC 7517, section 4.2).
#[derive(Clone, Copy, ValueEnum)]
enum Usage {
    /// Signatures
    Sig,
    /// JWT-SVIDs
    JwtSvid,
}

/// Makes a key and writes it, and gives the key set for whoever verifies.
pub(super) fn generate(arguments: &Generate) -> Result<String, MintError> {
    let key = Key::generate(arguments.alg, arguments.kid.as_deref())?;
    let text = match arguments.format {
        Format::Jwk => key.private_text(),
        Format::Pem => key.pem()?,
    };
    key::write_secret(&arguments.out, &text)?;
    Ok(key_set(&[key], KeyUse::Signature))
}

/// The key set of keys that are there.
pub(super) fn publish(arguments: &Publish) -> Result<String, MintError> {
    let keys = arguments.keys.iter().map(|path| Key::read(path));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let usage = match arguments.usage {
        Usage::Sig => KeyUse::Signature,
        Usage::JwtSvid => KeyUse::JwtSvid,
    };
    Ok(key_set(&keys, usage))
}

fn key_set(keys: &[Key], usage: KeyUse) -> String {
    let keys: Vec<_> = keys.iter().map(|key| key.public_jwk(usage)).collect();
    format!("{:#}", json!({ "keys": keys }))
}

/// An algorithm by its name on the command line.
pub(crate) fn algorithm(name: &str) -> Result<Algorithm, String> {
    name.parse().map_err(|_| {
        let known = Algorithm::ALL.map(Algorithm::name);
        format!("expected one of {}", known.join(", "))
    })
}
