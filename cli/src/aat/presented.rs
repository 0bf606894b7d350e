//! A chain, and perhaps its proof, as somebody has it.

use bailiwick_engine::delegation::aat::{Presentation, PresentationError};
use bailiwick_engine::json::{self, JsonError, Limits, Value};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use thiserror::Error;

/// What stands before the JSON in a header field, which is base64url there.
const SCHEME: &str = "AAT";

/// A chain's tokens in compact form, root first, and the proof for a call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Presented {
    /// The tokens.
    pub(crate) tokens: Vec<String>,
    /// The proof.
    pub(crate) proof: Option<String>,
}

/// Why a text is no chain.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum NotPresented {
    #[error("the chain is no strict JSON: {0}")]
    Json(#[from] JsonError),
    #[error("{0}")]
    Form(#[from] PresentationError),
    #[error("there is no token in the chain")]
    Empty,
}

impl Presented {
    /// Reads `{"aat_chain": [...], "aat_pop": ...}`, of which the proof may be missing, as it is or as a header field has it,
    /// or compact tokens with white space between them.
    pub(crate) fn read(text: &str) -> Result<Self, NotPresented> {
        let of_field = of_field(text);
        let text = of_field.as_deref().unwrap_or(text);
        if !text.trim_start().starts_with('{') {
            let tokens: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
            return Self {
                tokens,
                proof: None,
            }
            .filled();
        }
        let value = json::parse(text.trim().as_bytes(), &Limits::default())?;
        let tokens = Presentation::chain_of(&value)?;
        let has_proof = value
            .as_object()
            .is_some_and(|members| members.get("aat_pop").is_some());
        let proof = if has_proof {
            Some(Presentation::read(&value)?.proof.to_owned())
        } else {
            None
        };
        Self {
            tokens: tokens.into_iter().map(str::to_owned).collect(),
            proof,
        }
        .filled()
    }

    fn filled(self) -> Result<Self, NotPresented> {
        if self.tokens.is_empty() {
            return Err(NotPresented::Empty);
        }
        Ok(self)
    }

    /// Is the text JSON with a chain in it, or a header field with that?
    pub(crate) fn is_meant(text: &str) -> bool {
        let of_field = of_field(text);
        let text = of_field.as_deref().unwrap_or(text);
        let value = json::parse(text.trim().as_bytes(), &Limits::default());
        value.is_ok_and(|value: Value<'_>| {
            let members = value.as_object();
            members.is_some_and(|members| members.get("aat_chain").is_some())
        })
    }

    /// The JSON form.
    pub(crate) fn to_json(&self) -> String {
        let mut value = json!({ "aat_chain": self.tokens });
        if let (Some(proof), Some(members)) = (&self.proof, value.as_object_mut()) {
            members.insert("aat_pop".to_owned(), json!(proof));
        }
        value.to_string()
    }

    /// The JSON form as the value of a header field.
    pub(crate) fn to_field(&self) -> String {
        format!("{SCHEME} {}", URL_SAFE_NO_PAD.encode(self.to_json()))
    }
}

/// The JSON in the value of a header field, if it is one.
fn of_field(text: &str) -> Option<String> {
    let (scheme, encoded) = text.trim().split_once(' ')?;
    let decoded = URL_SAFE_NO_PAD.decode(encoded.trim()).ok()?;
    let is_field = scheme.eq_ignore_ascii_case(SCHEME);
    String::from_utf8(decoded).ok().filter(|_| is_field)
}

#[cfg(test)]
mod tests {
    use super::{NotPresented, Presented};
    use bailiwick_engine::delegation::aat::PresentationError;

    #[test]
    fn a_chain_comes_as_json_or_as_tokens() {
        let read = |tokens: &[&str], proof: Option<&str>| {
            Ok(Presented {
                tokens: tokens.iter().map(|token| (*token).to_owned()).collect(),
                proof: proof.map(str::to_owned),
            })
        };
        for (text, expected) in [
            ("a.b.c\n", read(&["a.b.c"], None)),
            (" a.b.c  d.e.f\n", read(&["a.b.c", "d.e.f"], None)),
            (r#" {"aat_chain":["a","b"]}"#, read(&["a", "b"], None)),
            (
                r#"{"aat_chain":["a"],"aat_pop":"p"}"#,
                read(&["a"], Some("p")),
            ),
            (
                r#"{"aat_chain":["a"],"aat_pop":1}"#,
                Err(PresentationError::NoProof.into()),
            ),
            (r#"{"aat_chain":[]}"#, Err(NotPresented::Empty)),
            (r#"{"x":1}"#, Err(PresentationError::NoChain.into())),
            ("", Err(NotPresented::Empty)),
        ] {
            let found = Presented::read(text);
            if let (Ok(found), true) = (&found, text.contains('{')) {
                for again in [found.to_json(), found.to_field()] {
                    assert!(Presented::is_meant(&again), "{again}");
                    let read = Presented::read(&again);
                    assert_eq!(read.as_ref(), Ok(found), "{again}");
                }
            }
            assert_eq!(found, expected, "{text}");
        }
        assert!(matches!(Presented::read("{"), Err(NotPresented::Json(_))));
    }
}
