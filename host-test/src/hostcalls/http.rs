//! Resuming, closing and answering streams, and calls to other servers.

use crate::abi::Status;
use crate::callout::Callout;
use crate::guest::{Guest, Reply};
use crate::headers::HeaderMap;
use crate::hostcalls::maps::check_field;
use crate::stream::{Author, Direction, LocalResponse};
use crate::vm::After;

/// Resumes when the module has returned; the request's headers are gone at once.
pub(super) fn resume(guest: &mut Guest<'_>, stream: u32) -> Reply {
    let direction = direction(stream)?;
    let survive = guest.state().profile.headers_survive_continue;
    if let Some(stream) = guest.stream_mut() {
        stream.request.headers_visible &= survive;
        let context = guest.state().effective_context();
        let state = guest.state_mut();
        state.after.push_back(After::Resume(context, direction));
    }
    Ok(())
}

pub(super) fn close(guest: &mut Guest<'_>, stream: u32) -> Reply {
    direction(stream)?;
    if guest.stream().is_some() {
        let context = guest.state().effective_context();
        guest.state_mut().after.push_back(After::Reset(context));
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the ABI's own list")]
pub(super) fn respond(
    guest: &mut Guest<'_>,
    status: u32,
    details: u32,
    details_size: u32,
    body: u32,
    body_size: u32,
    headers: u32,
    headers_size: u32,
    grpc_status: i32,
) -> Reply {
    let response = LocalResponse {
        status,
        headers: HeaderMap::from_abi(&guest.read(headers, headers_size)?),
        body: guest.read(body, body_size)?,
        details: guest.read_text(details, details_size)?,
        grpc_status,
        author: Author::Module,
    };
    for (name, value) in response.headers.iter() {
        check_field(guest, name, value)?;
    }
    if guest.stream().is_some() {
        let context = guest.state().effective_context();
        let after = After::Respond(context, response);
        guest.state_mut().after.push_back(after);
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the ABI's own list")]
pub(super) fn call(
    guest: &mut Guest<'_>,
    cluster: u32,
    cluster_size: u32,
    headers: u32,
    headers_size: u32,
    body: u32,
    body_size: u32,
    trailers: u32,
    trailers_size: u32,
    timeout: u32,
    token_at: u32,
) -> Reply {
    if !guest.state().profile.callouts {
        return Err(Status::Unimplemented.into());
    }
    let cluster = guest.read_text(cluster, cluster_size)?;
    let headers = HeaderMap::from_abi(&guest.read(headers, headers_size)?);
    let body = guest.read(body, body_size)?;
    let trailers = HeaderMap::from_abi(&guest.read(trailers, trailers_size)?);
    guest.write_u32(token_at, 0)?;
    let known = guest.state().plugin.clusters.contains(&cluster);
    let complete = [":method", ":path", ":authority"]
        .into_iter()
        .all(|name| headers.first(name).is_some());
    // The ABI's number is unsigned; Envoy takes it for a signed one.
    if !known || !complete || i32::try_from(timeout).is_err() {
        return Err(Status::BadArgument.into());
    }
    let state = guest.state_mut();
    state.last_callout = state.last_callout.wrapping_add(1).max(1);
    let token = state.last_callout;
    state.callouts.push(Callout {
        token,
        cluster,
        headers,
        body,
        trailers,
        timeout_ms: timeout,
    });
    guest.write_u32(token_at, token)
}

fn direction(stream: u32) -> Result<Direction, Status> {
    match stream {
        0 => Ok(Direction::Request),
        1 => Ok(Direction::Response),
        _ => Err(Status::BadArgument),
    }
}
