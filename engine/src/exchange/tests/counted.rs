//! Requests that wait for what the rate-limit service says of their sessions.

use super::*;
use crate::buckets::OwnStore;
use crate::time::Seconds;

/// A gateway that asks: one call of `echo` for each caller, and plain HTTP whose bodies nobody judges.
fn asking(on_failure: &str) -> (Instance, OwnStore) {
    asking_in("enforce", on_failure)
}

/// The same in a mode.
fn asking_in(mode: &str, on_failure: &str) -> (Instance, OwnStore) {
    let mut config = configuration(&json!({"inline": jwks()}));
    config["policies"] = json!(
        r#"
        @id("any") permit(principal, action, resource);
        @id("once") forbid(principal, action, resource)
        unless { context.session.calls.hasTag("calls") && context.session.calls.getTag("calls") < 1 };
        "#
    );
    config["mode"] = json!(mode);
    if mode == "shadow" {
        config["shadow_until"] = json!(NOW.0 + 3600);
    }
    config["dpop"] = json!({"nonce_secret": "0123456789abcdef0123456789abcdef"});
    config["sessions"] = json!({
        "by": ["root"],
        "counters": [{"name": "calls", "window_seconds": 60}],
        "rate_limit_service": {"cluster": "limits", "on_failure": on_failure},
    });
    let operations = json!([
        {"name": "health", "method": "GET", "path": "/health"},
        {"name": "upload", "method": "PUT", "path": "/upload"},
    ]);
    config["routes"][1]["http"]["operations"] = operations;
    let store = OwnStore::default();
    let gate = Gate::from_json(config.to_string().as_bytes()).unwrap();
    let id = InstanceId::new("w1").unwrap();
    let instance = Instance::new(gate, id, Seed::new([7; 32]), &store).unwrap();
    (instance, store)
}

fn step_at(
    exchange: Exchange,
    (instance, store): &mut (Instance, OwnStore),
    now: UnixTime,
    input: Input<'_>,
) -> (Exchange, Effect) {
    let host = Host {
        verifier: &CrateVerifier,
        store,
        connection: &Isolated,
    };
    exchange.step(instance, host, now, input)
}

/// A call of `echo` whose first question was asked.
fn asked(gateway: &mut (Instance, OwnStore)) -> (Exchange, Box<Question>) {
    let (exchange, effect) = step_at(Exchange::new(), gateway, NOW, call());
    assert_eq!(reason(&effect), "wait for the body");
    let (exchange, effect) = step_at(exchange, gateway, NOW, Input::Body(&body("echo")));
    let Effect::Ask(question) = effect else {
        panic!("{effect:?}")
    };
    (exchange, question)
}

/// What a service says that has counted so much, this call with it.
fn says(question: &Question, count: u8) -> Result<Counts, ServiceError> {
    // `statuses { code: OK, current_limit { requests_per_unit: 100, unit: HOUR }, limit_remaining }`
    question.read(&[0x12, 10, 8, 1, 0x12, 4, 8, 100, 0x10, 3, 0x18, 100 - count])
}

