//! Stage 2: verify what was presented, and say who is calling.

pub mod authentication;
pub mod binding;
pub mod caller;
pub mod certificate;
pub mod ci;
mod claims;
pub mod documents;
pub mod error;
pub mod holder;
pub mod issuer;
pub mod jose;
mod jwt;
pub mod keyring;
#[cfg(test)]
pub(crate) mod mint;
pub mod nonce;
pub mod replay;
pub mod revocation;
pub mod signature;
pub mod spiffe_id;
pub mod standing;
pub mod status;
mod svid;
mod token_kind;
mod transaction;
pub mod trust;
pub mod verified;
mod wimse;
pub mod workload_id;

pub use error::IdentityError;
pub use jwt::verify;
