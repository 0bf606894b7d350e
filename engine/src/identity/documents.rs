//! Documents that the gate fetches and judges by: a state machine each, that says what to fetch and is told what came.
//!
//! ```text
//!              due                loaded
//!   Waiting ---------> Fetching ---------> Waiting, until `refresh` has passed
//!      ^                  |
//!      |  after a backoff | failed, or no answer in time
//!      `------------------'
//! ```
//!
//! What was loaded stays through failures for the document's grace. Several workers share one fetch through [`shared`].
//!
//! Where to fetch from stands in the configuration and nowhere else. A new kind of document is a type that is a
//! [`Document`], a variant of [`DocumentId`], and a place in [`super::trust::Trust`] that keeps its [`Remote`]s.

pub mod course;
pub mod remote;
pub mod shared;
pub mod source;

use std::fmt;

use self::course::Course;
use super::jose::keyset::KeySetError;
use super::revocation::DenyListError;
use super::status::StatusListError;
use crate::time::{Seconds, UnixTime};

/// A kind of document: how it is asked for, how much of it is read, and how.
pub trait Document: fmt::Debug + Sized {
    /// What reading depends on beside the document itself.
    type Rules: fmt::Debug;

    /// The value of `Accept` with which it is asked for.
    const ACCEPT: &'static str;

    /// The most bytes that are read.
    fn max_bytes(rules: &Self::Rules) -> usize;

    /// What makes a document that is readable by these rules another one for workers to share than one that is readable by
    /// others.
    fn marks(rules: &Self::Rules) -> Vec<&str>;

    /// Reads a document that came.
    ///
    /// # Errors
    ///
    /// It is not what it should be: then it counts as not fetched, and what is in use stays.
    fn read(bytes: &[u8], rules: &Self::Rules) -> Result<Self, DocumentError>;

    /// After how long it says itself that it is to be fetched anew; `None` where the configuration decides alone.
    fn refresh(&self, _fetched_at: UnixTime) -> Option<Seconds> {
        None
    }
}

/// Which document, by its place in the configuration; as text that place's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentId {
    /// An issuer's key set.
    Keys {
        /// The issuer's place.
        issuer: usize,
    },
    /// A status list.
    StatusList {
        /// The issuer's place.
        issuer: usize,
        /// The place of what allows the list.
        place: usize,
        /// Which list of that place, in the order in which they were first named.
        number: usize,
    },
    /// The deny-list.
    Revocations,
    /// The key set of an agent that signs its requests.
    AgentKeys {
        /// The agent's place.
        agent: usize,
    },
}

impl DocumentId {
    /// What kind of document it is.
    #[must_use]
    pub const fn kind(self) -> DocumentKind {
        match self {
            Self::Keys { .. } | Self::AgentKeys { .. } => DocumentKind::Keys,
            Self::StatusList { .. } => DocumentKind::StatusList,
            Self::Revocations => DocumentKind::Revocations,
        }
    }

    /// Whose document it is, as a place in the configuration.
    #[must_use]
    pub fn owner(self) -> String {
        match self {
            Self::Keys { issuer } | Self::StatusList { issuer, .. } => format!("issuers[{issuer}]"),
            Self::AgentKeys { agent } => format!("signature_agents[{agent}]"),
            Self::Revocations => "revocations".to_owned(),
        }
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys { .. } | Self::AgentKeys { .. } => {
                write!(f, "{}.keys.remote", self.owner())
            }
            Self::StatusList { place, .. } => {
                write!(f, "{}.status.lists[{place}]", self.owner())
            }
            Self::Revocations => write!(f, "{}.remote", self.owner()),
        }
    }
}

/// A kind of document, for counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    /// Key sets.
    Keys,
    /// Status lists.
    StatusList,
    /// Deny-lists.
    Revocations,
}

impl DocumentKind {
    /// Its name in counters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::StatusList => "status_lists",
            Self::Revocations => "revocations",
        }
    }
}

