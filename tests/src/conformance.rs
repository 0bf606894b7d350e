//! Running the suites of `tests/conformance`: what is excluded and why, the compiled suites, and the table of results.

pub mod exclusions;
pub mod module;
pub mod report;
