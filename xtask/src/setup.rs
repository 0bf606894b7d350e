//! Finding and fetching tools. Each is looked for where it may already be; only what is missing is fetched, into
//! `target/tools`, pinned by version and SHA-256.

pub(crate) mod cargo_tool;
pub(crate) mod debian;
pub(crate) mod envoy;
pub(crate) mod executable;
pub(crate) mod load;
pub(crate) mod node;
pub(crate) mod python;
pub(crate) mod wasm_target;
pub(crate) mod wheel;

/// One line of `setup`'s report.
fn report(what: &str, found: &str) {
    println!("{what:<12} {found}");
}
