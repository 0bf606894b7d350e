//! Load from wrk, and what it measured.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use bailiwick_tests::parts::{self, PartError};
use serde::Deserialize;

use crate::workloads::Workload;

/// The load generator's binary, from `cargo xtask bench`.
const WRK: &str = "BAILIWICK_WRK";
/// Enough to keep one Envoy worker busy, few enough that latency is not mostly queueing.
const CONNECTIONS: &str = "8";

/// What one run measured.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(crate) struct Sample {
    requests: u64,
    micros: u64,
    /// Median latency in microseconds.
    pub(crate) p50_us: f64,
    /// 99th percentile of the latency in microseconds.
    pub(crate) p99_us: f64,
    refused: u64,
    broken: u64,
}

impl Sample {
    /// Requests a second.
    pub(crate) fn rps(&self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of one run are far below 2^52"
        )]
        let (requests, micros) = (self.requests as f64, self.micros as f64);
        requests / (micros / 1e6)
    }

    /// What of `spent` falls to one request, in microseconds.
    pub(crate) fn share_us(&self, spent: Duration) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of one run are far below 2^52"
        )]
        let requests = self.requests as f64;
        spent.as_secs_f64() * 1e6 / requests
    }

    /// How many tokens were used up.
    pub(crate) fn requests(&self) -> u64 {
        self.requests
    }
}

/// A run that measured nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// wrk isn't there.
    #[error(transparent)]
    Part(#[from] PartError),
    /// wrk could not be started.
    #[error("can't run wrk: {0}")]
    Start(#[from] io::Error),
    /// wrk failed, or its script did.
    #[error("wrk printed no result:\n{output}")]
    NoResult {
        /// What it printed instead.
        output: String,
    },
    /// Requests that were refused cost other work than those that pass, so the run says nothing.
    #[error("of {requests} requests {refused} were refused and {broken} got no answer")]
    NotServed {
        /// All requests.
        requests: u64,
        /// Those with a status of 400 and above.
        refused: u64,
        /// Those whose connection broke or that timed out.
        broken: u64,
    },
}

/// Sends `workload` to `address` for some seconds, with the tokens in `tokens` from number `first` on.
///
/// # Errors
///
/// wrk isn't there or failed, or not every request was answered with success.
pub(crate) fn run(
    address: SocketAddr,
    workload: &Workload,
    tokens: &Path,
    first: u64,
    seconds: u32,
) -> Result<Sample, LoadError> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/requests.lua");
    let body = workload.body.as_deref().unwrap_or(Path::new("-"));
    let Output { stdout, stderr, .. } = Command::new(parts::find(WRK)?)
        .args(["--threads", "1", "--connections", CONNECTIONS])
        .args(["--duration", &format!("{seconds}s"), "--script"])
        .arg(script)
        .arg(format!("http://{address}"))
        .args(["--", workload.method, workload.path])
        .args([body, tokens])
        .arg(first.to_string())
        .output()?;
    let output = String::from_utf8_lossy(&stdout);
    let result = output.lines().rev().find(|line| line.starts_with('{'));
    let Some(sample) = result.and_then(|line| serde_json::from_str::<Sample>(line).ok()) else {
        let output = format!("{output}{}", String::from_utf8_lossy(&stderr));
        return Err(LoadError::NoResult { output });
    };
    match sample {
        Sample {
            requests,
            refused,
            broken,
            ..
        } if requests == 0 || refused > 0 || broken > 0 => Err(LoadError::NotServed {
            requests,
            refused,
            broken,
        }),
        sample => Ok(sample),
    }
}
