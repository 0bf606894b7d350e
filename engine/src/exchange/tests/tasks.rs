//! Whose a task is, where the host can't say it, and what a host may do wrong while an answer goes by.

use super::*;
use crate::decision::Reason;
use crate::exchange::reply::{self, Reply};

fn asked(message: &Value) -> (Effect, Instance) {
    let mut config = configuration(&json!({"inline": jwks()}));
    config["policies"] = json!("@id(\"any\") permit(principal, action, resource);");
    let mut instance = instance_of(&config);
    let (exchange, effect) = step(Exchange::new(), &mut instance, call());
    assert_eq!(reason(&effect), "wait for the body");
    let text = message.to_string();
    let (_, effect) = step(exchange, &mut instance, Input::Body(text.as_bytes()));
    (effect, instance)
}

/// A call that asks for a task went on, and so did the head of its answer.
fn passing(content_type: &'static str) -> (Reply, Instance) {
    let params = json!({"name": "echo", "task": {}});
    let call = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params});
    let (effect, mut instance) = asked(&call);
    let Effect::Forward(forward) = effect else {
        panic!("{}", reason(&effect));
    };
    let head = reply::Input::Head {
        headers: Headers::from_pairs([("content-type", content_type)]),
        end_of_stream: false,
    };
    let (reply, effect) = forward.reply.unwrap().step(&mut instance, HOST, NOW, head);
    assert!(matches!(effect, reply::Effect::Follow(_)));
    (reply, instance)
}

#[test]
fn without_a_store_nobody_has_a_task() {
    let params = json!({"taskId": "t-1"});
    let get = json!({"jsonrpc": "2.0", "id": 7, "method": "tasks/get", "params": params});
    let (effect, _) = asked(&get);
    let Effect::Refuse(refusal) = effect else {
        panic!("{}", reason(&effect));
    };
    assert_eq!(refusal.denial.reason(), Reason::TasksUnavailable);
    assert_eq!(refusal.response.status, 503);
}

#[test]
fn an_answer_passes_whatever_comes_of_its_tasks() {
    for content_type in ["application/json", "text/event-stream"] {
        let (mut reply, mut instance) = passing(content_type);
        for text in [
            "data: ",
            r#"{"result":{"task":{"taskId":"t-1"}}}"#,
            "\n\n",
            "",
        ] {
            let part = reply::Input::Part {
                bytes: text.as_bytes(),
                is_last: false,
            };
            let (next, effect) = reply.step(&mut instance, HOST, NOW, part);
            assert!(matches!(effect, reply::Effect::PassPart), "{text:?}");
            reply = next;
        }
        let (_, effect) = reply.step(&mut instance, HOST, NOW, reply::Input::Body(b"{}"));
        assert!(matches!(effect, reply::Effect::Refuse(_)), "{content_type}");
    }
}
