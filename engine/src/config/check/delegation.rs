//! Delegation: how far authority may be handed on, and what agents may never exceed.

use std::collections::BTreeSet;
use std::num::NonZeroU8;

use super::report::{At, Report};
use super::{bounds, names};
use crate::config::{DelegationRules, raw};
use crate::delegation::ceiling::{Ceiling, Ceilings};
use crate::delegation::chain::MaxDepth;
use crate::delegation::details::ConstraintArguments;
use crate::operation::route::{RouteProtocol, RouteRule};
use crate::suggestion::nearest;

/// The most ceilings.
const MAX_CEILINGS: usize = 1024;

pub(super) fn check(
    raw: raw::Delegation,
    routes: &[RouteRule],
    at: &At<'_>,
    report: &mut Report,
) -> DelegationRules {
    let at_depth = at.member("max_depth");
    let depth = bounds::within(raw.max_depth, 1..=32, &at_depth, report);
    report.raised(&at_depth, depth, raw::Delegation::default().max_depth);
    let depth = u8::try_from(depth).ok().and_then(NonZeroU8::new);
    let mission_parts_ok = raw.mission_authority == raw::MissionAuthority::PartOk;
    if mission_parts_ok {
        let why =
            "a token's mission may have been approved for another authority than the token states";
        report.loosened(&at.member("mission_authority"), why);
    }
    let arguments = raw.constraint_arguments;
    DelegationRules {
        constraint_arguments: ConstraintArguments {
            amount: arguments.amount,
            currency: arguments.currency,
            tenant: arguments.tenant,
            data_classification: arguments.data_classification,
        },
        mission_parts_ok,
        max_depth: depth.map_or_else(MaxDepth::default, MaxDepth),
        ceilings: ceilings(raw.ceilings, routes, &at.member("ceilings"), report),
    }
}

fn ceilings(
    raw: Vec<raw::Ceiling>,
    routes: &[RouteRule],
    at: &At<'_>,
    report: &mut Report,
) -> Ceilings {
    if raw.len() > MAX_CEILINGS {
        report.error(at, format!("there are more than {MAX_CEILINGS}"));
    }
    let mut ceilings = Ceilings::default();
    for (place, one) in raw.into_iter().enumerate() {
        let at = at.element(place);
        let at_actor = at.member("actor");
        for (member, text) in [
            ("issuer", &one.actor.issuer),
            ("subject", &one.actor.subject),
        ] {
            if text.is_empty() {
                report.error(&at_actor.member(member), "it is not empty".to_owned());
            }
        }
        let lists = [&one.scopes, &one.tools, &one.operations];
        if lists.iter().all(|list| list.is_none()) {
            let message = "`scopes`, `tools` or `operations` is needed, or else it limits nothing";
            report.error(&at, message.to_owned());
        }
        let ceiling = Ceiling {
            scopes: one.scopes.map(|scopes| {
                names::words(&scopes, "scope", &at.member("scopes"), report);
                scopes.into_iter().collect()
            }),
            tools: one
                .tools
                .map(|tools| self::tools(tools, routes, &at.member("tools"), report)),
            operations: one
                .operations
                .map(|names| operations(names, routes, &at.member("operations"), report)),
        };
        let (issuer, subject) = (one.actor.issuer, one.actor.subject);
        if !ceilings.insert(issuer, subject, ceiling) {
            report.error(&at_actor, "this actor has a ceiling already".to_owned());
        }
    }
    ceilings
}

/// Tools of servers that there are; which tools those have only they know.
fn tools(
    tools: Vec<String>,
    routes: &[RouteRule],
    at: &At<'_>,
    report: &mut Report,
) -> BTreeSet<String> {
    let servers = || {
        routes.iter().filter_map(|route| match &route.protocol {
            RouteProtocol::Mcp(rules) => Some(&*rules.server),
            RouteProtocol::A2a(_) | RouteProtocol::Http(_) => None,
        })
    };
    for (place, name) in tools.iter().enumerate() {
        let server = name.split_once('/').map(|(server, _)| server);
        if !server.is_some_and(|server| servers().any(|known| known == server)) {
            let message = format!("`{name}` is not `SERVER/TOOL` with the `server` of a route");
            let suggestion = server.and_then(|server| nearest(server, servers()));
            report.suggest(&at.element(place), message, suggestion);
        }
    }
    tools.into_iter().collect()
}

fn operations(
    operations: Vec<String>,
    routes: &[RouteRule],
    at: &At<'_>,
    report: &mut Report,
) -> BTreeSet<String> {
    let known = || {
        routes.iter().flat_map(|route| match &route.protocol {
            RouteProtocol::Mcp(_) | RouteProtocol::A2a(_) => &[][..],
            RouteProtocol::Http(operations) => operations,
        })
    };
    for (place, name) in operations.iter().enumerate() {
        if !known().any(|operation| *operation.name == **name) {
            let message = format!("`{name}` is no operation of any route");
            let names = known().map(|operation| &*operation.name);
            report.suggest(&at.element(place), message, nearest(name, names));
        }
    }
    operations.into_iter().collect()
}
