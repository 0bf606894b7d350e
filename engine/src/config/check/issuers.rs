//! Issuers: whose tokens are accepted, and on what terms.

use super::bounds::within;
use super::report::{At, Report};
use super::{lifecycle, names, remote};
use crate::config::raw;
use crate::identity::binding::workload::{ProofKind, ProofRules};
use crate::identity::ci::{CiFact, CiRules};
use crate::identity::issuer::{ClaimNames, Issuer, IssuerName, KeySource, TokenProfile};
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::jwk::KeyUse;
use crate::identity::jose::keyset::KeySet;
use crate::identity::spiffe_id::TrustDomain;
use crate::suggestion::nearest;
use crate::time::Seconds;

/// How long a proof of a workload's key may live.
const MAX_PROOF_LIFETIME: Seconds = Seconds(300);

/// The most issuers that one gate has.
const MAX_ISSUERS: usize = 64;

pub(super) fn check(
    raw: Vec<raw::Issuer>,
    at_least: usize,
    every_route_has_audience: bool,
    at: &At<'_>,
    report: &mut Report,
) -> Vec<Issuer> {
    if !(at_least..=MAX_ISSUERS).contains(&raw.len()) {
        let message = format!(
            "there are {} issuers, expected {at_least} to {MAX_ISSUERS}",
            raw.len()
        );
        report.error(at, message);
    }
    names::unique(raw.iter().map(|one| one.name.as_str()), at, "name", report);
    unique_identifiers(&raw, at, report);
    raw.into_iter()
        .enumerate()
        .map(|(place, one)| issuer(one, every_route_has_audience, &at.element(place), report))
        .collect()
}

/// Keys belong to the issuer that a token names; with two of one identifier that would be chance. A trust domain may be there
/// once for each kind of its identities, which are told apart before.
fn unique_identifiers(raw: &[raw::Issuer], at: &At<'_>, report: &mut Report) {
    let is_of_trust_domain = |profile| matches!(profile, raw::Profile::JwtSvid | raw::Profile::Wit);
    for (place, one) in raw.iter().enumerate() {
        let is_same = |other: &raw::Issuer| {
            let both_domains = is_of_trust_domain(one.profile) && is_of_trust_domain(other.profile);
            one.issuer == other.issuer && (one.profile == other.profile || !both_domains)
        };
        if let Some(earlier) = raw.iter().take(place).position(is_same) {
            let message = format!(
                "`{}` is the `issuer` of `{at}[{earlier}]` already",
                one.issuer
            );
            report.error(&at.element(place).member("issuer"), message);
        }
    }
}

