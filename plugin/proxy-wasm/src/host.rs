//! What the gateway offers, as safe functions: bytes in, bytes out, and a typed status for everything that can fail.
//!
//! The `proxy-wasm` SDK is deliberately not used. Its wrappers panic on header fields that aren't UTF-8 and on status
//! codes that they don't know, and its dispatcher panics on a context or call that it doesn't know (every answer to a
//! callout that was not sent through its own wrapper is one) and on re-entrance. A panic in here is an outage of the
//! gateway, and the bytes belong to whoever sends them. [`abi`] declares the same interface, version 0.2.1, itself.

mod abi;
pub(crate) mod pairs;

use std::time::Duration;

use bailiwick_engine::request::Headers;

use crate::protobuf;

/// Why a host call did nothing; `proxy_status_t` of the ABI without its success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HostStatus {
    /// There is nothing under that name.
    #[error("not found")]
    NotFound,
    /// An argument isn't valid, or what it names isn't available in this callback.
    #[error("bad argument")]
    BadArgument,
    /// The host could not serialize its answer.
    #[error("serialization failure")]
    SerializationFailure,
    /// The host could not parse what it was given.
    #[error("parse failure")]
    ParseFailure,
    /// An expression isn't valid.
    #[error("bad expression")]
    BadExpression,
    /// The host could not read or write the module's memory.
    #[error("invalid memory access")]
    InvalidMemoryAccess,
    /// There is nothing there yet.
    #[error("empty")]
    Empty,
    /// Somebody else wrote first.
    #[error("compare-and-swap mismatch")]
    CasMismatch,
    /// The answer has another type.
    #[error("result mismatch")]
    ResultMismatch,
    /// The host failed.
    #[error("internal failure")]
    InternalFailure,
    /// A connection broke.
    #[error("broken connection")]
    BrokenConnection,
    /// The host doesn't have this call.
    #[error("unimplemented")]
    Unimplemented,
    /// The host wrote bytes that aren't in the ABI's format.
    #[error("malformed answer")]
    Malformed,
    /// A code that the ABI doesn't define.
    #[error("unknown status {0}")]
    Other(u32),
}

impl HostStatus {
    /// Reads a status code: nothing in the way, or what went wrong.
    ///
    /// # Errors
    ///
    /// Every code but 0.
    pub(crate) const fn check(code: u32) -> Result<(), Self> {
        Err(match code {
            0 => return Ok(()),
            1 => Self::NotFound,
            2 => Self::BadArgument,
            3 => Self::SerializationFailure,
            4 => Self::ParseFailure,
            5 => Self::BadExpression,
            6 => Self::InvalidMemoryAccess,
            7 => Self::Empty,
            8 => Self::CasMismatch,
            9 => Self::ResultMismatch,
            10 => Self::InternalFailure,
            11 => Self::BrokenConnection,
            12 => Self::Unimplemented,
            other => Self::Other(other),
        })
    }
}

/// How loud a line in the host's log is; `proxy_log_level_t`. Envoy aborts on a number outside this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum LogLevel {
    /// The ordinary course of things.
    Info = 2,
    /// Something to look at; the request is still decided.
    Warn = 3,
    /// Something is broken; requests are refused.
    Error = 4,
}

/// A map of header fields; `proxy_header_map_type_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum MapKind {
    /// The request's fields, up to the moment it goes on.
    Request = 0,
    /// The response's fields, while its head is shown.
    Response = 2,
    /// The fields of the answer to a callout; none at all when the call failed.
    CalloutResponse = 6,
}

/// A buffer that belongs to the host; `proxy_buffer_type_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum BufferKind {
    /// What has arrived of the request's body and was not let through.
    RequestBody = 0,
    /// The same of the response's body.
    ResponseBody = 1,
    /// The body of the answer to a callout.
    CalloutResponseBody = 4,
    /// The message that answers a gRPC call.
    GrpcMessage = 5,
    /// The plugin's configuration.
    PluginConfiguration = 7,
}

/// What a callback tells the host to do with the request; `proxy_action_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an action that the host isn't told is an open door"]
#[repr(u32)]
pub(crate) enum Action {
    /// Let it go on.
    Continue = 0,
    /// Keep it here.
    Pause = 1,
}

/// An answer that the gateway gives itself.
#[derive(Debug)]
pub(crate) struct LocalResponse<'a> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// What the access log shows as `RESPONSE_CODE_DETAILS`; no white space.
    pub(crate) details: &'a str,
    /// Header fields.
    pub(crate) headers: &'a [(&'a str, &'a [u8])],
    /// The body.
    pub(crate) body: &'a [u8],
}

/// A request that the gateway sends for us.
#[derive(Debug)]
pub(crate) struct Callout<'a> {
    /// What the host calls the upstream.
    pub(crate) upstream: &'a str,
    /// Header fields, `:method`, `:path` and `:authority` among them.
    pub(crate) headers: &'a [(&'a str, &'a [u8])],
    /// How long the whole call may take.
    pub(crate) timeout: Duration,
}

