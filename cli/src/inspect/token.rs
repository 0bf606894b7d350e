//! A JWT, taken apart and not believed.

use bailiwick_engine::identity::IdentityError;
use bailiwick_engine::identity::jose::compact::{Compact, CompactError};
use bailiwick_engine::identity::jose::header::Header;
use bailiwick_engine::json::{self, JsonError, Limits};
use serde_json::{Map, Value};
use thiserror::Error;

use super::kind::Kind;

/// How much of a header or payload is read, as a gate does.
const LIMITS: Limits = Limits {
    max_bytes: 48 * 1024,
    max_depth: 64,
    max_values: 4096,
};

/// A JWT's parts.
pub(super) struct Token {
    /// The token itself.
    pub(super) text: String,
    /// Its header's members, in order.
    pub(super) header: Map<String, Value>,
    /// Its claims, in order.
    pub(super) claims: Map<String, Value>,
    /// What it is by its type and its claims.
    pub(super) kind: Kind,
    /// What a gate's reader of headers says against it.
    pub(super) header_fault: Option<IdentityError>,
}

/// Why something is no JWT.
#[derive(Debug, Error)]
pub(super) enum NoJwt {
    #[error("{0}")]
    Form(#[from] CompactError),
    #[error("its {part} is no strict JSON: {error}")]
    Json {
        /// `header` or `payload`.
        part: &'static str,
        /// Why.
        error: JsonError,
    },
    #[error("its {part} is no JSON object")]
    NoObject {
        /// `header` or `payload`.
        part: &'static str,
    },
}

impl Token {
    /// Takes a token apart.
    pub(super) fn decode(text: &str) -> Result<Self, NoJwt> {
        let compact = Compact::decode(text)?;
        let header = members(&compact.header, "header")?;
        let claims = members(&compact.payload, "payload")?;
        Ok(Self {
            text: text.to_owned(),
            kind: Kind::of(&header, &claims),
            header_fault: Header::parse(&compact.header).err(),
            header,
            claims,
        })
    }
}

fn members(bytes: &[u8], part: &'static str) -> Result<Map<String, Value>, NoJwt> {
    json::parse(bytes, &LIMITS).map_err(|error| NoJwt::Json { part, error })?;
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) | Err(_) => Err(NoJwt::NoObject { part }),
    }
}
