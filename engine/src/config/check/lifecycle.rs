//! When credentials end before they expire.

use super::bounds::{size, within};
use super::remote;
use super::report::{At, Report};
use crate::config::raw;
use crate::identity::documents::source::Source;
use crate::identity::revocation::{DenyList, RevocationRules};
use crate::identity::standing::Lifecycle;
use crate::identity::status::rules::{Check, ListRules, StatusRules};
use crate::time::{Seconds, UnixTime};

/// The most places where one issuer's status lists stand.
const MAX_PLACES: usize = 32;

/// What an issuer's configuration says of its tokens' end.
pub(super) fn of_issuer(
    max_age: Option<u64>,
    not_issued_before: Option<&raw::Moment>,
    status: raw::Status,
    at: &At<'_>,
    report: &mut Report,
) -> Lifecycle {
    let at_age = at.member("max_age_seconds");
    let at_moment = at.member("not_issued_before");
    Lifecycle {
        max_age: max_age.map(|age| Seconds(within(age, 1..=2_592_000, &at_age, report))),
        not_issued_before: not_issued_before.map(|raw| moment(raw, &at_moment, report)),
        status: status_rules(status, &at.member("status"), report),
    }
}

pub(super) fn moment(raw: &raw::Moment, at: &At<'_>, report: &mut Report) -> UnixTime {
    match raw {
        raw::Moment::Seconds(seconds) => UnixTime(*seconds),
        raw::Moment::Timestamp(text) => UnixTime::parse(text).unwrap_or_else(|| {
            let message = format!("`{text}` is not a moment in UTC such as `2026-11-24T05:46:02Z`");
            report.error(at, message);
            UnixTime(u64::MAX)
        }),
    }
}

fn status_rules(raw: raw::Status, at: &At<'_>, report: &mut Report) -> StatusRules {
    let check = match raw.check {
        raw::StatusCheck::Present => Check::Present,
        raw::StatusCheck::Required => Check::Required,
        raw::StatusCheck::Ignore => {
            let why = "tokens are accepted until they expire, also where their issuer publishes that they are revoked";
            report.loosened(&at.member("check"), why);
            Check::Ignore
        }
    };
    let at_lists = at.member("lists");
    if check == Check::Required && raw.lists.is_empty() {
        let message = "at least one is needed: with none, no token could be accepted";
        report.error(&at_lists, message.to_owned());
    }
    if raw.lists.len() > MAX_PLACES {
        let message = format!(
            "there are {} places, expected at most {MAX_PLACES}",
            raw.lists.len()
        );
        report.error(&at_lists, message);
    }
    let bytes = within(
        raw.max_list_bytes,
        64..=1 << 24,
        &at.member("max_list_bytes"),
        report,
    );
    StatusRules {
        check,
        max_list_bytes: size(bytes),
        lists: raw
            .lists
            .into_iter()
            .enumerate()
            .map(|(place, lists)| list_rules(lists, &at_lists.element(place), report))
            .collect(),
    }
}

fn list_rules(raw: raw::StatusLists, at: &At<'_>, report: &mut Report) -> ListRules {
    let is_prefix = raw.url_prefix.is_some();
    let url = match (raw.url, raw.url_prefix) {
        (Some(url), None) => {
            remote::url(&url, "status lists", &at.member("url"), report);
            url
        }
        (None, Some(prefix)) => {
            let at = at.member("url_prefix");
            remote::url(&prefix, "status lists", &at, report);
            // Without a path, a prefix could end within the host's name.
            let path = prefix.splitn(4, '/').nth(3);
            if !prefix.ends_with('/') || path.is_none() || prefix.contains('?') {
                let message = "expected an address that ends in `/`, without a query";
                report.error(&at, message.to_owned());
            }
            prefix
        }
        (Some(_), Some(_)) | (None, None) => {
            report.error(at, "expected either `url` or `url_prefix`".to_owned());
            String::new()
        }
    };
    remote::cluster(&raw.cluster, &at.member("cluster"), report);
    let at_grace = at.member("grace_seconds");
    report.raised(&at_grace, raw.grace_seconds, raw::StatusLists::grace());
    let kept = size(within(raw.kept, 1..=256, &at.member("kept"), report));
    let mut span = |name, value, bounds| Seconds(within(value, bounds, &at.member(name), report));
    let rules = ListRules {
        min_refresh: span("min_refresh_seconds", raw.min_refresh_seconds, 1..=3_600),
        kept: is_prefix.then_some(kept),
        source: Source {
            timeout: span("timeout_seconds", raw.timeout_seconds, 1..=30),
            refresh: span("refresh_seconds", raw.refresh_seconds, 5..=86_400),
            grace: span("grace_seconds", raw.grace_seconds, 0..=604_800),
            min_interval: span("min_interval_seconds", raw.min_interval_seconds, 1..=3_600),
            url,
            cluster: raw.cluster,
        },
    };
    if rules.min_refresh > rules.source.refresh {
        let message = "it is longer than `refresh_seconds`";
        report.error(&at.member("min_refresh_seconds"), message.to_owned());
    }
    rules
}

/// The deny-lists.
pub(super) fn revocations(
    raw: raw::Revocations,
    at: &At<'_>,
    report: &mut Report,
) -> RevocationRules {
    let inline = match raw
        .inline
        .map(|list| DenyList::read(list.to_string().as_bytes()))
    {
        None => DenyList::default(),
        Some(Ok(list)) => list,
        Some(Err(error)) => {
            report.error(&at.member("inline"), error.to_string());
            DenyList::default()
        }
    };
    if !raw.required {
        let why = "as long as the fetched deny-list can't be had, what stands on it is accepted";
        report.loosened(&at.member("required"), why);
    }
    RevocationRules {
        inline,
        remote: raw
            .remote
            .map(|raw| remote::check(raw, "revocations", &at.member("remote"), report)),
        required: raw.required,
    }
}
