//! Stand-in for `wasm-bindgen`, for the one thing that biscuit-auth takes from it on wasm32: a monotonic clock.
//!
//! See the README beside this crate for why it exists and when it goes.

/// What `use wasm_bindgen::prelude::*` brings into scope.
pub mod prelude {
    pub use wasm_bindgen_macro::wasm_bindgen;
}
