use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::*;
use crate::identity::documents::course::Address;
use crate::identity::documents::remote::Remote;
use crate::identity::issuer::KeySource;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::jwk::KeyUse;
use crate::identity::jose::keyset::KeySet;
use crate::identity::keyring::tests::{KEYS, issuer, remote, ring, set_of, state};
use crate::identity::keyring::{KeyRing, KeyRules};

/// A store as hosts have it; every key counts its own versions.
#[derive(Default)]
struct Shared {
    entries: RefCell<BTreeMap<String, (Vec<u8>, u32)>>,
    is_down: Cell<bool>,
    /// It takes what is written and doesn't say what stands there.
    hides: Cell<bool>,
    /// What another worker writes to the note just before the next write.
    intruder: RefCell<Option<Note>>,
}

impl Store for Shared {
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        if self.is_down.get() || self.hides.get() {
            return Err(StoreError::Unavailable);
        }
        let found = self.entries.borrow().get(key).cloned();
        Ok(found.map(|(value, version)| (value, Version(version))))
    }

    fn set(&self, key: &str, value: &[u8], version: Option<Version>) -> Result<(), StoreError> {
        if self.is_down.get() {
            return Err(StoreError::Unavailable);
        }
        self.intrude(key);
        let current = self.entries.borrow().get(key).map(|(_, version)| *version);
        if let (Some(Version(expected)), Some(current)) = (version, current)
            && expected != current
        {
            return Err(StoreError::Conflict);
        }
        self.put(key, value);
        Ok(())
    }

    fn create(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.intrude(key);
        if self.entries.borrow().contains_key(key) {
            return Err(StoreError::Conflict);
        }
        self.set(key, value, None)
    }
}

impl Shared {
    fn intrude(&self, key: &str) {
        if key.ends_with("note")
            && let Some(note) = self.intruder.take()
        {
            self.put(key, &note.encode());
        }
    }

    fn put(&self, key: &str, value: &[u8]) {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.entry(key.to_owned()).or_default();
        *entry = (value.to_vec(), entry.1 + 1);
    }

    /// Every entry of the kind, changed.
    fn change(&self, kind: &str, change: impl Fn(&mut Vec<u8>)) {
        for (key, (value, _)) in self.entries.borrow_mut().iter_mut() {
            if key.ends_with(kind) {
                change(value);
            }
        }
    }
}

/// Which document all these workers fetch.
fn address() -> Digest {
    ring().slot(KEYS).unwrap().course().address()
}

/// How many fetches the worker is to start, and whether its keys changed.
fn tick(ring: &mut KeyRing, store: &Shared, now: u64) -> (usize, bool) {
    let started = start(ring, store, UnixTime(now));
    (started.fetches.len(), !started.taken.is_empty())
}

fn fetched(ring: &mut KeyRing, store: &Shared, now: u64, document: &[u8]) {
    loaded(ring, store, KEYS, UnixTime(now), document).unwrap();
}

#[test]
fn one_worker_fetches_and_the_others_take_over() {
    let store = Shared::default();
    let (mut one, mut two, mut three) = (ring(), ring(), ring());
    assert_eq!(tick(&mut one, &store, 0), (1, false));
    assert_eq!(
        tick(&mut two, &store, 0),
        (0, false),
        "the first one has it"
    );
    fetched(&mut one, &store, 1, &set_of("a", 1));
    assert_eq!(tick(&mut two, &store, 2), (0, true));
    assert_eq!(tick(&mut two, &store, 3), (0, false), "once");
    assert_eq!(
        tick(&mut one, &store, 3),
        (0, false),
        "its own document is no news"
    );
    assert_eq!(state(&two, 3), "a");

    assert_eq!(tick(&mut two, &store, 101), (1, false), "refresh");
    assert_eq!(tick(&mut one, &store, 101), (0, false));
    fetched(&mut two, &store, 102, &set_of("b", 2));
    assert_eq!(tick(&mut one, &store, 103), (0, true));
    assert_eq!(
        tick(&mut three, &store, 103),
        (0, true),
        "one that starts late has them at once"
    );
    assert_eq!(state(&one, 103), "b");
    assert_eq!(
        state(&three, 102 + 149),
        "b",
        "their age counts from the fetch"
    );
    assert_eq!(
        state(&three, 102 + 150),
        "pending",
        "too old, and a fetch is due"
    );
}

