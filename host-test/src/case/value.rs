//! Values of case files that need more than serde derives: bytes in several spellings, merge patches, `${...}`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

/// Bytes as a case file spells them: plain text, or a mapping with one of `json`, `base64`, `hex`, or `repeat` with
/// `times`.
#[derive(Clone, Debug, PartialEq)]
pub enum Bytes {
    /// Text, in which `${token:NAME}` and `${jwks:NAME}` are replaced.
    Text(String),
    /// A JSON value, written without spaces.
    Json(Value),
    /// Any bytes.
    Raw(Vec<u8>),
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BytesVisitor)
    }
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, or a mapping with `json`, `base64`, `hex`, or `repeat` and `times`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Bytes, E> {
        Ok(Bytes::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Bytes, E> {
        Ok(Bytes::Text(number.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bytes, A::Error> {
        let mut bytes = None;
        let mut repeat: Option<String> = None;
        let mut times: Option<usize> = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "json" => bytes = Some(Bytes::Json(map.next_value()?)),
                "base64" => {
                    let text: String = map.next_value()?;
                    let raw = STANDARD.decode(text).map_err(A::Error::custom)?;
                    bytes = Some(Bytes::Raw(raw));
                }
                "hex" => {
                    let text: String = map.next_value()?;
                    let raw = unhex(&text).ok_or_else(|| {
                        A::Error::custom("`hex` wants pairs of hexadecimal digits")
                    })?;
                    bytes = Some(Bytes::Raw(raw));
                }
                "repeat" => repeat = Some(map.next_value()?),
                "times" => times = Some(map.next_value()?),
                other => {
                    return Err(A::Error::unknown_field(
                        other,
                        &["json", "base64", "hex", "repeat", "times"],
                    ));
                }
            }
        }
        match (bytes, repeat, times) {
            (Some(bytes), None, None) => Ok(bytes),
            (None, Some(text), Some(times)) => Ok(Bytes::Text(text.repeat(times))),
            (_, _, _) => Err(A::Error::custom(
                "one of `json`, `base64`, `hex`, or `repeat` with `times`",
            )),
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()?;
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high.checked_mul(16)?.checked_add(*low)?).ok(),
            _ => None,
        })
        .collect()
}

/// Applies a JSON merge patch (RFC 7396): objects member by member, null removes, everything else replaces.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(members) = target {
        for (name, change) in changes {
            if change.is_null() {
                members.remove(name);
            } else {
                merge(members.entry(name.clone()).or_insert(Value::Null), change);
            }
        }
    }
}

/// Replaces every `${...}` in a text by what `lookup` gives for what stands between the braces.
///
/// # Errors
/// What `lookup` says, and a `${` without its `}`.
pub fn substitute(
    text: &str,
    lookup: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after
            .split_once('}')
            .ok_or_else(|| "`${` without `}`".to_owned())?;
        out.push_str(before);
        out.push_str(&lookup(name)?);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// As [`substitute`], in every string of a JSON value.
///
/// # Errors
/// As [`substitute`].
pub fn substitute_all(
    value: &mut Value,
    lookup: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<(), String> {
    match value {
        Value::String(text) if text.contains("${") => *text = substitute(text, lookup)?,
        Value::Array(items) => {
            for item in items {
                substitute_all(item, lookup)?;
            }
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                substitute_all(member, lookup)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn merge_patch_follows_rfc_7396() {
        let mut value = json!({"a": {"b": 1, "c": 2}, "d": [1, 2]});
        merge(&mut value, &json!({"a": {"b": null, "e": 3}, "d": [4]}));
        assert_eq!(value, json!({"a": {"c": 2, "e": 3}, "d": [4]}));
    }

    #[test]
    fn bytes_have_five_spellings() {
        for (yaml, expected) in [
            ("plain", Bytes::Text("plain".to_owned())),
            ("{json: {a: 1}}", Bytes::Json(json!({"a": 1}))),
            ("{base64: /w==}", Bytes::Raw(vec![0xff])),
            ("{hex: ff 00}", Bytes::Raw(vec![0xff, 0])),
            ("{repeat: ab, times: 2}", Bytes::Text("abab".to_owned())),
        ] {
            assert_eq!(
                serde_norway::from_str::<Bytes>(yaml).unwrap(),
                expected,
                "{yaml}"
            );
        }
        assert!(serde_norway::from_str::<Bytes>("{hex: f}").is_err());
        assert!(serde_norway::from_str::<Bytes>("{bytes: f}").is_err());
    }
}
