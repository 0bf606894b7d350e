//! The relation "narrower than": does one authority allow nothing that another doesn't?

use std::collections::{BTreeMap, BTreeSet};

use super::arguments::ArgumentMap;
use super::attenuation::Dimension;
use super::authority::{Authority, Extent};
use super::constraint::Constraint;
use super::work::{TooMuchWork, Work};
use crate::excerpt::Excerpt;
use crate::time::UnixTime;

/// A child that allows more than its parent, or can't be shown not to. What both say is cut short and safe to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{dimension}: {growth}; before: `{parent}`, now: `{child}`")]
pub struct Widening {
    /// In what.
    pub dimension: Dimension,
    /// How.
    pub growth: Growth,
    /// What the parent has.
    pub parent: String,
    /// What the child has.
    pub child: String,
}

/// How an authority grew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Growth {
    /// A tool that the parent doesn't have.
    #[error("the tool `{tool}` is new")]
    ToolAdded {
        /// Its name.
        tool: Excerpt,
    },
    /// Arguments of other names may be given, or one that had to be given needn't.
    #[error("the tool `{tool}` may be called with other arguments: `{argument}`")]
    ArgumentNames {
        /// Which tool.
        tool: Excerpt,
        /// Which argument; `*` for all that aren't named.
        argument: Excerpt,
    },
    /// An argument that had to be given may be left out.
    #[error("the tool `{tool}` no longer needs `{argument}`")]
    ArgumentOptional {
        /// Which tool.
        tool: Excerpt,
        /// Which argument.
        argument: Excerpt,
    },
    /// An argument may have other values.
    #[error("the argument `{argument}` of the tool `{tool}` may have other values")]
    ArgumentValues {
        /// Which tool.
        tool: Excerpt,
        /// Which argument.
        argument: Excerpt,
    },
    /// A resource that the parent doesn't have.
    #[error("the resource `{resource}` is new")]
    ResourceAdded {
        /// Its name.
        resource: Excerpt,
    },
    /// Something may be done to a resource that the parent may not do.
    #[error("the action `{action}` on the resource `{resource}` is new")]
    ActionAdded {
        /// Which resource.
        resource: Excerpt,
        /// Which action.
        action: Excerpt,
    },
    /// A scope that the parent doesn't have.
    #[error("the scope `{scope}` is new")]
    ScopeAdded {
        /// Its name.
        scope: Excerpt,
    },
    /// Somebody accepts it who would not have accepted the parent.
    #[error("the audience `{audience}` is new")]
    AudienceAdded {
        /// Who.
        audience: Excerpt,
    },
    /// It outlives its parent.
    #[error("it lasts longer")]
    Outlives,
    /// More hops may follow, or follow, than the parent allows.
    #[error("it goes deeper")]
    Deeper,
    /// The child has no limit where its parent has one.
    #[error("there is no limit any more")]
    Unlimited,
    /// A check of the parent's is gone.
    #[error("a check is gone")]
    CheckDropped,
    /// Nobody can tell within bounds, so it isn't shown.
    #[error("the constraints can't be compared: {0}")]
    TooCostly(TooMuchWork),
}

/// Is `child` shown to allow nothing that `parent` doesn't? A partial order, of which [`Authority::top`] and
/// [`Authority::bottom`] are the ends.
///
/// Arguments are compared as draft-niyikiza-oauth-attenuating-agent-tokens-02, section 4.5 has it. What can't be decided is
/// not narrower.
///
/// # Errors
///
/// The first [`Widening`] that is found, tools first.
pub fn narrower(child: &Authority, parent: &Authority, work: &mut Work) -> Result<(), Widening> {
    if child.is_bottom() {
        return Ok(());
    }
    narrower_tools(child, parent, work)?;
    narrower_resources(child, parent)?;
    narrower_scopes(child, parent)?;
    match parent.checks().difference(child.checks()).next() {
        None => Ok(()),
        Some(gone) => Err(Widening {
            dimension: Dimension::Checks,
            growth: Growth::CheckDropped,
            parent: shown(gone),
            child: names(child.checks()),
        }),
    }
}

/// Does nobody accept the child who doesn't accept its parent?
pub(super) fn narrower_audience(
    child: &BTreeSet<String>,
    parent: &BTreeSet<String>,
) -> Result<(), Widening> {
    match child.difference(parent).next() {
        None => Ok(()),
        Some(audience) => Err(Widening {
            dimension: Dimension::Audience,
            growth: Growth::AudienceAdded {
                audience: Excerpt::of(audience),
            },
            parent: names(parent),
            child: shown(audience),
        }),
    }
}

impl Widening {
    /// A child with more hops to follow than its parent has.
    pub(super) fn of_depth(child: u64, parent: u64) -> Self {
        Self {
            dimension: Dimension::Depth,
            growth: Growth::Deeper,
            parent: parent.to_string(),
            child: child.to_string(),
        }
    }

    /// A child that expires after its parent.
    pub(super) fn of_lifetime(child: UnixTime, parent: UnixTime) -> Self {
        Self {
            dimension: Dimension::Lifetime,
            growth: Growth::Outlives,
            parent: parent.to_string(),
            child: child.to_string(),
        }
    }
}

