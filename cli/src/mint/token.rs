//! Tokens that say who somebody is.

use std::path::PathBuf;

use bailiwick_engine::identity::jose::jwk::KeyUse;
use clap::Args;
use serde_json::{Map, Value, json};

use super::claims::{actors, assign};
use super::{ISSUER, MintError};
use crate::clock;
use crate::jws::{signed, unique};
use crate::key::Key;

#[derive(Args)]
pub(super) struct Arguments {
    /// The private key that signs, JWK or PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Whom it is for; may be repeated. Only a WIT needs none
    #[arg(long)]
    aud: Vec<String>,
    /// Who issues it [default: https://not-for-production.invalid; none for a JWT-SVID]
    #[arg(long)]
    iss: Option<String>,
    /// Whom it is about [default: depends on the kind]
    #[arg(long)]
    sub: Option<String>,
    /// The OAuth client; of a transaction token, the workload that asked for it
    #[arg(long, default_value = "development-client")]
    client_id: String,
    /// Scopes, separated by spaces
    #[arg(long)]
    scope: Option<String>,
    /// An actor: the first acts now, each further one acted before it; may be repeated
    #[arg(long)]
    act: Vec<String>,
    /// Bind it to a key by its thumbprint (RFC 9449, section 6.1)
    #[arg(long, value_name = "THUMBPRINT", conflicts_with = "cnf_key")]
    cnf_jkt: Option<String>,
    /// Bind it to the key in this file
    #[arg(long, value_name = "FILE")]
    cnf_key: Option<PathBuf>,
    /// Bind it to a certificate by its SHA-256 digest in base64url (RFC 8705, section 3.1)
    #[arg(long, value_name = "DIGEST")]
    cnf_x5t: Option<String>,
    /// How many seconds it is valid for
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    expires_in: u64,
    /// When it is issued, in seconds since 1970 [default: now]
    #[arg(long, value_name = "MOMENT")]
    at: Option<u64>,
    /// Another claim, its value JSON or text; null takes one away; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    claim: Vec<String>,
    /// Another header parameter, likewise
    #[arg(long, value_name = "NAME=VALUE")]
    header: Vec<String>,
}

/// Which token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    AccessToken,
    Jwt,
    IdToken,
    JwtSvid,
    Wit,
    TransactionToken,
}

impl Kind {
    /// The header's `typ`.
    const fn typ(self) -> &'static str {
        match self {
            Self::AccessToken => "at+jwt",
            Self::Jwt | Self::IdToken | Self::JwtSvid => "JWT",
            Self::Wit => "wit+jwt",
            Self::TransactionToken => "txntoken+jwt",
        }
    }

    /// Whom it is about where nobody is named.
    const fn subject(self) -> &'static str {
        match self {
            Self::AccessToken | Self::Jwt | Self::IdToken | Self::TransactionToken => "developer",
            Self::JwtSvid | Self::Wit => "spiffe://not-for-production.invalid/agent",
        }
    }
}

/// Mints a token.
pub(super) fn mint(kind: Kind, arguments: &Arguments) -> Result<String, MintError> {
    let key = Key::read(&arguments.key)?;
    let mut header = Map::new();
    for (name, value) in [
        ("alg", key.algorithm().name()),
        ("kid", key.kid()),
        ("typ", kind.typ()),
    ] {
        header.insert(name.to_owned(), json!(value));
    }
    assign(&mut header, &arguments.header)?;
    let mut claims = claims(kind, arguments)?;
    if let Some(cnf) = confirmation(kind, arguments)? {
        claims.insert("cnf".to_owned(), cnf);
    }
    assign(&mut claims, &arguments.claim)?;
    Ok(signed(
        &key,
        &Value::Object(header),
        &Value::Object(claims),
    )?)
}

fn claims(kind: Kind, arguments: &Arguments) -> Result<Map<String, Value>, MintError> {
    let issued_at = clock::moment(arguments.at);
    let audience = match (arguments.aud.as_slice(), kind) {
        ([], Kind::Wit) => None,
        ([], _) => {
            return Err(MintError::Missing {
                what: "token of this kind",
                argument: "--aud",
            });
        }
        ([one], _) => Some(json!(one)),
        (several, _) => Some(json!(several)),
    };
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    match (&arguments.iss, kind) {
        (Some(issuer), _) => put("iss", json!(issuer)),
        (None, Kind::JwtSvid) => None,
        (None, _) => put("iss", json!(ISSUER)),
    };
    put(
        "sub",
        json!(arguments.sub.as_deref().unwrap_or(kind.subject())),
    );
    if let Some(audience) = audience {
        put("aud", audience);
    }
    put("iat", json!(issued_at));
    put("exp", json!(issued_at.saturating_add(arguments.expires_in)));
    match kind {
        Kind::AccessToken | Kind::Jwt => {
            put("client_id", json!(arguments.client_id));
            put("jti", json!(unique()));
        }
        Kind::IdToken => {
            put("azp", json!(arguments.client_id));
            put("nonce", json!(unique()));
            put("auth_time", json!(issued_at));
        }
        Kind::JwtSvid => {}
        Kind::Wit => {
            put("jti", json!(unique()));
        }
        Kind::TransactionToken => {
            put("txn", json!(unique()));
            put("req_wl", json!(arguments.client_id));
        }
    }
    if let Some(scope) = &arguments.scope {
        put("scope", json!(scope));
    }
    if let Some(act) = actors(&arguments.act) {
        put("act", act);
    }
    Ok(claims)
}

/// What it is bound to (RFC 7800).
fn confirmation(kind: Kind, arguments: &Arguments) -> Result<Option<Value>, MintError> {
    let mut cnf = Map::new();
    let mut put = |name: &str, value: Value| cnf.insert(name.to_owned(), value);
    match (&arguments.cnf_key, kind) {
        (Some(path), Kind::Wit) => {
            let key = Key::read(path)?;
            let mut jwk = key.public_jwk(KeyUse::Signature);
            jwk.remove("use");
            put("jwk", Value::Object(jwk));
        }
        (Some(path), _) => {
            put("jkt", json!(Key::read(path)?.thumbprint()?));
        }
        (None, Kind::Wit) => {
            return Err(MintError::Missing {
                what: "WIT",
                argument: "--cnf-key",
            });
        }
        (None, _) => {}
    }
    if let Some(thumbprint) = &arguments.cnf_jkt {
        put("jkt", json!(thumbprint));
    }
    if let Some(digest) = &arguments.cnf_x5t {
        put("x5t#S256", json!(digest));
    }
    Ok((!cnf.is_empty()).then_some(Value::Object(cnf)))
}
