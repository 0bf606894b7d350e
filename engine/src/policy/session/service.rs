//! What several gateways know of a session together: counters in a service that speaks Envoy's rate-limit protocol,
//! `envoy.service.ratelimit.v3.RateLimitService`.
//!
//! Every counter is a descriptor, and every label two: what it is, and a MAC over the session's name and the period that is counted
//! in, so that the service learns no fact of a token and nobody without the secret can name a session. Before policy judges, the
//! service is asked without counting (`hits_addend` 0); before a permitted call goes on, it counts what the call does and says in
//! the same answer what stood there, and the call is judged by that anew. What is counted stands first in the question: of two
//! calls at the same moment one sees the other, where the service takes the descriptors of a question in their order.
//!
//! The periods are ours and not the service's, which forgets at the end of each of its own units, and those begin with the epoch. A
//! counter's windows end with them. A label's don't, so it is counted twice, by two units that end at different times.

mod message;

use std::collections::BTreeMap;
use std::time::Duration;

use prost::Message as _;

use self::message::{
    Code, Descriptor, Entry, RateLimitRequest, RateLimitResponse, Span, UInt64Value, Unit,
};
use super::{Done, Fact, Key, SessionError, Sessions};
use crate::identity::nonce::Seed;
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
    /// What gateways that share sessions have in common, and the service doesn't know.
    pub secret: Seed,
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
            (ServiceError::Unanswered, OnFailure::Local) => Self::Alone,
            (ServiceError::Unanswered, OnFailure::Deny) => Self::Failed(SessionError::Unanswered),
            // It is there, and doesn't get better by itself: its operator has to do something.
            (
                ServiceError::Status(_)
                | ServiceError::Malformed(_)
                | ServiceError::NoLimit(_)
                | ServiceError::Unit { .. }
                | ServiceError::SameUnit { .. }
                | ServiceError::NotCounted(_)
                | ServiceError::Less(_),
                _,
            ) => Self::Failed(SessionError::Uncounted),
        }
    }
}

/// Why the service's answer says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// None came, or none was asked for because too many are awaited. It may come the next time.
    #[error("there is no answer")]
    Unanswered,
    /// It refused the question.
    #[error(
        "the call ended with gRPC status {0}: `cluster` has to be a rate-limit service that answers this gateway"
    )]
    Status(u32),
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
    /// Both limits for a label are by one unit, or one by a part of the other's, so that it would be forgotten at once.
    #[error(
        "its limit for {of} is by the {unit}, which ends whenever the unit of the label's other limit does, or the other way round: take \
         month and year, or week and month, for `window=a` and `window=b`"
    )]
    SameUnit {
        /// What one of the limits is for.
        of: Subject,
        /// The unit of both, in lower case.
        unit: &'static str,
    },
    /// It knew more a moment ago.
    #[error(
        "it counts less of {0} than a moment ago: let it read where it writes, and its clock agree with the gateways'"
    )]
    Less(Subject),
    /// The service says that it did not count something.
    #[error(
        "it did not count {0}: it has to increment each descriptor by its `hits_addend`, whatever the limits of the others"
    )]
    NotCounted(Subject),
}

impl ServiceError {
    /// What a call means that ended with this status of gRPC, other than 0: some pass by themselves.
    #[must_use]
    pub const fn of_status(status: u32) -> Self {
        // How a server built on tonic ends a call whose `grpc-timeout` it has seen pass, often before Envoy does.
        const CANCELLED: u32 = 1;
        const DEADLINE_EXCEEDED: u32 = 4;
        const RESOURCE_EXHAUSTED: u32 = 8;
        const UNAVAILABLE: u32 = 14;
        match status {
            CANCELLED | DEADLINE_EXCEEDED | RESOURCE_EXHAUSTED | UNAVAILABLE => Self::Unanswered,
            other => Self::Status(other),
        }
    }
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    kind: Kind,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Label(Twin),
    Counter,
}

/// Which of the two descriptors of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Twin {
    A,
    B,
}

impl Twin {
    const BOTH: [Self; 2] = [Self::A, Self::B];

