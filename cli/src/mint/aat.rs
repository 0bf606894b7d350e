//! Attenuating agent tokens and their proofs.

use std::path::PathBuf;

use bailiwick_engine::delegation::aat::Claimed;
use bailiwick_engine::json::{self, Limits};
use clap::{Args, ValueEnum};

use super::claims::assign_raw;
use super::{ISSUER, MintError};
use crate::aat::{
    self, ALGORITHMS, Draft, Narrowing, PROOF, Presented, RawObject, TOKEN, Tools, Trust,
    signing_hash,
};
use crate::clock;
use crate::input;
use crate::jws::unique;
use crate::key::{Key, KeyError, Public};

#[derive(Args)]
pub(super) struct Root {
    /// The private key that signs, JWK or PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The key of who gets it: a JWK, a JWK set with one key, or a private key whose public half is taken
    #[arg(long, value_name = "FILE")]
    holder: PathBuf,
    /// Who issues it
    #[arg(long, default_value = ISSUER)]
    iss: String,
    /// Who is to accept it; may be repeated
    #[arg(long)]
    aud: Vec<String>,
    #[command(flatten)]
    tools: Narrowing,
    /// How many tokens may come after it
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    max_depth: u64,
    /// How many seconds it is valid for
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    expires_in: u64,
    /// When it is issued, in seconds since 1970 [default: now]
    #[arg(long, value_name = "MOMENT")]
    at: Option<u64>,
    /// Another claim, its value JSON or text; null takes one away; may be repeated. What is made then is not looked at
    #[arg(long, value_name = "NAME=VALUE")]
    claim: Vec<String>,
}

#[derive(Args)]
pub(super) struct Proof {
    /// The chain: {"aat_chain": [...]}, or compact tokens with the root first, or a file with either; `-` or nothing to read
    /// it from the standard input
    chain: Option<String>,
    /// The private key that the last token is bound to, JWK or PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The tool that is called
    #[arg(long, value_name = "NAME")]
    tool: String,
    /// Its arguments, as they will be written in the call
    #[arg(long, value_name = "JSON", default_value = "{}")]
    arguments: String,
    /// Who is to accept it
    #[arg(long)]
    aud: Option<String>,
    /// The nonce that the server gave
    #[arg(long)]
    nonce: Option<String>,
    /// When it is made, in seconds since 1970 [default: now]
    #[arg(long, value_name = "MOMENT")]
    at: Option<u64>,
    /// Another claim, its value JSON or text; null takes one away; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    claim: Vec<String>,
    /// Print the chain and the proof together, as they are presented: as a JSON object, or as the value of a header field
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "json")]
    present: Option<Form>,
}

/// How a chain and its proof are presented.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// `{"aat_chain": [...], "aat_pop": ...}`, for `params._meta` of MCP
    Json,
    /// `AAT` and that in base64url
    Header,
}

/// Mints a root token (section 3.2 of the draft).
pub(super) fn root(arguments: &Root) -> Result<String, MintError> {
    let key = Key::read(&arguments.key)?;
    let holder = Public::read_one(&arguments.holder, &ALGORITHMS)?;
    let tools = arguments.tools.of(&Tools::default())?;
    let issued_at = clock::time(arguments.at);
    let mut claims = Draft {
        issuer: arguments.iss.clone(),
        issued_at: issued_at.0,
        expires_at: issued_at.0.saturating_add(arguments.expires_in),
        depth: 0,
        max_depth: arguments.max_depth,
        holder: &holder.members,
        audience: &arguments.aud,
        parent: None,
        tools: &tools,
    }
    .claims();
    assign_raw(&mut claims, &arguments.claim)?;
    let token = aat::sign(&key, TOKEN, &claims)?;
    // Whoever sets claims may want a bad one.
    if arguments.claim.is_empty() {
        let public = key.public(&ALGORITHMS).map_err(|_| KeyError::Encoding)?;
        Trust::of(public)
            .verify(std::slice::from_ref(&token), issued_at)
            .map_err(MintError::Refused)?;
    }
    Ok(token)
}

/// Mints a proof for one call (section 7.2).
pub(super) fn proof(arguments: &Proof) -> Result<String, MintError> {
    let mut presented = Presented::read(&input::read(arguments.chain.as_deref())?)?;
    let leaf = presented.tokens.last().map_or("", String::as_str);
    let claimed = aat::claimed(&presented.tokens).pop().flatten();
    let id = claimed.and_then(|leaf: Claimed| leaf.id);
    let id = id.ok_or(MintError::NoLeaf)?;
    let mut claims = RawObject::default();
    claims.set_text("jti", &unique());
    claims.set("iat", clock::moment(arguments.at));
    claims.set_text("aat_id", &id);
    claims.set_text("aat_hash", &signing_hash(leaf));
    claims.set_text("aat_tool", &arguments.tool);
    claims.set("hta", object(&arguments.arguments)?);
    if let Some(audience) = &arguments.aud {
        claims.set_text("aat_aud", audience);
    }
    if let Some(nonce) = &arguments.nonce {
        claims.set_text("nonce", nonce);
    }
    assign_raw(&mut claims, &arguments.claim)?;
    let proof = aat::sign(&Key::read(&arguments.key)?, PROOF, &claims)?;
    let Some(form) = arguments.present else {
        return Ok(proof);
    };
    presented.proof = Some(proof);
    Ok(match form {
        Form::Json => presented.to_json(),
        Form::Header => presented.to_field(),
    })
}

fn object(text: &str) -> Result<RawObject, MintError> {
    let value = json::parse(text.as_bytes(), &Limits::default()).ok();
    let object = value.as_ref().and_then(|value| value.as_object());
    object
        .map(RawObject::of)
        .ok_or_else(|| MintError::NotObject {
            text: text.to_owned(),
        })
}
