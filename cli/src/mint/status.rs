//! Token Status Lists.

use std::io::Write as _;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::json;

use super::{ISSUER, MintError};
use crate::clock;
use crate::jws::signed;
use crate::key::Key;

#[derive(Args)]
pub(super) struct Arguments {
    /// The private key that signs, JWK or PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where the list stands: its `sub`, and the `uri` in the tokens that refer to it
    #[arg(long)]
    uri: String,
    /// Who issues it
    #[arg(long, default_value = ISSUER)]
    iss: String,
    /// How many tokens it is about
    #[arg(long, default_value_t = 1024)]
    size: usize,
    /// The place of a token that is no longer valid; may be repeated
    #[arg(long, value_name = "INDEX")]
    revoked: Vec<usize>,
    /// How many seconds it is valid for
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    expires_in: u64,
    /// How many seconds it may be kept
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    ttl: u64,
    /// When it is issued, in seconds since 1970 [default: now]
    #[arg(long, value_name = "MOMENT")]
    at: Option<u64>,
}

/// Mints a list with one bit per token (draft-ietf-oauth-status-list, sections 4.1 and 5.1).
pub(super) fn mint(arguments: &Arguments) -> Result<String, MintError> {
    let key = Key::read(&arguments.key)?;
    let mut bits = vec![0u8; arguments.size.div_ceil(8)];
    for &index in &arguments.revoked {
        let outside = MintError::OutsideOfList {
            index,
            size: arguments.size,
        };
        let byte = bits.get_mut(index / 8).filter(|_| index < arguments.size);
        // The least significant bit of a byte is its first token's.
        *byte.ok_or(outside)? |= 1 << (index % 8);
    }
    let issued_at = clock::moment(arguments.at);
    let header = json!({"alg": key.algorithm().name(), "kid": key.kid(), "typ": "statuslist+jwt"});
    let payload = json!({
        "iss": arguments.iss,
        "sub": arguments.uri,
        "iat": issued_at,
        "exp": issued_at.saturating_add(arguments.expires_in),
        "ttl": arguments.ttl,
        "status_list": {"bits": 1, "lst": compressed(&bits)?},
    });
    Ok(signed(&key, &header, &payload)?)
}

fn compressed(bits: &[u8]) -> Result<String, MintError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let compressed = encoder.write_all(bits).and_then(|()| encoder.finish());
    Ok(URL_SAFE_NO_PAD.encode(compressed.map_err(MintError::Compression)?))
}
