//! The parties of a delegation, root to leaf.

use super::attenuation::Attenuation;
use super::error::DelegationError;
use super::hop::{Hop, HopFormat, Vouched};
use super::work::Work;
use crate::identity::caller::Caller;
use crate::identity::verified::Verified;

/// Who acted for whom: at least one hop, the root first, and the verdict on the whole.
#[derive(Clone, Debug)]
pub struct Chain {
    hops: Vec<Hop>,
    attenuation: Attenuation,
}

impl Chain {
    /// The chain of an access token: its `sub`, then its actors, the earliest first and the current one last (RFC 8693,
    /// section 4.1, nests them the other way round).
    ///
    /// - A token without `act` has one hop, its `sub`, even where the claims mapping names an agent beside it: that the agent
    ///   acts for `sub` is the issuer's custom then, not a delegation that it states.
    /// - An actor without `iss` is the token issuer's.
    /// - What else an actor says is ignored, as is `may_act`, which is for the authorization server.
    /// - A party may stand there more than once: earlier actors are history, which says nothing about what the current one
    ///   may do.
    ///
    /// One hop is [`Attenuation::Proven`]; more are [`Attenuation::Unproven`], since `act` says who, not what each could do.
    ///
    /// # Errors
    ///
    /// [`DelegationError`] for more actors than `max_depth`, and for one that can't be read; nothing is left out.
    pub fn from_caller(
        caller: &Verified<Caller>,
        max_depth: MaxDepth,
    ) -> Result<Self, DelegationError> {
        let mut hops = vec![Hop::of(
            caller.issuer.clone(),
            caller.subject.clone(),
            HopFormat::Subject,
            Vouched::ByIssuer,
        )];
        let mut nested = caller.act.as_ref();
        let mut depth: usize = 0;
        while let Some(act) = nested {
            if depth >= usize::from(max_depth.0.get()) {
                return Err(DelegationError::TooDeep { limit: max_depth });
            }
            depth = depth.saturating_add(1);
            let actor = act
                .as_object()
                .ok_or(DelegationError::ActorNotObject { depth })?;
            hops.push(Hop::actor(actor, &caller.issuer, depth)?);
            nested = actor.get("act");
        }
        if let Some((_, actors)) = hops.split_first_mut() {
            actors.reverse();
        }
        // Nothing of it is compared, since no actor says what it may do.
        Ok(Self::new(hops, &mut Work::default()))
    }

    /// The chain of these hops, root first, with the verdict on them. At least one is expected: what asks for authority
    /// without any party is refused before.
    #[must_use]
    pub fn new(hops: Vec<Hop>, work: &mut Work) -> Self {
        let attenuation = Attenuation::of(&hops, work);
        Self { hops, attenuation }
    }

    /// The chain of these hops, each of which its format has shown to be [narrower](super::narrower) than the one before.
    pub(super) const fn narrowing(hops: Vec<Hop>) -> Self {
        Self {
            hops,
            attenuation: Attenuation::Proven,
        }
    }

    /// The parties, root first; at least one.
    #[must_use]
    pub fn hops(&self) -> &[Hop] {
        &self.hops
    }

    /// Does every hop only narrow the one before it?
    #[must_use]
    pub const fn attenuation(&self) -> &Attenuation {
        &self.attenuation
    }
}

/// How many actors a chain may name besides its root; at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxDepth(pub std::num::NonZeroU8);

impl Default for MaxDepth {
    /// Eight.
    fn default() -> Self {
        const EIGHT: std::num::NonZeroU8 = std::num::NonZeroU8::MIN.saturating_add(7);
        Self(EIGHT)
    }
}

impl std::fmt::Display for MaxDepth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
