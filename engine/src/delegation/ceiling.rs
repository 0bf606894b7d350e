//! What a party may never exceed, whatever tokens say of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::arguments::ArgumentMap;
use super::authority::{Authority, Extent};
use super::hop::Hop;
use super::narrower::{Widening, narrower};
use super::work::Work;

/// What is done to a plain HTTP operation, in an authority whose resources are operations.
pub const REQUEST: &str = "http_request";

/// The ceilings of a configuration, by party.
#[derive(Clone, Debug, Default)]
pub struct Ceilings(BTreeMap<String, BTreeMap<String, Arc<Authority>>>);

/// What one party may do at most. What it doesn't list is unlimited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// The scopes that a token may have in whose chain it is.
    pub scopes: Option<BTreeSet<String>>,
    /// The tools that may be called with such a token, each `SERVER/TOOL`.
    pub tools: Option<BTreeSet<String>>,
    /// The plain HTTP operations that may be asked for with it, by their names in the configuration.
    pub operations: Option<BTreeSet<String>>,
}

impl Ceilings {
    /// Sets the ceiling of the party that `issuer` calls `subject`. Says whether there was none before; it stays as it was else.
    pub fn insert(&mut self, issuer: String, subject: String, ceiling: Ceiling) -> bool {
        let of_issuer = self.0.entry(issuer).or_default();
        let is_new = !of_issuer.contains_key(&subject);
        of_issuer
            .entry(subject)
            .or_insert_with(|| Arc::new(ceiling.authority()));
        is_new
    }

    /// The ceiling of a hop's party, which is told by both its issuer and its name there.
    #[must_use]
    pub fn of(&self, hop: &Hop) -> Option<&Arc<Authority>> {
        self.of_party(&hop.issuer, &hop.subject)
    }

    /// The ceiling of the party that `issuer` calls `subject`.
    #[must_use]
    pub fn of_party(&self, issuer: &str, subject: &str) -> Option<&Arc<Authority>> {
        self.0.get(issuer)?.get(subject)
    }
}

impl Ceiling {
    /// The same in normal form: tools with any arguments, and operations as resources to which [`REQUEST`] is done.
    fn authority(self) -> Authority {
        fn each<T>(names: Option<BTreeSet<String>>, value: T) -> Extent<BTreeMap<String, T>>
        where
            T: Clone,
        {
            names.map_or(Extent::Unlimited, |names| {
                Extent::Limited(
                    names
                        .into_iter()
                        .map(|name| (name, value.clone()))
                        .collect(),
                )
            })
        }
        Authority::new(
            each(self.tools, ArgumentMap::any()),
            each(self.operations, BTreeSet::from([REQUEST.to_owned()])),
            self.scopes.map_or(Extent::Unlimited, Extent::Limited),
            BTreeSet::new(),
        )
    }
}

/// Is what a token states for itself within a ceiling? Where it states nothing, no operation beyond the ceiling gets through.
///
/// # Errors
///
/// What goes beyond it.
pub(super) fn within(
    stated: &Authority,
    ceiling: &Authority,
    work: &mut Work,
) -> Result<(), Widening> {
    fn or<T: Clone>(stated: &Extent<T>, ceiling: &Extent<T>) -> Extent<T> {
        match stated {
            Extent::Unlimited => ceiling.clone(),
            Extent::Limited(_) => stated.clone(),
        }
    }
    let compared = Authority::new(
        or(stated.tools(), ceiling.tools()),
        ceiling.resources().clone(),
        or(stated.scopes(), ceiling.scopes()),
        ceiling.checks().clone(),
    );
    narrower(&compared, ceiling, work)
}
