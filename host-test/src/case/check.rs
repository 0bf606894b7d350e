//! Comparing what came with what should have come.

use serde_json::Value;

use super::format::{Decision, LogSpec, ResultSpec, Way};
use super::run::{Case, Loaded, Observed, Row};
use crate::headers::HeaderMap;
use crate::vm::LogLine;

/// One thing that was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What was looked at, as a path into `result`.
    pub what: String,
    /// What should have come.
    pub expected: String,
    /// What came.
    pub found: String,
}

/// The members of a record that differ from run to run, or from way to way, for good reasons: the instance's own name,
/// what is derived from it, and the configuration's digest, which is over other bytes where a base was merged.
const RECORD_OF_ITS_OWN: &[&str] = &["id", "instance", "previous", "sequence"];

/// The member of a response's body that names the record.
const EVIDENCE_ID: &str = "evidence";

struct Checks(Vec<Mismatch>);

impl Checks {
    fn equal(&mut self, what: &str, expected: &str, found: &str) {
        if expected != found {
            self.add(what, expected, found);
        }
    }

    fn add(&mut self, what: &str, expected: impl ToString, found: impl ToString) {
        self.0.push(Mismatch {
            what: what.to_owned(),
            expected: expected.to_string(),
            found: found.to_string(),
        });
    }
}

/// What is wrong with how the configuration was taken.
pub fn loading(case: &Case, way: Way, loaded: &Loaded) -> Vec<Mismatch> {
    let mut checks = Checks(Vec::new());
    checks.equal(
        "plugin_init.accepted",
        &case.init.accepted.to_string(),
        &loaded.accepted.to_string(),
    );
    // The native way has no log but the error itself, which is what a host would log.
    if way == Way::Wasm || !case.init.accepted {
        logs(&mut checks, &case.init.log, &loaded.logs);
    }
    faults(&mut checks, &loaded.faults);
    checks.0
}

/// What is wrong with a row.
pub fn row(case: &Case, row: &Row, way: Way, seen: &Observed) -> Vec<Mismatch> {
    let mut checks = Checks(Vec::new());
    let expected = &row.expected.result;
    checks.equal(
        "decision",
        decision(expected.decision),
        decision(seen.decision),
    );
    if let Some(reason) = &expected.reason {
        checks.equal("reason", reason, seen.reason.as_deref().unwrap_or("none"));
    } else if let (Decision::Allow, Some(reason)) = (expected.decision, &seen.reason) {
        checks.add("reason", "none", reason);
    }
    if let Some(immediate) = expected.immediate {
        checks.equal(
            "immediate.http_status",
            &immediate.http_status.to_string(),
            &seen
                .status
                .map_or_else(|| "none".to_owned(), |s| s.to_string()),
        );
    }
    headers(&mut checks, row, &seen.headers);
    response(&mut checks, row, seen);
    pointers(
        &mut checks,
        "body",
        &expected.body,
        serde_json::from_slice(&seen.body).ok().as_ref(),
    );
    pointers(
        &mut checks,
        "evidence",
        &expected.evidence,
        seen.evidence.as_ref(),
    );
    if way == Way::Wasm {
        logs(&mut checks, &expected.log, &seen.logs);
        for (name, count) in &expected.metric {
            let found = seen.metrics.get(name).copied().unwrap_or(0);
            checks.equal(
                &format!("metric `{name}`"),
                &count.to_string(),
                &found.to_string(),
            );
        }
        for (cluster, count) in &expected.callouts {
            let found = seen.callouts.get(cluster).copied().unwrap_or(0);
            checks.equal(
                &format!("callouts `{cluster}`"),
                &count.to_string(),
                &found.to_string(),
            );
        }
    }
    invariants(&mut checks, case, row, seen);
    faults(&mut checks, &seen.faults);
    checks.0
}

