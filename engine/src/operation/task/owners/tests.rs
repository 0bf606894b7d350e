use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::buckets::{BUCKETS, OwnStore};
use crate::ports::{Isolated, Version};

fn digest(kind: &str, number: usize) -> Digest {
    Digest::of_parts(&[kind.as_bytes(), &number.to_be_bytes()])
}

fn at(store: &dyn Store, now: u64) -> Owners<'_> {
    Owners::new(store, UnixTime(now))
}

#[test]
fn the_first_has_it() {
    let store = OwnStore::default();
    let (alice, mallory, task) = (digest("owner", 1), digest("owner", 2), digest("task", 1));
    let owners = at(&store, 1_000);
    assert_eq!(owners.has(&alice, &task), Ok(false));
    assert_eq!(owners.give(&alice, &task), Ok(true));
    assert_eq!(owners.give(&mallory, &task), Ok(false));
    assert_eq!(owners.has(&alice, &task), Ok(true));
    assert_eq!(owners.has(&mallory, &task), Ok(false));
    assert_eq!(owners.has(&alice, &digest("task", 2)), Ok(false));
}

#[test]
fn it_is_remembered_from_the_last_answer_on() {
    let store = OwnStore::default();
    let (alice, mallory, task) = (digest("owner", 1), digest("owner", 2), digest("task", 1));
    let end = 1_000 + REMEMBER.0;
    assert_eq!(at(&store, 1_000).give(&alice, &task), Ok(true));
    assert_eq!(at(&store, end - 1).has(&alice, &task), Ok(true));
    assert_eq!(at(&store, end).has(&alice, &task), Ok(false));
    // Less than a day makes no difference that is written.
    assert_eq!(at(&store, 1_001).give(&alice, &task), Ok(true));
    assert_eq!(at(&store, end).has(&alice, &task), Ok(false));
    assert_eq!(at(&store, 90_000).give(&alice, &task), Ok(true));
    assert_eq!(at(&store, end).has(&alice, &task), Ok(true));
    assert_eq!(at(&store, end).give(&mallory, &task), Ok(false));
    // What has expired is nobody's, and given as what never was.
    let end = 90_000 + REMEMBER.0;
    assert_eq!(at(&store, end).give(&mallory, &task), Ok(true));
    assert_eq!(at(&store, end).has(&alice, &task), Ok(false));
}

#[test]
fn what_can_not_be_read_is_nobodys() {
    let (alice, task) = (digest("owner", 1), digest("task", 1));
    assert_eq!(at(&Isolated, 1).has(&alice, &task), Err(OwnersUnavailable));
    assert_eq!(at(&Isolated, 1).give(&alice, &task), Err(OwnersUnavailable));
    let store = OwnStore::default();
    assert_eq!(store.set(&TABLE.name(&task), b"torn", None), Ok(()));
    assert_eq!(at(&store, 1).has(&alice, &task), Err(OwnersUnavailable));
    assert_eq!(at(&store, 1).give(&alice, &task), Err(OwnersUnavailable));
}

/// A store in which another worker writes between a reading and the write that follows it, as often as it says.
struct Outrun<'s>(&'s OwnStore, std::cell::Cell<u8>, Digest, Digest);

impl Store for Outrun<'_> {
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        let found = self.0.get(key);
        if let Some(left) = self.1.get().checked_sub(1) {
            self.1.set(left);
            // Each write is another one's task in the same bucket, or this very task.
            assert_eq!(at(self.0, 1).give(&self.2, &self.3), Ok(true));
            let (value, version) = self.0.get(key)?.ok_or(StoreError::Unavailable)?;
            self.0.set(key, &value, Some(version))?;
        }
        found
    }

    fn set(&self, key: &str, value: &[u8], version: Option<Version>) -> Result<(), StoreError> {
        self.0.set(key, value, version)
    }

    fn create(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.0.create(key, value)
    }
}

#[test]
fn of_two_at_once_one_has_it() {
    let (alice, mallory, task) = (digest("owner", 1), digest("owner", 2), digest("task", 1));
    let store = OwnStore::default();
    let outrun = Outrun(&store, 1.into(), mallory, task);
    assert_eq!(at(&outrun, 1).give(&alice, &task), Ok(false));
    assert_eq!(at(&store, 1).has(&mallory, &task), Ok(true));
    assert_eq!(at(&store, 1).has(&alice, &task), Ok(false));
    // Whoever is outrun for ever gets nothing, and ends.
    let store = OwnStore::default();
    let mut others = (2..).map(|number| digest("task", number));
    let beside = others
        .find(|other| TABLE.name(other) == TABLE.name(&task))
        .unwrap();
    let outrun = Outrun(&store, u8::MAX.into(), mallory, beside);
    assert_eq!(at(&outrun, 1).give(&alice, &task), Err(OwnersUnavailable));
    assert_eq!(at(&store, 1).has(&alice, &task), Ok(false));
}

