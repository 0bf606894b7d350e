//! Running a case through the compiled module in the host.

use std::collections::BTreeMap;

use serde_json::Value;

use super::format::{Decision, EndSpec};
use super::run::{
    CannedAnswer, Case, Clusters, Loaded, Observed, ResponseParts, Row, Runner, Step,
};
use crate::abi::LogLevel;
use crate::callout::{Callout, CalloutAnswer, GrpcAnswer, GrpcCall};
use crate::fleet::Fleet;
use crate::module::Module;
use crate::rate_limits::Counted;
use crate::stream::{Author, Outcome, Stream, StreamId};
use crate::vm::{LogLine, Plugin, Start};
use crate::world::UnixNanos;

/// The property in which the module leaves a decision's record for the access log.
const EVIDENCE_PROPERTY: &[u8] = b"bailiwick_evidence";

/// How the details of an answer begin that the module gives without a decision.
const SERVED: &str = "bailiwick_served_";

/// A callout's answer may lead to another callout, but not for ever.
const MAX_ROUNDS: usize = 16;

/// A gateway process with the module in it.
pub struct Wasm {
    fleet: Fleet,
    clusters: Clusters,
    /// How many log lines of each worker, and which metric values, earlier rows have seen.
    seen_logs: Vec<usize>,
    seen_metrics: BTreeMap<String, u64>,
    seen_violations: Vec<usize>,
    answered: Vec<BTreeMap<u32, String>>,
    /// What a rate-limit service has counted.
    counted: Counted,
}

impl Wasm {
    /// The process that the case describes, not started yet.
    pub fn new(case: &Case, module: &Module) -> Self {
        let plugin = Plugin {
            configuration: case.configuration.clone(),
            clusters: case.clusters.keys().cloned().collect(),
            log_level: LogLevel::Debug,
            ..Plugin::default()
        };
        let now = UnixNanos::from_secs(case.time);
        let fleet = Fleet::new(module, case.profile.clone(), plugin, case.workers, now);
        let workers = fleet.workers().len();
        Self {
            fleet,
            clusters: case.clusters.clone(),
            seen_logs: vec![0; workers],
            seen_metrics: BTreeMap::new(),
            seen_violations: vec![0; workers],
            answered: vec![BTreeMap::new(); workers],
            counted: Counted::default(),
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Advance(seconds) => {
                let now = self.fleet.world().now().0;
                let later = now.saturating_add(UnixNanos::from_secs(*seconds).0);
                self.fleet.world().set_now(UnixNanos(later));
            }
            Step::Tick(workers) => {
                for (number, worker) in self.fleet.workers_mut().iter_mut().enumerate() {
                    if workers.is_empty() || workers.contains(&number) {
                        worker.tick();
                    }
                }
            }
            Step::Clusters(changed) => self.clusters.extend(changed.clone()),
        }
        self.answer_callouts();
    }

    /// Answers what can be answered, and counts every call once.
    fn answer_callouts(&mut self) {
        let now = self.fleet.world().now().as_secs();
        for _ in 0..MAX_ROUNDS {
            let mut any = false;
            for (worker, counted) in self.fleet.workers_mut().iter_mut().zip(&mut self.answered) {
                for call in worker.callouts().to_vec() {
                    counted
                        .entry(call.token)
                        .or_insert_with(|| call.cluster.clone());
                    if let Some(answer) = answer_to(&self.clusters, &call) {
                        any |= worker.answer(call.token, answer);
                    }
                }
                for call in worker.grpc_calls().to_vec() {
                    counted
                        .entry(call.token)
                        .or_insert_with(|| call.cluster.clone());
                    let answer = answer_to_grpc(&self.clusters, &call, &mut self.counted, now);
                    if let Some(answer) = answer {
                        any |= worker.answer_grpc(call.token, answer);
                    }
                }
                worker.deliver_queues();
            }
            if !any {
                return;
            }
        }
    }

