//! What a hop may do, whatever its format.

use std::collections::{BTreeMap, BTreeSet};

use super::arguments::ArgumentMap;

/// What one hop may do, in normal form: two of which each is [`narrower`](super::narrower::narrower) than the other are
/// equal.
///
/// All names are compared byte by byte: no case, no URI and no Unicode is folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    tools: Tools,
    resources: Resources,
    scopes: Scopes,
    checks: BTreeSet<String>,
}

/// The tools that may be called, each with its arguments.
pub type Tools = Extent<BTreeMap<String, ArgumentMap>>;

/// The resources that may be reached, each with what may be done to it.
pub type Resources = Extent<BTreeMap<String, BTreeSet<String>>>;

/// OAuth scopes.
pub type Scopes = Extent<BTreeSet<String>>;

/// Everything, or what is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent<T> {
    /// Whatever there is.
    Unlimited,
    /// Only what is listed.
    Limited(T),
}

impl<T: Default> Extent<T> {
    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::Limited(T::default())
    }

    /// The list, if there is one.
    pub const fn limited(&self) -> Option<&T> {
        match self {
            Self::Unlimited => None,
            Self::Limited(list) => Some(list),
        }
    }
}

impl Authority {
    /// What these allow together, where `checks` hold.
    ///
    /// A check is a text that only its format understands, such as a Datalog check of a Biscuit: it can only take away, and
    /// a child has to keep each of its parent's. Whoever exercises the authority has its format run them; [`Self::permits`]
    /// doesn't.
    ///
    /// What allows nothing anyway is made equal: a resource without actions is dropped, and so are the checks of an
    /// authority that allows nothing.
    #[must_use]
    pub fn new(
        tools: Tools,
        mut resources: Resources,
        scopes: Scopes,
        checks: BTreeSet<String>,
    ) -> Self {
        if let Extent::Limited(actions) = &mut resources {
            actions.retain(|_, actions| !actions.is_empty());
        }
        let mut authority = Self {
            tools,
            resources,
            scopes,
            checks,
        };
        if authority.is_bottom() {
            authority.checks.clear();
        }
        authority
    }

    /// Everything.
    #[must_use]
    pub const fn top() -> Self {
        Self {
            tools: Extent::Unlimited,
            resources: Extent::Unlimited,
            scopes: Extent::Unlimited,
            checks: BTreeSet::new(),
        }
    }

    /// Nothing.
    #[must_use]
    pub fn bottom() -> Self {
        Self::of_tools(BTreeMap::new())
    }

    /// These tools, no resource and no scope.
    #[must_use]
    pub fn of_tools(tools: BTreeMap<String, ArgumentMap>) -> Self {
        let tools = Extent::Limited(tools);
        Self::new(tools, Extent::none(), Extent::none(), BTreeSet::new())
    }

    /// The same where `checks` hold as well.
    #[must_use]
    pub fn with_checks(self, checks: impl IntoIterator<Item = String>) -> Self {
        let checks = self.checks.into_iter().chain(checks).collect();
        Self::new(self.tools, self.resources, self.scopes, checks)
    }

    /// Does it allow nothing?
    #[must_use]
    pub fn is_bottom(&self) -> bool {
        self.tools.limited().is_some_and(BTreeMap::is_empty)
            && self.resources.limited().is_some_and(BTreeMap::is_empty)
            && self.scopes.limited().is_some_and(BTreeSet::is_empty)
    }

    /// The tools.
    #[must_use]
    pub const fn tools(&self) -> &Tools {
        &self.tools
    }

    /// The resources.
    #[must_use]
    pub const fn resources(&self) -> &Resources {
        &self.resources
    }

    /// The scopes.
    #[must_use]
    pub const fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// The checks.
    #[must_use]
    pub const fn checks(&self) -> &BTreeSet<String> {
        &self.checks
    }
}
