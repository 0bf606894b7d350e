//! Whether the lines of a log are the records that were written, all of them and in order.

use std::collections::BTreeMap;

use super::instance::InstanceId;
use super::record::VERSION;
use crate::digest::Digest;
use crate::json::{self, Limits, Object};

/// Far more than any record has.
const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_depth: 16,
    max_values: 10_000,
};

/// Where a verified chain ends.
///
/// Lines cut off at the end of a log leave no trace in it: to notice that, compare this with what was known before, or with
/// the `previous` of a later record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainEnd {
    /// How many records there are.
    pub records: u64,
    /// The digest of the last one.
    pub last: Digest,
}

/// A log that isn't what was written, and the line that shows it, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct ChainError {
    /// The line.
    pub line: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It isn't a record.
    #[error("not a record: `{member}` is missing or not what it should be")]
    NotARecord {
        /// The member, or `line` for the whole.
        member: &'static str,
    },
    /// Records are missing before it, or it was moved.
    #[error(
        "instance `{instance}` goes on with record {found}, expected {expected}: lines are missing, or moved"
    )]
    Gap {
        /// Whose.
        instance: InstanceId,
        /// The next in order.
        expected: u64,
        /// The one that stands there.
        found: u64,
    },
    /// There was a record with this number before: the log was forked, or a line was copied or moved.
    #[error(
        "instance `{instance}` has record {sequence} a second time: a fork, or a copied or moved line"
    )]
    Repeated {
        /// Whose.
        instance: InstanceId,
        /// Its number.
        sequence: u64,
    },
    /// It doesn't follow the line before it: that one was edited, or one of the two comes from another chain.
    #[error(
        "record {sequence} of instance `{instance}` does not follow the one before: one of them was changed"
    )]
    Broken {
        /// Whose.
        instance: InstanceId,
        /// Its number.
        sequence: u64,
    },
}

/// Follows every instance's chain through the lines of a log, in which several instances may be mixed.
///
/// # Errors
///
/// The first line that shows that lines before it were removed, moved, edited or forked. An edit of a chain's very last
/// line can't show here; see [`ChainEnd`].
pub fn verify_chain<'a>(
    lines: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeMap<InstanceId, ChainEnd>, ChainError> {
    let mut ends: BTreeMap<InstanceId, ChainEnd> = BTreeMap::new();
    for (place, text) in lines.into_iter().enumerate() {
        let fail = |fault| ChainError {
            line: place.saturating_add(1),
            fault,
        };
        let link = Link::parse(text).map_err(|member| fail(Fault::NotARecord { member }))?;
        let end = ends.get(&link.instance);
        link.follows(end).map_err(fail)?;
        let end = ChainEnd {
            records: link.sequence.saturating_add(1),
            last: Digest::of(text.as_bytes()),
        };
        ends.insert(link.instance, end);
    }
    Ok(ends)
}

/// The members of a record that chain it.
struct Link {
    instance: InstanceId,
    sequence: u64,
    previous: Option<String>,
}

impl Link {
    /// Reads a line, or says which member is wrong.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let value = json::parse(text.as_bytes(), &LIMITS).map_err(|_| "line")?;
        let record = value.as_object().ok_or("line")?;
        if number(record, "v")? != VERSION {
            return Err("v");
        }
        let instance = InstanceId::new(string(record, "instance")?).map_err(|_| "instance")?;
        let sequence = number(record, "sequence")?;
        if string(record, "id")? != format!("{instance}-{sequence}") {
            return Err("id");
        }
        let previous = match record.get("previous") {
            Some(json::Value::Null) => None,
            _ => Some(string(record, "previous")?.to_owned()),
        };
        Ok(Self {
            instance,
            sequence,
            previous,
        })
    }

    /// Is this what comes after `end`, or where there is none, a chain's first record?
    fn follows(&self, end: Option<&ChainEnd>) -> Result<(), Fault> {
        let expected = end.map_or(0, |end| end.records);
        let instance = || self.instance.clone();
        if self.sequence > expected {
            return Err(Fault::Gap {
                instance: instance(),
                expected,
                found: self.sequence,
            });
        }
        if self.sequence < expected {
            return Err(Fault::Repeated {
                instance: instance(),
                sequence: self.sequence,
            });
        }
        if self.previous != end.map(|end| end.last.to_string()) {
            return Err(Fault::Broken {
                instance: instance(),
                sequence: self.sequence,
            });
        }
        Ok(())
    }
}

fn number(record: &Object<'_>, name: &'static str) -> Result<u64, &'static str> {
    record
        .get(name)
        .and_then(|value| value.as_number()?.as_u64())
        .ok_or(name)
}

fn string<'a>(record: &'a Object<'_>, name: &'static str) -> Result<&'a str, &'static str> {
    record.get(name).and_then(json::Value::as_str).ok_or(name)
}

#[cfg(test)]
mod tests;
