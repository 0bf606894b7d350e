//! A rate-limit service as envoyproxy/ratelimit is one, with Redis behind it: limits are found by its configuration, every descriptor is
//! incremented by its own `hits_addend` whatever comes of the others, and counted in windows that begin with the epoch.
//!
//! Written against the protocol's definition, and with no line of what it is to test.

use std::collections::BTreeMap;

use prost::Message as _;
use serde::Deserialize;

/// The path of the one method.
pub(crate) const PATH: &str = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit";

/// A configuration of the service, in its own form.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct RateLimits {
    /// Whose limits these are.
    pub domain: String,
    /// The limits.
    #[serde(default)]
    pub descriptors: Vec<Rule>,
}

/// What holds for a descriptor that begins like this.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The key of the entry.
    pub key: String,
    /// Its value; any, where none is given.
    #[serde(default)]
    pub value: Option<String>,
    /// The limit, if no entry follows.
    #[serde(default)]
    pub rate_limit: Option<Limit>,
    /// What holds if one does.
    #[serde(default)]
    pub descriptors: Vec<Rule>,
}

/// How much is allowed.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// For how long is counted together.
    pub unit: Unit,
    /// How often.
    pub requests_per_unit: u32,
}

/// A unit, by its number in the protocol.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Unit {
    Second = 1,
    Minute = 2,
    Hour = 3,
    Day = 4,
    Month = 5,
    Year = 6,
    Week = 7,
}

impl Unit {
    /// How long it is.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
            Self::Week => 604_800,
            Self::Month => 2_592_000,
            Self::Year => 31_536_000,
        }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct Request {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(message, repeated, tag = "2")]
    descriptors: Vec<Descriptor>,
    #[prost(uint32, tag = "3")]
    hits_addend: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Descriptor {
    #[prost(message, repeated, tag = "1")]
    entries: Vec<Entry>,
    #[prost(message, optional, tag = "3")]
    hits_addend: Option<Hits>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Entry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Hits {
    #[prost(uint64, tag = "1")]
    value: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Response {
    #[prost(int32, tag = "1")]
    overall_code: i32,
    #[prost(message, repeated, tag = "2")]
    statuses: Vec<Status>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(message, optional, tag = "2")]
    current_limit: Option<CurrentLimit>,
    #[prost(uint32, tag = "3")]
    limit_remaining: u32,
    #[prost(message, optional, tag = "4")]
    duration_until_reset: Option<Duration>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct CurrentLimit {
    #[prost(uint32, tag = "1")]
    requests_per_unit: u32,
    #[prost(int32, tag = "2")]
    unit: i32,
    #[prost(string, tag = "3")]
    name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Duration {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

const OK: i32 = 1;
const OVER_LIMIT: i32 = 2;

/// What was counted so far, by what Redis would know it by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted(BTreeMap<String, u64>);

impl Counted {
    /// Answers a question at a time in seconds. None where it is no question, which the service answers with an error.
    pub(crate) fn answer(
        &mut self,
        limits: &RateLimits,
        now: u64,
        message: &[u8],
    ) -> Option<Vec<u8>> {
        let request = Request::decode(message).ok()?;
        if request.domain.is_empty() || request.descriptors.is_empty() {
            return None;
        }
        let mut response = Response {
            overall_code: OK,
            statuses: Vec::new(),
        };
        for descriptor in &request.descriptors {
            let own = descriptor.hits_addend.as_ref().map(|hits| hits.value);
            let hits = own.unwrap_or(u64::from(request.hits_addend.max(1)));
            let of_domain = (limits.domain == request.domain).then_some(limits);
            let limit = of_domain.and_then(|limits| find(&limits.descriptors, &descriptor.entries));
            let status = match limit {
                Some(limit) => self.count(&request.domain, descriptor, limit, hits, now),
                None => Status {
                    code: OK,
                    ..Status::default()
                },
            };
            response.overall_code = response.overall_code.max(status.code);
            response.statuses.push(status);
        }
        Some(response.encode_to_vec())
    }

    fn count(
        &mut self,
        domain: &str,
        descriptor: &Descriptor,
        limit: Limit,
        hits: u64,
        now: u64,
    ) -> Status {
        let span = limit.unit.seconds();
        let window = now
            .checked_div(span)
            .unwrap_or_default()
            .saturating_mul(span);
        let mut key = format!("{domain}_");
        for entry in &descriptor.entries {
            key.push_str(&format!("{}_{}_", entry.key, entry.value));
        }
        let count = self.0.entry(format!("{key}{window}")).or_default();
        *count = count.saturating_add(hits);
        let most = u64::from(limit.requests_per_unit);
        let left = window.saturating_add(span).saturating_sub(now);
        Status {
            code: if *count > most { OVER_LIMIT } else { OK },
            current_limit: Some(CurrentLimit {
                requests_per_unit: limit.requests_per_unit,
                unit: limit.unit as i32,
                name: String::new(),
            }),
            limit_remaining: u32::try_from(most.saturating_sub(*count)).unwrap_or_default(),
            duration_until_reset: Some(Duration {
                seconds: i64::try_from(left).unwrap_or_default(),
            }),
        }
    }
}

/// The limit of the rule that goes as far as the entries do; one for the very value counts before one for any.
fn find(rules: &[Rule], entries: &[Entry]) -> Option<Limit> {
    let (first, rest) = entries.split_first()?;
    let of_value =
        |rule: &&Rule| rule.key == first.key && rule.value.as_deref() == Some(first.value.as_str());
    let of_any = |rule: &&Rule| rule.key == first.key && rule.value.is_none();
    let rule = rules.iter().find(of_value);
    let rule = rule.or_else(|| rules.iter().find(of_any))?;
    if rest.is_empty() {
        rule.rate_limit
    } else {
        find(&rule.descriptors, rest)
    }
}
