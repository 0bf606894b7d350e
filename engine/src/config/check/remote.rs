//! Documents to be fetched: where from, and how often.

use super::bounds::within;
use super::names;
use super::report::{At, Report};
use crate::config::raw;
use crate::identity::documents::source::Source;
use crate::time::Seconds;

/// Checks where a document of `what` is fetched from.
pub(super) fn check(raw: raw::Remote, what: &str, at: &At<'_>, report: &mut Report) -> Source {
    url(&raw.url, what, &at.member("url"), report);
    cluster(&raw.cluster, &at.member("cluster"), report);
    let at_grace = at.member("grace_seconds");
    let mut span = |name, value, bounds| Seconds(within(value, bounds, &at.member(name), report));
    let source = Source {
        timeout: span("timeout_seconds", raw.timeout_seconds, 1..=30),
        refresh: span("refresh_seconds", raw.refresh_seconds, 30..=86_400),
        grace: span("grace_seconds", raw.grace_seconds, 0..=604_800),
        min_interval: span("min_interval_seconds", raw.min_interval_seconds, 1..=3_600),
        url: raw.url,
        cluster: raw.cluster,
    };
    report.raised(&at_grace, source.grace.0, raw::Remote::grace());
    source
}

/// Checks where documents of `what` are fetched from.
pub(super) fn url(url: &str, what: &str, at: &At<'_>, report: &mut Report) {
    if names::is_url(url, "http://") {
        let why = format!(
            "{what} are fetched without TLS, so that anybody on the way could replace them"
        );
        report.loosened(at, &why);
    } else if !names::is_url(url, "https://") {
        let message = format!("`{url}` is not an `https` URL without user and fragment");
        report.error(at, message);
    }
}

/// Checks what the gateway calls an upstream.
pub(super) fn cluster(name: &str, at: &At<'_>, report: &mut Report) {
    if !names::is_header_text(name) {
        let message = "a cluster's name is 1 to 256 visible ASCII characters";
        report.error(at, message.to_owned());
    }
}
