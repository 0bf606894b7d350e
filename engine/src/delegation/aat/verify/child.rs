//! Step 4: a token by its parent's holder.

use crate::delegation::authority::Authority;
use crate::delegation::narrower::{Growth, Widening, narrower};
use crate::digest::Digest;
use crate::identity::jose::compact::Compact;
use crate::ports::SignatureVerifier;
use crate::time::UnixTime;

use super::super::capability::ShapeError;
use super::super::claims::Claims;
use super::super::header::Header;
use super::super::refusal::{Fact, Refusal, Refuser};
use super::super::step::Step;
use super::super::token::{Reading, TYPE, Token};
use super::thumbprint_uri;

pub(super) fn verify(
    compact: &Compact<'_>,
    parent: &Token,
    reading: &mut Reading<'_, '_>,
    verifier: &dyn SignatureVerifier,
) -> Result<Token, Refusal> {
    let refuser = reading.refuser;
    check_signature(compact, parent, reading, verifier)?;
    let claims = Claims::read(&compact.payload, refuser, &reading.steps.unreadable)?;
    let id = reading.id(&claims)?;
    let key = reading.holder(&claims)?;
    let tools = reading
        .tools(&claims)
        .map_err(|refusal| match refusal.fact {
            Some(fact @ Fact::Shape(ShapeError::NotArray)) => {
                refuser.with(Step::ChildDetails, fact)
            }
            _ => refusal,
        });
    // What is wrong inside the array is for step 4n.
    if let Err(
        refusal @ Refusal {
            step: Step::ChildDetails,
            ..
        },
    ) = tools
    {
        return Err(refusal);
    }
    let depth = |claim| {
        let depth = claims.integer(claim);
        depth.map_err(|fact| refuser.with(Step::ChildDepths, fact))
    };
    let (depth, max_depth) = (depth("del_depth")?, depth("del_max_depth")?);
    let typed = |fact| refuser.with(Step::ChildClaims, fact);
    let issuer = claims.text("iss").map_err(typed)?;
    let parent_hash = claims.text("par_hash").map_err(typed)?;
    let issued_at = claims.time("iat").map_err(typed)?;
    let expires_at = claims.time("exp").map_err(typed)?;

    let expected = thumbprint_uri(&parent.key);
    if issuer != expected {
        return Err(refuser.value(Step::ChildIssuer, "iss", issuer, expected));
    }
    let depths = Depths {
        own: depth,
        max: max_depth,
    };
    depths.check(parent, reading.rules.limits.max_delegation_depth, refuser)?;
    check_times(issued_at, expires_at, parent, reading)?;
    depths.check_own(refuser)?;

    let authority = match tools? {
        None => None,
        Some(tools) => Some(reading.authority(tools)?),
    };
    check_authority(authority.as_ref(), parent, reading)?;
    if parent_hash != parent.digest.to_base64url() {
        return Err(refuser.at(Step::ParentMismatch));
    }
    Ok(Token {
        id,
        issuer: expected,
        issued_at,
        expires_at,
        depth,
        max_depth,
        key,
        audience: claims.audience(),
        authority,
        digest: Digest::of(compact.signing_input),
    })
}

/// Steps 4a and 4b.
fn check_signature(
    compact: &Compact<'_>,
    parent: &Token,
    reading: &Reading<'_, '_>,
    verifier: &dyn SignatureVerifier,
) -> Result<(), Refusal> {
    let refuser = reading.refuser;
    let header = Header::read(&compact.header, TYPE, &reading.rules.algorithms)
        .and_then(|header| header.check_key(&parent.key).map(|()| header))
        .map_err(|fact| refuser.with(Step::ChildHeader, fact))?;
    let (message, signature) = (compact.signing_input, &compact.signature);
    let verified = parent
        .key
        .verify(verifier, header.algorithm, message, signature);
    verified.map_err(|_| refuser.at(Step::ChildSignature))
}

struct Depths {
    own: u64,
    max: u64,
}

