//! The upstream's answer on the engine itself.

use bailiwick_engine::exchange::reply::{Effect, Input, Reply};
use bailiwick_engine::exchange::{Forward, HeaderChanges};
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::ports::Host;
use bailiwick_engine::request::Headers;

use super::super::format::{Decision, EndSpec};
use super::super::run::{Observed, ResponseParts};
use super::{CaseConnection, Native, answered, change, refused};

/// An answer that is under way.
struct Answer<'n> {
    host: &'n mut Native,
    worker: usize,
    connection: &'n CaseConnection,
    reply: Option<Reply>,
    /// What is changed in its head in any case.
    changes: HeaderChanges,
    course: Course,
    seen: &'n mut Observed,
}

/// How far an answer has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    /// It goes on as it comes.
    Open,
    /// It is held until it is whole.
    Held,
    /// Each part is shown first.
    Followed,
    /// Another answer was given in its place.
    Ended,
}

impl Native {
    /// The upstream answers a request that went on.
    pub(super) fn respond(
        &mut self,
        worker: usize,
        connection: &CaseConnection,
        forward: Forward,
        response: &ResponseParts,
        seen: &mut Observed,
    ) {
        seen.response = response.headers.clone();
        let mut answer = Answer {
            host: self,
            worker,
            connection,
            reply: forward.reply,
            changes: forward.response,
            course: Course::Open,
            seen,
        };
        answer.head(response);
        answer.body(response);
    }
}

impl Answer<'_> {
    fn head(&mut self, response: &ResponseParts) {
        if self.reply.is_none() {
            return self.pass(&HeaderChanges::default());
        }
        self.feed(Input::Head {
            headers: Headers::from_pairs(response.headers.iter()),
            end_of_stream: response.ends_with_headers(),
        });
    }

    fn body(&mut self, response: &ResponseParts) {
        let mut held = Vec::new();
        let last = response.chunks.len().checked_sub(1);
        for (index, chunk) in response.chunks.iter().enumerate() {
            let is_last = Some(index) == last && response.end == EndSpec::WithLastPiece;
            match self.course {
                Course::Open => self.seen.response_body.extend_from_slice(chunk),
                Course::Held => {
                    held.extend_from_slice(chunk);
                    if !is_last {
                        let buffered = held.len();
                        self.feed(Input::BodyProgress { buffered });
                    }
                }
                Course::Followed => self.feed(Input::Part {
                    bytes: chunk,
                    is_last,
                }),
                Course::Ended => {}
            }
        }
        if self.course == Course::Held && response.end != EndSpec::NotYet {
            self.feed(Input::Body(&held));
            if self.course == Course::Open {
                self.seen.response_body = held;
            }
        }
        if self.course == Course::Followed && response.end == EndSpec::EmptyPiece {
            self.feed(Input::Part {
                bytes: b"",
                is_last: true,
            });
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        let instance = self.host.workers.get_mut(self.worker);
        let (Some(instance), Some(reply)) = (instance, self.reply.take()) else {
            return;
        };
        let host = Host {
            verifier: &CrateVerifier,
            store: &self.host.store,
            connection: self.connection,
        };
        let part = match input {
            Input::Part { bytes, .. } => bytes,
            Input::Head { .. } | Input::BodyProgress { .. } | Input::Body(_) => b"",
        };
        let (reply, effect) = reply.step(instance, host, self.host.now, input);
        self.reply = Some(reply);
        match effect {
            Effect::PassPart | Effect::PassUnremembered => {
                self.seen.response_body.extend_from_slice(part)
            }
            Effect::Pass(changes) => {
                self.pass(&changes);
                self.course = Course::Open;
            }
            Effect::Hold => self.course = Course::Held,
            Effect::Follow(changes) => {
                self.pass(&changes);
                self.course = Course::Followed;
            }
            Effect::Replace(changes, body) => {
                self.pass(&changes);
                self.seen.response_body = body;
                self.course = Course::Ended;
            }
            Effect::Emit(bytes) => self.seen.response_body.extend(bytes),
            Effect::Withhold(refusal, bytes) => {
                self.seen.decision = Decision::Withheld;
                self.seen.response_body.extend(bytes);
                refused(self.seen, &refusal);
            }
            Effect::Refuse(refusal) => {
                self.seen.decision = Decision::Withheld;
                self.course = Course::Ended;
                refused(self.seen, &refusal);
                answered(self.seen, refusal.response);
            }
        }
    }

    fn pass(&mut self, more: &HeaderChanges) {
        change(&mut self.seen.response, more);
        change(&mut self.seen.response, &self.changes);
    }
}
