//! How headers and bodies pass through a VM, with the ways in which a gateway holds them back.

use crate::abi::Action;
use crate::headers::HeaderMap;
use crate::stream::{Author, Direction, End, Half, Hold, LocalResponse, Stream, StreamId};
use crate::vm::{After, ROOT, Vm};

impl Vm {
    /// Opens a stream. `facts` are the properties that the host knows of it, by path (parts separated by zero bytes).
    pub fn open(&mut self, facts: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> StreamId {
        let id = self.next_context;
        self.next_context = id.saturating_add(1);
        let stream = Stream {
            facts: facts.into_iter().collect(),
            ..Stream::default()
        };
        self.state_mut().streams.insert(id, stream);
        self.call::<(u32, u32), ()>("proxy_on_context_create", id, (id, ROOT));
        StreamId(id)
    }

    /// The request's headers have come; `end` says that nothing follows.
    pub fn request_headers(&mut self, id: StreamId, headers: HeaderMap, end: bool) {
        self.headers(id.0, Direction::Request, headers, end);
    }

    /// A piece of the request's body has come.
    pub fn request_body(&mut self, id: StreamId, bytes: &[u8], end: bool) {
        self.body(id.0, Direction::Request, bytes, end);
    }

    /// The request's trailers have come, which end it.
    pub fn request_trailers(&mut self, id: StreamId, trailers: HeaderMap) {
        self.trailers(id.0, Direction::Request, trailers);
    }

    /// The upstream's response headers have come.
    pub fn response_headers(&mut self, id: StreamId, headers: HeaderMap, end: bool) {
        self.headers(id.0, Direction::Response, headers, end);
    }

    /// A piece of the upstream's response body has come.
    pub fn response_body(&mut self, id: StreamId, bytes: &[u8], end: bool) {
        self.body(id.0, Direction::Response, bytes, end);
    }

    /// The upstream's trailers have come, which end its response.
    pub fn response_trailers(&mut self, id: StreamId, trailers: HeaderMap) {
        self.trailers(id.0, Direction::Response, trailers);
    }

    /// Ends a stream: the module may log it, and its context goes away. Returns its last state.
    pub fn close(&mut self, id: StreamId) -> Option<Stream> {
        self.state().streams.get(&id.0)?;
        self.call::<u32, u32>("proxy_on_done", id.0, id.0);
        self.call::<u32, ()>("proxy_on_log", id.0, id.0);
        self.call::<u32, ()>("proxy_on_delete", id.0, id.0);
        self.state_mut().streams.remove(&id.0)
    }

    fn headers(&mut self, id: u32, direction: Direction, headers: HeaderMap, end: bool) {
        let says_end = end && self.state().profile.end_of_stream_in_headers;
        let count = u32::try_from(headers.len()).unwrap_or(u32::MAX);
        let Some(half) = self.half_mut(id, direction) else {
            return;
        };
        half.headers = headers;
        half.headers_visible = true;
        half.end_seen = end;
        let name = match direction {
            Direction::Request => "proxy_on_request_headers",
            Direction::Response => "proxy_on_response_headers",
        };
        let action = self.call_stream(name, id, (id, count, u32::from(says_end)));
        if self.settle(id, direction) {
            return;
        }
        let survive = self.state().profile.headers_survive_continue;
        let everything = !self.state().profile.allow_on_headers_stop_iteration;
        let Some(half) = self.half_mut(id, direction) else {
            return;
        };
        match action {
            Action::Continue => {
                half.headers_visible = survive;
                half.pass_headers();
                half.passed.ended |= end;
            }
            Action::Pause => half.hold = Hold::Headers { everything },
        }
    }

    fn body(&mut self, id: u32, direction: Direction, bytes: &[u8], end: bool) {
        let limit = self.state().profile.body_buffer_limit;
        let Some(half) = self.half_mut(id, direction) else {
            return;
        };
        half.end_seen |= end;
        if half.hold == (Hold::Headers { everything: true }) {
            half.waiting.extend_from_slice(bytes);
            half.has_waiting = true;
            return;
        }
        if !half.buffering {
            half.body.clear();
        }
        half.body.extend_from_slice(bytes);
        let size = half.body.len();
        if half.buffering && size > limit {
            return self.over_limit(id, direction);
        }
        let name = match direction {
            Direction::Request => "proxy_on_request_body",
            Direction::Response => "proxy_on_response_body",
        };
        let shown = u32::try_from(size).unwrap_or(u32::MAX);
        let action = self.call_stream(name, id, (id, shown, u32::from(end)));
        if self.settle(id, direction) {
            return;
        }
        let Some(half) = self.half_mut(id, direction) else {
            return;
        };
        match action {
            // Envoy resumes the headers too when a later callback of the same direction continues.
            Action::Continue => {
                half.hold = Hold::Open;
                half.pass_headers();
                half.pass_body();
            }
            Action::Pause => {
                half.buffering = true;
                if half.hold == Hold::Open {
                    half.hold = Hold::Body;
                }
                if half.body.len() > limit {
                    self.over_limit(id, direction);
                }
            }
        }
    }

    fn trailers(&mut self, id: u32, direction: Direction, trailers: HeaderMap) {
        let count = u32::try_from(trailers.len()).unwrap_or(u32::MAX);
        let Some(half) = self.half_mut(id, direction) else {
            return;
        };
        half.trailers = Some(trailers);
        half.end_seen = true;
        if half.hold == (Hold::Headers { everything: true }) {
            return;
        }
        half.trailers_visible = true;
        let name = match direction {
            Direction::Request => "proxy_on_request_trailers",
            Direction::Response => "proxy_on_response_trailers",
        };
        let action = self.call_stream(name, id, (id, count));
        if self.settle(id, direction) {
            return;
        }
        let Some(half) = self.half_mut(id, direction) else {
            return;
        };
        half.trailers_visible = action == Action::Pause;
        match action {
            Action::Continue => {
                half.hold = Hold::Open;
                half.pass_headers();
                half.pass_body();
            }
            Action::Pause if half.hold == Hold::Open => half.hold = Hold::Body,
            Action::Pause => {}
        }
    }

    /// Does what the module asked for while it was running, in the order in which it asked.
    pub(crate) fn run_after(&mut self) {
        while let Some(after) = self.state_mut().after.pop_front() {
            match after {
                After::Resume(id, direction) => self.resume(id, direction),
                After::Respond(id, response) => self.respond(id, response),
                After::Reset(id) => {
                    if let Some(stream) = self.state_mut().streams.get_mut(&id) {
                        stream.end.get_or_insert(End::Reset);
                    }
                }
            }
        }
        if self.failure.is_some() {
            let ids: Vec<u32> = self.state().streams.keys().copied().collect();
            for id in ids {
                self.respond_failed(id);
            }
        }
    }

    /// Runs what was put off, and tells whether that, or a failure, has ended the direction.
    fn settle(&mut self, id: u32, direction: Direction) -> bool {
        self.run_after();
        self.half_mut(id, direction).is_none()
    }

    fn resume(&mut self, id: u32, direction: Direction) {
        let Some(half) = self.half_mut(id, direction) else {
            return;
        };
        let hold = std::mem::take(&mut half.hold);
        match hold {
            Hold::Open => {}
            Hold::Headers { everything: true } => {
                half.pass_headers();
                let bytes = std::mem::take(&mut half.waiting);
                let end = half.end_seen;
                let trailers = half.trailers.take();
                half.passed.ended = end && !half.has_waiting && trailers.is_none();
                if std::mem::take(&mut half.has_waiting) {
                    self.body(id, direction, &bytes, end && trailers.is_none());
                }
                if let Some(trailers) = trailers {
                    self.trailers(id, direction, trailers);
                }
            }
            Hold::Headers { everything: false } | Hold::Body => {
                half.pass_headers();
                half.pass_body();
            }
        }
    }

    /// Answers a stream locally; only the first answer counts. What the response callbacks make of it goes downstream.
    fn respond(&mut self, id: u32, mut response: LocalResponse) {
        let passes = self.state().profile.local_responses_pass_filters
            && response.author != Author::FailedVm;
        let replaces = self.state().profile.local_responses_replace_answers;
        if !self.state().profile.local_response_headers {
            response.headers = HeaderMap::new();
        }
        let Some(stream) = self.state_mut().streams.get_mut(&id) else {
            return;
        };
        if stream.end.is_some() {
            return;
        }
        let headers = sent_headers(&response);
        let body = response.body.clone();
        if stream.response.passed.headers.is_some() {
            // The client has its status already.
            stream.end = Some(End::Reset);
            return;
        }
        // Once the upstream's response has begun, no filter sees that of the gateway, as in Envoy.
        let has_begun = !stream.response.headers.is_empty();
        if has_begun && !replaces {
            return;
        }
        stream.end = Some(End::Local(response));
        stream.request.headers_visible = false;
        if passes && !has_begun {
            self.headers(id, Direction::Response, headers, body.is_empty());
            if !body.is_empty() {
                self.body(id, Direction::Response, &body, true);
            }
        } else {
            stream.response.passed.headers = Some(headers);
            stream.response.passed.body = body;
            stream.response.passed.ended = true;
        }
    }

    fn over_limit(&mut self, id: u32, direction: Direction) {
        let (status, body, details) = match direction {
            Direction::Request => (413, "Payload Too Large", "request_payload_too_large"),
            Direction::Response => (500, "Internal Server Error", "response_payload_too_large"),
        };
        self.respond(
            id,
            LocalResponse {
                status,
                headers: HeaderMap::new(),
                body: body.as_bytes().to_vec(),
                details: details.to_owned(),
                grpc_status: -1,
                author: Author::BodyLimit,
            },
        );
    }

    /// A failed VM fails closed: streams that have no answer yet get 503.
    fn respond_failed(&mut self, id: u32) {
        self.respond(
            id,
            LocalResponse {
                status: 503,
                headers: HeaderMap::new(),
                body: Vec::new(),
                details: "wasm_fail_stream".to_owned(),
                grpc_status: -1,
                author: Author::FailedVm,
            },
        );
    }

    /// One direction of a stream that can still move: an ended request moves no more, while the response to it may.
    fn half_mut(&mut self, id: u32, direction: Direction) -> Option<&mut Half> {
        let stream = self.state_mut().streams.get_mut(&id)?;
        let moves = match (direction, &stream.end) {
            (_, None) => true,
            (Direction::Response, Some(End::Local(_))) => !stream.response.passed.ended,
            (Direction::Request, Some(End::Local(_))) | (_, Some(End::Reset)) => false,
        };
        moves.then(|| stream.half_mut(direction))
    }
}

/// The headers of a local response as the client gets them: Envoy adds the length, and a type where none is given.
fn sent_headers(response: &LocalResponse) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.add(":status", response.status.to_string());
    for (name, value) in response.headers.iter() {
        headers.add(name, value);
    }
    if !response.body.is_empty() {
        headers.set("content-length", response.body.len().to_string());
        if headers.first("content-type").is_none() {
            headers.add("content-type", "text/plain");
        }
    }
    headers
}
