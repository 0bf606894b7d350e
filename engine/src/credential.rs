//! Stage 1: find what was presented, and refuse whatever two readers could understand differently.

pub mod error;

pub use error::CredentialError;
