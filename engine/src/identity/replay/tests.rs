use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::buckets::BUCKETS;
use crate::ports::{Isolated, Version};

/// A store as Envoy's shared data is: one count of writes for all keys, and `set` without a version writes whatever stands
/// there.
#[derive(Default)]
pub(crate) struct HostStore {
    values: RefCell<BTreeMap<String, (Vec<u8>, u32)>>,
    writes: Cell<u32>,
    pub(crate) is_down: Cell<bool>,
    /// Another worker writes first, that many times.
    contended: Cell<u32>,
}

impl HostStore {
    fn put(&self, key: &str, value: &[u8]) {
        self.writes.set(self.writes.get() + 1);
        let entry = (value.to_vec(), self.writes.get());
        self.values.borrow_mut().insert(key.to_owned(), entry);
    }

    fn intrude(&self, key: &str) {
        if let Some(left) = self.contended.get().checked_sub(1) {
            self.contended.set(left);
            let present = self.values.borrow().get(key).cloned();
            self.put(key, &present.unwrap_or_default().0);
        }
    }

    fn version(&self, key: &str) -> Option<u32> {
        self.values.borrow().get(key).map(|(_, version)| *version)
    }
}

impl Store for HostStore {
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        if self.is_down.get() {
            return Err(StoreError::Unavailable);
        }
        let found = self.values.borrow().get(key).cloned();
        Ok(found.map(|(value, version)| (value, Version(version))))
    }

    fn set(&self, key: &str, value: &[u8], version: Option<Version>) -> Result<(), StoreError> {
        if self.is_down.get() {
            return Err(StoreError::Unavailable);
        }
        self.intrude(key);
        match (version, self.version(key)) {
            (Some(Version(expected)), Some(present)) if expected != present => {
                Err(StoreError::Conflict)
            }
            _ => {
                self.put(key, value);
                Ok(())
            }
        }
    }

    fn create(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.intrude(key);
        if !self.is_down.get() && self.version(key).is_some() {
            return Err(StoreError::Conflict);
        }
        self.set(key, value, None)
    }
}

fn mark(name: &str, until: u64) -> Mark {
    Mark {
        digest: Digest::of(name.as_bytes()),
        until: UnixTime(until),
    }
}

/// Marks of one bucket.
fn crowd(count: usize, until: u64) -> Vec<Mark> {
    let marks = (0..).map(|number| mark(&number.to_string(), until));
    let first = TABLE.name(&mark("0", until).digest);
    marks
        .filter(|mark| TABLE.name(&mark.digest) == first)
        .take(count)
        .collect()
}

