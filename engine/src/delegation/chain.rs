//! The parties of a delegation, root to leaf.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::attenuation::Attenuation;
use super::authority::{Authority, Extent};
use super::ceiling::{Ceilings, within};
use super::details::Details;
use super::exercise::{Exercise, NotPermitted};
use super::hop::Hop;
use super::mission::Mission;
use super::work::Work;
use crate::excerpt::Excerpt;

/// Who acted for whom: at least one hop, the root first, and the verdict on the whole.
#[derive(Clone, Debug)]
pub struct Chain {
    pub(super) hops: Vec<Hop>,
    pub(super) attenuation: Attenuation,
    /// What parties may never exceed, each with its place among the hops.
    pub(super) ceilings: Vec<(usize, Arc<Authority>)>,
    /// What the credential states that it may be used for, where its format puts that apart from the hops.
    pub(super) details: Option<Details>,
    pub(super) mission: Option<Mission>,
}

/// An operation that a party of the chain may never have done in its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hop {hop}, `{party}`, may never do this: {lacks}")]
pub struct BeyondCeiling {
    /// The party's place in the chain, the root being 0.
    pub hop: usize,
    /// Its name.
    pub party: Excerpt,
    /// What its ceiling doesn't have.
    #[source]
    pub lacks: NotPermitted,
}

impl Chain {
    /// The chain of these hops, root first, with the verdict on them. At least one is expected: what asks for authority
    /// without any party is refused before.
    #[must_use]
    pub fn new(hops: Vec<Hop>, work: &mut Work) -> Self {
        let attenuation = Attenuation::of(&hops, work);
        Self {
            hops,
            attenuation,
            ceilings: Vec::new(),
            details: None,
            mission: None,
        }
    }

    /// The chain of these hops, each of which its format has shown to be [narrower](super::narrower) than the one before.
    pub(super) const fn narrowing(hops: Vec<Hop>) -> Self {
        Self {
            hops,
            attenuation: Attenuation::Proven,
            ceilings: Vec::new(),
            details: None,
            mission: None,
        }
    }

    /// The same chain of keys, none of which may do what its ceiling lacks: a key is the party that the root's issuer calls by its
    /// name, whoever handed authority to it. `also` are parties that the root names beside its hops' own.
    #[must_use]
    pub fn with_ceilings<'p>(
        self,
        ceilings: &Ceilings,
        also: impl IntoIterator<Item = &'p str>,
    ) -> Self {
        let issuer = self.hops.first().map_or("", |root| &root.issuer);
        let of_hops = self.hops.iter().enumerate();
        let parties = of_hops.map(|(place, hop)| (place, hop.subject.as_str()));
        let parties = parties.chain(also.into_iter().map(|party| (0, party)));
        let found = parties.filter_map(|(place, party)| {
            let ceiling = ceilings.of_party(issuer, party)?;
            Some((place, Arc::clone(ceiling)))
        });
        let ceilings: Vec<_> = found.collect();
        let attenuation = self.beyond(&ceilings).unwrap_or(self.attenuation);
        Self {
            attenuation,
            ceilings,
            ..self
        }
    }

    /// The first ceiling that lacks a scope which the chain states. Of the rest each call is held against it.
    fn beyond(&self, ceilings: &[(usize, Arc<Authority>)]) -> Option<Attenuation> {
        let of_leaf = self.hops.last()?.authority.as_ref()?;
        let scopes = Authority::new(
            Extent::Unlimited,
            Extent::Unlimited,
            of_leaf.scopes().clone(),
            BTreeSet::new(),
        );
        let work = &mut Work::default();
        ceilings.iter().find_map(|(place, ceiling)| {
            let widening = within(&scopes, ceiling, work).err()?;
            Some(Attenuation::widened(*place, widening))
        })
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

    /// What the token states that it may be used for, where it does.
    #[must_use]
    pub const fn details(&self) -> Option<&Details> {
        self.details.as_ref()
    }

    /// The mission that the token is bound to.
    #[must_use]
    pub const fn mission(&self) -> Option<&Mission> {
        self.mission.as_ref()
    }

    /// Is it within what each party may do at most?
    ///
    /// # Errors
    ///
    /// The first party, root first, that may never do it.
    pub fn within_ceilings(&self, exercise: Exercise<'_>) -> Result<(), BeyondCeiling> {
        let mut work = Work::default();
        for (hop, ceiling) in &self.ceilings {
            ceiling.permits(exercise, &mut work).map_err(|lacks| {
                let subject = self.hops.get(*hop).map_or("", |hop| &hop.subject);
                BeyondCeiling {
                    hop: *hop,
                    party: Excerpt::of(subject),
                    lacks,
                }
            })?;
        }
        Ok(())
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
