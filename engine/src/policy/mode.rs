//! What comes of a refusal by policy.

use crate::time::UnixTime;

/// Is what policy refuses refused?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Always.
    #[default]
    Enforce,
    /// Not yet: such a request is forwarded and recorded as one that would have been refused. Only policy's own refusals are
    /// meant; whoever can't say who they are, or goes beyond their authority, is refused all the same.
    Shadow {
        /// From then on it is refused, whether anybody remembers or not.
        until: UnixTime,
    },
}

impl Mode {
    /// Does a refusal count at this moment?
    pub(super) const fn is_enforced(self, now: UnixTime) -> bool {
        match self {
            Self::Enforce => true,
            Self::Shadow { until } => now.0 >= until.0,
        }
    }
}
