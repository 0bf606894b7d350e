//! Everything that others say and the gate believes: whose keys verify, and what has been revoked.

use super::documents::{DocumentId, Documents, Slot};
use super::issuer::Issuer;
use super::keyring::{KeyRing, KeyRingError};
use super::revocation::{RevocationRules, Revocations};
use super::signature::agent::SignatureAgent;
use super::status::StatusLists;

/// What one worker believes others about.
#[derive(Debug)]
pub struct Trust {
    /// The issuers' keys.
    pub keys: KeyRing,
    /// The keys of agents that sign their requests.
    pub agent_keys: KeyRing,
    /// The status lists of the issuers' tokens.
    pub status: StatusLists,
    /// The deny-lists.
    pub revocations: Revocations,
}

/// Why a configuration can't be trusted by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Keys that can't be used.
    #[error("{0}")]
    Keys(#[from] KeyRingError),
    /// The address of a document isn't `http://` or `https://`, an authority without user info, and perhaps a path.
    #[error("`{id}`: the address is not `https://host[:port]/path`")]
    Url {
        /// The document.
        id: DocumentId,
    },
}

impl Trust {
    /// What a configuration says, before anything was fetched.
    ///
    /// # Errors
    ///
    /// [`TrustError`] for inline keys that can't be used and for addresses that can't be fetched from.
    pub fn new(
        issuers: &[Issuer],
        agents: &[SignatureAgent],
        revocations: &RevocationRules,
    ) -> Result<Self, TrustError> {
        Ok(Self {
            keys: KeyRing::new(issuers)?,
            agent_keys: KeyRing::of_agents(agents)?,
            status: StatusLists::new(issuers),
            revocations: Revocations::new(revocations).ok_or(TrustError::Url {
                id: DocumentId::Revocations,
            })?,
        })
    }
}

impl Documents for Trust {
    fn slots(&mut self) -> Vec<&mut dyn Slot> {
        let mut slots = self.keys.slots();
        slots.extend(self.agent_keys.slots());
        slots.extend(self.status.slots());
        slots.extend(self.revocations.slots());
        slots
    }
}
