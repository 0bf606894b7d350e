//! HTTP message signatures (RFC 9421): a request that is signed is its own credential.
//!
//! Nothing is remembered: each request's signature is verified anew. What is accepted is Web Bot Auth
//! (draft-meunier-web-bot-auth-architecture): a signature with the tag [`agent::TAG`], over at least the authority or the whole
//! URI, by a key of a configured agent. The agent's URL and the key's thumbprint find the key together; the thumbprint alone
//! never does. The signatures of workloads, which go with a token, are in [`workload`].

pub mod agent;
pub mod base;
pub mod component;
pub mod content;
pub mod error;
pub mod input;
mod query;
mod structured;
pub mod workload;

use self::agent::{SignatureAgent, Stated};
use self::base::Message;
use self::component::{Component, Form};
use self::content::{Content, ContentDigest};
use self::error::HttpSignatureError;
use self::input::{Parameters, Signature};
use super::binding::target::Origin;
use super::binding::{Confirmation, Possession};
use super::caller::{Caller, CredentialFormat, Named, VerifiedWith};
use super::jose::ecdsa;
use super::jose::jwk::Jwk;
use super::keyring::{KeyRing, KeyState};
use super::replay::{Mark, Replays};
use super::verified::{Unverified, Verified};
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::ports::{SignatureVerifier, Store};
use crate::request::Head;
use crate::time::UnixTime;

/// A request's signature that verified, with what is still to be done about it.
#[derive(Debug)]
pub struct Signed {
    /// Who signed.
    pub caller: Verified<Caller>,
    /// What the body must be, where the signature says so.
    pub content: Option<Content>,
    key: Digest,
    once: Option<Mark>,
}

/// What signatures are judged by.
pub struct Judge<'a> {
    /// Whose are accepted.
    pub agents: &'a [SignatureAgent],
    /// The ring made from the same agents; it may note that a fresh set is wanted.
    pub keys: &'a mut KeyRing,
    /// The host's cryptography.
    pub verifier: &'a dyn SignatureVerifier,
    /// The time.
    pub now: UnixTime,
}

impl Judge<'_> {
    /// Verifies a signature over a request to `origin` and says who is calling.
    ///
    /// # Errors
    ///
    /// The first check that fails, in this order: parameters, agent, covered components, times, key, algorithm, signature.
    /// [`HttpSignatureError::KeysPending`] is no verdict: try again when keys were loaded.
    pub fn verify(
        self,
        signature: &Signature,
        head: &Head,
        origin: &Origin,
    ) -> Result<Signed, HttpSignatureError> {
        let now = self.now;
        let components = signature.covered.components();
        let Required { created, key: name } = Required::of(&signature.parameters)?;
        let stated = Stated::read(head.headers(), components)?;
        let (index, agent) = agent::find(self.agents, stated.as_ref())?;
        check_covered(agent, stated.as_ref(), components)?;
        let expires_at = check_times(agent, created, signature.parameters.expires, now)?;
        let jwk = find_key(index, agent, name, self.keys, now)?;
        check_algorithm(agent, jwk, &signature.parameters)?;
        let base = Message::new(head, origin).base(&signature.covered)?;
        let algorithm = jwk.key.algorithm();
        jwk.key
            .verify(self.verifier, algorithm, base.as_bytes(), &signature.bytes)
            .map_err(|_| HttpSignatureError::BadSignature {
                agent: agent.name.clone(),
            })?;
        let key = jwk.key.thumbprint();
        let nonce = signature.parameters.nonce.as_deref();
        let named = Named {
            domain: agent.name.clone(),
            issuer: agent.url.clone(),
            format: CredentialFormat::HttpSignature,
            subject: agent.url.clone(),
            expires_at,
            verified_with: VerifiedWith::Key {
                algorithm,
                kid: Some(key.to_base64url()),
            },
            digest: Digest::of_parts(&[base.as_bytes(), &signature.bytes]),
        };
        let caller = Caller {
            audience: vec![origin.as_str().to_owned()],
            issued_at: Some(created),
            token_id: nonce.map(str::to_owned),
            other_digest: ecdsa::other_form(jwk.key.kind(), &signature.bytes)
                .map(|other| Digest::of_parts(&[base.as_bytes(), &other])),
            confirmation: Some(Confirmation::Jkt(key)),
            ..Caller::of(named)
        };
        Ok(Signed {
            caller: Unverified::new(caller).into_verified(),
            content: content(head, components)?.map(Content::Digest),
            key,
            once: nonce.map(|nonce| Mark {
                digest: Digest::of_parts(&[b"http-signature", key.as_bytes(), nonce.as_bytes()]),
                until: expires_at.after(agent.clock_skew),
            }),
        })
    }
}

impl Signed {
    /// Lets the signature count: once only, where it has a nonce.
    ///
    /// # Errors
    ///
    /// The nonce was used before, or can't be remembered.
    pub fn admit(
        &self,
        replays: &Replays,
        store: &dyn Store,
        now: UnixTime,
    ) -> Result<Verified<Possession>, HttpSignatureError> {
        if let Some(mark) = self.once {
            replays.admit(store, mark, now)?;
        }
        let possession = Possession::HttpSignature { key: self.key };
        Ok(Unverified::new(possession).into_verified())
    }
}

