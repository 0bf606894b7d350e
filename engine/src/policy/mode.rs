//! What comes of a refusal by policy.

use crate::time::{Seconds, UnixTime};

/// How long shadow mode lasts at most: 90 days. Nobody who tries policies needs more, and a mistyped year would otherwise be a gate
/// that is open for good.
pub const LONGEST_SHADOW: Seconds = Seconds(90 * 24 * 60 * 60);

/// Is what policy refuses refused?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Always.
    #[default]
    Enforce,
    /// Not yet: such a request is forwarded and recorded as one that would have been refused. Only policy's own refusals are
    /// meant; whoever can't say who they are, or goes beyond their authority, is refused all the same.
    Shadow {
        /// From then on it is refused, whether anybody remembers or not; and also while that is more than [`LONGEST_SHADOW`] away.
        until: UnixTime,
    },
}

impl Mode {
    /// Does a refusal count at this moment?
    pub(super) const fn is_enforced(self, now: UnixTime) -> bool {
        match self {
            Self::Enforce => true,
            Self::Shadow { until } => {
                let left = until.0.saturating_sub(now.0);
                left == 0 || left > LONGEST_SHADOW.0
            }
        }
    }
}
