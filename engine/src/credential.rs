//! Stage 1: find what was presented, and refuse whatever two readers could understand differently.

pub mod error;
mod query;
mod transaction;
mod workload;

use std::fmt;

use crate::digest::Digest;
use crate::request::{Head, HeaderName};

pub use error::CredentialError;
pub use transaction::{TRANSACTION_FIELD, find_transaction};
pub use workload::{IDENTITY_FIELD, SIGNATURE_INPUT_FIELD};

/// Where a credential is looked for, and how much of it is read.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The only field that is read. `authorization` needs a scheme; any other field may hold scheme and token, as a
    /// gateway that moves `authorization` elsewhere leaves it, or the token alone, which is a bearer token then.
    pub header: HeaderName,
    /// The longest field value that is read, in bytes.
    pub max_bytes: usize,
    /// What an `access_token` in the query does. It is never read.
    pub query_tokens: QueryTokens,
}

/// The field of the proof, in lower case (RFC 9449, section 4.1).
pub const PROOF_FIELD: &str = "dpop";

/// The longest proof that is read, in bytes: twice that of one with an RSA key of 4096 bits.
pub const MAX_PROOF_BYTES: usize = 4096;

/// What a token in the query does to the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryTokens {
    /// The request is refused: RFC 9700, section 2.6 forbids sending one.
    #[default]
    Refuse,
    /// The request is judged as if it weren't there; for resources that have a parameter of that name.
    Ignore,
}

impl Rules {
    /// How much is read by default: what Envoy, nginx and Kong allow for one field, give or take.
    pub const DEFAULT_MAX_BYTES: usize = 8192;
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            header: HeaderName::authorization(),
            max_bytes: Self::DEFAULT_MAX_BYTES,
            query_tokens: QueryTokens::default(),
        }
    }
}

/// Where in a request a token stands, and so what its sender says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Where the caller's credential is looked for.
    Credential,
    /// In `Workload-Identity-Token`, with its proof where the credential is looked for.
    WorkloadIdentity,
    /// In `Txn-Token`, beside the caller's credential.
    Transaction,
}

/// How a token is presented; it says what the sender claims, not what the token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Whoever has it may use it (RFC 6750).
    Bearer,
    /// With a proof that the sender holds a key (RFC 9449, section 7.1).
    Dpop,
    /// With a workload's proof that it holds the key of its identity token (draft-ietf-wimse-wpt-02, section 2), or in its place
    /// the request's own signature.
    Wpt,
}

impl Scheme {
    const ALL: [Self; 3] = [Self::Bearer, Self::Dpop, Self::Wpt];

    /// The name in the IANA registry of HTTP authentication schemes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
            Self::Wpt => "WPT",
        }
    }

    /// Schemes are compared without regard to case (RFC 9110, section 11.1).
    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|scheme| scheme.name().eq_ignore_ascii_case(name))
    }
}

/// The one token of a request, unverified; `b64token` of RFC 6750, section 2.1, which is `token68` of RFC 9110.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    place: Place,
    scheme: Scheme,
    token: &'a str,
    digest: Digest,
    proof: Option<&'a str>,
}

impl<'a> Presented<'a> {
    /// A bearer token that came by another way than a request's header; nothing about it is believed.
    #[must_use]
    pub fn new(token: &'a str) -> Self {
        Self::with_digest(token, Digest::of(token.as_bytes()))
    }

    /// The same where the token's digest is known.
    const fn with_digest(token: &'a str, digest: Digest) -> Self {
        Self {
            place: Place::Credential,
            scheme: Scheme::Bearer,
            token,
            digest,
            proof: None,
        }
    }

    /// The same token with the scheme `DPoP` and this proof.
    #[must_use]
    pub const fn with_proof(self, proof: &'a str) -> Self {
        Self {
            scheme: Scheme::Dpop,
            proof: Some(proof),
            ..self
        }
    }

    /// A workload's identity token and the proof that came with it.
    #[must_use]
    pub fn workload(token: &'a str, proof: &'a str) -> Self {
        Self {
            proof: Some(proof),
            ..Self::signed_workload(token)
        }
    }

    /// A workload's identity token in a request that has no proof but its own signature.
    #[must_use]
    pub fn signed_workload(token: &'a str) -> Self {
        Self {
            place: Place::WorkloadIdentity,
            scheme: Scheme::Wpt,
            ..Self::new(token)
        }
    }

    /// The same token in another place.
    #[must_use]
    pub const fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// Where it stands.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// How it was presented.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The token. It must not be shown, and is kept nowhere but in a worker's memory beside its digest.
    #[must_use]
    pub const fn token(&self) -> &'a str {
        self.token
    }

    /// The proof that the schemes `DPoP` and `WPT` ask for, unverified; none where the request's own signature stands for it. With
    /// the scheme `Bearer` nobody looks for one.
    #[must_use]
    pub const fn proof(&self) -> Option<&'a str> {
        self.proof
    }

    /// By which it is remembered and recorded.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}

/// Shows the digest only.
impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Presented").field(&self.digest).finish()
    }
}

/// Finds the one credential of a request.
///
/// # Errors
///
/// A [`CredentialError`] for everything but exactly one well-formed token in the configured field, and for a token
/// in the query where that is refused.
pub fn find<'a>(head: &'a Head, rules: &Rules) -> Result<Presented<'a>, CredentialError> {
    find_with(head, rules, |token| Digest::of(token.as_bytes()))
}

