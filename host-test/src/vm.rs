//! One VM: an instance of the module with its root context, its streams and its log.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use wasmtime::{Instance, ResourceLimiter, Store, WasmParams, WasmResults};

use crate::abi::{Action, LogLevel, MetricKind, Status};
use crate::callout::{Callout, CalloutAnswer, GrpcAnswer, GrpcCall};
use crate::module::{EPOCH, Module};
use crate::profile::Profile;
use crate::stream::{Direction, LocalResponse, Stream, StreamId};
use crate::wasi::{Exit, FixedRandom};
use crate::world::World;

mod flow;

/// The root context's id; streams get the ids after it.
pub(crate) const ROOT: u32 = 1;
const MAX_MEMORY: usize = 1 << 30;

/// How the plugin is set up, the same for every worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// Names the shared data that the workers have together.
    pub vm_id: String,
    /// Names the plugin inside the module.
    pub root_id: String,
    /// What `on_configure` reads: the operator's configuration.
    pub configuration: Vec<u8>,
    /// The clusters that callouts may name.
    pub clusters: Vec<String>,
    /// The least severe level that the host takes.
    pub log_level: LogLevel,
    /// How long one callback may run.
    pub deadline: Duration,
}

impl Default for Plugin {
    fn default() -> Self {
        Self {
            vm_id: "bailiwick".to_owned(),
            root_id: "bailiwick".to_owned(),
            configuration: Vec::new(),
            clusters: Vec::new(),
            log_level: LogLevel::Info,
            deadline: Duration::from_secs(20),
        }
    }
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its severity.
    pub level: LogLevel,
    /// Its text, with bytes that are not UTF-8 replaced.
    pub text: String,
}

/// Why a VM can't be used any more.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{callback}` ended the VM: {cause}")]
pub struct Failure {
    /// The export that was running.
    pub callback: String,
    /// What happened in it.
    pub cause: FailureCause,
}

/// What ended a VM.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FailureCause {
    /// The module trapped.
    #[error("trap: {0}")]
    Trap(String),
    /// The callback ran longer than it may.
    #[error("the callback's time was up")]
    Deadline,
    /// The module wanted more memory than it may have.
    #[error("the memory limit was reached")]
    Memory,
    /// The module called `proc_exit`.
    #[error("proc_exit({0})")]
    Exit(u32),
    /// An export has a type that the ABI does not give it, or linking failed.
    #[error("{0}")]
    Abi(String),
}

/// Whether the plugin took its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// It runs.
    Running,
    /// `on_vm_start` or `on_configure` answered false: a gateway would not take the configuration.
    Refused,
}

/// What is to be done when the module has returned to the host: hosts never call back from inside a call.
#[derive(Debug)]
pub(crate) enum After {
    Resume(u32, Direction),
    Respond(u32, LocalResponse),
    Reset(u32),
}

/// The host's side of a VM, reachable from host calls.
pub(crate) struct VmState {
    pub(crate) profile: Arc<Profile>,
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) world: World,
    pub(crate) streams: BTreeMap<u32, Stream>,
    pub(crate) current: u32,
    pub(crate) effective: Option<u32>,
    pub(crate) configuring: bool,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) violations: Vec<String>,
    pub(crate) tick_period: Option<Duration>,
    pub(crate) callouts: Vec<Callout>,
    pub(crate) last_callout: u32,
    pub(crate) grpc_calls: Vec<GrpcCall>,
    pub(crate) grpc_message: Option<Vec<u8>>,
    pub(crate) answer: Option<CalloutAnswer>,
    pub(crate) status: (u32, &'static str),
    pub(crate) metrics: Vec<(u32, MetricKind, String)>,
    pub(crate) queues: Vec<u32>,
    pub(crate) after: VecDeque<After>,
    pub(crate) random: FixedRandom,
    memory_limit_hit: bool,
}

impl VmState {
    pub(crate) fn effective_context(&self) -> u32 {
        self.effective.unwrap_or(self.current)
    }

    pub(crate) fn has_context(&self, context: u32) -> bool {
        context == ROOT || self.streams.contains_key(&context)
    }

    pub(crate) fn log(&mut self, level: LogLevel, text: String) {
        if level >= self.plugin.log_level {
            self.logs.push(LogLine { level, text });
        }
    }
}

