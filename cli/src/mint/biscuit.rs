//! Biscuits.

use std::path::PathBuf;

use bailiwick_engine::time::{Seconds, Timestamp};
use biscuit_auth::Biscuit;
use clap::Args;

use super::MintError;
use crate::biscuit::quoted;
use crate::clock;
use crate::key::{Key, Public};

#[derive(Args)]
pub(super) struct Arguments {
    /// The private key that signs, JWK or PEM: Ed25519 or P-256
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The id that gates know the key by
    #[arg(long, value_name = "NUMBER")]
    root_key_id: Option<u32>,
    /// On whose behalf it is
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Who acts
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// A tool that may be called; may be repeated
    #[arg(long, value_name = "NAME")]
    tool: Vec<String>,
    /// A scope; may be repeated
    #[arg(long)]
    scope: Vec<String>,
    /// The key of who gets it, which is asked for in each call: a JWK, a JWK set with one key, or a private key whose public half is taken
    #[arg(long, value_name = "FILE")]
    holder: Option<PathBuf>,
    /// Who accepts it
    #[arg(long)]
    aud: Option<String>,
    /// A fact, rule or check of its own in Datalog; may be repeated
    #[arg(long, value_name = "DATALOG")]
    code: Vec<String>,
    /// How many seconds it is valid for
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    expires_in: u64,
    /// When it is issued, in seconds since 1970 [default: now]
    #[arg(long, value_name = "MOMENT")]
    at: Option<u64>,
}

/// Mints a token of one block. The public half of its key, as configurations name it, goes to the error stream.
pub(super) fn mint(arguments: &Arguments) -> Result<String, MintError> {
    let pair = Key::read(&arguments.key)?.biscuit()?;
    let mut block = Biscuit::builder()
        .code(facts(arguments)?.join("\n"))
        .map_err(MintError::Biscuit)?;
    if let Some(id) = arguments.root_key_id {
        block = block.root_key_id(id);
    }
    let token = block.build(&pair).and_then(|token| token.to_base64());
    let token = token.map_err(MintError::Biscuit)?;
    eprintln!("note: its root key is {}", pair.public());
    Ok(token)
}

fn facts(arguments: &Arguments) -> Result<Vec<String>, MintError> {
    let holder = arguments.holder.as_ref().map(|path| {
        let key = Public::read_one(path, &crate::aat::ALGORITHMS)?;
        Ok::<_, MintError>(key.jwk.key.thumbprint().to_base64url())
    });
    let holder = holder.transpose()?;
    let one = |name, value: &Option<String>| value.as_ref().map(|value| fact(name, value));
    let singles = [
        one("user", &arguments.user),
        one("agent", &arguments.agent),
        one("holder", &holder),
        one("audience", &arguments.aud),
    ];
    let mut code: Vec<_> = singles.into_iter().flatten().collect();
    code.extend(arguments.tool.iter().map(|name| fact("tool", name)));
    code.extend(arguments.scope.iter().map(|name| fact("scope", name)));
    let until = clock::time(arguments.at).after(Seconds(arguments.expires_in));
    code.push(format!("check if time($t), $t < {};", Timestamp(until)));
    let own = arguments.code.iter();
    code.extend(own.map(|code| format!("{};", code.trim().trim_end_matches(';'))));
    Ok(code)
}

fn fact(name: &str, value: &str) -> String {
    format!("{name}({});", quoted(value))
}