impl Depths {
    /// Steps 4d to 4g, of which 4f follows from the others.
    fn check(&self, parent: &Token, most: u64, refuser: Refuser) -> Result<(), Refusal> {
        let Self { own, max } = *self;
        let deeper = |step, child, parent| {
            let widening = Widening::of_depth(child, parent);
            refuser.with(step, Fact::Widening(Box::new(widening)))
        };
        if parent.depth.checked_add(1) != Some(own) {
            return Err(refuser.value(Step::DepthStep, "del_depth", own, parent.depth));
        }
        if own > parent.max_depth {
            return Err(deeper(Step::BeyondParentDepth, own, parent.max_depth));
        }
        if own > most {
            return Err(refuser.value(Step::BeyondDepth, "del_depth", own, most));
        }
        if max > parent.max_depth {
            return Err(deeper(Step::MaxDepthRaised, max, parent.max_depth));
        }
        Ok(())
    }

    /// Step 4m.
    fn check_own(&self, refuser: Refuser) -> Result<(), Refusal> {
        if self.own <= self.max {
            return Ok(());
        }
        Err(refuser.value(Step::BeyondOwnDepth, "del_depth", self.own, self.max))
    }
}

/// Steps 4h to 4l.
fn check_times(
    issued_at: UnixTime,
    expires_at: UnixTime,
    parent: &Token,
    reading: &Reading<'_, '_>,
) -> Result<(), Refusal> {
    let refuser = reading.refuser;
    if expires_at > parent.expires_at {
        let widening = Widening::of_lifetime(expires_at, parent.expires_at);
        return Err(refuser.with(Step::Outlives, Fact::Widening(Box::new(widening))));
    }
    reading.not_expired(expires_at)?;
    if issued_at < parent.issued_at {
        return Err(refuser.value(Step::PredatesParent, "iat", issued_at, parent.issued_at));
    }
    reading.not_from_future(issued_at)?;
    reading.not_inverted(issued_at, expires_at)
}

/// Step 4p: what a token without an entry allows, which is nothing, is within everything.
fn check_authority(
    authority: Option<&Authority>,
    parent: &Token,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    let nothing = Authority::bottom();
    let own = authority.unwrap_or(&nothing);
    let allowed = parent.authority.as_ref().unwrap_or(&nothing);
    narrower(own, allowed, reading.work).map_err(|widening| {
        let step = match widening.growth {
            Growth::ToolAdded { .. } => Step::ToolAdded,
            Growth::ArgumentNames { .. } => Step::ArgumentNames,
            Growth::ArgumentOptional { .. } => Step::ArgumentOptional,
            Growth::TooCostly(_) => Step::ComparisonCost,
            // A token allows nothing but tools, so the others can't come.
            Growth::ArgumentValues { .. }
            | Growth::ResourceAdded { .. }
            | Growth::ActionAdded { .. }
            | Growth::ScopeAdded { .. }
            | Growth::AudienceAdded { .. }
            | Growth::Outlives
            | Growth::Deeper
            | Growth::Unlimited
            | Growth::CheckDropped => Step::ConstraintWidened,
        };
        reading
            .refuser
            .with(step, Fact::Widening(Box::new(widening)))
    })
}

#[cfg(test)]
mod tests {
    use super::{Depths, Step};
    use crate::delegation::aat::refusal::{Part, Refuser};
    use crate::delegation::aat::tests::{mint, rules, verify};

    /// A root that allows more than is accepted is refused before, so no chain gets here.
    #[test]
    fn a_depth_is_bounded_whatever_the_parent_allows() {
        let chain = verify(&mint(1, |_, _| {}), &rules()).unwrap();
        let mut parent = chain.leaf;
        (parent.depth, parent.max_depth) = (8, 20);
        let check = |max| {
            let depths = Depths { own: 9, max };
            let outcome = depths.check(&parent, 8, Refuser(Part::Token(9)));
            outcome.err().map(|refusal| refusal.step)
        };
        assert_eq!(check(9), Some(Step::BeyondDepth));
    }
}
