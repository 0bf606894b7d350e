//! One request's life: inputs in, effects out, no IO.
//!
//! ```text
//!             Head                  DocumentsChanged, Time
//! ExpectHead ------> ExpectDocuments <-------------------.
//!      |                 |  `----------------------------'
//!      |                 v
//!      +-----------> ExpectBody ------ Body -----> Closed
//!      |                                              ^
//!      `------------------- decided at the head ------'
//! ```
//!
//! Where gateways share what sessions have done, [`State::ExpectCounts`] stands before `Closed`: at most twice, for each of two
//! questions to the service that counts.
//!
//! Every input in every state has an outcome: one that a state does not expect is a refusal, never a panic and never
//! a pass.

mod answer;
mod asked;
mod authority;
mod biscuits;
mod certified;
mod decide;
mod judge;
mod parts;
mod recorded;
pub mod reply;
mod session;
mod signed;
mod stripped;
mod tasks;
mod warranted;

use std::ops::Range;
use std::rc::Rc;

use self::answer::Findings;
use self::asked::Asking;
use self::judge::Unadmitted;
use self::reply::Reply;
use crate::decision::served::{self, Served};
use crate::decision::{Denial, Reason, Shadow, wire};
use crate::evidence::Evidence;
use crate::gate::{Instance, WaitSlot};
use crate::identity::binding::Possession;
use crate::identity::signature::content::Content;
use crate::identity::standing::Standing;
use crate::identity::verified::Verified;
use crate::operation::route::RouteMatch;
use crate::operation::{OperationError, resource};
use crate::policy::permit::Permit;
use crate::policy::remediation::Remediation;
use crate::policy::session::Reading;
use crate::policy::session::service::{Counts, Question, ServiceError};
use crate::ports::Host;
use crate::request::{Head, Headers};
use crate::time::UnixTime;
use crate::tokens::Admitted;

/// What happens to a request, as its host tells it.
#[derive(Debug)]
pub enum Input<'a> {
    /// The request's header fields, all of them; `end_of_stream` where the host knows that no body follows.
    Head {
        /// The fields.
        headers: Headers,
        /// No body follows. Some hosts never say so here; they send an empty [`Input::Body`] instead.
        end_of_stream: bool,
    },
    /// Part of a body has arrived and the host holds it: this many bytes so far.
    BodyProgress {
        /// Bytes held.
        buffered: usize,
    },
    /// The whole body.
    Body(&'a [u8]),
    /// The host can't hold the request back until its body is there, so the body can't be judged before the head leaves.
    BodyWithheld,
    /// A document, such as a key set, was loaded, or could not be.
    DocumentsChanged,
    /// The answer to [`Effect::Ask`], as [`Question::read`] reads it, or that there was none.
    Counted(Result<Counts, ServiceError>),
    /// Time has passed.
    Time,
}

/// What the host must do now.
#[derive(Debug)]
#[must_use = "an effect that is not carried out leaves a request undecided"]
pub enum Effect {
    /// Hold the request back: nothing of it may go upstream.
    Wait(Wait),
    /// Hold it back, send this question to the cluster of [`Instance::service`], and feed [`Input::Counted`] once there is an
    /// answer, or won't be.
    Ask(Box<Question>),
    /// Change the header fields as said, then let the request go.
    Forward(Box<Forward>),
    /// Answer with this response; nothing of the request may go upstream.
    Refuse(Box<Refusal>),
    /// Answer with this response, which is for everybody; nothing of the request may go upstream.
    Serve(Box<Service>),
    /// Nothing: the request was decided before, and this input changes nothing about it.
    Settled,
}

/// What a held request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Its body: feed [`Input::BodyProgress`] and, once whole, [`Input::Body`].
    Body,
    /// Documents, such as key sets: see to [`crate::identity::documents::shared::start`], then feed
    /// [`Input::DocumentsChanged`], or [`Input::Time`] at the latest when `until` has come.
    Documents {
        /// When waiting ends in a refusal.
        until: UnixTime,
    },
    /// The answer to a question that was asked before.
    Counts,
}

/// A request that may go.
#[derive(Debug)]
pub struct Forward {
    /// The proof that policy permitted it.
    pub permit: Permit,
    /// What policies in shadow would have made of it, for counting.
    pub shadow: Option<Shadow>,
    /// What to change in its header fields first.
    pub headers: HeaderChanges,
    /// Bytes of its body that don't go on; the length in `headers` is that of the rest.
    pub body_cut: Option<Range<usize>>,
    /// What to change in the header fields of the response, once there is one.
    pub response: HeaderChanges,
    /// Where the response must be looked at before it goes on: feed it there.
    pub reply: Option<Reply>,
    /// What has to be remembered once the response's head is there, before anybody gets it: by [`Instance::has_read`].
    pub reading: Option<Reading>,
    /// The record to write.
    pub evidence: Evidence,
}

