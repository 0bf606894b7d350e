//! Demonstrating proof of possession (RFC 9449): a JWT that is made for one request, by the key that the token is bound to.

pub mod error;
mod keys;

use std::rc::Rc;

use self::keys::{ProofKey, ProofKeys};
use super::target::Target;
use super::{Possession, Presentation};
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::identity::claims::Claims;
use crate::identity::error::IdentityError;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::compact::{MAX_BYTES, Parts};
use crate::identity::jose::header::Header;
use crate::identity::jose::jwk::{Jwk, KeyUse};
use crate::identity::nonce::{Age, Nonces};
use crate::identity::replay::{Mark, Replays};
use crate::ports::Store;
use crate::time::{Seconds, UnixTime};

pub use error::DpopError;

/// The longest `jti` that is read, in bytes.
const MAX_JTI_BYTES: usize = 256;

/// What is asked of proofs.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Algorithms that are accepted, in the order in which challenges name them.
    pub algorithms: Vec<Algorithm>,
    /// How long after its `iat` a proof is accepted.
    pub max_age: Seconds,
    /// How far ahead `iat` may lie.
    pub clock_skew: Seconds,
    /// What nonces are for.
    pub nonce: NonceMode,
}

/// What nonces of the gate are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NonceMode {
    /// None is handed out, and a `nonce` is not looked at.
    #[default]
    Off,
    /// One is handed out with every challenge; a proof need not have one, but what it has must be one of them.
    Offered,
    /// A proof without one of them is refused.
    Required,
}

/// What a proof shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whose key made it.
    pub possession: Possession,
    /// The nonce that the next proof should have, where this one had another or none (RFC 9449, section 8.2).
    pub next_nonce: Option<String>,
}

/// The rules, and what is remembered between requests.
#[derive(Debug)]
pub struct Dpop {
    rules: Rules,
    /// The rules' algorithms as challenges name them.
    algorithms: String,
    nonces: Nonces,
    replays: Replays,
    keys: ProofKeys,
}

impl Dpop {
    /// Puts together what proofs are judged by.
    #[must_use]
    pub fn new(rules: Rules, nonces: Nonces, replays: Replays) -> Self {
        let names: Vec<_> = rules.algorithms.iter().map(|one| one.name()).collect();
        Self {
            algorithms: names.join(" "),
            rules,
            nonces,
            replays,
            keys: ProofKeys::default(),
        }
    }

    /// The algorithms that are accepted, separated by spaces (RFC 9449, section 7.1, `algs`).
    #[must_use]
    pub fn algorithms(&self) -> &str {
        &self.algorithms
    }

    /// Where used proofs are remembered.
    #[must_use]
    pub const fn replays(&self) -> &Replays {
        &self.replays
    }

    /// By what nonces are made: the gate's own secret.
    #[must_use]
    pub const fn nonces(&self) -> &Nonces {
        &self.nonces
    }

    /// The nonce to hand out with a challenge, where nonces are used.
    #[must_use]
    pub fn nonce(&self, store: &dyn Store, now: UnixTime) -> Option<String> {
        match self.rules.nonce {
            NonceMode::Off => None,
            NonceMode::Offered | NonceMode::Required => Some(self.nonces.current(store, now)),
        }
    }

    /// Verifies the proof that came with a token bound to the key `bound_to`, or to none that is known yet.
    ///
    /// Everything that costs little is checked first, the signature once the rest is right, and the proof counts as used
    /// only when it is right as a whole: so nobody without the key can fill the memory of used proofs. What comes of it is no
    /// [`Verified`](crate::identity::verified::Verified): that is for [`prove`](super::prove) to say, which knows the token, too.
    ///
    /// # Errors
    ///
    /// The first check of RFC 9449, section 4.3 that fails.
    pub fn verify(
        &self,
        proof: &str,
        bound_to: Option<&Digest>,
        presentation: &Presentation<'_>,
    ) -> Result<Shown, DpopError> {
        let parts = Parts::split(proof, MAX_BYTES)?;
        let known = bound_to.and_then(|key| self.keys.find(key, parts.encoded_header));
        let header = match known {
            Some(_) => Vec::new(),
            None => parts.header()?,
        };
        let (payload, signature) = (parts.payload()?, parts.signature()?);
        let key = match &known {
            Some(key) => Rc::clone(key),
            None => Rc::new(self.key(&header)?),
        };
        let thumbprint = key.key.thumbprint();
        if bound_to.is_some_and(|expected| thumbprint != *expected) {
            return Err(DpopError::OtherKey);
        }
        let claims = Claims::parse(&payload).map_err(unreadable)?;
        check_request(&claims, presentation)?;
        let issued_at = self.check_age(&claims, presentation.now)?;
        let next_nonce = self.check_nonce(&claims, presentation)?;
        let id = text(&claims, "jti")?;
        if id.len() > MAX_JTI_BYTES {
            return Err(DpopError::Claim {
                claim: "jti",
                expected: "a string of 1 to 256 bytes",
            });
        }
        let verifier = presentation.host.verifier;
        key.key
            .verify(verifier, key.algorithm, parts.signing_input, &signature)
            .map_err(|_| DpopError::BadSignature)?;
        let mark = Mark {
            digest: Digest::of_parts(&[thumbprint.as_bytes(), id.as_bytes()]),
            until: self.forgotten_at(issued_at),
        };
        self.replays
            .admit(presentation.host.store, mark, presentation.now)?;
        if known.is_none() {
            self.keys.remember(parts.encoded_header, key);
        }
        Ok(Shown {
            possession: Possession::Dpop { key: thumbprint },
            next_nonce,
        })
    }

