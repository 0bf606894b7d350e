//! Numbers within their bounds.

use std::ops::RangeInclusive;

use super::report::{At, Report};

/// The value, or the nearest bound and an error.
pub(super) fn within(
    value: u64,
    bounds: RangeInclusive<u64>,
    at: &At<'_>,
    report: &mut Report,
) -> u64 {
    let (least, most) = (*bounds.start(), *bounds.end());
    if !bounds.contains(&value) {
        report.error(at, format!("{value} is not within {least} to {most}"));
    }
    value.clamp(least, most)
}

/// A bounded number as a size; every bound here fits into 32 bits.
pub(super) fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
