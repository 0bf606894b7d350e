//! One request: callbacks become the engine's inputs, its effects become host calls. Of the answer to it, see [`reply`].

mod reply;

use std::ops::Range;

use bailiwick_engine::decision::wire::Response;
use bailiwick_engine::evidence::Evidence;
use bailiwick_engine::exchange::reply::Reply;
use bailiwick_engine::exchange::{Effect, Exchange, Forward, HeaderChanges, Input, Refusal, Wait};
use bailiwick_engine::policy::session::Reading;
use bailiwick_engine::policy::session::service::{Counts, ServiceError};

use crate::host::{
    self, Action, BufferKind, ContextId, HostStatus, LocalResponse, LogLevel, MapKind,
};
use crate::metrics::Event;
use crate::root::{Gateway, News, Root};

/// How long a request with a body is held without any of it arriving, before the gateway is taken to withhold it.
const BODY_PATIENCE_NANOSECONDS: u64 = 3_000_000_000;

/// The property that holds a decision's record for the access log.
const EVIDENCE_PROPERTY: &str = "bailiwick_evidence";

/// One request as the gateway sees it.
#[derive(Debug)]
pub(crate) struct Request {
    context: ContextId,
    exchange: Exchange,
    standing: Standing,
}

/// Where the request stands with the gateway.
#[derive(Debug)]
enum Standing {
    /// The gateway has told nothing of it yet.
    New,
    /// The gateway holds it back.
    Held(Held),
    /// It went on.
    Forwarded(Forwarded),
    /// It was answered.
    Answered,
    /// It went on, but the answer to it must not: another was given in its place.
    Withheld,
}

/// What is to be done about the answer to a request that went on.
#[derive(Debug)]
struct Forwarded {
    /// What is to be changed in its header fields.
    changes: HeaderChanges,
    /// Where it must be looked at.
    reply: Option<Reply>,
    /// What is to be remembered before anybody gets it.
    reading: Option<Reading>,
    /// How its body is shown, where that is looked at.
    body: ReplyBody,
}

/// How the body of an answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReplyBody {
    /// Nobody looks at it.
    Unseen,
    /// As a whole: the head and so many bytes are held.
    Held(usize),
    /// Part by part, as it goes on.
    InParts,
}

/// What arrived of a request while it was held.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// There is more to come than the head.
    has_body: bool,
    /// The gateway's body callback came, whatever it brought.
    body: Option<BodySoFar>,
    /// Since when nothing but the body is missing, in nanoseconds.
    body_awaited_since: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct BodySoFar {
    size: usize,
    is_whole: bool,
}

/// Where an effect is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the request's own callback, whose result says whether it goes on.
    Callback,
    /// Elsewhere, on the request's behalf.
    Elsewhere,
}

impl Request {
    pub(crate) fn new(context: ContextId) -> Self {
        Self {
            context,
            exchange: Exchange::new(),
            standing: Standing::New,
        }
    }

    pub(crate) fn on_headers(&mut self, root: &mut Root, end_of_stream: bool) -> Action {
        let Some(gateway) = root.gateway() else {
            return self.refuse_outright("there is no valid configuration");
        };
        if !matches!(self.standing, Standing::New) {
            return self.refuse_outright("header fields came twice");
        }
        let headers = match host::headers(MapKind::Request) {
            Ok(headers) => headers,
            Err(status) => {
                return self.refuse_outright(&format!("the header fields can't be read: {status}"));
            }
        };
        self.standing = Standing::Held(Held {
            has_body: !end_of_stream,
            body: None,
            body_awaited_since: None,
        });
        let input = Input::Head {
            headers,
            end_of_stream,
        };
        self.feed(gateway, input, Place::Callback)
    }

    pub(crate) fn on_body(&mut self, root: &mut Root, size: usize, end_of_stream: bool) -> Action {
        self.body_arrived(root, size, end_of_stream)
    }

    /// Trailers end a body whose last part did not say so.
    pub(crate) fn on_trailers(&mut self, root: &mut Root) -> Action {
        match &self.standing {
            Standing::Held(Held {
                body: Some(body), ..
            }) if body.is_whole => Action::Pause,
            Standing::Held(held) => {
                let size = held.body.map_or(0, |body| body.size);
                self.body_arrived(root, size, true)
            }
            Standing::New | Standing::Forwarded(_) | Standing::Answered | Standing::Withheld => {
                self.body_arrived(root, 0, true)
            }
        }
    }

