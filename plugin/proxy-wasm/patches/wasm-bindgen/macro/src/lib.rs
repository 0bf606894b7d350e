//! The attribute of the `wasm-bindgen` stand-in.

use proc_macro::TokenStream;

/// The only item that the attribute accepts, as the compiler prints its tokens, white space removed.
const BROWSER_CLOCK: &str = r#"extern"C"{fnperformance_now()->f64;}"#;

/// What it becomes: milliseconds since the first call, as `performance.now()` counts them.
const SYSTEM_CLOCK: &str = r"
fn performance_now() -> f64 {
    static ORIGIN: ::std::sync::OnceLock<::std::time::Instant> = ::std::sync::OnceLock::new();
    ORIGIN.get_or_init(::std::time::Instant::now).elapsed().as_secs_f64() * 1000.0
}";

/// Turns the import of the browser's clock into a function over [`std::time::Instant`].
///
/// Any other item is a compile error: the stand-in must not silently replace more of `wasm-bindgen` than it knows.
#[proc_macro_attribute]
pub fn wasm_bindgen(_attribute: TokenStream, item: TokenStream) -> TokenStream {
    let tokens: String = item.to_string().split_whitespace().collect();
    let replacement = if tokens == BROWSER_CLOCK {
        SYSTEM_CLOCK
    } else {
        r#"compile_error!("this is Bailiwick's stand-in for `wasm-bindgen`, which knows `performance_now` only; see plugin/proxy-wasm/patches/README.md");"#
    };
    replacement.parse().unwrap_or_default()
}
