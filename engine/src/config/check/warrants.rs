//! Warrants: whose count, and how they are judged.

use super::report::{At, Report};
use super::{biscuits, bounds, issuers, names};
use crate::config::raw;
use crate::credential;
use crate::delegation::aat;
use crate::delegation::warrant::Rules;
use crate::identity::issuer::IssuerName;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::jwk::KeyUse;
use crate::identity::jose::keyset::KeySet;
use crate::json::place;
use crate::request::HeaderName;
use crate::time::Seconds;

/// Header fields with a meaning of their own, which a warrant can't take.
const RESERVED: [&str; 12] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "dpop",
    "host",
    "signature",
    "signature-input",
    "transfer-encoding",
    "txn-token",
    "workload-identity-token",
];

/// What warrants must not collide with, checked before.
pub(super) struct Given<'a> {
    /// Where another credential is looked for.
    pub(super) credential: &'a credential::Rules,
    /// The names of trust domains that are in use.
    pub(super) taken: Vec<IssuerName>,
}

impl Given<'_> {
    /// Checks the name of an anchor's trust domain.
    pub(super) fn own_domain(&self, name: &str, at: &At<'_>, report: &mut Report) {
        names::domain(name, at, report);
        if self.taken.iter().any(|taken| *taken.0 == *name) {
            let message = format!("`{name}` is the name of another trust domain");
            report.error(at, message);
        }
    }
}

/// The most anchors of one format that one gate has, and the most keys of all of them.
pub(super) const MAX_ANCHORS: usize = 64;

pub(super) fn check(
    raw: Option<raw::Warrants>,
    given: &Given<'_>,
    at: &At<'_>,
    report: &mut Report,
) -> Option<Rules> {
    let raw = raw?;
    let header = HeaderName::parse(&raw.header);
    let header = header
        .filter(|name| *name != given.credential.header && !RESERVED.contains(&name.as_str()));
    if header.is_none() {
        let message = format!(
            "`{}` is not the name of a header field of its own",
            raw.header
        );
        report.error(&at.member("header"), message);
    }
    if raw.meta.is_empty() || raw.meta.len() > 256 {
        let message = "a name of 1 to 256 bytes is needed, such as `dev.bailiwick/warrant`";
        report.error(&at.member("meta"), message.to_owned());
    }
    let names = raw.body.map(|pointer| {
        let tokens = place::tokens(&pointer).filter(|_| pointer.len() <= 256);
        tokens.unwrap_or_else(|| {
            let message =
                format!("`{pointer}` is not a JSON Pointer of 1 to 256 bytes, such as `/warrant`");
            report.error(&at.member("body"), message);
            Vec::new()
        })
    });
    if raw.forward {
        let why = "chains and proofs are passed on to the upstream";
        report.loosened(&at.member("forward"), why);
    }
    if raw.aat.is_none() && raw.biscuit.is_none() {
        let message = "either `aat` or `biscuit` is needed, or else no warrant could count";
        report.error(at, message.to_owned());
    }
    let anchors = raw.aat.iter().flat_map(|aat| &aat.anchors);
    let mut domains: Vec<_> = anchors
        .map(|anchor| {
            (
                anchor.issuer.clone(),
                IssuerName(anchor.name.as_str().into()),
            )
        })
        .collect();
    let aat = raw
        .aat
        .map(|raw| of_aat(raw, given, &at.member("aat"), report));
    let mut biscuit = None;
    if let Some(raw) = raw.biscuit {
        let at = at.member("biscuit");
        let checked = biscuits::check(raw, given, &at, report);
        same_owners(&checked.domains, &domains, &at.member("anchors"), report);
        domains.extend(checked.domains);
        biscuit = checked.rules;
    }
    Some(Rules {
        header: header.unwrap_or_else(|| given.credential.header.clone()),
        member: raw.meta.into(),
        names,
        forward: raw.forward,
        aat,
        biscuit,
        domains,
    })
}

