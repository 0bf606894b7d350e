//! Whose a task is, where the host can't say it, where two gates share what they remember, and what a host may do wrong while an answer
//! goes by.

use super::*;
use crate::buckets::OwnStore;
use crate::decision::Reason;
use crate::exchange::reply::{self, Reply};

const ISSUER: &str = "https://as.example";

/// What a gate with this one issuer, which is always called the same, makes of a message.
fn asked(host: Host<'_>, issuer: &str, message: &Value) -> (Effect, Instance) {
    asked_in(host, issuer, &[], message)
}

/// The same with more header fields.
fn asked_in(
    host: Host<'_>,
    issuer: &str,
    fields: &[(&str, &str)],
    message: &Value,
) -> (Effect, Instance) {
    let mut config = configuration(&json!({"inline": jwks()}));
    config["dpop"] = json!({"nonce_secret": "the same at all gates, 32 characters"});
    config["policies"] = json!("@id(\"any\") permit(principal, action, resource);");
    config["issuers"][0]["issuer"] = json!(issuer);
    let mut claims = claims();
    claims["iss"] = json!(issuer);
    let mut instance = instance_with(&config, host.store);
    let credential = format!("Bearer {}", token(&claims));
    let fields = [&[("authorization", &*credential)], fields].concat();
    let head = head_with("POST", "/mcp", &fields);
    let (exchange, effect) = Exchange::new().step(&mut instance, host, NOW, head);
    assert_eq!(reason(&effect), "wait for the body");
    let text = message.to_string();
    let (_, effect) = exchange.step(&mut instance, host, NOW, Input::Body(text.as_bytes()));
    (effect, instance)
}

fn get() -> Value {
    json!({"jsonrpc": "2.0", "id": 7, "method": "tasks/get", "params": {"taskId": "t-1"}})
}

/// A call that asks for a task went on, and so did the head of its answer.
fn passing(host: Host<'_>, content_type: &'static str) -> (Reply, Instance) {
    let params = json!({"name": "echo", "task": {}});
    let call = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params});
    let (effect, mut instance) = asked(host, ISSUER, &call);
    let Effect::Forward(forward) = effect else {
        panic!("{}", reason(&effect));
    };
    let head = reply::Input::Head {
        headers: Headers::from_pairs([("content-type", content_type)]),
        end_of_stream: false,
    };
    let (reply, effect) = forward.reply.unwrap().step(&mut instance, host, NOW, head);
    assert!(matches!(effect, reply::Effect::Follow(_)));
    (reply, instance)
}

fn part(text: &str) -> reply::Input<'_> {
    reply::Input::Part {
        bytes: text.as_bytes(),
        is_last: false,
    }
}

#[test]
fn without_a_store_nobody_has_a_task() {
    let (effect, _) = asked(HOST, ISSUER, &get());
    let Effect::Refuse(refusal) = effect else {
        panic!("{}", reason(&effect));
    };
    assert_eq!(refusal.denial.reason(), Reason::TasksUnavailable);
    assert_eq!(refusal.response.status, 503);
}

#[test]
fn a_gate_that_shares_the_store_has_the_same_callers_only_where_the_issuer_is_the_same() {
    let store = OwnStore::default();
    let host = Host {
        store: &store,
        ..HOST
    };
    let (reply, mut instance) = passing(host, "application/json");
    let answer = part(r#"{"result":{"task":{"taskId":"t-1"}}}"#);
    let (_, effect) = reply.step(&mut instance, host, NOW, answer);
    assert!(matches!(effect, reply::Effect::PassPart));
    let (effect, _) = asked(host, ISSUER, &get());
    assert!(matches!(effect, Effect::Forward(_)), "{}", reason(&effect));
    let (effect, _) = asked(host, "https://other.example", &get());
    assert_eq!(reason(&effect), "mcp_task_unknown");
}

#[test]
fn an_answer_passes_whatever_comes_of_its_tasks() {
    for content_type in ["application/json", "text/event-stream"] {
        let (mut reply, mut instance) = passing(HOST, content_type);
        for text in [
            "data: ",
            r#"{"result":{"task":{"taskId":"t-1"}}}"#,
            "\n\n",
            "",
        ] {
            let (next, effect) = reply.step(&mut instance, HOST, NOW, part(text));
            // What names no task in JSON names one in an event.
            let names_one = text.starts_with('{') && content_type == "text/event-stream";
            let is_told = matches!(effect, reply::Effect::PassUnremembered);
            assert_eq!(is_told, names_one, "{text:?}");
            assert!(is_told || matches!(effect, reply::Effect::PassPart));
            reply = next;
        }
        let (_, effect) = reply.step(&mut instance, HOST, NOW, reply::Input::Body(b"{}"));
        assert!(matches!(effect, reply::Effect::Refuse(_)), "{content_type}");
    }
}

#[test]
fn what_could_not_be_remembered_is_told_once_and_given_when_it_is_named_again() {
    let store = OwnStore::default();
    let host = Host {
        store: &store,
        ..HOST
    };
    let (mut reply, mut instance) = passing(host, "text/event-stream");
    let event = "data: {\"result\":{\"task\":{\"taskId\":\"t-1\"}}}\n\n";
    let mut told = Vec::new();
    for host in [HOST, HOST, host] {
        let (next, effect) = reply.step(&mut instance, host, NOW, part(event));
        told.push(matches!(effect, reply::Effect::PassUnremembered));
        reply = next;
    }
    assert_eq!(told, [true, false, false]);
    let (effect, _) = asked(host, ISSUER, &get());
    assert!(matches!(effect, Effect::Forward(_)), "{}", reason(&effect));
}

#[test]
fn where_tasks_are_bound_the_store_is_tried_when_a_configuration_is_loaded() {
    for (mcp, revisions) in [
        (true, json!(["2025-11-25"])),
        (true, json!(["2025-06-18"])),
        (false, json!(["2025-11-25"])),
    ] {
        let mut config = configuration(&json!({"inline": jwks()}));
        config["routes"] = json!([{"name": "orders", "path": "/mcp",
            "mcp": {"server": "orders", "bind_tasks": mcp, "revisions": revisions}}]);
        let is_needed = mcp && revisions == json!(["2025-11-25"]);
        assert_eq!(
            instance_of(&config).remembers_tasks(),
            !is_needed,
            "{mcp} {revisions}"
        );
    }
}

#[test]
fn a_session_is_unknown_to_a_gate_that_calls_another_issuer_the_same() {
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}});
    let begin = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
    let (effect, mut instance) = asked(HOST, ISSUER, &begin);
    let Effect::Forward(forward) = effect else {
        panic!("{}", reason(&effect));
    };
    let head = reply::Input::Head {
        headers: Headers::from_pairs([("mcp-session-id", "s")]),
        end_of_stream: true,
    };
    let (_, effect) = forward.reply.unwrap().step(&mut instance, HOST, NOW, head);
    let reply::Effect::Pass(changes) = effect else {
        panic!("{effect:?}");
    };
    let (_, name) = changes.set.first().unwrap();
    let list = json!({"jsonrpc": "2.0", "id": 2, "method": "ping"});
    let session = [("mcp-session-id", name.as_str())];
    let (effect, _) = asked_in(HOST, ISSUER, &session, &list);
    assert!(matches!(effect, Effect::Forward(_)), "{}", reason(&effect));
    let (effect, _) = asked_in(HOST, "https://other.example", &session, &list);
    assert_eq!(reason(&effect), "mcp_session_unknown");
}
