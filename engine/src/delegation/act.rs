//! The chain of an access token: its subject, then its actors (RFC 8693, section 4.1).
//!
//! `act` says who acted for whom and nothing of what each of them could do, so by itself it proves nothing. What can be
//! proven is that a token hands on no more than each party of it may ever have, where the configuration says what that is,
//! by [`Ceilings`]:
//!
//! - What the token states for itself, its scopes and, by `authorization_details`, its tools, is compared with the ceiling of
//!   each party, once. Whatever exceeds one is [`Attenuation::Widened`] at that party, whether the others have one or not.
//! - What it doesn't state isn't compared, but every operation is held against each ceiling ([`Chain::within_ceilings`]), so that
//!   a limit on tools holds for a token that names none.
//! - Where every actor has a ceiling, both together mean that nobody in the chain has been able to pass on, to whoever holds
//!   the token now, anything beyond its own ceiling. That is [`Attenuation::Proven`]. It does not say that an actor got
//!   its authority from the one before, or that the token's is no wider than that of the token it was exchanged for: only the
//!   issuer knows that.
//! - The root needs no ceiling, for authority begins there; if it has one, it counts.
//! - What a token states in `authorization_details` (see [`details`](super::details)) is its authority as a whole, so it is the
//!   last hop's. It doesn't prove anything about those before.
//! - The names of the parties are the word of the token's issuer, those of other issuers' actors too.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::attenuation::{Attenuation, Unproven};
use super::authority::{Authority, Extent};
use super::ceiling::{Ceilings, within};
use super::chain::{Chain, MaxDepth};
use super::details::{ConstraintArguments, Details};
use super::error::DelegationError;
use super::hop::{Hop, HopFormat, Vouched};
use super::mission::Mission;
use super::work::Work;
use crate::identity::caller::Caller;
use crate::identity::verified::Verified;

/// What the chain of an access token is judged by.
#[derive(Clone, Copy, Debug)]
pub struct TokenRules<'a> {
    /// How many actors it may name.
    pub max_depth: MaxDepth,
    /// What its parties may never exceed.
    pub ceilings: &'a Ceilings,
    /// Which arguments the constraints of `authorization_details` are about.
    pub arguments: &'a ConstraintArguments,
    /// May the hash of its mission be that of more authority than it states?
    pub mission_parts_ok: bool,
    /// Where it is used.
    pub place: Place<'a>,
}

impl TokenRules<'static> {
    /// Those of a gate that says nothing about delegation.
    #[cfg(test)]
    pub(crate) fn unlimited() -> Self {
        Self {
            max_depth: MaxDepth::default(),
            ceilings: Box::leak(Box::default()),
            arguments: Box::leak(Box::default()),
            mission_parts_ok: false,
            place: Place::default(),
        }
    }
}

/// Where a token is used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// Are its `authorization_details` passed over?
    pub details_ignored: bool,
    /// The resource, by its identifier.
    pub resource: Option<&'a str>,
    /// The MCP server there, by its name in policies.
    pub server: Option<&'a str>,
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
    /// # Errors
    ///
    /// [`DelegationError`] for more actors than allowed, for one that can't be read, and for a mission or authority that
    /// can't be, or that aren't of each other; nothing is left out.
    pub fn from_caller(
        caller: &Verified<Caller>,
        rules: TokenRules<'_>,
    ) -> Result<Self, DelegationError> {
        let mut hops = parties(caller, rules.max_depth)?;
        let claim = caller.authorization_details.as_ref();
        let mission = Mission::read(caller.mission.as_ref(), claim, rules.mission_parts_ok)?;
        let actors = hops.len().saturating_sub(1);
        let details = claim
            .filter(|_| !rules.place.details_ignored)
            .map(|claim| Details::read(claim, actors, rules.arguments))
            .transpose()?;
        let ceilings = hops.iter().enumerate().filter_map(|(place, hop)| {
            let ceiling = rules.ceilings.of(hop)?;
            Some((place, Arc::clone(ceiling)))
        });
        let ceilings = ceilings.collect::<Vec<_>>();
        let stated = stated(caller, details.as_ref(), rules.place);
        let attenuation = verdict(&hops, &ceilings, &stated, &mut Work::default());
        if let Some(holder) = hops.last_mut().filter(|_| details.is_some()) {
            holder.authority = Some(stated);
        }
        Ok(Self {
            hops,
            attenuation,
            ceilings,
            details,
            mission,
        })
    }
}

/// Root first.
fn parties(caller: &Caller, max_depth: MaxDepth) -> Result<Vec<Hop>, DelegationError> {
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
    Ok(hops)
}

/// What the token says that it may be used for. A token without scopes has none; of tools and resources it says something in
/// `authorization_details` only: of tools, those of the server where it is used.
fn stated(caller: &Caller, details: Option<&Details>, place: Place<'_>) -> Authority {
    let tools = details.map_or(Extent::Unlimited, |details| {
        let (Some(resource), Some(server)) = (place.resource, place.server) else {
            return Extent::none();
        };
        let tools = details.of_resource(resource).into_iter();
        let tools = tools.map(|(tool, map)| (format!("{server}/{tool}"), map));
        Extent::Limited(tools.collect())
    });
    Authority::new(
        tools,
        details.map_or(Extent::Unlimited, Details::resources),
        Extent::Limited(caller.scopes.iter().cloned().collect()),
        BTreeSet::new(),
    )
}

/// Is what the token states within each ceiling, and has each actor one?
fn verdict(
    hops: &[Hop],
    ceilings: &[(usize, Arc<Authority>)],
    stated: &Authority,
    work: &mut Work,
) -> Attenuation {
    for (place, ceiling) in ceilings {
        if let Err(widening) = within(stated, ceiling, work) {
            return Attenuation::widened(*place, widening);
        }
    }
    let has_one = |place: usize| ceilings.iter().any(|(of, _)| *of == place);
    match (1..hops.len()).find(|place| !has_one(*place)) {
        None => Attenuation::Proven,
        Some(hop) => Attenuation::Unproven {
            hop,
            why: Unproven::ActorsOnly,
        },
    }
}

#[cfg(test)]
mod tests;
