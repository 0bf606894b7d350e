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
mod granted;
pub mod grants;
mod judge;
pub mod limits;
mod pattern;
mod plan;
pub mod revocation;
pub mod roots;
pub mod token;
pub mod verifier;

use self::error::VerifyError;
use self::token::Token;
use self::verifier::Verifier;
use crate::time::UnixTime;

/// Whose tokens are believed, and what is asked of them beside what they say.
#[derive(Clone, Debug)]
pub struct Rules {
    /// By what they are verified.
    pub verifier: Verifier,
    /// Is one refused of whose end nothing is known?
    pub expiry_required: bool,
    /// Are those whom they name as users people?
    pub users_are_people: bool,
}

impl Rules {
    /// A token that is believed at `now`. Whether a deny-list names it is not asked.
    ///
    /// # Errors
    ///
    /// [`VerifyError`]
    pub fn verify(&self, text: &str, now: UnixTime) -> Result<Token, VerifyError> {
        let token = self.verifier.verify(text, &|_| false)?;
        match token.expires_at() {
            Some(at) if at <= now => Err(VerifyError::Expired { at }),
            None if self.expiry_required => Err(VerifyError::Endless),
            Some(_) | None => Ok(token),
        }
    }
}

#[cfg(test)]
mod tests;