fn issuer(
    raw: raw::Issuer,
    every_route_has_audience: bool,
    at: &At<'_>,
    report: &mut Report,
) -> Issuer {
    names::domain(&raw.name, &at.member("name"), report);
    if raw.issuer.is_empty() || raw.issuer.len() > 1024 {
        let message = "an issuer's identifier has 1 to 1024 bytes";
        report.error(&at.member("issuer"), message.to_owned());
    }
    if raw.audiences.iter().any(String::is_empty) {
        report.error(
            &at.member("audiences"),
            "an audience is not empty".to_owned(),
        );
    }
    let is_for_somebody = match raw.profile {
        raw::Profile::TransactionToken => false,
        raw::Profile::Wit => true,
        raw::Profile::Rfc9068
        | raw::Profile::Jwt
        | raw::Profile::JwtSvid
        | raw::Profile::GithubActions
        | raw::Profile::Gitlab
        | raw::Profile::Ci => every_route_has_audience,
    };
    if raw.audiences.is_empty() && !is_for_somebody {
        let message = "at least one is needed, unless every route has an `audience`: without it a token for any service \
                       would be accepted";
        report.error(&at.member("audiences"), message.to_owned());
    }
    let at_algorithms = at.member("algorithms");
    let algorithms = algorithms(&raw.algorithms, &at_algorithms, report);
    let polymorphic = Algorithm::EdDsa.name();
    if let Some(place) = raw.algorithms.iter().position(|name| name == polymorphic) {
        let why = "`EdDSA` does not say which curve; `Ed25519` does (RFC 9864)";
        report.loosened(&at_algorithms.element(place), why);
    }
    let profile = profile(&raw, at, report);
    if profile.is_of_trust_domain() {
        trust_domain(&raw, &algorithms, at, report);
    }
    Issuer {
        keys: keys(
            raw.keys,
            &algorithms,
            profile.key_use(),
            &at.member("keys"),
            report,
        ),
        profile,
        name: IssuerName(raw.name.into()),
        identifier: raw.issuer,
        audiences: raw.audiences,
        algorithms,
        clock_skew: bounded(
            raw.clock_skew_seconds,
            0..=300,
            raw::Issuer::clock_skew(),
            &at.member("clock_skew_seconds"),
            report,
        ),
        max_lifetime: bounded(
            raw.max_lifetime_seconds,
            60..=2_592_000,
            raw::Issuer::max_lifetime(),
            &at.member("max_lifetime_seconds"),
            report,
        ),
        claims: claims(raw.claims, &at.member("claims"), report),
        lifecycle: lifecycle::of_issuer(
            raw.max_age_seconds,
            raw.not_issued_before.as_ref(),
            raw.status,
            at,
            report,
        ),
        sender_constrained: raw.sender_constrained,
    }
}

/// A span that protects: within its bounds, and noted where it is longer than by default.
pub(super) fn bounded(
    value: u64,
    bounds: std::ops::RangeInclusive<u64>,
    default: u64,
    at: &At<'_>,
    report: &mut Report,
) -> Seconds {
    let value = within(value, bounds, at, report);
    report.raised(at, value, default);
    Seconds(value)
}

fn profile(raw: &raw::Issuer, at: &At<'_>, report: &mut Report) -> TokenProfile {
    if raw.proof.is_some() != (raw.profile == raw::Profile::Wit) {
        let message =
            "the profile `wit` needs one, `wpt-02` or `http-signature-07`, and no other has one";
        report.error(&at.member("proof"), message.to_owned());
    }
    if raw.ci.is_some() && raw.profile != raw::Profile::Ci {
        let message = "only the profile `ci` has one; the others know their claims";
        report.error(&at.member("ci"), message.to_owned());
    }
    match raw.profile {
        raw::Profile::Rfc9068 => TokenProfile::Rfc9068,
        raw::Profile::Jwt => {
            let why = "tokens need no type of their own, so only their audience tells them from other JWTs of the issuer";
            report.loosened(&at.member("profile"), why);
            TokenProfile::PlainJwt
        }
        raw::Profile::JwtSvid => TokenProfile::JwtSvid,
        raw::Profile::Wit => TokenProfile::Wit(ProofRules {
            kind: match raw.proof {
                Some(raw::Proof::HttpSignature07) => ProofKind::HttpSignature07,
                // Without one it is an error, noted above.
                Some(raw::Proof::Wpt02) | None => ProofKind::Wpt02,
            },
            max_lifetime: MAX_PROOF_LIFETIME,
            clock_skew: Seconds(raw.clock_skew_seconds),
        }),
        raw::Profile::TransactionToken => TokenProfile::TransactionToken,
        raw::Profile::GithubActions => TokenProfile::Ci(CiRules::github_actions()),
        raw::Profile::Gitlab => TokenProfile::Ci(CiRules::gitlab()),
        raw::Profile::Ci => {
            let names = raw.ci.clone().unwrap_or_default();
            TokenProfile::Ci(ci_rules(names, &at.member("ci"), report))
        }
    }
}