impl ResourceLimiter for VmState {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, wasmtime::Error> {
        let fits = desired <= MAX_MEMORY;
        self.memory_limit_hit |= !fits;
        Ok(fits)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, wasmtime::Error> {
        Ok(true)
    }
}

/// An instance of the module, with everything that one worker of a gateway keeps for it.
pub struct Vm {
    store: Store<VmState>,
    instance: Option<Instance>,
    next_context: u32,
    failure: Option<Failure>,
    ticks_per_call: u64,
}

impl Vm {
    /// Instantiates the module as the worker of that number. A module that traps while it is initialised gives a VM
    /// that has failed, as in a gateway.
    pub(crate) fn new(
        module: &Module,
        profile: Arc<Profile>,
        plugin: Arc<Plugin>,
        world: World,
        worker: u64,
    ) -> Self {
        let ticks = plugin.deadline.as_millis() / EPOCH.as_millis().max(1);
        let ticks_per_call = u64::try_from(ticks).unwrap_or(u64::MAX).saturating_add(2);
        let state = VmState {
            profile,
            plugin,
            world,
            streams: BTreeMap::new(),
            current: 0,
            effective: None,
            configuring: false,
            logs: Vec::new(),
            violations: Vec::new(),
            tick_period: None,
            callouts: Vec::new(),
            last_callout: 0,
            grpc_calls: Vec::new(),
            grpc_message: None,
            answer: None,
            status: (0, ""),
            metrics: Vec::new(),
            queues: Vec::new(),
            after: VecDeque::new(),
            random: FixedRandom::seeded(worker),
            memory_limit_hit: false,
        };
        let mut store = Store::new(&module.engine, state);
        store.limiter(|state| state);
        store.set_epoch_deadline(ticks_per_call);
        let mut vm = Self {
            store,
            instance: None,
            next_context: ROOT,
            failure: None,
            ticks_per_call,
        };
        match module.instance.instantiate(&mut vm.store) {
            Ok(instance) => vm.instance = Some(instance),
            Err(error) => vm.fail("start", &error),
        }
        for name in ["_initialize", "_start"] {
            vm.call::<(), ()>(name, 0, ());
        }
        vm
    }

    /// Creates the root context, starts the VM and hands over the configuration.
    ///
    /// # Errors
    /// If the module trapped.
    pub fn start(&mut self) -> Result<Start, Failure> {
        self.next_context = ROOT.saturating_add(1);
        self.call::<(u32, u32), ()>("proxy_on_context_create", ROOT, (ROOT, 0));
        let started = self.call::<(u32, u32), u32>("proxy_on_vm_start", ROOT, (ROOT, 0));
        let size = u32::try_from(self.state().plugin.configuration.len()).unwrap_or(u32::MAX);
        self.state_mut().configuring = true;
        let configured = match started {
            Some(0) => Some(0),
            Some(_) | None => {
                self.call::<(u32, u32), u32>("proxy_on_configure", ROOT, (ROOT, size))
            }
        };
        self.state_mut().configuring = false;
        match (&self.failure, configured) {
            (Some(failure), _) => Err(failure.clone()),
            (None, Some(0)) => Ok(Start::Refused),
            (None, Some(_) | None) => Ok(Start::Running),
        }
    }

    /// Lets the VM's timer fire once, if the module has set one. Tells whether it had.
    pub fn tick(&mut self) -> bool {
        let set = self.state().tick_period.is_some();
        if set {
            self.call::<u32, ()>("proxy_on_tick", ROOT, ROOT);
            self.run_after();
        }
        set
    }

    /// The timer's period, if the module has set one.
    pub fn tick_period(&self) -> Option<Duration> {
        self.state().tick_period
    }

    /// The calls that wait for an answer, oldest first.
    pub fn callouts(&self) -> &[Callout] {
        &self.state().callouts
    }

    /// Answers a waiting call. Tells whether there was one of that token.
    pub fn answer(&mut self, token: u32, answer: CalloutAnswer) -> bool {
        let calls = &mut self.state_mut().callouts;
        let Some(at) = calls.iter().position(|call| call.token == token) else {
            return false;
        };
        calls.remove(at);
        let counts = match &answer {
            CalloutAnswer::Response {
                headers,
                body,
                trailers,
            } => [headers.len(), body.len(), trailers.len()],
            CalloutAnswer::Failed => [0; 3],
        };
        let [headers, body, trailers] = counts.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let state = self.state_mut();
        if answer == CalloutAnswer::Failed {
            state.status = (Status::BrokenConnection as u32, "reset");
        } else {
            state.answer = Some(answer);
        }
        self.call::<(u32, u32, u32, u32, u32), ()>(
            "proxy_on_http_call_response",
            ROOT,
            (ROOT, token, headers, body, trailers),
        );
        let state = self.state_mut();
        state.answer = None;
        state.status = (0, "");
        self.run_after();
        true
    }

