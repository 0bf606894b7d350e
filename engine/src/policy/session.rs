//! What a session has done so far: the labels that it has touched, and how often it has called what.
//!
//! A session is told by a verified fact ([`Key`]), never by what a client sends. What is remembered of it stands in the
//! host's store, in a [table of buckets](crate::buckets). Policy reads a bucket, judges, and what the permitted call touches is
//! written in place of that very bucket; where another worker has written meanwhile, the call is judged anew. So no two
//! calls pass each other by, whichever workers they reach.
//!
//! Gateways that share no store may share a [`service`] that counts, which is asked beside it.
//!
//! `docs/sessions.md` says what that promises.

mod entities;
mod entry;
mod key;
pub mod service;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use cedar_policy::EntityUid;

pub(super) use self::entities::entities;
use self::entry::{Entry, Fact};
pub use self::key::{Key, KeyFact};
use self::service::{Across, Counts, Question, Service};
use super::Policies;
use super::labels::{IN_FLIGHT, is_of_answer};
use crate::buckets::{ATTEMPTS, Bucket, Table};
use crate::digest::Digest;
use crate::operation::Operation;
use crate::ports::{Store, StoreError};
use crate::time::{Seconds, UnixTime};

/// Where sessions stand.
const TABLE: Table = Table("bailiwick/session/1/");

/// How sessions are told apart, and what is remembered of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What tells them apart: the first of these that a caller has.
    pub by: Vec<KeyFact>,
    /// How long a label counts after the last call that touched it.
    pub remember: Seconds,
    /// About how many sessions are remembered.
    pub entries: usize,
    /// What is counted.
    pub counters: Vec<Counter>,
    /// Who counts for several gateways together, where anybody does.
    pub service: Option<Service>,
}

/// A number of calls that policies can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Its name in policies.
    pub name: String,
    /// For how long calls are counted together, from the first of them on.
    pub window: Seconds,
    /// Calls of these tools count, each `<server>/<tool>`,
    pub tools: Vec<String>,
    /// and calls of what has one of these labels. Where neither is named, every call does.
    pub labels: Vec<String>,
}

/// Why nothing can be said about a session, or nothing be remembered of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The caller has none of the facts that sessions are told by.
    #[error("the credential states nothing that tells its session")]
    Unidentified,
    /// As many sessions as fit are remembered.
    #[error("no more sessions can be remembered for now")]
    Full,
    /// The host has no store that its workers share, or it refused to be read or written, or other workers came first too often.
    #[error("the memory of sessions is not available")]
    Unavailable,
    /// The service that counts for all gateways gave no answer, or none that can be read.
    #[error("the rate-limit service does not say what the session has done at other gateways")]
    Unanswered,
    /// The service that counts for all gateways is not set up to count this.
    #[error("the rate-limit service does not count what has to be counted of sessions")]
    Uncounted,
    /// The service that counts for all gateways counts no further than this.
    #[error("the session has reached a limit of the rate-limit service")]
    Spent,
}

/// Why what a call does was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unrecorded {
    /// Another worker has written since the bucket was read: the call has to be judged by what stands there now.
    Outrun,
    /// It can't be.
    Fault(SessionError),
}

/// The sessions of a gate whose policies ask for them.
#[derive(Debug)]
pub struct Sessions {
    rules: Rules,
    /// Every label with the number by which it is remembered.
    labels: Vec<(u32, EntityUid)>,
    /// The numbers of the counters, in their order.
    counters: Vec<u32>,
    /// Is there a store to rely on?
    is_shared: bool,
}

/// What a permitted call does to its session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// What it touches by being made.
    touched: Vec<u32>,
    /// What its answer touches.
    read: Vec<u32>,
    /// Which counters count it, each with its window.
    counted: Vec<(u32, Seconds)>,
}

/// What an answer has still to be remembered for, before anybody gets it.
#[derive(Clone, Debug)]
pub struct Reading {
    key: Key,
    labels: Vec<u32>,
    /// Does the answer have to be kept back where that can't be remembered?
    pub is_needed: bool,
}

impl Sessions {
    /// Sessions by these rules, under policies that look at them.
    #[must_use]
    pub fn new(rules: Rules, policies: &Policies, store: &dyn Store) -> Self {
        let labels = policies.labels.iter();
        let numbered = labels.map(|label| (number("label", label.id().unescaped()), label.clone()));
        let counters = rules.counters.iter();
        let counters = counters.map(|one| number("counter", &one.name)).collect();
        Self {
            labels: numbered.collect(),
            counters,
            is_shared: TABLE.swaps(store),
            rules,
        }
    }

    /// The service that counts for several gateways together, where one does and there is anything to count.
    #[must_use]
    pub fn service(&self) -> Option<&Service> {
        let counts = !self.labels.is_empty() || !self.rules.counters.is_empty();
        self.rules.service.as_ref().filter(|_| counts)
    }

    /// Is there a store that all workers share? Without it, whatever asks for a session is refused.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// The facts by which sessions are told, in their order.
    #[must_use]
    pub fn by(&self) -> &[KeyFact] {
        &self.rules.by
    }

