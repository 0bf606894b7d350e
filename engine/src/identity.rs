//! Stage 2: verify what was presented, and say who is calling.

mod access_token;
pub mod authentication;
pub mod binding;
pub mod caller;
mod claims;
pub mod error;
pub mod issuer;
pub mod jose;
pub mod keyring;
#[cfg(test)]
pub(crate) mod mint;
pub mod spiffe_id;
mod token_kind;
pub mod verified;

pub use access_token::verify;
pub use error::IdentityError;
