//! Is something allowed by an authority?

use super::authority::{Authority, Extent};
use super::work::{TooMuchWork, Work};
use crate::excerpt::Excerpt;
use crate::json::canonical::{Inadmissible, Members};

/// One thing that an authority may be used for.
#[derive(Clone, Copy, Debug)]
pub enum Exercise<'a> {
    /// Calling a tool.
    Tool {
        /// Its name, byte by byte.
        name: &'a str,
        /// What it is called with.
        arguments: &'a Members,
    },
    /// Doing something to a resource.
    Resource {
        /// Its name, byte by byte.
        resource: &'a str,
        /// What is done to it.
        action: &'a str,
    },
    /// Using an OAuth scope.
    Scope(&'a str),
}

/// What an authority lacks. What the caller sent is shown as [`Excerpt`], values of arguments never.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPermitted {
    /// The tool isn't listed.
    #[error("the tool `{tool}` is not authorized")]
    Tool {
        /// Its name.
        tool: Excerpt,
    },
    /// A number among the arguments that readers could understand differently.
    #[error("the arguments are ambiguous: {0}")]
    NumberInadmissible(#[from] Inadmissible),
    /// An argument isn't named, and unnamed ones are not allowed.
    #[error("the argument `{argument}` is not among those that are authorized")]
    ArgumentUnnamed {
        /// Its name.
        argument: Excerpt,
    },
    /// An argument must be there and isn't.
    #[error("the argument `{argument}` is required")]
    ArgumentMissing {
        /// Its name.
        argument: Excerpt,
    },
    /// An argument has a value that isn't allowed.
    #[error("the argument `{argument}` is not within `{constraint}`")]
    ArgumentRejected {
        /// Its name.
        argument: Excerpt,
        /// What it may be.
        constraint: Excerpt,
    },
    /// The resource isn't listed.
    #[error("the resource `{resource}` is not authorized")]
    Resource {
        /// Its name.
        resource: Excerpt,
    },
    /// The resource is listed, but not with this action.
    #[error("`{action}` is not authorized for the resource `{resource}`")]
    Action {
        /// The resource.
        resource: Excerpt,
        /// The action.
        action: Excerpt,
    },
    /// The scope isn't listed.
    #[error("the scope `{scope}` is not authorized")]
    Scope {
        /// Its name.
        scope: Excerpt,
    },
    /// Nobody can tell within bounds.
    #[error("the arguments can't be judged: {0}")]
    TooCostly(#[from] TooMuchWork),
}

impl Authority {
    /// Does the authority allow it, as far as it is understood here? Its [`Self::checks`] are its format's business.
    ///
    /// # Errors
    ///
    /// [`NotPermitted`], with what is lacking.
    pub fn permits(&self, exercise: Exercise<'_>, work: &mut Work) -> Result<(), NotPermitted> {
        match exercise {
            Exercise::Tool { name, arguments } => {
                let Extent::Limited(tools) = self.tools() else {
                    return Ok(());
                };
                let map = tools.get(name).ok_or_else(|| NotPermitted::Tool {
                    tool: Excerpt::of(name),
                })?;
                map.permits(arguments, work)
            }
            Exercise::Resource { resource, action } => {
                let Extent::Limited(resources) = self.resources() else {
                    return Ok(());
                };
                let shown = Excerpt::of(resource);
                match resources.get(resource) {
                    None => Err(NotPermitted::Resource { resource: shown }),
                    Some(actions) if actions.contains(action) => Ok(()),
                    Some(_) => Err(NotPermitted::Action {
                        resource: shown,
                        action: Excerpt::of(action),
                    }),
                }
            }
            Exercise::Scope(scope) => match self.scopes() {
                Extent::Limited(scopes) if !scopes.contains(scope) => Err(NotPermitted::Scope {
                    scope: Excerpt::of(scope),
                }),
                Extent::Limited(_) | Extent::Unlimited => Ok(()),
            },
        }
    }
}

#[cfg(test)]
mod tests;
