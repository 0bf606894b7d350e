//! Routes: what is reachable through the gate.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::a2a;
use super::bounds;
use super::cors;
use super::declared;
use super::names;
use super::report::{At, Report};
use super::surroundings;
use crate::config::raw;
use crate::delegation::warrant;
use crate::identity::authentication::Requirement;
use crate::identity::binding::target::Origin;
use crate::identity::certificate::CertificateRules;
use crate::identity::issuer::IssuerName;
use crate::json;
use crate::operation::McpRevision;
use crate::operation::cors::CrossOrigin;
use crate::operation::http::WarrantInBody;
use crate::operation::resource::ProtectedResource;
use crate::operation::route::terms::{Terms, TransactionTokens, Warrants};
use crate::operation::route::{
    DenialStatus, Endpoint, HttpOperation, McpRules, RouteProtocol, RouteRule,
};
use crate::request::HeaderName;
use crate::suggestion::nearest;
use crate::time::Seconds;

/// What routes rest on, checked before.
pub(super) struct Given<'a> {
    /// How bodies are bounded.
    pub(super) json: json::Limits,
    /// What a route may name as its resource.
    pub(super) resources: &'a [Arc<ProtectedResource>],
    /// Which client certificates are believed.
    pub(super) certificates: &'a CertificateRules,
    /// What pages may do on a route that doesn't say.
    pub(super) cors: Option<&'a Arc<CrossOrigin>>,
    /// Which warrants are accepted.
    pub(super) warrants: Option<&'a warrant::Rules>,
    /// Where the credential is looked for.
    pub(super) credential: &'a HeaderName,
}

pub(super) fn check(
    raw: Vec<raw::Route>,
    given: &Given<'_>,
    at: &At<'_>,
    report: &mut Report,
) -> Vec<RouteRule> {
    if raw.is_empty() {
        report.error(at, "at least one is needed".to_owned());
    }
    names::unique(raw.iter().map(|one| one.name.as_str()), at, "name", report);
    raw.into_iter()
        .enumerate()
        .filter_map(|(place, one)| route(one, given, &at.element(place), report))
        .collect()
}

