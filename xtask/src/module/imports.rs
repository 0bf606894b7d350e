//! What a module imports, and what it may: only what Envoy has, by name.

use std::collections::BTreeMap;
use std::path::Path;

use wasmparser::{Parser, Payload};

use crate::error::Error;

/// The proxy-wasm 0.2.1 host functions, all of them in module `env`.
const PROXY_WASM: [&str; 39] = [
    "proxy_add_header_map_value",
    "proxy_call_foreign_function",
    "proxy_close_stream",
    "proxy_continue_stream",
    "proxy_define_metric",
    "proxy_dequeue_shared_queue",
    "proxy_done",
    "proxy_enqueue_shared_queue",
    "proxy_get_buffer_bytes",
    "proxy_get_buffer_status",
    "proxy_get_current_time_nanoseconds",
    "proxy_get_header_map_pairs",
    "proxy_get_header_map_size",
    "proxy_get_header_map_value",
    "proxy_get_log_level",
    "proxy_get_metric",
    "proxy_get_property",
    "proxy_get_shared_data",
    "proxy_get_status",
    "proxy_grpc_call",
    "proxy_grpc_cancel",
    "proxy_grpc_close",
    "proxy_grpc_send",
    "proxy_grpc_stream",
    "proxy_http_call",
    "proxy_increment_metric",
    "proxy_log",
    "proxy_record_metric",
    "proxy_register_shared_queue",
    "proxy_remove_header_map_value",
    "proxy_replace_header_map_value",
    "proxy_resolve_shared_queue",
    "proxy_send_local_response",
    "proxy_set_buffer_bytes",
    "proxy_set_effective_context",
    "proxy_set_header_map_pairs",
    "proxy_set_property",
    "proxy_set_shared_data",
    "proxy_set_tick_period_milliseconds",
];

/// The WASI functions that a release build needs, all of which Envoy has.
const WASI: [&str; 6] = [
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_write",
    "proc_exit",
    "random_get",
];

/// The imports of one module, as pairs of module and name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Imports(Vec<(String, String)>);

/// Reads the import section.
pub(crate) fn read(path: &Path, bytes: &[u8]) -> Result<Imports, Error> {
    let not_wasm = |source| Error::NotWasm {
        path: path.to_owned(),
        source,
    };
    let mut imports = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::ImportSection(section) = payload.map_err(not_wasm)? {
            for import in section.into_imports() {
                let import = import.map_err(not_wasm)?;
                imports.push((import.module.to_owned(), import.name.to_owned()));
            }
        }
    }
    Ok(Imports(imports))
}

impl Imports {
    /// The names by module, sorted, for people.
    pub(crate) fn by_namespace(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut sorted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (namespace, name) in &self.0 {
            sorted.entry(namespace).or_default().push(name);
        }
        sorted.values_mut().for_each(|names| names.sort_unstable());
        sorted
    }

    /// Refuses every import that is not on the allow-list.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let forbidden: Vec<String> = self
            .0
            .iter()
            .filter(|(namespace, name)| !is_allowed(namespace, name))
            .map(|(namespace, name)| format!("`{namespace}.{name}`"))
            .collect();
        if forbidden.is_empty() {
            Ok(())
        } else {
            Err(Error::ForbiddenImports {
                imports: forbidden.join(", "),
            })
        }
    }
}

fn is_allowed(namespace: &str, name: &str) -> bool {
    match namespace {
        "env" => PROXY_WASM.contains(&name),
        "wasi_snapshot_preview1" => WASI.contains(&name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module that imports functions without parameters or results.
    fn module(imports: &[(&str, &str)]) -> Vec<u8> {
        let mut section = vec![u8::try_from(imports.len()).unwrap()];
        for (namespace, name) in imports {
            for text in [namespace, name] {
                section.push(u8::try_from(text.len()).unwrap());
                section.extend(text.as_bytes());
            }
            section.extend([0, 0]);
        }
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend([1, 4, 1, 0x60, 0, 0]);
        bytes.extend([2, u8::try_from(section.len()).unwrap()]);
        bytes.extend(section);
        bytes
    }

    #[test]
    fn only_the_listed_names_in_their_own_modules_pass() {
        let rows = [
            ("nothing", vec![], None),
            (
                "proxy-wasm and WASI",
                vec![("env", "proxy_log"), ("wasi_snapshot_preview1", "fd_write")],
                None,
            ),
            (
                "a file",
                vec![("wasi_snapshot_preview1", "path_open")],
                Some("`wasi_snapshot_preview1.path_open`"),
            ),
            (
                "an unknown host function",
                vec![("env", "proxy_grow_legs")],
                Some("`env.proxy_grow_legs`"),
            ),
            (
                "WASI in the wrong module",
                vec![("env", "fd_write")],
                Some("`env.fd_write`"),
            ),
            (
                "a host function in the wrong module",
                vec![("wasi_snapshot_preview1", "proxy_log")],
                Some("`wasi_snapshot_preview1.proxy_log`"),
            ),
            (
                "a browser",
                vec![("__wbindgen_placeholder__", "__wbindgen_throw")],
                Some("`__wbindgen_placeholder__.__wbindgen_throw`"),
            ),
            (
                "all that are wrong",
                vec![("a", "b"), ("env", "proxy_log"), ("c", "d")],
                Some("`a.b`, `c.d`"),
            ),
        ];
        for (name, imports, expected) in rows {
            let read = read(Path::new("test.wasm"), &module(&imports)).unwrap();
            assert_eq!(read.0.len(), imports.len(), "{name}");
            match (read.check(), expected) {
                (Ok(()), None) => {}
                (Err(Error::ForbiddenImports { imports }), Some(expected)) => {
                    assert_eq!(imports, expected, "{name}")
                }
                (result, _) => panic!("{name}: {result:?}"),
            }
        }
    }

    #[test]
    fn the_allow_list_has_the_whole_abi_and_six_wasi_functions_once() {
        let mut names: Vec<&str> = PROXY_WASM.iter().chain(&WASI).copied().collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PROXY_WASM.len() + WASI.len());
        assert!(PROXY_WASM.iter().all(|name| name.starts_with("proxy_")));
    }

    #[test]
    fn what_is_no_module_is_an_error() {
        assert!(matches!(
            read(Path::new("test.wasm"), b"not wasm at all"),
            Err(Error::NotWasm { .. })
        ));
    }
}
