//! `context.grants`: which labels a credential can reach at all, whatever it is used for.
//!
//! What can't be told apart counts as reachable: the label of a whole server is, as soon as anything is granted, and so is every
//! label where the credential doesn't say which tools it is for.

use std::collections::BTreeSet;

use cedar_policy::{Entity, RestrictedExpression};

use super::Policies;
use super::denial::PolicyDenial;
use super::labels::Labels;
use super::vocabulary::uid;
use crate::delegation::authority::{Authority, Extent};
use crate::delegation::ceiling::REQUEST;
use crate::delegation::chain::Chain;
use crate::delegation::exercise::Exercise;
use crate::identity::caller::Caller;
use crate::json::canonical::Members;

/// What the chain's last hop may do.
struct Reach<'c> {
    chain: &'c Chain,
    /// The only tools that its work needs, where it says so.
    intended: Option<&'c [String]>,
    authority: Option<&'c Authority>,
}

pub(super) fn grants(
    policies: &Policies,
    caller: &Caller,
    chain: &Chain,
) -> Result<Entity, PolicyDenial> {
    let names = &policies.names;
    let reach = Reach {
        chain,
        intended: caller.tools.as_deref(),
        authority: chain.hops().last().and_then(|hop| hop.authority.as_ref()),
    };
    let reached = reach.labels(&policies.labelled);
    let reached = reached.into_iter().map(|label| uid(&names.label, label));
    let labels = RestrictedExpression::new_set(reached.map(RestrictedExpression::new_entity_uid));
    let limited = RestrictedExpression::new_bool(reach.is_limited());
    let attributes = [
        ("labels".to_owned(), labels),
        ("limited".to_owned(), limited),
    ];
    Entity::new_with_tags(names.grants.clone(), attributes, [], [])
        .map_err(|_| PolicyDenial::UNPRESENTABLE)
}

impl<'c> Reach<'c> {
    /// Does it say which tools it is for?
    fn is_limited(&self) -> bool {
        let limited = |authority: &Authority| authority.tools().limited().is_some();
        self.intended.is_some() || self.authority.is_some_and(limited)
    }

    fn labels<'l>(&self, labelled: &'l Labels) -> BTreeSet<&'l str> {
        type Reached<'r> = &'r dyn Fn(&str) -> bool;
        let tool = |id: &str| self.tool(id);
        let server = |_: &str| self.anything();
        let route = |name: &str| self.route(name, labelled.actions.get(name));
        let agent = |name: &str| self.named(&[name]);
        let kinds: [(_, Reached<'_>); 4] = [
            (&labelled.tools, &tool),
            (&labelled.servers, &server),
            (&labelled.agents, &agent),
            (&labelled.routes, &route),
        ];
        let of_kinds = kinds.into_iter().flat_map(|(labels, is_reached)| {
            let found = labels
                .iter()
                .filter(move |(_, having)| having.iter().any(|id| is_reached(id)));
            found.map(|(label, _)| label.as_str())
        });
        of_kinds.collect()
    }

    fn anything(&self) -> bool {
        self.authority.is_none_or(|authority| {
            let no_tool = authority.tools().limited().is_some_and(|of| of.is_empty());
            let of = authority.resources().limited();
            !(no_tool && of.is_some_and(|of| of.is_empty()))
        })
    }

    /// A tool of a server; formats name it with its server or without.
    fn tool(&self, id: &str) -> bool {
        let call = Exercise::Tool {
            name: id,
            // A ceiling doesn't look at them.
            arguments: &Members::default(),
        };
        let name = id.split_once('/').map_or(id, |(_, name)| name);
        self.chain.within_ceilings(call).is_ok() && self.named(&[id, name])
    }

    /// An operation of a plain HTTP route, and what details call it.
    fn route(&self, name: &str, action: Option<&String>) -> bool {
        let request = Exercise::Resource {
            resource: name,
            action: REQUEST,
        };
        let names: Vec<_> = std::iter::once(name)
            .chain(action.map(String::as_str))
            .collect();
        self.chain.within_ceilings(request).is_ok() && self.named(&names)
    }

    /// Do the intent and the authority name any of these, or do they name nothing?
    fn named(&self, names: &[&str]) -> bool {
        let is_intended = |intended: &[String]| {
            let mut all = intended.iter();
            all.any(|tool| names.contains(&tool.as_str()))
        };
        if !self.intended.is_none_or(is_intended) {
            return false;
        }
        let Some(authority) = self.authority else {
            return true;
        };
        let Extent::Limited(tools) = authority.tools() else {
            return true;
        };
        let as_tool = names.iter().any(|name| tools.contains_key(*name));
        let Extent::Limited(resources) = authority.resources() else {
            return true;
        };
        let as_resource = resources.iter().any(|(resource, actions)| {
            let as_action = || names.iter().any(|name| actions.contains(*name));
            names.contains(&resource.as_str()) || as_action()
        });
        as_tool || as_resource
    }
}
