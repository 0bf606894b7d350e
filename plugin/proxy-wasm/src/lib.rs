//! `bailiwick.wasm`: the engine, packed for gateways that speak Proxy-Wasm.
//!
//! | module | what it does |
//! |---|---|
//! | [`host`] | the gateway's functions and callbacks, as safe ones |
//! | [`worker`] | finds the request or root that a callback is for |
//! | [`root`] | one loaded configuration: the engine's instance, ticks, answers to callouts |
//! | [`http`] | one request: callbacks to the engine's inputs, its effects to host calls |
//! | [`configuration`] | the forms in which hosts pass a configuration |
//! | [`documents`] | fetches key sets and other documents, one worker for all |
//! | [`questions`] | asks the service that counts sessions for several gateways |
//! | [`native`] | signatures verified by the gateway's own cryptography |
//! | [`connection`] | what the gateway knows of the client's connection |
//! | [`store`], [`metrics`] | shared data and counters |
//!
//! Nothing here decides anything about a request but that it is refused where the gateway or this translation is not in
//! order. Nothing here panics: in a gateway that is an outage.

mod configuration;
mod connection;
mod documents;
mod host;
mod http;
mod metrics;
mod native;
mod protobuf;
mod questions;
mod root;
mod store;
mod worker;
