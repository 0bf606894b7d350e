//! `bailiwick attenuate`: a chain of tokens with one more, or a Biscuit with a block more, which allows less.

mod biscuit;
mod datalog;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_engine::delegation::aat::{Claimed, Refusal, thumbprint_uri};
use bailiwick_engine::delegation::attenuation::Attenuation;
use bailiwick_engine::delegation::biscuit::error::VerifyError as BiscuitError;
use bailiwick_engine::delegation::biscuit::grants::Unstated;
use bailiwick_engine::delegation::biscuit::roots::Key as BiscuitKey;
use bailiwick_engine::delegation::biscuit::verifier as biscuit_verifier;
use bailiwick_engine::delegation::chain::Chain;
use bailiwick_engine::delegation::hop::Hop;
use bailiwick_engine::delegation::work::Work;
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::compact::Compact;
use bailiwick_engine::json::{self, Limits};
use bailiwick_engine::time::{Seconds, UnixTime};
use clap::Args;
use thiserror::Error;

use crate::aat::{
    self, ALGORITHMS, Draft, Narrowing, NarrowingError, NotPresented, Presented, Tools, Trust,
};
use crate::clock;
use crate::input::{self, InputError};
use crate::key::{self, Key, KeyError, Public};

#[derive(Args)]
#[command(after_help = crate::examples::ATTENUATE)]
pub(crate) struct Arguments {
    /// A Biscuit, or the chain: {"aat_chain": [...]}, or compact tokens with the root first, or a file with either; `-` or nothing to read
    /// it from the standard input
    chain: Option<String>,
    /// The private key that the last token is bound to, JWK or PEM; a Biscuit needs none
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The key of who gets the new token: a JWK, a JWK set with one key, or a private key whose public half is taken
    #[arg(long, value_name = "FILE")]
    next_key: Option<PathBuf>,
    /// Make the key of who gets the new token, and write the private half into this file
    #[arg(long, value_name = "FILE", conflicts_with = "next_key")]
    new_key: Option<PathBuf>,
    #[command(flatten)]
    narrowing: Narrowing,
    /// How many seconds it is valid for [default: as long as the token before it]
    #[arg(long, value_name = "SECONDS")]
    expires_in: Option<u64>,
    /// Who is to accept it; may be repeated [default: who accepts the chain already]
    #[arg(long, value_name = "AUDIENCE")]
    audience: Vec<String>,
    /// How many tokens may come after it [default: as many as its parent leaves]
    #[arg(long, value_name = "NUMBER")]
    max_depth: Option<u64>,
    /// A key of the root's issuer, to verify the root with: a JWK or a JWK set; may be repeated
    #[arg(long, value_name = "FILE")]
    anchor: Vec<PathBuf>,
    /// A check of a Biscuit's new block, in Datalog; may be repeated
    #[arg(long, value_name = "DATALOG")]
    check: Vec<String>,
    /// The key that the first block of a Biscuit is signed with, such as ed25519/acdd...: its signatures are verified then
    #[arg(long, value_name = "KEY")]
    root_key: Option<BiscuitKey>,
    /// When it is made, in seconds since 1970 [default: now]
    #[arg(long, value_name = "MOMENT")]
    at: Option<u64>,
    /// Print the tokens one to a line in place of JSON
    #[arg(long)]
    compact: bool,
}

/// Why nothing was narrowed.
#[derive(Debug, Error)]
pub(crate) enum AttenuateError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Chain(#[from] NotPresented),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Narrowing(#[from] NarrowingError),
    #[error("this chain can't be narrowed, it is refused itself: {0}")]
    Refused(Refusal),
    #[error(
        "{} is not the key that the last token is bound to: its thumbprint is `{found}`, the token's `{expected}`",
        path.display()
    )]
    NotHolder {
        /// The file.
        path: PathBuf,
        /// The thumbprint of its key.
        found: String,
        /// That of the holder's.
        expected: String,
    },
    #[error("the last token can't be read")]
    Unreadable,
    #[error("a chain of tokens needs `{argument}`")]
    Needed {
        /// What it needs.
        argument: &'static str,
    },
    #[error("`{argument}` is for Biscuits")]
    NotBiscuit {
        /// What was given.
        argument: &'static str,
    },
    #[error("this Biscuit can't be narrowed: {0}")]
    Biscuit(String),
}

