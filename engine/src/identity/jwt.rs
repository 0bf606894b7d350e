//! One way for every credential that is a signed JWT; what differs stands in its profile's own room.

use super::authentication::Authentication;
use super::binding::Confirmation;
use super::caller::{Caller, VerifiedWith};
use super::ci::CiFacts;
use super::claims::{self, Claims, Registered};
use super::error::IdentityError;
use super::issuer::{ClaimNames, Issuer, TokenProfile};
use super::jose::compact::Compact;
use super::jose::ecdsa;
use super::jose::header::Header;
use super::jose::jwk::Jwk;
use super::jose::keyset::Lookup;
use super::keyring::{KeyRing, KeyState};
use super::spiffe_id::TrustDomain;
use super::status::rules::StatusClaim;
use super::verified::{Unverified, Verified};
use super::workload_id::WorkloadId;
use super::{svid, token_kind, transaction, wimse};
use crate::credential::{Place, Presented};
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::ports::SignatureVerifier;
use crate::time::{Seconds, UnixTime};

/// Verifies a token and says who is calling.
///
/// The token's unverified `iss` picks the issuer, or the trust domain in its `sub`; from then on that issuer's rules and keys
/// alone count. `keys` is the ring made from the same `issuers`; it may note that a fresh set is wanted. `audience` is what
/// the route accepts, or `None` for what the issuer's configuration says.
///
/// # Errors
///
/// The first check that fails, in this order: form, header, issuer, kind of token, algorithm, key, signature, claims,
/// times, audience. [`IdentityError::KeysPending`] is no verdict: try again when keys were loaded.
pub fn verify(
    presented: &Presented<'_>,
    issuers: &[Issuer],
    keys: &mut KeyRing,
    verifier: &dyn SignatureVerifier,
    now: UnixTime,
    audience: Option<&str>,
) -> Result<Verified<Caller>, IdentityError> {
    let token = Compact::decode(presented.token())?;
    let header = Header::parse(&token.header)?;
    let claims = Claims::parse(&token.payload)?;
    token_kind::check_place(&header, presented.place())?;
    let (index, issuer) = match presented.place() {
        Place::Credential => issuer_of(&claims, issuers)?,
        Place::WorkloadIdentity => issuer_of_workload(&claims, issuers)?,
        Place::Transaction => transaction::issuer(&claims, issuers)?,
    };
    token_kind::check(&issuer.profile, &header, &claims)?;
    if !issuer.algorithms.contains(&header.algorithm) {
        return Err(IdentityError::AlgorithmNotAllowed {
            issuer: issuer.name.clone(),
            algorithm: header.algorithm,
        });
    }
    let jwk = find_key(index, issuer, &header, keys, now)?;
    jwk.key
        .verify(
            verifier,
            header.algorithm,
            token.signing_input,
            &token.signature,
        )
        .map_err(|_| IdentityError::BadSignature {
            issuer: issuer.name.clone(),
        })?;
    let registered = claims.registered(&issuer.profile)?;
    let not_before = registered.not_before;
    let verified_with = VerifiedWith::Key {
        algorithm: header.algorithm,
        kid: jwk.kid.as_deref().map(str::to_owned),
    };
    let other_form = ecdsa::other_form(jwk.key.kind(), &token.signature);
    let digests = (
        presented.digest(),
        other_form.map(|signature| token.digest_with(&signature)),
    );
    let caller = read_caller(issuer, registered, claims, verified_with, digests)?;
    let caller = Unverified::new(caller);
    check_times(caller.peek(), not_before, issuer, now)?;
    if issuer.profile.needs_audience() || !caller.peek().audience.is_empty() {
        check_audience(&caller.peek().audience, audience, &issuer.audiences)?;
    }
    Ok(caller.into_verified())
}

