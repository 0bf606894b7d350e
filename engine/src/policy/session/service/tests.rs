use prost::Message as _;

use super::message::{DescriptorStatus, RateLimit};
use super::*;
use crate::policy::session::Counter;
use crate::policy::session::tests::{key, policies, rules};
use crate::ports::Isolated;

const NOW: UnixTime = UnixTime(1_800_000_000);

fn service() -> Service {
    Service {
        cluster: "limits".to_owned(),
        domain: "shop".to_owned(),
        timeout: Duration::from_millis(100),
        on_failure: OnFailure::Deny,
        secret: Seed::of_text("what replicas share"),
    }
}

fn sessions() -> Sessions {
    let mut rules = rules(1024);
    rules.service = Some(service());
    rules.remember = Seconds(3600);
    Sessions::new(rules, &policies(), &Isolated)
}

/// The question before a call that touches all labels and counts everything, at this time.
fn taking(sessions: &Sessions, task: &str, now: UnixTime) -> Question {
    let done = Done {
        touched: sessions.labels.iter().map(|(id, _)| *id).collect(),
        read: Vec::new(),
        counted: sessions
            .counters
            .iter()
            .map(|id| (*id, Seconds(60)))
            .collect(),
    };
    let key = key(task).unwrap();
    sessions
        .question(&key, now, &done, &Counts::default())
        .unwrap()
}

fn request(question: &Question) -> RateLimitRequest {
    RateLimitRequest::decode(question.message()).unwrap()
}

/// `KIND=NAME`, of a label with `window=`, of each descriptor with how often it is to be counted, and the name of the session in its window.
fn descriptors(question: &Question) -> Vec<(String, u64, String)> {
    let all = request(question).descriptors.into_iter();
    all.map(|one| {
        let mut entries = one.entries;
        let session = entries.pop().unwrap();
        assert_eq!(session.key, "session");
        let hits = one.hits_addend.unwrap().value;
        let of = entries
            .iter()
            .map(|one| format!("{}={}", one.key, one.value));
        (of.collect::<Vec<_>>().join(" "), hits, session.value)
    })
    .collect()
}

fn status(code: Code, unit: Unit, most: u32, remaining: u32) -> DescriptorStatus {
    DescriptorStatus {
        code: code.into(),
        current_limit: Some(RateLimit {
            requests_per_unit: most,
            unit: unit.into(),
        }),
        limit_remaining: remaining,
    }
}

fn answer(statuses: Vec<DescriptorStatus>) -> Vec<u8> {
    RateLimitResponse { statuses }.encode_to_vec()
}

/// What a service says that is set up as it should be and has counted this call alone.
fn right(asked: &Asked) -> DescriptorStatus {
    let unit = match asked.of.kind {
        Kind::Label(Twin::A) | Kind::Counter => Unit::Year,
        Kind::Label(Twin::B) => Unit::Month,
    };
    status(Code::Ok, unit, 1000, 1000 - asked.hits)
}

#[test]
fn what_is_counted_stands_first_and_everything_is_asked_for() {
    let sessions = sessions();
    let looking = sessions
        .question(
            &key("a").unwrap(),
            NOW,
            &Done::default(),
            &Counts::default(),
        )
        .unwrap();
    assert_eq!(request(&looking).domain, "shop");
    let looked = descriptors(&looking);
    assert!(looked.iter().all(|(_, hits, _)| *hits == 0), "{looked:?}");
    let taken = descriptors(&taking(&sessions, "a", NOW));
    let hits: Vec<u64> = taken.iter().map(|(_, hits, _)| *hits).collect();
    let counted = sessions.labels.len() * 2 + sessions.counters.len();
    let mut expected = vec![1; counted];
    expected.resize(taken.len(), 0);
    assert_eq!(hits, expected);
    let sorted = |mut all: Vec<(String, u64, String)>| {
        all.iter_mut().for_each(|one| one.1 = 0);
        all.sort();
        all
    };
    assert_eq!(sorted(looked), sorted(taken), "both ask for the same");
}

