//! What a session has done at other gateways: the request waits for the answer of the service that counts for all of them.

use super::answer::Findings;
use super::{Effect, Holder, Input, Request, State, Step, Wait};
use crate::decision::{Denial, Reason};
use crate::gate::WaitSlot;
use crate::policy::session::service::{Across, Counts, Question, ServiceError};
use crate::time::{Seconds, UnixTime};

/// How much longer than the host was told an answer is waited for, should the host not keep to it.
const PATIENCE: Seconds = Seconds(2);

/// A question, and what it is for.
pub(super) struct Asks {
    pub(super) question: Question,
    pub(super) stage: Stage,
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
    body: Vec<u8>,
    stage: Stage,
    until: UnixTime,
    _slot: WaitSlot,
}

impl Step<'_> {
    /// Waits for the answer to a question.
    pub(super) fn ask(
        &mut self,
        request: Box<Request>,
        sender: Option<Holder>,
        body: &[u8],
        Asks { question, stage }: Asks,
    ) -> (State, Effect) {
        let (Some(slot), Some(service)) = (self.instance.wait_slot(), self.instance.service())
        else {
            let denial = Denial::from(Reason::TooManyWaiting);
            return self.refuse(&Findings::of(&request), &denial);
        };
        let timeout = Seconds(service.timeout.as_secs());
        let asking = Asking {
            request,
            sender,
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
            Input::BodyWithheld => return self.withheld(&asking.request),
            Input::Head { .. } | Input::Body(_) | Input::BodyProgress { .. } => {
                return self.out_of_order(&Findings::of(&asking.request));
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
        let on_failure = self.instance.service().map(|service| service.on_failure);
        let across = match (answer, stage, on_failure) {
            (Ok(counts), Stage::Look, _) => Across::Looked(counts),
            (Ok(counts), Stage::Take, _) => Across::Taken(counts),
            (Err(error), _, Some(on_failure)) => Across::after(&error, on_failure),
            (Err(_), _, None) => return self.out_of_order(&Findings::of(&request)),
        };
        self.decide_knowing(request, sender, &body, &across)
    }
}
