//! The answer to a request: what must be looked at is shown to the engine before it goes on, and all others cost no host call
//! but those that change their header fields.

use bailiwick_engine::exchange::reply::{Effect, Input};
use bailiwick_engine::exchange::{HeaderChanges, Refusal};
use bailiwick_engine::policy::session::SessionError;

use super::{ReplyBody, Request, Standing, change_headers, record, whole_body};
use crate::host::{self, Action, BufferKind, HostStatus, LogLevel, MapKind};
use crate::metrics::Event;
use crate::root::{Gateway, Root};

impl Request {
    /// The upstream has answered, or the gateway by itself.
    pub(crate) fn on_response_headers(&mut self, root: &mut Root, end_of_stream: bool) -> Action {
        let Standing::Forwarded(forwarded) = &mut self.standing else {
            return Action::Continue;
        };
        if let Some(reading) = forwarded.reading.take() {
            let unavailable = Err(SessionError::Unavailable);
            let remembered = root
                .gateway()
                .map_or(unavailable, |of| of.has_read(&reading));
            if let Err(error) = remembered {
                return self.refuse_outright(&format!("its answer is kept back: {error}"));
            }
        }
        let Standing::Forwarded(forwarded) = &self.standing else {
            return Action::Continue;
        };
        if forwarded.reply.is_none() {
            if let Err(status) = change_headers(MapKind::Response, &forwarded.changes) {
                // The request was permitted and done; a browser that isn't told so lets no page read the answer.
                host::log(
                    LogLevel::Warn,
                    &format!("a response's header fields can't be changed: {status}"),
                );
            }
            return Action::Continue;
        }
        match host::headers(MapKind::Response) {
            Ok(headers) => self.feed_reply(
                root,
                Input::Head {
                    headers,
                    end_of_stream,
                },
                0,
            ),
            Err(status) => self.refuse_outright(&format!("an answer can't be read: {status}")),
        }
    }

    pub(crate) fn on_response_body(
        &mut self,
        root: &mut Root,
        size: usize,
        end_of_stream: bool,
    ) -> Action {
        let forwarded = match &mut self.standing {
            Standing::Forwarded(forwarded) => forwarded,
            Standing::Withheld => return discard(size),
            Standing::New | Standing::Held(_) | Standing::Answered => return Action::Continue,
        };
        let in_parts = match &mut forwarded.body {
            ReplyBody::Unseen => return Action::Continue,
            ReplyBody::Held(held) => {
                *held = size;
                false
            }
            ReplyBody::InParts => true,
        };
        if !in_parts && !end_of_stream {
            return self.feed_reply(root, Input::BodyProgress { buffered: size }, size);
        }
        match whole_body(BufferKind::ResponseBody, size) {
            Ok(bytes) if in_parts => self.feed_reply(
                root,
                Input::Part {
                    bytes: &bytes,
                    is_last: end_of_stream,
                },
                size,
            ),
            Ok(body) => self.feed_reply(root, Input::Body(&body), size),
            Err(fault) => self.refuse_outright(&format!("an answer can't be read: {fault}")),
        }
    }

    /// Trailers end a body whose last part did not say so. What a stream of events lacks then was no event.
    pub(crate) fn on_response_trailers(&mut self, root: &mut Root) -> Action {
        let forwarded = match &self.standing {
            Standing::Forwarded(forwarded) => forwarded,
            Standing::Withheld => return Action::Pause,
            Standing::New | Standing::Held(_) | Standing::Answered => return Action::Continue,
        };
        match forwarded.body {
            ReplyBody::Unseen | ReplyBody::InParts => Action::Continue,
            ReplyBody::Held(size) => self.on_response_body(root, size, true),
        }
    }

    /// `size` is how much of the body the host shows now.
    fn feed_reply(&mut self, root: &mut Root, input: Input<'_>, size: usize) -> Action {
        let Standing::Forwarded(forwarded) = &mut self.standing else {
            return Action::Continue;
        };
        let (Some(gateway), Some(reply), Some(now)) =
            (root.gateway(), forwarded.reply.take(), Gateway::now())
        else {
            return self.refuse_outright("an answer came that nothing is known of");
        };
        let (reply, effect) = gateway.step_reply(reply, now, input);
        forwarded.reply = Some(reply);
        let done = match effect {
            Effect::Pass(changes) => {
                forwarded.body = ReplyBody::Unseen;
                self.pass_head(&changes)
            }
            Effect::Hold => {
                forwarded.body = ReplyBody::Held(size);
                return Action::Pause;
            }
            Effect::Follow(changes) => {
                forwarded.body = ReplyBody::InParts;
                self.pass_head(&changes)
            }
            Effect::Replace(changes, body) => {
                forwarded.body = ReplyBody::Unseen;
                let passed = self.pass_head(&changes);
                passed.and_then(|()| replace(size, &body))
            }
            Effect::PassPart => Ok(()),
            Effect::PassUnremembered => {
                gateway.count(Event::TaskUnremembered);
                let what = "an answer names a task that can't be remembered, so its caller will be refused";
                host::log(LogLevel::Warn, what);
                Ok(())
            }
            Effect::Emit(bytes) => replace(size, &bytes),
            Effect::Withhold(refusal, bytes) => {
                count_and_record(gateway, &refusal);
                replace(size, &bytes)
            }
            Effect::Refuse(refusal) => return self.refuse(gateway, &refusal),
        };
        match done {
            Ok(()) => Action::Continue,
            Err(status) => self.refuse_outright(&format!("an answer can't be changed: {status}")),
        }
    }

    /// Changes the head of the answer before it goes on.
    fn pass_head(&self, more: &HeaderChanges) -> Result<(), HostStatus> {
        change_headers(MapKind::Response, more)?;
        match &self.standing {
            Standing::Forwarded(forwarded) => change_headers(MapKind::Response, &forwarded.changes),
            Standing::New | Standing::Held(_) | Standing::Answered | Standing::Withheld => Ok(()),
        }
    }
}

/// Lets nothing go on of a part of what is withheld, also where the host took no other answer in its place. One that shows the
/// answer that was given instead loses its body.
fn discard(size: usize) -> Action {
    match replace(size, &[]) {
        Ok(()) => Action::Continue,
        Err(_) => Action::Pause,
    }
}

fn replace(size: usize, bytes: &[u8]) -> Result<(), HostStatus> {
    host::replace_beginning(BufferKind::ResponseBody, size, bytes)
}

fn count_and_record(gateway: &mut Gateway, refusal: &Refusal) {
    gateway.count(Event::Denied(refusal.denial.reason()));
    record(&refusal.evidence);
}
