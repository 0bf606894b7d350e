//! Authority that comes in tokens of its own, beside the caller's credential or in its place.
//!
//! It stands in a header field as `AAT` and the base64url form of the presentation, or as the presentation itself in the `_meta` of an
//! MCP call or a member of another body; never in both.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::aat::{self, Presentation, PresentationError};
use crate::identity::issuer::IssuerName;
use crate::json::{self, JsonError, Value};
use crate::request::{Head, HeaderName, begins_like};

/// The longest field that is read, in bytes: hosts allow no more for all fields together.
const MAX_FIELD_BYTES: usize = 1 << 16;

/// The scheme in the field.
const SCHEME: &str = "AAT";

/// How a presentation's JSON is bounded: a list of tokens, a proof, and what else somebody puts there.
const JSON: json::Limits = json::Limits {
    max_bytes: MAX_FIELD_BYTES,
    max_depth: 8,
    max_values: 256,
};

/// Which warrants are accepted, and where they are looked for.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The header field.
    pub header: HeaderName,
    /// The name in `params._meta` of MCP.
    pub member: Arc<str>,
    /// The names that lead to it in the JSON body of a plain HTTP request; none where it isn't looked for there.
    pub names: Option<Vec<String>>,
    /// Does the upstream get it?
    pub forward: bool,
    /// How chains of Attenuating Agent Tokens are judged.
    pub aat: aat::Rules,
    /// What the owner of each anchor is called in policies and records.
    pub domains: Vec<(String, IssuerName)>,
}

impl Rules {
    /// The short name of a root issuer; every anchor has one.
    #[must_use]
    pub fn domain(&self, issuer: &str) -> Option<&IssuerName> {
        let found = self.domains.iter().find(|(known, _)| known == issuer);
        found.map(|(_, name)| name)
    }

    /// Does the head have the field, or one that somebody could take for it?
    #[must_use]
    pub fn is_meant(&self, head: &Head) -> bool {
        let name = self.header.as_str();
        let mut names = head.headers().iter().map(|(name, _)| name);
        names.any(|field| field.len() == name.len() && begins_like(field, name))
    }

    /// What the field holds, if it is there.
    ///
    /// # Errors
    ///
    /// It is there twice, or is none.
    pub fn in_header(&self, head: &Head) -> Result<Option<Value<'static>>, WarrantError> {
        let mut values = head.headers().all(self.header.as_str());
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(WarrantError::Repeated);
        }
        if value.len() > MAX_FIELD_BYTES {
            return Err(WarrantError::TooLong {
                limit: MAX_FIELD_BYTES,
            });
        }
        let text = std::str::from_utf8(value).map_err(|_| WarrantError::NotEncoded)?;
        let (scheme, encoded) = text.trim().split_once(' ').ok_or(WarrantError::NoScheme)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(WarrantError::NoScheme);
        }
        let decoded = URL_SAFE_NO_PAD.decode(encoded.trim_start());
        let decoded = decoded.map_err(|_| WarrantError::NotEncoded)?;
        let value = json::parse(&decoded, &JSON).map_err(WarrantError::Json)?;
        Ok(Some(value.into_owned()))
    }
}

/// The one presentation of a request, if there is one.
///
/// # Errors
///
/// There are two, or it is none.
pub fn only<'v>(
    in_header: Option<&'v Value<'_>>,
    in_body: Option<&'v Value<'_>>,
) -> Result<Option<Presentation<'v>>, WarrantError> {
    let value = match (in_header, in_body) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(WarrantError::TwoPlaces),
        (Some(value), None) | (None, Some(value)) => value,
    };
    Presentation::read(value)
        .map(Some)
        .map_err(WarrantError::Presentation)
}

