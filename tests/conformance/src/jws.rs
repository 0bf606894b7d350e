//! A signed token and its keys, as the gate's profile has them.

use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::compact::Compact;
use bailiwick_engine::identity::jose::header::Header;
use bailiwick_engine::identity::jose::jwk::KeyUse;
use bailiwick_engine::identity::jose::keyset::{KeySet, KeySetError, Lookup};
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use serde_json::Value;

/// Does the token verify with a key of the set, for an issuer that signs with `allowed`?
pub(crate) fn verify(keys: &Value, token: &str, allowed: &[Algorithm]) -> Result<(), String> {
    let set = key_set(keys, allowed)?;
    let token = Compact::decode(token).map_err(|error| error.to_string())?;
    let header = Header::parse(&token.header).map_err(|error| error.to_string())?;
    let Lookup::Found(jwk) = set.find(header.kid.as_deref(), header.algorithm) else {
        return Err("no key of the set is the token's".to_owned());
    };
    jwk.key
        .verify(
            &CrateVerifier,
            header.algorithm,
            token.signing_input,
            &token.signature,
        )
        .map_err(|error| error.to_string())
}

/// Reads a set of keys; a set whose only key can't be used says why that is.
pub(crate) fn key_set(keys: &Value, allowed: &[Algorithm]) -> Result<KeySet, String> {
    KeySet::parse(keys.to_string().as_bytes(), allowed, KeyUse::Signature).map_err(|error| {
        let only = match &error {
            KeySetError::Compromised { error, .. } => Some(error),
            KeySetError::NoUsableKey { skipped } => skipped.first().map(|(_, why)| why),
            KeySetError::NotJson(_)
            | KeySetError::NotKeySet
            | KeySetError::TooManyKeys { .. }
            | KeySetError::RepeatedKid { .. } => None,
        };
        only.map_or_else(|| error.to_string(), ToString::to_string)
    })
}
