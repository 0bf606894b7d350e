//! One fetch for all workers of a host, through the store that they share.
//!
//! Two small entries per address of a document. The *note* says who fetches until when, and when the document beside it was
//! fetched and what its digest is; it changes by compare-and-swap only, so of several workers that find a fetch due one
//! gets it, and when that one dies its claim runs out. The *document* is written before the note that announces it, and
//! read only as what the note says it is.
//!
//! The store's only promise that is needed for safety is that it is the host's own. Where it is missing, each worker fetches for
//! itself.

use super::course::Course;
use super::{DocumentId, DocumentKind, Documents, Fetch, LoadError, Loaded, Slot};
use crate::digest::Digest;
use crate::ports::{Store, StoreError, Version};
use crate::time::UnixTime;

/// What there is to do after looking at the store.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Started {
    /// What this worker is to fetch.
    pub fetches: Vec<Fetch>,
    /// What changed, because another worker fetched it. Then requests that wait for documents can go on.
    pub taken: Vec<DocumentKind>,
}

/// Takes over what other workers fetched, and claims what is due and nobody fetches. To be called on every tick.
pub fn start(documents: &mut dyn Documents, store: &dyn Store, now: UnixTime) -> Started {
    let mut started = Started::default();
    for slot in documents.slots() {
        let names = Names::of(slot.course());
        let (note, seen) = Note::read(store, &names);
        if adopt(slot, store, &names, &note, now) == Some(Loaded::Changed) {
            started.taken.push(slot.course().id().kind());
        }
        let course = slot.course_mut();
        if course.is_due(now) && !note.is_claimed(course, now) {
            let claim = Note {
                claimed_until: course.given_up_at(now),
                ..note
            };
            if claim.write(store, &names.note, seen) != Err(StoreError::Conflict) {
                started.fetches.push(course.start(now));
            }
        }
    }
    started
}

/// Takes a document that this worker fetched, and leaves it for the others.
///
/// # Errors
///
/// As [`Documents::loaded`]; then nothing is left for the others but the wait before the next attempt.
pub fn loaded(
    documents: &mut dyn Documents,
    store: &dyn Store,
    id: DocumentId,
    now: UnixTime,
    document: &[u8],
) -> Result<Loaded, LoadError> {
    let outcome = documents.loaded(id, now, document);
    if outcome.is_err() {
        postpone(documents, store, id);
        return outcome;
    }
    if let Some(slot) = documents.slot(id) {
        let names = Names::of(slot.course());
        if store.set(&names.document, document, None).is_ok() {
            let announcement = Note {
                fetched_at: now,
                document: Some(Digest::of(document)),
                ..Note::about(names.address)
            };
            // Whoever wrote in between has a document of the same time, or a claim that ends by itself.
            let (_, seen) = Note::read(store, &names);
            let _ = announcement.write(store, &names.note, seen);
        }
    }
    outcome
}

/// Says that this worker's fetch brought nothing; no other tries before this one would.
pub fn failed(documents: &mut dyn Documents, store: &dyn Store, id: DocumentId, now: UnixTime) {
    documents.failed(id, now);
    postpone(documents, store, id);
}

fn postpone(documents: &mut dyn Documents, store: &dyn Store, id: DocumentId) {
    let Some(slot) = documents.slot(id) else {
        return;
    };
    let names = Names::of(slot.course());
    let (note, seen) = Note::read(store, &names);
    let claimed_until = slot.course().due_at().unwrap_or(note.claimed_until);
    let postponed = Note {
        claimed_until,
        ..note
    };
    let _ = postponed.write(store, &names.note, seen);
}

/// Takes over a newer document that another worker left; `None` where there is none, or it isn't what the note says.
fn adopt(
    slot: &mut dyn Slot,
    store: &dyn Store,
    names: &Names,
    note: &Note,
    now: UnixTime,
) -> Option<Loaded> {
    let digest = note.document?;
    let fetched_at = note.fetched_at;
    let is_news = slot
        .course()
        .fetched_at()
        .is_none_or(|ours| ours < fetched_at);
    // A time ahead of ours would prolong what a document may be used for.
    if !is_news || fetched_at > now {
        return None;
    }
    if slot.course_mut().renew(fetched_at, digest) {
        return Some(Loaded::Unchanged);
    }
    let (document, _) = store.get(&names.document).ok()??;
    if Digest::of(&document) != digest {
        return None;
    }
    slot.take(now, fetched_at, &document).ok()
}

