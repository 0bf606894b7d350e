//! A proxy-wasm 0.2.1 host on wasmtime, for tests: it runs the very module that gateways run, with a clock, callouts,
//! shared data and quirks that a test controls.
//!
//! [`Module`] is compiled once (and kept in a cache), [`Fleet`] is a gateway process with one [`Vm`] per worker, a
//! [`Profile`] says which gateway it behaves like, and a [`Stream`] is one HTTP exchange. Traps, endless loops and
//! exhausted memory are outcomes ([`Failure`]), never panics of the host.
//!
//! Callbacks are never nested: what a module asks for while it runs (resume, local response) happens when it has
//! returned, as in Envoy.

mod abi;
mod callout;
pub mod case;
mod fleet;
pub mod gateway;
mod guest;
mod headers;
mod hostcalls;
mod module;
mod profile;
pub mod rate_limits;
mod stream;
mod vm;
mod wasi;
mod world;

pub use abi::{Action, LogLevel, MetricKind, Status};
pub use callout::{Callout, CalloutAnswer, GrpcAnswer, GrpcCall};
pub use fleet::Fleet;
pub use headers::HeaderMap;
pub use module::{Module, ModuleError};
pub use profile::Profile;
pub use stream::{Author, LocalResponse, Outcome, Passed, Stream, StreamId};
pub use vm::{Failure, FailureCause, LogLine, Plugin, Start, Vm};
pub use world::{Metric, UnixNanos, World};