fn route(
    raw: raw::Route,
    given: &Given<'_>,
    at: &At<'_>,
    report: &mut Report,
) -> Option<RouteRule> {
    names::name(&raw.name, &at.member("name"), report);
    if let Some(host) = &raw.host
        && !names::is_host(host)
    {
        let message = format!("`{host}` is not a host name in lower case and without port");
        report.error(&at.member("host"), message);
    }
    if raw.audience.as_ref().is_some_and(String::is_empty) {
        report.error(
            &at.member("audience"),
            "an audience is not empty".to_owned(),
        );
    }
    let resource = raw
        .resource
        .and_then(|name| resource(&name, given.resources, &at.member("resource"), report));
    let audience = raw.audience.map(Into::into);
    let audience = audience.or_else(|| resource.as_ref().map(|of| Arc::clone(of.identifier())));
    let cors = match raw.cors {
        Some(own) => Some(Arc::new(cors::check(own, &at.member("cors"), report))),
        None => given.cors.cloned(),
    };
    let terms = Terms {
        scopes: scopes(raw.scopes, &at.member("scopes"), report),
        authentication: authentication(raw.authentication, &at.member("authentication"), report),
        transaction_tokens: match raw.transaction_tokens {
            raw::TransactionTokens::Strip => TransactionTokens::Strip,
            raw::TransactionTokens::Accept => TransactionTokens::Accept,
            raw::TransactionTokens::Require => TransactionTokens::Require,
        },
        sender_constrained: raw.sender_constrained,
        attenuation_proven: raw.attenuation == raw::Attenuation::Proven,
        mission_required: raw.mission == raw::Missions::Required,
        intent_required: raw.intent == raw::Intents::Required,
        details_ignored: details_ignored(raw.authorization_details, at, report),
        actions: actions(raw.http.as_ref()),
        origin: raw
            .origin
            .and_then(|text| origin(&text, &at.member("origin"), report))
            .or_else(|| resource.as_ref().map(|of| of.origin().clone())),
        certificate_callers: certificate_callers(
            raw.certificate_callers,
            given.certificates,
            &at.member("certificate_callers"),
            report,
        ),
        warrants: warrants(raw.warrant, given.warrants, &at.member("warrant"), report),
        warrant_anchors: warrant_anchors(
            raw.warrant_anchors,
            given.warrants,
            &at.member("warrant_anchors"),
            report,
        ),
        warrant_in_body: warrant_in_body(raw.warrant, raw.http.is_some(), given),
    };
    let endpoint = endpoint(raw.path.as_deref(), &at.member("path"), report);
    let protocol = match (raw.mcp, raw.a2a, raw.http) {
        (Some(mcp), None, None) => {
            if raw.path.is_none() {
                report.error(&at.member("path"), "an MCP route needs one".to_owned());
            }
            let mut rules = mcp_rules(mcp, endpoint, given.json, &at.member("mcp"), report);
            let pages = cors.iter().flat_map(|cors| &cors.origins);
            rules.allowed_origins.extend(pages.cloned());
            rules.warrant_member = given.warrants.map(|rules| Arc::clone(&rules.member));
            RouteProtocol::Mcp(rules)
        }
        (None, Some(agent), None) => {
            if raw.path.is_none() {
                report.error(&at.member("path"), "an A2A route needs one".to_owned());
            }
            let at = at.member("a2a");
            RouteProtocol::A2a(a2a::rules(agent, endpoint, given.json, &at, report))
        }
        (None, None, Some(http)) => {
            let under = raw.path.is_some().then_some(&endpoint);
            let mut credentials = vec![given.credential];
            credentials.extend(given.warrants.map(|rules| &rules.header));
            let at = at.member("http");
            RouteProtocol::Http(operations(http, under, &credentials, &at, report))
        }
        (Some(_), Some(_), _)
        | (Some(_), _, Some(_))
        | (_, Some(_), Some(_))
        | (None, None, None) => {
            let message = "exactly one of `mcp`, `a2a` and `http` is needed";
            report.error(at, message.to_owned());
            return None;
        }
    };
    Some(RouteRule {
        name: raw.name.into(),
        host: raw.host,
        protocol,
        audience,
        resource,
        cors,
        terms: Arc::new(terms),
    })
}

fn details_ignored(raw: raw::AuthorizationDetails, at: &At<'_>, report: &mut Report) -> bool {
    let ignored = raw == raw::AuthorizationDetails::Ignore;
    if ignored {
        let why = "what tokens state in `authorization_details` limits nothing here";
        report.loosened(&at.member("authorization_details"), why);
    }
    ignored
}

/// What operations are called in `authorization_details`, where not by their names.
fn actions(raw: Option<&raw::Http>) -> BTreeMap<String, String> {
    let operations = raw.iter().flat_map(|http| &http.operations);
    operations
        .filter_map(|one| Some((one.name.clone(), one.action.clone()?)))
        .collect()
}

/// May a workload call by its certificate alone?
fn certificate_callers(
    raw: raw::CertificateCallers,
    certificates: &CertificateRules,
    at: &At<'_>,
    report: &mut Report,
) -> bool {
    match raw {
        raw::CertificateCallers::Refuse => false,
        raw::CertificateCallers::X509Svid => {
            if certificates.trust_domains.is_empty() {
                let message =
                    "`client_certificates.trust_domains` names none, so that nobody could call";
                report.error(at, message.to_owned());
            }
            true
        }
    }
}

/// What becomes of warrants.
fn warrants(
    raw: raw::Warrant,
    rules: Option<&warrant::Rules>,
    at: &At<'_>,
    report: &mut Report,
) -> Warrants {
    if raw != raw::Warrant::Ignore && rules.is_none() {
        let message = "there is no `warrants` that says whose count";
        report.error(at, message.to_owned());
    }
    match raw {
        raw::Warrant::Ignore => Warrants::Ignore,
        raw::Warrant::Accept => Warrants::Accept,
        raw::Warrant::Require => Warrants::Require,
    }
}

