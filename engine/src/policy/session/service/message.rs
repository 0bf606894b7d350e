//! The messages of `envoy.service.ratelimit.v3`, with those of their fields that are written or read here.

use crate::time::Seconds;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RateLimitRequest {
    #[prost(string, tag = "1")]
    pub(super) domain: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) descriptors: Vec<Descriptor>,
}

/// `envoy.extensions.common.ratelimit.v3.RateLimitDescriptor`
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Descriptor {
    #[prost(message, repeated, tag = "1")]
    pub(super) entries: Vec<Entry>,
    /// How often to count. Without it a service counts once; 0 only looks.
    #[prost(message, optional, tag = "3")]
    pub(super) hits_addend: Option<UInt64Value>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Entry {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

/// `google.protobuf.UInt64Value`
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct UInt64Value {
    #[prost(uint64, tag = "1")]
    pub(super) value: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RateLimitResponse {
    /// In the order of the descriptors.
    #[prost(message, repeated, tag = "2")]
    pub(super) statuses: Vec<DescriptorStatus>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct DescriptorStatus {
    #[prost(enumeration = "Code", tag = "1")]
    pub(super) code: i32,
    /// The limit that the service found; none where it has none.
    #[prost(message, optional, tag = "2")]
    pub(super) current_limit: Option<RateLimit>,
    #[prost(uint32, tag = "3")]
    pub(super) limit_remaining: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RateLimit {
    #[prost(uint32, tag = "1")]
    pub(super) requests_per_unit: u32,
    #[prost(enumeration = "Unit", tag = "2")]
    pub(super) unit: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(super) enum Code {
    Unknown = 0,
    Ok = 1,
    OverLimit = 2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(super) enum Unit {
    Unknown = 0,
    Second = 1,
    Minute = 2,
    Hour = 3,
    Day = 4,
    Month = 5,
    Year = 6,
    Week = 7,
}

/// What a unit is called in the configuration of a service, and how long it is.
pub(super) type Span = (&'static str, Seconds);

impl Unit {
    /// Every unit that says something.
    pub(super) const ALL: [Self; 7] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Year,
    ];

    /// Its name in the configuration of a service, and its length: months have 30 days there, years 365.
    pub(super) const fn span(self) -> Option<Span> {
        const DAY: u64 = 86_400;
        Some(match self {
            Self::Unknown => return None,
            Self::Second => ("second", Seconds(1)),
            Self::Minute => ("minute", Seconds(60)),
            Self::Hour => ("hour", Seconds(3600)),
            Self::Day => ("day", Seconds(DAY)),
            Self::Week => ("week", Seconds(7 * DAY)),
            Self::Month => ("month", Seconds(30 * DAY)),
            Self::Year => ("year", Seconds(365 * DAY)),
        })
    }
}
