//! Properties: what the host knows of a stream, and what the module leaves for the access log.

use crate::abi::Status;
use crate::guest::{Guest, Reply};
use crate::stream::Stream;

/// Looks a path up among what the module set, what the case gave, and what follows from the request itself.
pub(super) fn get(
    guest: &mut Guest<'_>,
    path: u32,
    path_size: u32,
    value_at: u32,
    size_at: u32,
) -> Reply {
    let path = guest.read(path, path_size)?;
    let plugin = &guest.state().plugin;
    let value = match path.as_slice() {
        b"plugin_root_id" | b"plugin_name" => Some(plugin.root_id.clone().into_bytes()),
        // ngx_wasm_module has neither.
        b"plugin_vm_id" => {
            let is_said = guest.state().profile.grpc;
            is_said.then(|| plugin.vm_id.clone().into_bytes())
        }
        _ => guest.stream().and_then(|stream| of_stream(stream, &path)),
    };
    let value = value.ok_or(Status::NotFound)?;
    guest.give(&value, value_at, size_at)
}

/// There is nothing to set a property on but a stream.
pub(super) fn set(
    guest: &mut Guest<'_>,
    path: u32,
    path_size: u32,
    value: u32,
    size: u32,
) -> Reply {
    let path = guest.read(path, path_size)?;
    let value = guest.read(value, size)?;
    let stream = guest.stream_mut().ok_or(Status::NotFound)?;
    stream.set_by_module.insert(path, value);
    Ok(())
}

fn of_stream(stream: &Stream, path: &[u8]) -> Option<Vec<u8>> {
    if let Some(value) = stream
        .set_by_module
        .get(path)
        .or_else(|| stream.facts.get(path))
    {
        return Some(value.clone());
    }
    let full_path = stream.request_fact(":path");
    let split = |path: Vec<u8>| {
        let at = path.iter().position(|b| *b == b'?');
        match at.and_then(|at| path.split_at_checked(at)) {
            Some((before, query)) => (before.to_vec(), query.get(1..).unwrap_or_default().to_vec()),
            None => (path, Vec::new()),
        }
    };
    match path {
        b"request\0path" => full_path,
        b"request\0url_path" => full_path.map(split).map(|(path, _)| path),
        b"request\0query" => full_path.map(split).map(|(_, query)| query),
        b"request\0method" => stream.request_fact(":method"),
        b"request\0host" => stream.request_fact(":authority"),
        b"request\0scheme" => stream.request_fact(":scheme"),
        b"request\0id" => stream.request_fact("x-request-id"),
        b"request\0useragent" => stream.request_fact("user-agent"),
        b"request\0referer" => stream.request_fact("referer"),
        _ => {
            let name = path.strip_prefix(b"request\0headers\0")?;
            stream.request.headers.first(name).map(<[u8]>::to_vec)
        }
    }
}
