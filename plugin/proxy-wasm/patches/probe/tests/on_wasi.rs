//! biscuit-auth on wasm32-wasip1, over the stand-ins for wasm-bindgen and js-sys.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first thing that isn't as it should be"
)]

use std::fs;
use std::path::{Path, PathBuf};

use biscuit_probe::{Finding, probe};
use wasmtime::{Caller, Engine, Extern, Linker, Memory, Module, Store};

/// The version of biscuit-auth whose browser clock the stand-ins replace.
const PATCHED: &str = "6.0.0";

#[test]
fn works_natively() {
    assert_eq!(probe(), Finding::Works);
}

/// The module is built by `cargo xtask test`, which knows the ways to a compiler for the target.
#[test]
fn works_compiled_for_wasi() {
    let module = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("biscuit_probe.wasm");
    if !module.exists() {
        eprintln!("skipped: there is no target/biscuit_probe.wasm; `cargo xtask test` builds it");
        return;
    }
    let engine = Engine::default();
    let module = Module::from_file(&engine, module).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = wasi(&engine).instantiate(&mut store, &module).unwrap();
    let run = instance
        .get_typed_func::<(), u32>(&mut store, "biscuit_probe")
        .unwrap();
    let found = run.call(&mut store, ()).expect("the module trapped");
    assert_eq!(found, Finding::Works as u32);
}

/// Fails the day that biscuit-auth changes, because then the patch may no longer be needed.
#[test]
fn the_patch_is_still_for_this_version() {
    let lock = fs::read_to_string(workspace().join("Cargo.lock")).unwrap();
    let (_, entry) = lock
        .split_once("name = \"biscuit-auth\"\nversion = \"")
        .expect("biscuit-auth stands in Cargo.lock");
    let (version, _) = entry.split_once('"').unwrap();
    assert_eq!(
        version, PATCHED,
        "biscuit-auth changed: take `[patch.crates-io]` out of Cargo.toml and run `cargo xtask test`. If the module \
         still authorizes, delete plugin/proxy-wasm/patches; if not, put the patch back and set PATCHED to `{version}`"
    );
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").exists())
        .expect("the package lies in the workspace")
        .to_owned()
}

/// The functions of WASI that the probe needs, which all gateways have. A clock is none of them.
fn wasi(engine: &Engine) -> Linker<()> {
    const WASI: &str = "wasi_snapshot_preview1";
    const SUCCESS: i32 = 0;
    let mut linker = Linker::new(engine);
    linker
        .func_wrap(
            WASI,
            "random_get",
            |mut caller: Caller<'_, ()>, at: u32, size: u32| {
                let bytes: Vec<u8> = (0..size)
                    .map(|n| (n.wrapping_mul(151) ^ at) as u8)
                    .collect();
                write(&mut caller, at, &bytes);
                SUCCESS
            },
        )
        .unwrap()
        .func_wrap(
            WASI,
            "environ_sizes_get",
            |mut caller: Caller<'_, ()>, count: u32, size: u32| {
                write(&mut caller, count, &0_u32.to_le_bytes());
                write(&mut caller, size, &0_u32.to_le_bytes());
                SUCCESS
            },
        )
        .unwrap()
        .func_wrap(WASI, "environ_get", |_: u32, _: u32| SUCCESS)
        .unwrap()
        .func_wrap(
            WASI,
            "fd_write",
            |_: u32, _: u32, _: u32, _: u32| -> wasmtime::Result<i32> {
                Err(wasmtime::Error::msg(
                    "the module wrote to a file: it is about to panic",
                ))
            },
        )
        .unwrap()
        .func_wrap(WASI, "proc_exit", |code: u32| -> wasmtime::Result<()> {
            Err(wasmtime::Error::msg(format!(
                "the module ended with {code}"
            )))
        })
        .unwrap();
    linker
}

fn write(caller: &mut Caller<'_, ()>, at: u32, bytes: &[u8]) {
    memory(caller).write(caller, at as usize, bytes).unwrap();
}

fn memory(caller: &mut Caller<'_, ()>) -> Memory {
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => memory,
        _ => panic!("the module exports its memory"),
    }
}
