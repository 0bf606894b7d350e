//! What several gateways know of a session together: counters in a service that speaks Envoy's rate-limit protocol,
//! `envoy.service.ratelimit.v3.RateLimitService`.
//!
//! Every label and every counter is a descriptor: what it is, and a digest of the session's name and of the period that is
//! counted in, so that the service learns no fact of a token. Before policy judges, the service is asked without counting
//! (`hits_addend` 0); before a permitted call goes on, it counts what the call does and says in the same answer what stood
//! there, and the call is judged by that anew. What is counted stands first in the question: of two calls at the same moment one
//! sees the other, where the service takes the descriptors of a question in their order.
//!
//! The periods are ours and not the service's: it may keep a counter for longer than a period, but not for less.

mod message;

use std::collections::BTreeMap;
use std::time::Duration;

use prost::Message as _;

use self::message::{
    Code, Descriptor, Entry, RateLimitRequest, RateLimitResponse, UInt64Value, Unit,
};
use super::{Done, Fact, Key, SessionError, Sessions};
use crate::digest::Digest;
use crate::time::{Seconds, UnixTime};

/// The gRPC service that is asked.
pub const SERVICE: &str = "envoy.service.ratelimit.v3.RateLimitService";

/// Its one method.
pub const METHOD: &str = "ShouldRateLimit";

/// The longest answer that is read, in bytes.
pub const MAX_ANSWER: usize = 64 * 1024;

/// What is wrong with a configuration that has a service, on a host that makes no gRPC calls.
pub const NO_GRPC: &str = "sessions.rate_limit_service: this host makes no gRPC calls for plugins, Envoy does; leave it out, and \
     route each session to one gateway, as docs/sessions.md says";

/// How much the clocks of two gateways may differ.
const SKEW: Seconds = Seconds(60);

/// A service that counts for several gateways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What the host calls the upstream that it is.
    pub cluster: String,
    /// The domain of its limits.
    pub domain: String,
    /// How long one answer may take.
    pub timeout: Duration,
    /// What holds where it gives none.
    pub on_failure: OnFailure,
}

/// What holds where the service gives no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// What would have to be known or counted is refused.
    Deny,
    /// This gateway's own memory decides alone.
    Local,
}

/// What the service has said for one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Across {
    /// Nothing yet; where there is no service, that is all.
    Unasked,
    /// What stands there.
    Looked(Counts),
    /// What stood there before it counted what this call does.
    Taken(Counts),
    /// Nothing, and this gateway's own memory decides alone.
    Alone,
    /// Nothing that would let anything be said of the session.
    Failed(SessionError),
}

impl Across {
    /// What holds after a service with this fail mode has not answered as it should.
    pub(crate) const fn after(error: &ServiceError, on_failure: OnFailure) -> Self {
        match (error, on_failure) {
            (ServiceError::Unanswered | ServiceError::Malformed(_), OnFailure::Local) => {
                Self::Alone
            }
            (ServiceError::Unanswered | ServiceError::Malformed(_), OnFailure::Deny) => {
                Self::Failed(SessionError::Unanswered)
            }
            // It works, and its operator has to do something.
            (
                ServiceError::NoLimit(_) | ServiceError::Unit { .. } | ServiceError::NotCounted(_),
                _,
            ) => Self::Failed(SessionError::Uncounted),
        }
    }
}

/// Why the service's answer says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// None came.
    #[error("there is no answer")]
    Unanswered,
    /// It is no `RateLimitResponse` to what was asked.
    #[error("the answer {0}")]
    Malformed(&'static str),
    /// The service has no limit for something.
    #[error(
        "it has no limit for {0} in this domain: add one to its configuration, as docs/sessions.md shows"
    )]
    NoLimit(Subject),
    /// The limit's unit lets the service forget too early.
    #[error(
        "its limit for {of} is by the {unit}, and the gate counts by {window}: take a `unit` there that is a whole number of times as \
         long for a counter, and at least twice as long for a label"
    )]
    Unit {
        /// What the limit is for.
        of: Subject,
        /// Its unit, in lower case.
        unit: &'static str,
        /// For how long the gate counts.
        window: Seconds,
    },
    /// The service says that it did not count something.
    #[error(
        "it did not count {0}: it has to increment each descriptor by its `hits_addend`, whatever the limits of the others"
    )]
    NotCounted(Subject),
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    kind: Kind,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Label,
    Counter,
}