    /// The header's algorithm and key.
    fn key(&self, header: &[u8]) -> Result<ProofKey, DpopError> {
        let (header, jwk) = Header::parse_with_key(header).map_err(unreadable)?;
        if !header.is_type("dpop+jwt") {
            return Err(DpopError::WrongType {
                found: Excerpt::of(header.typ.as_deref().unwrap_or("none")),
            });
        }
        let algorithm = header.algorithm;
        if !self.rules.algorithms.contains(&algorithm) {
            return Err(DpopError::AlgorithmNotAllowed { algorithm });
        }
        let jwk = jwk.ok_or(DpopError::KeyMissing)?;
        let jwk = Jwk::parse(&jwk, &[algorithm], KeyUse::Signature)?;
        Ok(ProofKey {
            algorithm,
            key: jwk.key,
        })
    }

    fn check_age(&self, claims: &Claims<'_>, now: UnixTime) -> Result<UnixTime, DpopError> {
        let at = claims.time("iat").ok().flatten().ok_or(DpopError::Claim {
            claim: "iat",
            expected: "seconds since 1970, up to the year 9999",
        })?;
        if at > now.after(self.rules.clock_skew) {
            return Err(DpopError::FromFuture { at, now });
        }
        if now > at.after(self.rules.max_age) {
            return Err(DpopError::Stale { at, now });
        }
        Ok(at)
    }

    /// A second after its last, and as much longer as clocks may be set back.
    const fn forgotten_at(&self, issued_at: UnixTime) -> UnixTime {
        issued_at
            .after(self.rules.max_age)
            .after(Seconds(1))
            .after(self.rules.clock_skew)
    }

    /// Says which nonce is to be used next, where it is another.
    fn check_nonce(
        &self,
        claims: &Claims<'_>,
        presentation: &Presentation<'_>,
    ) -> Result<Option<String>, DpopError> {
        if self.rules.nonce == NonceMode::Off {
            return Ok(None);
        }
        let nonce = claims.string("nonce").map_err(|_| DpopError::Claim {
            claim: "nonce",
            expected: TEXT,
        })?;
        let Presentation { host, now, .. } = presentation;
        match nonce {
            Some(nonce) if self.nonces.check(nonce, host.store, *now)? == Age::Current => Ok(None),
            None if self.rules.nonce == NonceMode::Required => Err(DpopError::NonceMissing),
            Some(_) | None => Ok(self.nonce(host.store, *now)),
        }
    }
}

const TEXT: &str = "a string that isn't empty";

/// `htm`, `htu` and `ath`: is the proof for this request with this token?
fn check_request(claims: &Claims<'_>, presentation: &Presentation<'_>) -> Result<(), DpopError> {
    let method = text(claims, "htm")?;
    if method != presentation.head.method() {
        return Err(DpopError::OtherMethod {
            found: Excerpt::of(method),
        });
    }
    let stated = text(claims, "htu")?;
    let no_target = |why| DpopError::NoTarget { why };
    let target = Target::parse(stated).map_err(no_target)?;
    // A request whose own target can't be read is for none that a proof could state.
    let expected = presentation.target().map_err(no_target)?;
    if target != expected {
        return Err(DpopError::OtherTarget {
            found: Excerpt::of(stated),
            expected: Excerpt::of(&expected.to_string()),
        });
    }
    let hash = Digest::from_base64url(text(claims, "ath")?).ok_or(DpopError::Claim {
        claim: "ath",
        expected: "a SHA-256 digest in base64url",
    })?;
    if hash == presentation.presented.digest() {
        Ok(())
    } else {
        Err(DpopError::OtherToken)
    }
}

fn text<'c>(claims: &'c Claims<'_>, claim: &'static str) -> Result<&'c str, DpopError> {
    claims.string(claim).ok().flatten().ok_or(DpopError::Claim {
        claim,
        expected: TEXT,
    })
}

fn unreadable(error: IdentityError) -> DpopError {
    if let IdentityError::UnsupportedAlgorithm { found } = error {
        return DpopError::UnsupportedAlgorithm { found };
    }
    DpopError::Unreadable(Box::new(error))
}

#[cfg(test)]
mod tests;
