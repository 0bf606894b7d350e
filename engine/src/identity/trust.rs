//! Everything that others say and the gate believes: whose keys verify, and what was fetched to judge by.

use super::documents::{Documents, Slot};
use super::issuer::Issuer;
use super::keyring::{KeyRing, KeyRingError};

/// What one worker believes others about.
#[derive(Debug)]
pub struct Trust {
    /// The issuers' keys.
    pub keys: KeyRing,
}

impl Trust {
    /// What these issuers' configuration says, before anything was fetched.
    ///
    /// # Errors
    ///
    /// As [`KeyRing::new`].
    pub fn new(issuers: &[Issuer]) -> Result<Self, KeyRingError> {
        Ok(Self {
            keys: KeyRing::new(issuers)?,
        })
    }
}

impl Documents for Trust {
    fn slots(&mut self) -> Vec<&mut dyn Slot> {
        self.keys.slots()
    }
}
