//! Stage 6: the one decision about a request, and how a refusal looks on the wire.
//!
//! [`Reason`] is the root: HTTP status, problem type, `WWW-Authenticate`, JSON-RPC code, record field and metric label
//! are total functions of it. A [`Denial`] adds the facts of this one request. [`wire::refuse`] writes it down.

pub mod answer;
pub mod challenge;
pub mod denial;
mod mapping;
pub mod reason;
#[cfg(feature = "schema")]
pub mod reference;
pub mod remedy;
pub mod served;
pub mod wire;

pub use denial::Denial;
pub use reason::Reason;

use std::sync::Arc;

use crate::policy::denial::PolicyNote;
use crate::policy::permit::Permit;

/// What comes of a request.
#[derive(Debug)]
#[must_use = "an unenforced decision is an open door"]
pub enum Decision {
    /// It may go on, and this proves it.
    Allow(Permit),
    /// It may not.
    Deny(Denial),
}

/// What would have come of a request, had policies counted that are in shadow. It changes nothing about the request.
#[derive(Clone, Debug, PartialEq)]
pub enum Shadow {
    /// It would have been permitted.
    Allow {
        /// By these.
        policies: Vec<Arc<PolicyNote>>,
    },
    /// It would have been refused.
    Deny(Denial),
}

impl Shadow {
    /// What would have come of a request that does two things, where each would have been something else: it would have been refused
    /// if one of them had been, by the policies of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Deny(one), Self::Deny(other)) => {
                let mut policies = one.policies().to_vec();
                let more = other.policies().iter();
                policies.extend(more.filter(|id| !one.policies().contains(id)).cloned());
                Self::Deny(one.with_policies(policies))
            }
            (denied @ Self::Deny(_), Self::Allow { .. })
            | (Self::Allow { .. }, denied @ Self::Deny(_)) => denied,
            (allowed @ Self::Allow { .. }, Self::Allow { .. }) => allowed,
        }
    }
}
