//! Signed tokens in compact form.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore as _;
use rand::rngs::OsRng;
use serde_json::Value;

use crate::key::{Key, KeyError};

/// A compact JWS (RFC 7515, section 7.1).
pub(crate) fn signed(key: &Key, header: &Value, payload: &Value) -> Result<String, KeyError> {
    signed_text(key, header, &payload.to_string())
}

/// The same over a payload that is text already.
pub(crate) fn signed_text(key: &Key, header: &Value, payload: &str) -> Result<String, KeyError> {
    let encode = |part: &str| URL_SAFE_NO_PAD.encode(part);
    let message = format!("{}.{}", encode(&header.to_string()), encode(payload));
    let signature = key.sign(message.as_bytes())?;
    Ok(format!("{message}.{signature}"))
}

/// A name that nobody can guess.
pub(crate) fn unique() -> String {
    let mut bytes = [0; 16];
    OsRng.fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