/// The parameters that each signature has to have.
struct Required<'a> {
    created: UnixTime,
    key: &'a str,
}

impl<'a> Required<'a> {
    fn of(parameters: &'a Parameters) -> Result<Self, HttpSignatureError> {
        let missing = |parameter| HttpSignatureError::ParameterMissing { parameter };
        Ok(Self {
            created: parameters.created.ok_or_else(|| missing("created"))?,
            key: parameters.key.as_deref().ok_or_else(|| missing("keyid"))?,
        })
    }
}

/// A signature that says nothing about the request's address could be sent anywhere, and one that doesn't cover whose it is
/// could be anybody's.
fn check_covered(
    agent: &SignatureAgent,
    stated: Option<&Stated>,
    components: &[Component],
) -> Result<(), HttpSignatureError> {
    let mut missing: Vec<String> = Vec::new();
    let names_address = components.iter().any(Component::names_address);
    if !names_address {
        missing.push("`@authority` or `@target-uri`".to_owned());
    }
    if stated.is_some_and(|stated| !stated.is_covered_by(components)) {
        missing.push(format!("`{}`", agent::FIELD));
    }
    let is_covered = |wanted: &Component| components.iter().any(|own| own.covers(wanted));
    let uncovered = agent.components.iter().filter(|wanted| !is_covered(wanted));
    missing.extend(uncovered.map(|wanted| format!("`{}`", wanted.identifier().trim_matches('"'))));
    if missing.is_empty() {
        Ok(())
    } else {
        Err(HttpSignatureError::CoversTooLittle {
            missing: missing.join(", "),
        })
    }
}

/// Until when the signature is good.
fn check_times(
    agent: &SignatureAgent,
    created: UnixTime,
    expires: Option<UnixTime>,
    now: UnixTime,
) -> Result<UnixTime, HttpSignatureError> {
    if created > now.after(agent.clock_skew) {
        return Err(HttpSignatureError::FromFuture { at: created, now });
    }
    let oldest = created.after(agent.max_age);
    let at = expires.map_or(oldest, |expires| expires.min(oldest));
    if now >= at.after(agent.clock_skew) {
        return Err(HttpSignatureError::Expired { at, now });
    }
    Ok(at)
}

fn find_key<'k>(
    index: usize,
    agent: &SignatureAgent,
    name: &str,
    keys: &'k mut KeyRing,
    now: UnixTime,
) -> Result<&'k Jwk, HttpSignatureError> {
    let pending = || HttpSignatureError::KeysPending {
        agent: agent.name.clone(),
    };
    let unavailable = || HttpSignatureError::KeysUnavailable {
        agent: agent.name.clone(),
    };
    let unknown = || HttpSignatureError::UnknownKey {
        agent: agent.name.clone(),
        key: Excerpt::of(name),
    };
    let thumbprint = Digest::from_base64url(name).ok_or_else(unknown)?;
    // Asked before the set is borrowed for the result; costs a look-up more only where the signature is refused anyway.
    let is_known = match keys.state(index, now) {
        KeyState::Ready(set) => set.by_thumbprint(&thumbprint).is_some(),
        KeyState::Pending => return Err(pending()),
        KeyState::Unavailable => return Err(unavailable()),
    };
    if !is_known && keys.unknown_kid(index, now) {
        return Err(pending());
    }
    match keys.state(index, now) {
        KeyState::Ready(set) => set.by_thumbprint(&thumbprint).ok_or_else(unknown),
        KeyState::Pending | KeyState::Unavailable => Err(unavailable()),
    }
}

/// The key alone says by which algorithm it verifies; `alg` may say the same, and nothing else.
fn check_algorithm(
    agent: &SignatureAgent,
    jwk: &Jwk,
    parameters: &Parameters,
) -> Result<(), HttpSignatureError> {
    let expected = agent::registered_name(jwk.key.algorithm()).unwrap_or("none of signatures");
    match &parameters.algorithm {
        Some(found) if found != expected => Err(HttpSignatureError::OtherAlgorithm {
            agent: agent.name.clone(),
            expected,
            found: Excerpt::of(found),
        }),
        Some(_) | None => Ok(()),
    }
}

/// What the body must be, where `Content-Digest` is covered.
fn content(
    head: &Head,
    components: &[Component],
) -> Result<Option<ContentDigest>, HttpSignatureError> {
    let mut forms = components
        .iter()
        .filter_map(|component| component.form_of(content::FIELD))
        .peekable();
    if forms.peek().is_none() {
        return Ok(None);
    }
    let mut read = None;
    for form in forms {
        let key = match form {
            Form::Member(key) => Some(key.as_str()),
            Form::Whole | Form::Bytes => None,
        };
        read = Some(ContentDigest::read(head.headers(), key)?);
    }
    Ok(read)
}

#[cfg(test)]
mod tests;
