//! Biscuits: whose count, and how they are read.

use super::report::{At, Report};
use super::warrants::{Given, MAX_ANCHORS};
use super::{bounds, names};
use crate::config::raw;
use crate::delegation::biscuit::Rules;
use crate::delegation::biscuit::grants::{Names, Unstated};
use crate::delegation::biscuit::limits::Limits;
use crate::delegation::biscuit::roots::{Key, KeyError, Root, Roots, ThirdParties};
use crate::delegation::biscuit::verifier::{Settings, Verifier};
use crate::identity::issuer::IssuerName;

/// The rules, and what each issuer is called; no rules where something is wrong with them.
pub(super) struct Checked {
    pub(super) rules: Option<Rules>,
    pub(super) domains: Vec<(String, IssuerName)>,
}

pub(super) fn check(
    raw: raw::Biscuits,
    given: &Given<'_>,
    at: &At<'_>,
    report: &mut Report,
) -> Checked {
    let domains = raw.anchors.iter();
    let domains = domains
        .map(|anchor| {
            let name = IssuerName(anchor.name.as_str().into());
            (anchor.issuer.clone(), name)
        })
        .collect();
    let at_facts = at.member("facts");
    for (member, name) in facts(&raw.facts) {
        if !is_fact_name(name) {
            let message = format!(
                "`{name}` is no name of a fact: a letter, then letters, digits, `_` and `:`"
            );
            report.error(&at_facts.member(member), message);
        }
    }
    if !raw.expiry_required {
        let why = "tokens that never end are accepted";
        report.loosened(&at.member("expiry_required"), why);
    }
    let unstated = match raw.unstated {
        raw::Unstated::Nothing => Unstated::Nothing,
        raw::Unstated::Everything => {
            let why = "tokens that grant nothing by name are good for whatever policy permits";
            report.loosened(&at.member("unstated"), why);
            Unstated::Everything
        }
    };
    let third_parties = third_parties(&raw.third_parties, &at.member("third_parties"), report);
    let limits = limits(&raw.limits, &at.member("limits"), report);
    let roots = roots(&raw.anchors, given, &at.member("anchors"), report);
    let verifier = roots.and_then(|roots| {
        let settings = Settings {
            roots,
            third_parties,
            limits,
            names: Names {
                tool: raw.facts.tool,
                right: raw.facts.right,
                scope: raw.facts.scope,
                subject: raw.facts.user,
                agent: raw.facts.agent,
                holder: raw.facts.holder,
                audience: raw.facts.audience,
            },
            unstated,
        };
        Verifier::new(settings)
            .map_err(|error| report.error(&at_facts, error.to_string()))
            .ok()
    });
    Checked {
        rules: verifier.map(|verifier| Rules {
            verifier,
            expiry_required: raw.expiry_required,
            users_are_people: raw.users_are_people,
        }),
        domains,
    }
}

fn facts(facts: &raw::Facts) -> [(&'static str, &str); 7] {
    [
        ("tool", &facts.tool),
        ("right", &facts.right),
        ("scope", &facts.scope),
        ("user", &facts.user),
        ("agent", &facts.agent),
        ("holder", &facts.holder),
        ("audience", &facts.audience),
    ]
}

/// A name that Datalog can write.
fn is_fact_name(name: &str) -> bool {
    name.starts_with(char::is_alphabetic)
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == ':')
}

fn roots(
    raw: &[raw::BiscuitAnchor],
    given: &Given<'_>,
    at: &At<'_>,
    report: &mut Report,
) -> Option<Roots> {
    if raw.is_empty() || raw.len() > MAX_ANCHORS {
        let message = format!("there are {}, 1 to {MAX_ANCHORS} are needed", raw.len());
        report.error(at, message);
        return None;
    }
    let all_names = raw.iter().map(|one| one.name.as_str());
    names::unique(all_names, at, "name", report);
    let all_issuers = raw.iter().map(|one| one.issuer.as_str());
    names::unique(all_issuers, at, "issuer", report);
    let mut roots = Vec::new();
    for (place, one) in raw.iter().enumerate() {
        let at = at.element(place);
        given.own_domain(&one.name, &at.member("name"), report);
        let at = at.member("keys");
        if one.keys.is_empty() {
            report.error(&at, "at least one root key is needed".to_owned());
        }
        for (place, root) in one.keys.iter().enumerate() {
            let at = at.element(place);
            roots.extend(key(&root.key, &at.member("key"), report).map(|key| Root {
                id: root.id,
                issuer: one.issuer.clone(),
                key,
            }));
        }
    }
    if roots.is_empty() {
        return None;
    }
    Roots::new(roots)
        .map_err(|error| report.error(at, error.to_string()))
        .ok()
}

fn third_parties(raw: &[raw::ThirdParty], at: &At<'_>, report: &mut Report) -> ThirdParties {
    let all_names = raw.iter().map(|one| one.name.as_str());
    names::unique(all_names, at, "name", report);
    let all_keys = raw.iter().map(|one| one.key.as_str());
    names::unique(all_keys, at, "key", report);
    let parties = raw.iter().enumerate().filter_map(|(place, one)| {
        let at = at.element(place);
        names::name(&one.name, &at.member("name"), report);
        let key = key(&one.key, &at.member("key"), report)?;
        Some((one.name.clone(), key))
    });
    ThirdParties::new(parties.collect::<Vec<_>>())
}

fn key(text: &str, at: &At<'_>, report: &mut Report) -> Option<Key> {
    text.parse()
        .map_err(|error: KeyError| report.error(at, error.to_string()))
        .ok()
}

fn limits(raw: &raw::BiscuitLimits, at: &At<'_>, report: &mut Report) -> Limits {
    let default = raw::BiscuitLimits::default();
    let mut bounded = |name: &'static str, value: u64, bounds, default: u64| {
        let at = at.member(name);
        let value = bounds::within(value, bounds, &at, report);
        report.raised(&at, value, default);
        value
    };
    let steps = bounded("steps", raw.steps, 10_000..=100_000_000, default.steps);
    let mut size =
        |name, value, bounds, default| bounds::size(bounded(name, value, bounds, default));
    Limits {
        bytes: size("bytes", raw.bytes, 256..=48 << 10, default.bytes),
        blocks: size("blocks", raw.blocks, 1..=33, default.blocks),
        keys: size("keys", raw.keys, 0..=64, default.keys),
        symbols: size("symbols", raw.symbols, 16..=4096, default.symbols),
        terms: size("terms", raw.terms, 64..=16_384, default.terms),
        source: size(
            "source_bytes",
            raw.source_bytes,
            1024..=1 << 18,
            default.source_bytes,
        ),
        facts: size("facts", raw.facts, 16..=4096, default.facts),
        rounds: size("rounds", raw.rounds, 1..=1024, default.rounds),
        steps,
    }
}
