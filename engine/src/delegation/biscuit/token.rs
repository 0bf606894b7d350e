//! A token that was verified.

use biscuit_auth::Biscuit;

use super::error::VerifyError;
use super::limits::Limits;
use super::plan::Plan;
use super::revocation::RevocationId;
use crate::delegation::chain::Chain;
use crate::digest::Digest;

/// A token whose signatures were all examined; only [`super::verifier::Verifier::verify`] makes one.
///
/// A Biscuit says nothing of how long it lasts but in its checks. So this can be kept for as long as memory allows, and is no
/// longer of use when the last of the chain's hops has expired: [`Token::judge`] asks all checks each time.
#[derive(Clone, Debug)]
pub struct Token {
    pub(super) biscuit: Biscuit,
    pub(super) plan: Plan,
    pub(super) ids: Vec<RevocationId>,
    pub(super) holder: Option<Digest>,
    pub(super) chain: Chain,
    pub(super) limits: Limits,
}

impl Token {
    /// Each block as a hop, the authority block first, with the verdict that they only narrow.
    #[must_use]
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The revocation id of each block, that of the authority block first.
    #[must_use]
    pub fn revocation_ids(&self) -> &[RevocationId] {
        &self.ids
    }

    /// The thumbprint of the key that the token is bound to, if it is.
    #[must_use]
    pub const fn holder(&self) -> Option<Digest> {
        self.holder
    }

    /// Asks a deny-list for every block.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Revoked`] for the first block that is on it.
    pub fn refuse_denied(&self, denied: &dyn Fn(&str) -> bool) -> Result<(), VerifyError> {
        let mut ids = self.ids.iter();
        match ids.position(|id| id.is_denied(denied)) {
            Some(block) => Err(VerifyError::Revoked { block }),
            None => Ok(()),
        }
    }
}
