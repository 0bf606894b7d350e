//! Numbers between two bounds.

use crate::json::canonical::Double;

/// Numbers, between bounds that may be missing. A numeric string is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    min: Option<Bound>,
    max: Option<Bound>,
}

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// Where it is.
    pub at: Double,
    /// Does the number there belong to the range?
    pub inclusive: bool,
}

/// The lower bound is above the upper one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`min` is above `max`")]
pub struct EmptyRange;

impl Range {
    /// The numbers between two bounds. Bounds at one place may admit nothing, when one excludes it.
    ///
    /// # Errors
    ///
    /// [`EmptyRange`]
    pub fn new(min: Option<Bound>, max: Option<Bound>) -> Result<Self, EmptyRange> {
        match (min, max) {
            (Some(min), Some(max)) if min.at > max.at => Err(EmptyRange),
            _ => Ok(Self { min, max }),
        }
    }

    /// The lower bound.
    #[must_use]
    pub const fn min(&self) -> Option<Bound> {
        self.min
    }

    /// The upper bound.
    #[must_use]
    pub const fn max(&self) -> Option<Bound> {
        self.max
    }

    /// Is the number within the bounds?
    #[must_use]
    pub fn admits(&self, number: Double) -> bool {
        let above = self
            .min
            .is_none_or(|min| number > min.at || (min.inclusive && number == min.at));
        let below = self
            .max
            .is_none_or(|max| number < max.at || (max.inclusive && number == max.at));
        above && below
    }

    /// Has it, on each side on which `parent` has a bound, one that is as tight? (Section 4.5; judged side by side, so a
    /// range that admits nothing is within another one only if both its bounds are.)
    #[must_use]
    pub fn is_within(&self, parent: &Self) -> bool {
        let tight =
            |own: Option<Bound>, parent: Option<Bound>, tighter: fn(&Double, &Double) -> bool| {
                let Some(parent) = parent else { return true };
                own.is_some_and(|own| {
                    let same = own.at == parent.at && (parent.inclusive || !own.inclusive);
                    same || tighter(&own.at, &parent.at)
                })
            };
        tight(self.min, parent.min, Double::gt) && tight(self.max, parent.max, Double::lt)
    }
}