    /// The session of this name, with what other gateways know of it; nothing is read before somebody asks.
    #[must_use]
    pub const fn session<'s>(
        &'s self,
        key: Option<Key>,
        store: &'s dyn Store,
        now: UnixTime,
        across: &'s Across,
    ) -> Session<'s> {
        Session {
            sessions: self,
            store,
            key,
            now,
            across,
            is_looked_for: Cell::new(false),
            seen: RefCell::new(None),
        }
    }

    /// What a call does, by its own labels and those of what it follows; of a batch, what each message does.
    #[must_use]
    pub fn done(&self, policies: &Policies, operation: &Operation<'_>) -> Done {
        let mut done = Done::default();
        for message in &operation.messages {
            let of = self.done(policies, message);
            done.touched.extend(of.touched);
            done.read.extend(of.read);
            done.counted.extend(of.counted);
        }
        if operation.messages.is_empty() {
            self.add(&mut done, policies, operation);
            for followed in operation.followed() {
                self.add(&mut done, policies, &followed);
            }
        }
        done
    }

    fn add(&self, done: &mut Done, policies: &Policies, operation: &Operation<'_>) {
        let labels = policies.labels_of(operation);
        for (number, label) in &self.labels {
            if labels.contains(label) {
                let name = label.id().unescaped();
                let of = if is_of_answer(name) {
                    &mut done.read
                } else {
                    &mut done.touched
                };
                of.push(*number);
            }
        }
        for (number, counter) in self.counters.iter().zip(&self.rules.counters) {
            let is_counted = done.counted.iter().any(|(other, _)| other == number);
            if !is_counted && counter.counts(operation, &labels) {
                done.counted.push((*number, counter.window));
            }
        }
    }

    /// Remembers what an answer has shown.
    ///
    /// # Errors
    ///
    /// It can't be: nobody may get the answer, if it [is needed](Reading::is_needed).
    pub fn has_read(
        &self,
        store: &dyn Store,
        reading: &Reading,
        now: UnixTime,
    ) -> Result<(), SessionError> {
        let done = Done {
            touched: reading.labels.clone(),
            ..Done::default()
        };
        for _ in 0..ATTEMPTS {
            let session = self.session(Some(reading.key), store, now, &Across::Alone);
            match session.record(&done) {
                Ok(()) => return Ok(()),
                Err(Unrecorded::Outrun) => {}
                Err(Unrecorded::Fault(error)) => return Err(error),
            }
        }
        Err(SessionError::Unavailable)
    }
}

impl Counter {
    fn counts(&self, operation: &Operation<'_>, labels: &[EntityUid]) -> bool {
        if operation.action.is_idle() {
            return false;
        }
        let has_label =
            |label: &EntityUid| self.labels.iter().any(|one| *one == label.id().unescaped());
        let is_tool = |tool: &String| operation.resource.is_tool(tool);
        let any = self.tools.is_empty() && self.labels.is_empty();
        any || self.tools.iter().any(is_tool) || labels.iter().any(has_label)
    }
}

impl Done {
    /// Is there nothing to remember?
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.touched.is_empty() && self.read.is_empty() && self.counted.is_empty()
    }

    /// What the answer has to be remembered for, where that is anything.
    #[must_use]
    pub fn reading(self, session: &Session<'_>, is_needed: bool) -> Option<Reading> {
        let key = session.key.filter(|_| !self.read.is_empty())?;
        Some(Reading {
            key,
            labels: self.read,
            is_needed,
        })
    }
}

/// One caller's session, for the length of one call.
pub struct Session<'s> {
    sessions: &'s Sessions,
    store: &'s dyn Store,
    key: Option<Key>,
    now: UnixTime,
    across: &'s Across,
    /// Was it asked for what other gateways know, before the service was?
    is_looked_for: Cell<bool>,
    seen: RefCell<Option<Result<Rc<Seen>, SessionError>>>,
}

/// A session as it was read.
#[derive(Debug)]
pub(super) struct Seen {
    bucket: Bucket,
    entry: Entry,
    /// What counts: that of this gateway's memory, and what others know.
    facts: Vec<Fact>,
}

