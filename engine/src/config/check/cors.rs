//! What pages in browsers may do.

use super::bounds::within;
use super::names;
use super::report::{At, Report};
use crate::config::raw;
use crate::operation::cors::CrossOrigin;
use crate::request::HeaderName;
use crate::time::Seconds;

pub(super) fn check(raw: raw::Cors, at: &At<'_>, report: &mut Report) -> CrossOrigin {
    if raw.origins.is_empty() {
        report.error(&at.member("origins"), "at least one is needed".to_owned());
    }
    names::origins(&raw.origins, &at.member("origins"), report);
    fields(
        &raw.allow_headers,
        true,
        &at.member("allow_headers"),
        report,
    );
    fields(
        &raw.expose_headers,
        false,
        &at.member("expose_headers"),
        report,
    );
    let at_age = at.member("max_age_seconds");
    CrossOrigin {
        max_age: Seconds(within(raw.max_age_seconds, 0..=86_400, &at_age, report)),
        origins: raw.origins,
        allow_headers: raw.allow_headers,
        expose_headers: raw.expose_headers,
    }
}

/// Checks names of header fields; where `open`, one may end in `*`, but not be it.
fn fields(names: &[String], open: bool, at: &At<'_>, report: &mut Report) {
    for (place, name) in names.iter().enumerate() {
        let literal = name.strip_suffix('*').filter(|_| open).unwrap_or(name);
        let sound = HeaderName::parse(literal).is_some_and(|parsed| parsed.as_str() == literal);
        if !sound || literal.contains('*') {
            let message = format!("`{name}` is not the name of a header field in lower case");
            report.error(&at.element(place), message);
        }
    }
}
