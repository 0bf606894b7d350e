//! Labels and sessions: whether what has a label is there, and what is counted.

use std::collections::BTreeMap;
use std::time::Duration;

use super::report::{At, Report};
use super::{bounds, names, remote};
use crate::config::raw;
use crate::identity::nonce::Seed;
use crate::policy::labels::Labels;
use crate::policy::lint::surroundings::Surroundings;
use crate::policy::session::service::{self, Service};
use crate::policy::session::{Counter, KeyFact, Rules};
use crate::suggestion::nearest;
use crate::time::Seconds;

/// The most counters.
const MAX_COUNTERS: usize = 16;

/// The longest that anything is remembered: thirty days.
const LONGEST: u64 = 2_592_000;

/// Labels on what is configured; `routes` say what operations are called in `authorization_details`.
pub(super) fn labels(
    raw: raw::Labels,
    routes: &[raw::Route],
    around: &Surroundings,
    at: &At<'_>,
    report: &mut Report,
) -> Labels {
    let operations = around.routes.iter().flatten();
    for (label, id) in each(&raw.tools) {
        tool(id, around, &at.member("tools").member(label), report);
    }
    for (label, id) in each(&raw.servers) {
        let servers = around.servers.iter().flat_map(BTreeMap::keys);
        let at = at.member("servers");
        known(id, servers, "MCP server", &at.member(label), report);
    }
    let agents = around.agents.iter().flatten();
    let (at_agents, at_routes) = (at.member("agents"), at.member("routes"));
    for (label, name) in each(&raw.agents) {
        let at = at_agents.member(label);
        known(name, agents.clone(), "A2A agent", &at, report);
    }
    for (label, name) in each(&raw.routes) {
        let (at, what) = (at_routes.member(label), "operation of an HTTP route");
        known(name, operations.clone(), what, &at, report);
    }
    let operations = routes.iter().filter_map(|route| route.http.as_ref());
    let operations = operations.flat_map(|http| &http.operations);
    Labels {
        tools: raw.tools,
        servers: raw.servers,
        agents: raw.agents,
        routes: raw.routes,
        actions: operations
            .filter_map(|one| Some((one.name.clone(), one.action.clone()?)))
            .collect(),
    }
}

/// Each label with each that has it.
fn each(list: &raw::NamedLists) -> impl Iterator<Item = (&str, &String)> {
    let labels = list.iter();
    labels.flat_map(|(label, having)| having.iter().map(move |name| (label.as_str(), name)))
}

/// An id that is no tool of a server here means nothing.
fn tool(id: &str, around: &Surroundings, at: &At<'_>, report: &mut Report) {
    let Some((server, tool)) = id.split_once('/').filter(|(_, tool)| !tool.is_empty()) else {
        let message = format!("`{id}` is no tool, write `<server>/<tool>`");
        report.error(at, message);
        return;
    };
    let servers = around.servers.iter().flat_map(BTreeMap::keys);
    known(server, servers, "MCP server", at, report);
    let mut servers = around.servers.iter();
    if let Some(tools) = servers.find_map(|all| all.get(server)?.as_ref()) {
        known(tool, tools.iter(), "tool of its server", at, report);
    }
}

/// A label on something that isn't there protects nothing.
fn known<'n>(
    name: &str,
    mut all: impl Iterator<Item = &'n String> + Clone,
    what: &str,
    at: &At<'_>,
    report: &mut Report,
) {
    let names = all.clone().map(String::as_str);
    if !all.any(|one| one == name) {
        report.suggest(at, format!("`{name}` is no {what}"), nearest(name, names));
    }
}

/// What sessions refer to.
pub(super) struct Given<'a> {
    pub(super) labels: &'a Labels,
    pub(super) around: &'a Surroundings,
    /// What gateways share that hand out the same nonces.
    pub(super) secret: Option<Seed>,
    /// How many requests may wait.
    pub(super) waiting: usize,
}

