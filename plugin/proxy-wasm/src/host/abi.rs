//! The Proxy-Wasm ABI, version 0.2.1, as the host sees it: its functions that we call, ours that it calls.
//!
//! The only file of the plugin with `unsafe` in it. What it relies on:
//!
//! - The host reads from a pointer that we pass only while the call lasts, and only the length passed with it.
//! - Where a host call returns bytes, it first asked [`proxy_on_memory_allocate`] for exactly that many, and gives them
//!   up to us with the call's return.
//! - A host is one thread per VM.
//!
//! Codes are plain integers on this side of the border: an `enum` that receives a number outside its list would be
//! undefined behaviour.

#![expect(
    unsafe_code,
    reason = "foreign functions, exported names and memory that the host filled can't be had without it"
)]

use std::alloc::Layout;
use std::ptr::{self, NonNull};

use super::{Action, BufferKind, ContextId, HostStatus, LogLevel, MapKind};
use crate::worker;

/// Declares the host's functions; where there is no host (any target but wasm), each says that it isn't implemented.
macro_rules! host_functions {
    ($(fn $name:ident($($argument:ident: $kind:ty),* $(,)?);)*) => {
        #[cfg(target_arch = "wasm32")]
        #[link(wasm_import_module = "env")]
        unsafe extern "C" {
            $(fn $name($($argument: $kind),*) -> u32;)*
        }
        #[cfg(not(target_arch = "wasm32"))]
        use absent::*;
        #[cfg(not(target_arch = "wasm32"))]
        mod absent {
            #![expect(clippy::too_many_arguments, reason = "the ABI has as many")]
            const UNIMPLEMENTED: u32 = 12;
            $(
                pub(super) const unsafe fn $name($(_: $kind),*) -> u32 {
                    UNIMPLEMENTED
                }
            )*
        }
    };
}

host_functions! {
    fn proxy_log(level: u32, line: *const u8, line_size: usize);
    fn proxy_get_current_time_nanoseconds(time: *mut u64);
    fn proxy_set_tick_period_milliseconds(period: u32);
    fn proxy_get_buffer_bytes(kind: u32, start: usize, max: usize, data: *mut *mut u8, size: *mut usize);
    fn proxy_set_buffer_bytes(kind: u32, start: usize, length: usize, data: *const u8, size: usize);
    fn proxy_get_header_map_pairs(kind: u32, data: *mut *mut u8, size: *mut usize);
    fn proxy_replace_header_map_value(
        kind: u32, name: *const u8, name_size: usize, value: *const u8, value_size: usize,
    );
    fn proxy_add_header_map_value(
        kind: u32, name: *const u8, name_size: usize, value: *const u8, value_size: usize,
    );
    fn proxy_remove_header_map_value(kind: u32, name: *const u8, name_size: usize);
    fn proxy_get_property(path: *const u8, path_size: usize, data: *mut *mut u8, size: *mut usize);
    fn proxy_set_property(path: *const u8, path_size: usize, value: *const u8, value_size: usize);
    fn proxy_get_shared_data(
        key: *const u8, key_size: usize, data: *mut *mut u8, size: *mut usize, cas: *mut u32,
    );
    fn proxy_set_shared_data(key: *const u8, key_size: usize, value: *const u8, value_size: usize, cas: u32);
    fn proxy_continue_stream(stream: u32);
    fn proxy_send_local_response(
        status: u32, details: *const u8, details_size: usize, body: *const u8, body_size: usize,
        headers: *const u8, headers_size: usize, grpc_status: i32,
    );
    fn proxy_http_call(
        upstream: *const u8, upstream_size: usize, headers: *const u8, headers_size: usize,
        body: *const u8, body_size: usize, trailers: *const u8, trailers_size: usize,
        timeout: u32, call: *mut u32,
    );
    fn proxy_grpc_call(
        upstream: *const u8, upstream_size: usize, service: *const u8, service_size: usize,
        method: *const u8, method_size: usize, metadata: *const u8, metadata_size: usize,
        message: *const u8, message_size: usize, timeout: u32, call: *mut u32,
    );
    fn proxy_set_effective_context(context: u32);
    fn proxy_call_foreign_function(
        name: *const u8, name_size: usize, argument: *const u8, argument_size: usize,
        data: *mut *mut u8, size: *mut usize,
    );
    fn proxy_define_metric(kind: u32, name: *const u8, name_size: usize, metric: *mut u32);
    fn proxy_increment_metric(metric: u32, offset: i64);
}

pub(super) fn log(level: LogLevel, line: &[u8]) -> Result<(), HostStatus> {
    // SAFETY: the pointer and length are those of a slice that outlives the call.
    HostStatus::check(unsafe { proxy_log(level as u32, line.as_ptr(), line.len()) })
}

pub(super) fn current_time_nanoseconds() -> Result<u64, HostStatus> {
    let mut time = 0;
    // SAFETY: the pointer is to a local that outlives the call.
    HostStatus::check(unsafe { proxy_get_current_time_nanoseconds(&raw mut time) })?;
    Ok(time)
}

