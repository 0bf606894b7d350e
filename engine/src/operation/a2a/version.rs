//! Which version a request speaks (1.0, section 3.6).

use super::super::{Excerpt, OperationError};
use super::{A2aPlace, A2aRules, A2aVersion};
use crate::request::Head;

/// The field, and the parameter of the query, that state it.
pub(crate) const FIELD: &str = "a2a-version";
const PARAMETER: &str = "A2A-Version";

/// The version of a request to what is at `place`.
pub(super) fn of(
    rules: &A2aRules,
    place: &A2aPlace,
    head: &Head,
) -> Result<A2aVersion, OperationError> {
    let stated = stated(head)?.unwrap_or_default();
    let accepted = |version: &A2aVersion| rules.versions.contains(version);
    let refusal = || OperationError::A2aVersionNotAccepted {
        requested: Excerpt::of(stated),
        supported: rules.versions.clone(),
    };
    let version = match place {
        // A card is of no version: whoever reads it wants to find out.
        A2aPlace::Card if stated.is_empty() => rules.versions.iter().copied().max(),
        A2aPlace::Card | A2aPlace::Rpc => named(stated),
        A2aPlace::Rest(call) => named(stated).filter(|version| *version == call.version()),
    };
    version.filter(accepted).ok_or_else(refusal)
}

/// The version that a request seems to speak, for the shape of an answer.
pub(crate) fn spoken(head: &Head) -> A2aVersion {
    let stated = stated(head).ok().flatten();
    stated.and_then(named).unwrap_or(A2aVersion::V0_3)
}

/// What field and query say; they must not say two things.
fn stated(head: &Head) -> Result<Option<&str>, OperationError> {
    let field = head.headers().single(FIELD)?.map(str::trim_ascii);
    let field = field.filter(|text| !text.is_empty());
    if parameters(head).any(|(name, _)| is_disguised(name)) {
        return Err(OperationError::SaidTwice { member: PARAMETER });
    }
    let mut in_query = parameters(head)
        .filter(|(name, _)| name.eq_ignore_ascii_case(PARAMETER))
        .map(|(_, value)| value);
    let parameter = in_query.next();
    if in_query.next().is_some() {
        return Err(OperationError::SaidTwice { member: PARAMETER });
    }
    match (field, parameter) {
        (Some(field), Some(parameter)) if field != parameter => {
            Err(OperationError::SaidTwice { member: PARAMETER })
        }
        (Some(one), _) | (None, Some(one)) => Ok(Some(one)),
        (None, None) => Ok(None),
    }
}

/// Is it the parameter's name for those alone who decode it?
fn is_disguised(name: &str) -> bool {
    let is_it = |name: &str| name.eq_ignore_ascii_case(PARAMETER);
    !is_it(name) && decoded(name).is_some_and(|name| is_it(&name))
}

/// The names and values of the query, still encoded.
pub(super) fn parameters(head: &Head) -> impl Iterator<Item = (&str, &str)> {
    let query = head.raw_query().unwrap_or_default();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// A name or value of a query without its encoding (URL Standard, section 5.1), if it is text without control characters.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                let digits = std::str::from_utf8(digits).ok()?;
                let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                let value = u8::from_str_radix(digits, 16).ok().filter(|_| are_digits);
                bytes.push(value?);
                rest = after;
            }
            byte => bytes.push(byte),
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains(char::is_control)).then_some(text)
}

/// The version that a text names, with or without a patch number, which doesn't count; nothing is 0.3.
fn named(text: &str) -> Option<A2aVersion> {
    if text.is_empty() {
        return Some(A2aVersion::V0_3);
    }
    let mut parts = text.split('.');
    let (major, minor) = (parts.next()?, parts.next()?);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let rest_is_patch = parts.next().is_none_or(is_number) && parts.next().is_none();
    let version = A2aVersion::ALL
        .into_iter()
        .find(|version| version.name().split_once('.') == Some((major, minor)));
    version.filter(|_| rest_is_patch)
}
