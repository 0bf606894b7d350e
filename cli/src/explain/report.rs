//! What was explained, for people and for programs.

use std::fmt::Write as _;

use bailiwick_engine::decision::remedy::Remedy;
use bailiwick_engine::decision::wire::Response;
use bailiwick_engine::exchange::HeaderChanges;
use bailiwick_engine::time::{Timestamp, UnixTime};
use serde_json::{Map, Value, json};

use super::decide::{Decided, Outcome};
use super::request::Request;
use super::stages::{self, Stage, State};
use crate::inspect::shown;

/// The report, as JSON or for people.
pub(super) fn of(request: &Request, decided: &Decided, now: UnixTime, as_json: bool) -> String {
    let stages = stages::of(decided);
    if as_json {
        return format!("{:#}\n", document(request, decided, &stages, now));
    }
    let mut text = String::new();
    // Writing to a `String` can't fail.
    let _ = write(&mut text, request, decided, &stages, now);
    text
}

fn document(request: &Request, decided: &Decided, stages: &[Stage], now: UnixTime) -> Value {
    let stages: Vec<_> = stages
        .iter()
        .map(
            |stage| json!({"stage": stage.name, "outcome": stage.state.name(), "says": stage.says}),
        )
        .collect();
    let mut document = json!({
        "method": request.method,
        "target": path(&request.target),
        "time": Timestamp(now).to_string(),
        "stages": stages,
        "record": decided.record,
    });
    let outcome = match &decided.outcome {
        Outcome::Permitted { changes } => json!({
            "decision": "permitted",
            "upstream": {"remove": changes.remove, "set": fields(&changes.set)},
        }),
        Outcome::Refused { denial, response } => json!({
            "decision": "refused",
            "reason": denial.reason().code(),
            "detail": denial.detail(),
            "remedy": Remedy::of(denial),
            "policies": denial.policies(),
            "answer": answer(response),
        }),
        Outcome::Served { response } => json!({"decision": "served", "answer": answer(response)}),
    };
    if let (Some(members), Value::Object(outcome)) = (document.as_object_mut(), outcome) {
        members.extend(outcome);
    }
    document
}

fn answer(response: &Response) -> Value {
    let body = String::from_utf8_lossy(&response.body);
    json!({"status": response.status, "headers": fields(&response.headers), "body": body})
}

/// Fields by their names; one that stands there several times as a list.
fn fields(all: &[(&'static str, String)]) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, _) in all {
        let values = all.iter().filter(|(other, _)| other == name);
        let mut values: Vec<_> = values
            .map(|(_, value)| Value::from(value.as_str()))
            .collect();
        let value = match values.len() {
            1 => values.remove(0),
            _ => Value::Array(values),
        };
        members.insert((*name).to_owned(), value);
    }
    members
}

fn write(
    text: &mut String,
    request: &Request,
    decided: &Decided,
    stages: &[Stage],
    now: UnixTime,
) -> std::fmt::Result {
    let Request { method, target, .. } = request;
    writeln!(
        text,
        "{} at {}\n",
        shown(&format!("{method} {}", path(target))),
        Timestamp(now)
    )?;
    for stage in stages {
        let said = match stage.state {
            State::NotReached => vec!["not reached".to_owned()],
            State::Found => stage.says.clone(),
            State::Refused => {
                let mut said = stage.says.clone();
                said.first_mut()
                    .into_iter()
                    .for_each(|first| first.insert_str(0, "REFUSED. "));
                said
            }
        };
        section(text, stage.name, &said)?;
    }
    section(text, "decision", &decision(&decided.outcome))
}

/// The path of a target. What stands in the query may be secret, and a report is passed on.
fn path(target: &str) -> String {
    match target.split_once('?') {
        Some((path, _)) => format!("{path}?..."),
        None => target.to_owned(),
    }
}

fn decision(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Permitted { changes } => permitted(changes),
        Outcome::Refused { denial, response } => vec![
            format!(
                "refused: {}, HTTP {}",
                denial.reason().code(),
                response.status
            ),
            format!("try: {}", denial.remedy()),
            format!("as data: {}", json!(Remedy::of(denial))),
        ],
        Outcome::Served { response } => vec![format!(
            "answered by the gate itself, as for everybody: HTTP {}",
            response.status
        )],
    }
}

fn permitted(changes: &HeaderChanges) -> Vec<String> {
    let mut says = vec!["permitted".to_owned()];
    if !changes.remove.is_empty() {
        says.push(format!(
            "the upstream doesn't get {}",
            changes.remove.join(", ")
        ));
    }
    let set: Vec<_> = changes.set.iter().map(|(name, _)| *name).collect();
    if !set.is_empty() {
        says.push(format!("the upstream gets {}", set.join(", ")));
    }
    says
}

fn section(text: &mut String, name: &str, says: &[String]) -> std::fmt::Result {
    let mut label = name;
    for line in says {
        writeln!(text, "{label:<11} {}", shown(line))?;
        label = "";
    }
    Ok(())
}
