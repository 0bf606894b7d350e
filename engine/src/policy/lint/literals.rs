//! Scopes and issuers that conditions compare with, and that no token of this gate has; and counters that it doesn't have.

use serde_json::Value as Json;

use super::{Finding, surroundings::Surroundings};
use crate::policy::load_error::ProblemKind;
use crate::suggestion::nearest;

pub(super) fn check(around: &Surroundings, at: usize, conditions: &Json) -> Vec<Finding> {
    let mut compared = Vec::new();
    walk(conditions, &mut compared);
    let strange = compared.into_iter().filter_map(|(attribute, text)| {
        let (known, what) = match attribute {
            "scopes" => (around.scopes.as_ref()?, "no token has the scope"),
            "issuer" => (around.issuers.as_ref()?, "no token has the issuer"),
            "calls" => (around.counters.as_ref()?, "there is no counter"),
            _ => return None,
        };
        if known.contains(text) {
            return None;
        }
        let meant = match nearest(text, known.iter().map(String::as_str)) {
            Some(known) => format!(", did you mean `{known}`?"),
            None => String::new(),
        };
        let message = format!("{what} `{text}` under this configuration{meant}");
        let found = Finding::warning(at, ProblemKind::UnknownName, message);
        Some(found.about(format!("\"{text}\"")))
    });
    strange.collect()
}

/// Every text that an attribute of the token is compared with, as `(attribute, text)`.
fn walk<'j>(json: &'j Json, compared: &mut Vec<(&'j str, &'j str)>) {
    match json {
        Json::Array(elements) => elements.iter().for_each(|element| walk(element, compared)),
        Json::Object(members) => {
            for (operator, operands) in members {
                if matches!(
                    operator.as_str(),
                    "==" | "!=" | "contains" | "containsAll" | "containsAny"
                ) {
                    let (left, right) = (operands.get("left"), operands.get("right"));
                    for (of, with) in [(left, right), (right, left)] {
                        let attribute = of.and_then(of_token);
                        let texts = with.into_iter().flat_map(texts);
                        compared.extend(attribute.into_iter().flat_map(|name| {
                            texts
                                .clone()
                                .map(move |text| (name, text))
                                .collect::<Vec<_>>()
                        }));
                    }
                }
                if matches!(operator.as_str(), "hasTag" | "getTag") {
                    let counter = operands
                        .get("right")
                        .and_then(|key| key.get("Value")?.as_str());
                    let is_counter = operands.get("left").is_some_and(is_calls);
                    compared.extend(counter.filter(|_| is_counter).map(|name| ("calls", name)));
                }
                walk(operands, compared);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// The attribute of `context.token` that an expression is.
fn of_token(expression: &Json) -> Option<&str> {
    attribute_of("token", expression)
}

/// Is it `context.session.calls`?
fn is_calls(expression: &Json) -> bool {
    attribute_of("session", expression) == Some("calls")
}

/// The attribute that an expression is of this attribute of the context.
fn attribute_of<'j>(of_context: &str, expression: &'j Json) -> Option<&'j str> {
    let access = expression.get(".")?;
    let left = access.get("left")?.get(".")?;
    let is_meant = left.get("attr").and_then(Json::as_str) == Some(of_context)
        && left.pointer("/left/Var").and_then(Json::as_str) == Some("context");
    access.get("attr")?.as_str().filter(|_| is_meant)
}

/// A literal text, or the texts of a literal set.
fn texts(expression: &Json) -> impl Iterator<Item = &str> + Clone {
    let elements = expression.get("Set").and_then(Json::as_array);
    let elements = elements.into_iter().flatten();
    std::iter::once(expression)
        .chain(elements)
        .filter_map(|element| element.get("Value")?.as_str())
}