#[test]
fn whoever_has_most_loses_the_oldest() {
    let store = OwnStore::default();
    let (alice, hog) = (digest("owner", 1), digest("owner", 2));
    let capacity = Table::per_bucket(ENTRIES);
    let all = (0..).map(|number| digest("task", number));
    let mut same = all.filter(|task| TABLE.name(task) == format!("{}000", TABLE.0));
    let of_alice: Vec<_> = same.by_ref().take(2).collect();
    for task in &of_alice {
        assert_eq!(at(&store, 1).give(&alice, task), Ok(true));
    }
    let of_hog: Vec<_> = same.by_ref().take(capacity).collect();
    for (number, task) in of_hog.iter().enumerate() {
        assert_eq!(at(&store, 2 + number as u64).give(&hog, task), Ok(true));
    }
    let now = at(&store, 1_000);
    assert!(
        of_alice
            .iter()
            .all(|task| now.has(&alice, task) == Ok(true))
    );
    let kept: Vec<_> = of_hog
        .iter()
        .map(|task| now.has(&hog, task) == Ok(true))
        .collect();
    let expected: Vec<_> = (0..capacity).map(|number| number >= 2).collect();
    assert_eq!(kept, expected);
    // One that has nothing there yet finds room, too.
    let another = same.next().unwrap();
    assert_eq!(now.give(&digest("owner", 3), &another), Ok(true));
    assert_eq!(now.has(&digest("owner", 3), &another), Ok(true));
    let (bytes, _) = store.get(&TABLE.name(&another)).unwrap().unwrap();
    assert_eq!(bytes.len(), capacity * Entry::LENGTH);
    assert_eq!(capacity * BUCKETS, ENTRIES);
}

#[test]
fn of_two_that_have_as_much_the_newcomers_own_goes() {
    let store = OwnStore::default();
    let (alice, hog) = (digest("owner", 1), digest("owner", 2));
    let capacity = Table::per_bucket(ENTRIES);
    let all = (0..).map(|number| digest("task", number));
    let mut same = all.filter(|task| TABLE.name(task) == format!("{}000", TABLE.0));
    let of_alice: Vec<_> = same.by_ref().take(capacity / 2).collect();
    let of_hog: Vec<_> = same.by_ref().take(capacity / 2).collect();
    for (number, task) in of_alice.iter().enumerate() {
        assert_eq!(at(&store, 1 + number as u64).give(&alice, task), Ok(true));
    }
    for (number, task) in of_hog.iter().enumerate() {
        assert_eq!(at(&store, 100 + number as u64).give(&hog, task), Ok(true));
    }
    let (new, now) = (same.next().unwrap(), at(&store, 1_000));
    assert_eq!(now.give(&hog, &new), Ok(true));
    let left = of_alice
        .iter()
        .filter(|task| now.has(&alice, task) == Ok(true));
    assert_eq!(left.count(), capacity / 2);
    assert_eq!(now.whose(&hog, &of_hog[0]), Ok(Whose::Nobodys));
    assert_eq!(now.whose(&hog, &new), Ok(Whose::Theirs));
    assert_eq!(now.whose(&alice, &new), Ok(Whose::Anothers));
}

proptest! {
    /// Held against a plain map, of which nothing ever has to go.
    #[test]
    fn nobody_ever_has_what_was_given_to_another(
        steps in proptest::collection::vec((any::<bool>(), 0_usize..4, 0_usize..12, 0_u64..40), 1..120),
    ) {
        let store = OwnStore::default();
        let mut given: BTreeMap<usize, (usize, u64)> = BTreeMap::new();
        let mut now = 0;
        for (is_given, owner, task, days) in steps {
            now += days * 86_400 / 8;
            given.retain(|_, (_, until)| *until > now);
            let (who, what) = (digest("owner", owner), digest("task", task));
            let mine = given.get(&task).map(|(of, _)| *of == owner);
            if is_given {
                prop_assert_eq!(at(&store, now).give(&who, &what), Ok(mine != Some(false)));
                if mine != Some(false) {
                    let until = now + REMEMBER.0;
                    let entry = given.entry(task).or_insert((owner, until));
                    if until - entry.1 >= WORTH_A_WRITE {
                        entry.1 = until;
                    }
                }
            } else {
                prop_assert_eq!(at(&store, now).has(&who, &what), Ok(mine == Some(true)));
            }
        }
    }
}
