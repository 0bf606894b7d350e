//! The numbers of the proxy-wasm ABI 0.2.1, as Envoy's proxy-wasm-cpp-host uses them.

/// What a host call returns to the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// The call did what was asked.
    Ok = 0,
    /// There is no such key, property, token or function.
    NotFound = 1,
    /// An argument is out of range, or the map is not there at this moment.
    BadArgument = 2,
    /// A message inside an argument could not be parsed.
    ParseFailure = 4,
    /// A pointer and length lie outside the module's memory, or the module could not allocate.
    InvalidMemoryAccess = 6,
    /// The queue holds nothing.
    Empty = 7,
    /// The value was changed since it was read.
    CasMismatch = 8,
    /// The host could not start what was asked for.
    InternalFailure = 10,
    /// The connection to the other side broke; reported by `proxy_get_status`.
    BrokenConnection = 11,
    /// This host does not have the function.
    Unimplemented = 12,
}

/// Which header map a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MapKind {
    RequestHeaders,
    RequestTrailers,
    ResponseHeaders,
    ResponseTrailers,
    GrpcInitialMetadata,
    GrpcTrailingMetadata,
    CalloutHeaders,
    CalloutTrailers,
}

impl MapKind {
    /// Reads the ABI's number; `None` for one that the ABI does not define.
    pub(crate) fn from_abi(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::RequestHeaders,
            1 => Self::RequestTrailers,
            2 => Self::ResponseHeaders,
            3 => Self::ResponseTrailers,
            4 => Self::GrpcInitialMetadata,
            5 => Self::GrpcTrailingMetadata,
            6 => Self::CalloutHeaders,
            7 => Self::CalloutTrailers,
            _ => return None,
        })
    }
}

/// Which byte buffer a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BufferKind {
    RequestBody,
    ResponseBody,
    DownstreamData,
    UpstreamData,
    CalloutBody,
    GrpcMessage,
    VmConfiguration,
    PluginConfiguration,
    CallData,
}

impl BufferKind {
    /// Reads the ABI's number; `None` for one that the ABI does not define.
    pub(crate) fn from_abi(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::RequestBody,
            1 => Self::ResponseBody,
            2 => Self::DownstreamData,
            3 => Self::UpstreamData,
            4 => Self::CalloutBody,
            5 => Self::GrpcMessage,
            6 => Self::VmConfiguration,
            7 => Self::PluginConfiguration,
            8 => Self::CallData,
            _ => return None,
        })
    }
}

/// The severity of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Finest detail.
    Trace,
    /// For the plugin's developers.
    Debug,
    /// Ordinary events.
    Info,
    /// Something an operator should look at.
    Warn,
    /// Something failed.
    Error,
    /// The plugin can't do its work.
    Critical,
}

impl LogLevel {
    /// Reads the ABI's number; `None` for one that the ABI does not define.
    pub(crate) fn from_abi(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Trace,
            1 => Self::Debug,
            2 => Self::Info,
            3 => Self::Warn,
            4 => Self::Error,
            5 => Self::Critical,
            _ => return None,
        })
    }

    /// The level's number in the ABI.
    pub(crate) fn to_abi(self) -> u32 {
        match self {
            Self::Trace => 0,
            Self::Debug => 1,
            Self::Info => 2,
            Self::Warn => 3,
            Self::Error => 4,
            Self::Critical => 5,
        }
    }

    /// The level's lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// What kind of metric a module defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only ever grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Collects samples.
    Histogram,
}

impl MetricKind {
    /// Reads the ABI's number; `None` for one that the ABI does not define.
    pub(crate) fn from_abi(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Counter,
            1 => Self::Gauge,
            2 => Self::Histogram,
            _ => return None,
        })
    }

    /// The kind's number, which cpp-host also keeps in the lowest two bits of a metric's id.
    pub(crate) fn to_abi(self) -> u32 {
        match self {
            Self::Counter => 0,
            Self::Gauge => 1,
            Self::Histogram => 2,
        }
    }
}

/// What a stream callback of the module answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Pass on.
    Continue,
    /// Hold until the module resumes the stream.
    Pause,
}

impl Action {
    /// cpp-host takes every number but 0 as some form of stop.
    pub(crate) fn from_abi(number: u32) -> Self {
        if number == 0 {
            Self::Continue
        } else {
            Self::Pause
        }
    }
}
