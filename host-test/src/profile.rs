//! A host's behaviour as data: what differs between the gateways that run the same module.

/// How one kind of gateway behaves towards a module, and how its operator has set it up.
///
/// A profile is plain data, so that a further host is a further value and not further code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The profile's name in cases and reports.
    pub name: String,
    /// Envoy's `allow_on_headers_stop_iteration`: a Pause in the headers callback lets body callbacks run. Without
    /// it such a Pause stops everything, and the body callback waits for the resume.
    pub allow_on_headers_stop_iteration: bool,
    /// Whether a stream's request headers can still be read and changed after the headers callback returned
    /// Continue, or after a resume. Not in Envoy.
    pub headers_survive_continue: bool,
    /// The most bytes of a body the host buffers before it answers 413 by itself.
    pub body_buffer_limit: usize,
    /// Whether the headers callback says that no body follows.
    pub end_of_stream_in_headers: bool,
    /// Whether the response callbacks also see what `proxy_send_local_response` sent.
    pub local_responses_pass_filters: bool,
    /// Whether a local response takes the place of an upstream's answer that has begun to come. Where not, it is lost, and the answer
    /// goes on coming.
    pub local_responses_replace_answers: bool,
    /// Whether headers given to `proxy_send_local_response` reach the client.
    pub local_response_headers: bool,
    /// Whether the foreign function `verify_signature` is there.
    pub verify_signature: bool,
    /// Whether shared data and queues are there.
    pub shared_data: bool,
    /// Whether ticks are there.
    pub timers: bool,
    /// Whether metrics are there.
    pub metrics: bool,
    /// Whether HTTP callouts are there.
    pub callouts: bool,
    /// Whether gRPC callouts are there, and with them the property `plugin_vm_id`.
    pub grpc: bool,
}

impl Profile {
    /// Envoy 1.40 with `allow_on_headers_stop_iteration: true` and the default buffer limit of 1 MiB.
    pub fn envoy() -> Self {
        Self {
            name: "envoy".to_owned(),
            allow_on_headers_stop_iteration: true,
            headers_survive_continue: false,
            body_buffer_limit: 1 << 20,
            end_of_stream_in_headers: true,
            local_responses_pass_filters: true,
            local_responses_replace_answers: true,
            local_response_headers: true,
            verify_signature: true,
            shared_data: true,
            timers: true,
            metrics: true,
            callouts: true,
            grpc: true,
        }
    }

    /// The profile of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "envoy" => Some(Self::envoy()),
            _ => None,
        }
    }

    /// The names that [`Profile::named`] knows.
    pub const NAMES: &'static [&'static str] = &["envoy"];
}