    /// The value of the descriptor's entry `window`.
    const fn value(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

impl Kind {
    /// The key of the descriptor's first entry.
    const fn key(self) -> &'static str {
        match self {
            Self::Label(_) => "label",
            Self::Counter => "counter",
        }
    }

    /// The value of the entry `window`, where the descriptor has one.
    const fn window(self) -> Option<&'static str> {
        match self {
            Self::Label(twin) => Some(twin.value()),
            Self::Counter => None,
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}={}`, ", self.kind.key(), self.name)?;
        if let Some(window) = self.kind.window() {
            write!(f, "`window={window}`, ")?;
        }
        f.write_str("`session`")
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
    /// How often it is to be counted: once or not at all, but for batches that only policies in shadow count.
    hits: u32,
    /// How often it was counted before, by an earlier answer.
    least: u32,
}

/// What one descriptor is about: a label or a counter, in one period.
type Place = (u32, Kind, u64);

/// A question to the service.
#[derive(Clone, Debug)]
pub struct Question {
    message: Vec<u8>,
    asked: Vec<Asked>,
}

/// What a session has done according to the service, before the call that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    counted: BTreeMap<Place, u32>,
    /// Is something over its limit?
    is_spent: bool,
}

impl Sessions {
    /// Asks for everything, and lets the service count what is `done`. Nothing, where there is no service, or nothing to ask for.
    /// `before` is what it said last.
    pub(super) fn question(
        &self,
        key: &Key,
        now: UnixTime,
        done: &Done,
        before: &Counts,
    ) -> Option<Question> {
        let service = self.service()?;
        let mut asked = self.asked(now, done);
        if asked.is_empty() {
            return None;
        }
        for one in &mut asked {
            one.least = before.counted.get(&one.place()).copied().unwrap_or(0);
        }
        asked.sort_by_key(|one| one.hits == 0);
        let descriptors = asked.iter().map(|one| one.descriptor(key, &service.secret));
        let message = RateLimitRequest {
            domain: service.domain.clone(),
            descriptors: descriptors.collect(),
        };
        Some(Question {
            message: message.encode_to_vec(),
            asked,
        })
    }

    fn asked(&self, now: UnixTime, done: &Done) -> Vec<Asked> {
        let mut asked = Vec::new();
        for (id, label) in &self.labels {
            let window = self.rules.remember;
            let is_done = done.touched.contains(id) || done.read.contains(id);
            // One that was touched counts for at least that long: in the period when it was, and all through the next.
            let current = period(now, window);
            for period in period(now.before(window), window)..=period(now.after(SKEW), window) {
                asked.extend(Twin::BOTH.map(|twin| Asked {
                    id: *id,
                    of: Subject {
                        kind: Kind::Label(twin),
                        name: label.id().unescaped().to_owned(),
                    },
                    window,
                    period,
                    hits: u32::from(is_done && period == current),
                    least: 0,
                }));
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
                hits: (done.counted.iter())
                    .filter(|(done, _)| done == id)
                    .fold(0, |hits, _| hits.saturating_add(1)),
                least: 0,
            });
        }
        asked
    }
}

impl Asked {
    const fn place(&self) -> Place {
        (self.id, self.of.kind, self.period)
    }

    fn descriptor(&self, key: &Key, secret: &Seed) -> Descriptor {
        let parts: [&[u8]; 3] = [
            key.digest.as_bytes(),
            &self.window.0.to_be_bytes(),
            &self.period.to_be_bytes(),
        ];
        let session = secret.name(b"session at a rate-limit service", &parts);
        let entry = |key: &str, value: String| Entry {
            key: key.to_owned(),
            value,
        };
        let mut entries = vec![entry(self.of.kind.key(), self.of.name.clone())];
        let window = self.of.kind.window();
        entries.extend(window.map(|window| entry("window", window.to_owned())));
        entries.push(entry("session", session));
        Descriptor {
            entries,
            hits_addend: Some(UInt64Value {
                value: self.hits.into(),
            }),
        }
    }

    /// How often it was counted before, whether that is as far as the service counts, and by which unit it does.
    fn read(&self, status: &message::DescriptorStatus) -> Result<(u32, bool, Span), ServiceError> {
        let Some(limit) = &status.current_limit else {
            return Err(ServiceError::NoLimit(self.of.clone()));
        };
        let unit = self.check_unit(Unit::from_i32(limit.unit))?;
        let most = limit.requests_per_unit;
        let code = Code::from_i32(status.code);
        let after = match code {
            Some(Code::Ok) => most.checked_sub(status.limit_remaining),
            Some(Code::OverLimit) => Some(most.saturating_add(1)),
            Some(Code::Unknown) | None => None,
        };
        let after = after.ok_or(ServiceError::Malformed("has a status that says nothing"))?;
        let before = after.checked_sub(self.hits);
        let before = before.ok_or_else(|| ServiceError::NotCounted(self.of.clone()))?;
        if before < self.least {
            return Err(ServiceError::Less(self.of.clone()));
        }
        Ok((before, code == Some(Code::OverLimit), unit))
    }

    /// A service forgets when its own unit is over: with a counter's window, and a label never at both its units' ends soon after it
    /// was touched.
    fn check_unit(&self, unit: Option<Unit>) -> Result<Span, ServiceError> {
        let Some(span @ (name, seconds)) = unit.and_then(Unit::span) else {
            return Err(ServiceError::Malformed("names no unit of a limit"));
        };
        let fits = match self.of.kind {
            Kind::Label(_) => seconds >= Seconds(self.window.0.saturating_mul(2)),
            Kind::Counter => self.window.goes_into(seconds),
        };
        if fits {
            return Ok(span);
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
        let mut units = BTreeMap::new();
        for (asked, status) in self.asked.iter().zip(&answer.statuses) {
            let (before, is_spent, unit) = asked.read(status)?;
            // A counter has one descriptor in a period, and a label two.
            let other = units.insert((asked.id, asked.period), unit);
            if other.is_some_and(|other| end_together(other, unit)) {
                let (of, (unit, _)) = (asked.of.clone(), unit);
                return Err(ServiceError::SameUnit { of, unit });
            }
            counts.is_spent |= is_spent;
            counts.counted.insert(asked.place(), before);
        }
        Ok(counts)
    }
}

impl Counts {
    /// Is something beyond what the service counts?
    pub(super) const fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Adds what others know to what is remembered here: of two numbers the larger one counts.
    pub(super) fn add_to(&self, facts: &mut Vec<Fact>) {
        let mut sums = BTreeMap::<u32, u32>::new();
        for ((id, ..), count) in &self.counted {
            let sum = sums.entry(*id).or_default();
            *sum = sum.saturating_add(*count);
        }
        for (id, count) in sums.iter().filter(|(_, count)| **count > 0) {
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

/// Does each end of one unit fall on an end of the other?
fn end_together((_, one): Span, (_, other): Span) -> bool {
    one.goes_into(other) || other.goes_into(one)
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