    fn body_arrived(&mut self, root: &mut Root, size: usize, is_whole: bool) -> Action {
        match &mut self.standing {
            Standing::New => return self.refuse_outright("a body came before the header fields"),
            Standing::Forwarded(_) => return Action::Continue,
            Standing::Answered | Standing::Withheld => return Action::Pause,
            Standing::Held(held) => held.body = Some(BodySoFar { size, is_whole }),
        }
        let Some(gateway) = root.gateway() else {
            return self.refuse_outright("the configuration is gone");
        };
        gateway.body_came_while_held();
        if !is_whole {
            return self.feed(
                gateway,
                Input::BodyProgress { buffered: size },
                Place::Callback,
            );
        }
        match whole_body(BufferKind::RequestBody, size) {
            Ok(body) => self.feed(gateway, Input::Body(&body), Place::Callback),
            Err(fault) => self.refuse_outright(&format!("the body can't be read: {fault}")),
        }
    }

    /// Keys were loaded or could not be, or time has passed. Called outside of the request's own callbacks.
    pub(crate) fn revive(&mut self, gateway: &mut Gateway, news: News) {
        let Standing::Held(held) = &self.standing else {
            return;
        };
        let input = if held.is_withheld(gateway) {
            host::log(
                LogLevel::Error,
                "a request's body was not shown while its head was held back: set `allow_on_headers_stop_iteration: true` \
                 in this filter's configuration (Envoy 1.35 and later); the request is refused",
            );
            Input::BodyWithheld
        } else {
            match news {
                News::DocumentsChanged => Input::DocumentsChanged,
                News::Time => Input::Time,
            }
        };
        if let Err(status) = host::act_on(self.context) {
            // The host ends such a context with a callback of its own, so there is nobody left to answer.
            host::log(LogLevel::Warn, &format!("a held request is gone: {status}"));
            return;
        }
        // Whatever it says was carried out already.
        let (Action::Continue | Action::Pause) = self.feed(gateway, input, Place::Elsewhere);
    }

    /// It is known now what the session has done at other gateways, or that this won't be known.
    pub(crate) fn counted(&mut self, gateway: &mut Gateway, counts: Result<Counts, ServiceError>) {
        if !matches!(self.standing, Standing::Held(_)) {
            return;
        }
        if let Err(status) = host::act_on(self.context) {
            host::log(LogLevel::Warn, &format!("a held request is gone: {status}"));
            return;
        }
        // Whatever it says was carried out already.
        let (Action::Continue | Action::Pause) =
            self.feed(gateway, Input::Counted(counts), Place::Elsewhere);
    }

    fn feed(&mut self, gateway: &mut Gateway, input: Input<'_>, place: Place) -> Action {
        let Some(now) = Gateway::now() else {
            return self.refuse_outright("the host has no clock");
        };
        let exchange = std::mem::take(&mut self.exchange);
        let (exchange, effect) = gateway.step(exchange, now, input);
        self.exchange = exchange;
        match effect {
            Effect::Wait(wait) => {
                gateway.hold(self.context);
                self.note_wait(gateway, wait);
                Action::Pause
            }
            Effect::Ask(question) => {
                gateway.hold(self.context);
                match gateway.ask(self.context, question) {
                    Ok(()) => Action::Pause,
                    Err(error) => self.feed(gateway, Input::Counted(Err(error)), place),
                }
            }
            Effect::Forward(forward) => {
                gateway.release(self.context);
                self.forward(gateway, *forward, place)
            }
            Effect::Refuse(refusal) => {
                gateway.release(self.context);
                self.refuse(gateway, &refusal)
            }
            Effect::Serve(service) => {
                gateway.release(self.context);
                gateway.count(Event::Served(service.served));
                let details = format!("bailiwick_served_{}", service.served.name());
                self.respond(&service.response, &details)
            }
            Effect::Settled => match self.standing {
                Standing::Forwarded(_) => Action::Continue,
                Standing::New | Standing::Held(_) | Standing::Answered | Standing::Withheld => {
                    Action::Pause
                }
            },
        }
    }

    /// Remembers since when the body alone is missing, where it isn't known that the gateway shows it.
    fn note_wait(&mut self, gateway: &Gateway, wait: Wait) {
        match (wait, &mut self.standing) {
            (Wait::Body, Standing::Held(held))
                if held.body_awaited_since.is_none() && !gateway.shows_held_bodies() =>
            {
                held.body_awaited_since = host::now_nanoseconds().ok();
            }
            (Wait::Body | Wait::Documents { .. } | Wait::Counts, _) => {}
        }
    }

    fn forward(&mut self, gateway: &mut Gateway, forward: Forward, place: Place) -> Action {
        record(&forward.evidence);
        // Before the request goes on: afterwards its header fields are out of reach.
        let changed = change_headers(MapKind::Request, &forward.headers);
        let changed = changed.and_then(|()| forward.body_cut.map_or(Ok(()), cut_body));
        let moved = changed.and_then(|()| match place {
            Place::Callback => Ok(()),
            Place::Elsewhere => host::resume_request(),
        });
        match moved {
            Ok(()) => {
                gateway.count(Event::Allowed);
                if let Some(shadow) = &forward.shadow {
                    gateway.count(shadow.into());
                }
                self.standing = Standing::Forwarded(Forwarded {
                    changes: forward.response,
                    reply: forward.reply,
                    reading: forward.reading,
                    body: ReplyBody::Unseen,
                });
                Action::Continue
            }
            Err(status) => self.refuse_outright(&format!(
                "the request of record {} was permitted but can't be forwarded: {status}",
                forward.evidence.id
            )),
        }
    }