#[test]
fn a_proof_gets_in_once_until_it_is_forgotten() {
    let store = HostStore::default();
    let replays = Replays::new(BUCKETS, &store);
    assert_eq!(replays.memory(), Memory::Shared);
    for (name, proof, now, expected) in [
        ("the first time", "a", 100, Ok(())),
        ("again", "a", 100, Err(ReplayError::Replayed)),
        ("another", "b", 100, Ok(())),
        ("again, at the last", "a", 159, Err(ReplayError::Replayed)),
        ("again, when it would be refused anyway", "a", 160, Ok(())),
    ] {
        let found = replays.admit(&store, mark(proof, now + 60), UnixTime(now));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn workers_share_what_they_remember_where_the_host_does() {
    let shared = HostStore::default();
    let down = HostStore::default();
    down.is_down.set(true);
    for (name, store, memory, second) in [
        (
            "a store",
            &shared as &dyn Store,
            Memory::Shared,
            Err(ReplayError::Replayed),
        ),
        ("none", &Isolated, Memory::PerWorker, Ok(())),
        ("one that refuses", &down, Memory::PerWorker, Ok(())),
    ] {
        let workers = [0, 1].map(|_| Replays::new(BUCKETS, store));
        assert!(
            workers.iter().all(|worker| worker.memory() == memory),
            "{name}"
        );
        let admit = |worker: usize| workers[worker].admit(store, mark("a", 160), UnixTime(100));
        assert_eq!(admit(0), Ok(()), "{name}");
        assert_eq!(admit(0), Err(ReplayError::Replayed), "{name}, same worker");
        assert_eq!(admit(1), second, "{name}, other worker");
    }
}

/// A store whose every write succeeds: not one to rely on.
#[derive(Default)]
struct Careless(HostStore);

impl Store for Careless {
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        self.0.get(key)
    }

    fn set(&self, key: &str, value: &[u8], _version: Option<Version>) -> Result<(), StoreError> {
        self.0.set(key, value, None)
    }

    fn create(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.0.set(key, value, None)
    }
}

#[test]
fn a_store_that_does_not_compare_is_not_relied_on() {
    let store = Careless::default();
    assert_eq!(Replays::new(BUCKETS, &store).memory(), Memory::PerWorker);
}

#[test]
fn a_full_bucket_lets_nothing_in_before_something_expires() {
    let store = HostStore::default();
    let replays = Replays::new(2 * BUCKETS, &store);
    let marks = crowd(3, 160);
    let admit = |index: usize, now| replays.admit(&store, marks[index], UnixTime(now));
    assert_eq!(admit(0, 100), Ok(()));
    assert_eq!(admit(1, 100), Ok(()));
    assert_eq!(admit(2, 159), Err(ReplayError::Full));
    assert_eq!(
        admit(0, 159),
        Err(ReplayError::Replayed),
        "what is there stays"
    );
    let late = Mark {
        until: UnixTime(220),
        ..marks[2]
    };
    assert_eq!(replays.admit(&store, late, UnixTime(160)), Ok(()));
}

#[test]
fn what_can_not_be_remembered_does_not_get_in() {
    for (name, spoil, expected) in [
        (
            "the store is gone",
            (|store: &HostStore| store.is_down.set(true)) as fn(&HostStore),
            Err(ReplayError::Unavailable),
        ),
        (
            "somebody else's bytes",
            |store| store.put(&super::TABLE.name(&mark("a", 0).digest), b"seven..."),
            Err(ReplayError::Unavailable),
        ),
        (
            "others first, sometimes",
            |store| store.contended.set(15),
            Ok(()),
        ),
        (
            "others first, always",
            |store| store.contended.set(u32::MAX),
            Err(ReplayError::Unavailable),
        ),
    ] {
        let store = HostStore::default();
        let replays = Replays::new(BUCKETS, &store);
        spoil(&store);
        let found = replays.admit(&store, mark("a", 160), UnixTime(100));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_bucket_is_as_long_as_what_lives_in_it() {
    let store = HostStore::default();
    let replays = Replays::new(100 * BUCKETS, &store);
    let marks = crowd(40, 0);
    for (second, one) in (0..).zip(&marks) {
        let living = Mark {
            until: UnixTime(second + 10),
            ..*one
        };
        replays.admit(&store, living, UnixTime(second)).unwrap();
        let read = store.get(&TABLE.name(&one.digest));
        let (bytes, _) = read.unwrap().unwrap();
        assert!(bytes.len() <= 10 * 20, "{} bytes", bytes.len());
    }
    assert_eq!(store.values.borrow().len(), 2, "the probe and one bucket");
}

/// Lets attempts go on one access at a time, in the order given and then one after the other, and says how each ended.
fn interleave(
    attempts: &mut [Attempt],
    order: &[usize],
    store: &dyn Store,
) -> Vec<Result<(), ReplayError>> {
    let mut outcomes = vec![None; attempts.len()];
    let rest = (0..attempts.len()).flat_map(|one| std::iter::repeat_n(one, 64));
    for worker in order.iter().copied().chain(rest) {
        if outcomes[worker].is_none() {
            outcomes[worker] = attempts[worker].advance(store, UnixTime(100));
        }
    }
    outcomes.into_iter().map(Option::unwrap).collect()
}

#[test]
fn no_order_of_two_workers_lets_one_proof_in_twice() {
    const STEPS: u32 = 8;
    for order in 0..1u32 << STEPS {
        let order: Vec<_> = (0..STEPS).map(|bit| (order >> bit & 1) as usize).collect();
        for filled in [false, true] {
            let store = HostStore::default();
            if filled {
                store.put(&TABLE.name(&mark("a", 0).digest), &[]);
            }
            let mut attempts = [0, 1].map(|_| Attempt::new(mark("a", 160), 8));
            let mut outcomes = interleave(&mut attempts, &order, &store);
            outcomes.sort_by_key(Result::is_err);
            assert_eq!(outcomes, [Ok(()), Err(ReplayError::Replayed)], "{order:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Four workers with proofs of one bucket, some of them the same, in any order.
    #[test]
    fn no_order_of_workers_lets_one_proof_in_twice_or_forgets_one(
        proofs in prop::collection::vec(0..3usize, 4),
        order in prop::collection::vec(0..4usize, 0..24),
    ) {
        let store = HostStore::default();
        let marks = crowd(3, 160);
        let mut attempts: Vec<_> = proofs.iter().map(|proof| Attempt::new(marks[*proof], 8)).collect();
        let outcomes = interleave(&mut attempts, &order, &store);
        for (proof, mark) in marks.iter().enumerate() {
            let outcomes_of = |wanted| {
                let mine = proofs.iter().zip(&outcomes).filter(|(one, _)| **one == proof);
                mine.filter(|(_, outcome)| **outcome == wanted).count()
            };
            let sent = proofs.iter().filter(|one| **one == proof).count();
            prop_assert_eq!(outcomes_of(Ok(())), sent.min(1));
            prop_assert_eq!(outcomes_of(Err(ReplayError::Replayed)), sent.saturating_sub(1));
            let again = Attempt::new(*mark, 8);
            let expected = if sent > 0 { Err(ReplayError::Replayed) } else { Ok(()) };
            prop_assert_eq!(interleave(&mut [again], &[], &store), [expected]);
        }
    }
}
