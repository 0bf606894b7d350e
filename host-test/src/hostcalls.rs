//! The host functions of proxy-wasm ABI 0.2.1, grouped by what they are about.

use wasmtime::{Caller, Linker};

use crate::guest::{Slice, answer};
use crate::vm::VmState;

mod foreign;
mod grpc;
mod http;
mod maps;
mod metrics;
mod properties;
mod shared;
mod system;

/// The import module of the ABI.
const ENV: &str = "env";

/// Defines a host function from a Rust function over [`crate::guest::Guest`], for the given argument types; or from an
/// expression, where all arguments are 32-bit words.
macro_rules! host_call {
    ($linker:expr, $name:literal, $body:path, $($argument:ident: $kind:ty),*) => {
        $linker.func_wrap(ENV, $name, |caller: Caller<'_, VmState>, $($argument: $kind),*| {
            answer(caller, |guest| $body(guest, $($argument),*))
        })?;
    };
    ($linker:expr, $name:literal, |$guest:ident, $($argument:ident),*| $body:expr) => {
        $linker.func_wrap(ENV, $name, |caller: Caller<'_, VmState>, $($argument: u32),*| {
            answer(caller, |$guest| $body)
        })?;
    };
}

/// Gives a linker every function of the ABI.
pub(crate) fn link(linker: &mut Linker<VmState>) -> Result<(), wasmtime::Error> {
    link_system(linker)?;
    link_maps(linker)?;
    link_http(linker)?;
    link_grpc(linker)?;
    link_shared(linker)?;
    link_metrics(linker)
}

fn link_system(linker: &mut Linker<VmState>) -> Result<(), wasmtime::Error> {
    host_call!(linker, "proxy_log", system::log, level: u32, text: u32, size: u32);
    host_call!(linker, "proxy_get_log_level", system::log_level, level_at: u32);
    host_call!(linker, "proxy_get_current_time_nanoseconds", system::time, time_at: u32);
    host_call!(linker, "proxy_set_tick_period_milliseconds", system::set_tick, period: u32);
    host_call!(linker, "proxy_set_effective_context", system::set_effective, context: u32);
    host_call!(linker, "proxy_done", system::done,);
    host_call!(linker, "proxy_get_status", system::status, code_at: u32, text_at: u32, size_at: u32);
    host_call!(linker, "proxy_get_property", properties::get,
        path: u32, path_size: u32, value_at: u32, size_at: u32);
    host_call!(linker, "proxy_set_property", properties::set,
        path: u32, path_size: u32, value: u32, size: u32);
    host_call!(linker, "proxy_call_foreign_function", foreign::call,
        name: u32, name_size: u32, input: u32, input_size: u32, output_at: u32, size_at: u32);
    Ok(())
}

fn link_maps(linker: &mut Linker<VmState>) -> Result<(), wasmtime::Error> {
    host_call!(linker, "proxy_get_header_map_pairs", maps::pairs, map: u32, at: u32, size_at: u32);
    host_call!(linker, "proxy_set_header_map_pairs", maps::set_pairs, map: u32, pairs: u32, size: u32);
    host_call!(linker, "proxy_get_header_map_value", maps::value,
        map: u32, name: u32, name_size: u32, value_at: u32, size_at: u32);
    host_call!(
        linker,
        "proxy_add_header_map_value",
        |guest, map, name, name_size, value, size| maps::add(
            guest,
            map,
            Slice(name, name_size),
            Slice(value, size)
        )
    );
    host_call!(
        linker,
        "proxy_replace_header_map_value",
        |guest, map, name, name_size, value, size| maps::replace(
            guest,
            map,
            Slice(name, name_size),
            Slice(value, size)
        )
    );
    host_call!(linker, "proxy_remove_header_map_value", maps::remove, map: u32, name: u32, name_size: u32);
    host_call!(linker, "proxy_get_header_map_size", maps::size, map: u32, size_at: u32);
    host_call!(linker, "proxy_get_buffer_bytes", maps::buffer,
        buffer: u32, start: u32, length: u32, at: u32, size_at: u32);
    host_call!(linker, "proxy_get_buffer_status", maps::buffer_status, buffer: u32, size_at: u32, flags_at: u32);
    host_call!(linker, "proxy_set_buffer_bytes", maps::set_buffer,
        buffer: u32, start: u32, length: u32, data: u32, size: u32);
    Ok(())
}

