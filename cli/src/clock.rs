//! What time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use bailiwick_engine::time::UnixTime;

/// What the command line says, or now.
pub(crate) fn time(given: Option<u64>) -> UnixTime {
    UnixTime(moment(given))
}

/// The same in seconds since 1970; a clock that stands before that stands at 0.
pub(crate) fn moment(given: Option<u64>) -> u64 {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH);
    given.unwrap_or_else(|| now().map_or(0, |since| since.as_secs()))
}