/// Where a route's bodies may have a warrant: only where plain HTTP is spoken, and warrants are read.
fn warrant_in_body(
    raw: raw::Warrant,
    is_http: bool,
    given: &Given<'_>,
) -> Option<Arc<WarrantInBody>> {
    let names = given.warrants?.names.as_ref()?;
    let is_read = is_http && raw != raw::Warrant::Ignore;
    is_read.then(|| {
        Arc::new(WarrantInBody {
            names: names.clone(),
            json: given.json,
        })
    })
}

/// Whose warrants count.
fn warrant_anchors(
    raw: Vec<String>,
    rules: Option<&warrant::Rules>,
    at: &At<'_>,
    report: &mut Report,
) -> Vec<IssuerName> {
    let known = || {
        let domains = rules.iter().flat_map(|rules| &rules.domains);
        domains.map(|(_, name)| &*name.0)
    };
    for (place, name) in raw.iter().enumerate() {
        if !known().any(|one| one == name) {
            let message = format!("`{name}` is none of the anchors in `warrants`");
            report.suggest(&at.element(place), message, nearest(name, known()));
        }
    }
    raw.into_iter()
        .map(|name| IssuerName(name.into()))
        .collect()
}

/// The resource that a route names.
fn resource(
    name: &str,
    resources: &[Arc<ProtectedResource>],
    at: &At<'_>,
    report: &mut Report,
) -> Option<Arc<ProtectedResource>> {
    let found = resources.iter().find(|one| &**one.identifier() == name);
    if found.is_none() {
        let known = resources.iter().map(|one| &**one.identifier());
        let message = format!("`{name}` is none of `resources`");
        report.suggest(at, message, nearest(name, known));
    }
    found.cloned()
}

/// By what clients reach a route.
fn origin(text: &str, at: &At<'_>, report: &mut Report) -> Option<Origin> {
    let origin = Origin::parse(text).ok();
    if origin.is_none() {
        let message = format!(
            "`{text}` is not a scheme, a host and perhaps a port, such as `https://api.example`"
        );
        report.error(at, message);
    }
    origin
}

/// Scopes that tokens need, each once.
fn scopes(raw: Vec<String>, at: &At<'_>, report: &mut Report) -> Vec<String> {
    names::scopes(&raw, at, report);
    raw
}

/// What is required of users' authentication.
fn authentication(
    raw: Option<raw::Authentication>,
    at: &At<'_>,
    report: &mut Report,
) -> Option<Requirement> {
    let raw = raw?;
    if raw.acr_values.is_empty() && raw.max_age_seconds.is_none() {
        let message = "`acr_values` or `max_age_seconds` is needed, or else it requires nothing";
        report.error(at, message.to_owned());
    }
    names::words(&raw.acr_values, "class", &at.member("acr_values"), report);
    let at_age = at.member("max_age_seconds");
    let max_age = raw
        .max_age_seconds
        .map(|age| Seconds(bounds::within(age, 0..=31_536_000, &at_age, report)));
    Some(Requirement {
        acr_values: raw.acr_values,
        max_age,
    })
}

/// `/mcp` is that path alone, `/mcp/*` is that path and all below it, `/*` is every path.
fn endpoint(path: Option<&str>, at: &At<'_>, report: &mut Report) -> Endpoint {
    let path = path.unwrap_or("/");
    if !path.starts_with('/') {
        report.error(at, format!("`{path}` does not start with `/`"));
    }
    let (path, below) = match path.strip_suffix("/*") {
        Some("") => ("/", true),
        Some(path) => (path, true),
        None => (path, false),
    };
    if path.contains(['*', '?', '#', '{', '}']) {
        let message = "a path is literal text; only `/*` at its end has a meaning";
        report.error(at, message.to_owned());
    }
    if below {
        Endpoint::Below(path.to_owned())
    } else {
        Endpoint::Exact(path.to_owned())
    }
}