#[test]
fn a_request_that_waits_for_counts_has_an_outcome_for_every_input() {
    type Make<'a> = &'a dyn Fn(&Question) -> Input<'a>;
    let echo = body("echo");
    let rows: [(&str, Make<'_>, &str); 10] = [
        ("head", &|_| call(), "exchange_out_of_order"),
        (
            "more of a body that was whole",
            &|_| Input::BodyProgress { buffered: 10 },
            "exchange_out_of_order",
        ),
        (
            "another body",
            &|_| Input::Body(&echo),
            "exchange_out_of_order",
        ),
        (
            "nothing more",
            &|_| Input::Body(&[]),
            "exchange_out_of_order",
        ),
        (
            "withheld",
            &|_| Input::BodyWithheld,
            "body_gating_unavailable",
        ),
        ("documents", &|_| Input::DocumentsChanged, "wait for counts"),
        ("time", &|_| Input::Time, "wait for counts"),
        (
            "nothing done so far",
            &|asked| Input::Counted(says(asked, 0)),
            "ask",
        ),
        (
            "a call made elsewhere",
            &|asked| Input::Counted(says(asked, 1)),
            "policy_forbidden",
        ),
        (
            "no answer",
            &|_| Input::Counted(Err(ServiceError::Unanswered)),
            "sessions_unanswered",
        ),
    ];
    for (name, input, expected) in rows {
        let mut gateway = asking("deny");
        let (exchange, question) = asked(&mut gateway);
        assert_eq!(gateway.0.asking(), 1, "{name}");
        let (exchange, effect) = step_at(exchange, &mut gateway, NOW, input(&question));
        assert_eq!(reason(&effect), expected, "{name}");
        let waits = matches!(effect, Effect::Wait(_) | Effect::Ask(_));
        assert_eq!(exchange.is_settled(), !waits, "{name}");
        assert_eq!(gateway.0.asking(), usize::from(waits), "{name}");
    }
}

#[test]
fn a_permitted_call_is_judged_by_what_stood_there_when_it_was_counted() {
    for (name, count, expected) in [
        ("nobody else", 1, "forward"),
        ("another was faster", 2, "policy_forbidden"),
    ] {
        let mut gateway = asking("deny");
        let (exchange, question) = asked(&mut gateway);
        let looked = Input::Counted(says(&question, 0));
        let (exchange, effect) = step_at(exchange, &mut gateway, NOW, looked);
        let Effect::Ask(question) = effect else {
            panic!("{name}: {effect:?}")
        };
        let taken = Input::Counted(says(&question, count));
        let (exchange, effect) = step_at(exchange, &mut gateway, NOW, taken);
        assert_eq!(reason(&effect), expected, "{name}");
        let late = Input::Counted(says(&question, 1));
        let (_, effect) = step_at(exchange, &mut gateway, NOW, late);
        assert_eq!(reason(&effect), "settled", "{name}, and another answer");
    }
}

#[test]
fn an_answer_that_never_comes_is_waited_for_so_long_and_no_longer() {
    for (on_failure, expected) in [("deny", "sessions_unanswered"), ("local", "forward")] {
        let mut gateway = asking(on_failure);
        let (exchange, _) = asked(&mut gateway);
        let before = NOW.after(Seconds(1));
        let (exchange, effect) = step_at(exchange, &mut gateway, before, Input::Time);
        assert_eq!(reason(&effect), "wait for counts");
        let after = NOW.after(Seconds(2));
        let (_, effect) = step_at(exchange, &mut gateway, after, Input::Time);
        assert_eq!(reason(&effect), expected, "{on_failure}");
    }
}

#[test]
fn what_this_gateway_remembers_counts_alone_and_beside() {
    let mut gateway = asking("local");
    for (name, answer, expected) in [
        ("first", Err(ServiceError::Unanswered), "forward"),
        ("again", Err(ServiceError::Unanswered), "policy_forbidden"),
        (
            "though elsewhere there was nothing",
            Ok(0),
            "policy_forbidden",
        ),
    ] {
        let (exchange, question) = asked(&mut gateway);
        let answer = answer.and_then(|count| says(&question, count));
        let (_, effect) = step_at(exchange, &mut gateway, NOW, Input::Counted(answer));
        assert_eq!(reason(&effect), expected, "{name}");
    }
}

#[test]
fn where_no_more_may_wait_it_is_as_if_there_were_no_answer() {
    for (mode, on_failure, expected) in [
        ("enforce", "deny", "sessions_unanswered"),
        ("enforce", "local", "forward"),
        ("shadow", "deny", "forward"),
    ] {
        let mut gateway = asking_in(mode, on_failure);
        let (_first, _) = asked(&mut gateway);
        let (exchange, _) = step_at(Exchange::new(), &mut gateway, NOW, call());
        let (_, effect) = step_at(exchange, &mut gateway, NOW, Input::Body(&body("echo")));
        assert_eq!(reason(&effect), expected, "{mode}, {on_failure}");
        assert_eq!(gateway.0.asking(), 1);
    }
}

#[test]
fn who_waits_for_something_else_takes_no_place_of_those_who_ask() {
    let mut gateway = asking("deny");
    let _taken = gateway.0.wait_slot().unwrap();
    assert!(gateway.0.wait_slot().is_none());
    let (_asking, _) = asked(&mut gateway);
    assert_eq!((gateway.0.waiting(), gateway.0.asking()), (1, 1));
}

#[test]
fn a_refusal_while_counts_are_awaited_says_who_called_what() {
    for input in [Input::BodyWithheld, call()] {
        let mut gateway = asking("deny");
        let (exchange, _) = asked(&mut gateway);
        let (_, effect) = step_at(exchange, &mut gateway, NOW, input);
        let Effect::Refuse(refusal) = effect else {
            panic!("{effect:?}")
        };
        let record: Value = serde_json::from_str(&refusal.evidence.line).unwrap();
        assert_eq!(record["operation"]["action"], "call_tool", "{record}");
        for member in ["caller", "credential"] {
            assert!(
                record[member].is_object() || record[member].is_string(),
                "{record}"
            );
        }
        let answer: Value = serde_json::from_slice(&refusal.response.body).unwrap();
        assert_eq!(answer["id"], 1, "{answer}");
    }
}

#[test]
fn a_body_that_nobody_judges_may_come_while_counts_are_awaited() {
    let mut gateway = asking("deny");
    let put = head("PUT", "/upload", &token(&claims()));
    let (exchange, effect) = step_at(Exchange::new(), &mut gateway, NOW, put);
    let Effect::Ask(question) = effect else {
        panic!("{effect:?}")
    };
    let mut exchange = exchange;
    for input in [
        Input::BodyProgress { buffered: 100_000 },
        Input::Body(&[7; 2000]),
    ] {
        let effect;
        (exchange, effect) = step_at(exchange, &mut gateway, NOW, input);
        assert_eq!(reason(&effect), "wait for counts");
    }
    let counted = Input::Counted(says(&question, 1));
    let (_, effect) = step_at(exchange, &mut gateway, NOW, counted);
    assert_eq!(reason(&effect), "policy_forbidden");
}