pub(super) fn set_tick_period(milliseconds: u32) -> Result<(), HostStatus> {
    // SAFETY: no pointers.
    HostStatus::check(unsafe { proxy_set_tick_period_milliseconds(milliseconds) })
}

pub(super) fn buffer(kind: BufferKind, max: usize) -> Result<Vec<u8>, HostStatus> {
    receive(|data, size| {
        // SAFETY: `receive` passes pointers to locals that outlive the call.
        unsafe { proxy_get_buffer_bytes(kind as u32, 0, max, data, size) }
    })
}

pub(super) fn set_buffer(kind: BufferKind, length: usize, bytes: &[u8]) -> Result<(), HostStatus> {
    // SAFETY: the pointer and length are those of a slice that outlives the call.
    HostStatus::check(unsafe {
        proxy_set_buffer_bytes(kind as u32, 0, length, bytes.as_ptr(), bytes.len())
    })
}

pub(super) fn header_pairs(kind: MapKind) -> Result<Vec<u8>, HostStatus> {
    receive(|data, size| {
        // SAFETY: `receive` passes pointers to locals that outlive the call.
        unsafe { proxy_get_header_map_pairs(kind as u32, data, size) }
    })
}

pub(super) fn replace_header(kind: MapKind, name: &[u8], value: &[u8]) -> Result<(), HostStatus> {
    // SAFETY: every pointer and length are those of a slice that outlives the call.
    HostStatus::check(unsafe {
        proxy_replace_header_map_value(
            kind as u32,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    })
}

pub(super) fn add_header(kind: MapKind, name: &[u8], value: &[u8]) -> Result<(), HostStatus> {
    // SAFETY: every pointer and length are those of a slice that outlives the call.
    HostStatus::check(unsafe {
        proxy_add_header_map_value(
            kind as u32,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    })
}

pub(super) fn remove_header(kind: MapKind, name: &[u8]) -> Result<(), HostStatus> {
    // SAFETY: the pointer and length are those of a slice that outlives the call.
    HostStatus::check(unsafe {
        proxy_remove_header_map_value(kind as u32, name.as_ptr(), name.len())
    })
}

pub(super) fn property(path: &[u8]) -> Result<Vec<u8>, HostStatus> {
    receive(|data, size| {
        // SAFETY: `path` and the locals that `receive` points to outlive the call.
        unsafe { proxy_get_property(path.as_ptr(), path.len(), data, size) }
    })
}

pub(super) fn set_property(path: &[u8], value: &[u8]) -> Result<(), HostStatus> {
    // SAFETY: every pointer and length are those of a slice that outlives the call.
    HostStatus::check(unsafe {
        proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len())
    })
}

pub(super) fn shared_data(key: &[u8]) -> Result<(Vec<u8>, u32), HostStatus> {
    let mut cas = 0;
    let value = receive(|data, size| {
        // SAFETY: `key`, `cas` and the locals that `receive` points to outlive the call.
        unsafe { proxy_get_shared_data(key.as_ptr(), key.len(), data, size, &raw mut cas) }
    })?;
    Ok((value, cas))
}

pub(super) fn set_shared_data(key: &[u8], value: &[u8], cas: u32) -> Result<(), HostStatus> {
    // SAFETY: every pointer and length are those of a slice that outlives the call.
    HostStatus::check(unsafe {
        proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), cas)
    })
}

pub(super) fn continue_request() -> Result<(), HostStatus> {
    const REQUEST_STREAM: u32 = 0;
    // SAFETY: no pointers.
    HostStatus::check(unsafe { proxy_continue_stream(REQUEST_STREAM) })
}

pub(super) fn send_local_response(
    status: u32,
    details: &[u8],
    body: &[u8],
    headers: &[u8],
) -> Result<(), HostStatus> {
    const NO_GRPC_STATUS: i32 = -1;
    // SAFETY: every pointer and length are those of a slice that outlives the call.
    HostStatus::check(unsafe {
        proxy_send_local_response(
            status,
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            NO_GRPC_STATUS,
        )
    })
}

pub(super) fn http_call(
    upstream: &[u8],
    headers: &[u8],
    trailers: &[u8],
    timeout_milliseconds: u32,
) -> Result<u32, HostStatus> {
    let mut call = 0;
    // SAFETY: every pointer and length are those of a slice or local that outlives the call; the body is empty.
    HostStatus::check(unsafe {
        proxy_http_call(
            upstream.as_ptr(),
            upstream.len(),
            headers.as_ptr(),
            headers.len(),
            ptr::null(),
            0,
            trailers.as_ptr(),
            trailers.len(),
            timeout_milliseconds,
            &raw mut call,
        )
    })?;
    Ok(call)
}