fn link_http(linker: &mut Linker<VmState>) -> Result<(), wasmtime::Error> {
    host_call!(linker, "proxy_continue_stream", http::resume, stream: u32);
    host_call!(linker, "proxy_close_stream", http::close, stream: u32);
    host_call!(linker, "proxy_send_local_response", http::respond,
        status: u32, details: u32, details_size: u32, body: u32, body_size: u32,
        headers: u32, headers_size: u32, grpc_status: i32);
    host_call!(linker, "proxy_http_call", http::call,
        cluster: u32, cluster_size: u32, headers: u32, headers_size: u32, body: u32, body_size: u32,
        trailers: u32, trailers_size: u32, timeout: u32, token_at: u32);
    Ok(())
}

fn link_grpc(linker: &mut Linker<VmState>) -> Result<(), wasmtime::Error> {
    host_call!(
        linker,
        "proxy_grpc_call",
        |guest,
         service,
         service_size,
         name,
         name_size,
         method,
         method_size,
         metadata,
         metadata_size,
         message,
         message_size,
         timeout,
         token_at| grpc::call(
            guest,
            [
                Slice(service, service_size),
                Slice(name, name_size),
                Slice(method, method_size),
                Slice(metadata, metadata_size),
                Slice(message, message_size)
            ],
            timeout,
            token_at
        )
    );
    host_call!(
        linker,
        "proxy_grpc_stream",
        |guest,
         service,
         service_size,
         name,
         name_size,
         method,
         method_size,
         metadata,
         metadata_size,
         _token_at| grpc::start(
            guest,
            &[
                Slice(service, service_size),
                Slice(name, name_size),
                Slice(method, method_size),
                Slice(metadata, metadata_size)
            ]
        )
    );
    host_call!(linker, "proxy_grpc_send", grpc::send, token: u32, message: u32, size: u32, end: u32);
    host_call!(linker, "proxy_grpc_cancel", grpc::end, token: u32);
    host_call!(linker, "proxy_grpc_close", grpc::end, token: u32);
    Ok(())
}

fn link_shared(linker: &mut Linker<VmState>) -> Result<(), wasmtime::Error> {
    host_call!(linker, "proxy_get_shared_data", shared::get,
        key: u32, key_size: u32, value_at: u32, size_at: u32, cas_at: u32);
    host_call!(linker, "proxy_set_shared_data", shared::set,
        key: u32, key_size: u32, value: u32, size: u32, cas: u32);
    host_call!(linker, "proxy_register_shared_queue", shared::register, name: u32, size: u32, token_at: u32);
    host_call!(linker, "proxy_resolve_shared_queue", shared::resolve,
        vm_id: u32, vm_id_size: u32, name: u32, size: u32, token_at: u32);
    host_call!(linker, "proxy_enqueue_shared_queue", shared::enqueue, token: u32, value: u32, size: u32);
    host_call!(linker, "proxy_dequeue_shared_queue", shared::dequeue, token: u32, value_at: u32, size_at: u32);
    Ok(())
}

fn link_metrics(linker: &mut Linker<VmState>) -> Result<(), wasmtime::Error> {
    host_call!(linker, "proxy_define_metric", metrics::define, kind: u32, name: u32, size: u32, id_at: u32);
    host_call!(linker, "proxy_increment_metric", metrics::increment, id: u32, by: i64);
    host_call!(linker, "proxy_record_metric", metrics::record, id: u32, value: u64);
    host_call!(linker, "proxy_get_metric", metrics::get, id: u32, value_at: u32);
    Ok(())
}
