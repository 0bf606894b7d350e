//! Client certificates: whose are believed.

use super::names;
use super::report::{At, Report};
use crate::config::raw;
use crate::digest::Digest;
use crate::identity::certificate::{CertificateRules, Hop, TrustedDomain};
use crate::identity::issuer::{Issuer, IssuerName};
use crate::identity::signature::agent::SignatureAgent;
use crate::identity::spiffe_id::{SpiffeId, TrustDomain};

/// The most trust domains, and the most hops.
const MAX_ENTRIES: usize = 64;

pub(super) fn check(
    raw: raw::ClientCertificates,
    others: (&[Issuer], &[SignatureAgent]),
    at: &At<'_>,
    report: &mut Report,
) -> CertificateRules {
    let names_workloads = raw.trusted_hops.iter().any(|hop| hop.spiffe_id.is_some());
    if raw.verified_by.is_none() && (!raw.trust_domains.is_empty() || names_workloads) {
        let message = "`gateway` is needed, if every listener verifies client certificates: without that anybody can make a \
                       certificate with any name";
        report.error(&at.member("verified_by"), message.to_owned());
    }
    let (at_domains, at_hops) = (at.member("trust_domains"), at.member("trusted_hops"));
    for (at, length) in [
        (&at_domains, raw.trust_domains.len()),
        (&at_hops, raw.trusted_hops.len()),
    ] {
        if length > MAX_ENTRIES {
            report.error(
                at,
                format!("there are {length}, expected at most {MAX_ENTRIES}"),
            );
        }
    }
    let domains = &raw.trust_domains;
    names::unique(
        domains.iter().map(|one| one.name.as_str()),
        &at_domains,
        "name",
        report,
    );
    let of_domains = domains.iter().map(|one| one.trust_domain.as_str());
    names::unique(of_domains, &at_domains, "trust_domain", report);
    if raw.trust_domains.len() > 1 {
        let why = "the listener has to keep the trust domains apart, as Envoy's SPIFFE validator does; with one `trusted_ca` \
                   for all of them each authority can issue names of every other";
        report.loosened(&at_domains, why);
    }
    CertificateRules {
        trust_domains: raw
            .trust_domains
            .into_iter()
            .enumerate()
            .filter_map(|(place, one)| domain(one, others, &at_domains.element(place), report))
            .collect(),
        hops: raw
            .trusted_hops
            .iter()
            .enumerate()
            .filter_map(|(place, one)| hop(one, &at_hops.element(place), report))
            .collect(),
    }
}

fn domain(
    raw: raw::CertificateDomain,
    (issuers, agents): (&[Issuer], &[SignatureAgent]),
    at: &At<'_>,
    report: &mut Report,
) -> Option<TrustedDomain> {
    names::domain(&raw.name, &at.member("name"), report);
    let other = issuers.iter().find(|issuer| *issuer.name.0 == *raw.name);
    if other.is_some_and(|issuer| {
        !(issuer.profile.is_of_trust_domain() && issuer.identifier == raw.trust_domain)
    }) {
        let message = format!(
            "`{}` is the name of an issuer that is another trust domain",
            raw.name
        );
        report.error(&at.member("name"), message);
    }
    if agents.iter().any(|agent| *agent.name.0 == *raw.name) {
        let message = format!("`{}` is the name of a signature agent", raw.name);
        report.error(&at.member("name"), message);
    }
    match TrustDomain::parse(&raw.trust_domain) {
        Ok(trust_domain) => Some(TrustedDomain {
            name: IssuerName(raw.name.into()),
            trust_domain,
        }),
        Err(error) => {
            report.error(&at.member("trust_domain"), error.to_string());
            None
        }
    }
}

fn hop(raw: &raw::TrustedHop, at: &At<'_>, report: &mut Report) -> Option<Hop> {
    match (&raw.spiffe_id, &raw.sha256) {
        (Some(id), None) => match SpiffeId::parse(id) {
            Ok(id) => Some(Hop::Workload(id)),
            Err(error) => {
                report.error(&at.member("spiffe_id"), error.to_string());
                None
            }
        },
        (None, Some(digest)) => {
            let digest = Digest::from_hex(digest.as_bytes());
            if digest.is_none() {
                let message = "expected 64 hexadecimal digits";
                report.error(&at.member("sha256"), message.to_owned());
            }
            digest.map(Hop::Certificate)
        }
        (Some(_), Some(_)) | (None, None) => {
            let message = "exactly one of `spiffe_id` and `sha256` is needed";
            report.error(at, message.to_owned());
            None
        }
    }
}