/// Why there is no warrant to judge by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WarrantError {
    /// The field stands there more than once.
    #[error("the warrant's header field stands there more than once: send one")]
    Repeated,
    /// The field is longer than is read.
    #[error(
        "the warrant has more than {limit} bytes: send it in `params._meta`, or a shorter chain"
    )]
    TooLong {
        /// How much is read.
        limit: usize,
    },
    /// The field doesn't say what it holds.
    #[error("the warrant's header field is not `AAT` and a value")]
    NoScheme,
    /// The value isn't strict base64url.
    #[error("the warrant is not base64url without padding")]
    NotEncoded,
    /// What it is the base64url form of isn't JSON.
    #[error("the warrant is not strict JSON: {0}")]
    Json(JsonError),
    /// It is no presentation.
    #[error("{0}")]
    Presentation(PresentationError),
    /// One is in the header and another in the body.
    #[error("there is a warrant in the header and another one in the body: send one")]
    TwoPlaces,
    /// The route reads none.
    #[error(
        "there is a warrant, and none is read here: send the call without it, or where it counts"
    )]
    NotRead,
    /// The chain's root is of somebody whose chains don't count on this route.
    #[error("warrants of `{found}` are not accepted here")]
    OtherAnchor {
        /// The root's short name.
        found: String,
    },
    /// The chain is not for this route.
    #[error("the chain does not name the audience of this route in every token that has one")]
    OtherAudience,
    /// The route requires one.
    #[error("this call needs a warrant, and there is none")]
    Missing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::jose::algorithm::Algorithm;
    use crate::request::Headers;

    fn rules() -> Rules {
        Rules {
            header: HeaderName::parse("agent-authorization").unwrap(),
            member: "x".into(),
            names: None,
            forward: false,
            aat: aat::Rules {
                anchors: Vec::new(),
                algorithms: vec![Algorithm::Ed25519],
                audiences: Vec::new(),
                chain_audience_required: false,
                proof_audience_required: false,
                limits: aat::Limits::default(),
            },
            domains: vec![("https://root.example".to_owned(), IssuerName("root".into()))],
        }
    }

    fn head(values: &[&str]) -> Head {
        let fixed = [(":method", "POST"), (":authority", "a"), (":path", "/")];
        let warrants = values.iter().map(|value| ("agent-authorization", *value));
        Head::parse(Headers::from_pairs(fixed.into_iter().chain(warrants))).unwrap()
    }

    #[test]
    fn the_field_holds_one_encoded_presentation() {
        let encode = |json: &str| format!("AAT {}", URL_SAFE_NO_PAD.encode(json));
        let good = encode(r#"{"aat_chain":["a"],"aat_pop":"p"}"#);
        let found = |values: &[&str]| {
            let value = rules().in_header(&head(values))?;
            let presentation = only(value.as_ref(), None)?;
            Ok(presentation.map(|found| found.proof.to_owned()))
        };
        assert_eq!(found(&[]), Ok(None));
        assert_eq!(found(&[&good]), Ok(Some("p".to_owned())));
        assert_eq!(
            found(&[&good.replace("AAT", "aat")]),
            Ok(Some("p".to_owned()))
        );
        assert_eq!(found(&[&good, &good]), Err(WarrantError::Repeated));
        assert_eq!(found(&["AAT"]), Err(WarrantError::NoScheme));
        assert_eq!(
            found(&[&good.replace("AAT", "Bearer")]),
            Err(WarrantError::NoScheme)
        );
        assert_eq!(found(&[&format!("{good}=")]), Err(WarrantError::NotEncoded));
        let long = format!("AAT {}", "A".repeat(MAX_FIELD_BYTES));
        let limit = MAX_FIELD_BYTES;
        assert_eq!(found(&[&long]), Err(WarrantError::TooLong { limit }));
        let twice = encode(r#"{"aat_pop":"p","aat_pop":"q"}"#);
        assert!(matches!(found(&[&twice]), Err(WarrantError::Json(_))));
        let none = encode("[]");
        let expected = WarrantError::Presentation(PresentationError::NotObject);
        assert_eq!(found(&[&none]), Err(expected));
    }

    #[test]
    fn two_presentations_are_one_too_many() {
        let value = Value::Null;
        let found = only(Some(&value), Some(&value));
        assert_eq!(found, Err(WarrantError::TwoPlaces));
    }

    #[test]
    fn every_anchor_has_a_name() {
        let known = rules().domain("https://root.example").cloned();
        assert_eq!(known, Some(IssuerName("root".into())));
        assert_eq!(rules().domain("https://other.example"), None);
    }
}