#[test]
fn a_session_has_another_name_in_each_period_and_none_that_says_who_it_is() {
    let sessions = sessions();
    let names = |task: &str, at: u64| -> Vec<String> {
        let all = descriptors(&taking(&sessions, task, UnixTime(at)));
        let of = all
            .into_iter()
            .filter(|(of, ..)| of == "label=reads:private window=a");
        of.map(|(_, _, name)| name).collect()
    };
    // A multiple of the hour for which labels are remembered.
    let hour = NOW.0;
    let [this, last] = <[String; 2]>::try_from(names("a", hour)).unwrap();
    assert_ne!(this, last);
    for (name, task, at, expected) in [
        ("the same hour", "a", hour + 3000, vec![&this, &last]),
        ("another session", "b", hour, vec![]),
        ("two hours later", "a", hour + 7200, vec![]),
    ] {
        let found = names(task, at);
        assert_eq!(
            found.iter().filter(|n| expected.contains(n)).count(),
            expected.len(),
            "{name}"
        );
        assert!(expected.len() == 2 || !found.contains(&this), "{name}");
    }
    let next = names("a", hour + 3600);
    assert!(next.contains(&this), "an hour later it still counts");
    // Another gateway's clock may be ahead, and what it writes already is read.
    let early = names("a", hour + 3599);
    assert_eq!(early.first(), Some(&this), "counted in this hour");
    assert!(early.contains(&next[0]), "and looked for in the next");
    assert!(names("a", hour + 3539).iter().all(|name| *name != next[0]));
}

#[test]
fn an_answer_is_read_as_what_stood_there_before() {
    let sessions = sessions();
    let question = taking(&sessions, "a", NOW);
    let place = question.asked[0].place();
    let ok = |after: u32| status(Code::Ok, Unit::Year, 1000, 1000 - after);
    for (name, first, expected) in [
        ("nothing before this call", ok(1), Ok((0, false))),
        ("one before it", ok(2), Ok((1, false))),
        ("the last that is counted", ok(1000), Ok((999, false))),
        (
            "one too many",
            status(Code::OverLimit, Unit::Year, 1000, 0),
            Ok((1000, true)),
        ),
        (
            "as many as there are",
            status(Code::OverLimit, Unit::Year, u32::MAX, 0),
            Ok((u32::MAX - 1, true)),
        ),
        (
            "not counted, though asked for",
            ok(0),
            Err(ServiceError::NotCounted(question.asked[0].of.clone())),
        ),
        (
            "more left than there is",
            status(Code::Ok, Unit::Year, 5, 6),
            Err(ServiceError::Malformed("has a status that says nothing")),
        ),
        (
            "neither within nor over",
            status(Code::Unknown, Unit::Year, 1000, 1000),
            Err(ServiceError::Malformed("has a status that says nothing")),
        ),
        (
            "no limit",
            DescriptorStatus {
                current_limit: None,
                ..ok(1)
            },
            Err(ServiceError::NoLimit(question.asked[0].of.clone())),
        ),
        (
            "a limit by an unknown unit",
            status(Code::Ok, Unit::Unknown, 1000, 999),
            Err(ServiceError::Malformed("names no unit of a limit")),
        ),
        (
            "a limit that is forgotten too early",
            status(Code::Ok, Unit::Hour, 1000, 999),
            Err(ServiceError::Unit {
                of: question.asked[0].of.clone(),
                unit: "hour",
                window: Seconds(3600),
            }),
        ),
        (
            "one that is kept long enough",
            status(Code::Ok, Unit::Week, 1000, 999),
            Ok((0, false)),
        ),
    ] {
        let mut statuses = vec![first];
        statuses.extend(question.asked.iter().skip(1).map(right));
        let read = question.read(&answer(statuses));
        let read = read.map(|counts| (counts.counted[&place], counts.is_spent()));
        assert_eq!(read, expected, "{name}");
    }
}

#[test]
fn what_is_no_answer_to_the_question_says_nothing() {
    let sessions = sessions();
    let question = taking(&sessions, "a", NOW);
    let ok = status(Code::Ok, Unit::Year, 1000, 999);
    let enough = question.asked.len();
    let counted = "has not one of `statuses` for each descriptor";
    let no = "is no `RateLimitResponse`";
    for (name, bytes, expected) in [
        ("nothing", Vec::new(), counted),
        ("too few", answer(vec![ok.clone(); enough - 1]), counted),
        ("too many", answer(vec![ok; enough + 1]), counted),
        // As of a service that says only whether anything is over its limit.
        ("an overall code alone", b"\x08\x01".to_vec(), counted),
        ("garbage", b"<html>".to_vec(), no),
        ("a status that is cut off", b"\x12\x0a\x08\x01".to_vec(), no),
        (
            "a length that has no end",
            vec![0x12, 255, 255, 255, 255],
            no,
        ),
        ("a status that is a number", b"\x10\x01".to_vec(), no),
        ("groups in groups", vec![0x1b; 60_000], no),
        ("too long", vec![0; MAX_ANSWER + 1], "is longer than 64 KiB"),
    ] {
        let error = question.read(&bytes).unwrap_err();
        assert_eq!(error, ServiceError::Malformed(expected), "{name}");
    }
}

