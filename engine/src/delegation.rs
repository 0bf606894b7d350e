//! Stage 3: on whose behalf, and did authority only narrow on the way?

pub mod attenuation;
pub mod chain;
pub mod error;

pub use error::DelegationError;
