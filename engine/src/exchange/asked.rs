//! What a session has done at other gateways: the request waits for the answer of the service that counts for all of them.

use super::answer::Findings;
use super::decide::read;
use super::{Effect, Holder, Input, Request, State, Step, Wait};
use crate::decision::{Denial, Reason};
use crate::gate::WaitSlot;
use crate::policy::session::service::{Across, Counts, OnFailure, Question, ServiceError};
use crate::time::{Seconds, UnixTime};

/// How much longer than the host was told an answer is waited for, should the host not keep to it.
const PATIENCE: Seconds = Seconds(2);

/// A question, and what it is for.
pub(super) struct Asks {
    pub(super) question: Question,
    pub(super) stage: Stage,
    /// Who calls, by all that was found out.
    pub(super) caller: Box<Holder>,
}

/// What is known of a session at other gateways when its call is judged.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) across: Across,
    /// What was asked last.
    pub(super) stage: Option<Stage>,
}

impl Known {
    /// Nothing was asked yet.
    pub(super) const NOTHING: Self = Self {
        across: Across::Unasked,
        stage: None,
    };
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// What the session has done, so that the call can be judged.
    Look,
    /// The same again, while what the permitted call does is counted.
    Take,
}

/// A request that waits for the answer.
#[derive(Debug)]
pub(super) struct Asking {
    request: Box<Request>,
    sender: Option<Holder>,
    caller: Box<Holder>,
    body: Vec<u8>,
    stage: Stage,
    until: UnixTime,
    _slot: WaitSlot,
}

impl Step<'_> {
    /// Waits for the answer to a question. Where as many wait as may, it goes on as if none had come.
    pub(super) fn ask(
        &mut self,
        request: Box<Request>,
        sender: Option<Holder>,
        body: &[u8],
        asks: Asks,
    ) -> (State, Effect) {
        let Asks {
            question,
            stage,
            caller,
        } = asks;
        let timeout = self.instance.service().map(|service| service.timeout);
        let timeout = Seconds(timeout.unwrap_or_default().as_secs());
        let Some(slot) = self.instance.question_slot() else {
            let known = self.known(stage, Err(ServiceError::Unanswered));
            return self.decide_knowing(request, sender, body, &known);
        };
        let asking = Asking {
            request,
            sender,
            caller,
            body: body.to_vec(),
            stage,
            until: self.now.after(timeout).after(PATIENCE),
            _slot: slot,
        };
        (
            State::ExpectCounts(Box::new(asking)),
            Effect::Ask(Box::new(question)),
        )
    }

    pub(super) fn expect_counts(
        &mut self,
        asking: Box<Asking>,
        input: Input<'_>,
    ) -> (State, Effect) {
        match input {
            Input::Counted(answer) => return self.counted(*asking, answer),
            Input::Time if self.now >= asking.until => {
                return self.counted(*asking, Err(ServiceError::Unanswered));
            }
            Input::Time | Input::DocumentsChanged => {}
            // A body that nobody judges may arrive meanwhile. One that is judged was there already, or else there was none.
            Input::BodyProgress { .. } | Input::Body(_)
                if !asking.request.route.needs_body(&asking.request.head, false) => {}
            Input::Body([]) if asking.body.is_empty() => {}
            Input::BodyWithheld => {
                return self.refuse_asking(&asking, Reason::BodyGatingUnavailable);
            }
            Input::Head { .. } | Input::Body(_) | Input::BodyProgress { .. } => {
                return self.refuse_asking(&asking, Reason::ExchangeOutOfOrder);
            }
        }
        (State::ExpectCounts(asking), Effect::Wait(Wait::Counts))
    }

    /// The answer is there, or will not come.
    fn counted(&mut self, asking: Asking, answer: Result<Counts, ServiceError>) -> (State, Effect) {
        let Asking {
            request,
            sender,
            body,
            stage,
            _slot: slot,
            ..
        } = asking;
        drop(slot);
        let known = self.known(stage, answer);
        self.decide_knowing(request, sender, &body, &known)
    }

    fn known(&self, stage: Stage, answer: Result<Counts, ServiceError>) -> Known {
        let service = self.instance.service();
        let on_failure = service.map_or(OnFailure::Deny, |service| service.on_failure);
        let across = match (answer, stage) {
            (Ok(counts), Stage::Look) => Across::Looked(counts),
            (Ok(counts), Stage::Take) => Across::Taken(counts),
            (Err(error), _) => Across::after(&error, on_failure),
        };
        Known {
            across,
            stage: Some(stage),
        }
    }

    /// Refuses a call that was read before, whatever the service says of it.
    fn refuse_asking(&mut self, asking: &Asking, reason: Reason) -> (State, Effect) {
        let operation = read(&asking.request, &asking.body).ok();
        let findings = Findings {
            operation: operation.as_ref(),
            ..Findings::of_holder(&asking.request, &asking.caller)
        };
        self.refuse(&findings, &Denial::from(reason))
    }
}
