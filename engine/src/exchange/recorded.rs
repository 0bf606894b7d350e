//! What a permitted call does to its session: written before the call goes on, or the call doesn't.

use super::{Holder, Request, Step};
use crate::buckets::ATTEMPTS;
use crate::decision::{Decision, Denial, Reason, Shadow};
use crate::operation::Operation;
use crate::policy::Facts;
use crate::policy::denial::PolicyDenial;
use crate::policy::permit::Permit;
use crate::policy::session::service::{Across, Question};
use crate::policy::session::{Key, Reading, Session, SessionError, Unrecorded};

/// A permit, and what the session remembers of the call.
pub(super) struct Recorded {
    pub(super) permit: Permit,
    pub(super) shadow: Option<Shadow>,
    /// What its answer still has to be remembered for.
    pub(super) reading: Option<Reading>,
}

impl Recorded {
    /// A permit of which nothing is remembered.
    pub(super) const fn nothing(permit: Permit, shadow: Option<Shadow>) -> Self {
        Self {
            permit,
            shadow,
            reading: None,
        }
    }
}

/// No permit, or none that counts.
pub(super) struct Withheld {
    pub(super) denial: Denial,
    pub(super) shadow: Option<Shadow>,
}

impl Withheld {
    pub(super) fn because(denial: Denial, shadow: Option<Shadow>) -> Box<Self> {
        Box::new(Self { denial, shadow })
    }
}

impl Step<'_> {
    /// The caller's session, where any policy asks for one, with what other gateways know of it. Nothing is read yet.
    pub(super) fn session<'s>(
        &'s self,
        holder: &Holder,
        across: &'s Across,
    ) -> Option<Session<'s>> {
        let sessions = self.instance.sessions.as_ref()?;
        let admitted = &holder.admitted;
        let key = Key::of(sessions.by(), &admitted.caller, &admitted.chain);
        Some(sessions.session(key, self.host.store, self.now, across))
    }

    /// What the service that counts for all gateways is to count of a permitted call, where there is room for it here.
    pub(super) fn taking(
        &self,
        session: Option<&Session<'_>>,
        operation: &Operation<'_>,
    ) -> Result<Option<Question>, Box<Denial>> {
        let (Some(sessions), Some(session)) = (&self.instance.sessions, session) else {
            return Ok(None);
        };
        let policies = self.instance.gate.policies();
        let done = sessions.done(policies, operation);
        let question = session.take(&done);
        if question.is_some()
            && policies.need_sessions(self.now)
            && let Err(error) = session.has_room(&done)
        {
            return Err(Box::new(Denial::from(&PolicyDenial::Session(error))));
        }
        Ok(question)
    }

    /// May the messages of a batch be judged together? Where one of them does something that its session remembers, and policies look
    /// at that, any other is to be judged by what that one has done: so the others have to be idle.
    ///
    /// # Errors
    ///
    /// One isn't.
    pub(super) fn check_batch(&self, operation: &Operation<'_>) -> Result<(), Box<Denial>> {
        let Some(sessions) = &self.instance.sessions else {
            return Ok(());
        };
        let policies = self.instance.gate.policies();
        if !policies.need_sessions(self.now) {
            return Ok(());
        }
        let messages = || operation.messages.iter().zip(1_usize..);
        let mut remembered =
            messages().filter(|(message, _)| !sessions.done(policies, message).is_nothing());
        let Some((_, one)) = remembered.next() else {
            return Ok(());
        };
        let mut others =
            messages().filter(|(message, number)| *number != one && !message.action.is_idle());
        let Some((_, other)) = others.next() else {
            return Ok(());
        };
        let why = format!(
            "policies look at what sessions do, and by what its message {one} does there, message {other} has to be judged, too"
        );
        Err(Box::new(
            Denial::from(Reason::BatchRefused).with_detail(&why),
        ))
    }

    /// Writes what the call does where it was permitted by what stands there; if another call came first, it is judged anew.
    pub(super) fn record(
        &self,
        request: &Request,
        holder: &Holder,
        operation: &Operation<'_>,
        facts: &Facts<'_>,
        permitted: (Permit, Option<Shadow>),
    ) -> Result<Recorded, Box<Withheld>> {
        let (permit, shadow) = permitted;
        let mut recorded = Recorded::nothing(permit, shadow);
        let (Some(sessions), Some(session)) = (&self.instance.sessions, facts.session) else {
            return Ok(recorded);
        };
        let policies = self.instance.gate.policies();
        let is_needed = policies.need_sessions(self.now);
        let done = sessions.done(policies, operation);
        let mut fault = SessionError::Unavailable;
        for _ in 0..ATTEMPTS {
            match session.record(&done) {
                Ok(()) => {
                    recorded.reading = done.reading(session, is_needed);
                    return Ok(recorded);
                }
                Err(Unrecorded::Fault(error)) => {
                    fault = error;
                    break;
                }
                Err(Unrecorded::Outrun) => {}
            }
            session.forget();
            match self.permit(request, holder, operation, facts) {
                (Decision::Allow(permit), shadow) => {
                    (recorded.permit, recorded.shadow) = (permit, shadow);
                }
                (Decision::Deny(denial), shadow) => return Err(Withheld::because(denial, shadow)),
            }
        }
        // What isn't needed, as by policies in shadow, is left out.
        if is_needed {
            let denial = Denial::from(&PolicyDenial::Session(fault));
            return Err(Withheld::because(denial, recorded.shadow));
        }
        Ok(recorded)
    }
}
