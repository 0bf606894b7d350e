//! One worker's chain of records.

use super::instance::InstanceId;
use super::record::{Draft, Place};
use crate::digest::Digest;
use crate::time::{Timestamp, UnixTime};

/// Where one worker's chain stands: who writes, how many records there are, and the last one's digest.
///
/// Several workers make several chains; no order among them is claimed. A worker that starts anew starts a chain with a
/// new [`InstanceId`].
#[derive(Debug)]
pub struct Ledger {
    instance: InstanceId,
    sequence: u64,
    last: Option<Digest>,
    /// The time of the last record, and the text that it is written as.
    time: (UnixTime, String),
}

/// A record, chained and ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// `INSTANCE-SEQUENCE`
    pub id: String,
    /// One line of JSON without its line break.
    pub line: String,
}

impl Ledger {
    /// An empty chain.
    #[must_use]
    pub fn new(instance: InstanceId) -> Self {
        let start = UnixTime::default();
        Self {
            instance,
            sequence: 0,
            last: None,
            time: (start, Timestamp(start).to_string()),
        }
    }

    /// The id that the next record will have, for the response that is written before it.
    #[must_use]
    pub fn next_id(&self) -> String {
        format!("{}-{}", self.instance, self.sequence)
    }

    /// Adds a record. The line must be written as it is: the next record holds its digest.
    pub fn append(&mut self, now: UnixTime, draft: &Draft<'_>) -> Evidence {
        let id = self.next_id();
        if self.time.0 != now {
            self.time = (now, Timestamp(now).to_string());
        }
        let place = Place {
            id: &id,
            instance: &self.instance,
            sequence: self.sequence,
            previous: self.last,
            time: &self.time.1,
        };
        let (line, digest) = draft.line(&place);
        self.last = Some(digest);
        self.sequence = self.sequence.saturating_add(1);
        Evidence { id, line }
    }
}
