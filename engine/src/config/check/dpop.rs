//! DPoP: what is asked of proofs.

use super::bounds::{size, within};
use super::issuers::algorithms;
use super::names;
use super::report::{At, Report};
use crate::config::{DpopRules, raw};
use crate::identity::binding::dpop::{NonceMode, Rules};
use crate::identity::nonce::Seed;
use crate::time::Seconds;

/// Checks the section; without one the defaults hold. `is_asked_for` says whether any issuer's tokens must be bound.
pub(super) fn check(
    raw: Option<raw::Dpop>,
    is_asked_for: bool,
    at: &At<'_>,
    report: &mut Report,
) -> DpopRules {
    let default = raw::Dpop::default();
    let offered = raw.is_some() || is_asked_for;
    let raw = raw.unwrap_or_default();
    let mut span = |name, value, bounds, default| {
        let at = at.member(name);
        let value = within(value, bounds, &at, report);
        report.raised(&at, value, default);
        Seconds(value)
    };
    let max_age = span(
        "max_age_seconds",
        raw.max_age_seconds,
        5..=600,
        default.max_age_seconds,
    );
    let clock_skew = span(
        "clock_skew_seconds",
        raw.clock_skew_seconds,
        0..=60,
        default.clock_skew_seconds,
    );
    let nonce_step = span(
        "nonce_seconds",
        raw.nonce_seconds,
        10..=3600,
        default.nonce_seconds,
    );
    let entries = within(
        raw.replay_entries,
        16_384..=1_048_576,
        &at.member("replay_entries"),
        report,
    );
    DpopRules {
        proofs: Rules {
            algorithms: algorithms(&raw.algorithms, &at.member("algorithms"), report),
            max_age,
            clock_skew,
            nonce: match raw.nonce {
                raw::Nonce::Off => NonceMode::Off,
                raw::Nonce::Offered => NonceMode::Offered,
                raw::Nonce::Required => NonceMode::Required,
            },
        },
        nonce_step,
        nonce_secret: secret(raw.nonce_secret, &at.member("nonce_secret"), report),
        replay_entries: size(entries),
        offered,
    }
}

/// The message never shows what stands there.
fn secret(raw: Option<String>, at: &At<'_>, report: &mut Report) -> Option<Seed> {
    let text = raw?;
    if !(32..=256).contains(&text.len()) || !names::is_header_text(&text) {
        let message = "a secret is 32 to 256 visible ASCII characters without quote and backslash";
        report.error(at, message.to_owned());
    }
    Some(Seed::of_text(&text))
}