/// Where the two ways of running a row differ.
pub fn compare(native: &Observed, wasm: &Observed) -> Vec<Mismatch> {
    let mut checks = Checks(Vec::new());
    let mut same = |what: &str, native: String, wasm: String| checks.equal(what, &native, &wasm);
    same(
        "decision",
        decision(native.decision).to_owned(),
        decision(wasm.decision).to_owned(),
    );
    same(
        "reason",
        format!("{:?}", native.reason),
        format!("{:?}", wasm.reason),
    );
    same(
        "status",
        format!("{:?}", native.status),
        format!("{:?}", wasm.status),
    );
    same(
        "body",
        comparable_body(&native.body),
        comparable_body(&wasm.body),
    );
    // Where something was withheld, it ends with an error that names the record.
    if native.decision == Decision::Allow {
        same(
            "response_body",
            comparable_body(&native.response_body),
            comparable_body(&wasm.response_body),
        );
    }
    same(
        "evidence",
        comparable_record(native.evidence.as_ref()),
        comparable_record(wasm.evidence.as_ref()),
    );
    for name in [
        "www-authenticate",
        "retry-after",
        "allow",
        "content-type",
        "access-control-allow-origin",
        "access-control-allow-headers",
    ] {
        let values = |seen: &Observed| {
            seen.headers
                .all(name)
                .map(shown)
                .collect::<Vec<_>>()
                .join(", ")
        };
        same(name, values(native), values(wasm));
    }
    checks.0
}

/// What somebody needs who has to find out why a row failed: the outcome, the record, the log.
pub fn trace(seen: &Observed) -> Vec<String> {
    let mut lines = vec![format!(
        "outcome: {}{}{}",
        decision(seen.decision),
        seen.status
            .map(|s| format!(", status {s}"))
            .unwrap_or_default(),
        seen.reason
            .as_ref()
            .map(|r| format!(", reason {r}"))
            .unwrap_or_default(),
    )];
    for (name, value) in seen.headers.iter() {
        lines.push(format!(
            "header: {}: {}",
            name.escape_ascii(),
            value.escape_ascii()
        ));
    }
    lines.push(format!("body: {}", shortened(&seen.body)));
    if let Some(evidence) = &seen.evidence {
        lines.push(format!("evidence: {evidence}"));
    }
    lines.extend(seen.logs.iter().map(log_text));
    for (name, grown) in seen.metrics.iter().filter(|(_, grown)| **grown > 0) {
        lines.push(format!("metric: {name} +{grown}"));
    }
    for (cluster, count) in &seen.callouts {
        lines.push(format!("callouts: {cluster} {count}"));
    }
    lines
}

/// A log line as a trace shows it.
pub fn log_text(line: &LogLine) -> String {
    format!("log {}: {}", line.level.name(), shown(line.text.as_bytes()))
}

fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::Deny => "deny",
        Decision::Withheld => "withheld",
        Decision::Serve => "serve",
        Decision::Held => "held",
    }
}

fn headers(checks: &mut Checks, row: &Row, found: &HeaderMap) {
    let all = |name: &str| {
        let values: Vec<String> = found.all(name).map(shown).collect();
        if values.is_empty() {
            "none".to_owned()
        } else {
            values.join(" | ")
        }
    };
    for (name, value) in &row.expected.has_header {
        if !found.all(name).any(|v| v == value.as_slice()) {
            checks.add(
                &format!("has_header `{name}`"),
                value.escape_ascii(),
                all(name),
            );
        }
    }
    for (name, part) in &row.expected.result.header_contains {
        if !found
            .all(name)
            .any(|v| String::from_utf8_lossy(v).contains(part.as_str()))
        {
            checks.add(&format!("header_contains `{name}`"), part, all(name));
        }
    }
    for name in &row.expected.result.no_header {
        if found.first(name).is_some() {
            checks.add(&format!("no_header `{name}`"), "none", all(name));
        }
    }
}

/// What the client gets of the upstream's answer.
fn response(checks: &mut Checks, row: &Row, seen: &Observed) {
    let (expected, found): (&ResultSpec, _) = (&row.expected.result, &seen.response);
    let came = row.response.iter().flat_map(|response| &response.chunks);
    let came = || came.flatten().copied().collect::<Vec<_>>();
    let wanted = expected.response_body.as_ref();
    let wanted = wanted.map_or_else(came, |text| text.clone().into_bytes());
    if seen.decision == Decision::Allow && seen.response_body != wanted {
        let (wanted, found) = (shortened(&wanted), shortened(&seen.response_body));
        checks.add("response_body", wanted, found);
    }
    for (name, value) in &expected.response_has_header {
        if !found.all(name).any(|v| v == value.as_bytes()) {
            let values: Vec<_> = found.all(name).map(shown).collect();
            let what = format!("response_has_header `{name}`");
            checks.add(&what, value, values.join(" | "));
        }
    }
    for name in &expected.response_no_header {
        if let Some(value) = found.first(name) {
            checks.add(
                &format!("response_no_header `{name}`"),
                "none",
                shown(value),
            );
        }
    }
}