pub(super) fn denial_status(raw: u64, at: &At<'_>, report: &mut Report) -> DenialStatus {
    match raw {
        403 => DenialStatus::Forbidden,
        200 => DenialStatus::Ok,
        other => {
            let message = format!("{other} is neither 403 nor 200");
            report.error(&at.member("denial_status"), message);
            DenialStatus::Forbidden
        }
    }
}

/// Tasks that aren't bound to their callers are told.
pub(super) fn binding(bind_tasks: bool, at: &At<'_>, report: &mut Report) {
    if !bind_tasks {
        let why = "whose a task is, the server alone sees to";
        report.loosened(&at.member("bind_tasks"), why);
    }
}

fn mcp_rules(
    raw: raw::Mcp,
    endpoint: Endpoint,
    json: json::Limits,
    at: &At<'_>,
    report: &mut Report,
) -> McpRules {
    names::name(&raw.server, &at.member("server"), report);
    let denial_status = denial_status(raw.denial_status, at, report);
    names::origins(&raw.origins, &at.member("origins"), report);
    binding(raw.bind_tasks, at, report);
    let tools = raw.tools.as_deref().unwrap_or_default();
    surroundings::check_tools(tools, &at.member("tools"), report);
    McpRules {
        endpoint,
        server: raw.server.into(),
        revisions: revisions(&raw.revisions, &at.member("revisions"), report),
        denial_status,
        allowed_origins: raw.origins,
        json,
        filter_lists: raw.filter_lists,
        bind_tasks: raw.bind_tasks,
        arguments: declared::tools(
            raw.arguments,
            raw.tools.as_deref(),
            &at.member("arguments"),
            report,
        ),
        warrant_member: None,
    }
}

fn revisions(raw: &[String], at: &At<'_>, report: &mut Report) -> Vec<McpRevision> {
    if raw.is_empty() {
        report.error(at, "at least one is needed".to_owned());
    }
    let mut revisions = Vec::new();
    for (place, name) in raw.iter().enumerate() {
        match McpRevision::from_name(name) {
            Some(revision) if revisions.contains(&revision) => {
                report.error(&at.element(place), format!("`{name}` stands there twice"));
            }
            Some(revision) => revisions.push(revision),
            None => {
                let known = McpRevision::ALL.map(McpRevision::name);
                let message = format!("`{name}` is not one of `{}`", known.join("`, `"));
                report.suggest(&at.element(place), message, nearest(name, known));
            }
        }
    }
    revisions
}

fn operations(
    raw: raw::Http,
    under: Option<&Endpoint>,
    credentials: &[&HeaderName],
    at: &At<'_>,
    report: &mut Report,
) -> Vec<HttpOperation> {
    let at = at.member("operations");
    if raw.operations.is_empty() {
        report.error(&at, "at least one is needed".to_owned());
    }
    raw.operations
        .into_iter()
        .enumerate()
        .map(|(place, one)| {
            let at = at.element(place);
            names::name(&one.name, &at.member("name"), report);
            if one.method.is_empty() || !one.method.bytes().all(|b| b.is_ascii_uppercase()) {
                let message = format!("`{}` is not a method in upper case", one.method);
                report.error(&at.member("method"), message);
            }
            if under.is_some_and(|endpoint| !is_under(endpoint, &one.path)) {
                let message = format!("`{}` does not lie under the route's `path`", one.path);
                report.error(&at.member("path"), message);
            }
            let declared = one.parameters.map(|parameters| {
                let at = at.member("parameters");
                declared::parameters(parameters, &one.path, credentials, &at, report)
            });
            HttpOperation {
                declared,
                name: one.name.into(),
                method: one.method,
                template: one.path,
            }
        })
        .collect()
}

/// A plain HTTP route's path is where all its operations lie, with or without `/*`.
fn is_under(endpoint: &Endpoint, path: &str) -> bool {
    let (Endpoint::Exact(above) | Endpoint::Below(above)) = endpoint;
    path.strip_prefix(above.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