    fn refuse(&mut self, gateway: &mut Gateway, refusal: &Refusal) -> Action {
        gateway.count(Event::Denied(refusal.denial.reason()));
        if let Some(shadow) = &refusal.shadow {
            gateway.count(shadow.into());
        }
        record(&refusal.evidence);
        let details = format!("bailiwick_{}", refusal.denial.reason().code());
        self.respond(&refusal.response, &details)
    }

    fn respond(&mut self, response: &Response, details: &str) -> Action {
        self.end();
        let fields = response.headers.iter();
        let headers: Vec<(&str, &[u8])> = fields
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect();
        answer(&LocalResponse {
            status: response.status,
            details,
            headers: &headers,
            body: &response.body,
        })
    }

    /// Refuses without the engine, because the host or this translation is out of order.
    fn refuse_outright(&mut self, why: &str) -> Action {
        host::log(LogLevel::Error, &format!("a request is refused: {why}"));
        self.end();
        refuse_outright()
    }

    /// It is answered here, in place of the upstream where that was asked already.
    fn end(&mut self) {
        self.standing = match self.standing {
            Standing::New | Standing::Held(_) | Standing::Answered => Standing::Answered,
            Standing::Forwarded(_) | Standing::Withheld => Standing::Withheld,
        };
    }
}

impl Held {
    /// Does the gateway hold the body back together with the head? Once one body came while its head was held, no.
    fn is_withheld(&self, gateway: &Gateway) -> bool {
        let Some(since) = self.body_awaited_since else {
            return false;
        };
        let nothing_came = self.has_body && self.body.is_none() && !gateway.shows_held_bodies();
        nothing_came
            && host::now_nanoseconds()
                .is_ok_and(|now| now.saturating_sub(since) >= BODY_PATIENCE_NANOSECONDS)
    }
}

/// Answers the request of the effective context with what is right when nothing else can be said.
pub(crate) fn refuse_outright() -> Action {
    answer(&LocalResponse {
        status: 500,
        details: "bailiwick_out_of_order",
        headers: &[
            ("content-type", b"application/problem+json"),
            ("cache-control", b"no-store"),
        ],
        body: br#"{"type":"about:blank","title":"Internal Server Error","status":500}"#,
    })
}

/// The request stays where it is also where the host doesn't take the answer.
fn answer(response: &LocalResponse<'_>) -> Action {
    if let Err(status) = host::respond(response) {
        host::log(
            LogLevel::Error,
            &format!("a request is held for good, because it can't be answered: {status}"),
        );
    }
    Action::Pause
}

/// Takes bytes out of the body. Hosts agree only on what replacing its beginning means.
fn cut_body(cut: Range<usize>) -> Result<(), HostStatus> {
    let kept = host::buffer(BufferKind::RequestBody, cut.start)?;
    if kept.len() != cut.start {
        return Err(HostStatus::Malformed);
    }
    host::replace_beginning(BufferKind::RequestBody, cut.end, &kept)
}

/// All of the body that the host holds, which must be as much as it said.
fn whole_body(kind: BufferKind, size: usize) -> Result<Vec<u8>, BodyFault> {
    if size == 0 {
        return Ok(Vec::new());
    }
    let body = host::buffer(kind, size)?;
    if body.len() == size {
        Ok(body)
    } else {
        Err(BodyFault::Short {
            got: body.len(),
            said: size,
        })
    }
}

/// Why a body can't be judged.
#[derive(Debug, thiserror::Error)]
enum BodyFault {
    #[error("{0}")]
    Host(#[from] HostStatus),
    #[error("the host says {said} bytes and shows {got}")]
    Short { got: usize, said: usize },
}

fn change_headers(map: MapKind, changes: &HeaderChanges) -> Result<(), HostStatus> {
    for name in &changes.remove {
        host::remove_header(map, name.as_bytes())?;
    }
    for (name, value) in &changes.set {
        host::set_header(map, name, value.as_bytes())?;
    }
    for (name, value) in &changes.add {
        host::add_header(map, name, value.as_bytes())?;
    }
    Ok(())
}

/// Writes a decision's record where the host's log and its access log find it.
fn record(evidence: &Evidence) {
    host::log(LogLevel::Info, &evidence.line);
    // Not every host has such properties; the log has the record in any case.
    let _unset = host::set_property(&[EVIDENCE_PROPERTY], evidence.line.as_bytes());
}
