//! The host's shared data as the engine's [`Store`].

use bailiwick_engine::ports::{Store, StoreError, Version};

use crate::host::{self, HostStatus};

/// A map that all VMs of this process share whose `vm_id` is ours.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SharedData;

impl Store for SharedData {
    fn get(&self, key: &str) -> Option<(Vec<u8>, Version)> {
        // A host without shared data looks like an empty one here, and shows itself at the first write.
        let (value, version) = host::shared_data(key).ok()?;
        Some((value, Version(version)))
    }

    fn set(&self, key: &str, value: &[u8], version: Option<Version>) -> Result<(), StoreError> {
        const ANY: u32 = 0;
        let cas = version.map_or(ANY, |version| version.0);
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
}
