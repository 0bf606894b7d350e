//! gRPC calls. The harness has no gRPC services, so that starting one fails and no token is ever known.

use crate::abi::Status;
use crate::guest::{Guest, Reply};

#[expect(clippy::too_many_arguments, reason = "the ABI's own list")]
pub(super) fn call(
    guest: &mut Guest<'_>,
    service: u32,
    service_size: u32,
    name: u32,
    name_size: u32,
    method: u32,
    method_size: u32,
    metadata: u32,
    metadata_size: u32,
    message: u32,
    message_size: u32,
    _timeout: u32,
    token_at: u32,
) -> Reply {
    guest.read(message, message_size)?;
    stream(
        guest,
        service,
        service_size,
        name,
        name_size,
        method,
        method_size,
        metadata,
        metadata_size,
        token_at,
    )
}

#[expect(clippy::too_many_arguments, reason = "the ABI's own list")]
pub(super) fn stream(
    guest: &mut Guest<'_>,
    service: u32,
    service_size: u32,
    name: u32,
    name_size: u32,
    method: u32,
    method_size: u32,
    metadata: u32,
    metadata_size: u32,
    _token_at: u32,
) -> Reply {
    guest.read(service, service_size)?;
    guest.read(name, name_size)?;
    guest.read(method, method_size)?;
    guest.read(metadata, metadata_size)?;
    Err(Status::InternalFailure.into())
}

pub(super) fn send(guest: &mut Guest<'_>, token: u32, message: u32, size: u32, _end: u32) -> Reply {
    guest.read(message, size)?;
    end(guest, token)
}

pub(super) fn end(_guest: &mut Guest<'_>, _token: u32) -> Reply {
    Err(Status::NotFound.into())
}