/// The upstream is an encoded `envoy.config.core.v3.GrpcService`.
pub(super) fn grpc_call(
    upstream: &[u8],
    [service, method]: [&str; 2],
    metadata: &[u8],
    message: &[u8],
    timeout_milliseconds: u32,
) -> Result<u32, HostStatus> {
    let mut call = 0;
    // SAFETY: every pointer and length are those of a slice or local that outlives the call.
    HostStatus::check(unsafe {
        proxy_grpc_call(
            upstream.as_ptr(),
            upstream.len(),
            service.as_ptr(),
            service.len(),
            method.as_ptr(),
            method.len(),
            metadata.as_ptr(),
            metadata.len(),
            message.as_ptr(),
            message.len(),
            timeout_milliseconds,
            &raw mut call,
        )
    })?;
    Ok(call)
}

pub(super) fn set_effective_context(context: u32) -> Result<(), HostStatus> {
    // SAFETY: no pointers.
    HostStatus::check(unsafe { proxy_set_effective_context(context) })
}

pub(super) fn call_foreign_function(name: &[u8], argument: &[u8]) -> Result<Vec<u8>, HostStatus> {
    receive(|data, size| {
        // SAFETY: the slices and the locals that `receive` points to outlive the call.
        unsafe {
            proxy_call_foreign_function(
                name.as_ptr(),
                name.len(),
                argument.as_ptr(),
                argument.len(),
                data,
                size,
            )
        }
    })
}

pub(super) fn define_counter(name: &[u8]) -> Result<u32, HostStatus> {
    const COUNTER: u32 = 0;
    let mut metric = 0;
    // SAFETY: the slice and the local outlive the call.
    HostStatus::check(unsafe {
        proxy_define_metric(COUNTER, name.as_ptr(), name.len(), &raw mut metric)
    })?;
    Ok(metric)
}

pub(super) fn increment_metric(metric: u32, offset: i64) -> Result<(), HostStatus> {
    // SAFETY: no pointers.
    HostStatus::check(unsafe { proxy_increment_metric(metric, offset) })
}

/// Makes a call that returns bytes, and takes them over.
fn receive(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Result<Vec<u8>, HostStatus> {
    let mut data: *mut u8 = ptr::null_mut();
    let mut size: usize = 0;
    HostStatus::check(call(&raw mut data, &raw mut size))?;
    if data.is_null() || size == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: a successful call gives up `size` bytes that `proxy_on_memory_allocate` handed out as an allocation of
    // exactly that size, and the host has filled them.
    Ok(unsafe { Vec::from_raw_parts(data, size, size) })
}

/// Memory for bytes that the host returns; null where there is none, which fails that call and traps nothing.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
    let Ok(layout) = Layout::array::<u8>(size) else {
        return ptr::null_mut();
    };
    if size == 0 {
        return NonNull::dangling().as_ptr();
    }
    // SAFETY: the layout's size is not zero.
    unsafe { std::alloc::alloc(layout) }
}

/// Says which ABI this module speaks.
#[unsafe(no_mangle)]
const extern "C" fn proxy_abi_version_0_2_1() {}

/// Runs the C library's constructors; a WASI reactor must do so once, before anything else.
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the host calls this once, first.
    unsafe { __wasm_call_ctors() }
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_context_create(context: u32, root: u32) {
    worker::on_create(ContextId(context), ContextId(root));
}

#[unsafe(no_mangle)]
const extern "C" fn proxy_on_vm_start(_root: u32, _configuration_size: usize) -> u32 {
    1
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_configure(root: u32, _configuration_size: usize) -> u32 {
    u32::from(worker::on_configure(ContextId(root)))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_tick(root: u32) {
    worker::on_tick(ContextId(root));
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_http_call_response(
    root: u32,
    call: u32,
    headers: usize,
    body_size: usize,
    _trailers: usize,
) {
    worker::on_call_answered(ContextId(root), super::CalloutId(call), headers, body_size);
}

/// A call was answered; nothing else follows.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_grpc_receive(root: u32, call: u32, size: usize) {
    worker::on_grpc_answered(ContextId(root), super::CalloutId(call), Ok(size));
}

/// A call ended without an answer, with a status of gRPC.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_grpc_close(root: u32, call: u32, status: u32) {
    worker::on_grpc_answered(ContextId(root), super::CalloutId(call), Err(status));
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_headers(context: u32, _count: usize, end: u32) -> u32 {
    code(worker::on_request_headers(ContextId(context), end != 0))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_body(context: u32, size: usize, end: u32) -> u32 {
    code(worker::on_request_body(ContextId(context), size, end != 0))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_trailers(context: u32, _count: usize) -> u32 {
    code(worker::on_request_trailers(ContextId(context)))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_headers(context: u32, _count: usize, end: u32) -> u32 {
    code(worker::on_response_headers(ContextId(context), end != 0))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_body(context: u32, size: usize, end: u32) -> u32 {
    code(worker::on_response_body(ContextId(context), size, end != 0))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_trailers(context: u32, _count: usize) -> u32 {
    code(worker::on_response_trailers(ContextId(context)))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_delete(context: u32) {
    worker::on_delete(ContextId(context));
}

const fn code(action: Action) -> u32 {
    action as u32
}
