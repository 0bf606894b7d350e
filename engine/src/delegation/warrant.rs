//! Authority that comes in tokens of its own, beside the caller's credential or in its place.
//!
//! It stands in a header field, as `AAT` and the base64url form of the presentation or as `Biscuit` and that of the token, or in
//! the `_meta` of an MCP call or a member of another body, as the presentation itself or as an object with the token; never in both.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::aat::{self, Presentation, PresentationError};
use super::biscuit;
use crate::identity::issuer::IssuerName;
use crate::json::{self, JsonError, Value};
use crate::request::{Head, HeaderName, begins_like};

/// The longest field that is read, in bytes: hosts allow no more for all fields together.
const MAX_FIELD_BYTES: usize = 1 << 16;

/// The schemes in the field.
const AAT: &str = "AAT";
const BISCUIT: &str = "Biscuit";

/// The member of a JSON object that holds a Biscuit.
const BISCUIT_MEMBER: &str = "biscuit";

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
    /// How chains of Attenuating Agent Tokens are judged, where they are.
    pub aat: Option<aat::Rules>,
    /// How Biscuits are, where they are.
    pub biscuit: Option<biscuit::Rules>,
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
    pub fn in_header<'h>(&'h self, head: &'h Head) -> Result<Option<Carried<'h>>, WarrantError> {
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
        let encoded = encoded.trim_start();
        if scheme.eq_ignore_ascii_case(BISCUIT) {
            return Ok(Some(Carried::Biscuit(encoded)));
        }
        if !scheme.eq_ignore_ascii_case(AAT) {
            return Err(WarrantError::NoScheme);
        }
        let decoded = URL_SAFE_NO_PAD.decode(encoded);
        let decoded = decoded.map_err(|_| WarrantError::NotEncoded)?;
        let value = json::parse(&decoded, &JSON).map_err(WarrantError::Json)?;
        Ok(Some(Carried::Json(value.into_owned())))
    }
}

/// What the header field holds.
#[derive(Clone, Debug)]
pub enum Carried<'h> {
    /// A presentation's JSON.
    Json(Value<'static>),
    /// A Biscuit as text.
    Biscuit(&'h str),
}

/// The warrant of a request, as it was presented.
#[derive(Clone, Debug)]
pub enum Warrant<'v> {
    /// A chain of Attenuating Agent Tokens and a proof.
    Aat(Presentation<'v>),
    /// A Biscuit as text.
    Biscuit(&'v str),
}

impl<'v> Warrant<'v> {
    fn read(value: &'v Value<'_>) -> Result<Self, WarrantError> {
        let members = value.as_object();
        let token = members.and_then(|members| members.get(BISCUIT_MEMBER));
        match (members, token) {
            (Some(members), Some(token)) if members.iter().count() == 1 => token
                .as_str()
                .map(Self::Biscuit)
                .ok_or(WarrantError::NotBiscuit),
            (_, Some(_)) => Err(WarrantError::NotBiscuit),
            (_, None) => Presentation::read(value)
                .map(Self::Aat)
                .map_err(WarrantError::Presentation),
        }
    }
}

/// The one warrant of a request, if there is one.
///
/// # Errors
///
/// There are two, or it is none.
pub fn only<'v>(
    in_header: Option<&'v Carried<'_>>,
    in_body: Option<&'v Value<'_>>,
) -> Result<Option<Warrant<'v>>, WarrantError> {
    match (in_header, in_body) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(WarrantError::TwoPlaces),
        (Some(Carried::Biscuit(token)), None) => Ok(Some(Warrant::Biscuit(token))),
        (Some(Carried::Json(value)), None) | (None, Some(value)) => Warrant::read(value).map(Some),
    }
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
    #[error("the warrant's header field is not `AAT` or `Biscuit` and a value")]
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
    /// There is a Biscuit with something beside it, or it is no text.
    #[error("`biscuit` is not a string, or does not stand alone")]
    NotBiscuit,
    /// Warrants of this format don't count anywhere here.
    #[error("warrants of the format `{format}` are not accepted here")]
    OtherFormat {
        /// Its name.
        format: &'static str,
    },
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
    use crate::request::Headers;

    fn rules() -> Rules {
        Rules {
            header: HeaderName::parse("agent-authorization").unwrap(),
            member: "x".into(),
            names: None,
            forward: false,
            aat: None,
            biscuit: None,
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
            let head = head(values);
            let rules = rules();
            let carried = rules.in_header(&head)?;
            Ok(match only(carried.as_ref(), None)? {
                None => None,
                Some(Warrant::Aat(found)) => Some(found.proof.to_owned()),
                Some(Warrant::Biscuit(token)) => Some(format!("biscuit {token}")),
            })
        };
        assert_eq!(found(&[]), Ok(None));
        assert_eq!(found(&[&good]), Ok(Some("p".to_owned())));
        assert_eq!(
            found(&[&good.replace("AAT", "aat")]),
            Ok(Some("p".to_owned()))
        );
        let token = Ok(Some("biscuit En0K".to_owned()));
        assert_eq!(found(&["Biscuit En0K"]), token);
        assert_eq!(found(&["biscuit  En0K"]), token);
        let inside = encode(r#"{"biscuit":"En0K"}"#);
        assert_eq!(found(&[&inside]), token);
        for other in [r#"{"biscuit":1}"#, r#"{"biscuit":"En0K","aat_chain":[]}"#] {
            assert_eq!(found(&[&encode(other)]), Err(WarrantError::NotBiscuit));
        }
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
        let found = only(Some(&Carried::Biscuit("En0K")), Some(&value));
        assert_eq!(found.err(), Some(WarrantError::TwoPlaces));
    }

    #[test]
    fn every_anchor_has_a_name() {
        let known = rules().domain("https://root.example").cloned();
        assert_eq!(known, Some(IssuerName("root".into())));
        assert_eq!(rules().domain("https://other.example"), None);
    }
}