/// Whatever comes, it is read without a panic, and what is cut off or changed never counts for less.
#[test]
fn any_bytes_are_read_to_an_end() {
    let sessions = sessions();
    let question = taking(&sessions, "a", NOW);
    let over = question.asked.iter().map(|one| DescriptorStatus {
        code: Code::OverLimit.into(),
        limit_remaining: 0,
        ..right(one)
    });
    let whole = answer(over.collect());
    let expected = question.read(&whole).unwrap();
    for end in 0..whole.len() {
        assert!(question.read(&whole[..end]).is_err(), "{end} bytes");
    }
    for place in 0..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[place] ^= 1 << bit;
            let _read = question.read(&changed);
        }
    }
    assert!(expected.is_spent());
}

#[test]
fn of_what_both_know_the_larger_number_counts() {
    let counts = Counts {
        counted: [
            ((1, Kind::Counter, 7), 5),
            ((2, Kind::Label(Twin::A), 7), 0),
            ((2, Kind::Label(Twin::B), 7), 1),
            ((3, Kind::Counter, 7), 0),
        ]
        .into(),
        is_spent: false,
    };
    let fact = |id, count| Fact {
        id,
        until: NOW,
        count,
    };
    let mut facts = vec![fact(1, 3), fact(2, 4)];
    counts.add_to(&mut facts);
    let found: Vec<_> = facts.iter().map(|fact| (fact.id, fact.count)).collect();
    assert_eq!(found, [(1, 5), (2, 4)]);
    let mut facts = Vec::new();
    counts.add_to(&mut facts);
    let found: Vec<_> = facts.iter().map(|fact| (fact.id, fact.count)).collect();
    assert_eq!(found, [(1, 5), (2, 1)]);
}

#[test]
fn what_holds_after_a_failure() {
    let of = Subject {
        kind: Kind::Counter,
        name: "mail".to_owned(),
    };
    let denied = |error| Across::Failed(error);
    for (error, deny, local) in [
        (
            ServiceError::Unanswered,
            denied(SessionError::Unanswered),
            Across::Alone,
        ),
        (
            ServiceError::Malformed("is odd"),
            denied(SessionError::Uncounted),
            denied(SessionError::Uncounted),
        ),
        (
            ServiceError::of_status(12),
            denied(SessionError::Uncounted),
            denied(SessionError::Uncounted),
        ),
        (
            ServiceError::of_status(14),
            denied(SessionError::Unanswered),
            Across::Alone,
        ),
        (
            ServiceError::NoLimit(of.clone()),
            denied(SessionError::Uncounted),
            denied(SessionError::Uncounted),
        ),
        (
            ServiceError::NotCounted(of),
            denied(SessionError::Uncounted),
            denied(SessionError::Uncounted),
        ),
    ] {
        assert_eq!(Across::after(&error, OnFailure::Deny), deny, "{error}");
        assert_eq!(Across::after(&error, OnFailure::Local), local, "{error}");
    }
}

#[test]
fn a_status_of_grpc_is_no_answer_only_where_it_passes_by_itself() {
    for status in 1..20 {
        let passes = matches!(status, 1 | 4 | 8 | 14);
        let error = ServiceError::of_status(status);
        assert_eq!(error == ServiceError::Unanswered, passes, "{status}");
    }
}

/// Where one of its units ends it has forgotten a label under that one, and only under that.
#[test]
fn a_label_is_touched_where_either_of_its_units_knows_of_it() {
    let sessions = sessions();
    let question = taking(&sessions, "a", NOW);
    let id = question.asked[0].id;
    for (name, forgotten, expected) in [
        ("neither has ended", vec![], true),
        ("the year has", vec![Twin::A], true),
        ("the month has", vec![Twin::B], true),
        ("both have", vec![Twin::A, Twin::B], false),
    ] {
        let statuses = question.asked.iter().map(|one| {
            let known = |twin| matches!(one.of.kind, Kind::Label(of) if of == twin);
            let is_forgotten = forgotten.iter().any(|twin| known(*twin));
            let before = u32::from(!is_forgotten && matches!(one.of.kind, Kind::Label(_)));
            let status = right(one);
            DescriptorStatus {
                limit_remaining: status.limit_remaining - before,
                ..status
            }
        });
        let counts = question.read(&answer(statuses.collect())).unwrap();
        let mut facts = Vec::new();
        counts.add_to(&mut facts);
        assert_eq!(facts.iter().any(|fact| fact.id == id), expected, "{name}");
    }
}

