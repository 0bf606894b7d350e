//! The suites compiled to WebAssembly, in the host that also runs the plugin.

use std::path::Path;
use std::time::Duration;

use bailiwick_conformance::{Question, Verdict};
use bailiwick_host_test::{Fleet, LogLevel, Module, Plugin, Profile, Start, UnixNanos};

/// Hundreds of RSA signatures in one callback take their time on a slow machine.
const DEADLINE: Duration = Duration::from_secs(300);

/// The compiled suites.
pub struct Compiled(Module);

impl Compiled {
    /// Loads the module; its machine code is kept beside it.
    ///
    /// # Errors
    ///
    /// It can't be read, or is no module for this host.
    pub fn load(file: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let cache = file.with_extension("cache");
        Ok(Self(Module::load(file, &cache)?))
    }

    /// Has the module judge a file.
    ///
    /// # Errors
    ///
    /// It trapped, or said what is wrong.
    pub fn answer(&self, question: &Question) -> Result<Vec<Verdict>, Box<dyn std::error::Error>> {
        let plugin = Plugin {
            configuration: serde_json::to_vec(question)?,
            deadline: DEADLINE,
            ..Plugin::default()
        };
        let mut fleet = Fleet::new(
            &self.0,
            Profile::envoy(),
            plugin,
            1,
            UnixNanos::from_secs(1_800_000_000),
        );
        let started = fleet.start();
        let worker = fleet.workers().first().ok_or("there is no worker")?;
        match started {
            Ok(Start::Running) => {}
            Ok(Start::Refused) => {
                let why = worker
                    .logs()
                    .iter()
                    .find(|line| line.level == LogLevel::Error);
                return Err(why.map_or("refused", |line| &line.text).into());
            }
            Err(failure) => return Err(format!("{failure:?}").into()),
        }
        let line = worker.logs().last().ok_or("the module said nothing")?;
        Ok(serde_json::from_str(&line.text)?)
    }
}