/// A request that may not go.
#[derive(Debug)]
pub struct Refusal {
    /// Why, with the facts that an opaque answer leaves out.
    pub denial: Denial,
    /// What policies in shadow would have made of it, for counting.
    pub shadow: Option<Shadow>,
    /// What to answer.
    pub response: wire::Response,
    /// The record to write.
    pub evidence: Evidence,
}

/// An answer that the gate gives by itself, without a decision.
#[derive(Debug)]
pub struct Service {
    /// What is served, for counting.
    pub served: Served,
    /// What to answer.
    pub response: wire::Response,
}

/// Changes to header fields: first all removals, then all settings, then all additions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderChanges {
    /// Names of fields to remove, as they were received.
    pub remove: Vec<String>,
    /// Fields to set, replacing every value of that name.
    pub set: Vec<(&'static str, String)>,
    /// Fields to add beside those of that name.
    pub add: Vec<(&'static str, String)>,
}

/// The state of one request.
#[derive(Debug, Default)]
pub struct Exchange(State);

#[derive(Debug, Default)]
enum State {
    #[default]
    ExpectHead,
    /// The credential can't be judged before its issuer's keys, or other documents, are there.
    ExpectDocuments(Box<Waiting>),
    /// The operation stands in the body. The caller is known, or else its only credential may stand there too.
    ExpectBody {
        request: Box<Request>,
        sender: Sender,
    },
    /// The call can't be judged, or not go on, before a service has said what its session has done at other gateways.
    ExpectCounts(Box<Asking>),
    Closed,
}

/// Whose body is awaited.
#[derive(Debug)]
enum Sender {
    /// Somebody who is known.
    Known(Holder),
    /// Nobody, as long as the body isn't there: bounded like all that wait for something.
    Unknown { _slot: WaitSlot },
}

impl Sender {
    fn into_holder(self) -> Option<Holder> {
        match self {
            Self::Known(holder) => Some(holder),
            Self::Unknown { .. } => None,
        }
    }
}

/// A caller whose credential was verified, now or before, which still stands, and who has proven in this very request to be its holder.
#[derive(Clone, Debug)]
struct Holder {
    admitted: Standing<Rc<Admitted>>,
    possession: Verified<Possession>,
    /// What the call is part of, where the route takes that and the request says it.
    transaction: Option<Standing<Rc<Admitted>>>,
    /// By what the call is limited, where a warrant came beside the credential.
    warrant: Option<Standing<Rc<Admitted>>>,
    /// What the body must be, where the request's signature says so.
    content: Option<Content>,
    /// The nonce that its next proof should have, where that is another.
    next_nonce: Option<String>,
    /// What its token lacks for any request to the route: then it is permitted none.
    unmet: Option<Rc<Unmet>>,
}

/// What the terms of a route ask of a token that doesn't have it.
#[derive(Debug)]
struct Unmet {
    denial: Denial,
    lacks: Remediation,
}

impl Holder {
    /// The warrant that allows the call, be it the only credential or beside one.
    fn warranted(&self) -> Option<&Admitted> {
        if let Some(beside) = &self.warrant {
            return Some(beside);
        }
        let admitted = &**self.admitted;
        admitted.is_warrant.then_some(admitted)
    }
}

/// A request that waits for documents. Its body may arrive meanwhile, and is kept.
#[derive(Debug)]
struct Waiting {
    request: Request,
    body: Option<Vec<u8>>,
    until: UnixTime,
    _slot: WaitSlot,
}

/// What is known of a request from its head.
#[derive(Clone, Debug)]
struct Request {
    head: Head,
    route: RouteMatch,
    end_of_stream: bool,
}

impl Request {
    /// Must the body be read before it is known what is asked?
    fn needs_body(&self) -> bool {
        self.route.needs_body(&self.head, self.end_of_stream)
    }

    /// Will all of the body be judged, or is there none?
    fn body_is_known(&self) -> bool {
        self.end_of_stream || self.needs_body()
    }
}

impl Exchange {
    /// An exchange that expects a head.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one input and says what to do. Time and what the host provides are arguments; nothing else is read.
    pub fn step(
        self,
        instance: &mut Instance,
        host: Host<'_>,
        now: UnixTime,
        input: Input<'_>,
    ) -> (Self, Effect) {
        let mut step = Step {
            instance,
            host,
            now,
        };
        let (state, effect) = step.advance(self.0, input);
        (Self(state), effect)
    }

    /// Has the request been decided?
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self.0, State::Closed)
    }
}

