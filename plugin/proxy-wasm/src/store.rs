//! The host's shared data as the engine's [`Store`].

use bailiwick_engine::ports::{Store, StoreError, Version};

use crate::host::{self, HostStatus};

/// A map that all VMs of this process share whose `vm_id` is ours.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SharedData;

/// Writes whatever stands there. Some hosts take it as "only if nothing stands there".
const ANY: u32 = 0;

/// The number of no write that was ever read: hosts count from 1.
const NONE: u32 = u32::MAX;

impl Store for SharedData {
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        match host::shared_data(key) {
            Ok((value, version)) => Ok(Some((value, Version(version)))),
            Err(HostStatus::NotFound) => Ok(None),
            Err(_) => Err(StoreError::Unavailable),
        }
    }

    fn set(&self, key: &str, value: &[u8], version: Option<Version>) -> Result<(), StoreError> {
        write(key, value, version.map_or(ANY, |version| version.0))
    }

    /// Envoy compares the number only where something stands, so one that nothing has creates and never replaces. A host
    /// that takes it amiss where nothing stands is one that creates with zero only.
    fn create(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        match write(key, value, NONE) {
            Err(StoreError::Conflict) if self.get(key) == Ok(None) => write(key, value, ANY),
            written => written,
        }
    }
}

fn write(key: &str, value: &[u8], cas: u32) -> Result<(), StoreError> {
    host::set_shared_data(key, value, cas).map_err(|status| match status {
        HostStatus::CasMismatch => StoreError::Conflict,
        HostStatus::NotFound
        | HostStatus::BadArgument
        | HostStatus::SerializationFailure
        | HostStatus::ParseFailure
        | HostStatus::BadExpression
        | HostStatus::InvalidMemoryAccess
        | HostStatus::Empty
        | HostStatus::ResultMismatch
        | HostStatus::InternalFailure
        | HostStatus::BrokenConnection
        | HostStatus::Unimplemented
        | HostStatus::Malformed
        | HostStatus::Other(_) => StoreError::Unavailable,
    })
}