#[test]
fn the_same_document_renews_without_a_change() {
    let store = Shared::default();
    let (mut one, mut two) = (ring(), ring());
    tick(&mut one, &store, 0);
    fetched(&mut one, &store, 0, &set_of("a", 1));
    tick(&mut two, &store, 0);
    assert_eq!(tick(&mut one, &store, 100), (1, false));
    fetched(&mut one, &store, 100, &set_of("a", 1));
    assert_eq!(tick(&mut two, &store, 100), (0, false));
    assert_eq!(state(&two, 249), "a");
}

#[test]
fn a_worker_that_dies_loses_its_claim() {
    let store = Shared::default();
    let (mut one, mut two) = (ring(), ring());
    assert_eq!(tick(&mut one, &store, 0), (1, false));
    drop(one);
    assert_eq!(tick(&mut two, &store, 6), (0, false));
    assert_eq!(
        tick(&mut two, &store, 7),
        (1, false),
        "after the timeout and two seconds"
    );
}

#[test]
fn a_failure_holds_the_others_back_too() {
    let store = Shared::default();
    let (mut one, mut two) = (ring(), ring());
    tick(&mut one, &store, 0);
    failed(&mut one, &store, KEYS, UnixTime(3));
    assert_eq!(tick(&mut two, &store, 3), (0, false));
    assert_eq!(
        tick(&mut two, &store, 4),
        (1, false),
        "a second later anybody may"
    );
    assert_eq!(tick(&mut one, &store, 4), (0, false));
    assert!(loaded(&mut two, &store, KEYS, UnixTime(5), b"<html>").is_err());
    assert_eq!(tick(&mut one, &store, 5), (0, false));
    assert_eq!(tick(&mut one, &store, 6), (1, false));
}

#[test]
fn of_two_that_claim_at_once_one_gets_it() {
    for (name, now) in [("where no note stood", 0), ("where one stood", 10)] {
        let store = Shared::default();
        let mut one = ring();
        if now > 0 {
            tick(&mut one, &store, 0);
            failed(&mut one, &store, KEYS, UnixTime(0));
        }
        *store.intruder.borrow_mut() = Some(Note {
            claimed_until: UnixTime(now + 5),
            ..Note::about(address())
        });
        let claims: Vec<_> = [now, now + 4, now + 5]
            .map(|now| tick(&mut one, &store, now))
            .into();
        assert_eq!(
            claims,
            [(0, false), (0, false), (1, false)],
            "{name} somebody wrote in between"
        );
    }
}

#[test]
fn a_note_that_can_not_be_read_keeps_nobody_from_fetching() {
    let store = Shared::default();
    let mut one = ring();
    assert_eq!(tick(&mut one, &store, 0), (1, false));
    store.hides.set(true);
    let mut two = ring();
    assert_eq!(tick(&mut two, &store, 0), (1, false));
}

#[test]
fn without_a_store_everybody_fetches() {
    let store = Shared::default();
    store.is_down.set(true);
    let (mut one, mut two) = (ring(), ring());
    assert_eq!(tick(&mut one, &store, 0), (1, false));
    assert_eq!(tick(&mut two, &store, 0), (1, false));
    fetched(&mut one, &store, 1, &set_of("a", 1));
    assert_eq!(state(&one, 1), "a");
    failed(&mut two, &store, KEYS, UnixTime(1));
    assert_eq!(tick(&mut two, &store, 2), (1, false));
}

