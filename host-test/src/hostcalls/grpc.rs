//! gRPC calls of one message. The harness has no streams of them, so that starting one fails and no token of one is known.

use prost::Message as _;

use crate::abi::Status;
use crate::callout::GrpcCall;
use crate::guest::{Guest, Reply, Slice};

/// `envoy.config.core.v3.GrpcService`, as far as modules need it.
#[derive(Clone, PartialEq, prost::Message)]
struct GrpcService {
    #[prost(message, optional, tag = "1")]
    envoy_grpc: Option<EnvoyGrpc>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct EnvoyGrpc {
    #[prost(string, tag = "1")]
    cluster_name: String,
    #[prost(message, optional, tag = "4")]
    max_receive_message_length: Option<UInt32Value>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct UInt32Value {
    #[prost(uint32, tag = "1")]
    value: u32,
}

/// Starts a call: the service, the names of the service and the method, metadata and the message.
pub(super) fn call(
    guest: &mut Guest<'_>,
    arguments: [Slice; 5],
    timeout_ms: u32,
    token_at: u32,
) -> Reply {
    let [upstream, service, method, metadata, message] = arguments;
    let upstream = guest.read(upstream.0, upstream.1)?;
    let service = guest.read_text(service.0, service.1)?;
    let method = guest.read_text(method.0, method.1)?;
    guest.read(metadata.0, metadata.1)?;
    let message = guest.read(message.0, message.1)?;
    if !guest.state().profile.grpc {
        return Err(Status::Unimplemented.into());
    }
    let upstream = GrpcService::decode(upstream.as_slice()).map_err(|_| Status::ParseFailure)?;
    let upstream = upstream.envoy_grpc.ok_or(Status::ParseFailure)?;
    let cluster = upstream.cluster_name;
    if !guest.state().plugin.clusters.contains(&cluster) {
        return Err(Status::BadArgument.into());
    }
    let state = guest.state_mut();
    state.last_callout = state.last_callout.wrapping_add(1).max(1);
    let token = state.last_callout;
    state.grpc_calls.push(GrpcCall {
        token,
        cluster,
        path: format!("/{service}/{method}"),
        message,
        max_answer: upstream.max_receive_message_length.map(|most| most.value),
        timeout_ms,
    });
    guest.write_u32(token_at, token)
}

/// What a stream is started with must be in the module's memory.
pub(super) fn start(guest: &mut Guest<'_>, arguments: &[Slice]) -> Reply {
    for Slice(at, size) in arguments {
        guest.read(*at, *size)?;
    }
    Err(Status::InternalFailure.into())
}

pub(super) fn send(guest: &mut Guest<'_>, token: u32, message: u32, size: u32, _end: u32) -> Reply {
    guest.read(message, size)?;
    end(guest, token)
}

pub(super) fn end(_guest: &mut Guest<'_>, _token: u32) -> Reply {
    Err(Status::NotFound.into())
}
