//! Proofs that the sender of one request holds a key.

use std::path::PathBuf;

use bailiwick_engine::digest::Digest;
use clap::Args;
use serde_json::{Map, Value, json};

use super::MintError;
use super::claims::assign;
use crate::clock;
use crate::jws::{signed, unique};
use crate::key::Key;

/// How long a WPT is valid, in seconds.
const WPT_LIFETIME: u64 = 60;

#[derive(Args)]
pub(super) struct Dpop {
    /// The private key whose holder the proof shows, JWK or PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The request's method
    #[arg(long, default_value = "GET")]
    method: String,
    /// The request's URL
    #[arg(long)]
    url: String,
    /// The access token that goes with it
    #[arg(long)]
    token: Option<String>,
    /// The nonce that the server gave
    #[arg(long)]
    nonce: Option<String>,
    /// When it is made, in seconds since 1970 [default: now]
    #[arg(long, value_name = "MOMENT")]
    at: Option<u64>,
    /// Another claim, its value JSON or text; null takes one away; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    claim: Vec<String>,
}

#[derive(Args)]
pub(super) struct Wpt {
    /// The private key whose holder the proof shows, JWK or PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The request's URL
    #[arg(long)]
    url: String,
    /// The Workload Identity Token that goes with it
    #[arg(long)]
    wit: String,
    /// The transaction token that goes with it
    #[arg(long)]
    transaction_token: Option<String>,
    /// When it is made, in seconds since 1970 [default: now]
    #[arg(long, value_name = "MOMENT")]
    at: Option<u64>,
    /// Another claim, its value JSON or text; null takes one away; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    claim: Vec<String>,
}

/// Mints a DPoP proof (RFC 9449, section 4.2).
pub(super) fn dpop(arguments: &Dpop) -> Result<String, MintError> {
    let key = Key::read(&arguments.key)?;
    let header = json!({
        "typ": "dpop+jwt",
        "alg": key.algorithm().name(),
        "jwk": key.bare_jwk(),
    });
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("jti", json!(unique()));
    put("htm", json!(arguments.method));
    put("htu", json!(target(&arguments.url)));
    put("iat", json!(clock::moment(arguments.at)));
    if let Some(token) = &arguments.token {
        put("ath", json!(hash(token)));
    }
    if let Some(nonce) = &arguments.nonce {
        put("nonce", json!(nonce));
    }
    assign(&mut claims, &arguments.claim)?;
    Ok(signed(&key, &header, &Value::Object(claims))?)
}

/// Mints a WPT (draft-ietf-wimse-wpt-02, section 2).
pub(super) fn wpt(arguments: &Wpt) -> Result<String, MintError> {
    let key = Key::read(&arguments.key)?;
    let header = json!({"typ": "wpt+jwt", "alg": key.algorithm().name()});
    let expires_at = clock::moment(arguments.at).saturating_add(WPT_LIFETIME);
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("aud", json!(target(&arguments.url)));
    put("exp", json!(expires_at));
    put("jti", json!(unique()));
    put("wth", json!(hash(&arguments.wit)));
    if let Some(token) = &arguments.transaction_token {
        put("tth", json!(hash(token)));
    }
    assign(&mut claims, &arguments.claim)?;
    Ok(signed(&key, &header, &Value::Object(claims))?)
}

/// A URL without query and fragment.
fn target(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// A token's hash as proofs name it: SHA-256 in base64url.
fn hash(token: &str) -> String {
    Digest::of(token.as_bytes()).to_base64url()
}
