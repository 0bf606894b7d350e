//! Biscuits that somebody only looks at, or hands on.

use bailiwick_engine::delegation::biscuit::error::VerifyError;
use bailiwick_engine::delegation::biscuit::grants::{Names, Unstated};
use bailiwick_engine::delegation::biscuit::limits::Limits;
use bailiwick_engine::delegation::biscuit::roots::{Roots, ThirdParties};
use bailiwick_engine::delegation::biscuit::verifier::{Claimed, Settings, Verifier};

/// What a text claims, if it is a Biscuit or is meant as one.
pub(crate) fn claimed(text: &str) -> Option<Result<Claimed, VerifyError>> {
    let settings = Settings {
        roots: Roots::nobody(),
        third_parties: ThirdParties::default(),
        limits: Limits::default(),
        names: Names::default(),
        unstated: Unstated::Nothing,
    };
    let verifier = Verifier::new(settings).ok()?;
    match verifier.claimed(text.trim()) {
        Err(VerifyError::NotBase64 | VerifyError::NotBiscuit) => None,
        outcome => Some(outcome),
    }
}
