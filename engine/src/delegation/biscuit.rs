//! Biscuit v3: a token that whoever holds it can narrow offline, block by block.
//!
//! [`verifier::Verifier::verify`] says once per token whose it is, what its first block grants and what every block demands;
//! [`token::Token::judge`] runs those demands for every call. Both have a cost that is counted and bounded before it is spent:
//! the library that reads and evaluates the tokens bounds neither what a single join nor what a single expression costs, and
//! its time limit needs a clock.
//!
//! What a token's blocks are told about a call stands in [`ambient`], what they can grant in [`grants`].

pub mod ambient;
mod cost;
mod envelope;
pub mod error;
pub mod grants;
mod judge;
pub mod limits;
mod pattern;
mod plan;
pub mod revocation;
pub mod roots;
pub mod token;
pub mod verifier;

#[cfg(test)]
mod tests;
