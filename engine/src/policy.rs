//! Stage 5: is that permitted?
//!
//! Cedar decides, by policies that were strictly validated when they were loaded. Any policy that fails to evaluate
//! denies the request: in Cedar an erroring `forbid` would silently vanish.

pub mod denial;
pub mod load_error;
pub mod permit;