/// The names of an address's two entries; bounded, and without a character that came from outside.
struct Names {
    /// Which document they are about.
    address: Digest,
    note: String,
    document: String,
}

impl Names {
    fn of(course: &Course) -> Self {
        let entry = course.entry().to_base64url();
        Self {
            address: course.address(),
            note: format!("bailiwick/documents/2/{entry}/note"),
            document: format!("bailiwick/documents/2/{entry}/document"),
        }
    }
}

/// What workers tell each other about one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Note {
    /// Which one, since several may take turns in one entry.
    address: Digest,
    /// Somebody fetches, or waits after a failure, until then.
    claimed_until: UnixTime,
    /// When the document was fetched.
    fetched_at: UnixTime,
    /// Its digest.
    document: Option<Digest>,
}

/// What stood in a note's place when it was read.
#[derive(Clone, Copy, Debug)]
enum Seen {
    /// Something, of this version.
    Version(Version),
    Nothing,
    /// The host doesn't say. Nobody may be kept from fetching by that.
    Unknown,
}

impl Note {
    /// One that says nothing yet.
    const fn about(address: Digest) -> Self {
        Self {
            address,
            claimed_until: UnixTime(0),
            fetched_at: UnixTime(0),
            document: None,
        }
    }

    /// The note and what stands in its place; one that says nothing where there is none, or none about this document, or where the
    /// host doesn't say.
    fn read(store: &dyn Store, names: &Names) -> (Self, Seen) {
        let (found, seen) = match store.get(&names.note) {
            Ok(Some((bytes, version))) => (Self::decode(&bytes), Seen::Version(version)),
            Ok(None) => (None, Seen::Nothing),
            Err(_) => (None, Seen::Unknown),
        };
        let note = found
            .filter(|note| note.address == names.address)
            .unwrap_or(Self::about(names.address));
        (note, seen)
    }

    /// Does somebody fetch or wait? A claim for longer than anybody makes one, as after a step of the clock, is void.
    fn is_claimed(&self, course: &Course, now: UnixTime) -> bool {
        now < self.claimed_until && self.claimed_until <= course.longest_claim(now)
    }

    /// Writes it, if nobody else has written since.
    fn write(self, store: &dyn Store, name: &str, seen: Seen) -> Result<(), StoreError> {
        let bytes = self.encode();
        match seen {
            Seen::Version(version) => store.set(name, &bytes, Some(version)),
            Seen::Nothing => store.create(name, &bytes),
            Seen::Unknown => store.set(name, &bytes, None),
        }
    }

    /// The address as 32 bytes, two times as eight bytes each, then the digest or nothing.
    fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(80);
        bytes.extend_from_slice(self.address.as_bytes());
        bytes.extend_from_slice(&self.claimed_until.0.to_be_bytes());
        bytes.extend_from_slice(&self.fetched_at.0.to_be_bytes());
        if let Some(digest) = self.document {
            bytes.extend_from_slice(digest.as_bytes());
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (address, rest) = bytes.split_first_chunk::<32>()?;
        let (claimed_until, rest) = rest.split_first_chunk::<8>()?;
        let (fetched_at, digest) = rest.split_first_chunk::<8>()?;
        let document = if digest.is_empty() {
            None
        } else {
            Some(Digest::from(<[u8; 32]>::try_from(digest).ok()?))
        };
        Some(Self {
            address: Digest::from(*address),
            claimed_until: UnixTime(u64::from_be_bytes(*claimed_until)),
            fetched_at: UnixTime(u64::from_be_bytes(*fetched_at)),
            document,
        })
    }
}

#[cfg(test)]
mod tests;
