//! How much a comparison may cost, counted and not timed.

/// Work that was done, and when to stop. A unit is one pair of constraints compared, or one value looked for in a set of
/// values.
///
/// Comparing constraints is quadratic in the clauses of one level, so whoever writes both sides could make it long.
#[derive(Debug)]
pub struct Work {
    done: u64,
    limit: u64,
}

/// The limit was reached, so the question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it takes more than {limit} comparisons")]
pub struct TooMuchWork {
    /// The limit.
    pub limit: u64,
}

impl Work {
    /// Enough for a hundred tools of ten constraints each a hundred times over, and done in milliseconds.
    pub const LIMIT: u64 = 1 << 17;

    /// Nothing done yet.
    #[must_use]
    pub const fn new(limit: u64) -> Self {
        Self { done: 0, limit }
    }

    /// The units done so far, which are at most the limit.
    #[must_use]
    pub const fn done(&self) -> u64 {
        self.done
    }

    /// To be called before `units` are done.
    pub(super) fn charge(&mut self, units: usize) -> Result<(), TooMuchWork> {
        let units = u64::try_from(units).unwrap_or(u64::MAX);
        let done = self.done.saturating_add(units);
        if done > self.limit {
            return Err(TooMuchWork { limit: self.limit });
        }
        self.done = done;
        Ok(())
    }
}

impl Default for Work {
    /// Up to [`Work::LIMIT`].
    fn default() -> Self {
        Self::new(Self::LIMIT)
    }
}
