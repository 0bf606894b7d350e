//! The module's memory and context as a host call sees them.

use wasmtime::{AsContextMut, Caller, Extern, Memory};

use crate::abi::Status;
use crate::stream::Stream;
use crate::vm::VmState;

/// Why a host call did not succeed: a status for the module, or a trap that ends the VM.
#[derive(Debug)]
pub(crate) enum Fault {
    Status(Status),
    Trap(wasmtime::Error),
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

/// What the body of a host call returns.
pub(crate) type Reply = Result<(), Fault>;

/// Where bytes stand in the module's memory: the address and the size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice(pub(crate) u32, pub(crate) u32);

/// One host call under way.
pub(crate) struct Guest<'a> {
    caller: Caller<'a, VmState>,
    memory: Memory,
}

impl<'a> Guest<'a> {
    pub(crate) fn new(mut caller: Caller<'a, VmState>) -> Result<Self, Fault> {
        let memory = caller
            .get_export("memory")
            .and_then(Extern::into_memory)
            .ok_or(Status::InvalidMemoryAccess)?;
        Ok(Self { caller, memory })
    }

    pub(crate) fn state(&self) -> &VmState {
        self.caller.data()
    }

    pub(crate) fn state_mut(&mut self) -> &mut VmState {
        self.caller.data_mut()
    }

    /// The stream that the call is about: that of the effective context.
    pub(crate) fn stream(&self) -> Option<&Stream> {
        let state = self.state();
        state.streams.get(&state.effective_context())
    }

    pub(crate) fn stream_mut(&mut self) -> Option<&mut Stream> {
        let state = self.state_mut();
        let context = state.effective_context();
        state.streams.get_mut(&context)
    }

    pub(crate) fn read(&self, pointer: u32, size: u32) -> Result<Vec<u8>, Fault> {
        let (start, size) = (to_usize(pointer), to_usize(size));
        let bytes = start
            .checked_add(size)
            .and_then(|end| self.memory.data(&self.caller).get(start..end))
            .ok_or(Status::InvalidMemoryAccess)?;
        Ok(bytes.to_vec())
    }

    /// As [`Guest::read`], for names that hosts treat as text.
    pub(crate) fn read_text(&self, pointer: u32, size: u32) -> Result<String, Fault> {
        Ok(String::from_utf8_lossy(&self.read(pointer, size)?).into_owned())
    }

    pub(crate) fn write(&mut self, pointer: u32, bytes: &[u8]) -> Reply {
        self.memory
            .write(&mut self.caller, to_usize(pointer), bytes)
            .map_err(|_| Fault::Status(Status::InvalidMemoryAccess))
    }

    pub(crate) fn write_u32(&mut self, pointer: u32, value: u32) -> Reply {
        self.write(pointer, &value.to_le_bytes())
    }

    pub(crate) fn write_u64(&mut self, pointer: u32, value: u64) -> Reply {
        self.write(pointer, &value.to_le_bytes())
    }

    /// Copies bytes into memory that the module allocates for them, and tells it where they are.
    pub(crate) fn give(&mut self, bytes: &[u8], pointer_at: u32, size_at: u32) -> Reply {
        let size = u32::try_from(bytes.len()).map_err(|_| Status::InvalidMemoryAccess)?;
        let mut address = 0;
        if size > 0 {
            address = self.allocate(size)?;
            self.write(address, bytes)?;
        }
        self.write_u32(pointer_at, address)?;
        self.write_u32(size_at, size)
    }

    fn allocate(&mut self, size: u32) -> Result<u32, Fault> {
        let export = ["proxy_on_memory_allocate", "malloc"]
            .into_iter()
            .find_map(|name| self.caller.get_export(name).and_then(Extern::into_func))
            .ok_or(Status::InvalidMemoryAccess)?;
        let allocate = export
            .typed::<u32, u32>(&self.caller)
            .map_err(|_| Status::InvalidMemoryAccess)?;
        match allocate.call(self.caller.as_context_mut(), size) {
            Ok(0) => Err(Status::InvalidMemoryAccess.into()),
            Ok(address) => Ok(address),
            Err(trap) => Err(Fault::Trap(trap)),
        }
    }
}

/// Runs a host call and turns its end into what the module gets.
pub(crate) fn answer(
    caller: Caller<'_, VmState>,
    body: impl FnOnce(&mut Guest<'_>) -> Reply,
) -> Result<u32, wasmtime::Error> {
    let outcome = Guest::new(caller).and_then(|mut guest| body(&mut guest));
    match outcome {
        Ok(()) => Ok(Status::Ok as u32),
        Err(Fault::Status(status)) => Ok(status as u32),
        Err(Fault::Trap(trap)) => Err(trap),
    }
}

/// Module addresses are 32 bits, and so fit.
pub(crate) fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
