//! From the raw shape to the stages' own rule types: everything a person can get wrong, found in one pass.

mod a2a;
mod agents;
mod biscuits;
mod bounds;
mod certificates;
mod cors;
mod declared;
mod delegation;
mod dpop;
mod issuers;
mod lifecycle;
mod names;
mod remote;
mod report;
mod resources;
mod routes;
mod sessions;
mod surroundings;
mod warrants;

use std::sync::Arc;

use self::report::{At, Report};
use super::{ErrorRules, GateConfig, Limits, raw};
use crate::credential::{QueryTokens, Rules};
use crate::decision::wire::Detail;
use crate::digest::Digest;
use crate::identity::certificate::CertificateRules;
use crate::identity::issuer::{Issuer, IssuerName};
use crate::identity::signature::agent::SignatureAgent;
use crate::json;
use crate::policy::PolicySource;
use crate::policy::groups::Groups;
use crate::policy::mode::Mode;
use crate::request::HeaderName;
use crate::time::{Seconds, Timestamp};

use super::error::ConfigErrors;

/// The version of the format.
const VERSION: u64 = 1;

/// Checks a configuration whose digest is `digest`.
pub(super) fn check(raw: raw::Config, digest: Digest) -> Result<GateConfig, ConfigErrors> {
    let mut report = Report::default();
    let top = At::top();
    if raw.version != VERSION {
        let message = format!("version {} is not known, this is {VERSION}", raw.version);
        report.error(&top.member("version"), message);
    }
    let mut surroundings = surroundings::of(&raw);
    let at_groups = top.member("groups");
    surroundings::check_groups(&raw.groups, &surroundings, &at_groups, &mut report);
    let at_labels = top.member("labels");
    let labels = sessions::labels(
        raw.labels,
        &raw.routes,
        &surroundings,
        &at_labels,
        &mut report,
    );
    let limits = limits(&raw.limits, &top.member("limits"), &mut report);
    let is_bound_asked_for = raw.issuers.iter().any(|issuer| issuer.sender_constrained);
    let at_dpop = top.member("dpop");
    let dpop = dpop::check(raw.dpop, is_bound_asked_for, &at_dpop, &mut report);
    let sessions = raw.sessions.map(|sessions| {
        let given = sessions::Given {
            labels: &labels,
            around: &surroundings,
            secret: dpop.nonce_secret,
            waiting: limits.waiting,
        };
        sessions::sessions(sessions, &given, &top.member("sessions"), &mut report)
    });
    let json = json_limits(&raw.limits, &top.member("limits"), &mut report);
    let has_audience = |route: &raw::Route| route.audience.is_some() || route.resource.is_some();
    let every_route_has_audience = raw.routes.iter().all(has_audience);
    let at_cors = top.member("cors");
    let cors = raw
        .cors
        .map(|raw| Arc::new(cors::check(raw, &at_cors, &mut report)));
    let resources = resources::check(
        raw.resources,
        &resources::Given {
            issuers: &raw.issuers,
            routes: &raw.routes,
            dpop: &dpop,
        },
        &top.member("resources"),
        &mut report,
    );
    let (credential, forward_credential) =
        credential(raw.credential, &top.member("credential"), &mut report);
    // Whoever lets in agents that sign their requests, workloads with certificates, or holders of warrants need not take
    // anybody's tokens.
    let needs_issuer = raw.signature_agents.is_empty()
        && raw.client_certificates.trust_domains.is_empty()
        && raw.warrants.is_none();
    let issuers = issuers::check(
        raw.issuers,
        usize::from(needs_issuer),
        every_route_has_audience,
        &top.member("issuers"),
        &mut report,
    );
    let signature_agents = agents::check(
        raw.signature_agents,
        &issuers,
        &top.member("signature_agents"),
        &mut report,
    );
    let certificates = certificates::check(
        raw.client_certificates,
        (&issuers, &signature_agents),
        &top.member("client_certificates"),
        &mut report,
    );
    let warrants = warrants::check(
        raw.warrants,
        &warrants::Given {
            credential: &credential,
            taken: taken(&issuers, &signature_agents, &certificates),
        },
        &top.member("warrants"),
        &mut report,
    );
    let routes = routes::check(
        raw.routes,
        &routes::Given {
            json,
            resources: &resources,
            certificates: &certificates,
            cors: cors.as_ref(),
            warrants: warrants.as_ref(),
            credential: &credential.header,
        },
        &top.member("routes"),
        &mut report,
    );
    let delegation = delegation::check(
        raw.delegation,
        &routes,
        &top.member("delegation"),
        &mut report,
    );
    surroundings.declared = surroundings::declared(&routes, &top.member("routes"), &mut report);
    let config = GateConfig {
        signature_agents,
        revocations: lifecycle::revocations(
            raw.revocations,
            &top.member("revocations"),
            &mut report,
        ),
        issuers,
        credential,
        forward_credential,
        routes,
        resources,
        certificates,
        policies: policies(raw.policies, &top.member("policies"), &mut report),
        mode: mode(raw.mode, raw.shadow_until.as_ref(), &top, &mut report),
        groups: Groups {
            agents: raw.groups.agents,
            tools: raw.groups.tools,
            labels,
        },
        sessions,
        surroundings,
        dpop,
        delegation,
        warrants: warrants.map(Arc::new),
        errors: errors(raw.errors, &top.member("errors"), &mut report),
        limits,
        digest,
        loosened: Vec::new(),
    };
    report.finish(|loosened| GateConfig { loosened, ..config })
}