/// [`find`], for whoever may know a token's digest already.
pub(crate) fn find_with<'a>(
    head: &'a Head,
    rules: &Rules,
    digest: impl FnOnce(&str) -> Digest,
) -> Result<Presented<'a>, CredentialError> {
    let header = || rules.header.clone();
    if rules.query_tokens == QueryTokens::Refuse && query::has_access_token(head.raw_query()) {
        return Err(CredentialError::InQuery { header: header() });
    }
    let found = single_value(head, &rules.header)
        .and_then(|value| text(value, &rules.header, rules.max_bytes))
        .and_then(|text| credentials(text, &rules.header));
    if let Some(presented) = workload::join(head, rules, &found)? {
        return Ok(presented);
    }
    let (scheme, token) = found?;
    let presented = Presented::with_digest(token, digest(token));
    match scheme {
        Scheme::Bearer => Ok(presented),
        Scheme::Dpop => Ok(presented.with_proof(proof(head)?)),
        Scheme::Wpt => Err(CredentialError::WorkloadProofAlone),
    }
}

/// The one `DPoP` field (RFC 9449, section 4.1).
fn proof(head: &Head) -> Result<&str, CredentialError> {
    let mut values = head.headers().all(PROOF_FIELD);
    let value = values.next().ok_or(CredentialError::ProofMissing)?;
    let others = values.count();
    if others > 0 {
        return Err(CredentialError::ProofRepeated {
            count: others.saturating_add(1),
        });
    }
    if value.len() > MAX_PROOF_BYTES {
        return Err(CredentialError::ProofTooLong {
            length: value.len(),
            limit: MAX_PROOF_BYTES,
        });
    }
    let text = std::str::from_utf8(value).map_err(|_| CredentialError::ProofNotText)?;
    Ok(text.trim_matches([' ', '\t']))
}

/// A field's value as text of bounded length, without the white space around it.
fn text<'a>(
    value: &'a [u8],
    header: &HeaderName,
    limit: usize,
) -> Result<&'a str, CredentialError> {
    if value.len() > limit {
        return Err(CredentialError::TooLong {
            header: header.clone(),
            length: value.len(),
            limit,
        });
    }
    let text = std::str::from_utf8(value).map_err(|_| CredentialError::NotText {
        header: header.clone(),
    })?;
    Ok(text.trim_matches([' ', '\t']))
}

fn single_value<'a>(head: &'a Head, header: &HeaderName) -> Result<&'a [u8], CredentialError> {
    let values = || {
        head.headers()
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(header.as_str().as_bytes()))
            .map(|(_, value)| value)
    };
    let mut rest = values();
    let Some(value) = rest.next() else {
        return Err(CredentialError::Missing {
            header: header.clone(),
        });
    };
    let others = rest.count();
    if others == 0 {
        return Ok(value);
    }
    let same_scheme = values().all(|other| scheme(other).eq_ignore_ascii_case(scheme(value)));
    Err(if same_scheme {
        CredentialError::Repeated {
            header: header.clone(),
            count: others.saturating_add(1),
        }
    } else {
        CredentialError::MixedSchemes {
            header: header.clone(),
        }
    })
}

fn scheme(value: &[u8]) -> &[u8] {
    value
        .trim_ascii()
        .split(|byte| *byte == b' ')
        .next()
        .unwrap_or_default()
}

/// A scheme, spaces and a `b64token`; `b64token` alone in a field of our own.
fn credentials<'a>(
    text: &'a str,
    header: &HeaderName,
) -> Result<(Scheme, &'a str), CredentialError> {
    let header = || header.clone();
    if text.is_empty() {
        return Err(CredentialError::Empty { header: header() });
    }
    if text.contains(',') {
        return Err(CredentialError::Joined { header: header() });
    }
    let (scheme, token) = match text.split_once(' ') {
        Some((name, rest)) => match Scheme::named(name) {
            Some(scheme) => (scheme, rest.trim_start_matches(' ')),
            None => {
                return Err(CredentialError::UnsupportedScheme {
                    header: header(),
                    scheme: registered_name(name),
                });
            }
        },
        None if Scheme::named(text).is_some() => {
            return Err(CredentialError::Empty { header: header() });
        }
        None if header() == HeaderName::authorization() => {
            return Err(CredentialError::NoScheme { header: header() });
        }
        None => (Scheme::Bearer, text),
    };
    match malformed_at(token) {
        Some(offset) => Err(CredentialError::Malformed {
            header: header(),
            offset,
        }),
        None => Ok((scheme, token)),
    }
}

/// The place of the first byte that doesn't belong to a `b64token`, whose padding stands at its end only.
fn malformed_at(token: &str) -> Option<usize> {
    let body = token.trim_end_matches('=');
    if body.is_empty() {
        return Some(0);
    }
    body.bytes()
        .position(|byte| !B64TOKEN.get(usize::from(byte)).is_some_and(|fits| *fits))
}

/// Which bytes stand in a `b64token` before its padding (RFC 6750, section 2.1). Tokens are long, and each byte is looked at.
const B64TOKEN: [bool; 256] = {
    let mut fits = [false; 256];
    let bytes = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    let mut rest: &[u8] = bytes;
    while let [byte, after @ ..] = rest {
        #[expect(
            clippy::indexing_slicing,
            reason = "any byte is less than 256, and this runs at compile time"
        )]
        {
            fits[*byte as usize] = true;
        }
        rest = after;
    }
    fits
};

/// The name in the registry of a scheme that isn't accepted.
fn registered_name(scheme: &str) -> &'static str {
    const REGISTERED: [&str; 11] = [
        "Basic",
        "Concealed",
        "Digest",
        "GNAP",
        "HOBA",
        "Mutual",
        "Negotiate",
        "OAuth",
        "PrivateToken",
        "SCRAM-SHA-256",
        "vapid",
    ];
    REGISTERED
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(scheme))
        .unwrap_or("another")
}

#[cfg(test)]
mod tests;