fn narrower_tools(child: &Authority, parent: &Authority, work: &mut Work) -> Result<(), Widening> {
    let Some((own, allowed)) = lists(child.tools(), parent.tools(), Dimension::Tools)? else {
        return Ok(());
    };
    if let Some(tool) = own.keys().find(|tool| !allowed.contains_key(*tool)) {
        return Err(Widening {
            dimension: Dimension::Tools,
            growth: Growth::ToolAdded {
                tool: Excerpt::of(tool),
            },
            parent: names(allowed.keys()),
            child: shown(tool),
        });
    }
    for (tool, map) in own {
        if let Some(wider) = allowed.get(tool) {
            narrower_arguments(tool, map, wider, work)?;
        }
    }
    Ok(())
}

fn narrower_arguments(
    tool: &str,
    child: &ArgumentMap,
    parent: &ArgumentMap,
    work: &mut Work,
) -> Result<(), Widening> {
    let tool = Excerpt::of(tool);
    let widening = |growth, parent, child| Widening {
        dimension: Dimension::Arguments,
        growth,
        parent,
        child,
    };
    if let Some(argument) = other_names(child, parent) {
        let growth = Growth::ArgumentNames {
            tool,
            argument: Excerpt::of(argument),
        };
        return Err(widening(growth, shown(parent), shown(child)));
    }
    let both = || {
        let of_parent = |name| parent.named().get(name);
        let named = child.named().iter();
        named.filter_map(move |(name, own)| of_parent(name).map(|wider| (name, own, wider)))
    };
    if let Some((name, ..)) = both().find(|(_, own, wider)| own.optional && !wider.optional) {
        let growth = Growth::ArgumentOptional {
            tool,
            argument: Excerpt::of(name),
        };
        return Err(widening(growth, "required".into(), "optional".into()));
    }
    for (name, own, wider) in both() {
        let (own, wider) = (&own.constraint, &wider.constraint);
        let growth = match own.is_within(wider, work) {
            Ok(true) => continue,
            Ok(false) => Growth::ArgumentValues {
                tool,
                argument: Excerpt::of(name),
            },
            Err(error) => Growth::TooCostly(error),
        };
        let shown = |constraint: &Constraint| constraint.excerpt().to_string();
        return Err(widening(growth, shown(wider), shown(own)));
    }
    Ok(())
}

/// The first argument that the child may be given, or may do without, and its parent not; `*` for the unnamed ones.
fn other_names<'a>(child: &'a ArgumentMap, parent: &'a ArgumentMap) -> Option<&'a str> {
    if child.is_open() && !parent.is_open() {
        return Some("*");
    }
    let added = child
        .named()
        .keys()
        .find(|name| !parent.is_open() && !parent.named().contains_key(*name));
    // An optional argument that is named no longer is forbidden, unless it comes back among the unnamed ones.
    let dropped = || {
        let mut named = parent.named().iter();
        named.find_map(|(name, argument)| {
            let gone = !child.named().contains_key(name);
            (gone && (!argument.optional || child.is_open())).then_some(name)
        })
    };
    added.or_else(dropped).map(String::as_str)
}

fn narrower_resources(child: &Authority, parent: &Authority) -> Result<(), Widening> {
    let lists = lists(child.resources(), parent.resources(), Dimension::Resources)?;
    let Some((own, allowed)) = lists else {
        return Ok(());
    };
    for (resource, actions) in own {
        let Some(wider) = allowed.get(resource) else {
            return Err(Widening {
                dimension: Dimension::Resources,
                growth: Growth::ResourceAdded {
                    resource: Excerpt::of(resource),
                },
                parent: names(allowed.keys()),
                child: shown(resource),
            });
        };
        if let Some(action) = actions.difference(wider).next() {
            return Err(Widening {
                dimension: Dimension::Actions,
                growth: Growth::ActionAdded {
                    resource: Excerpt::of(resource),
                    action: Excerpt::of(action),
                },
                parent: names(wider),
                child: shown(action),
            });
        }
    }
    Ok(())
}

fn narrower_scopes(child: &Authority, parent: &Authority) -> Result<(), Widening> {
    let lists = lists(child.scopes(), parent.scopes(), Dimension::Scopes)?;
    match lists.and_then(|(own, allowed)| Some((own.difference(allowed).next()?, allowed))) {
        None => Ok(()),
        Some((scope, allowed)) => Err(Widening {
            dimension: Dimension::Scopes,
            growth: Growth::ScopeAdded {
                scope: Excerpt::of(scope),
            },
            parent: names(allowed),
            child: shown(scope),
        }),
    }
}

/// Both lists, where the parent has one.
fn lists<'a, T: Default + Names>(
    child: &'a Extent<T>,
    parent: &'a Extent<T>,
    dimension: Dimension,
) -> Result<Option<(&'a T, &'a T)>, Widening> {
    let Extent::Limited(allowed) = parent else {
        return Ok(None);
    };
    match child {
        Extent::Limited(own) => Ok(Some((own, allowed))),
        Extent::Unlimited => Err(Widening {
            dimension,
            growth: Growth::Unlimited,
            parent: names(allowed.names()),
            child: "unlimited".to_owned(),
        }),
    }
}

trait Names {
    fn names(&self) -> impl Iterator<Item = &String>;
}

impl<T> Names for BTreeMap<String, T> {
    fn names(&self) -> impl Iterator<Item = &String> {
        self.keys()
    }
}

impl Names for BTreeSet<String> {
    fn names(&self) -> impl Iterator<Item = &String> {
        self.iter()
    }
}

/// As many names as are shown of any text.
fn names<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let some: Vec<_> = names.into_iter().take(Excerpt::LIMIT).cloned().collect();
    shown(some.join(", "))
}

fn shown(text: impl ToString) -> String {
    Excerpt::of(&text.to_string()).to_string()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
