//! What all workers of one host process see together: the clock, shared data, queues and metric values.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::abi::{MetricKind, Status};

/// Nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixNanos(pub u64);

impl UnixNanos {
    /// That many whole seconds since the epoch.
    pub fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// Whole seconds since the epoch.
    pub fn as_secs(self) -> u64 {
        self.0 / 1_000_000_000
    }
}

/// A handle to the state that the workers of a process share. Clones are the same world.
#[derive(Clone, Debug, Default)]
pub struct World(Arc<Mutex<WorldState>>);

#[derive(Debug, Default)]
pub(crate) struct WorldState {
    pub(crate) now: UnixNanos,
    pub(crate) data: SharedData,
    pub(crate) queues: SharedQueues,
    pub(crate) metrics: BTreeMap<String, Metric>,
}

/// A metric's value as all workers together have made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// What kind it is.
    pub kind: MetricKind,
    /// The counter's or gauge's value; for a histogram the number of samples.
    pub value: u64,
}

impl World {
    /// A world that begins at the given time.
    pub fn at(now: UnixNanos) -> Self {
        let world = Self::default();
        world.lock().now = now;
        world
    }

    /// The current time.
    pub fn now(&self) -> UnixNanos {
        self.lock().now
    }

    /// Sets the clock. Nothing else moves it.
    pub fn set_now(&self, now: UnixNanos) {
        self.lock().now = now;
    }

    /// A metric's value, by the name that the module gave it.
    pub fn metric(&self, name: &str) -> Option<Metric> {
        self.lock().metrics.get(name).copied()
    }

    /// All metrics by name.
    pub fn metrics(&self) -> BTreeMap<String, Metric> {
        self.lock().metrics.clone()
    }

    /// A value of the shared data of a `vm_id`.
    pub fn shared_value(&self, vm_id: &str, key: &[u8]) -> Option<Vec<u8>> {
        self.lock()
            .data
            .get(vm_id, key)
            .map(|(value, _)| value.clone())
    }

    /// The total bytes of keys and values in the shared data, which no host bounds for the module.
    pub fn shared_bytes(&self) -> usize {
        self.lock().data.bytes()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, WorldState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value, and the number of the write that made it.
type Versioned = (Vec<u8>, u32);

/// Process-wide values by `vm_id` and key, with a number that changes at every write.
#[derive(Debug, Default)]
pub(crate) struct SharedData {
    values: BTreeMap<String, BTreeMap<Vec<u8>, Versioned>>,
    last_cas: u32,
}

impl SharedData {
    pub(crate) fn get(&self, vm_id: &str, key: &[u8]) -> Option<&Versioned> {
        self.values.get(vm_id)?.get(key)
    }

    /// Writes a value. A `cas` of 0 writes in any case; another must be the number of the present value. A key that
    /// is not there yet is written whatever the `cas` is, as in cpp-host.
    pub(crate) fn set(&mut self, vm_id: &str, key: &[u8], value: &[u8], cas: u32) -> Status {
        let values = self.values.entry(vm_id.to_owned()).or_default();
        if let Some((_, present)) = values.get(key)
            && cas != 0
            && cas != *present
        {
            return Status::CasMismatch;
        }
        self.last_cas = self.last_cas.wrapping_add(1).max(1);
        values.insert(key.to_vec(), (value.to_vec(), self.last_cas));
        Status::Ok
    }

    fn bytes(&self) -> usize {
        self.values
            .values()
            .flatten()
            .map(|(key, (value, _))| key.len().saturating_add(value.len()))
            .sum()
    }
}

/// Process-wide queues by `vm_id` and name.
#[derive(Debug, Default)]
pub(crate) struct SharedQueues {
    tokens: BTreeMap<(String, Vec<u8>), u32>,
    queues: BTreeMap<u32, VecDeque<Vec<u8>>>,
}

impl SharedQueues {
    pub(crate) fn register(&mut self, vm_id: &str, name: &[u8]) -> u32 {
        let next = u32::try_from(self.tokens.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let token = *self
            .tokens
            .entry((vm_id.to_owned(), name.to_vec()))
            .or_insert(next);
        self.queues.entry(token).or_default();
        token
    }

    pub(crate) fn resolve(&self, vm_id: &str, name: &[u8]) -> Option<u32> {
        self.tokens.get(&(vm_id.to_owned(), name.to_vec())).copied()
    }

    pub(crate) fn enqueue(&mut self, token: u32, value: &[u8]) -> Status {
        match self.queues.get_mut(&token) {
            Some(queue) => {
                queue.push_back(value.to_vec());
                Status::Ok
            }
            None => Status::NotFound,
        }
    }

    pub(crate) fn dequeue(&mut self, token: u32) -> Result<Vec<u8>, Status> {
        self.queues
            .get_mut(&token)
            .ok_or(Status::NotFound)?
            .pop_front()
            .ok_or(Status::Empty)
    }

    pub(crate) fn is_waiting(&self, token: u32) -> bool {
        self.queues
            .get(&token)
            .is_some_and(|queue| !queue.is_empty())
    }
}
