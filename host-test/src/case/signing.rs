//! Signing a case's requests (RFC 9421): the case says the lines of the signature base itself, so that a mistake in how the
//! product makes them can't hide here too, and so that a case can sign what isn't so.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::keys::{KeyError, TestKey};

/// A signature over a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignSpec {
    /// The key that signs.
    pub key: String,
    /// The algorithm, by its JOSE name; the key's own otherwise.
    pub algorithm: Option<String>,
    /// Its label.
    #[serde(default = "label")]
    pub label: String,
    /// The lines of the base without the last one, such as `"@method": GET`. Here and in `parameters` whatever a header field
    /// may have is replaced, such as `${jkt:NAME}`.
    #[serde(default)]
    pub covers: Vec<String>,
    /// The signature's parameters, such as `;created=1800000000;tag="web-bot-auth"`.
    #[serde(default)]
    pub parameters: String,
}

fn label() -> String {
    "sig1".to_owned()
}

impl SignSpec {
    /// The values of `Signature-Input` and `Signature`.
    ///
    /// # Errors
    /// If the key can't sign by the algorithm.
    pub fn fields(&self, key: &TestKey) -> Result<(String, String), KeyError> {
        let identifiers: Vec<&str> = self.covers.iter().map(|line| identifier(line)).collect();
        let input = format!("({}){}", identifiers.join(" "), self.parameters);
        let mut base: String = self.covers.iter().map(|line| format!("{line}\n")).collect();
        base.push_str(&format!("\"@signature-params\": {input}"));
        let algorithm = self.algorithm.as_deref().unwrap_or(key.algorithm());
        let signature = key.sign(algorithm, base.as_bytes())?;
        let label = &self.label;
        Ok((
            format!("{label}={input}"),
            format!("{label}=:{}:", STANDARD.encode(signature)),
        ))
    }
}

/// What stands before the colon that follows the name and its parameters.
fn identifier(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn an_identifier_ends_before_its_value() {
        for (line, expected) in [
            ("\"@method\": GET", "\"@method\""),
            ("\"x\";key=\"a\": b: c", "\"x\";key=\"a\""),
            ("\"x\": ", "\"x\""),
            ("\"x\"", "\"x\""),
        ] {
            assert_eq!(identifier(line), expected);
        }
    }
}
