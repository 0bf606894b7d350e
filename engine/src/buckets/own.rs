//! A store of one worker's own.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::ports::{Store, StoreError, Version};

/// A store that one worker has to itself, where its host has none or there is but one. It holds what is written and nothing expires,
/// so whoever writes bounds it.
#[derive(Debug, Default)]
pub struct OwnStore(RefCell<BTreeMap<String, (Vec<u8>, Version)>>);

impl Store for OwnStore {
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        Ok(self.0.borrow().get(key).cloned())
    }

    fn set(&self, key: &str, value: &[u8], version: Option<Version>) -> Result<(), StoreError> {
        let mut values = self.0.borrow_mut();
        let entry = values
            .entry(key.to_owned())
            .or_insert((Vec::new(), Version(0)));
        if version.is_some_and(|version| version != entry.1) {
            return Err(StoreError::Conflict);
        }
        *entry = (value.to_vec(), Version(entry.1.0.wrapping_add(1)));
        Ok(())
    }

    fn create(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        if self.0.borrow().contains_key(key) {
            return Err(StoreError::Conflict);
        }
        self.set(key, value, None)
    }
}
