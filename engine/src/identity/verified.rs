//! The proof that something was verified, as a type.

/// Something that was read but not yet believed.
#[derive(Debug)]
pub struct Unverified<T>(T);

/// Something that passed every check of its format.
///
/// Made in the identity stage only:
///
/// ```compile_fail,E0603
/// let forged = bailiwick_engine::identity::verified::Verified("anybody");
/// ```
#[derive(Clone, Debug)]
pub struct Verified<T>(T);

impl<T> Unverified<T> {
    /// Wraps what was just parsed.
    pub(in crate::identity) const fn new(read: T) -> Self {
        Self(read)
    }

    /// What was read, for the checks themselves.
    pub(in crate::identity) const fn peek(&self) -> &T {
        &self.0
    }

    /// Called once all checks have passed.
    pub(in crate::identity) fn into_verified(self) -> Verified<T> {
        Verified(self.0)
    }
}

impl<T> std::ops::Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(test)]
impl<T> Verified<T> {
    /// For the tests of later stages, which judge what would have been verified.
    pub(crate) const fn assumed(value: T) -> Self {
        Self(value)
    }
}
