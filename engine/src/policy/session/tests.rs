use super::*;
use crate::delegation::act::TokenRules;
use crate::delegation::chain::Chain;
use crate::identity::caller::{Caller, CredentialFormat};
use crate::identity::replay::tests::HostStore;
use crate::identity::verified::Verified;
use crate::operation::Action;
use crate::policy::denial::PolicyDenial;
use crate::policy::groups::Groups;
use crate::policy::labels::Labels;
use crate::policy::tests::{FACTS, ask, call, caller, load_with, prepare};
use crate::policy::{Facts, Outcome};
use crate::ports::Isolated;

const NOW: UnixTime = FACTS.now;

/// Nothing leaves after something private was read, and one call of `send` is all.
const POLICIES: &str = r#"
@id("any") permit (principal, action, resource);
@id("leak") forbid (principal, action, resource in Label::"sends:outside")
when { context.session.labels.contains(Label::"reads:private") };
@id("once") forbid (principal, action, resource == Tool::"shop/send")
unless { context.session.calls.hasTag("sent") && context.session.calls.getTag("sent") < 1 };
"#;

pub(in crate::policy) fn labelled() -> Groups {
    let list = |label: &str, of: &str| [(label.to_owned(), vec![of.to_owned()])].into();
    Groups {
        labels: Labels {
            tools: list("reads:private", "shop/read"),
            servers: list("uses:shop", "shop"),
            routes: list("sends:outside", "order"),
            ..Labels::default()
        },
        ..Groups::default()
    }
}

pub(super) fn policies() -> Policies {
    let mut groups = labelled();
    let sends = vec!["shop/send".to_owned(), "shop/mail".to_owned()];
    groups
        .labels
        .tools
        .insert("sends:outside".to_owned(), sends);
    load_with(POLICIES, &groups).unwrap()
}

pub(in crate::policy) fn rules(entries: usize) -> Rules {
    Rules {
        by: vec![KeyFact::Task],
        remember: Seconds(1000),
        entries,
        counters: vec![Counter {
            name: "sent".to_owned(),
            window: Seconds(60),
            tools: vec!["shop/send".to_owned()],
            labels: Vec::new(),
        }],
        service: None,
    }
}

pub(in crate::policy) fn key(task: &str) -> Option<Key> {
    let mut caller = caller();
    caller.task = Some(task.to_owned());
    of(&[KeyFact::Task], caller)
}

fn of(by: &[KeyFact], caller: Caller) -> Option<Key> {
    let caller = Verified::assumed(caller);
    let chain = Chain::from_caller(&caller, TokenRules::unlimited()).unwrap();
    Key::of(by, &caller, &chain)
}

/// Judges a call, and remembers it where it is permitted.
fn make(policies: &Policies, sessions: &Sessions, session: &Session<'_>, tool: &str) -> Made {
    let operation = call(tool, "{}");
    let facts = Facts {
        now: session.now,
        session: Some(session),
        ..FACTS
    };
    let principal = prepare(policies, caller());
    let verdict = policies.decide(&principal, &operation, &facts).verdict;
    match verdict {
        Ok(_permit) => Made::Permitted(session.record(&sessions.done(policies, &operation))),
        Err(denial) => Made::Refused(
            denial
                .policies()
                .iter()
                .map(|note| note.id.clone())
                .collect(),
        ),
    }
}

#[derive(Debug, PartialEq)]
enum Made {
    Permitted(Result<(), Unrecorded>),
    Refused(Vec<String>),
}

const MADE: Made = Made::Permitted(Ok(()));

fn refused(by: &[&str]) -> Made {
    Made::Refused(by.iter().map(|id| (*id).to_owned()).collect())
}

#[test]
fn what_a_session_has_done_counts_until_it_is_forgotten() {
    let (policies, store) = (policies(), HostStore::default());
    let sessions = Sessions::new(rules(1024), &policies, &store);
    for (name, task, after, tool, expected) in [
        ("what goes out at first", "a", 0, "send", MADE),
        ("the second call", "a", 59, "send", refused(&["once"])),
        ("another way out is not counted", "a", 59, "mail", MADE),
        ("when the window is over", "a", 60, "send", MADE),
        ("a call that reads", "a", 100, "read", MADE),
        (
            "what goes out while the answer is on its way",
            "a",
            100,
            "mail",
            refused(&["leak"]),
        ),
        (
            "in the last second of that",
            "a",
            399,
            "mail",
            refused(&["leak"]),
        ),
        ("when no answer has come", "a", 400, "mail", MADE),
        ("another session", "b", 100, "mail", MADE),
    ] {
        let session =
            sessions.session(key(task), &store, NOW.after(Seconds(after)), &Across::Alone);
        assert_eq!(
            make(&policies, &sessions, &session, tool),
            expected,
            "{name}"
        );
    }
}

