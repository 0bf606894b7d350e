//! The proof that policy said yes.

use std::sync::Arc;

use super::denial::PolicyNote;

/// Policy permits this one request. Only this stage makes it, and only it lets a request be forwarded.
///
/// Nobody else can:
///
/// ```compile_fail,E0451
/// use bailiwick_engine::policy::permit::Permit;
/// let forged = Permit { policies: Vec::new() };
/// ```
#[must_use = "a permit that nobody enforces is an open door or a lost request"]
#[derive(Debug)]
pub struct Permit {
    policies: Vec<Arc<PolicyNote>>,
}

impl Permit {
    /// Called where Cedar allowed, with the policies it named; or where its refusal doesn't count yet.
    pub(super) const fn new(policies: Vec<Arc<PolicyNote>>) -> Self {
        Self { policies }
    }

    /// The permit of all that a request does, where it does more than one thing and each is permitted.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        for note in &other.policies {
            if !self.policies.iter().any(|of| Arc::ptr_eq(of, note)) {
                self.policies.push(Arc::clone(note));
            }
        }
        self
    }

    /// The satisfied `permit`s, in the order loaded; none where policy refuses and the gate is in shadow
    /// ([`super::mode::Mode`]).
    #[must_use]
    pub fn policies(&self) -> &[Arc<PolicyNote>] {
        &self.policies
    }
}