/// A gRPC call that the gateway makes for us.
#[derive(Debug)]
pub(crate) struct GrpcCallout<'a> {
    /// What the host calls the upstream.
    pub(crate) upstream: &'a str,
    /// The service, with its package.
    pub(crate) service: &'a str,
    /// The method, which takes one message and answers with one.
    pub(crate) method: &'a str,
    /// The message.
    pub(crate) message: &'a [u8],
    /// The longest answer that is taken, in bytes.
    pub(crate) max_answer: usize,
    /// How long the whole call may take.
    pub(crate) timeout: Duration,
}

/// Names one callout among those of this VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CalloutId(pub(crate) u32);

/// Names one counter of this VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CounterId(pub(crate) u32);

/// Names one root or HTTP context of this VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ContextId(pub(crate) u32);

/// Writes a line to the host's log. There is nobody to tell if that fails.
pub(crate) fn log(level: LogLevel, line: &str) {
    let _unloggable = abi::log(level, line.as_bytes());
}

/// Nanoseconds since 1970-01-01T00:00:00Z.
///
/// # Errors
///
/// The host has no clock.
pub(crate) fn now_nanoseconds() -> Result<u64, HostStatus> {
    abi::current_time_nanoseconds()
}

/// Asks for a tick every `period` (whole milliseconds); zero asks for none.
///
/// # Errors
///
/// The host has no timers.
pub(crate) fn set_tick_period(period: Duration) -> Result<(), HostStatus> {
    abi::set_tick_period(u32::try_from(period.as_millis()).unwrap_or(u32::MAX))
}

/// Up to `max` bytes of a buffer from its start.
///
/// # Errors
///
/// The buffer isn't available in this callback; an available but empty one is no error.
pub(crate) fn buffer(kind: BufferKind, max: usize) -> Result<Vec<u8>, HostStatus> {
    match abi::buffer(kind, max) {
        Err(HostStatus::Empty | HostStatus::NotFound) => Ok(Vec::new()),
        other => other,
    }
}

/// All header fields in order, repeated ones repeated, as the bytes they are.
///
/// # Errors
///
/// The map isn't available, or the host's bytes aren't a map ([`HostStatus::Malformed`]).
pub(crate) fn headers(kind: MapKind) -> Result<Headers, HostStatus> {
    let bytes = abi::header_pairs(kind)?;
    pairs::parse(bytes).map_err(|_| HostStatus::Malformed)
}

/// Gives the field `name` this one value, whatever stood there.
///
/// # Errors
///
/// The message has gone on already.
pub(crate) fn set_header(map: MapKind, name: &str, value: &[u8]) -> Result<(), HostStatus> {
    abi::replace_header(map, name.as_bytes(), value)
}

/// Adds a value to those of the field `name`.
///
/// # Errors
///
/// The message has gone on already.
pub(crate) fn add_header(map: MapKind, name: &str, value: &[u8]) -> Result<(), HostStatus> {
    abi::add_header(map, name.as_bytes(), value)
}

/// Takes every value of the field `name` away. The name may be any bytes that somebody sent.
///
/// # Errors
///
/// The message has gone on already.
pub(crate) fn remove_header(map: MapKind, name: &[u8]) -> Result<(), HostStatus> {
    abi::remove_header(map, name)
}

/// Puts `bytes` in the place of a buffer's first `length` ones.
///
/// # Errors
///
/// There is no such buffer, or it has gone on already.
pub(crate) fn replace_beginning(
    kind: BufferKind,
    length: usize,
    bytes: &[u8],
) -> Result<(), HostStatus> {
    abi::set_buffer(kind, length, bytes)
}

/// A property of the request or its connection, as the bytes that the host has for it.
///
/// # Errors
///
/// There is no such property, or it has no value here.
pub(crate) fn property(path: &[&str]) -> Result<Vec<u8>, HostStatus> {
    abi::property(path.join("\0").as_bytes())
}

/// Sets a property of the request, which other filters and the access log can read.
///
/// # Errors
///
/// The host has no place for it.
pub(crate) fn set_property(path: &[&str], value: &[u8]) -> Result<(), HostStatus> {
    abi::set_property(path.join("\0").as_bytes(), value)
}

/// A value that all VMs of this process with our `vm_id` share, and its compare-and-swap number.
///
/// # Errors
///
/// [`HostStatus::NotFound`] where nobody wrote one; anything else where the host shares nothing.
pub(crate) fn shared_data(key: &str) -> Result<(Vec<u8>, u32), HostStatus> {
    abi::shared_data(key.as_bytes())
}

