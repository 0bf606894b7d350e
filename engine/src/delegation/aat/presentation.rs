//! How a chain and its proof travel together (section 7.4).

use crate::json::Value;

/// A chain and the proof for one call, as they were presented. The two are never taken from different places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation<'a> {
    /// The tokens in compact form, root first.
    pub chain: Vec<&'a str>,
    /// The proof in compact form.
    pub proof: &'a str,
}

/// Why a value is no presentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresentationError {
    /// It isn't an object.
    #[error("the presentation is not a JSON object")]
    NotObject,
    /// The chain is missing, or something else than a list of texts.
    #[error("`aat_chain` is not an array of strings")]
    NoChain,
    /// The proof is missing or no text.
    #[error("`aat_pop` is not a string")]
    NoProof,
}

impl<'a> Presentation<'a> {
    /// Reads `{"aat_chain": [...], "aat_pop": ...}`; other members are ignored. Nothing is judged yet, not even whether there
    /// is a token.
    ///
    /// # Errors
    ///
    /// [`PresentationError`]
    pub fn read(value: &'a Value<'_>) -> Result<Self, PresentationError> {
        let chain = Self::chain_of(value)?;
        let proof = value.as_object().and_then(|members| members.get("aat_pop"));
        let proof = proof.and_then(Value::as_str);
        Ok(Self {
            chain,
            proof: proof.ok_or(PresentationError::NoProof)?,
        })
    }

    /// The tokens of a presentation, or of what is to become one when there is a proof.
    ///
    /// # Errors
    ///
    /// [`PresentationError`], but never for a missing proof.
    pub fn chain_of(value: &'a Value<'_>) -> Result<Vec<&'a str>, PresentationError> {
        let members = value.as_object().ok_or(PresentationError::NotObject)?;
        let tokens = members.get("aat_chain").and_then(Value::as_array);
        let tokens = tokens.and_then(|tokens| tokens.iter().map(Value::as_str).collect());
        tokens.ok_or(PresentationError::NoChain)
    }
}

#[cfg(test)]
mod tests {
    use super::{Presentation, PresentationError};
    use crate::json::{Limits, parse};

    #[test]
    fn a_chain_and_its_proof_come_in_one_object() {
        use PresentationError::{NoChain, NoProof, NotObject};

        for (json, expected) in [
            (
                r#"{"aat_chain":["a","b"],"aat_pop":"p","other":1}"#,
                Ok((vec!["a", "b"], "p")),
            ),
            (r#"{"aat_pop":"p","aat_chain":[]}"#, Ok((vec![], "p"))),
            (r#"{"aat_chain":["a"]}"#, Err(NoProof)),
            (r#"{"aat_chain":["a"],"aat_pop":null}"#, Err(NoProof)),
            (r#"{"aat_pop":"p"}"#, Err(NoChain)),
            (r#"{"aat_chain":"a","aat_pop":"p"}"#, Err(NoChain)),
            (r#"{"aat_chain":["a",1],"aat_pop":"p"}"#, Err(NoChain)),
            (r#"["a","p"]"#, Err(NotObject)),
        ] {
            let value = parse(json.as_bytes(), &Limits::default()).unwrap();
            let found = Presentation::read(&value).map(|found| (found.chain, found.proof));
            assert_eq!(found, expected, "{json}");
            let of_chain = Presentation::chain_of(&value);
            if let Ok((chain, _)) = expected {
                assert_eq!(of_chain, Ok(chain), "{json}");
            } else if expected == Err(NoProof) {
                assert_eq!(of_chain, Ok(vec!["a"]), "{json}");
            } else {
                assert_eq!(of_chain.err(), expected.err(), "{json}");
            }
        }
    }
}
