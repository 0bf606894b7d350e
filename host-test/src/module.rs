//! A compiled module, with a cache of compiled code so that only the first run pays for the compiler.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use thiserror::Error;
use wasmtime::{Cache, CacheConfig, Config, Engine, Linker};

use crate::hostcalls;
use crate::vm::VmState;
use crate::wasi;

/// How often the clock behind the deadlines of callbacks advances.
pub(crate) const EPOCH: Duration = Duration::from_millis(20);

/// Why a module could not be loaded.
#[derive(Debug, Error)]
pub enum ModuleError {
    /// The file is not there or not readable.
    #[error("can't read the module `{path}`: run `cargo xtask build`, or name another file")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The cache's folder can't be used.
    #[error("can't use `{path}` for compiled modules: {reason}")]
    Cache {
        /// The folder.
        path: PathBuf,
        /// What the cache said.
        reason: String,
    },
    /// The bytes are no valid module, or it imports what no host has.
    #[error("the module can't be loaded: {reason}")]
    Invalid {
        /// What the compiler or linker said.
        reason: String,
    },
}

/// A module that is compiled and linked to the host's functions, ready to be instantiated any number of times.
#[derive(Clone)]
pub struct Module {
    pub(crate) engine: Engine,
    pub(crate) instance: wasmtime::InstancePre<VmState>,
}

impl Module {
    /// Compiles a module file. Compiled code is kept in `cache`, keyed by the module's bytes, the compiler's settings
    /// and its version; a second load takes milliseconds.
    ///
    /// # Errors
    /// If the file or the folder can't be used, or the module is invalid or imports a function that hosts don't have.
    pub fn load(path: &Path, cache: &Path) -> Result<Self, ModuleError> {
        let bytes = std::fs::read(path).map_err(|source| ModuleError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::compile(&bytes, Some(cache))
    }

    /// Compiles a module from its bytes, with the cache if a folder is given.
    ///
    /// # Errors
    /// As [`Module::load`].
    pub fn compile(bytes: &[u8], cache: Option<&Path>) -> Result<Self, ModuleError> {
        let mut config = Config::new();
        config.epoch_interruption(true);
        if let Some(folder) = cache {
            config.cache(Some(open_cache(folder)?));
        }
        let engine = Engine::new(&config).map_err(invalid)?;
        let module = wasmtime::Module::new(&engine, bytes).map_err(invalid)?;
        let mut linker = Linker::new(&engine);
        hostcalls::link(&mut linker).map_err(invalid)?;
        wasi::link(&mut linker).map_err(invalid)?;
        let instance = linker.instantiate_pre(&module).map_err(invalid)?;
        advance_epochs(&engine);
        Ok(Self { engine, instance })
    }
}

fn open_cache(folder: &Path) -> Result<Cache, ModuleError> {
    let failed = |reason: String| ModuleError::Cache {
        path: folder.to_owned(),
        reason,
    };
    std::fs::create_dir_all(folder).map_err(|e| failed(e.to_string()))?;
    let folder_from_root = folder.canonicalize().map_err(|e| failed(e.to_string()))?;
    let mut config = CacheConfig::new();
    config.with_directory(folder_from_root);
    Cache::new(config).map_err(|e| failed(format!("{e:#}")))
}

/// Moves the engine's epoch on for as long as anybody holds the engine.
fn advance_epochs(engine: &Engine) {
    let weak = engine.weak();
    thread::spawn(move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(EPOCH);
        }
    });
}

fn invalid(error: wasmtime::Error) -> ModuleError {
    ModuleError::Invalid {
        reason: format!("{error:#}"),
    }
}