/// Writes a shared value if its number is still `cas`; 0 writes in any case.
///
/// # Errors
///
/// [`HostStatus::CasMismatch`] where somebody wrote first.
pub(crate) fn set_shared_data(key: &str, value: &[u8], cas: u32) -> Result<(), HostStatus> {
    abi::set_shared_data(key.as_bytes(), value, cas)
}

/// Lets the paused request of the effective context go on. Its header map is gone afterwards.
///
/// # Errors
///
/// There is no request to go on.
pub(crate) fn resume_request() -> Result<(), HostStatus> {
    abi::continue_request()
}

/// Answers the request of the effective context; it goes no further.
///
/// # Errors
///
/// The host did not take the answer, and the request is still where it was.
pub(crate) fn respond(response: &LocalResponse<'_>) -> Result<(), HostStatus> {
    abi::send_local_response(
        u32::from(response.status),
        response.details.as_bytes(),
        response.body,
        &pairs::serialize(response.headers),
    )
}

/// Sends a GET or the like; the answer comes in a callback of its own, also where there was none.
///
/// # Errors
///
/// The upstream isn't known, or nothing could be sent.
pub(crate) fn call(callout: &Callout<'_>) -> Result<CalloutId, HostStatus> {
    let timeout = u32::try_from(callout.timeout.as_millis()).unwrap_or(u32::MAX);
    abi::http_call(
        callout.upstream.as_bytes(),
        &pairs::serialize(callout.headers),
        &pairs::serialize(&[]),
        timeout,
    )
    .map(CalloutId)
}

/// Sends a gRPC call; the answer comes in a callback of its own, also where there was none.
///
/// # Errors
///
/// Nothing could be sent.
pub(crate) fn grpc_call(callout: &GrpcCallout<'_>) -> Result<CalloutId, HostStatus> {
    // `GrpcService { EnvoyGrpc { cluster_name = 1; UInt32Value max_receive_message_length = 4; } envoy_grpc = 1; }`. A cluster's
    // bare name would do as well, unless it can be read as such a message.
    let mut max_answer = Vec::new();
    protobuf::push_number(&mut max_answer, 1, callout.max_answer);
    let mut cluster = Vec::new();
    protobuf::push_bytes(&mut cluster, 1, callout.upstream.as_bytes());
    protobuf::push_bytes(&mut cluster, 4, &max_answer);
    let mut upstream = Vec::new();
    protobuf::push_bytes(&mut upstream, 1, &cluster);
    abi::grpc_call(
        &upstream,
        [callout.service, callout.method],
        &pairs::serialize(&[]),
        callout.message,
        u32::try_from(callout.timeout.as_millis()).unwrap_or(u32::MAX),
    )
    .map(CalloutId)
}

/// Can the host make gRPC calls? Asked without making one: ngx_wasm_module ends a module that tries. Envoy, and what is made of it,
/// says what the VM is called, and that one doesn't.
pub(crate) fn makes_grpc_calls() -> bool {
    property(&["plugin_vm_id"]).is_ok()
}

/// Makes the calls that follow, in this callback, act on another context.
///
/// # Errors
///
/// The host knows no such context (any more).
pub(crate) fn act_on(context: ContextId) -> Result<(), HostStatus> {
    abi::set_effective_context(context.0)
}

/// Calls a function that the host offers beside the ABI.
///
/// # Errors
///
/// There is no such function, or it failed.
pub(crate) fn foreign(name: &str, argument: &[u8]) -> Result<Vec<u8>, HostStatus> {
    abi::call_foreign_function(name.as_bytes(), argument)
}

/// Declares a counter, or finds the one that has this name.
///
/// # Errors
///
/// The host has no metrics.
pub(crate) fn define_counter(name: &str) -> Result<CounterId, HostStatus> {
    abi::define_counter(name.as_bytes()).map(CounterId)
}

/// Adds to a counter; hosts refuse to add zero.
///
/// # Errors
///
/// The host doesn't know the counter.
pub(crate) fn count(counter: CounterId, times: u64) -> Result<(), HostStatus> {
    abi::increment_metric(counter.0, i64::try_from(times).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_code_has_a_meaning() {
        let rows = [
            (0, Ok(())),
            (1, Err(HostStatus::NotFound)),
            (5, Err(HostStatus::BadExpression)),
            (8, Err(HostStatus::CasMismatch)),
            (12, Err(HostStatus::Unimplemented)),
            (13, Err(HostStatus::Other(13))),
            (u32::MAX, Err(HostStatus::Other(u32::MAX))),
        ];
        for (code, expected) in rows {
            assert_eq!(HostStatus::check(code), expected, "status {code}");
        }
    }

    #[test]
    fn without_a_host_every_call_says_so() {
        assert_eq!(now_nanoseconds(), Err(HostStatus::Unimplemented));
        assert_eq!(shared_data("key"), Err(HostStatus::Unimplemented));
        assert_eq!(
            headers(MapKind::Request).err(),
            Some(HostStatus::Unimplemented)
        );
    }
}
