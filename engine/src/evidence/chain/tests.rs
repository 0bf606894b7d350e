use super::*;
use crate::decision::{Denial, Reason};
use crate::evidence::{Draft, Ledger, Outcome};
use crate::time::UnixTime;

fn instance(name: &str) -> InstanceId {
    InstanceId::new(name).unwrap()
}

/// The first `count` records of an instance.
fn records(name: &str, count: u64) -> Vec<String> {
    let mut ledger = Ledger::new(instance(name));
    let denial = Denial::from(Reason::CredentialMissing);
    let draft = Draft {
        outcome: Outcome::Deny {
            denial: &denial,
            status: 401,
        },
        shadow: None,
        credential: None,
        caller: None,
        principal: None,
        possession: None,
        transaction: None,
        warrant: None,
        chain: None,
        opening: None,
        decided_alone: false,
        operation: None,
        route: Some("orders"),
        configuration: Digest::of(b"configuration"),
        trace: None,
    };
    (0..count)
        .map(|second| ledger.append(UnixTime(second), &draft).line)
        .collect()
}

fn verify(lines: &[String]) -> Result<BTreeMap<InstanceId, ChainEnd>, ChainError> {
    verify_chain(lines.iter().map(String::as_str))
}

#[test]
fn whole_chains_verify_also_when_mixed() {
    let (a, b) = (records("a", 3), records("b", 2));
    let mixed = [&a[0], &b[0], &a[1], &a[2], &b[1]].map(Clone::clone);
    let end = |lines: &[String]| ChainEnd {
        records: lines.len() as u64,
        last: Digest::of(lines[lines.len() - 1].as_bytes()),
    };
    let expected = BTreeMap::from([(instance("a"), end(&a)), (instance("b"), end(&b))]);
    assert_eq!(verify(&mixed), Ok(expected));
    assert_eq!(verify(&[]), Ok(BTreeMap::new()));
}

#[test]
fn every_change_shows_at_the_first_line_that_does_not_fit() {
    let whole = records("a", 4);
    let gap = |expected, found| Fault::Gap {
        instance: instance("a"),
        expected,
        found,
    };
    let repeated = |sequence| Fault::Repeated {
        instance: instance("a"),
        sequence,
    };
    let broken = |sequence| Fault::Broken {
        instance: instance("a"),
        sequence,
    };
    let take = |places: &[usize]| places.iter().map(|p| whole[*p].clone()).collect::<Vec<_>>();
    let edited = |place: usize, from: &str, to: &str| {
        let mut lines = whole.clone();
        assert!(lines[place].contains(from));
        lines[place] = lines[place].replacen(from, to, 1);
        lines
    };
    let mut forked = whole.clone();
    forked.push(whole[3].replacen("deny", "allow", 1));
    let mut other_start = records("a", 4);
    other_start[0] = other_start[0].replacen("orders", "others", 1);
    for (name, lines, line, fault) in [
        ("cut off at the front", take(&[1, 2, 3]), 1, gap(0, 1)),
        ("cut out of the middle", take(&[0, 1, 3]), 3, gap(2, 3)),
        ("swapped", take(&[0, 2, 1, 3]), 2, gap(1, 2)),
        ("copied", take(&[0, 1, 1, 2]), 3, repeated(1)),
        ("forked", forked, 5, repeated(3)),
        ("edited", edited(1, "deny", "allow"), 3, broken(2)),
        ("one space more", edited(1, "{", "{ "), 3, broken(2)),
        ("another beginning", other_start, 2, broken(1)),
        (
            "the first has a predecessor",
            edited(0, "\"previous\":null", "\"previous\":\"sha256:x\""),
            1,
            broken(0),
        ),
        (
            "renumbered",
            edited(3, "\"sequence\":3", "\"sequence\":4"),
            4,
            Fault::NotARecord { member: "id" },
        ),
        (
            "an unknown shape",
            edited(2, "\"v\":1", "\"v\":2"),
            3,
            Fault::NotARecord { member: "v" },
        ),
        (
            "a member twice",
            edited(2, "\"v\":1", "\"v\":1,\"v\":1"),
            3,
            Fault::NotARecord { member: "line" },
        ),
    ] {
        assert_eq!(verify(&lines), Err(ChainError { line, fault }), "{name}");
    }
}

#[test]
fn an_edit_of_the_last_line_shows_against_a_known_end_only() {
    let whole = records("a", 2);
    let mut edited = whole.clone();
    edited[1] = edited[1].replacen("deny", "allow", 1);
    let (known, found) = (verify(&whole).unwrap(), verify(&edited).unwrap());
    assert_ne!(known, found);
}