/// What one step works with.
struct Step<'a> {
    instance: &'a mut Instance,
    host: Host<'a>,
    now: UnixTime,
}

impl Step<'_> {
    fn advance(&mut self, state: State, input: Input<'_>) -> (State, Effect) {
        match state {
            State::ExpectHead => self.expect_head(input),
            State::ExpectDocuments(waiting) => self.expect_documents(waiting, input),
            State::ExpectBody { request, sender } => self.expect_body(request, sender, input),
            State::ExpectCounts(asking) => self.expect_counts(asking, input),
            State::Closed => self.closed(&input),
        }
    }

    fn expect_head(&mut self, input: Input<'_>) -> (State, Effect) {
        match input {
            Input::Head {
                headers,
                end_of_stream,
            } => self.head(headers, end_of_stream),
            Input::Body(_)
            | Input::BodyProgress { .. }
            | Input::BodyWithheld
            | Input::DocumentsChanged
            | Input::Counted(_)
            | Input::Time => self.out_of_order(&Findings::default()),
        }
    }

    fn expect_documents(&mut self, mut waiting: Box<Waiting>, input: Input<'_>) -> (State, Effect) {
        match input {
            Input::DocumentsChanged | Input::Time => return self.documents(waiting),
            Input::BodyProgress { buffered } if waiting.body.is_none() => {
                if let Some(refused) = self.refuse_if_too_long(&waiting.request, buffered) {
                    return refused;
                }
            }
            Input::Body(bytes) if waiting.body.is_none() => {
                if let Some(refused) = self.refuse_if_too_long(&waiting.request, bytes.len()) {
                    return refused;
                }
                // What nobody judges isn't kept. A host may have said that no body follows, though.
                let request = &waiting.request;
                let is_judged = request.route.needs_body(&request.head, false);
                waiting.body = Some(if is_judged {
                    bytes.to_vec()
                } else {
                    Vec::new()
                });
            }
            Input::BodyWithheld => return self.withheld(&waiting.request),
            Input::Head { .. }
            | Input::Body(_)
            | Input::BodyProgress { .. }
            | Input::Counted(_) => {
                return self.out_of_order(&Findings::of(&waiting.request));
            }
        }
        let until = waiting.until;
        (
            State::ExpectDocuments(waiting),
            Effect::Wait(Wait::Documents { until }),
        )
    }

    fn expect_body(
        &mut self,
        request: Box<Request>,
        sender: Sender,
        input: Input<'_>,
    ) -> (State, Effect) {
        match input {
            Input::Body(bytes) => return self.decide(request, sender.into_holder(), bytes),
            Input::BodyProgress { buffered } => {
                if let Some(refused) = self.refuse_if_too_long(&request, buffered) {
                    return refused;
                }
            }
            Input::BodyWithheld => return self.withheld(&request),
            Input::Head { .. } | Input::Counted(_) => {
                return self.out_of_order(&Findings::of(&request));
            }
            Input::DocumentsChanged | Input::Time => {}
        }
        (
            State::ExpectBody { request, sender },
            Effect::Wait(Wait::Body),
        )
    }

    fn closed(&mut self, input: &Input<'_>) -> (State, Effect) {
        match input {
            // They concern every request of a worker at once, or come too late, and change nothing about one that was decided.
            Input::DocumentsChanged | Input::Counted(_) | Input::Time => {
                (State::Closed, Effect::Settled)
            }
            Input::Head { .. }
            | Input::Body(_)
            | Input::BodyProgress { .. }
            | Input::BodyWithheld => self.out_of_order(&Findings::default()),
        }
    }

    /// The head alone: the route, then the credential, then as far as it goes without a body.
    fn head(&mut self, headers: Headers, end_of_stream: bool) -> (State, Effect) {
        let head = match Head::parse(headers) {
            Ok(head) => head,
            Err(error) => return self.refuse(&Findings::default(), &Denial::from(&error)),
        };
        match self.service(&head) {
            Ok(None) => {}
            Ok(Some(service)) => return (State::Closed, Effect::Serve(Box::new(service))),
            Err(error) => return self.unrouted(&head, &error),
        }
        let route = match self.instance.gate.routes().find(&head) {
            Ok(route) => route,
            Err(error) => return self.unrouted(&head, &error),
        };
        let request = Request {
            head,
            route,
            end_of_stream,
        };
        match self.admit(&request) {
            Ok(holder) => self.admitted(Box::new(request), holder),
            Err(Unadmitted::Refused(refused)) => {
                self.refuse(&Findings::of_refused(&request, &refused), &refused.denial)
            }
            Err(Unadmitted::Pending { .. }) => self.wait_for_documents(request),
        }
    }

    /// What the gate answers by itself, where that is asked for.
    fn service(&self, head: &Head) -> Result<Option<Service>, OperationError> {
        let gate = &self.instance.gate;
        if let Some(request) = resource::metadata_request(gate.resources(), head)? {
            return Ok(Some(Service {
                served: Served::ResourceMetadata,
                response: served::metadata(&request),
            }));
        }
        let granted = gate.routes().preflight(head)?;
        Ok(granted.map(|granted| Service {
            served: Served::Preflight,
            response: served::preflight(&granted),
        }))
    }

    /// Refuses what falls under no route. A page may still read why, where it may read what some route answers.
    fn unrouted(&mut self, head: &Head, error: &OperationError) -> (State, Effect) {
        let for_page = !matches!(error, OperationError::OriginNotAllowed { .. });
        let policy = for_page.then(|| self.instance.gate.routes().policy_for_page(head));
        let policy = policy.flatten();
        let findings = Findings {
            head: Some(head),
            cross_origin: policy.as_deref(),
            ..Findings::default()
        };
        self.refuse(&findings, &Denial::from(error))
    }

    fn wait_for_documents(&mut self, request: Request) -> (State, Effect) {
        let Some(slot) = self.instance.wait_slot() else {
            return self.refuse(
                &Findings::of(&request),
                &Denial::from(Reason::TooManyWaiting),
            );
        };
        let until = self.now.after(self.instance.gate.limits().key_wait);
        let waiting = Waiting {
            request,
            body: None,
            until,
            _slot: slot,
        };
        (
            State::ExpectDocuments(Box::new(waiting)),
            Effect::Wait(Wait::Documents { until }),
        )
    }

    /// They may be there now, or the time for waiting may be over.
    fn documents(&mut self, waiting: Box<Waiting>) -> (State, Effect) {
        match self.admit(&waiting.request) {
            Ok(holder) => {
                let Waiting { request, body, .. } = *waiting;
                match body {
                    // Also where the host had said that none follows.
                    Some(body) if !body.is_empty() || request.needs_body() => {
                        self.decide(Box::new(request), holder, &body)
                    }
                    Some(_) | None => self.admitted(Box::new(request), holder),
                }
            }
            Err(Unadmitted::Refused(refused)) => self.refuse(
                &Findings::of_refused(&waiting.request, &refused),
                &refused.denial,
            ),
            Err(Unadmitted::Pending { otherwise }) if self.now >= waiting.until => {
                self.refuse(&Findings::of(&waiting.request), &Denial::from(otherwise))
            }
            Err(Unadmitted::Pending { .. }) => {
                let until = waiting.until;
                (
                    State::ExpectDocuments(waiting),
                    Effect::Wait(Wait::Documents { until }),
                )
            }
        }
    }

    /// The caller is known: decide, or wait for the body that says what is asked.
    fn admitted(&mut self, request: Box<Request>, holder: Option<Holder>) -> (State, Effect) {
        if let Err(error) = request.route.check_head(&request.head) {
            let findings = holder.as_ref().map_or_else(
                || Findings::of(&request),
                |holder| Findings::of_holder(&request, holder),
            );
            return self.refuse(&findings, &Denial::from(&error));
        }
        if request.needs_body() {
            let sender = match holder {
                Some(holder) => Sender::Known(holder),
                None => match self.instance.wait_slot() {
                    Some(slot) => Sender::Unknown { _slot: slot },
                    None => {
                        let denial = Denial::from(Reason::TooManyWaiting);
                        return self.refuse(&Findings::of(&request), &denial);
                    }
                },
            };
            return (
                State::ExpectBody { request, sender },
                Effect::Wait(Wait::Body),
            );
        }
        self.decide(request, holder, &[])
    }

    /// A body that is longer than its route allows is refused before it has arrived.
    fn refuse_if_too_long(&mut self, request: &Request, bytes: usize) -> Option<(State, Effect)> {
        let limit = request.route.body_limit()?;
        let is_judged = request.route.needs_body(&request.head, false);
        (is_judged && bytes > limit).then(|| {
            let error = OperationError::BodyTooLarge { limit };
            self.refuse(&Findings::of(request), &Denial::from(&error))
        })
    }

    fn withheld(&mut self, request: &Request) -> (State, Effect) {
        self.refuse(
            &Findings::of(request),
            &Denial::from(Reason::BodyGatingUnavailable),
        )
    }

    fn out_of_order(&mut self, findings: &Findings<'_>) -> (State, Effect) {
        self.refuse(findings, &Denial::from(Reason::ExchangeOutOfOrder))
    }
}

#[cfg(test)]
mod tests;
