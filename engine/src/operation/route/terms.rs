//! What a route asks of every caller, whatever it wants to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::identity::authentication::{AuthenticationError, Requirement};
use crate::identity::binding::target::Origin;
use crate::identity::caller::Caller;
use crate::identity::issuer::IssuerName;
use crate::operation::http::WarrantInBody;
use crate::time::UnixTime;

/// A route's terms. By default a route has none, and policy alone judges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The scopes that every token must have.
    pub scopes: Vec<String>,
    /// How the user behind a token must have been authenticated.
    pub authentication: Option<Requirement>,
    /// What becomes of transaction tokens.
    pub transaction_tokens: TransactionTokens,
    /// Must every credential be bound to its sender?
    pub sender_constrained: bool,
    /// Must every delegation be proven to only narrow?
    pub attenuation_proven: bool,
    /// Must every token be bound to a mission?
    pub mission_required: bool,
    /// Must every credential say what the work is?
    pub intent_required: bool,
    /// Is `authorization_details` passed over?
    pub details_ignored: bool,
    /// What HTTP operations are called in `authorization_details`, where not by their names.
    pub actions: BTreeMap<String, String>,
    /// By what clients reach the route, for the proofs that name it; else the request itself says.
    pub origin: Option<Origin>,
    /// May a workload call by its certificate alone, without a token?
    pub certificate_callers: bool,
    /// What becomes of warrants.
    pub warrants: Warrants,
    /// Whose warrants count; nobody named is everybody of the configuration.
    pub warrant_anchors: Vec<IssuerName>,
    /// Where warrants may stand in the bodies of a plain HTTP route; none where bodies aren't read.
    pub warrant_in_body: Option<Arc<WarrantInBody>>,
}

/// What becomes of warrants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Warrants {
    /// They are not read.
    #[default]
    Ignore,
    /// One that comes has to allow the call, and may be the only credential.
    Accept,
    /// Every call of a tool and every HTTP operation needs one.
    Require,
}

/// What becomes of a transaction token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransactionTokens {
    /// It is not read, and goes no further: callers here are outside of the trust domain.
    #[default]
    Strip,
    /// One that comes has to be right, and is passed on.
    Accept,
    /// There has to be one.
    Require,
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
