//! Header maps and byte buffers.

use crate::abi::{BufferKind, MapKind, Status};
use crate::callout::CalloutAnswer;
use crate::guest::{Fault, Guest, Reply, Slice, to_usize};
use crate::headers::HeaderMap;
use crate::vm::VmState;

/// Pairs of a map that is not there are an empty list and no error, as in Envoy.
pub(super) fn pairs(guest: &mut Guest<'_>, map: u32, at: u32, size_at: u32) -> Reply {
    let kind = MapKind::from_abi(map).ok_or(Status::BadArgument)?;
    let bytes = readable(guest, kind)
        .map(HeaderMap::to_abi)
        .unwrap_or_default();
    guest.give(&bytes, at, size_at)
}

pub(super) fn set_pairs(guest: &mut Guest<'_>, map: u32, pairs: u32, size: u32) -> Reply {
    let kind = MapKind::from_abi(map).ok_or(Status::BadArgument)?;
    let new = HeaderMap::from_abi(&guest.read(pairs, size)?);
    for (name, value) in new.iter() {
        check_field(guest, name, value)?;
    }
    *writable(guest, kind)? = new;
    Ok(())
}

/// Gives the first value only, whatever the map holds: Envoy's way.
pub(super) fn value(
    guest: &mut Guest<'_>,
    map: u32,
    name: u32,
    name_size: u32,
    value_at: u32,
    size_at: u32,
) -> Reply {
    let kind = MapKind::from_abi(map).ok_or(Status::BadArgument)?;
    let name = guest.read(name, name_size)?;
    let map = readable(guest, kind).ok_or(Status::BadArgument)?;
    let value = map.first(name).ok_or(Status::NotFound)?.to_vec();
    guest.give(&value, value_at, size_at)
}

pub(super) fn add(guest: &mut Guest<'_>, map: u32, name: Slice, value: Slice) -> Reply {
    write(guest, map, name, value, HeaderMap::add)
}

pub(super) fn replace(guest: &mut Guest<'_>, map: u32, name: Slice, value: Slice) -> Reply {
    write(guest, map, name, value, HeaderMap::set)
}

/// Reads a field out of the module's memory and puts it into a map.
fn write(
    guest: &mut Guest<'_>,
    map: u32,
    name: Slice,
    value: Slice,
    put: impl FnOnce(&mut HeaderMap, Vec<u8>, Vec<u8>),
) -> Reply {
    let kind = MapKind::from_abi(map).ok_or(Status::BadArgument)?;
    let (name, value) = (guest.read(name.0, name.1)?, guest.read(value.0, value.1)?);
    check_field(guest, &name, &value)?;
    put(writable(guest, kind)?, name, value);
    Ok(())
}

pub(super) fn remove(guest: &mut Guest<'_>, map: u32, name: u32, name_size: u32) -> Reply {
    let kind = MapKind::from_abi(map).ok_or(Status::BadArgument)?;
    let name = guest.read(name, name_size)?;
    writable(guest, kind)?.remove(name);
    Ok(())
}

pub(super) fn size(guest: &mut Guest<'_>, map: u32, size_at: u32) -> Reply {
    let kind = MapKind::from_abi(map).ok_or(Status::BadArgument)?;
    let size = readable(guest, kind)
        .ok_or(Status::BadArgument)?
        .byte_size();
    guest.write_u32(size_at, u32::try_from(size).unwrap_or(u32::MAX))
}

/// Copies a range of a buffer. A range that reaches beyond the end is cut; an empty one writes nothing at all, so that
/// the module's variables keep what they held.
pub(super) fn buffer(
    guest: &mut Guest<'_>,
    buffer: u32,
    start: u32,
    length: u32,
    at: u32,
    size_at: u32,
) -> Reply {
    let kind = BufferKind::from_abi(buffer).ok_or(Status::BadArgument)?;
    let bytes = bytes(guest, kind).ok_or(Status::NotFound)?;
    let end = start.checked_add(length).ok_or(Status::BadArgument)?;
    let rest = bytes.get(to_usize(start)..).ok_or(Status::BadArgument)?;
    let wanted = to_usize(end.saturating_sub(start)).min(rest.len());
    let part = rest.get(..wanted).unwrap_or_default().to_vec();
    if part.is_empty() {
        return Ok(());
    }
    guest.give(&part, at, size_at)
}

pub(super) fn buffer_status(
    guest: &mut Guest<'_>,
    buffer: u32,
    size_at: u32,
    flags_at: u32,
) -> Reply {
    let kind = BufferKind::from_abi(buffer).ok_or(Status::BadArgument)?;
    let size = bytes(guest, kind).ok_or(Status::NotFound)?.len();
    guest.write_u32(size_at, u32::try_from(size).unwrap_or(u32::MAX))?;
    guest.write_u32(flags_at, 0)
}