fn ci_rules(raw: raw::NamedLists, at: &At<'_>, report: &mut Report) -> CiRules {
    let mut names = Vec::with_capacity(raw.len());
    for (fact, claims) in raw {
        let at = at.member(&fact);
        check_claim_names(&claims, &at, report);
        match CiFact::named(&fact) {
            Some(fact) => names.push((fact, claims)),
            None => {
                let known = CiFact::ALL.map(CiFact::name);
                let message = format!("`{fact}` is not one of `{}`", known.join("`, `"));
                report.suggest(&at, message, nearest(&fact, known));
            }
        }
    }
    let has_repository =
        |(fact, claims): &(CiFact, Vec<String>)| *fact == CiFact::Repository && !claims.is_empty();
    if !names.iter().any(has_repository) {
        let message = "`repository` needs a claim: without it nothing says whose job has the token";
        report.error(at, message.to_owned());
    }
    CiRules {
        provider: "ci",
        names,
    }
}

/// The `issuer` of workload identities, and what JWT-SVIDs may be signed with (SPIFFE JWT-SVID, section 2.1).
fn trust_domain(raw: &raw::Issuer, algorithms: &[Algorithm], at: &At<'_>, report: &mut Report) {
    if let Err(error) = TrustDomain::parse(&raw.issuer) {
        report.error(&at.member("issuer"), error.to_string());
    }
    let at_algorithms = at.member("algorithms");
    for (place, algorithm) in algorithms.iter().enumerate() {
        if raw.profile == raw::Profile::JwtSvid && algorithm.is_same_as(Algorithm::Ed25519) {
            let message = format!("no JWT-SVID is signed with `{algorithm}`");
            report.error(&at_algorithms.element(place), message);
        }
    }
}

/// The algorithms of these names, each once; at least one.
pub(super) fn algorithms(raw: &[String], at: &At<'_>, report: &mut Report) -> Vec<Algorithm> {
    if raw.is_empty() {
        report.error(at, "at least one is needed".to_owned());
    }
    let mut algorithms = Vec::new();
    for (place, name) in raw.iter().enumerate() {
        let at = at.element(place);
        match name.parse() {
            Ok(algorithm) if algorithms.contains(&algorithm) => {
                report.error(&at, format!("`{name}` stands there twice"));
            }
            Ok(algorithm) => algorithms.push(algorithm),
            Err(_) => {
                let known = Algorithm::ALL.map(Algorithm::name);
                let message = format!("`{name}` is not one of `{}`", known.join("`, `"));
                report.suggest(&at, message, nearest(name, known));
            }
        }
    }
    algorithms
}

/// Where keys come from, of which those for one of `allowed` and for the use `wanted` count.
pub(super) fn keys(
    raw: raw::Keys,
    allowed: &[Algorithm],
    wanted: KeyUse,
    at: &At<'_>,
    report: &mut Report,
) -> KeySource {
    match raw {
        raw::Keys::Inline(document) => {
            let text = document.to_string();
            if let Err(error) = KeySet::parse(text.as_bytes(), allowed, wanted) {
                report.error(&at.member("inline"), error.to_string());
            }
            KeySource::Inline(text)
        }
        raw::Keys::Remote(raw) => {
            KeySource::Remote(remote::check(raw, "keys", &at.member("remote"), report))
        }
    }
}

fn claims(raw: raw::Claims, at: &At<'_>, report: &mut Report) -> ClaimNames {
    let mut named = |member: &str, names: Vec<String>| {
        check_claim_names(&names, &at.member(member), report);
        names
    };
    ClaimNames {
        agent: named("agent", raw.agent),
        user: named("user", raw.user),
        client: named("client", raw.client),
        task: named("task", raw.task),
        session: named("session", raw.session),
        purpose: named("purpose", raw.purpose),
        tools: named("tools", raw.tools),
        scope: named("scope", raw.scope),
        groups: named("groups", raw.groups),
        person: named("person", raw.person),
    }
}

fn check_claim_names(names: &[String], at: &At<'_>, report: &mut Report) {
    let sound = |name: &String| (1..=256).contains(&name.len());
    if names.len() > 8 || !names.iter().all(sound) {
        let message = "expected at most 8 names of 1 to 256 bytes";
        report.error(at, message.to_owned());
    }
}