/// Why a new token is not given out.
#[derive(Debug, Error)]
enum Widened {
    #[error("that would widen the chain: {0}")]
    Token(Refusal),
    #[error("that makes no good chain: {0}")]
    Other(Refusal),
    #[error("that would widen the chain: {dimension}; before: `{parent}`, now: `{child}`")]
    Hop {
        dimension: String,
        parent: String,
        child: String,
    },
}

/// Narrows a chain. A token that would widen it is refused, which is a failure, not an error.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, AttenuateError> {
    let text = input::read(arguments.chain.as_deref())?;
    let now = clock::time(arguments.at);
    if let Some(claimed) = biscuit_claims(&text) {
        return biscuit::narrow(arguments, text.trim(), claimed, now);
    }
    let for_biscuits = [
        ("--check", !arguments.check.is_empty()),
        ("--root-key", arguments.root_key.is_some()),
    ];
    if let Some((argument, _)) = for_biscuits.into_iter().find(|(_, given)| *given) {
        return Err(AttenuateError::NotBiscuit { argument });
    }
    let path = arguments.key.as_ref();
    let path = path.ok_or(AttenuateError::Needed { argument: "--key" })?;
    if arguments.next_key.is_none() && arguments.new_key.is_none() {
        let argument = "--next-key";
        return Err(AttenuateError::Needed { argument });
    }
    let mut presented = Presented::read(&text)?;
    let trust = Trust::read(&arguments.anchor)?;
    let before = trust
        .verify(&presented.tokens, now)
        .map_err(AttenuateError::Refused)?;
    let parent = Parent::of(&presented)?;
    let key = Key::read(path)?;
    parent.check_holder(&key, path)?;
    let next = Next::of(arguments, key.algorithm())?;

    let tools = arguments.narrowing.of(&parent.tools)?;
    let draft = parent.child(arguments, &next.public, &tools, now);
    let draft = draft.ok_or(AttenuateError::Unreadable)?;
    let token = aat::sign(&key, aat::TOKEN, &draft.claims())?;
    presented.tokens.push(token);
    // A proof is for the chain that it came with.
    presented.proof = None;
    let narrower = trust.verify(&presented.tokens, now);
    if let Err(widened) = check(&before, narrower, &arguments.audience) {
        eprintln!("error: {widened}");
        return Ok(ExitCode::FAILURE);
    }
    next.write()?;
    if trust.is_nobody() {
        eprintln!("note: who signed the root was not looked at; `--anchor` takes the key");
    }
    if arguments.compact {
        println!("{}", presented.tokens.join("\n"));
    } else {
        println!("{}", presented.to_json());
    }
    Ok(ExitCode::SUCCESS)
}

/// What a Biscuit claims. One that grants nothing by the facts' usual names may by others, which only the gate knows, so it
/// counts as granting what its checks let pass.
fn biscuit_claims(text: &str) -> Option<Result<biscuit_verifier::Claimed, BiscuitError>> {
    crate::biscuit::claimed(text, &crate::biscuit::usual(Unstated::Everything)?)
}

/// Is the chain with the new token good, and does each audience that was asked for accept it?
fn check(
    before: &Chain,
    narrower: Result<Chain, Refusal>,
    audience: &[String],
) -> Result<(), Widened> {
    narrower.map_err(|refusal| {
        if refusal.attenuation().is_some() {
            Widened::Token(refusal)
        } else {
            Widened::Other(refusal)
        }
    })?;
    let Some(last) = before.hops().last().filter(|_| !audience.is_empty()) else {
        return Ok(());
    };
    // A verifier lets every token of a chain restrict the audience, so that of the new one alone is compared here.
    let asked = Hop {
        audience: Some(audience.iter().cloned().collect()),
        ..last.clone()
    };
    widened(last, asked).map_or(Ok(()), Err)
}

