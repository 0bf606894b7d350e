//! Workloads' signatures, draft-ietf-wimse-http-signature-07: a request that is signed with the key of the Workload Identity
//! Token that it brings.
//!
//! The identity token has been verified before this looks at its key. The gate is who the signature is for, so what a
//! recipient has to refuse is refused here: also a signature whose sender wants the response signed.

pub mod error;

use super::base::Message;
use super::component::Component;
use super::content::{Content, ContentDigest};
use super::input::{Parameters, Signatures};
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::identity::binding::target::{Origin, Target};
use crate::identity::binding::workload::{ProofRules, WorkloadKey};
use crate::identity::binding::{Possession, Presentation};
use crate::identity::replay::Mark;
use crate::request::Head;
use crate::time::{Seconds, UnixTime};

pub use error::WorkloadSignatureError;

/// What `tag` says of such signatures; labels say nothing.
pub const TAG: &str = "wimse-workload-to-workload";

/// What each of them covers (section 3).
const ALWAYS: [&str; 3] = ["@method", "@path", "@query"];

/// What it covers where the request has it, in lower case.
const WHERE_PRESENT: [&str; 5] = [
    "content-type",
    super::content::FIELD,
    "authorization",
    crate::credential::TRANSACTION_FIELD,
    crate::credential::IDENTITY_FIELD,
];

/// Verifies the signature of a request that brings the identity token of `key`, and says what its body must be.
///
/// Everything that costs little is checked first, the signature once the rest is right, and its nonce counts as used only
/// when it is right as a whole.
///
/// # Errors
///
/// The first check of draft-ietf-wimse-http-signature-07, section 3 that fails.
pub(in crate::identity) fn verify(
    key: &WorkloadKey,
    presentation: &Presentation<'_>,
) -> Result<(Possession, Content), WorkloadSignatureError> {
    let head = presentation.head;
    let signature = Signatures::read(head.headers())?
        .map_or(Ok(None), |all| all.tagged(TAG))?
        .ok_or(WorkloadSignatureError::Missing)?;
    let Required {
        created,
        expires,
        nonce,
        audience,
    } = Required::of(&signature.parameters)?;
    check_times(&key.rules, created, expires, presentation.now)?;
    check_covered(head, signature.covered.components())?;
    check_audience(audience, presentation)?;
    let content = content(presentation)?;
    let origin = match presentation.origin {
        Some(origin) => origin.clone(),
        None => Origin::new(head.scheme(), head.authority())?,
    };
    let base = Message::new(head, &origin).base(&signature.covered)?;
    key.key
        .verify(
            presentation.host.verifier,
            key.key.algorithm(),
            base.as_bytes(),
            &signature.bytes,
        )
        .map_err(|_| WorkloadSignatureError::BadSignature)?;
    // Whoever sent it: the draft has nonces that are unique among all that a recipient sees.
    let mark = Mark {
        digest: Digest::of_parts(&[TAG.as_bytes(), nonce.as_bytes()]),
        until: expires.after(key.rules.clock_skew).after(Seconds(1)),
    };
    let replays = presentation.dpop.replays();
    replays.admit(presentation.host.store, mark, presentation.now)?;
    let key = key.key.thumbprint();
    Ok((Possession::HttpSignature { key }, content))
}

/// The parameters that each signature has to have.
struct Required<'a> {
    created: UnixTime,
    expires: UnixTime,
    nonce: &'a str,
    audience: &'a str,
}

impl<'a> Required<'a> {
    fn of(parameters: &'a Parameters) -> Result<Self, WorkloadSignatureError> {
        let missing = |parameter| WorkloadSignatureError::ParameterMissing { parameter };
        // The identity token says which key and which algorithm; a second word on it could differ.
        let needless = [
            ("keyid", parameters.key.is_some()),
            ("alg", parameters.algorithm.is_some()),
        ];
        if let Some((parameter, _)) = needless.into_iter().find(|(_, is_there)| *is_there) {
            return Err(WorkloadSignatureError::ParameterForbidden { parameter });
        }
        if parameters.sign_response {
            return Err(WorkloadSignatureError::ResponseWanted);
        }
        let text = |value: &'a Option<String>| value.as_deref().filter(|text| !text.is_empty());
        Ok(Self {
            created: parameters.created.ok_or_else(|| missing("created"))?,
            expires: parameters.expires.ok_or_else(|| missing("expires"))?,
            nonce: text(&parameters.nonce).ok_or_else(|| missing("nonce"))?,
            audience: text(&parameters.audience).ok_or_else(|| missing("wimse-aud"))?,
        })
    }
}

fn check_times(
    rules: &ProofRules,
    created: UnixTime,
    expires: UnixTime,
    now: UnixTime,
) -> Result<(), WorkloadSignatureError> {
    if created > now.after(rules.clock_skew) {
        return Err(WorkloadSignatureError::FromFuture { at: created, now });
    }
    if now >= expires.after(rules.clock_skew) {
        return Err(WorkloadSignatureError::Expired { at: expires, now });
    }
    let limit = rules.max_lifetime;
    if expires > created.after(limit) {
        return Err(WorkloadSignatureError::LifetimeTooLong { limit });
    }
    Ok(())
}

fn check_covered(head: &Head, components: &[Component]) -> Result<(), WorkloadSignatureError> {
    let is_there = |field: &&str| head.headers().all(field).next().is_some();
    let mut missing: Vec<String> = Vec::new();
    for name in ALWAYS
        .into_iter()
        .chain(WHERE_PRESENT.into_iter().filter(is_there))
    {
        let wanted = Component::named(name)?;
        if !components.iter().any(|own| own.covers(&wanted)) {
            missing.push(format!("`{name}`"));
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(WorkloadSignatureError::CoversTooLittle {
            missing: missing.join(", "),
        })
    }
}

/// `wimse-aud` is the request's target, or what the route is known by. Only the configuration's word counts for that, not the
/// request's own (section 3.1).
fn check_audience(
    stated: &str,
    presentation: &Presentation<'_>,
) -> Result<(), WorkloadSignatureError> {
    let target = presentation.origin.map(|_| presentation.target());
    let target = target.transpose()?;
    if presentation.audience == Some(stated) {
        return Ok(());
    }
    let stated_target = Target::parse(stated).ok();
    if target.is_some() && stated_target == target {
        return Ok(());
    }
    let expected = target.map(|target| target.to_string());
    match expected.or_else(|| presentation.audience.map(str::to_owned)) {
        Some(expected) => Err(WorkloadSignatureError::OtherAudience {
            found: Excerpt::of(stated),
            expected: Excerpt::of(&expected),
        }),
        None => Err(WorkloadSignatureError::AudienceUnknown),
    }
}

/// What the body must be: there is none without a digest, and a digest has to be looked at.
fn content(presentation: &Presentation<'_>) -> Result<Content, WorkloadSignatureError> {
    let headers = presentation.head.headers();
    let content = if headers.all(super::content::FIELD).next().is_some() {
        Content::Digest(ContentDigest::read(headers, None)?)
    } else {
        Content::Nothing
    };
    if presentation.body_is_known {
        Ok(content)
    } else {
        Err(WorkloadSignatureError::BodyNotRead)
    }
}

#[cfg(test)]
mod tests;