/// The issuer that `iss` names; where it names none, and `sub` is a SPIFFE ID, that ID's trust domain: JWT-SVIDs have any
/// `iss` or none (JWT-SVID, section 3).
fn issuer_of<'i>(
    claims: &Claims<'_>,
    issuers: &'i [Issuer],
) -> Result<(usize, &'i Issuer), IdentityError> {
    let find = |of_trust_domain: bool, identifier: &str| {
        issuers.iter().enumerate().find(|(_, issuer)| {
            issuer.profile.place() == Place::Credential
                && issuer.profile.is_of_trust_domain() == of_trust_domain
                && issuer.identifier == identifier
        })
    };
    let is_svid = svid::is_meant(claims)
        && issuers
            .iter()
            .any(|issuer| issuer.profile.is_of_trust_domain());
    let named = match claims.issuer() {
        Ok(named) => named,
        Err(IdentityError::ClaimMissing { .. }) if is_svid => "",
        Err(error) => return Err(error),
    };
    if let Some(found) = find(false, named) {
        return Ok(found);
    }
    if !is_svid {
        return Err(IdentityError::UnknownIssuer {
            found: Excerpt::of(named),
        });
    }
    let trust_domain: TrustDomain = svid::id(claims)?.trust_domain().clone();
    find(true, trust_domain.as_str()).ok_or(IdentityError::UnknownTrustDomain {
        found: trust_domain,
    })
}

/// The issuer whose trust domain the workload in `sub` belongs to.
fn issuer_of_workload<'i>(
    claims: &Claims<'_>,
    issuers: &'i [Issuer],
) -> Result<(usize, &'i Issuer), IdentityError> {
    let id = wimse::id(claims)?;
    let domain = id.trust_domain();
    let is_its = |issuer: &Issuer| {
        issuer.profile.place() == Place::WorkloadIdentity && issuer.identifier == domain.as_str()
    };
    let mut numbered = issuers.iter().enumerate();
    numbered
        .find(|(_, issuer)| is_its(issuer))
        .ok_or_else(|| IdentityError::UnknownTrustDomain {
            found: domain.clone(),
        })
}

/// The key that a token's header names, among its issuer's.
pub(super) fn find_key<'k>(
    index: usize,
    issuer: &Issuer,
    header: &Header<'_>,
    keys: &'k mut KeyRing,
    now: UnixTime,
) -> Result<&'k Jwk, IdentityError> {
    let name = || issuer.name.clone();
    let kid = header.kid.as_deref();
    // Asked before the set is borrowed for the result; costs a look-up more only where the token is refused anyway.
    let unknown = match keys.state(index, now) {
        KeyState::Ready(set) => matches!(set.find(kid, header.algorithm), Lookup::Unknown),
        KeyState::Pending => return Err(IdentityError::KeysPending { issuer: name() }),
        KeyState::Unavailable => return Err(IdentityError::KeysUnavailable { issuer: name() }),
    };
    if unknown && keys.unknown_kid(index, now) {
        return Err(IdentityError::KeysPending { issuer: name() });
    }
    let KeyState::Ready(set) = keys.state(index, now) else {
        return Err(IdentityError::KeysUnavailable { issuer: name() });
    };
    match set.find(kid, header.algorithm) {
        Lookup::Found(jwk) => Ok(jwk),
        Lookup::NotNamed => Err(IdentityError::KeyNotNamed {
            issuer: name(),
            algorithm: header.algorithm,
        }),
        Lookup::Unknown => Err(IdentityError::UnknownKey {
            issuer: name(),
            kid: Excerpt::of(kid.unwrap_or_default()),
        }),
        Lookup::OtherAlgorithm(jwk) => Err(IdentityError::KeyAlgorithmMismatch {
            issuer: name(),
            kid: Excerpt::of(kid.unwrap_or_default()),
            expected: jwk.key.algorithm(),
            found: header.algorithm,
        }),
    }
}

/// `exp`, `nbf` and `iat` with the issuer's skew, and its longest lifetime. The second at which `exp` and skew are over is
/// too late already (RFC 7519, section 4.1.4: "on or after").
fn check_times(
    caller: &Caller,
    not_before: Option<UnixTime>,
    issuer: &Issuer,
    now: UnixTime,
) -> Result<(), IdentityError> {
    let expires_at = caller.expires_at;
    if now >= expires_at.after(issuer.clock_skew) {
        return Err(IdentityError::Expired {
            at: expires_at,
            now,
        });
    }
    let ahead = |at: &UnixTime| *at > now.after(issuer.clock_skew);
    if let Some(at) = not_before.filter(ahead) {
        return Err(IdentityError::NotYetValid { at, now });
    }
    if let Some(at) = caller.issued_at.filter(ahead) {
        return Err(IdentityError::IssuedInFuture { at, now });
    }
    let lifetime: Seconds = expires_at.since(caller.issued_at.unwrap_or(now));
    if lifetime > issuer.max_lifetime {
        return Err(IdentityError::LifetimeTooLong {
            issuer: issuer.name.clone(),
            lifetime,
            limit: issuer.max_lifetime,
        });
    }
    Ok(())
}

