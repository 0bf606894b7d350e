//! Stand-in for `js-sys`: empty, because jsonwebtoken lists the crate for every wasm32 target but uses it only where
//! there is a browser. The real one is tied to the real `wasm-bindgen`, which the crate beside this one replaces.
