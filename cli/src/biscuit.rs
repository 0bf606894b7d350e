//! Biscuits that somebody only looks at, or hands on.

use bailiwick_engine::delegation::biscuit::error::VerifyError;
use bailiwick_engine::delegation::biscuit::grants::{Names, Unstated};
use bailiwick_engine::delegation::biscuit::limits::Limits;
use bailiwick_engine::delegation::biscuit::roots::{Key, Roots, ThirdParties};
use bailiwick_engine::delegation::biscuit::verifier::{Claimed, Settings, Verifier};
use biscuit_auth::{Biscuit, PublicKey};

/// How tokens are read where no gate says it: facts have their usual names.
pub(crate) fn usual(unstated: Unstated) -> Option<Verifier> {
    let settings = Settings {
        roots: Roots::nobody(),
        third_parties: ThirdParties::default(),
        limits: Limits::default(),
        names: Names::default(),
        unstated,
    };
    Verifier::new(settings).ok()
}

/// What a text claims, if it is a Biscuit or is meant as one.
pub(crate) fn claimed(text: &str, verifier: &Verifier) -> Option<Result<Claimed, VerifyError>> {
    match verifier.claimed(text.trim()) {
        Err(VerifyError::NotBase64 | VerifyError::NotBiscuit) => None,
        outcome => Some(outcome),
    }
}

/// The token as the library takes it.
pub(crate) fn bare(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix("biscuit:").unwrap_or(text)
}

/// Do all signatures of a token that could be read verify, the first one by this key?
pub(crate) fn verify(text: &str, key: Key) -> Result<(), VerifyError> {
    let key = key.to_string().parse::<PublicKey>();
    let key = key.map_err(|_| VerifyError::Signature)?;
    let token = Biscuit::from_base64(bare(text), key);
    token.map(drop).map_err(|_| VerifyError::Signature)
}

/// A text as Datalog writes it.
pub(crate) fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n"))
}
