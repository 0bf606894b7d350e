//! The attribute of the `wasm-bindgen` stand-in.

use proc_macro::TokenStream;

/// The only item that the attribute accepts, as the compiler prints its tokens, white space removed.
const BROWSER_CLOCK: &str = r#"extern"C"{fnperformance_now()->f64;}"#;

/// What it becomes: a clock that stands still.
const NO_CLOCK: &str = "fn performance_now() -> f64 { 0.0 }";

/// Turns the import of the browser's clock into one that stands still, so that no limit of time is ever reached.
///
/// Any other item is a compile error: the stand-in must not silently replace more of `wasm-bindgen` than it knows.
#[proc_macro_attribute]
pub fn wasm_bindgen(_attribute: TokenStream, item: TokenStream) -> TokenStream {
    let tokens: String = item.to_string().split_whitespace().collect();
    let replacement = if tokens == BROWSER_CLOCK {
        NO_CLOCK
    } else {
        r#"compile_error!("this is Bailiwick's stand-in for `wasm-bindgen`, which knows `performance_now` only; see plugin/proxy-wasm/patches/README.md");"#
    };
    replacement.parse().unwrap_or_default()
}
