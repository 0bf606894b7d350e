//! Stage 2: verify what was presented, and say who is calling.

pub mod caller;
pub mod issuer;
pub mod jose;
pub mod verified;
