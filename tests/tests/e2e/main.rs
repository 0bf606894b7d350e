//! Real gateways, real clients, real servers: one program, since linking a dozen would take longer than running them.

mod a2a;
mod agents;
mod biscuits;
mod browsers;
mod bypass;
mod clients;
mod demo;
mod dpop;
mod enforcement;
mod everything;
mod evidence;
mod example;
mod example_validated;
mod host;
mod keys;
mod mtls;
mod oauth;
mod rate_limit_server;
mod readme;
mod revocation;
mod sessions;
mod signatures;
mod typed;
mod warrants;
mod workloads;
