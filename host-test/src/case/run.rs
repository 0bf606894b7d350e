//! A case that is ready to run, and what is seen when it runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::check::{self, Mismatch};
use super::format::{Decision, EndSpec, InitSpec, ResultSpec, Way};
use super::native::Native;
use super::wasm::Wasm;
use crate::headers::HeaderMap;
use crate::module::Module;
use crate::profile::Profile;
use crate::rate_limits::RateLimits;
use crate::vm::LogLine;

/// What clusters answer, by cluster and path.
pub type Clusters = BTreeMap<String, BTreeMap<String, CannedAnswer>>;

/// What is answered to a callout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannedAnswer {
    /// A response.
    Up {
        /// HTTP status.
        status: u16,
        /// Media type.
        content_type: String,
        /// Body.
        body: Vec<u8>,
    },
    /// An HTTP response without a message: a gRPC call ends with this status.
    GrpcStatus(u32),
    /// What a rate-limit service with this configuration answers.
    RateLimits(RateLimits),
    /// The call fails.
    Down,
    /// Nothing, for now.
    Held,
}

/// A case, with its tokens minted and its texts filled in.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// Why it matters.
    pub description: String,
    /// The host.
    pub profile: Profile,
    /// How many workers.
    pub workers: usize,
    /// The time at the start, in seconds since the epoch.
    pub time: u64,
    /// The plugin's configuration as the host hands it over.
    pub configuration: Vec<u8>,
    /// What clusters answer at the start.
    pub clusters: Clusters,
    /// Texts that must never be seen again: the tokens.
    pub secrets: Vec<String>,
    /// What must come of loading.
    pub init: InitSpec,
    /// The exchanges.
    pub rows: Vec<Row>,
}

/// One exchange.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it shows.
    pub name: String,
    /// Which worker gets it.
    pub worker: usize,
    /// Whether it is for one way of running only.
    pub only: Option<Way>,
    /// What happens before.
    pub before: Vec<Step>,
    /// The request.
    pub request: RequestParts,
    /// What happens while the request is held.
    pub while_held: Vec<Step>,
    /// The upstream's answer, where there is one.
    pub response: Option<ResponseParts>,
    /// What must come of it.
    pub expected: Expected,
}

/// A request.
#[derive(Clone, Debug)]
pub struct RequestParts {
    /// Pseudo-headers and headers.
    pub headers: HeaderMap,
    /// The body's pieces.
    pub chunks: Vec<Vec<u8>>,
    /// How the body ends.
    pub end: EndSpec,
    /// Connection properties: path with zero bytes, value.
    pub properties: Vec<(Vec<u8>, Vec<u8>)>,
    /// The client certificate of the connection, in DER form; its properties are among the others.
    pub client_certificate: Option<Vec<u8>>,
}

/// An upstream's answer.
#[derive(Clone, Debug)]
pub struct ResponseParts {
    /// `:status` and headers.
    pub headers: HeaderMap,
    /// The body's pieces.
    pub chunks: Vec<Vec<u8>>,
    /// How the body ends.
    pub end: EndSpec,
}

impl ResponseParts {
    /// Whether it ends with its headers.
    pub fn ends_with_headers(&self) -> bool {
        self.chunks.is_empty() && self.end == EndSpec::WithLastPiece
    }
}

impl RequestParts {
    /// The whole body.
    pub fn body(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    /// Whether the request ends with its headers.
    pub fn ends_with_headers(&self) -> bool {
        self.chunks.is_empty() && self.end == EndSpec::WithLastPiece
    }
}

/// Something that happens beside the request.
#[derive(Clone, Debug)]
pub enum Step {
    /// The clock moves on by seconds.
    Advance(u64),
    /// Timers fire; all for an empty list.
    Tick(Vec<usize>),
    /// Clusters answer this from now on.
    Clusters(Clusters),
}

/// What must come of an exchange.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Header fields, filled in.
    pub has_header: Vec<(String, Vec<u8>)>,
    /// The rest, as the file says it.
    pub result: ResultSpec,
}

