//! Protected resources, and what their metadata says.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::names;
use super::report::{At, Report};
use crate::config::{DpopRules, raw};
use crate::operation::resource::ProtectedResource;

/// What metadata is derived from where it isn't given.
pub(super) struct Given<'a> {
    pub(super) issuers: &'a [raw::Issuer],
    pub(super) routes: &'a [raw::Route],
    pub(super) dpop: &'a DpopRules,
}

/// Checks every resource.
pub(super) fn check(
    raw: Vec<raw::Resource>,
    given: &Given<'_>,
    at: &At<'_>,
    report: &mut Report,
) -> Vec<Arc<ProtectedResource>> {
    let identifiers = raw.iter().map(|one| one.resource.as_str());
    names::unique(identifiers, at, "resource", report);
    raw.into_iter()
        .enumerate()
        .filter_map(|(place, one)| resource(one, given, &at.element(place), report))
        .map(Arc::new)
        .collect()
}

fn resource(
    raw: raw::Resource,
    given: &Given<'_>,
    at: &At<'_>,
    report: &mut Report,
) -> Option<ProtectedResource> {
    let at_identifier = at.member("resource");
    let is_its = |route: &&raw::Route| route.resource.as_deref() == Some(raw.resource.as_str());
    let routes: Vec<_> = given.routes.iter().filter(is_its).collect();
    if routes.is_empty() {
        let message = format!("no route names `{}` as its `resource`", raw.resource);
        report.error(&at_identifier, message);
    }
    if raw.resource.starts_with("http://") {
        let why =
            "clients reach it without TLS, so that anybody on the way could read their tokens";
        report.loosened(&at_identifier, why);
    }
    let servers = raw.authorization_servers.unwrap_or_else(|| {
        let servers = given
            .issuers
            .iter()
            .filter(|issuer| gives_access_tokens(issuer));
        servers.map(|issuer| issuer.issuer.clone()).collect()
    });
    urls(&servers, &at.member("authorization_servers"), report);
    let scopes = raw.scopes_supported.unwrap_or_else(|| {
        let mut scopes: Vec<String> = Vec::new();
        for scope in routes.iter().flat_map(|route| &route.scopes) {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
        scopes
    });
    names::scopes(&scopes, &at.member("scopes_supported"), report);
    for (member, url) in [
        ("resource_documentation", &raw.resource_documentation),
        ("resource_policy_uri", &raw.resource_policy_uri),
        ("resource_tos_uri", &raw.resource_tos_uri),
    ] {
        urls(url.as_slice(), &at.member(member), report);
    }
    let takes_proofs = given.dpop.offered || routes.iter().any(|route| route.sender_constrained);
    let algorithms = given.dpop.proofs.algorithms.iter().filter(|_| takes_proofs);
    let mut facts = Map::new();
    let lists = [
        ("authorization_servers", servers),
        ("scopes_supported", scopes),
        ("bearer_methods_supported", vec!["header".to_owned()]),
        (
            "dpop_signing_alg_values_supported",
            algorithms.map(|one| one.name().to_owned()).collect(),
        ),
    ];
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        facts.insert(name.to_owned(), json!(list));
    }
    for (name, flag) in [
        (
            "dpop_bound_access_tokens_required",
            raw.dpop_bound_access_tokens_required,
        ),
        (
            "tls_client_certificate_bound_access_tokens",
            raw.tls_client_certificate_bound_access_tokens,
        ),
    ] {
        facts.extend(flag.map(|flag| (name.to_owned(), Value::from(flag))));
    }
    for (name, text) in [
        ("resource_name", raw.resource_name),
        ("resource_documentation", raw.resource_documentation),
        ("resource_policy_uri", raw.resource_policy_uri),
        ("resource_tos_uri", raw.resource_tos_uri),
    ] {
        facts.extend(text.map(|text| (name.to_owned(), Value::from(text))));
    }
    match ProtectedResource::new(&raw.resource, facts) {
        Ok(resource) => Some(resource),
        Err(error) => {
            report.error(&at_identifier, error.to_string());
            None
        }
    }
}

/// Could a client ask the issuer for a token? Whatever vouches for workloads and jobs is no OAuth authorization server.
fn gives_access_tokens(issuer: &raw::Issuer) -> bool {
    let is_oauth = match issuer.profile {
        raw::Profile::Rfc9068 | raw::Profile::Jwt => true,
        raw::Profile::JwtSvid
        | raw::Profile::Wit
        | raw::Profile::TransactionToken
        | raw::Profile::GithubActions
        | raw::Profile::Gitlab
        | raw::Profile::Ci => false,
    };
    is_oauth && names::is_url(&issuer.issuer, "https://")
}

/// Checks URLs that clients are sent to: `https`, or `http` for what is tried out.
fn urls(urls: &[String], at: &At<'_>, report: &mut Report) {
    for url in urls {
        if !names::is_url(url, "https://") && !names::is_url(url, "http://") {
            let message = format!("`{url}` is not an `https` URL without user and fragment");
            report.error(at, message);
        }
    }
}