/// A document to be fetched with `GET`; answer with [`Documents::loaded`] or [`Documents::failed`], or their namesakes in
/// [`shared`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// Which document.
    pub id: DocumentId,
    /// What the host calls the upstream.
    pub cluster: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Host and port.
    pub authority: String,
    /// Path and query.
    pub path: String,
    /// The value of `Accept`.
    pub accept: &'static str,
    /// How long it may take.
    pub timeout: Seconds,
    /// The most bytes that are read of a document of this kind.
    pub max_bytes: usize,
}

/// What can be said of a document now.
#[derive(Debug)]
pub enum Availability<'a, D> {
    /// It is there, and may be used.
    Ready(&'a D),
    /// It is not there, or too old, and attempts to fetch it aren't over: waiting is worth it.
    Pending,
    /// It could not be fetched, or its grace is over, or there is no such document.
    Unavailable,
}

/// Which version of a document is in use: what was judged by another one is to be judged again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation(pub(super) u64);

/// Did the document change?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// It is another than before, or the first.
    Changed,
    /// The same document came again.
    Unchanged,
}

/// Why a fetched document was not taken; what is in use stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It is not what it should be.
    #[error("{source}")]
    Unreadable {
        /// Which document.
        id: DocumentId,
        /// What is wrong.
        source: DocumentError,
    },
    /// Nothing is fetched for this place.
    #[error("`{id}` is not fetched")]
    NotRemote {
        /// The place.
        id: DocumentId,
    },
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is no key set with a usable key.
    #[error("{0}")]
    KeySet(#[from] KeySetError),
    /// It is no status list.
    #[error("{0}")]
    StatusList(#[from] StatusListError),
    /// It is no deny-list.
    #[error("{0}")]
    Revocations(#[from] DenyListError),
}

/// One document as the machinery sees it, whatever kind it is.
pub trait Slot {
    /// Its state.
    fn course(&self) -> &Course;

    /// Its state, to advance it.
    fn course_mut(&mut self) -> &mut Course;

    /// Takes a document that was fetched at `fetched_at`, here or by another worker.
    ///
    /// # Errors
    ///
    /// As [`Document::read`]; that counts as a failed fetch.
    fn take(
        &mut self,
        now: UnixTime,
        fetched_at: UnixTime,
        bytes: &[u8],
    ) -> Result<Loaded, DocumentError>;
}

/// Whatever keeps documents.
pub trait Documents {
    /// All that are fetched.
    fn slots(&mut self) -> Vec<&mut dyn Slot>;

    /// One of them.
    fn slot(&mut self, id: DocumentId) -> Option<&mut dyn Slot> {
        self.slots()
            .into_iter()
            .find(|slot| slot.course().id() == id)
    }

    /// What to fetch now; each is being fetched from here on, until it is answered or its time is over.
    ///
    /// For a host with one worker, or whose workers share nothing; else see [`shared::start`].
    fn due(&mut self, now: UnixTime) -> Vec<Fetch> {
        let courses = self.slots().into_iter().map(Slot::course_mut);
        courses
            .filter_map(|course| course.is_due(now).then(|| course.start(now)))
            .collect()
    }

    /// Takes a fetched document.
    ///
    /// # Errors
    ///
    /// [`LoadError`] where it isn't what it should be; that counts as a failed fetch, and what is in use stays.
    fn loaded(&mut self, id: DocumentId, now: UnixTime, bytes: &[u8]) -> Result<Loaded, LoadError> {
        let slot = self.slot(id).ok_or(LoadError::NotRemote { id })?;
        slot.take(now, now, bytes)
            .map_err(|source| LoadError::Unreadable { id, source })
    }

    /// Says that a fetch brought nothing.
    fn failed(&mut self, id: DocumentId, now: UnixTime) {
        if let Some(slot) = self.slot(id) {
            slot.course_mut().failed(now);
        }
    }
}
