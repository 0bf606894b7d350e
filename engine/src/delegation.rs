//! Stage 3: on whose behalf, and did authority only narrow on the way?
//!
//! Whatever the format, a [`chain::Chain`] of [`hop::Hop`]s comes out, each with its [`authority::Authority`] where its
//! format states one. [`narrower::narrower`] compares two of them, and the verdict on the whole is an
//! [`attenuation::Attenuation`].

pub mod aat;
pub mod act;
pub mod arguments;
pub mod attenuation;
pub mod authority;
pub mod biscuit;
pub mod ceiling;
pub mod chain;
pub mod constraint;
pub mod details;
pub mod error;
pub mod exercise;
pub mod hop;
pub mod mission;
pub mod narrower;
pub mod warrant;
pub mod work;

pub use error::DelegationError;