fn pointers(
    checks: &mut Checks,
    what: &str,
    expected: &std::collections::BTreeMap<String, Value>,
    found: Option<&Value>,
) {
    for (pointer, value) in expected {
        let found = found
            .and_then(|document| document.pointer(pointer))
            .unwrap_or(&Value::Null);
        if found != value {
            checks.add(&format!("{what} `{pointer}`"), value, found);
        }
    }
}

fn logs(checks: &mut Checks, expected: &[LogSpec], found: &[LogLine]) {
    let line_with = |part: &String| found.iter().find(|line| line.text.contains(part.as_str()));
    for spec in expected {
        if let Some(part) = spec
            .contains
            .as_ref()
            .filter(|part| line_with(part).is_none())
        {
            checks.add("log contains", part, "no such line");
        }
        if let Some((part, line)) = spec.never.as_ref().and_then(|p| Some((p, line_with(p)?))) {
            checks.add("log never", part, &line.text);
        }
    }
}

/// What must hold in every row, whatever it says: an allowed body goes on as it came, unless the row says how else, nothing of a refused
/// request does, and no token is seen in a log, a response or a record.
fn invariants(checks: &mut Checks, case: &Case, row: &Row, seen: &Observed) {
    let changed = row.expected.result.sent_on.as_ref();
    let sent = changed.map_or_else(|| row.request.body(), |text| text.clone().into_bytes());
    if seen.decision == Decision::Allow && seen.body != sent {
        checks.add("the body sent on", shortened(&sent), shortened(&seen.body));
    }
    let mut texts: Vec<(&str, String)> = seen
        .logs
        .iter()
        .map(|line| ("a token in the log", line.text.clone()))
        .collect();
    if let Some(record) = &seen.evidence {
        texts.push(("a token in the record", record.to_string()));
    }
    if matches!(
        seen.decision,
        Decision::Deny | Decision::Withheld | Decision::Serve
    ) {
        texts.push((
            "a token in the response",
            String::from_utf8_lossy(&seen.body).into_owned(),
        ));
        texts.push(("a token in a header", format!("{:?}", seen.headers)));
    }
    for secret in &case.secrets {
        // A signature alone is enough to recognise a token by, and short forged texts would be found everywhere.
        let part = secret
            .rsplit('.')
            .next()
            .filter(|part| part.len() >= 32)
            .unwrap_or(secret);
        if part.len() < 16 {
            continue;
        }
        for (what, text) in &texts {
            if text.contains(part) {
                checks.add(what, "never", text);
            }
        }
    }
}

fn faults(checks: &mut Checks, faults: &[String]) {
    for fault in faults {
        checks.add("the host", "nothing to complain of", fault);
    }
}

fn comparable_body(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            forget(&mut value, EVIDENCE_ID);
            value.to_string()
        }
        Err(_) => shortened(body),
    }
}

/// Removes a member wherever it stands: at the top in a problem document, under `error.data` in JSON-RPC, in a list there in A2A.
fn forget(value: &mut Value, member: &str) {
    match value {
        Value::Object(members) => {
            members.remove(member);
            members.values_mut().for_each(|value| forget(value, member));
        }
        Value::Array(elements) => elements.iter_mut().for_each(|value| forget(value, member)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn comparable_record(record: Option<&Value>) -> String {
    let Some(record) = record else {
        return "none".to_owned();
    };
    let mut record = record.clone();
    if let Value::Object(members) = &mut record {
        members.retain(|name, _| !RECORD_OF_ITS_OWN.contains(&name.as_str()));
    }
    record.to_string()
}

fn shortened(bytes: &[u8]) -> String {
    const MOST: usize = 600;
    match bytes.get(..MOST) {
        Some(beginning) => format!("{}... ({} bytes)", shown(beginning), bytes.len()),
        None => shown(bytes),
    }
}

/// Bytes for people: text as it is, and whatever would not show, or break the line, escaped.
fn shown(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() {
                out.extend(c.escape_default());
            } else {
                out.push(c);
            }
        }
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    out
}