/// What came of an exchange.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The outcome.
    pub decision: Decision,
    /// The reason's code, for a denial of ours.
    pub reason: Option<String>,
    /// The status of the gateway's own response.
    pub status: Option<u32>,
    /// The header fields sent on, or of the response.
    pub headers: HeaderMap,
    /// The body sent on, or of the response.
    pub body: Vec<u8>,
    /// The header fields of the upstream's answer as the client gets them.
    pub response: HeaderMap,
    /// The body of that.
    pub response_body: Vec<u8>,
    /// The record.
    pub evidence: Option<Value>,
    /// What was logged.
    pub logs: Vec<LogLine>,
    /// By how much counters grew.
    pub metrics: BTreeMap<String, u64>,
    /// Callouts started, by cluster.
    pub callouts: BTreeMap<String, usize>,
    /// What should never happen, whatever the case says: traps, broken header lines.
    pub faults: Vec<String>,
}

impl Observed {
    /// Nothing yet: the gateway holds the request.
    pub(crate) fn held() -> Self {
        Self {
            decision: Decision::Held,
            reason: None,
            status: None,
            headers: HeaderMap::new(),
            body: Vec::new(),
            response: HeaderMap::new(),
            response_body: Vec::new(),
            evidence: None,
            logs: Vec::new(),
            metrics: BTreeMap::new(),
            callouts: BTreeMap::new(),
            faults: Vec::new(),
        }
    }
}

/// What came of loading the configuration.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Whether it was taken.
    pub accepted: bool,
    /// What was logged.
    pub logs: Vec<LogLine>,
    /// What should never happen.
    pub faults: Vec<String>,
}

/// Something that can run a case.
pub trait Runner {
    /// Loads the configuration.
    fn load(&mut self) -> Loaded;

    /// Runs one row after those before it.
    fn row(&mut self, row: &Row) -> Observed;
}

/// How one row, or the loading before them, went.
#[derive(Clone, Debug)]
pub struct RowReport {
    /// The row's name; `plugin_init` for the loading.
    pub name: String,
    /// The way of running; none for a comparison of the two.
    pub way: Option<Way>,
    /// Everything that was not as expected.
    pub mismatches: Vec<Mismatch>,
    /// What is known of the row, for whoever has to find out why.
    pub trace: Vec<String>,
}

/// How a case went.
#[derive(Clone, Debug)]
pub struct CaseReport {
    /// The file.
    pub path: PathBuf,
    /// The case.
    pub name: String,
    /// Its rows.
    pub rows: Vec<RowReport>,
    /// Reason codes that its rows expect.
    pub reasons: Vec<String>,
}

impl CaseReport {
    /// Whether everything was as expected.
    pub fn passed(&self) -> bool {
        self.rows.iter().all(|row| row.mismatches.is_empty())
    }
}

/// Runs a case natively, and through the module if there is one; then also compares what the two have seen.
pub fn run(case: &Case, native: bool, module: Option<&Module>) -> CaseReport {
    let mut report = CaseReport {
        path: case.path.clone(),
        name: case.name.clone(),
        rows: Vec::new(),
        reasons: case
            .rows
            .iter()
            .filter_map(|row| row.expected.result.reason.clone())
            .collect(),
    };
    let natively = native.then(|| run_one(case, Way::Native, &mut Native::new(case), &mut report));
    let compiled =
        module.map(|module| run_one(case, Way::Wasm, &mut Wasm::new(case, module), &mut report));
    if let (Some(natively), Some(compiled)) = (natively, compiled) {
        for (name, ours) in &natively {
            let Some((_, theirs)) = compiled.iter().find(|(other, _)| other == name) else {
                continue;
            };
            let mismatches = check::compare(ours, theirs);
            if !mismatches.is_empty() {
                report.rows.push(RowReport {
                    name: name.clone(),
                    way: None,
                    trace: check::trace(theirs),
                    mismatches,
                });
            }
        }
    }
    report
}

fn run_one(
    case: &Case,
    way: Way,
    runner: &mut dyn Runner,
    report: &mut CaseReport,
) -> Vec<(String, Observed)> {
    let loaded = runner.load();
    let mismatches = check::loading(case, way, &loaded);
    let stop = loaded.accepted != case.init.accepted;
    report.rows.push(RowReport {
        name: "plugin_init".to_owned(),
        way: Some(way),
        mismatches,
        trace: loaded.logs.iter().map(check::log_text).collect(),
    });
    if stop {
        return Vec::new();
    }
    let mut seen = Vec::new();
    for row in &case.rows {
        if row.only.is_some_and(|only| only != way) {
            continue;
        }
        let observed = runner.row(row);
        report.rows.push(RowReport {
            name: row.name.clone(),
            way: Some(way),
            mismatches: check::row(case, row, way, &observed),
            trace: check::trace(&observed),
        });
        seen.push((row.name.clone(), observed));
    }
    seen
}
