//! Several workers of one gateway process: a VM each, and one world between them.

use std::sync::Arc;

use crate::module::Module;
use crate::profile::Profile;
use crate::vm::{Failure, Plugin, Start, Vm};
use crate::world::{UnixNanos, World};

/// The workers of one gateway process that run one plugin.
pub struct Fleet {
    world: World,
    workers: Vec<Vm>,
}

impl Fleet {
    /// Makes that many workers, at least one, none of them started yet.
    pub fn new(
        module: &Module,
        profile: Profile,
        plugin: Plugin,
        workers: usize,
        now: UnixNanos,
    ) -> Self {
        let world = World::at(now);
        let (profile, plugin) = (Arc::new(profile), Arc::new(plugin));
        let workers = (0..workers.max(1))
            .zip(1u64..)
            .map(|(_, number)| {
                let (profile, plugin) = (Arc::clone(&profile), Arc::clone(&plugin));
                Vm::new(module, profile, plugin, world.clone(), number)
            })
            .collect();
        Self { world, workers }
    }

    /// Starts every worker, in order. Workers of one process get one configuration, so they should agree.
    ///
    /// # Errors
    /// If the module trapped in one of them.
    pub fn start(&mut self) -> Result<Start, Failure> {
        let mut outcome = Start::Running;
        for worker in &mut self.workers {
            if worker.start()? == Start::Refused {
                outcome = Start::Refused;
            }
        }
        Ok(outcome)
    }

    /// What the workers share.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The workers.
    pub fn workers(&self) -> &[Vm] {
        &self.workers
    }

    /// One worker, by its number from 0.
    pub fn worker(&mut self, number: usize) -> Option<&mut Vm> {
        self.workers.get_mut(number)
    }

    /// The workers, to be driven.
    pub fn workers_mut(&mut self) -> &mut [Vm] {
        &mut self.workers
    }
}