#[test]
fn what_was_read_counts_once_the_answer_is_there() {
    let (policies, store) = (policies(), HostStore::default());
    let sessions = Sessions::new(rules(1024), &policies, &store);
    let session = sessions.session(key("a"), &store, NOW, &Across::Alone);
    let done = sessions.done(&policies, &call("read", "{}"));
    assert_eq!(session.record(&done), Ok(()));
    let reading = done.reading(&session, true).unwrap();
    assert!(
        sessions
            .done(&policies, &call("send", "{}"))
            .reading(&session, true)
            .is_none()
    );
    let answered = NOW.after(Seconds(500));
    assert_eq!(sessions.has_read(&store, &reading, answered), Ok(()));
    for (after, expected) in [
        (500, refused(&["leak"])),
        (1499, refused(&["leak"])),
        (1500, MADE),
    ] {
        let session = sessions.session(key("a"), &store, NOW.after(Seconds(after)), &Across::Alone);
        assert_eq!(
            make(&policies, &sessions, &session, "mail"),
            expected,
            "{after}"
        );
    }
    store.is_down.set(true);
    let lost = sessions.has_read(&store, &reading, answered);
    assert_eq!(lost, Err(SessionError::Unavailable));
    let unread = sessions.session(key("a"), &store, answered, &Across::Alone);
    let error = unread.seen().map(|_| ()).unwrap_err();
    assert_eq!(
        error,
        SessionError::Unavailable,
        "what can't be read is not taken for a session that has done nothing"
    );
}

/// Two workers judge by what stands there, and then write; whoever comes second has to judge anew.
#[test]
fn of_two_calls_at_once_the_second_is_judged_by_the_first() {
    for (name, first, second, anew) in [
        ("one call that is left", "send", "send", refused(&["once"])),
        (
            "a way out behind what was read",
            "read",
            "mail",
            refused(&["leak"]),
        ),
        ("what is read behind a way out", "mail", "read", MADE),
    ] {
        let (policies, store) = (policies(), HostStore::default());
        let workers = [0, 1].map(|_| Sessions::new(rules(1024), &policies, &store));
        let [one, two] = workers
            .each_ref()
            .map(|of| of.session(key("a"), &store, NOW, &Across::Alone));
        assert!(one.seen().is_ok() && two.seen().is_ok(), "{name}");
        assert_eq!(make(&policies, &workers[0], &one, first), MADE, "{name}");
        let outrun = Made::Permitted(Err(Unrecorded::Outrun));
        assert_eq!(make(&policies, &workers[1], &two, second), outrun, "{name}");
        two.forget();
        assert_eq!(make(&policies, &workers[1], &two, second), anew, "{name}");
    }
}

#[test]
fn what_can_not_be_remembered_is_told() {
    let policies = policies();
    let store = HostStore::default();
    let sessions = Sessions::new(rules(1), &policies, &store);
    let done = sessions.done(&policies, &call("send", "{}"));
    let record = |key| {
        sessions
            .session(key, &store, NOW, &Across::Alone)
            .record(&done)
    };
    let of_bucket = |task: &String| TABLE.name(&key(task).unwrap().digest);
    let first = "0".to_owned();
    let mut others = (1..).map(|number| number.to_string());
    let other = others
        .find(|task| of_bucket(task) == of_bucket(&first))
        .unwrap();
    assert_eq!(record(key(&first)), Ok(()));
    let full = Err(Unrecorded::Fault(SessionError::Full));
    assert_eq!(record(key(&other)), full, "no room");
    assert_eq!(record(key(&first)), Ok(()), "it has its room already");
    assert_eq!(record(None), Ok(()), "nobody's session");

    store.set(&of_bucket(&first), b"no bucket", None).unwrap();
    let unavailable = Err(Unrecorded::Fault(SessionError::Unavailable));
    assert_eq!(record(key(&first)), unavailable, "what is no bucket");
    let alone = Sessions::new(rules(1), &policies, &Isolated);
    assert!(!alone.is_shared());
    let nowhere = alone
        .session(key("a"), &Isolated, NOW, &Across::Alone)
        .record(&done);
    assert_eq!(nowhere, unavailable, "no store");
}

#[test]
fn only_a_policy_that_asks_is_refused_what_it_asks_for() {
    let policies = policies();
    let store = HostStore::default();
    let sessions = Sessions::new(rules(1024), &policies, &store);
    let alone = Sessions::new(rules(1024), &policies, &Isolated);
    let nobody = sessions.session(None, &store, NOW, &Across::Alone);
    let lost = alone.session(key("a"), &Isolated, NOW, &Across::Alone);
    let principal = prepare(&policies, caller());
    let decide = |session, operation: &Operation<'_>| -> Outcome {
        let facts = Facts { session, ..FACTS };
        let verdict = policies.decide(&principal, operation, &facts).verdict;
        verdict.map(|permit| permit.policies().to_vec())
    };
    let send = call("send", "{}");
    for (name, session, expected) in [
        (
            "nobody's session",
            Some(&nobody),
            SessionError::Unidentified,
        ),
        ("no store", Some(&lost), SessionError::Unavailable),
        ("no sessions at all", None, SessionError::Unavailable),
    ] {
        let refused = Err(PolicyDenial::Session(expected));
        assert_eq!(decide(session, &send), refused, "{name}");
        assert!(decide(session, &call("look", "{}")).is_ok(), "{name}");
        assert!(decide(session, &ask(Action::Ping)).is_ok(), "{name}");
    }
}