impl Kind {
    /// The key of the descriptor's first entry.
    const fn key(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Counter => "counter",
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}={}`, `session`", self.kind.key(), self.name)
    }
}

/// One descriptor of a question.
#[derive(Clone, Debug)]
struct Asked {
    /// By which number it is remembered.
    id: u32,
    of: Subject,
    /// For how long is counted together.
    window: Seconds,
    /// Which window since the epoch.
    period: u64,
    /// How often it is to be counted: once or not at all.
    hits: u32,
}

/// A question to the service.
#[derive(Clone, Debug)]
pub struct Question {
    message: Vec<u8>,
    asked: Vec<Asked>,
}

/// What a session has done according to the service, before the call that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    facts: BTreeMap<u32, u32>,
    /// Is something over its limit that was to be counted?
    is_spent: bool,
}

impl Sessions {
    /// Asks for everything, and lets the service count what is `done`. Nothing, where there is no service, or nothing to ask for.
    pub(super) fn question(&self, key: &Key, now: UnixTime, done: &Done) -> Option<Question> {
        let service = self.service()?;
        let mut asked = Vec::new();
        for (id, label) in &self.labels {
            let window = self.rules.remember;
            let is_done = done.touched.contains(id) || done.read.contains(id);
            // One that was touched counts for at least that long: in the period when it was, and all through the next.
            let current = period(now, window);
            for period in period(now.before(window), window)..=period(now.after(SKEW), window) {
                asked.push(Asked {
                    id: *id,
                    of: Subject {
                        kind: Kind::Label,
                        name: label.id().unescaped().to_owned(),
                    },
                    window,
                    period,
                    hits: u32::from(is_done && period == current),
                });
            }
        }
        for (id, counter) in self.counters.iter().zip(&self.rules.counters) {
            asked.push(Asked {
                id: *id,
                of: Subject {
                    kind: Kind::Counter,
                    name: counter.name.clone(),
                },
                window: counter.window,
                period: period(now, counter.window),
                hits: u32::from(done.counted.iter().any(|(done, _)| done == id)),
            });
        }
        if asked.is_empty() {
            return None;
        }
        asked.sort_by_key(|one| one.hits == 0);
        let message = RateLimitRequest {
            domain: service.domain.clone(),
            descriptors: asked.iter().map(|one| one.descriptor(key)).collect(),
        };
        Some(Question {
            message: message.encode_to_vec(),
            asked,
        })
    }
}

impl Asked {
    fn descriptor(&self, key: &Key) -> Descriptor {
        let session = Digest::of_parts(&[
            b"session",
            key.digest.as_bytes(),
            &self.window.0.to_be_bytes(),
            &self.period.to_be_bytes(),
        ]);
        let entry = |key: &str, value: String| Entry {
            key: key.to_owned(),
            value,
        };
        Descriptor {
            entries: vec![
                entry(self.of.kind.key(), self.of.name.clone()),
                entry("session", session.to_base64url()),
            ],
            hits_addend: Some(UInt64Value {
                value: self.hits.into(),
            }),
        }
    }

    /// How often it was counted before, and whether that is as far as the service counts.
    fn read(&self, status: &message::DescriptorStatus) -> Result<(u32, bool), ServiceError> {
        let Some(limit) = &status.current_limit else {
            return Err(ServiceError::NoLimit(self.of.clone()));
        };
        self.check_unit(Unit::from_i32(limit.unit))?;
        let most = limit.requests_per_unit;
        let after = match Code::from_i32(status.code) {
            Some(Code::Ok) => most.checked_sub(status.limit_remaining),
            Some(Code::OverLimit) => Some(most.saturating_add(1)),
            Some(Code::Unknown) | None => None,
        };
        let after = after.ok_or(ServiceError::Malformed("has a status that says nothing"))?;
        let before = after.checked_sub(self.hits);
        let before = before.ok_or_else(|| ServiceError::NotCounted(self.of.clone()))?;
        Ok((before, self.hits > 0 && after > most))
    }

    /// A service forgets when its own unit is over, and nothing of ours may be forgotten in the middle of its window.
    fn check_unit(&self, unit: Option<Unit>) -> Result<(), ServiceError> {
        let Some((name, seconds)) = unit.and_then(Unit::span) else {
            return Err(ServiceError::Malformed("names no unit of a limit"));
        };
        let fits = match self.of.kind {
            Kind::Label => seconds >= Seconds(self.window.0.saturating_mul(2)),
            Kind::Counter => self.window.goes_into(seconds),
        };
        if fits {
            return Ok(());
        }
        Err(ServiceError::Unit {
            of: self.of.clone(),
            unit: name,
            window: self.window,
        })
    }
}

impl Question {
    /// The `RateLimitRequest`, encoded.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// What a `RateLimitResponse` to it says.
    ///
    /// # Errors
    ///
    /// It is none, or doesn't say it. Nothing is taken for uncounted of which the answer doesn't say so.
    pub fn read(&self, answer: &[u8]) -> Result<Counts, ServiceError> {
        if answer.len() > MAX_ANSWER {
            return Err(ServiceError::Malformed("is longer than 64 KiB"));
        }
        let answer = RateLimitResponse::decode(answer);
        let answer = answer.map_err(|_| ServiceError::Malformed("is no `RateLimitResponse`"))?;
        if answer.statuses.len() != self.asked.len() {
            return Err(ServiceError::Malformed(
                "has not one of `statuses` for each descriptor",
            ));
        }
        let mut counts = Counts::default();
        for (asked, status) in self.asked.iter().zip(&answer.statuses) {
            let (before, is_spent) = asked.read(status)?;
            counts.is_spent |= is_spent;
            let count = counts.facts.entry(asked.id).or_default();
            *count = count.saturating_add(before);
        }
        Ok(counts)
    }
}

impl Counts {
    /// Is something that was to be counted beyond what the service counts?
    pub(super) const fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Adds what others know to what is remembered here: of two numbers the larger one counts.
    pub(super) fn add_to(&self, facts: &mut Vec<Fact>) {
        for (id, count) in self.facts.iter().filter(|(_, count)| **count > 0) {
            match facts.iter_mut().find(|fact| fact.id == *id) {
                Some(fact) => fact.count = fact.count.max(*count),
                None => facts.push(Fact {
                    id: *id,
                    until: UnixTime(u64::MAX),
                    count: *count,
                }),
            }
        }
    }
}

/// Does a span go into some unit of limits a whole number of times, so that a service may count it?
#[must_use]
pub fn is_countable(window: Seconds) -> bool {
    let mut spans = Unit::ALL.iter().filter_map(|unit| unit.span());
    spans.any(|(_, unit)| window.goes_into(unit))
}

/// Which window of this length a moment is in, since the epoch.
fn period(at: UnixTime, window: Seconds) -> u64 {
    at.0.checked_div(window.0).unwrap_or_default()
}

#[cfg(test)]
mod tests;