#[test]
fn what_the_note_does_not_announce_is_not_read() {
    let prepared = || {
        let store = Shared::default();
        let mut one = ring();
        tick(&mut one, &store, 0);
        fetched(&mut one, &store, 0, &set_of("a", 1));
        store
    };
    let other_document = |value: &mut Vec<u8>| *value = set_of("evil", 9);
    type Change<'a> = &'a dyn Fn(&mut Vec<u8>);
    let rows: [(&str, &str, Change<'_>, (usize, bool)); 5] = [
        ("as it was", "note", &|_| {}, (0, true)),
        ("another document", "document", &other_document, (1, false)),
        (
            "a cut note",
            "note",
            &|value| value.truncate(62),
            (1, false),
        ),
        ("an empty note", "note", &Vec::clear, (1, false)),
        ("a longer note", "note", &|value| value.push(0), (1, false)),
    ];
    for (name, kind, change, expected) in rows {
        let store = prepared();
        store.change(kind, change);
        assert_eq!(tick(&mut ring(), &store, 1), expected, "{name}");
    }
}

#[test]
fn times_far_ahead_neither_prolong_nor_block() {
    let store = Shared::default();
    let mut one = ring();
    fetched(&mut one, &store, 1_000_000, &set_of("a", 1));
    let mut two = ring();
    assert_eq!(
        tick(&mut two, &store, 0),
        (1, false),
        "a document from the future isn't taken"
    );

    let far = Note {
        claimed_until: UnixTime(61),
        ..Note::about(address())
    };
    store.change("note", |value| *value = far.encode());
    assert_eq!(
        tick(&mut ring(), &store, 1),
        (0, false),
        "a minute is the longest wait"
    );
    assert_eq!(
        tick(&mut ring(), &store, 0),
        (1, false),
        "nobody claims for longer"
    );
}

/// One document, which shares its entry with others.
struct One(Remote<KeySet>);

impl One {
    fn at(url: &str) -> Self {
        let KeySource::Remote(source) = remote(url) else {
            panic!("keys of `{url}` are fetched")
        };
        let rules = KeyRules {
            algorithms: vec![Algorithm::Es256],
            key_use: KeyUse::Signature,
        };
        let bucket = Address::Bucket(Digest::of(b"bucket"));
        Self(Remote::at(KEYS, &source, rules, bucket).unwrap())
    }
}

impl Documents for One {
    fn slots(&mut self) -> Vec<&mut dyn Slot> {
        vec![&mut self.0]
    }
}

#[test]
fn documents_that_share_an_entry_are_not_taken_for_each_other() {
    let store = Shared::default();
    let tick = |one: &mut One, now| {
        let started = start(one, &store, UnixTime(now));
        (started.fetches.len(), started.taken.len())
    };
    let url = "https://a.example/jwks";
    let (mut one, mut same) = (One::at(url), One::at(url));
    let mut other = One::at("https://b.example/jwks");
    assert_eq!(tick(&mut one, 0), (1, 0));
    loaded(&mut one, &store, KEYS, UnixTime(1), &set_of("a", 1)).unwrap();
    assert_eq!(tick(&mut same, 2), (0, 1), "the same one is shared");
    assert_eq!(tick(&mut other, 2), (1, 0), "another one is fetched");
    loaded(&mut other, &store, KEYS, UnixTime(3), &set_of("b", 2)).unwrap();
    assert_eq!(
        tick(&mut One::at(url), 4),
        (1, 0),
        "and has taken the entry"
    );
    assert_eq!(store.entries.borrow().len(), 2);
}

#[test]
fn issuers_of_different_addresses_do_not_meet() {
    let store = Shared::default();
    let mut one = ring();
    tick(&mut one, &store, 0);
    fetched(&mut one, &store, 0, &set_of("a", 1));
    let other = issuer(remote("https://other.example/jwks"));
    let mut two = KeyRing::new(&[other]).unwrap();
    assert_eq!(tick(&mut two, &store, 0), (1, false));
    assert!(store.entries.borrow().keys().all(|key| key.len() < 80));
}
