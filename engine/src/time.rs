//! Time as the engine sees it: whole seconds, given by the host, never read.

mod timestamp;

use std::fmt;

pub use timestamp::Timestamp;

/// Seconds since 1970-01-01T00:00:00Z, as in JWT's `NumericDate` (RFC 7519, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixTime(pub u64);

/// A span of whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seconds(pub u64);

impl UnixTime {
    /// The moment that a timestamp of RFC 3339 in UTC means, such as `2026-11-24T05:46:02Z`; no other zone, no fraction.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        timestamp::parse(text)
    }

    /// The moment `span` later; saturates at the end of time.
    #[must_use]
    pub const fn after(self, span: Seconds) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The moment `span` earlier; saturates at the epoch.
    #[must_use]
    pub const fn before(self, span: Seconds) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Seconds {
        Seconds(self.0.saturating_sub(earlier.0))
    }
}

impl Seconds {
    /// Does this span go into the other one a whole number of times?
    #[must_use]
    pub fn goes_into(self, other: Self) -> bool {
        other.0.checked_rem(self.0) == Some(0)
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}