/// The names of trust domains that are in use.
fn taken(
    issuers: &[Issuer],
    agents: &[SignatureAgent],
    certificates: &CertificateRules,
) -> Vec<IssuerName> {
    let of_issuers = issuers.iter().map(|one| &one.name);
    let of_agents = agents.iter().map(|one| &one.name);
    let of_certificates = certificates.trust_domains.iter().map(|one| &one.name);
    let all = of_issuers.chain(of_agents).chain(of_certificates);
    all.cloned().collect()
}

fn credential(raw: raw::Credential, at: &At<'_>, report: &mut Report) -> (Rules, bool) {
    let header = HeaderName::parse(&raw.header).unwrap_or_else(|| {
        let message = format!("`{}` is not the name of a header field", raw.header);
        report.error(&at.member("header"), message);
        HeaderName::authorization()
    });
    let default = raw::Credential::default();
    let max_bytes = bounds::within(raw.max_bytes, 256..=65_536, &at.member("max_bytes"), report);
    report.raised(&at.member("max_bytes"), max_bytes, default.max_bytes);
    let query_tokens = match raw.query_tokens {
        raw::QueryTokens::Refuse => QueryTokens::Refuse,
        raw::QueryTokens::Ignore => {
            let why = "tokens in URLs are not read, and no longer refused either";
            report.loosened(&at.member("query_tokens"), why);
            QueryTokens::Ignore
        }
    };
    if raw.forward {
        let why = "the client's credential is passed on to the upstream";
        report.loosened(&at.member("forward"), why);
    }
    let rules = Rules {
        header,
        max_bytes: bounds::size(max_bytes),
        query_tokens,
    };
    (rules, raw.forward)
}

fn policies(raw: raw::Policies, at: &At<'_>, report: &mut Report) -> Vec<PolicySource> {
    let sources = match raw {
        raw::Policies::Text(text) => vec![PolicySource {
            name: "policies".to_owned(),
            text,
        }],
        raw::Policies::List(texts) => texts
            .into_iter()
            .map(|named| PolicySource {
                name: named.name,
                text: named.cedar,
            })
            .collect(),
    };
    let names = sources.iter().map(|source| source.name.as_str());
    names::unique(names, at, "name", report);
    if sources.iter().all(|source| source.text.trim().is_empty()) {
        let message = "there is no policy, so that nothing would be permitted";
        report.error(at, message.to_owned());
    }
    sources
}

/// Shadow mode needs its end beside it, so that no single word gives up what policies protect, nor for good.
fn mode(raw: raw::Mode, until: Option<&raw::Moment>, top: &At<'_>, report: &mut Report) -> Mode {
    let at_until = top.member("shadow_until");
    match (raw, until) {
        (raw::Mode::Enforce, None) => Mode::Enforce,
        (raw::Mode::Shadow, Some(until)) => {
            let until = lifecycle::moment(until, &at_until, report);
            let why = format!(
                "until {}, what policies refuse is forwarded",
                Timestamp(until)
            );
            report.loosened(&top.member("mode"), &why);
            Mode::Shadow { until }
        }
        (raw::Mode::Enforce, Some(_)) => {
            let message = "there is no shadow mode to end: `mode` is `enforce`";
            report.error(&at_until, message.to_owned());
            Mode::Enforce
        }
        (raw::Mode::Shadow, None) => {
            let message = "shadow mode needs its end, write `shadow_until: \"2026-12-01T00:00:00Z\"` or the like";
            report.error(&at_until, message.to_owned());
            Mode::Enforce
        }
    }
}

fn errors(raw: raw::Errors, at: &At<'_>, report: &mut Report) -> ErrorRules {
    if !names::is_header_text(&raw.realm) {
        let message = "a realm is 1 to 256 visible ASCII characters without quote and backslash";
        report.error(&at.member("realm"), message.to_owned());
    }
    ErrorRules {
        detail: match raw.detail {
            raw::Detail::Explain => Detail::Explain,
            raw::Detail::Opaque => Detail::Opaque,
        },
        realm: raw.realm,
    }
}

fn limits(raw: &raw::Limits, at: &At<'_>, report: &mut Report) -> Limits {
    let default = raw::Limits::default();
    let mut bounded = |name, value, bounds, default| {
        let at = at.member(name);
        let value = bounds::within(value, bounds, &at, report);
        report.raised(&at, value, default);
        value
    };
    Limits {
        waiting: bounds::size(bounded("waiting", raw.waiting, 0..=65_536, default.waiting)),
        key_wait: Seconds(bounded(
            "key_wait_seconds",
            raw.key_wait_seconds,
            1..=60,
            default.key_wait_seconds,
        )),
        // Remembering more tokens costs memory and loosens nothing.
        tokens: bounds::size(bounds::within(
            raw.tokens,
            0..=1_000_000,
            &at.member("tokens"),
            report,
        )),
    }
}

fn json_limits(raw: &raw::Limits, at: &At<'_>, report: &mut Report) -> json::Limits {
    let default = raw::Limits::default();
    let deepest = json::Limits::DEEPEST as u64;
    let mut bounded = |name, value, bounds, default| {
        let at = at.member(name);
        let value = bounds::within(value, bounds, &at, report);
        report.raised(&at, value, default);
        bounds::size(value)
    };
    json::Limits {
        max_bytes: bounded(
            "body_bytes",
            raw.body_bytes,
            1..=1 << 24,
            default.body_bytes,
        ),
        max_depth: bounded(
            "json_depth",
            raw.json_depth,
            2..=deepest,
            default.json_depth,
        ),
        max_values: bounded(
            "json_values",
            raw.json_values,
            8..=1 << 20,
            default.json_values,
        ),
    }
}
