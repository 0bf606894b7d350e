//! The six WASI functions that Envoy gives a module, written here so that a module can't reach more than in Envoy.

use wasmtime::{Caller, Linker};

use crate::abi::LogLevel;
use crate::guest::{Fault, Guest, Reply, to_usize};
use crate::vm::VmState;

const MODULE: &str = "wasi_snapshot_preview1";
const BAD_FILE: u32 = 8;
const BAD_ADDRESS: u32 = 21;
const INVALID: u32 = 28;
const NOT_SUPPORTED: u32 = 58;
const MAX_RANDOM: u32 = 64 << 10;

/// The error with which `proc_exit` ends a callback.
#[derive(Debug, thiserror::Error)]
#[error("the module called proc_exit({code})")]
pub(crate) struct Exit {
    pub(crate) code: u32,
}

pub(crate) fn link(linker: &mut Linker<VmState>) -> Result<(), wasmtime::Error> {
    linker.func_wrap(MODULE, "environ_get", |_array: u32, _text: u32| 0u32)?;
    linker.func_wrap(
        MODULE,
        "environ_sizes_get",
        |caller: Caller<'_, VmState>, count_at: u32, size_at: u32| {
            errno(caller, |guest| {
                guest.write_u32(count_at, 0)?;
                guest.write_u32(size_at, 0)?;
                Ok(0)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "clock_time_get",
        |caller: Caller<'_, VmState>, clock: u32, _precision: u64, time_at: u32| {
            errno(caller, |guest| {
                // Real time and monotonic time both come from the clock that the case sets.
                if clock > 1 {
                    return Ok(NOT_SUPPORTED);
                }
                let now = guest.state().world.now();
                guest.write_u64(time_at, now.0)?;
                Ok(0)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "random_get",
        |caller: Caller<'_, VmState>, at: u32, size: u32| {
            errno(caller, |guest| {
                if size > MAX_RANDOM {
                    return Ok(INVALID);
                }
                let bytes = guest.state_mut().random.bytes(to_usize(size));
                guest.write(at, &bytes)?;
                Ok(0)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_write",
        |caller: Caller<'_, VmState>, file: u32, slices: u32, count: u32, written_at: u32| {
            errno(caller, |guest| {
                write(guest, file, slices, count, written_at)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "proc_exit",
        |_caller: Caller<'_, VmState>, code: u32| -> Result<(), wasmtime::Error> {
            Err(Exit { code }.into())
        },
    )?;
    Ok(())
}

/// Standard output and error go to the log, as in cpp-host.
fn write(
    guest: &mut Guest<'_>,
    file: u32,
    slices: u32,
    count: u32,
    written_at: u32,
) -> Result<u32, Fault> {
    let level = match file {
        1 => LogLevel::Info,
        2 => LogLevel::Error,
        _ => return Ok(BAD_FILE),
    };
    let mut text = Vec::new();
    for index in 0..count {
        let slice = guest.read(slices.saturating_add(index.saturating_mul(8)), 8)?;
        let Some((pointer, size)) = slice.split_first_chunk::<4>() else {
            return Ok(BAD_ADDRESS);
        };
        let Some((size, _)) = size.split_first_chunk::<4>() else {
            return Ok(BAD_ADDRESS);
        };
        text.extend(guest.read(u32::from_le_bytes(*pointer), u32::from_le_bytes(*size))?);
    }
    let written = u32::try_from(text.len()).unwrap_or(u32::MAX);
    if !text.is_empty() {
        let line = text.strip_suffix(b"\n").unwrap_or(&text);
        let line = String::from_utf8_lossy(line).into_owned();
        guest.state_mut().log(level, line);
    }
    guest.write_u32(written_at, written)?;
    Ok(0)
}

fn errno(
    caller: Caller<'_, VmState>,
    body: impl FnOnce(&mut Guest<'_>) -> Result<u32, Fault>,
) -> Result<u32, wasmtime::Error> {
    let mut number = 0;
    let outcome = Guest::new(caller).and_then(|mut guest| -> Reply {
        number = body(&mut guest)?;
        Ok(())
    });
    match outcome {
        Ok(()) => Ok(number),
        Err(Fault::Status(_)) => Ok(BAD_ADDRESS),
        Err(Fault::Trap(trap)) => Err(trap),
    }
}

/// The bytes of `random_get`: a fixed sequence per VM, so that a case runs the same way every time.
#[derive(Clone, Debug)]
pub(crate) struct FixedRandom {
    state: u64,
}

impl FixedRandom {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next bytes of the splitmix64 sequence.
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(count.saturating_add(8));
        while out.len() < count {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            out.extend_from_slice(&(z ^ (z >> 31)).to_le_bytes());
        }
        out.truncate(count);
        out
    }
}