    fn send(&mut self, row: &Row) -> Option<StreamId> {
        let request = &row.request;
        let worker = self.fleet.worker(row.worker)?;
        let id = worker.open(request.properties.iter().cloned());
        worker.request_headers(id, request.headers.clone(), request.ends_with_headers());
        self.answer_callouts();
        let last = request.chunks.len().checked_sub(1);
        for (index, chunk) in request.chunks.iter().enumerate() {
            let ends = Some(index) == last && request.end == EndSpec::WithLastPiece;
            let worker = self.fleet.worker(row.worker)?;
            worker.request_body(id, chunk, ends);
            self.answer_callouts();
        }
        let worker = self.fleet.worker(row.worker)?;
        match request.end {
            EndSpec::WithLastPiece | EndSpec::NotYet => {}
            EndSpec::EmptyPiece => worker.request_body(id, b"", true),
            EndSpec::Trailers => {
                worker.request_trailers(id, [("x-checksum", "1")].into_iter().collect());
            }
        }
        self.answer_callouts();
        Some(id)
    }

    /// The upstream answers, if the request got there.
    fn respond(&mut self, worker: usize, id: StreamId, response: &ResponseParts) {
        let Some(worker) = self.fleet.worker(worker) else {
            return;
        };
        let outcome = worker.stream(id).map(Stream::outcome);
        if !matches!(outcome, Some(Outcome::Forwarded(_))) {
            return;
        }
        let ends = response.ends_with_headers();
        worker.response_headers(id, response.headers.clone(), ends);
        let last = response.chunks.len().checked_sub(1);
        for (index, chunk) in response.chunks.iter().enumerate() {
            let ends = Some(index) == last && response.end == EndSpec::WithLastPiece;
            worker.response_body(id, chunk, ends);
        }
        match response.end {
            EndSpec::WithLastPiece | EndSpec::NotYet => {}
            EndSpec::EmptyPiece => worker.response_body(id, b"", true),
            EndSpec::Trailers => {
                worker.response_trailers(id, [("x-checksum", "1")].into_iter().collect());
            }
        }
    }

    fn take_logs(&mut self) -> Vec<LogLine> {
        let mut lines = Vec::new();
        for (worker, seen) in self.fleet.workers().iter().zip(&mut self.seen_logs) {
            lines.extend(worker.logs().iter().skip(*seen).cloned());
            *seen = worker.logs().len();
        }
        lines
    }

    fn take_metrics(&mut self) -> BTreeMap<String, u64> {
        let values: BTreeMap<String, u64> = self
            .fleet
            .world()
            .metrics()
            .into_iter()
            .map(|(name, metric)| (name, metric.value))
            .collect();
        let grown = values
            .iter()
            .map(|(name, value)| {
                let before = self.seen_metrics.get(name).copied().unwrap_or(0);
                (name.clone(), value.saturating_sub(before))
            })
            .collect();
        self.seen_metrics = values;
        grown
    }

    fn take_callouts(&mut self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (worker, counted) in self.fleet.workers().iter().zip(&mut self.answered) {
            // Calls that still wait were counted in this row, and must not be counted again in the next one.
            for cluster in counted.values().filter(|cluster| !cluster.is_empty()) {
                let count: &mut usize = counts.entry(cluster.clone()).or_default();
                *count = count.saturating_add(1);
            }
            counted.retain(|token, _| {
                let http = worker.callouts().iter().map(|call| call.token);
                let grpc = worker.grpc_calls().iter().map(|call| call.token);
                http.chain(grpc).any(|waiting| waiting == *token)
            });
            counted.values_mut().for_each(String::clear);
        }
        counts
    }

    fn take_faults(&mut self) -> Vec<String> {
        let mut faults = Vec::new();
        for (worker, seen) in self.fleet.workers().iter().zip(&mut self.seen_violations) {
            faults.extend(worker.violations().iter().skip(*seen).cloned());
            *seen = worker.violations().len();
            faults.extend(worker.failure().map(ToString::to_string));
        }
        faults
    }
}

impl Runner for Wasm {
    fn load(&mut self) -> Loaded {
        let accepted = self.fleet.start() == Ok(Start::Running);
        self.answer_callouts();
        self.take_metrics();
        self.take_callouts();
        Loaded {
            accepted,
            logs: self.take_logs(),
            faults: self.take_faults(),
        }
    }

