//! What runs in a real gateway, and the environment in which it finds the module, Envoy and Python.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::Error;
use crate::module::{self, Module};
use crate::setup::wasm_target::{self, WasmCompiler};
use crate::setup::{envoy, load, node, python};
use crate::task::Task;
use crate::workspace::{Workspace, cargo};

/// The environment variables that tell tests, demonstration and benchmark where things are.
const WASM: &str = "BAILIWICK_WASM";
const ENVOY: &str = "BAILIWICK_ENVOY";
const PYTHON: &str = "BAILIWICK_PYTHON";
const NODE: &str = "BAILIWICK_NODE";
const JS: &str = "BAILIWICK_JS";
const NOOP_WASM: &str = "BAILIWICK_NOOP_WASM";
const WRK: &str = "BAILIWICK_WRK";
const CONFORMANCE_WASM: &str = "BAILIWICK_CONFORMANCE_WASM";

/// Everything that a run needs, found and built.
pub(crate) struct Stage {
    workspace: Workspace,
    compiler: WasmCompiler,
    environment: Vec<(&'static str, PathBuf)>,
}

impl Stage {
    /// Finds the tools and builds the plugin.
    pub(crate) fn set_up(workspace: &Workspace) -> Result<Self, Error> {
        let mut stage = Self::without_envoy(workspace)?;
        stage.environment.push((ENVOY, envoy::find(workspace)?));
        Ok(stage)
    }

    /// The same for what can do without Envoy: where it can't be had, its variable is left out, with a word about it.
    pub(crate) fn set_up_with_any_gateway(workspace: &Workspace) -> Result<Self, Error> {
        let mut stage = Self::without_envoy(workspace)?;
        match envoy::find(workspace) {
            Ok(envoy) => stage.environment.push((ENVOY, envoy)),
            Err(error) => eprintln!("no Envoy, so our own host is the gateway: {error}"),
        }
        Ok(stage)
    }

    fn without_envoy(workspace: &Workspace) -> Result<Self, Error> {
        let compiler = wasm_target::find(workspace)?;
        let python = python::environment(workspace)?;
        let node = node::environment(workspace, &python)?;
        let wasm = module::build(workspace, &compiler, Module::PLUGIN)?;
        Ok(Self {
            workspace: workspace.clone(),
            compiler,
            environment: vec![
                (PYTHON, python),
                (NODE, node.program),
                (JS, node.folder.join("package.json")),
                (WASM, wasm),
            ],
        })
    }

    /// Adds what only the benchmark needs: a module that judges nothing, and a load generator.
    pub(crate) fn add_load(&mut self) -> Result<(), Error> {
        let noop = module::build(&self.workspace, &self.compiler, Module::NOOP)?;
        self.environment.push((NOOP_WASM, noop));
        self.environment.push((WRK, load::find()?));
        Ok(())
    }

    /// What judging published vectors needs: the suites as a module, and no gateway.
    pub(crate) fn for_conformance(workspace: &Workspace) -> Result<Self, Error> {
        let compiler = wasm_target::find(workspace)?;
        let suites = module::build(workspace, &compiler, Module::CONFORMANCE)?;
        Ok(Self {
            workspace: workspace.clone(),
            compiler,
            environment: vec![(CONFORMANCE_WASM, suites)],
        })
    }

    /// Hands `task` the environment. A variable that this stage does not have is not inherited from ours either.
    pub(crate) fn equip(&self, task: Task) -> Task {
        let task = [
            WASM,
            ENVOY,
            PYTHON,
            NODE,
            JS,
            NOOP_WASM,
            WRK,
            CONFORMANCE_WASM,
        ]
        .iter()
        .fold(task, |task, name| task.env_remove(name));
        self.environment
            .iter()
            .fold(task, |task, (name, value)| task.env(name, value))
    }

    /// Builds the programs of the `tests` package exactly as the tests are built, so that dependencies are compiled once
    /// for both, and runs one of them.
    pub(crate) fn run(&self, program: &str, args: &[OsString]) -> Result<(), Error> {
        Task::new("building the programs", cargo())
            .args(["test", "--workspace", "--no-run"])
            .in_dir(&self.workspace.root)
            .run()?;
        let binary = self.workspace.target.join("debug").join(program);
        self.equip(
            Task::new(program, binary)
                .args(args)
                .in_dir(&self.workspace.root),
        )
        .interactive()
        .run()
    }

    /// Measures the engine by itself, natively.
    pub(crate) fn bench_engine(&self) -> Result<(), Error> {
        Task::new("measuring the engine", cargo())
            .args([
                "bench",
                "--package",
                "bailiwick-engine",
                "--bench",
                "engine",
                "--bench",
                "delegation",
                "--bench",
                "biscuit",
            ])
            .in_dir(&self.workspace.root)
            .run()
    }
}
