//! The header of a token or a proof (section 3.5).

use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::key::PublicKey;
use crate::json::{self, Object, Value};

use super::refusal::Fact;

/// How much of a header is read.
const LIMITS: json::Limits = json::Limits {
    max_bytes: 16 * 1024,
    max_depth: 8,
    max_values: 256,
};

/// What a header says that matters; `jwk`, `jku`, `x5c`, `x5u` and whatever else there is are as though they weren't there.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) algorithm: Algorithm,
    /// A hint to which of several keys it was.
    pub(super) kid: Option<String>,
}

impl Header {
    /// Reads a header. Its type has to be spelled exactly as `typ`, its algorithm as in `allowed`, and no extension of JWS
    /// is understood (RFC 7515, section 4.1.11).
    pub(super) fn read(
        bytes: &[u8],
        typ: &'static str,
        allowed: &[Algorithm],
    ) -> Result<Self, Fact> {
        let value = json::parse(bytes, &LIMITS).map_err(Fact::Json)?;
        let header = value.as_object().ok_or(Fact::Header {
            parameter: "header",
            expected: "a JSON object",
        })?;
        let text = |name| header.get(name).and_then(Value::as_str);
        if text("typ") != Some(typ) {
            return Err(Fact::Header {
                parameter: "typ",
                expected: typ,
            });
        }
        refuse_extensions(header)?;
        let algorithm = text("alg")
            .and_then(|name| name.parse().ok())
            .filter(|algorithm| allowed.contains(algorithm))
            .ok_or(Fact::Header {
                parameter: "alg",
                expected: "an accepted algorithm",
            })?;
        Ok(Self {
            algorithm,
            kid: text("kid").map(str::to_owned),
        })
    }

    /// Is the algorithm that of the key?
    pub(super) fn check_key(&self, key: &PublicKey) -> Result<(), Fact> {
        if key.algorithm().is_same_as(self.algorithm) {
            Ok(())
        } else {
            Err(Fact::Header {
                parameter: "alg",
                expected: key.algorithm().name(),
            })
        }
    }
}

fn refuse_extensions(header: &Object<'_>) -> Result<(), Fact> {
    match header.get("crit") {
        None => Ok(()),
        Some(_) => Err(Fact::Header {
            parameter: "crit",
            expected: "absent",
        }),
    }
}
