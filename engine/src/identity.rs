//! Stage 2: verify what was presented, and say who is calling.

pub mod caller;
pub mod error;
pub mod issuer;
pub mod jose;
pub mod verified;

pub use error::IdentityError;
