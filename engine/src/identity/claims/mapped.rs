//! Facts that the configured claims mapping finds.

use super::{Claims, find, invalid};
use crate::identity::error::IdentityError;
use crate::json::Value;

/// The first of `names` that is there, as text.
pub(in crate::identity) fn text(
    claims: &Claims<'_>,
    names: &[String],
) -> Result<Option<String>, IdentityError> {
    first(claims, names)
        .map(|(name, value)| {
            let text = value.as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned)
                .ok_or_else(|| invalid(name, "a string that isn't empty"))
        })
        .transpose()
}

/// The first of `names` that is there, as text: numbers and truth values too, which some issuers write as text and some don't.
pub(in crate::identity) fn scalar(
    claims: &Claims<'_>,
    names: &[String],
) -> Result<Option<String>, IdentityError> {
    first(claims, names)
        .map(|(name, value)| match value {
            Value::String(text) if !text.is_empty() => Ok(text.as_ref().to_owned()),
            Value::Number(number) => Ok(number.text().to_owned()),
            Value::Bool(is) => Ok(is.to_string()),
            Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => Err(invalid(
                name,
                "text that isn't empty, a number or a truth value",
            )),
        })
        .transpose()
}

/// The first of `names` that is there, as scopes: one string with spaces between (RFC 9068, section 2.2.3), or an array.
pub(in crate::identity) fn scopes(
    claims: &Claims<'_>,
    names: &[String],
) -> Result<Vec<String>, IdentityError> {
    let Some((name, value)) = first(claims, names) else {
        return Ok(Vec::new());
    };
    let wrong = || {
        invalid(
            name,
            "scopes: a string, or an array of strings without spaces",
        )
    };
    let listed = match value {
        Value::String(text) => text.split(' ').filter(|scope| !scope.is_empty()).collect(),
        Value::Array(_) => strings(value).ok_or_else(wrong)?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return Err(wrong()),
    };
    if !listed.iter().all(|scope| is_scope(scope)) {
        return Err(wrong());
    }
    Ok(each_once(&listed))
}

/// The first of `names` that is there, as groups: an array of strings, or one string that is one group.
pub(in crate::identity) fn groups(
    claims: &Claims<'_>,
    names: &[String],
) -> Result<Vec<String>, IdentityError> {
    Ok(listed(claims, names)?.unwrap_or_default())
}

/// The first of `names` that is there, as a list: an array of strings, or one string that is the only one.
pub(in crate::identity) fn listed(
    claims: &Claims<'_>,
    names: &[String],
) -> Result<Option<Vec<String>>, IdentityError> {
    let Some((name, value)) = first(claims, names) else {
        return Ok(None);
    };
    let wrong = || invalid(name, "a string, or an array of strings that aren't empty");
    let listed = strings(value).ok_or_else(wrong)?;
    if listed.iter().any(|text| text.is_empty()) {
        return Err(wrong());
    }
    Ok(Some(each_once(&listed)))
}

/// Does one of `names` hold? `name` does where the claim is there and neither `false` nor `null`, `name=text` where it is that
/// text, or has it among its words or elements.
pub(in crate::identity) fn holds(claims: &Claims<'_>, names: &[String]) -> bool {
    names.iter().any(|entry| match entry.split_once('=') {
        None => !matches!(
            find(claims, entry),
            None | Some(Value::Null | Value::Bool(false))
        ),
        Some((name, wanted)) => {
            let found = find(claims, name).and_then(strings).unwrap_or_default();
            let mut words = found.iter().flat_map(|text| text.split(' '));
            words.any(|word| word == wanted)
        }
    })
}

fn first<'o, 'a>(claims: &'o Claims<'a>, names: &'o [String]) -> Option<(&'o str, &'o Value<'a>)> {
    names
        .iter()
        .find_map(|name| Some((name.as_str(), find(claims, name)?)))
}

fn strings<'o>(value: &'o Value<'_>) -> Option<Vec<&'o str>> {
    match value {
        Value::String(one) => Some(vec![one.as_ref()]),
        Value::Array(several) => several.iter().map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// `scope-token` of RFC 6749, section 3.3.
fn is_scope(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !text.is_empty() && text.bytes().all(allowed)
}

fn each_once(listed: &[&str]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(listed.len());
    let mut seen = std::collections::BTreeSet::new();
    for text in listed {
        if seen.insert(*text) {
            kept.push((*text).to_owned());
        }
    }
    kept
}