#[test]
fn both_limits_of_a_label_by_units_that_end_together_are_refused() {
    let sessions = sessions();
    let question = taking(&sessions, "a", NOW);
    for (a, b, refused_by) in [
        (Unit::Year, Unit::Year, Some("year")),
        (Unit::Day, Unit::Week, Some("week")),
        (Unit::Month, Unit::Day, Some("day")),
        (Unit::Month, Unit::Year, None),
        (Unit::Week, Unit::Month, None),
    ] {
        let statuses = question.asked.iter().map(|one| {
            let unit = match one.of.kind {
                Kind::Label(Twin::A) => a,
                Kind::Label(Twin::B) => b,
                Kind::Counter => Unit::Year,
            };
            status(Code::Ok, unit, 1000, 1000 - one.hits)
        });
        let error = question.read(&answer(statuses.collect())).err();
        let of = question.asked[1].of.clone();
        assert_eq!(of.kind, Kind::Label(Twin::B));
        let expected = refused_by.map(|unit| ServiceError::SameUnit { of, unit });
        assert_eq!(error, expected, "{a:?} and {b:?}");
    }
}

#[test]
fn without_labels_and_counters_there_is_nobody_to_ask() {
    let mut sessions = sessions();
    assert!(sessions.service().is_some());
    sessions.labels.clear();
    sessions.rules.counters.clear();
    assert!(sessions.service().is_none());
}

#[test]
fn what_was_counted_is_not_uncounted_a_moment_later() {
    let sessions = sessions();
    let looking = taking(&sessions, "a", NOW);
    let place = looking.asked[0].place();
    let looked = Counts {
        counted: [(place, 5)].into(),
        is_spent: false,
    };
    let done = Done {
        touched: sessions.labels.iter().map(|(id, _)| *id).collect(),
        ..Done::default()
    };
    let session = key("a").unwrap();
    let question = sessions.question(&session, NOW, &done, &looked).unwrap();
    let at = question
        .asked
        .iter()
        .position(|one| one.place() == place)
        .unwrap();
    let of = question.asked[at].of.clone();
    for (before, expected) in [(4, Err(ServiceError::Less(of))), (5, Ok(5)), (9, Ok(9))] {
        let mut statuses: Vec<_> = question.asked.iter().map(right).collect();
        statuses[at].limit_remaining -= before;
        let read = question.read(&answer(statuses));
        assert_eq!(read.map(|counts| counts.counted[&place]), expected);
    }
    // In the next period it is another descriptor.
    let later = NOW.after(Seconds(7200));
    let question = sessions.question(&session, later, &done, &looked).unwrap();
    assert!(question.asked.iter().all(|one| one.least == 0));
}

#[test]
fn a_session_has_no_name_without_the_secret() {
    let names = |secret: &str| {
        let mut sessions = sessions();
        if let Some(service) = &mut sessions.rules.service {
            service.secret = Seed::of_text(secret);
        }
        descriptors(&taking(&sessions, "a", NOW))
    };
    assert_eq!(names("one"), names("one"));
    let others = names("another");
    assert!(names("one").iter().all(|name| !others.contains(name)));
}

#[test]
fn windows_that_a_service_can_count() {
    for (window, expected) in [
        (1, true),
        (60, true),
        (100, true),
        (3600, true),
        (86_400, true),
        (604_800, true),
        (2_592_000, true),
        (7, true),
        (11, false),
        (86_401, false),
        (2_000_000, false),
    ] {
        assert_eq!(is_countable(Seconds(window)), expected, "{window}");
    }
}

#[test]
fn without_labels_and_counters_nothing_is_asked() {
    let mut rules = rules(1024);
    rules.counters = Vec::<Counter>::new();
    rules.service = Some(service());
    let none = crate::policy::tests::load_with(
        r#"@id("any") permit (principal, action, resource);"#,
        &crate::policy::groups::Groups::default(),
    );
    let sessions = Sessions::new(rules, &none.unwrap(), &Isolated);
    let nothing = (Done::default(), Counts::default());
    let question = sessions.question(&key("a").unwrap(), NOW, &nothing.0, &nothing.1);
    assert!(question.is_none());
}
