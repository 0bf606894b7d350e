//! Step 3: the root, by a trust anchor.

use crate::digest::Digest;
use crate::identity::jose::compact::Compact;
use crate::identity::jose::key::PublicKey;
use crate::ports::SignatureVerifier;

use super::super::capability::ShapeError;
use super::super::claims::Claims;
use super::super::header::Header;
use super::super::refusal::{Fact, Refusal};
use super::super::rules::Anchor;
use super::super::step::Step;
use super::super::token::{Reading, TYPE, Token};

pub(super) fn verify(
    compact: &Compact<'_>,
    reading: &mut Reading<'_, '_>,
    verifier: &dyn SignatureVerifier,
) -> Result<Token, Refusal> {
    let key = anchor_key(compact, reading, verifier)?;
    read(compact, reading, Some(key))
}

/// The root, whoever signed it.
pub(super) fn as_presented(
    compact: &Compact<'_>,
    reading: &mut Reading<'_, '_>,
    _: &dyn SignatureVerifier,
) -> Result<Token, Refusal> {
    let bad_header = |fact| reading.refuser.with(Step::RootHeader, fact);
    Header::read(&compact.header, TYPE, &reading.rules.algorithms).map_err(bad_header)?;
    read(compact, reading, None)
}

/// What the root says, of which the issuer has to be that of the `key`, where there is one.
fn read(
    compact: &Compact<'_>,
    reading: &mut Reading<'_, '_>,
    key: Option<&PublicKey>,
) -> Result<Token, Refusal> {
    let refuser = reading.refuser;
    let claims = Claims::read(&compact.payload, refuser, &reading.steps.unreadable)?;
    let time = |claim| {
        let time = claims.time(claim);
        time.map_err(|fact| refuser.with(Step::RootTimes, fact))
    };
    let (issued_at, expires_at) = (time("iat")?, time("exp")?);
    let depth = claims.integer("del_depth");
    match depth.map_err(|fact| refuser.with(Step::RootDepth, fact))? {
        0 => {}
        depth => return Err(refuser.value(Step::RootDepth, "del_depth", depth, 0)),
    }
    if claims.get("par_hash").is_some() {
        return Err(refuser.at(Step::RootParentHash));
    }
    reading.not_expired(expires_at)?;
    reading.not_from_future(issued_at)?;
    reading.not_inverted(issued_at, expires_at)?;
    let limits = &reading.rules.limits;
    let latest = issued_at.after(limits.max_token_lifetime);
    if expires_at > latest {
        return Err(refuser.value(Step::RootLifetime, "exp", expires_at, latest));
    }
    let max_depth = claims.integer("del_max_depth");
    let max_depth = max_depth.map_err(|fact| refuser.with(Step::RootMaxDepth, fact))?;
    let most = limits.max_delegation_depth;
    if max_depth > most {
        return Err(refuser.value(Step::RootMaxDepth, "del_max_depth", max_depth, most));
    }
    let id = reading.id(&claims)?;
    let issuer = claims
        .text("iss")
        .map_err(|fact| refuser.with(Step::RootIssuer, fact))?;
    let vouches = |key: &PublicKey| {
        let anchors = &mut reading.rules.anchors.iter();
        anchors.any(|anchor| anchor.issuer == issuer && is_same(&anchor.jwk.key, key))
    };
    if key.is_some_and(|key| !vouches(key)) {
        let fact = Fact::Claim {
            claim: "iss",
            expected: "the issuer whose key has signed",
        };
        return Err(refuser.with(Step::RootIssuer, fact));
    }
    let holder = reading.holder(&claims)?;
    let tools = reading.tools(&claims)?;
    let tools = tools.ok_or_else(|| reading.shape(ShapeError::NoEntry))?;
    Ok(Token {
        id,
        issuer: issuer.to_owned(),
        issued_at,
        expires_at,
        depth: 0,
        max_depth,
        key: holder,
        audience: claims.audience(),
        authority: Some(reading.authority(tools)?),
        digest: Digest::of(compact.signing_input),
    })
}

fn is_same(one: &PublicKey, other: &PublicKey) -> bool {
    one.thumbprint() == other.thumbprint()
}

/// Steps 3a and 3b: the trusted key that has signed. Those of the name in the header are tried first.
fn anchor_key<'r>(
    compact: &Compact<'_>,
    reading: &Reading<'r, '_>,
    verifier: &dyn SignatureVerifier,
) -> Result<&'r PublicKey, Refusal> {
    let (refuser, rules) = (reading.refuser, reading.rules);
    let bad_header = |fact| refuser.with(Step::RootHeader, fact);
    let header = Header::read(&compact.header, TYPE, &rules.algorithms).map_err(bad_header)?;
    let fits = |anchor: &&Anchor| header.check_key(&anchor.jwk.key).is_ok();
    let mut fitting: Vec<&Anchor> = rules.anchors.iter().filter(fits).collect();
    if fitting.is_empty() {
        let fact = Fact::Header {
            parameter: "alg",
            expected: "that of a trust anchor's key",
        };
        return Err(bad_header(fact));
    }
    fitting.sort_by_key(|anchor| {
        header.kid.is_none() || anchor.jwk.kid.as_deref() != header.kid.as_deref()
    });
    let mut keys = fitting.into_iter().map(|anchor| &anchor.jwk.key);
    keys.find(|key| {
        let (message, signature) = (compact.signing_input, &compact.signature);
        key.verify(verifier, header.algorithm, message, signature)
            .is_ok()
    })
    .ok_or_else(|| refuser.at(Step::RootSignature))
}
