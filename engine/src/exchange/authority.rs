//! What is asked, held against the authority that the credential and the configuration state.
//!
//! It comes before policy, which can only take away from it: no scope and no `permit` stands for what isn't there.

use crate::decision::Denial;
use crate::delegation::act::Place;
use crate::delegation::ceiling::REQUEST;
use crate::delegation::chain::{BeyondCeiling, Chain};
use crate::delegation::details::{self, Asked, Given};
use crate::delegation::exercise::Exercise;
use crate::json::Object;
use crate::json::canonical::Members;
use crate::operation::route::{RouteMatch, RouteTarget};
use crate::operation::{Operation, Resource};
use crate::time::UnixTime;

/// Where a token is used whose request falls under this route.
pub(super) fn place(route: &RouteMatch) -> Place<'_> {
    Place {
        details_ignored: route.terms.details_ignored,
        resource: resource(route),
        server: match &route.target {
            RouteTarget::Mcp(rules) => Some(&rules.server),
            RouteTarget::A2a(..) | RouteTarget::Http(_) => None,
        },
    }
}

/// What is known of the arguments of what is asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arguments {
    /// The operation has them; where it has none, none are given.
    Stated,
    /// Nothing yet: they are taken to be what helps.
    Unknown,
}

impl Arguments {
    const fn given<'a>(self, stated: Option<&'a Object<'a>>) -> Given<'a> {
        match (self, stated) {
            (Self::Unknown, _) => Given::Unknown,
            (Self::Stated, Some(stated)) => Given::These(stated),
            (Self::Stated, None) => Given::Nothing,
        }
    }
}

/// May it be done by everybody in the chain, and with this token?
pub(super) fn check(
    chain: &Chain,
    route: &RouteMatch,
    operation: &Operation<'_>,
    arguments: Arguments,
    now: UnixTime,
) -> Result<(), Box<Denial>> {
    within_ceilings(chain, operation).map_err(|error| Box::new(Denial::from(&error)))?;
    let Some(details) = chain.details() else {
        return Ok(());
    };
    let asked = action(route, operation);
    let stated = operation.called_with();
    let permitted = details.permit(&Asked {
        resource: resource(route),
        action: asked,
        arguments: arguments.given(stated.as_deref()),
        now,
    });
    permitted.map_err(|error| {
        let denial = Denial::from(&error);
        Box::new(match (resource(route), asked) {
            (Some(resource), Some(action)) => {
                denial.with_authorization(details::granting(resource, action))
            }
            (Some(_) | None, _) => denial,
        })
    })
}

/// The protected resource that a route is: the one that it names, or else what tokens for it are for.
fn resource(route: &RouteMatch) -> Option<&str> {
    let named = route.resource.as_ref().map(|of| &**of.identifier());
    named.or(route.audience.as_deref())
}

/// Is it something that every party of the chain may do?
fn within_ceilings(chain: &Chain, operation: &Operation<'_>) -> Result<(), BeyondCeiling> {
    match &operation.resource {
        Resource::Tool { server, tool } => chain.within_ceilings(Exercise::Tool {
            name: &format!("{server}/{tool}"),
            // A ceiling doesn't look at them.
            arguments: &Members::default(),
        }),
        Resource::Route { route, .. } => chain.within_ceilings(Exercise::Resource {
            resource: route,
            action: REQUEST,
        }),
        Resource::McpResource { server, uri: name }
        | Resource::Prompt {
            server,
            prompt: name,
        } => chain.within_ceilings(Exercise::Resource {
            resource: &format!("{server}/{name}"),
            action: operation.action.name(),
        }),
        Resource::Server { .. } | Resource::A2aAgent { .. } if operation.action.is_any_use() => {
            Ok(())
        }
        Resource::Server { server } | Resource::A2aAgent { agent: server } => chain
            .within_ceilings(Exercise::Resource {
                resource: server,
                action: operation.action.name(),
            }),
    }
}

/// What is to be done to the route's resource, as details call it; nothing where it belongs to any use of it.
fn action<'a>(route: &'a RouteMatch, operation: &'a Operation<'_>) -> Option<&'a str> {
    match &operation.resource {
        Resource::Tool { tool, .. } => Some(tool.as_str()),
        Resource::Server { .. } | Resource::A2aAgent { .. } if operation.action.is_any_use() => {
            None
        }
        Resource::Server { .. }
        | Resource::A2aAgent { .. }
        | Resource::McpResource { .. }
        | Resource::Prompt { .. } => Some(operation.action.name()),
        Resource::Route { route: name, .. } => {
            let action = route.terms.actions.get(&**name);
            Some(action.map_or(&**name, String::as_str))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Given, Object};

    #[test]
    fn only_a_list_leaves_arguments_open() {
        let none = Object::default();
        assert!(matches!(Arguments::Stated.given(None), Given::Nothing));
        assert!(matches!(
            Arguments::Stated.given(Some(&none)),
            Given::These(_)
        ));
        assert!(matches!(Arguments::Unknown.given(None), Given::Unknown));
        assert!(matches!(
            Arguments::Unknown.given(Some(&none)),
            Given::Unknown
        ));
    }
}
