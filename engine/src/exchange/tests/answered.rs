//! The answer to a list, as a stream of events.

use super::*;
use crate::decision::Reason;
use crate::exchange::reply::{self, Reply};
use crate::operation::mcp::listing::LONGEST;

/// A list was asked for, and the head of its answer went on.
fn followed() -> (Reply, Instance) {
    let mut config = configuration(&json!({"inline": jwks()}));
    config["policies"] = json!(
        r#"
        @id("list") permit(principal, action == Action::"list_tools", resource);
        @id("echo") permit(principal, action == Action::"call_tool", resource == Tool::"tools/echo");
        "#
    );
    let mut instance = instance_of(&config);
    let (exchange, effect) = step(Exchange::new(), &mut instance, call());
    assert_eq!(reason(&effect), "wait for the body");
    let list = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list"}).to_string();
    let (_, effect) = step(exchange, &mut instance, Input::Body(list.as_bytes()));
    let Effect::Forward(forward) = effect else {
        panic!("{}", reason(&effect));
    };
    let head = reply::Input::Head {
        headers: Headers::from_pairs([("content-type", "text/event-stream")]),
        end_of_stream: false,
    };
    let reply = forward.reply.unwrap();
    let (reply, effect) = reply.step(&mut instance, HOST, NOW, head);
    assert!(matches!(effect, reply::Effect::Follow(_)));
    (reply, instance)
}

/// What goes on in the part's place, and the error where something was withheld.
fn part(reply: Reply, instance: &mut Instance, text: &str) -> (Reply, String, Option<String>) {
    let input = reply::Input::Part {
        bytes: text.as_bytes(),
        is_last: false,
    };
    let (reply, effect) = reply.step(instance, HOST, NOW, input);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    match effect {
        reply::Effect::Emit(bytes) => (reply, text(&bytes), None),
        reply::Effect::Withhold(refusal, bytes) => {
            assert_eq!(refusal.denial.reason(), Reason::ResponseUnreadable);
            (reply, text(&bytes), Some(text(&refusal.response.body)))
        }
        other @ (reply::Effect::Pass(_)
        | reply::Effect::Hold
        | reply::Effect::PassPart
        | reply::Effect::PassUnremembered
        | reply::Effect::Follow(_)
        | reply::Effect::Replace(..)
        | reply::Effect::Refuse(_)) => panic!("{other:?}"),
    }
}

#[test]
fn an_event_that_can_not_be_read_is_withheld_alone() {
    let (reply, mut instance) = followed();
    let unread = "data: {}\n\nid: 3\ndata: [1]\n\ndata: [2]\n\n";
    let (reply, shown, error) = part(reply, &mut instance, unread);
    let error = error.unwrap();
    assert!(error.contains(r#""id":7"#), "{error}");
    assert_eq!(
        shown,
        format!("data: {{}}\n\nid: 3\ndata: {error}\n\ndata: {error}\n\n")
    );
    let list = "data: {\"result\":{\"tools\":[{\"name\":\"echo\"},{\"name\":\"wipe\"}]}}\n\n";
    let (_, shown, error) = part(reply, &mut instance, list);
    assert_eq!(
        shown,
        "data: {\"result\":{\"tools\":[{\"name\":\"echo\"}]}}\n\n"
    );
    assert_eq!(error, None);
}

#[test]
fn an_event_that_is_too_long_is_withheld_to_its_end() {
    let (reply, mut instance) = followed();
    let begun = format!("id: 3\ndata: {}", " ".repeat(LONGEST));
    let (reply, shown, error) = part(reply, &mut instance, &begun);
    assert_eq!(
        shown,
        format!("event: message\ndata: {}\n\n", error.unwrap())
    );
    let (_, shown, error) = part(reply, &mut instance, "{}\ndata: 1\n\ndata: {}\n\n");
    assert_eq!(shown, "data: {}\n\n");
    assert_eq!(error, None);
}
