//! Counters in the gateway's own statistics.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bailiwick_engine::decision::served::Served;
use bailiwick_engine::decision::{Reason, Shadow};
use bailiwick_engine::identity::documents::DocumentKind;

use crate::host::{self, CounterId};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A request was permitted and went on.
    Allowed,
    /// A request was refused.
    Denied(Reason),
    /// Policies in shadow would have permitted a request, or by others.
    ShadowAllowed,
    /// Policies in shadow would have refused a request, or for another reason.
    ShadowDenied(Reason),
    /// A request was answered by the gate itself, without a decision.
    Served(Served),
    /// A credential was found among those verified before.
    TokenRemembered,
    /// A credential was verified, or refused.
    TokenExamined,
    /// This worker fetched a document.
    DocumentFetched(DocumentKind),
    /// This worker took over a document that another fetched.
    DocumentTaken(DocumentKind),
    /// A document could not be fetched, or not be read.
    DocumentFailed(DocumentKind),
    /// The service that counts for all gateways was asked what a session has done.
    SessionAsked,
    /// It gave no answer.
    SessionUnanswered,
    /// A task that an answer names could not be remembered.
    TaskUnremembered,
    /// A configuration was loaded.
    ConfigurationLoaded,
    /// A configuration was rejected.
    ConfigurationRejected,
}

impl Event {
    /// The counter's name. In Envoy it appears as `wasmcustom.NAME`.
    fn name(self) -> Cow<'static, str> {
        match self {
            Self::Allowed => "bailiwick.decisions.allow".into(),
            Self::Denied(reason) => format!("bailiwick.decisions.deny.{}", reason.code()).into(),
            Self::ShadowAllowed => "bailiwick.shadow.allow".into(),
            Self::ShadowDenied(reason) => format!("bailiwick.shadow.deny.{}", reason.code()).into(),
            Self::Served(served) => format!("bailiwick.served.{}", served.name()).into(),
            Self::TokenRemembered => "bailiwick.tokens.remembered".into(),
            Self::TokenExamined => "bailiwick.tokens.examined".into(),
            Self::DocumentFetched(kind) => format!("bailiwick.{}.fetched", kind.name()).into(),
            Self::DocumentTaken(kind) => format!("bailiwick.{}.taken", kind.name()).into(),
            Self::DocumentFailed(kind) => format!("bailiwick.{}.failed", kind.name()).into(),
            Self::SessionAsked => "bailiwick.sessions.asked".into(),
            Self::SessionUnanswered => "bailiwick.sessions.unanswered".into(),
            Self::TaskUnremembered => "bailiwick.tasks.unremembered".into(),
            Self::ConfigurationLoaded => "bailiwick.configurations.loaded".into(),
            Self::ConfigurationRejected => "bailiwick.configurations.rejected".into(),
        }
    }
}

impl From<&Shadow> for Event {
    fn from(would_be: &Shadow) -> Self {
        match would_be {
            Shadow::Allow { .. } => Self::ShadowAllowed,
            Shadow::Deny(denial) => Self::ShadowDenied(denial.reason()),
        }
    }
}

/// How much is counted at most before the host is told, so that a host without ticks learns of it too.
const MOST_UNTOLD: u32 = 4096;

/// The counters that were needed so far. The host is told on each tick what was added since: a call for each request would cost
/// more than what it counts.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    counters: BTreeMap<Event, Counter>,
    /// How often something was counted since the host was told.
    untold: u32,
}

#[derive(Debug)]
struct Counter {
    /// None on a host without metrics.
    id: Option<CounterId>,
    untold: u64,
}

impl Metrics {
    /// Counts one.
    pub(crate) fn count(&mut self, event: Event) {
        self.count_times(event, 1);
    }

    /// Counts several at once, or none.
    pub(crate) fn count_times(&mut self, event: Event, times: u64) {
        if times == 0 {
            return;
        }
        let counter = self.counters.entry(event).or_insert_with(|| Counter {
            id: host::define_counter(&event.name()).ok(),
            untold: 0,
        });
        counter.untold = counter.untold.saturating_add(times);
        self.untold = self.untold.saturating_add(1);
        if self.untold >= MOST_UNTOLD {
            self.tell();
        }
    }

    /// Tells the host what was counted since it was told last.
    pub(crate) fn tell(&mut self) {
        self.untold = 0;
        for counter in self.counters.values_mut() {
            let added = std::mem::take(&mut counter.untold);
            // Hosts refuse to add zero.
            if let (Some(id), 1..) = (counter.id, added) {
                // A counter that the host forgot is no reason to refuse a request.
                let _uncounted = host::count(id, added);
            }
        }
    }
}
