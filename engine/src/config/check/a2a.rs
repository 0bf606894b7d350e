//! A2A agents.

use super::names;
use super::report::{At, Report};
use super::routes;
use crate::config::raw;
use crate::json;
use crate::operation::A2aVersion;
use crate::operation::a2a::A2aRules;
use crate::operation::route::Endpoint;
use crate::suggestion::nearest;

/// What a binding is called in agent cards.
const BINDINGS: [&str; 2] = ["JSONRPC", "HTTP+JSON"];

pub(super) fn rules(
    raw: raw::A2a,
    endpoint: Endpoint,
    json: json::Limits,
    at: &At<'_>,
    report: &mut Report,
) -> A2aRules {
    names::name(&raw.agent, &at.member("agent"), report);
    let (Endpoint::Exact(path) | Endpoint::Below(path)) = endpoint;
    if path != "/" && path.ends_with('/') {
        let message = "the path of an A2A route does not end in `/`";
        report.error(at, message.to_owned());
    }
    let at_bindings = at.member("bindings");
    each(&raw.bindings, BINDINGS, "binding", &at_bindings, report);
    let has = |name: &str| raw.bindings.iter().any(|one| one == name);
    let at_versions = at.member("versions");
    let known = A2aVersion::ALL.map(A2aVersion::name);
    each(&raw.versions, known, "version", &at_versions, report);
    let versions = raw.versions.iter();
    let versions = versions.filter_map(|name| A2aVersion::from_name(name));
    routes::binding(raw.bind_tasks, at, report);
    let (card_paths, card_is_public) = card(raw.card, &at.member("card"), report);
    A2aRules {
        base: path.trim_end_matches('/').to_owned(),
        agent: raw.agent.into(),
        json_rpc: has("JSONRPC"),
        http_json: has("HTTP+JSON"),
        versions: versions.collect(),
        card_paths,
        card_is_public,
        denial_status: routes::denial_status(raw.denial_status, at, report),
        bind_tasks: raw.bind_tasks,
        json,
    }
}

/// Where the card is, and whether everybody may read it.
fn card(raw: Option<raw::Card>, at: &At<'_>, report: &mut Report) -> (Vec<String>, bool) {
    let Some(card) = raw else {
        return (Vec::new(), false);
    };
    if card.paths.is_empty() {
        report.error(&at.member("paths"), "at least one is needed".to_owned());
    }
    let is_public = card.access == raw::CardAccess::Public;
    if is_public {
        let why = "everybody may read the agent's card, without a credential";
        report.loosened(&at.member("access"), why);
    }
    (card.paths, is_public)
}

/// Each one is known, and stands there once; there is at least one.
fn each(
    raw: &[String],
    known: impl IntoIterator<Item = &'static str> + Clone,
    what: &str,
    at: &At<'_>,
    report: &mut Report,
) {
    if raw.is_empty() {
        report.error(at, "at least one is needed".to_owned());
    }
    for (place, name) in raw.iter().enumerate() {
        let at = at.element(place);
        if raw.iter().take(place).any(|earlier| earlier == name) {
            report.error(&at, format!("`{name}` stands there twice"));
        } else if name == "GRPC" {
            report.error(&at, "gRPC is not understood by this gate".to_owned());
        } else if !known.clone().into_iter().any(|one| one == name) {
            let message = format!("`{name}` is no {what} that is understood");
            report.suggest(&at, message, nearest(name, known.clone()));
        }
    }
}