impl Session<'_> {
    /// What is known of it: read once, until [`Self::forget`].
    pub(super) fn seen(&self) -> Result<Rc<Seen>, SessionError> {
        let mut seen = self.seen.borrow_mut();
        seen.get_or_insert_with(|| self.read().map(Rc::new)).clone()
    }

    /// What stands in this gateway's memory.
    fn read_here(&self) -> Result<(Bucket, Entry), SessionError> {
        let key = self.key.as_ref().ok_or(SessionError::Unidentified)?;
        if !self.sessions.is_shared {
            return Err(SessionError::Unavailable);
        }
        let bucket = TABLE.read(self.store, &key.digest);
        let bucket = bucket.map_err(|_| SessionError::Unavailable)?;
        let entry = Entry::read(bucket.bytes(), &key.digest, self.now);
        Ok((bucket, entry.ok_or(SessionError::Unavailable)?))
    }

    fn read(&self) -> Result<Seen, SessionError> {
        let (bucket, entry) = self.read_here()?;
        let mut facts = entry.facts.clone();
        match (self.across, self.sessions.service()) {
            (Across::Unasked, Some(_)) => {
                self.is_looked_for.set(true);
                return Err(SessionError::Unanswered);
            }
            (Across::Failed(error), _) => return Err(*error),
            // How much further it went, the service doesn't say.
            (Across::Looked(counts) | Across::Taken(counts), _) if counts.is_spent() => {
                return Err(SessionError::Spent);
            }
            (Across::Looked(counts) | Across::Taken(counts), _) => counts.add_to(&mut facts),
            (Across::Unasked | Across::Alone, _) => {}
        }
        Ok(Seen {
            bucket,
            entry,
            facts,
        })
    }

    /// What to ask the service, before anything can be said of the session.
    #[must_use]
    pub fn look(&self) -> Option<Question> {
        let key = self.key.as_ref().filter(|_| self.is_looked_for.get())?;
        let nothing = Done::default();
        let before = Counts::default();
        self.sessions.question(key, self.now, &nothing, &before)
    }

    /// What to ask the service before a permitted call does this, so that no other gateway permits by what stood there before.
    #[must_use]
    pub fn take(&self, done: &Done) -> Option<Question> {
        let key = self.key.as_ref().filter(|_| !done.is_nothing())?;
        let unasked = Counts::default();
        let before = match self.across {
            Across::Unasked => &unasked,
            Across::Looked(counts) => counts,
            Across::Taken(_) | Across::Alone | Across::Failed(_) => return None,
        };
        let is_shared = self.sessions.is_shared;
        is_shared
            .then(|| self.sessions.question(key, self.now, done, before))
            .flatten()
    }

    /// Is there room in this gateway's memory for what a call does? Nothing is written.
    ///
    /// # Errors
    ///
    /// There is none, or nobody knows.
    pub fn has_room(&self, done: &Done) -> Result<(), SessionError> {
        let Some(key) = &self.key else {
            return Ok(());
        };
        let (_, entry) = self.read_here()?;
        self.with(key, &entry, done).map(drop)
    }

    /// Lets go what was read, so that it is read anew.
    pub fn forget(&self) {
        *self.seen.borrow_mut() = None;
    }

    /// Remembers what a permitted call does, if nobody has written since [`Self::seen`]. Of nobody's session nothing is
    /// remembered: whatever asks for it is refused.
    ///
    /// # Errors
    ///
    /// [`Unrecorded`]; then nothing was written.
    pub fn record(&self, done: &Done) -> Result<(), Unrecorded> {
        let Some(key) = self.key.as_ref().filter(|_| !done.is_nothing()) else {
            return Ok(());
        };
        let seen = self.seen().map_err(Unrecorded::Fault)?;
        let Seen { bucket, entry, .. } = &*seen;
        let bytes = self.with(key, entry, done).map_err(Unrecorded::Fault)?;
        bucket
            .replace(self.store, &bytes)
            .map_err(|error| match error {
                StoreError::Conflict => Unrecorded::Outrun,
                StoreError::Unavailable => Unrecorded::Fault(SessionError::Unavailable),
            })
    }

    /// The bucket once the call has done this.
    fn with(&self, key: &Key, entry: &Entry, done: &Done) -> Result<Vec<u8>, SessionError> {
        if entry.facts.is_empty() && entry.beside >= Table::per_bucket(self.sessions.rules.entries)
        {
            return Err(SessionError::Full);
        }
        let lasting = self.now.after(self.sessions.rules.remember);
        let lasting = key.until.map_or(lasting, |until| until.min(lasting));
        let mut facts = entry.facts.clone();
        for number in &done.touched {
            touch(&mut facts, *number, lasting);
        }
        for number in &done.read {
            touch(&mut facts, *number, lasting.min(self.now.after(IN_FLIGHT)));
        }
        for (number, window) in &done.counted {
            count(&mut facts, *number, self.now.after(*window));
        }
        entry.with(&facts).ok_or(SessionError::Full)
    }
}

/// Nothing of what is remembered is shown.
impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// The label counts until then, if it doesn't already for longer.
fn touch(facts: &mut Vec<Fact>, id: u32, until: UnixTime) {
    match facts.iter_mut().find(|fact| fact.id == id) {
        Some(fact) => fact.until = fact.until.max(until),
        None => facts.push(Fact {
            id,
            until,
            count: 0,
        }),
    }
}

/// One call more, in the window that has begun or in a new one.
fn count(facts: &mut Vec<Fact>, id: u32, until: UnixTime) {
    match facts.iter_mut().find(|fact| fact.id == id) {
        Some(fact) => fact.count = fact.count.saturating_add(1),
        None => facts.push(Fact {
            id,
            until,
            count: 1,
        }),
    }
}

/// What a label or a counter is remembered by.
fn number(kind: &str, name: &str) -> u32 {
    let digest = Digest::of_parts(&[kind.as_bytes(), name.as_bytes()]);
    let [a, b, c, d, ..] = *digest.as_bytes();
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
pub(super) mod tests;