    /// The gRPC calls that wait for an answer, oldest first.
    pub fn grpc_calls(&self) -> &[GrpcCall] {
        &self.state().grpc_calls
    }

    /// Answers a waiting gRPC call. Tells whether there was one of that token. A message that is longer than the module takes
    /// becomes the status 8, as in Envoy.
    pub fn answer_grpc(&mut self, token: u32, answer: GrpcAnswer) -> bool {
        const RESOURCE_EXHAUSTED: u32 = 8;
        let calls = &mut self.state_mut().grpc_calls;
        let Some(at) = calls.iter().position(|call| call.token == token) else {
            return false;
        };
        let call = calls.remove(at);
        let takes = |size: u32| call.max_answer.is_none_or(|most| size <= most);
        match answer {
            GrpcAnswer::Message(message) => {
                let size = u32::try_from(message.len()).unwrap_or(u32::MAX);
                if takes(size) {
                    self.state_mut().grpc_message = Some(message);
                    let arguments = (ROOT, token, size);
                    self.call::<(u32, u32, u32), ()>("proxy_on_grpc_receive", ROOT, arguments);
                    self.state_mut().grpc_message = None;
                } else {
                    self.close_grpc(token, RESOURCE_EXHAUSTED);
                }
            }
            GrpcAnswer::Closed(status) => self.close_grpc(token, status),
        }
        self.run_after();
        true
    }

    fn close_grpc(&mut self, token: u32, status: u32) {
        self.call::<(u32, u32, u32), ()>("proxy_on_grpc_close", ROOT, (ROOT, token, status));
    }

    /// Tells the module about queues of its own that hold something.
    pub fn deliver_queues(&mut self) {
        let state = self.state();
        let world = state.world.lock();
        let waiting: Vec<u32> = state
            .queues
            .iter()
            .copied()
            .filter(|token| world.queues.is_waiting(*token))
            .collect();
        drop(world);
        for token in waiting {
            self.call::<(u32, u32), ()>("proxy_on_queue_ready", ROOT, (ROOT, token));
            self.run_after();
        }
    }

    /// A stream's state, until it is closed.
    pub fn stream(&self, id: StreamId) -> Option<&Stream> {
        self.state().streams.get(&id.0)
    }

    /// Everything logged so far.
    pub fn logs(&self) -> &[LogLine] {
        &self.state().logs
    }

    /// What the module did that no host should be asked to do, such as line breaks in a header.
    pub fn violations(&self) -> &[String] {
        &self.state().violations
    }

    /// Why the VM can't be used any more, if so.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    pub(crate) fn state(&self) -> &VmState {
        self.store.data()
    }

    pub(crate) fn state_mut(&mut self) -> &mut VmState {
        self.store.data_mut()
    }

    /// Calls an export in a context. `None` if the module lacks it, or the VM has failed, before or by this call.
    fn call<P: WasmParams, R: WasmResults>(
        &mut self,
        name: &str,
        context: u32,
        arguments: P,
    ) -> Option<R> {
        if self.failure.is_some() {
            return None;
        }
        let export = self.instance?.get_func(&mut self.store, name)?;
        let typed = match export.typed::<P, R>(&self.store) {
            Ok(typed) => typed,
            Err(error) => {
                self.failure = Some(Failure {
                    callback: name.to_owned(),
                    cause: FailureCause::Abi(format!("{error:#}")),
                });
                return None;
            }
        };
        self.store.set_epoch_deadline(self.ticks_per_call);
        let state = self.store.data_mut();
        state.current = context;
        state.effective = None;
        match typed.call(&mut self.store, arguments) {
            Ok(result) => Some(result),
            Err(error) => {
                self.fail(name, &error);
                None
            }
        }
    }

    fn call_stream<P: WasmParams>(&mut self, name: &str, id: u32, arguments: P) -> Action {
        self.call::<P, u32>(name, id, arguments)
            .map_or(Action::Continue, Action::from_abi)
    }

    fn fail(&mut self, callback: &str, error: &wasmtime::Error) {
        let cause = if let Some(exit) = error.downcast_ref::<Exit>() {
            FailureCause::Exit(exit.code)
        } else if self.state().memory_limit_hit {
            FailureCause::Memory
        } else if let Some(trap) = error.downcast_ref::<wasmtime::Trap>() {
            if *trap == wasmtime::Trap::Interrupt {
                FailureCause::Deadline
            } else {
                FailureCause::Trap(trap.to_string())
            }
        } else {
            FailureCause::Abi(format!("{error:#}"))
        };
        self.failure = Some(Failure {
            callback: callback.to_owned(),
            cause,
        });
    }
}
