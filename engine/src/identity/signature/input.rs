//! `Signature-Input` and `Signature` (RFC 9421, section 4): which signatures a request has, and over what.

use sfv::{BareItem, Dictionary, FieldType as _, InnerList, ListEntry};

use super::base::Covered;
use super::component::Component;
use super::error::{ComponentError, HttpSignatureError};
use super::structured;
use crate::excerpt::Excerpt;
use crate::request::Headers;
use crate::time::UnixTime;

/// In lower case.
pub const INPUT_FIELD: &str = crate::credential::SIGNATURE_INPUT_FIELD;

/// In lower case.
pub const SIGNATURE_FIELD: &str = "signature";

/// The most signatures that a request may have, ours and others'.
pub const MAX_SIGNATURES: usize = 8;

/// The most components that a signature may cover.
pub const MAX_COMPONENTS: usize = 32;

/// The most parameters that a signature may have; nine are defined.
pub const MAX_PARAMETERS: usize = 16;

/// The signatures of a request, by their labels; nothing about them is verified.
#[derive(Clone, Debug)]
pub struct Signatures {
    inputs: Dictionary,
    signatures: Dictionary,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What it is over.
    pub covered: Covered,
    /// What it says about itself.
    pub parameters: Parameters,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a signature says about itself (RFC 9421, section 2.3). Parameters of others' are covered like these, and mean nothing
/// here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// When it was made.
    pub created: Option<UnixTime>,
    /// When it stops being good.
    pub expires: Option<UnixTime>,
    /// Which key made it.
    pub key: Option<String>,
    /// By which algorithm.
    pub algorithm: Option<String>,
    /// What makes it unique.
    pub nonce: Option<String>,
    /// What it is for.
    pub tag: Option<String>,
    /// `wimse-aud`: whom it is for (draft-ietf-wimse-http-signature-07, section 3.1).
    pub audience: Option<String>,
    /// `wimse-sign-response`: does its sender accept a signed response only (section 3.2)?
    pub sign_response: bool,
}

impl Signatures {
    /// The request's signatures; none where there is no `Signature-Input`.
    ///
    /// # Errors
    ///
    /// The fields are no dictionaries, or there are too many signatures.
    pub fn read(headers: &Headers) -> Result<Option<Self>, HttpSignatureError> {
        let Some(inputs) = structured::dictionary(headers, INPUT_FIELD)? else {
            return Ok(None);
        };
        bounded("signatures", inputs.len(), MAX_SIGNATURES)?;
        let signatures = structured::dictionary(headers, SIGNATURE_FIELD)?.unwrap_or_default();
        Ok(Some(Self { inputs, signatures }))
    }

    /// The one signature with this tag; none where none has it. Others' are not looked at.
    ///
    /// # Errors
    ///
    /// Several have it, or that one can't be read.
    pub fn tagged(&self, tag: &str) -> Result<Option<Signature>, HttpSignatureError> {
        let is_tagged = |entry: &ListEntry| match entry {
            ListEntry::InnerList(list) => {
                matches!(list.params.get("tag"), Some(BareItem::String(own)) if own.as_str() == tag)
            }
            ListEntry::Item(_) => false,
        };
        let mut tagged = self.inputs.iter().filter(|(_, entry)| is_tagged(entry));
        let Some((label, _)) = tagged.next() else {
            return Ok(None);
        };
        let others = tagged.count();
        if others > 0 {
            return Err(HttpSignatureError::Repeated {
                tag: Excerpt::of(tag),
                count: others.saturating_add(1),
            });
        }
        self.labelled(label.as_str()).map(Some)
    }

    /// The signature with this label.
    ///
    /// # Errors
    ///
    /// There is none, or it can't be read.
    pub fn labelled(&self, label: &str) -> Result<Signature, HttpSignatureError> {
        let unpaired = || HttpSignatureError::Unpaired {
            label: Excerpt::of(label),
        };
        let Some(ListEntry::InnerList(input)) = self.inputs.get(label) else {
            return Err(unpaired());
        };
        let bytes = match self.signatures.get(label) {
            Some(ListEntry::Item(item)) => item.bare_item.as_byte_sequence(),
            Some(ListEntry::InnerList(_)) | None => None,
        };
        Ok(Signature {
            covered: covered(input)?,
            parameters: Parameters::read(input)?,
            bytes: bytes.ok_or_else(unpaired)?.to_vec(),
        })
    }
}

fn bounded(what: &'static str, count: usize, limit: usize) -> Result<(), HttpSignatureError> {
    if count > limit {
        return Err(HttpSignatureError::TooMany { what, count, limit });
    }
    Ok(())
}

fn covered(input: &InnerList) -> Result<Covered, HttpSignatureError> {
    bounded("covered components", input.items.len(), MAX_COMPONENTS)?;
    bounded("parameters", input.params.len(), MAX_PARAMETERS)?;
    let mut components: Vec<Component> = Vec::with_capacity(input.items.len());
    for item in &input.items {
        let component = Component::read(item)?;
        if components.contains(&component) {
            let component = Excerpt::of(component.identifier());
            return Err(ComponentError::Repeated { component }.into());
        }
        components.push(component);
    }
    // A list of one entry always has a text.
    let list = vec![ListEntry::InnerList(input.clone())];
    Ok(Covered {
        components,
        parameters: list.serialize().unwrap_or_default(),
    })
}

impl Parameters {
    fn read(input: &InnerList) -> Result<Self, HttpSignatureError> {
        let mut read = Self::default();
        for (name, value) in &input.params {
            match name.as_str() {
                "created" => read.created = Some(time("created", value)?),
                "expires" => read.expires = Some(time("expires", value)?),
                "keyid" => read.key = Some(string("keyid", value)?),
                "alg" => read.algorithm = Some(string("alg", value)?),
                "nonce" => read.nonce = Some(string("nonce", value)?),
                "tag" => read.tag = Some(string("tag", value)?),
                "wimse-aud" => read.audience = Some(string("wimse-aud", value)?),
                "wimse-sign-response" => {
                    read.sign_response = flag("wimse-sign-response", value)?;
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

fn time(parameter: &'static str, value: &BareItem) -> Result<UnixTime, HttpSignatureError> {
    let seconds = value.as_integer().map(i64::from);
    let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
    seconds
        .map(UnixTime)
        .ok_or(HttpSignatureError::ParameterInvalid {
            parameter,
            expected: "a whole number of seconds",
        })
}

fn string(parameter: &'static str, value: &BareItem) -> Result<String, HttpSignatureError> {
    let text = value.as_string().map(|text| text.as_str().to_owned());
    text.ok_or(HttpSignatureError::ParameterInvalid {
        parameter,
        expected: "a string",
    })
}

fn flag(parameter: &'static str, value: &BareItem) -> Result<bool, HttpSignatureError> {
    value
        .as_boolean()
        .ok_or(HttpSignatureError::ParameterInvalid {
            parameter,
            expected: "true or false",
        })
}

#[cfg(test)]
mod tests;
