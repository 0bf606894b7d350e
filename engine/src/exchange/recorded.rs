//! What a permitted call does to its session: written before the call goes on, or the call doesn't.

use super::{Holder, Request, Step};
use crate::buckets::ATTEMPTS;
use crate::decision::{Decision, Denial, Shadow};
use crate::operation::Operation;
use crate::policy::Facts;
use crate::policy::denial::PolicyDenial;
use crate::policy::permit::Permit;
use crate::policy::session::{Key, Reading, Session, SessionError, Unrecorded};

/// A permit, and what the session remembers of the call.
pub(super) struct Recorded {
    pub(super) permit: Permit,
    pub(super) shadow: Option<Shadow>,
    /// What its answer still has to be remembered for.
    pub(super) reading: Option<Reading>,
}

impl Step<'_> {
    /// The caller's session, where any policy asks for one. Nothing is read yet.
    pub(super) fn session(&self, holder: &Holder) -> Option<Session<'_>> {
        let sessions = self.instance.sessions.as_ref()?;
        let admitted = &holder.admitted;
        let key = Key::of(sessions.by(), &admitted.caller, &admitted.chain);
        Some(sessions.session(key, self.host.store, self.now))
    }

    /// Writes what the call does where it was permitted by what stands there; if another call came first, it is judged anew.
    pub(super) fn record(
        &self,
        request: &Request,
        holder: &Holder,
        operation: &Operation<'_>,
        facts: &Facts<'_>,
        permitted: (Permit, Option<Shadow>),
    ) -> Result<Recorded, (Box<Denial>, Option<Shadow>)> {
        let (mut permit, mut shadow) = permitted;
        let policies = self.instance.gate.policies();
        let (Some(sessions), Some(session)) = (&self.instance.sessions, facts.session) else {
            let reading = None;
            return Ok(Recorded {
                permit,
                shadow,
                reading,
            });
        };
        let done = sessions.done(policies, operation);
        let is_needed = policies.need_sessions(self.now);
        for _ in 0..ATTEMPTS {
            let error = match session.record(&done) {
                Ok(()) => {
                    let reading = done.reading(session, is_needed);
                    return Ok(Recorded {
                        permit,
                        shadow,
                        reading,
                    });
                }
                Err(Unrecorded::Fault(error)) => error,
                Err(Unrecorded::Outrun) => {
                    session.forget();
                    match self.permit(request, holder, operation, facts) {
                        (Decision::Allow(anew), shadow_anew) => {
                            (permit, shadow) = (anew, shadow_anew);
                            continue;
                        }
                        (Decision::Deny(denial), shadow) => return Err((Box::new(denial), shadow)),
                    }
                }
            };
            return unrecorded(error, is_needed, permit, shadow);
        }
        unrecorded(SessionError::Unavailable, is_needed, permit, shadow)
    }
}

/// Only policies that count can need it.
fn unrecorded(
    error: SessionError,
    is_needed: bool,
    permit: Permit,
    shadow: Option<Shadow>,
) -> Result<Recorded, (Box<Denial>, Option<Shadow>)> {
    if is_needed {
        let denial = Denial::from(&PolicyDenial::Session(error));
        return Err((Box::new(denial), shadow));
    }
    let reading = None;
    Ok(Recorded {
        permit,
        shadow,
        reading,
    })
}