/// Replaces a range of a body, or puts bytes before or after it, as `start` and `length` say.
pub(super) fn set_buffer(
    guest: &mut Guest<'_>,
    buffer: u32,
    start: u32,
    length: u32,
    data: u32,
    size: u32,
) -> Reply {
    let kind = BufferKind::from_abi(buffer).ok_or(Status::BadArgument)?;
    let data = guest.read(data, size)?;
    let stream = guest.stream_mut().ok_or(Status::NotFound)?;
    let body = match kind {
        BufferKind::RequestBody => &mut stream.request.body,
        BufferKind::ResponseBody => &mut stream.response.body,
        BufferKind::DownstreamData
        | BufferKind::UpstreamData
        | BufferKind::CalloutBody
        | BufferKind::GrpcMessage
        | BufferKind::VmConfiguration
        | BufferKind::PluginConfiguration
        | BufferKind::CallData => return Err(Status::BadArgument.into()),
    };
    let start = to_usize(start).min(body.len());
    let end = start.saturating_add(to_usize(length)).min(body.len());
    body.splice(start..end, data);
    Ok(())
}

fn readable<'a>(guest: &'a Guest<'_>, kind: MapKind) -> Option<&'a HeaderMap> {
    let stream = guest.stream();
    match kind {
        MapKind::RequestHeaders => {
            stream.and_then(|s| s.request.headers_visible.then_some(&s.request.headers))
        }
        MapKind::ResponseHeaders => {
            stream.and_then(|s| s.response.headers_visible.then_some(&s.response.headers))
        }
        MapKind::RequestTrailers => stream.and_then(|s| {
            s.request
                .trailers
                .as_ref()
                .filter(|_| s.request.trailers_visible)
        }),
        MapKind::ResponseTrailers => stream.and_then(|s| {
            s.response
                .trailers
                .as_ref()
                .filter(|_| s.response.trailers_visible)
        }),
        MapKind::CalloutHeaders => answer(guest.state()).map(|(headers, _, _)| headers),
        MapKind::CalloutTrailers => answer(guest.state()).map(|(_, _, trailers)| trailers),
        MapKind::GrpcInitialMetadata | MapKind::GrpcTrailingMetadata => None,
    }
}

fn writable<'a>(guest: &'a mut Guest<'_>, kind: MapKind) -> Result<&'a mut HeaderMap, Fault> {
    let stream = guest.stream_mut().ok_or(Status::BadArgument)?;
    let map = match kind {
        MapKind::RequestHeaders if stream.request.headers_visible => {
            Some(&mut stream.request.headers)
        }
        MapKind::ResponseHeaders if stream.response.headers_visible => {
            Some(&mut stream.response.headers)
        }
        MapKind::RequestTrailers if stream.request.trailers_visible => {
            stream.request.trailers.as_mut()
        }
        MapKind::ResponseTrailers if stream.response.trailers_visible => {
            stream.response.trailers.as_mut()
        }
        MapKind::RequestHeaders
        | MapKind::ResponseHeaders
        | MapKind::RequestTrailers
        | MapKind::ResponseTrailers
        | MapKind::GrpcInitialMetadata
        | MapKind::GrpcTrailingMetadata
        | MapKind::CalloutHeaders
        | MapKind::CalloutTrailers => None,
    };
    map.ok_or(Fault::Status(Status::BadArgument))
}

fn bytes<'a>(guest: &'a Guest<'_>, kind: BufferKind) -> Option<&'a [u8]> {
    let state = guest.state();
    match kind {
        BufferKind::RequestBody => guest.stream().map(|s| s.request.body.as_slice()),
        BufferKind::ResponseBody => guest.stream().map(|s| s.response.body.as_slice()),
        BufferKind::CalloutBody => answer(state).map(|(_, body, _)| body),
        BufferKind::PluginConfiguration => state
            .configuring
            .then_some(state.plugin.configuration.as_slice()),
        BufferKind::VmConfiguration => Some(&[]),
        BufferKind::GrpcMessage => state.grpc_message.as_deref(),
        BufferKind::DownstreamData | BufferKind::UpstreamData | BufferKind::CallData => None,
    }
}

fn answer(state: &VmState) -> Option<(&HeaderMap, &[u8], &HeaderMap)> {
    match state.answer.as_ref()? {
        CalloutAnswer::Response {
            headers,
            body,
            trailers,
        } => Some((headers, body, trailers)),
        CalloutAnswer::Failed => None,
    }
}

/// Refuses, and remembers, a field that would end its line: Envoy asserts that no filter writes such a thing.
pub(super) fn check_field(guest: &mut Guest<'_>, name: &[u8], value: &[u8]) -> Reply {
    let breaks = |bytes: &[u8]| bytes.iter().any(|b| matches!(b, b'\r' | b'\n' | 0));
    if breaks(name) || breaks(value) || name.is_empty() {
        guest.state_mut().violations.push(format!(
            "the module wrote a header that ends its line: `{}: {}`",
            name.escape_ascii(),
            value.escape_ascii()
        ));
        return Err(Status::BadArgument.into());
    }
    Ok(())
}