/// Is one value of `aud` accepted? The route's own audience replaces the issuer's; values are compared exactly (RFC 8707).
fn check_audience(
    found: &[String],
    own: Option<&str>,
    issuers: &[String],
) -> Result<(), IdentityError> {
    let accepted = |value: &String| match own {
        Some(own) => value == own,
        None => issuers.contains(value),
    };
    if found.iter().any(accepted) {
        return Ok(());
    }
    let first = found.first().map_or("", String::as_str);
    Err(IdentityError::WrongAudience {
        found: Excerpt::of(first),
    })
}

/// What the claims say of the caller, mapped as the issuer's configuration has it.
fn read_caller(
    issuer: &Issuer,
    registered: Registered,
    mut claims: Claims<'_>,
    verified_with: VerifiedWith,
    (digest, other_digest): (Digest, Option<Digest>),
) -> Result<Caller, IdentityError> {
    let names = &issuer.claims;
    let particulars = Particulars::read(issuer, &claims, &registered.subject)?;
    Ok(Caller {
        domain: issuer.name.clone(),
        issuer: issuer.identifier.clone(),
        format: issuer.profile.format(),
        workload: particulars.workload,
        ci: particulars.ci,
        agent: particulars.agent,
        user: particulars.user,
        task: particulars.task,
        session: claims::text(&claims, &names.session)?,
        purpose: claims::text(&claims, &names.purpose)?,
        tools: claims::listed(&claims, &names.tools)?,
        client: claims::text(&claims, &names.client)?,
        scopes: claims::scopes(&claims, &names.scope)?,
        groups: claims::groups(&claims, &names.groups)?,
        authentication: Authentication::read(&claims)?,
        confirmation: if let TokenProfile::Wit(rules) = &issuer.profile {
            Some(wimse::confirmation(&claims, rules)?)
        } else {
            Confirmation::read(&claims)
        },
        status: StatusClaim::read(&claims)?,
        is_person: claims::holds(&claims, &names.person),
        act: claims.take("act"),
        authorization_details: claims.take("authorization_details"),
        mission: claims.take("mission"),
        subject: registered.subject,
        audience: registered.audience,
        issued_at: registered.issued_at,
        expires_at: registered.expires_at,
        token_id: registered.token_id,
        verified_with,
        digest,
        other_digest,
    })
}

/// What each profile's tokens say in their own way.
#[derive(Default)]
struct Particulars {
    agent: Option<String>,
    user: Option<String>,
    task: Option<String>,
    workload: Option<WorkloadId>,
    ci: Option<CiFacts>,
}

impl Particulars {
    fn read(issuer: &Issuer, claims: &Claims<'_>, subject: &str) -> Result<Self, IdentityError> {
        Ok(match &issuer.profile {
            TokenProfile::Rfc9068 | TokenProfile::PlainJwt => {
                Self::mapped(&issuer.claims, claims, subject)?
            }
            TokenProfile::Ci(rules) => Self {
                ci: Some(rules.read(claims)?),
                ..Self::mapped(&issuer.claims, claims, subject)?
            },
            // A workload is who its name says, whatever other claims its token has.
            TokenProfile::JwtSvid => Self {
                workload: Some(WorkloadId::Spiffe(svid::id(claims)?)),
                task: claims::text(claims, &issuer.claims.task)?,
                ..Self::default()
            },
            TokenProfile::Wit(_) => Self {
                workload: Some(wimse::id(claims)?),
                task: claims::text(claims, &issuer.claims.task)?,
                ..Self::default()
            },
            TokenProfile::TransactionToken => Self {
                agent: Some(claims.required_text("req_wl")?.to_owned()),
                user: Some(subject.to_owned()),
                task: Some(claims.required_text("txn")?.to_owned()),
                ..Self::default()
            },
        })
    }

    /// As the issuer's configuration has it.
    fn mapped(
        names: &ClaimNames,
        claims: &Claims<'_>,
        subject: &str,
    ) -> Result<Self, IdentityError> {
        let agent = claims::text(claims, &names.agent)?;
        let acting = agent.as_deref().unwrap_or(subject);
        let user = claims::text(claims, &names.user)?.filter(|user| user != acting);
        Ok(Self {
            task: claims::text(claims, &names.task)?,
            agent,
            user,
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests;
