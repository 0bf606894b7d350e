//! What was found out, for people and as JSON.

use std::fmt::Write as _;

use bailiwick_engine::time::Timestamp;
use serde_json::{Map, Value, json};

use super::checks::{distance, moment};
use super::parties::Parties;
use super::token::NoJwt;
use super::tree::Style;
use super::{Inspection, Judgement};

/// Claims that are moments.
const MOMENTS: [&str; 5] = ["exp", "iat", "nbf", "auth_time", "updated_at"];

/// The report on a text that is no JWT.
pub(super) fn of_no_jwt(what: &str, error: &NoJwt, as_json: bool) -> String {
    if as_json {
        return format!(
            "{:#}\n",
            json!({"jwt": false, "what": what, "why": error.to_string()})
        );
    }
    format!("This is {what}.\nIt is no JWT: {error}.\n")
}

/// The report on a token.
pub(super) fn of(inspection: &Inspection, as_json: bool) -> String {
    if as_json {
        return format!("{:#}\n", document(inspection));
    }
    let mut text = String::new();
    // Writing to a `String` can't fail.
    let _ = write(&mut text, inspection);
    text
}

fn document(inspection: &Inspection) -> Value {
    let token = &inspection.token;
    let facts = token.kind.facts();
    let checks: Vec<_> = inspection
        .checks
        .iter()
        .map(|check| json!({"what": check.what, "outcome": check.outcome.word(), "detail": check.detail}))
        .collect();
    let routes: Vec<_> = inspection.judgements.iter().map(judgement).collect();
    json!({
        "jwt": true,
        "what": facts.name,
        "header": token.header,
        "claims": token.claims,
        "checks": checks,
        "checked_by_a_gate": facts.checked,
        "routes": routes,
        "delegation": parties(inspection).map(|parties| parties.document()),
        "needs": inspection.needs,
        "sound": inspection.is_sound(),
    })
}

fn judgement(judgement: &Judgement) -> Value {
    match &judgement.refusal {
        None => json!({"route": judgement.route, "believed": true, "caller": judgement.caller}),
        Some(refusal) => json!({
            "route": judgement.route,
            "believed": false,
            "reason": refusal.reason,
            "detail": refusal.detail,
            "remedy": refusal.remedy,
        }),
    }
}

fn write(text: &mut String, inspection: &Inspection) -> std::fmt::Result {
    let token = &inspection.token;
    let facts = token.kind.facts();
    writeln!(text, "{}\n", facts.name)?;
    section(text, "header", &token.header, inspection)?;
    section(text, "claims", &token.claims, inspection)?;
    if let Some(parties) = parties(inspection) {
        text.push_str(&parties.text(Style::of_output()));
    }
    writeln!(text, "looked at, as of {}", Timestamp(inspection.now))?;
    for check in &inspection.checks {
        let word = check.outcome.word();
        writeln!(
            text,
            "  {word:<8} {:<10} {}",
            check.what,
            shown(&check.detail)
        )?;
    }
    if inspection.judgements.is_empty() && !facts.checked.is_empty() {
        writeln!(text, "\na gate also checks that")?;
        for rule in facts.checked {
            writeln!(text, "  {rule}")?;
        }
    }
    judgements(text, &inspection.judgements)?;
    if !inspection.needs.is_empty() {
        writeln!(text, "\neach request with it needs")?;
    }
    for need in &inspection.needs {
        writeln!(text, "  {}", shown(need))?;
    }
    Ok(())
}

/// Who acted for whom, as the first route has it that came so far.
fn parties(inspection: &Inspection) -> Option<Parties> {
    let judged = inspection
        .judgements
        .iter()
        .find_map(|of| of.chain.as_ref());
    Parties::of(&inspection.token, judged)
}

/// Routes with one outcome stand together.
fn judgements(text: &mut String, judgements: &[Judgement]) -> std::fmt::Result {
    let outcome = |judgement: &Judgement| match (&judgement.refusal, &judgement.caller) {
        (Some(refusal), _) => format!(
            "{}: {}\n    remedy: {}",
            match refusal.reason {
                Some(_) => "is refused",
                None => "can't be judged here",
            },
            refusal.detail,
            refusal.remedy
        ),
        (None, caller) => format!(
            "is believed: the caller is {}; policies decide what it may do",
            caller.as_deref().unwrap_or("nobody")
        ),
    };
    let mut told: Vec<String> = Vec::new();
    for judgement in judgements {
        let said = outcome(judgement);
        if told.contains(&said) {
            continue;
        }
        let same = judgements.iter().filter(|other| outcome(other) == said);
        let routes: Vec<_> = same.map(|other| other.route.as_str()).collect();
        writeln!(text, "\non {} it {}", routes.join(", "), shown(&said))?;
        told.push(said);
    }
    Ok(())
}

fn section(
    text: &mut String,
    title: &str,
    members: &Map<String, Value>,
    inspection: &Inspection,
) -> std::fmt::Result {
    writeln!(text, "{title}")?;
    let width = members.keys().map(String::len).max().unwrap_or(0).min(24);
    for (name, value) in members {
        let name = shown(name);
        writeln!(
            text,
            "  {name:<width$} {}",
            member(&name, value, inspection)
        )?;
    }
    writeln!(text)
}

/// A member's value: text as it is, moments with their date, and everything else as JSON.
fn member(name: &str, value: &Value, inspection: &Inspection) -> String {
    if let Some(at) = moment(value).filter(|_| MOMENTS.contains(&name)) {
        return format!(
            "{value} ({}, {})",
            Timestamp(at),
            distance(at, inspection.now)
        );
    }
    match value.as_str() {
        Some(text) => shown(text),
        None => shown(&value.to_string()),
    }
}

/// Text for a terminal: what would move the cursor, colour the screen or turn the writing around is escaped.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let is_hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if (c.is_control() && c != '\n') || is_hidden {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}
