//! What policies can name, beside groups.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{At, Report};
use crate::config::raw;
use crate::operation::route::{McpRules, RouteProtocol, RouteRule};
use crate::policy::declared::{Declared, tool_id};
use crate::policy::lint::surroundings::Surroundings;

pub(super) fn of(raw: &raw::Config) -> Surroundings {
    let issuers = raw.issuers.iter().map(|one| &one.name);
    let agents = raw.signature_agents.iter().map(|one| &one.name);
    let certificates = &raw.client_certificates.trust_domains;
    let certificates = certificates.iter().map(|one| &one.name);
    let of_aat = raw.warrants.iter().filter_map(|one| one.aat.as_ref());
    let of_aat = of_aat.flat_map(|one| &one.anchors);
    let of_biscuits = raw.warrants.iter().filter_map(|one| one.biscuit.as_ref());
    let of_biscuits = of_biscuits.flat_map(|one| &one.anchors);
    let anchors: Vec<_> = of_aat
        .map(|one| (&one.name, &one.issuer))
        .chain(of_biscuits.map(|one| (&one.name, &one.issuer)))
        .collect();
    let domains = issuers
        .chain(agents)
        .chain(certificates)
        .chain(anchors.iter().map(|(name, _)| *name));
    let identifiers = raw.issuers.iter().map(|one| &one.issuer);
    let identifiers = identifiers.chain(anchors.iter().map(|(_, issuer)| *issuer));
    // Other credentials have other issuers in policy's eyes.
    let only_tokens =
        raw.signature_agents.is_empty() && raw.client_certificates.trust_domains.is_empty();
    let operations = raw.routes.iter().filter_map(|route| route.http.as_ref());
    let operations = operations.flat_map(|http| &http.operations);
    let counters = raw.sessions.iter().flat_map(|of| &of.counters);
    let agents_behind = raw.routes.iter().filter_map(|route| route.a2a.as_ref());
    Surroundings {
        trust_domains: Some(domains.cloned().collect()),
        issuers: only_tokens.then(|| identifiers.cloned().collect()),
        servers: Some(servers(&raw.routes)),
        agents: Some(agents_behind.map(|one| one.agent.clone()).collect()),
        routes: Some(operations.map(|one| one.name.clone()).collect()),
        labels: Some(labels(&raw.labels)),
        counters: Some(counters.map(|one| one.name.clone()).collect()),
        scopes: scopes(raw),
        declared: Declared::default(),
    }
}

/// What calls are declared to have. Several routes to one server must declare the same, for policies know of one server only.
pub(super) fn declared(rules: &[RouteRule], at: &At<'_>, report: &mut Report) -> Declared {
    let mut declared = Declared::default();
    let mut servers: BTreeMap<&str, &McpRules> = BTreeMap::new();
    for (place, rule) in rules.iter().enumerate() {
        match &rule.protocol {
            RouteProtocol::Mcp(rules) => {
                let first = servers.entry(&rules.server).or_insert(rules);
                if first.arguments != rules.arguments {
                    let message = format!(
                        "another route to the server `{}` declares other arguments",
                        rules.server
                    );
                    let at = at.element(place);
                    report.error(&at.member("mcp").member("arguments"), message);
                }
                let tools = rules.arguments.iter();
                let tools =
                    tools.map(|(tool, record)| (tool_id(&rules.server, tool), record.clone()));
                declared.tools.extend(tools);
            }
            RouteProtocol::A2a(_) => {}
            RouteProtocol::Http(operations) => {
                let operations = operations.iter();
                let parameters = operations.filter_map(|one| {
                    let parameters = one.declared.as_ref()?;
                    Some((one.name.to_string(), parameters.record()))
                });
                declared.routes.extend(parameters);
            }
        }
    }
    declared
}

/// A label that nothing has is none.
fn labels(raw: &raw::Labels) -> BTreeSet<String> {
    let all = [&raw.tools, &raw.servers, &raw.agents, &raw.routes]
        .into_iter()
        .flatten();
    let had = all.filter(|(_, having)| !having.is_empty());
    had.map(|(label, _)| label.clone()).collect()
}

/// Where several routes lead to one server, their lists count together, and one that has none makes them unknown.
fn servers(routes: &[raw::Route]) -> BTreeMap<String, Option<BTreeSet<String>>> {
    let mut servers: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
    for mcp in routes.iter().filter_map(|route| route.mcp.as_ref()) {
        let none_yet = || Some(BTreeSet::new());
        let known = servers.entry(mcp.server.clone()).or_insert_with(none_yet);
        match (known.as_mut(), &mcp.tools) {
            (Some(known), Some(tools)) => known.extend(tools.iter().cloned()),
            (Some(_), None) => *known = None,
            (None, _) => {}
        }
    }
    servers
}

/// All scopes that there are, where every route belongs to a resource that says which it has.
fn scopes(raw: &raw::Config) -> Option<BTreeSet<String>> {
    let mut scopes = BTreeSet::new();
    for route in &raw.routes {
        let of = route.resource.as_ref()?;
        let mut resources = raw.resources.iter();
        let resource = resources.find(|resource| resource.resource == *of)?;
        scopes.extend(resource.scopes_supported.as_ref()?.iter().cloned());
        scopes.extend(route.scopes.iter().cloned());
    }
    Some(scopes)
}

/// Groups may have members of servers that list their tools, if these are among them.
pub(super) fn check_groups(
    groups: &raw::Groups,
    around: &Surroundings,
    at: &At<'_>,
    report: &mut Report,
) {
    let at_tools = at.member("tools");
    for (group, members) in &groups.tools {
        for member in members {
            let Some((server, tool)) = member.split_once('/') else {
                continue;
            };
            let servers = around.servers.iter();
            let listed = servers.filter_map(|all| all.get(server)?.as_ref()).next();
            if let Some(tools) = listed.filter(|tools| !tools.contains(tool)) {
                let message = format!("`{server}` lists its tools, and `{tool}` is none of them");
                let meant = crate::suggestion::nearest(tool, tools.iter().map(String::as_str));
                report.suggest(&at_tools.member(group), message, meant);
            }
        }
    }
}

/// A list of tools is of names, each once.
pub(super) fn check_tools(tools: &[String], at: &At<'_>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for (place, tool) in tools.iter().enumerate() {
        if tool.is_empty() {
            report.error(&at.element(place), "a tool has a name".to_owned());
        } else if !seen.insert(tool) {
            report.error(&at.element(place), format!("`{tool}` stands there twice"));
        }
    }
}
