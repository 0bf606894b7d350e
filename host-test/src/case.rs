//! Cases as data: what a case file says, and how it is run, natively and through the compiled module.
//!
//! A case file is one story told to one gateway process: `env` sets up the host and the plugin, `test` lists exchanges
//! in order, each with what must come of it. The shape follows Google's tester for Service Extensions plugins (`env`,
//! `test[]`, `request_headers`, `request_body`, `result` with `has_header`, `no_header`, `immediate`, `log`), with what
//! that one lacks: time, callouts, several workers, ticks, tokens. `tests/cases/README.md` describes it for people.

pub mod biscuits;
mod certificates;
pub mod check;
pub mod format;
pub mod keys;
pub mod load;
pub mod native;
pub mod report;
pub mod run;
pub mod signing;
pub mod tokens;
pub mod value;
pub mod wasm;