/// Checks that a name or an issuer that both formats have stands for the same in both.
fn same_owners(
    domains: &[(String, IssuerName)],
    others: &[(String, IssuerName)],
    at: &At<'_>,
    report: &mut Report,
) {
    for (place, (issuer, name)) in domains.iter().enumerate() {
        let mut others = others.iter();
        if others.any(|(other, theirs)| (other == issuer) != (theirs == name)) {
            let message =
                format!("`{name}` and `{issuer}` belong together here, and not in `warrants.aat`");
            report.error(&at.element(place), message);
        }
    }
}

fn of_aat(raw: raw::Aat, given: &Given<'_>, at: &At<'_>, report: &mut Report) -> aat::Rules {
    let raw::AatProfile::Aat02 = raw.profile;
    let at_algorithms = at.member("algorithms");
    let algorithms = issuers::algorithms(&raw.algorithms, &at_algorithms, report);
    if !algorithms.contains(&Algorithm::Ed25519) {
        let message = "`Ed25519` is not among them, which every chain may use (section 9.12)";
        report.error(&at_algorithms, message.to_owned());
    }
    if algorithms.contains(&Algorithm::EdDsa) {
        let message = "`EdDSA` is never accepted by that name (section 9.12): use `Ed25519`";
        report.error(&at_algorithms, message.to_owned());
    }
    if raw.audiences.is_empty() && (raw.audience_required || raw.proof_audience_required) {
        let message = "at least one is needed, or else no chain could name this gate";
        report.error(&at.member("audiences"), message.to_owned());
    }
    if !raw.audience_required {
        let why = "chains that are for everybody are accepted";
        report.loosened(&at.member("audience_required"), why);
    }
    let mut within = |name: &'static str, value: u64, bounds, default: u64| {
        let at = at.member(name);
        let value = bounds::within(value, bounds, &at, report);
        report.raised(&at, value, default);
        value
    };
    let limits = aat::Limits {
        proof_window: Seconds(within(
            "proof_window_seconds",
            raw.proof_window_seconds,
            1..=60,
            raw::Aat::proof_window(),
        )),
        max_token_lifetime: Seconds(within(
            "max_lifetime_seconds",
            raw.max_lifetime_seconds,
            1..=31_536_000,
            raw::Aat::max_lifetime(),
        )),
        max_delegation_depth: within("max_depth", raw.max_depth, 8..=32, raw::Aat::max_depth()),
        ..aat::Limits::default()
    };
    aat::Rules {
        anchors: anchors(
            &raw.anchors,
            &algorithms,
            given,
            &at.member("anchors"),
            report,
        ),
        algorithms,
        audiences: raw.audiences,
        chain_audience_required: raw.audience_required,
        proof_audience_required: raw.proof_audience_required,
        limits,
    }
}

fn anchors(
    raw: &[raw::Anchor],
    algorithms: &[Algorithm],
    given: &Given<'_>,
    at: &At<'_>,
    report: &mut Report,
) -> Vec<aat::Anchor> {
    if raw.is_empty() || raw.len() > MAX_ANCHORS {
        let message = format!("there are {}, 1 to {MAX_ANCHORS} are needed", raw.len());
        report.error(at, message);
    }
    names::unique(raw.iter().map(|one| one.name.as_str()), at, "name", report);
    names::unique(
        raw.iter().map(|one| one.issuer.as_str()),
        at,
        "issuer",
        report,
    );
    let mut anchors = Vec::new();
    for (place, one) in raw.iter().enumerate() {
        let at = at.element(place);
        given.own_domain(&one.name, &at.member("name"), report);
        let document = one.keys.to_string();
        match KeySet::parse(document.as_bytes(), algorithms, KeyUse::Signature) {
            Ok(set) => anchors.extend(set.keys().iter().map(|jwk| aat::Anchor {
                issuer: one.issuer.clone(),
                jwk: jwk.clone(),
            })),
            Err(error) => report.error(&at.member("keys"), error.to_string()),
        }
    }
    // A root is tried with each, before anything of it is believed.
    if anchors.len() > MAX_ANCHORS {
        let message = format!("there are {} keys, at most {MAX_ANCHORS}", anchors.len());
        report.error(at, message);
    }
    anchors
}
