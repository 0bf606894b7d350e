//! Agents that sign their requests: whose signatures are accepted, and on what terms.

use super::report::{At, Report};
use super::{issuers, names};
use crate::config::raw;
use crate::identity::issuer::{Issuer, IssuerName};
use crate::identity::jose::jwk::KeyUse;
use crate::identity::signature::agent::{ALGORITHMS, SignatureAgent, without_slash};
use crate::identity::signature::component::Component;
use crate::identity::signature::input::MAX_COMPONENTS;

/// The most agents that one gate has.
const MAX_AGENTS: usize = 64;

pub(super) fn check(
    raw: Vec<raw::SignatureAgent>,
    issuers: &[Issuer],
    at: &At<'_>,
    report: &mut Report,
) -> Vec<SignatureAgent> {
    if raw.len() > MAX_AGENTS {
        let message = format!("there are {} agents, at most {MAX_AGENTS}", raw.len());
        report.error(at, message);
    }
    names::unique(raw.iter().map(|one| one.name.as_str()), at, "name", report);
    // Keys belong to the agent that a request names; with two of one URL that would be chance.
    let urls = raw.iter().map(|one| without_slash(&one.url));
    names::unique(urls, at, "url", report);
    raw.into_iter()
        .enumerate()
        .map(|(place, one)| {
            let at = at.element(place);
            if issuers.iter().any(|issuer| *issuer.name.0 == *one.name) {
                let message = format!("`{}` is the name of an issuer", one.name);
                report.error(&at.member("name"), message);
            }
            agent(one, &at, report)
        })
        .collect()
}

fn agent(raw: raw::SignatureAgent, at: &At<'_>, report: &mut Report) -> SignatureAgent {
    names::domain(&raw.name, &at.member("name"), report);
    if !names::is_url(&raw.url, "https://") {
        let message = format!("`{}` is not an `https` URL without fragment", raw.url);
        report.error(&at.member("url"), message);
    }
    SignatureAgent {
        keys: issuers::keys(
            raw.keys,
            &ALGORITHMS,
            KeyUse::Signature,
            &at.member("keys"),
            report,
        ),
        components: components(&raw.components, &at.member("components"), report),
        max_age: issuers::bounded(
            raw.max_age_seconds,
            5..=86_400,
            raw::SignatureAgent::max_age(),
            &at.member("max_age_seconds"),
            report,
        ),
        clock_skew: issuers::bounded(
            raw.clock_skew_seconds,
            0..=300,
            raw::SignatureAgent::clock_skew(),
            &at.member("clock_skew_seconds"),
            report,
        ),
        name: IssuerName(raw.name.into()),
        url: without_slash(&raw.url).to_owned(),
    }
}

fn components(raw: &[String], at: &At<'_>, report: &mut Report) -> Vec<Component> {
    if raw.len() > MAX_COMPONENTS {
        let message = format!(
            "there are {} components, at most {MAX_COMPONENTS}",
            raw.len()
        );
        report.error(at, message);
    }
    let mut components = Vec::with_capacity(raw.len());
    for (place, name) in raw.iter().enumerate() {
        match Component::named(name) {
            Ok(component) => components.push(component),
            Err(_) => {
                let message = format!("`{name}` is no component of a request");
                report.error(&at.element(place), message);
            }
        }
    }
    components
}
