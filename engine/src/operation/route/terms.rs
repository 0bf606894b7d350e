//! What a route asks of every caller, whatever it wants to do.

use crate::identity::authentication::{AuthenticationError, Requirement};
use crate::identity::caller::Caller;
use crate::time::UnixTime;

/// A route's terms. By default a route has none, and policy alone judges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The scopes that every token must have.
    pub scopes: Vec<String>,
    /// How the user behind a token must have been authenticated.
    pub authentication: Option<Requirement>,
}

impl Terms {
    /// Does a caller meet them at `now`?
    ///
    /// # Errors
    ///
    /// The first term that isn't met.
    pub fn check(&self, caller: &Caller, now: UnixTime) -> Result<(), TermsError> {
        if let Some(wanted) = &self.authentication {
            wanted.check(&caller.authentication, now).map_err(|found| {
                TermsError::Authentication {
                    found,
                    wanted: wanted.clone(),
                }
            })?;
        }
        let missing: Vec<_> = self
            .scopes
            .iter()
            .filter(|scope| !caller.scopes.contains(scope))
            .cloned()
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(TermsError::Scopes {
                missing,
                needed: self.scopes.clone(),
            })
        }
    }
}

/// A term that a caller doesn't meet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// The user has to be authenticated better, or anew.
    #[error("{found}")]
    Authentication {
        /// What falls short.
        #[source]
        found: AuthenticationError,
        /// All that is required.
        wanted: Requirement,
    },
    /// The token's scopes don't reach.
    #[error("the token lacks the scope `{}`", .missing.join("`, `"))]
    Scopes {
        /// What it lacks.
        missing: Vec<String>,
        /// All that is needed here, those that it has among them.
        needed: Vec<String>,
    },
}