/// Is what is asked for more than what was there?
fn widened(before: &Hop, asked: Hop) -> Option<Widened> {
    match Attenuation::of(&[before.clone(), asked], &mut Work::default()) {
        Attenuation::Widened {
            dimension,
            parent,
            child,
            ..
        } => Some(Widened::Hop {
            dimension: dimension.to_string(),
            parent,
            child,
        }),
        Attenuation::Proven | Attenuation::Unproven { .. } => None,
    }
}

/// How much of a token is read that was verified before.
const LIMITS: Limits = Limits {
    max_depth: Limits::DEEPEST,
    max_bytes: 1 << 20,
    max_values: 1 << 16,
};

/// The last token, once the chain is verified.
struct Parent<'a> {
    token: &'a str,
    claimed: Claimed,
    tools: Tools,
}

impl<'a> Parent<'a> {
    fn of(presented: &'a Presented) -> Result<Self, AttenuateError> {
        let unreadable = || AttenuateError::Unreadable;
        let token = presented.tokens.last().ok_or_else(unreadable)?;
        let claimed = aat::claimed(std::slice::from_ref(token)).pop().flatten();
        let compact = Compact::decode(token).map_err(|_| unreadable())?;
        let claims = json::parse(&compact.payload, &LIMITS).map_err(|_| unreadable())?;
        let claims = claims.as_object().ok_or_else(unreadable)?;
        Ok(Self {
            token,
            claimed: claimed.ok_or_else(unreadable)?,
            tools: Tools::of_claims(claims),
        })
    }

    fn check_holder(&self, key: &Key, path: &Path) -> Result<(), AttenuateError> {
        let expected = self.claimed.holder.as_ref();
        let expected = expected.ok_or(AttenuateError::Unreadable)?.thumbprint();
        let found = key.thumbprint()?;
        if found == expected.to_base64url() {
            return Ok(());
        }
        Err(AttenuateError::NotHolder {
            path: path.to_owned(),
            found,
            expected: expected.to_base64url(),
        })
    }

    /// The token that is asked for, whether or not it narrows.
    fn child<'d>(
        &'d self,
        arguments: &'d Arguments,
        next: &'d Public,
        tools: &'d Tools,
        now: UnixTime,
    ) -> Option<Draft<'d>> {
        let of_parent = &self.claimed;
        let depth = of_parent.depth?.saturating_add(1);
        let lifetime = of_parent.lifetime;
        let max_depth = arguments
            .max_depth
            .map_or(of_parent.max_depth, |more| Some(depth.saturating_add(more)));
        let expires_at = match arguments.expires_in {
            Some(seconds) => now.after(Seconds(seconds)),
            None => lifetime.expires_at?,
        };
        Some(Draft {
            issuer: thumbprint_uri(of_parent.holder.as_ref()?),
            // A clock that lags must not make it older than what it comes from.
            issued_at: now.max(lifetime.issued_at?).0,
            expires_at: expires_at.0,
            depth,
            max_depth: max_depth?,
            holder: &next.members,
            audience: &arguments.audience,
            parent: Some(self.token),
            tools,
        })
    }
}

/// Who gets the new token.
struct Next {
    public: Public,
    /// A key that was made, and the file that it is to be in.
    made: Option<(Key, PathBuf)>,
}

impl Next {
    fn of(arguments: &Arguments, algorithm: Algorithm) -> Result<Self, AttenuateError> {
        if let Some(path) = &arguments.next_key {
            let public = Public::read_one(path, &ALGORITHMS)?;
            return Ok(Self { public, made: None });
        }
        let key = Key::generate(algorithm, None)?;
        let public = key.public(&ALGORITHMS).map_err(|_| KeyError::Encoding)?;
        let made = arguments.new_key.clone().map(|path| (key, path));
        Ok(Self { public, made })
    }

    /// Writes the private key, if one was made.
    fn write(&self) -> Result<(), KeyError> {
        match &self.made {
            Some((key, path)) => key::write_secret(path, &key.private_text()),
            None => Ok(()),
        }
    }
}