    fn row(&mut self, row: &Row) -> Observed {
        // Modules may count for a while before they tell the host, but no longer than from one tick to the next.
        let counts = !row.expected.result.metric.is_empty();
        if counts {
            self.step(&Step::Tick(Vec::new()));
            self.take_metrics();
        }
        for step in &row.before {
            self.step(step);
        }
        let id = self.send(row);
        for step in &row.while_held {
            self.step(step);
        }
        if let (Some(id), Some(response)) = (id, &row.response) {
            self.respond(row.worker, id, response);
        }
        let stream = id.and_then(|id| self.fleet.worker(row.worker)?.close(id));
        if counts {
            self.step(&Step::Tick(Vec::new()));
        }
        let mut seen = Observed {
            logs: self.take_logs(),
            metrics: self.take_metrics(),
            callouts: self.take_callouts(),
            faults: self.take_faults(),
            ..Observed::held()
        };
        let Some(stream) = stream else {
            seen.faults.push("the stream was lost".to_owned());
            return seen;
        };
        if let Some(record) = stream.property(EVIDENCE_PROPERTY) {
            seen.evidence = serde_json::from_slice(record).ok();
            if !seen.logs.iter().any(|line| line.text.as_bytes() == record) {
                seen.faults
                    .push("the record is in the access log only".to_owned());
            }
        }
        match stream.outcome() {
            Outcome::Waiting => {}
            Outcome::Forwarded(passed) => {
                seen.decision = Decision::Allow;
                seen.headers = passed.headers.clone().unwrap_or_default();
                seen.body.clone_from(&passed.body);
                seen.response = stream.downstream().headers.clone().unwrap_or_default();
                seen.response_body.clone_from(&stream.downstream().body);
                let outcome = seen
                    .evidence
                    .as_ref()
                    .and_then(|record| record.get("outcome"));
                if outcome.and_then(Value::as_str) == Some("deny") {
                    seen.decision = Decision::Withheld;
                }
            }
            Outcome::Responded(response) => {
                seen.decision = if response.details.starts_with(SERVED) {
                    Decision::Serve
                } else {
                    Decision::Deny
                };
                seen.status = Some(response.status);
                let sent = stream.downstream();
                seen.headers = sent.headers.clone().unwrap_or_default();
                seen.body.clone_from(&sent.body);
                if stream.upstream().ended && row.response.is_some() {
                    seen.decision = Decision::Withheld;
                } else if stream.upstream().headers.is_some() {
                    seen.faults
                        .push("headers went upstream before the refusal".to_owned());
                }
                if response.author == Author::FailedVm {
                    seen.faults.push("the VM had failed".to_owned());
                }
            }
            Outcome::Reset => seen.faults.push("the stream was reset".to_owned()),
        }
        seen.reason = reason_of(seen.evidence.as_ref(), &seen.body);
        seen
    }
}

fn answer_to(clusters: &Clusters, call: &Callout) -> Option<CalloutAnswer> {
    match clusters.get(&call.cluster)?.get(&call.path()) {
        Some(CannedAnswer::Up {
            status,
            content_type,
            body,
        }) => Some(CalloutAnswer::response(*status, content_type, body.clone())),
        Some(CannedAnswer::Down | CannedAnswer::GrpcStatus(_) | CannedAnswer::RateLimits(_)) => {
            Some(CalloutAnswer::Failed)
        }
        Some(CannedAnswer::Held) => None,
        None => Some(CalloutAnswer::response(404, "text/plain", "not found")),
    }
}

fn answer_to_grpc(
    clusters: &Clusters,
    call: &GrpcCall,
    counted: &mut Counted,
    now: u64,
) -> Option<GrpcAnswer> {
    const UNKNOWN: u32 = 2;
    const UNIMPLEMENTED: u32 = 12;
    const UNAVAILABLE: u32 = 14;
    Some(match clusters.get(&call.cluster)?.get(&call.path) {
        Some(CannedAnswer::Held) => return None,
        Some(CannedAnswer::Up { body, .. }) => GrpcAnswer::Message(body.clone()),
        Some(CannedAnswer::RateLimits(limits)) => counted
            .answer(limits, now, &call.message)
            .map_or(GrpcAnswer::Closed(UNKNOWN), GrpcAnswer::Message),
        Some(CannedAnswer::GrpcStatus(status)) => GrpcAnswer::Closed(*status),
        Some(CannedAnswer::Down) => GrpcAnswer::Closed(UNAVAILABLE),
        None => GrpcAnswer::Closed(UNIMPLEMENTED),
    })
}

fn reason_of(evidence: Option<&Value>, body: &[u8]) -> Option<String> {
    let of_record = evidence
        .and_then(|record| record.get("reason"))
        .and_then(Value::as_str);
    if let Some(reason) = of_record {
        return Some(reason.to_owned());
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    ["/reason", "/error/data/reason"]
        .into_iter()
        .find_map(|pointer| body.pointer(pointer)?.as_str().map(str::to_owned))
}