#[test]
fn shadows_ask_and_need_nothing() {
    for (text, ask, need) in [
        ("permit(principal, action, resource);", false, false),
        (POLICIES, true, true),
        (
            r#"@shadow("true") @id("a") permit(principal, action, resource) when { context.session.calls.hasTag("sent") };
            @id("b") permit(principal, action, resource);"#,
            true,
            false,
        ),
    ] {
        let policies = load_with(text, &labelled()).unwrap();
        let found = (policies.look_at_sessions(), policies.need_sessions(NOW));
        assert_eq!(found, (ask, need), "{text}");
    }
}

#[test]
fn labels_are_those_of_the_resource_and_of_its_server() {
    let policies = policies();
    let labels = |operation: &Operation<'_>| {
        let labels = policies.labels_of(operation);
        let names = labels.iter().map(|label| label.id().unescaped().to_owned());
        names.collect::<Vec<_>>()
    };
    for (name, operation, expected) in [
        (
            "a tool",
            call("read", "{}"),
            vec!["uses:shop", "reads:private"],
        ),
        ("a tool that has none", call("x", "{}"), vec!["uses:shop"]),
        ("a list", ask(Action::ListTools), vec![]),
        (
            "a task, which may be of any tool, with what comes back",
            ask(Action::GetTaskResult),
            vec!["uses:shop", "reads:private"],
        ),
        ("initialising", ask(Action::Initialize), vec![]),
        ("words to a server", ask(Action::Notify), vec!["uses:shop"]),
        ("an answer to it", ask(Action::Respond), vec!["uses:shop"]),
        ("its stream", ask(Action::OpenStream), vec!["uses:shop"]),
        ("its other one", ask(Action::Listen), vec!["uses:shop"]),
        (
            "an operation",
            crate::policy::tests::fetch(&[]),
            vec!["sends:outside"],
        ),
    ] {
        assert_eq!(labels(&operation), expected, "{name}");
    }
}

#[test]
fn a_session_is_told_by_what_was_verified() {
    let with = |change: &dyn Fn(&mut Caller)| {
        let mut caller = caller();
        caller.session = Some("s-1".to_owned());
        caller.token_id = Some("j-1".to_owned());
        change(&mut caller);
        caller
    };
    let plain = || with(&|_| {});
    let other_token = with(&|of| of.token_id = Some("j-2".to_owned()));
    let other_session = with(&|of| of.session = Some("s-2".to_owned()));
    let other_issuer = with(&|of| of.domain.0 = "other".into());
    let same_name = with(&|of| of.issuer = "https://other.example".to_owned());
    let no_task = with(&|of| of.task = None);
    let of_format = |format| with(&move |of| of.format = format);
    use KeyFact::{Mission, Root, Session, Task, Token};
    for (name, by, caller, is_same) in [
        (
            "another token of a session",
            &[Session][..],
            other_token.clone(),
            Some(true),
        ),
        ("another token", &[Token], other_token, Some(false)),
        (
            "another session",
            &[Session],
            other_session.clone(),
            Some(false),
        ),
        (
            "another session of a task",
            &[Task, Session],
            other_session.clone(),
            Some(true),
        ),
        (
            "another session of a party",
            &[Root],
            other_session,
            Some(true),
        ),
        (
            "the same of another issuer",
            &[Session],
            other_issuer,
            Some(false),
        ),
        (
            "the same of another issuer that has the same name elsewhere",
            &[Session],
            same_name,
            Some(false),
        ),
        (
            "the next fact where the first is missing",
            &[Task, Session],
            no_task,
            Some(false),
        ),
        ("no mission", &[Mission], plain(), None),
        (
            "a warrant",
            &[Token],
            of_format(CredentialFormat::Aat),
            None,
        ),
        (
            "a job's token",
            &[Token],
            of_format(CredentialFormat::CiToken),
            None,
        ),
        (
            "a workload's SVID",
            &[Token],
            of_format(CredentialFormat::JwtSvid),
            None,
        ),
        (
            "a workload's WIT",
            &[Token],
            of_format(CredentialFormat::Wit),
            None,
        ),
    ] {
        let found = of(by, caller);
        assert_eq!(
            found.map(|key| Some(key) == of(by, plain())),
            is_same,
            "{name}"
        );
    }
    assert_ne!(
        of(&[Task], plain()),
        of(&[Session], with(&|c| c.session = c.task.clone()))
    );
}
