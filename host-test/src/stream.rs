//! One HTTP exchange as the host keeps it: both directions, what is held back, and how it ended.

use std::collections::BTreeMap;

use crate::headers::HeaderMap;

/// Names a stream inside its VM; the ABI's context id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId(pub(crate) u32);

/// Which way bytes flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Request,
    Response,
}

/// What the host holds back in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Nothing: what comes is passed on.
    #[default]
    Open,
    /// The headers, and whether that stops body callbacks too.
    Headers { everything: bool },
    /// The body, or the trailers after it.
    Body,
}

/// What was passed on in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// The headers, once they were let through.
    pub headers: Option<HeaderMap>,
    /// The body bytes let through so far.
    pub body: Vec<u8>,
    /// The trailers, if there were any and they were let through.
    pub trailers: Option<HeaderMap>,
    /// Whether the end was let through.
    pub ended: bool,
}

/// One direction of a stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Half {
    pub(crate) headers: HeaderMap,
    pub(crate) headers_visible: bool,
    pub(crate) trailers: Option<HeaderMap>,
    pub(crate) trailers_visible: bool,
    /// What the body callback sees: the buffered bytes and the new ones, or the new ones alone.
    pub(crate) body: Vec<u8>,
    pub(crate) buffering: bool,
    pub(crate) hold: Hold,
    /// Bytes that came while everything was stopped, and so were shown to nobody yet.
    pub(crate) waiting: Vec<u8>,
    pub(crate) has_waiting: bool,
    pub(crate) end_seen: bool,
    pub(crate) passed: Passed,
}

impl Half {
    pub(crate) fn pass_headers(&mut self) {
        if self.passed.headers.is_none() {
            self.passed.headers = Some(self.headers.clone());
        }
    }

    pub(crate) fn pass_body(&mut self) {
        self.passed.body.append(&mut self.body);
        self.buffering = false;
        if self.end_seen {
            self.passed.trailers.clone_from(&self.trailers);
            self.passed.ended = true;
        }
    }
}

/// A response that the gateway itself gives, on the module's word or on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalResponse {
    /// HTTP status.
    pub status: u32,
    /// The headers that the module gave, without those that the host adds.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
    /// Response code details, for the access log.
    pub details: String,
    /// gRPC status, -1 for none.
    pub grpc_status: i32,
    /// Who made the response.
    pub author: Author,
}

/// Who made a local response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The module, by `proxy_send_local_response`.
    Module,
    /// The host: the body was over its buffer limit.
    BodyLimit,
    /// The host: the VM has failed.
    FailedVm,
}

/// How a stream stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The request's headers have not been let through, and no response was given.
    Waiting,
    /// The request went, or is going, upstream.
    Forwarded(&'a Passed),
    /// The gateway answered by itself.
    Responded(&'a LocalResponse),
    /// The module closed the stream.
    Reset,
}

#[derive(Clone, Debug)]
pub(crate) enum End {
    Local(LocalResponse),
    Reset,
}

/// An HTTP context: the state of one request and its response.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    pub(crate) request: Half,
    pub(crate) response: Half,
    pub(crate) facts: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) set_by_module: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) end: Option<End>,
}

impl Stream {
    pub(crate) fn half_mut(&mut self, direction: Direction) -> &mut Half {
        match direction {
            Direction::Request => &mut self.request,
            Direction::Response => &mut self.response,
        }
    }

    /// How the stream stands.
    pub fn outcome(&self) -> Outcome<'_> {
        match &self.end {
            Some(End::Local(response)) => Outcome::Responded(response),
            Some(End::Reset) => Outcome::Reset,
            None if self.request.passed.headers.is_some() => {
                Outcome::Forwarded(&self.request.passed)
            }
            None => Outcome::Waiting,
        }
    }

    /// What the upstream has received.
    pub fn upstream(&self) -> &Passed {
        &self.request.passed
    }

    /// What the client has received.
    pub fn downstream(&self) -> &Passed {
        &self.response.passed
    }

    /// A property that the module set, by its path (parts separated by zero bytes).
    pub fn property(&self, path: &[u8]) -> Option<&[u8]> {
        self.set_by_module.get(path).map(Vec::as_slice)
    }

    /// A header of the request under way, for the properties that hosts derive from it.
    pub(crate) fn request_fact(&self, name: &str) -> Option<Vec<u8>> {
        self.request.headers.first(name).map(<[u8]>::to_vec)
    }
}