pub(super) fn sessions(
    raw: raw::Sessions,
    given: &Given<'_>,
    at: &At<'_>,
    report: &mut Report,
) -> Rules {
    let by: Vec<_> = raw.by.iter().copied().map(fact).collect();
    if by.is_empty() {
        let message = "at least one fact is needed, or else nobody has a session";
        report.error(&at.member("by"), message.to_owned());
    }
    for (place, fact) in by.iter().enumerate() {
        if by.iter().take(place).any(|earlier| earlier == fact) {
            let message = format!("`{}` stands there twice", fact.name());
            report.error(&at.member("by").element(place), message);
        }
    }
    if by.contains(&KeyFact::Token) {
        let why = "whoever can get another token begins a session anew; `root` is what no agent can change";
        report.loosened(&at.member("by"), why);
    }
    let at_counters = at.member("counters");
    if raw.counters.len() > MAX_COUNTERS {
        let message = format!("there are {}, at most {MAX_COUNTERS}", raw.counters.len());
        report.error(&at_counters, message);
    }
    let counter_names = raw.counters.iter().map(|one| one.name.as_str());
    names::unique(counter_names, &at_counters, "name", report);
    let mut bounded =
        |member, value, bounds| bounds::within(value, bounds, &at.member(member), report);
    let remember = bounded("remember_seconds", raw.remember_seconds, 3600..=LONGEST);
    let entries = bounded("entries", raw.entries, 1024..=1_048_576);
    let at_service = at.member("rate_limit_service");
    let service = raw
        .rate_limit_service
        .map(|service| self::service(service, given, &at_service, report));
    if service.is_some() {
        let windows = raw.counters.iter().map(|one| one.window_seconds);
        windows_fit(windows, &at_counters, report);
    }
    let counters = raw.counters.into_iter().enumerate();
    Rules {
        service,
        by,
        remember: Seconds(remember),
        entries: bounds::size(entries),
        counters: counters
            .map(|(place, one)| counter(one, given, &at_counters.element(place), report))
            .collect(),
    }
}

fn service(
    raw: raw::RateLimitService,
    given: &Given<'_>,
    at: &At<'_>,
    report: &mut Report,
) -> Service {
    if given.waiting == 0 {
        let message = "`limits.waiting` is 0, so that no call could wait for what the service says";
        report.error(at, message.to_owned());
    }
    let secret = given.secret.unwrap_or_else(|| {
        let message = "`dpop.nonce_secret` is missing: set it, to the same at all gateways that share sessions, so that nobody else can \
                       tell or guess by what name a session is counted";
        report.error(at, message.to_owned());
        Seed::of_text("")
    });
    remote::cluster(&raw.cluster, &at.member("cluster"), report);
    names::name(&raw.domain, &at.member("domain"), report);
    let at_timeout = at.member("timeout_ms");
    let timeout = bounds::within(raw.timeout_ms, 10..=5000, &at_timeout, report);
    let on_failure = match raw.on_failure {
        raw::OnFailure::Deny => service::OnFailure::Deny,
        raw::OnFailure::Local => {
            let why = "while the service gives no answer, what a session has done at other gateways is not held against it";
            report.loosened(&at.member("on_failure"), why);
            service::OnFailure::Local
        }
    };
    Service {
        cluster: raw.cluster,
        domain: raw.domain,
        timeout: Duration::from_millis(timeout),
        on_failure,
        secret,
    }
}

/// A rate-limit service forgets when the unit of its limit is over, which must not be in the middle of a window.
fn windows_fit(windows: impl Iterator<Item = u64>, at: &At<'_>, report: &mut Report) {
    for (place, window) in windows.enumerate() {
        if !service::is_countable(Seconds(window)) {
            let message = format!(
                "{window} seconds don't go into a minute, an hour, a day, a week, 30 days or 365 days a whole number of times, \
                 and a rate-limit service counts by these; take a window that does, such as 60, 3600 or 86400"
            );
            report.error(&at.element(place).member("window_seconds"), message);
        }
    }
}

const fn fact(raw: raw::SessionFact) -> KeyFact {
    match raw {
        raw::SessionFact::Mission => KeyFact::Mission,
        raw::SessionFact::Task => KeyFact::Task,
        raw::SessionFact::Session => KeyFact::Session,
        raw::SessionFact::Token => KeyFact::Token,
        raw::SessionFact::Root => KeyFact::Root,
    }
}

fn counter(raw: raw::Counter, given: &Given<'_>, at: &At<'_>, report: &mut Report) -> Counter {
    names::name(&raw.name, &at.member("name"), report);
    let at_window = at.member("window_seconds");
    let window = bounds::within(raw.window_seconds, 1..=LONGEST, &at_window, report);
    let at_tools = at.member("tools");
    for (place, id) in raw.tools.iter().enumerate() {
        tool(id, given.around, &at_tools.element(place), report);
    }
    let all: Vec<_> = given
        .labels
        .names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let at_labels = at.member("labels");
    for (place, label) in raw.labels.iter().enumerate() {
        let at = at_labels.element(place);
        known(label, all.iter(), "label that anything has", &at, report);
    }
    Counter {
        name: raw.name,
        window: Seconds(window),
        tools: raw.tools,
        labels: raw.labels,
    }
}
