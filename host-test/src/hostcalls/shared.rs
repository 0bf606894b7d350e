//! Shared data and queues.

use crate::abi::Status;
use crate::guest::{Guest, Reply};

pub(super) fn get(
    guest: &mut Guest<'_>,
    key: u32,
    key_size: u32,
    value_at: u32,
    size_at: u32,
    cas_at: u32,
) -> Reply {
    available(guest)?;
    let key = guest.read(key, key_size)?;
    let state = guest.state();
    let (value, cas) = state
        .world
        .lock()
        .data
        .get(&state.plugin.vm_id, &key)
        .cloned()
        .ok_or(Status::NotFound)?;
    guest.give(&value, value_at, size_at)?;
    guest.write_u32(cas_at, cas)
}

pub(super) fn set(
    guest: &mut Guest<'_>,
    key: u32,
    key_size: u32,
    value: u32,
    size: u32,
    cas: u32,
) -> Reply {
    available(guest)?;
    let (key, value) = (guest.read(key, key_size)?, guest.read(value, size)?);
    let state = guest.state();
    let status = state
        .world
        .lock()
        .data
        .set(&state.plugin.vm_id, &key, &value, cas);
    check(status)
}

pub(super) fn register(guest: &mut Guest<'_>, name: u32, size: u32, token_at: u32) -> Reply {
    available(guest)?;
    let name = guest.read(name, size)?;
    let state = guest.state();
    let token = state
        .world
        .lock()
        .queues
        .register(&state.plugin.vm_id, &name);
    let queues = &mut guest.state_mut().queues;
    if !queues.contains(&token) {
        queues.push(token);
    }
    guest.write_u32(token_at, token)
}

/// An empty `vm_id` means the module's own.
pub(super) fn resolve(
    guest: &mut Guest<'_>,
    vm_id: u32,
    vm_id_size: u32,
    name: u32,
    size: u32,
    token_at: u32,
) -> Reply {
    available(guest)?;
    let given = guest.read_text(vm_id, vm_id_size)?;
    let name = guest.read(name, size)?;
    let state = guest.state();
    let vm_id = if given.is_empty() {
        &state.plugin.vm_id
    } else {
        &given
    };
    let token = state
        .world
        .lock()
        .queues
        .resolve(vm_id, &name)
        .ok_or(Status::NotFound)?;
    guest.write_u32(token_at, token)
}

pub(super) fn enqueue(guest: &mut Guest<'_>, token: u32, value: u32, size: u32) -> Reply {
    available(guest)?;
    let value = guest.read(value, size)?;
    let status = guest.state().world.lock().queues.enqueue(token, &value);
    check(status)
}

pub(super) fn dequeue(guest: &mut Guest<'_>, token: u32, value_at: u32, size_at: u32) -> Reply {
    available(guest)?;
    let value = guest.state().world.lock().queues.dequeue(token)?;
    guest.give(&value, value_at, size_at)
}

fn available(guest: &Guest<'_>) -> Reply {
    if guest.state().profile.shared_data {
        Ok(())
    } else {
        Err(Status::Unimplemented.into())
    }
}

fn check(status: Status) -> Reply {
    if status == Status::Ok {
        Ok(())
    } else {
        Err(status.into())
    }
}
