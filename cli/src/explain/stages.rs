//! What each stage found, as the record says it, and which of them refused.

use bailiwick_engine::decision::Denial;
use serde_json::Value;

use super::decide::{Decided, Outcome};

/// One stage and what came of it.
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) state: State,
    /// What it found, each in a line.
    pub(super) says: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It has found what stands there.
    Found,
    /// It refused the request.
    Refused,
    /// The request was refused before.
    NotReached,
}

impl State {
    /// Its name in JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Refused => "refused",
            Self::NotReached => "not_reached",
        }
    }
}

/// A stage's name, and what it says of a record that shows that it was reached.
type Teller = (&'static str, fn(&Value) -> Option<Vec<String>>);

/// The stages in the order in which a gate comes to them.
const STAGES: [Teller; 9] = [
    ("route", |record| {
        Some(vec![text(record, "/route")?.to_owned()])
    }),
    ("credential", |record| {
        let digest = text(record, "/credential")?;
        Some(vec![format!("the one with the digest {digest}")])
    }),
    ("identity", |record| Some(identity(record.get("caller")?))),
    ("delegation", |record| {
        Some(delegation(record, record.get("chain")?.as_array()?))
    }),
    ("standing", |record| {
        let said = "no list and no rule of the configuration has ended it";
        record.get("possession").map(|_| vec![said.to_owned()])
    }),
    ("proof", |record| Some(vec![proof(record)?])),
    ("terms", |record| {
        let met = "the route asks for nothing more".to_owned();
        record.get("possession").map(|_| vec![met])
    }),
    ("operation", |record| {
        Some(vec![operation(record.get("operation")?)?])
    }),
    ("policy", |record| {
        let is_allowed = text(record, "/outcome") == Some("allow");
        let ids = texts(record.get("policies")?);
        let by = match ids.as_slice() {
            [] => "refused by policy, and forwarded since the gate is in shadow".to_owned(),
            ids => format!("permitted by {}", quoted(ids)),
        };
        is_allowed.then(|| vec![by])
    }),
];

/// Every stage; none where the gate answered by itself.
pub(super) fn of(decided: &Decided) -> Vec<Stage> {
    let denial = match &decided.outcome {
        Outcome::Permitted { .. } => None,
        Outcome::Refused { denial, .. } => Some(denial),
        Outcome::Served { .. } => return Vec::new(),
    };
    let refusing = denial.map(|denial| refusing(denial, &decided.record));
    let stages = STAGES.into_iter().map(|(name, tell)| {
        let mut says = tell(&decided.record);
        let state = match (refusing == Some(name), &says) {
            (true, _) => State::Refused,
            (false, Some(_)) => State::Found,
            (false, None) => State::NotReached,
        };
        if let (State::Refused, Some(denial)) = (state, denial) {
            // What is said of stages that let pass doesn't hold here.
            if ["standing", "terms", "policy"].contains(&name) {
                says = None;
            }
            let said = says.get_or_insert_default();
            said.insert(0, refusal(denial));
        }
        Stage {
            name,
            state,
            says: says.unwrap_or_default(),
        }
    });
    stages.collect()
}

/// Which of them refused. A proof is examined with the identity, and is none of its reasons before somebody is identified.
fn refusing(denial: &Denial, record: &Value) -> &'static str {
    match denial.reason().facts().stage {
        "request" => "route",
        "credential" => "credential",
        "identity" if record.get("caller").is_some() => "proof",
        "identity" => "identity",
        "standing" => "standing",
        "delegation" => "delegation",
        "terms" | "transaction" => "terms",
        "operation" => "operation",
        "policy" => "policy",
        _ => "",
    }
}

/// Why, in words.
pub(super) fn refusal(denial: &Denial) -> String {
    let title = denial.reason().facts().title;
    match denial.detail() {
        Some(detail) => format!("{title}: {detail}"),
        None => title.to_owned(),
    }
}

fn identity(caller: &Value) -> Vec<String> {
    let of = |name: &str| text(caller, &format!("/{name}"));
    let mut says = Vec::new();
    if let Some(agent) = of("agent") {
        says.push(match of("user") {
            Some(user) => format!("{agent} for {user}"),
            None => agent.to_owned(),
        });
    }
    let subject = of("subject").unwrap_or_default();
    let issuer = of("issuer").unwrap_or_default();
    let format = of("format").unwrap_or_default();
    says.push(format!("{format} of {issuer} about {subject}"));
    for (name, label) in [("client", "client"), ("task", "task"), ("token_id", "id")] {
        says.extend(of(name).map(|value| format!("{label} {value}")));
    }
    says
}

fn delegation(record: &Value, hops: &[Value]) -> Vec<String> {
    let mut says = parties(record, hops);
    if let Some(mission) = text(record, "/mission/id") {
        says.push(format!("mission {mission}"));
    }
    if let Some(holder) = text(record, "/warrant/holder") {
        let domain = text(record, "/warrant/domain").unwrap_or_default();
        says.push(format!(
            "limited by a warrant of {domain}, held by {holder}"
        ));
        let hops = record.pointer("/warrant/chain").and_then(Value::as_array);
        let of_warrant = record.get("warrant").zip(hops);
        says.extend(
            of_warrant
                .into_iter()
                .flat_map(|(of, hops)| parties(of, hops)),
        );
    }
    says
}

/// A verdict, and the hops that it is on.
fn parties(record: &Value, hops: &[Value]) -> Vec<String> {
    let mut says: Vec<_> = verdict(record).into_iter().collect();
    says.extend(hops.iter().enumerate().map(|(place, hop)| {
        let of = |name: &str| text(hop, &format!("/{name}")).unwrap_or_default();
        let vouched = match hop.get("verified") {
            Some(Value::Bool(true)) => "",
            _ => ", whose issuer doesn't vouch for it here",
        };
        let (subject, issuer, format) = (of("subject"), of("issuer"), of("format"));
        format!("hop {place}: {subject} of {issuer} ({format}{vouched})")
    }));
    says
}

fn verdict(record: &Value) -> Option<String> {
    let verdict = record.get("verdict")?;
    let of = |name: &str| text(verdict, &format!("/{name}")).unwrap_or_default();
    let hop = verdict
        .get("hop")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    Some(match of("attenuation") {
        "widened" => format!(
            "widened by hop {hop}: {}: `{}`, where the one before has `{}`",
            of("dimension"),
            of("child"),
            of("parent")
        ),
        "unproven" => format!("unproven: hop {hop} is `{}`", of("why")),
        proven => proven.to_owned(),
    })
}

fn proof(record: &Value) -> Option<String> {
    let by = text(record, "/possession")?;
    Some(match text(record, "/possession_key") {
        Some(key) => format!("{by}, by the key {key}"),
        None => by.to_owned(),
    })
}

fn operation(operation: &Value) -> Option<String> {
    let messages = operation.get("messages").and_then(Value::as_array);
    if let Some(messages) = messages {
        let each: Vec<_> = messages.iter().filter_map(self::operation).collect();
        return Some(format!("batch of {}", each.join(", ")));
    }
    let action = text(operation, "/action")?;
    let resource = operation.get("resource")?.as_object()?;
    let named: Vec<_> = ["server", "agent", "tool", "uri", "prompt", "route"]
        .iter()
        .filter_map(|name| resource.get(*name)?.as_str())
        .collect();
    Some(format!("{action} {}", named.join("/")))
}

fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

fn texts(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn quoted(ids: &[String]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
    ids.join(", ")
}
