use proptest::prelude::*;

use super::*;

/// What is named, as `kind id`, however the text is cut.
fn names(form: Form, pieces: &[&[u8]]) -> Vec<String> {
    let mut reader = Reader::new(form);
    let found = pieces.iter().flat_map(|piece| reader.push(piece));
    found
        .map(|name| format!("{} {}", name.kind.name(), name.id))
        .collect()
}

#[test]
fn ids_are_found_where_they_stand() {
    for (form, text, expected) in [
        (
            Form::Mcp,
            r#"{"jsonrpc":"2.0","id":"x","result":{"_meta":{"taskId":"m"},"task":{"taskId":"t","status":"working"}}}"#,
            &["task t"][..],
        ),
        (Form::Mcp, r#"{"result":{"taskId":"t"}}"#, &[]),
        (Form::Mcp, r#"{"result":{"task":[{"taskId":"t"}]}}"#, &[]),
        (Form::Mcp, r#"{"error":{"task":{"taskId":"t"}}}"#, &[]),
        (
            Form::Mcp,
            r#"{"result":{"content":[{"text":"{\"task\":{\"taskId\":\"t\"}}"}],"task":{"taskId":5}}}"#,
            &[],
        ),
        (
            Form::A2aRpc,
            r#"{"id":"1","result":{"kind":"task","id":"t","contextId":"c","history":[{"taskId":"h"}],"status":{"message":{"contextId":"s"}}}}"#,
            &["task t", "context c"],
        ),
        (
            Form::A2aRpc,
            r#"{"id":"1","result":{"task":{"id":"t","contextId":"c","metadata":{"id":"m"}}}}"#,
            &["task t", "context c"],
        ),
        (
            Form::A2aRpc,
            r#"{"result":{"statusUpdate":{"taskId":"t","contextId":"c"}}}"#,
            &["task t", "context c"],
        ),
        (
            Form::A2aRpc,
            r#"{"result":{"message":{"parts":[{"text":"contextId"}],"contextId":"c"}}}"#,
            &["context c"],
        ),
        (Form::A2aRpc, r#"{"task":{"id":"t"}}"#, &[]),
        (
            Form::A2aRest,
            r#"{"task":{"artifacts":[[{"id":"a"}]],"id":"t","contextId":"c"}}"#,
            &["task t", "context c"],
        ),
        (
            Form::A2aRest,
            r#"{"artifactUpdate":{"contextId":"c","taskId":"t"}}"#,
            &["context c", "task t"],
        ),
        // Names and ids may be written with escapes, and stand there twice.
        (
            Form::A2aRest,
            r#"{"t\u0061sk":{"id":"\u0074\/1","id":"t2"}}"#,
            &["task t/1", "task t2"],
        ),
        (
            Form::A2aRest,
            r#"{"a":"\\","task":{"id":"t"}}"#,
            &["task t"],
        ),
        (Form::A2aRest, " \r\n{\"id\":\"t\"}", &["task t"]),
        (Form::A2aRest, r#"[{"task":{"id":"t"}}]"#, &[]),
        (Form::A2aRest, r#"{"task":{"id":"t\n"}}"#, &[]),
        (Form::A2aRest, r#"{"task":{"id":""}}"#, &[]),
        (Form::A2aRest, r#"{"task":{"Id":"t","ID":"t"}}"#, &[]),
        // What follows the message is none of it, and what isn't one names nothing.
        (Form::A2aRest, r#"{}{"task":{"id":"t"}}"#, &[]),
        (Form::A2aRest, "}]{\"task\":{\"id\":\"t\"}}", &[]),
        (Form::A2aRest, "\"task\":{\"id\":\"t\"}", &[]),
        (Form::A2aRest, "<html>\"task\":{\"id\":\"t\"}", &[]),
    ] {
        assert_eq!(names(form, &[text.as_bytes()]), expected, "{text}");
        for at in 0..=text.len() {
            let (one, two) = text.as_bytes().split_at(at);
            assert_eq!(names(form, &[one, two]), expected, "{text} cut at {at}");
        }
    }
}

#[test]
fn a_text_that_is_no_id_takes_no_room() {
    let long = "i".repeat(LONGEST_ID);
    for (id, is_found) in [
        (long.clone(), true),
        (format!("{long}i"), false),
        ("i".repeat(1 << 20), false),
        ("\\u0069".repeat(LONGEST_ID), true),
        ("\\u0069".repeat(LONGEST_ID + 1), false),
    ] {
        let text = format!(r#"{{"task":{{"id":"{id}","contextId":"c"}}}}"#);
        let found = names(Form::A2aRest, &[text.as_bytes()]);
        assert_eq!(found.len(), if is_found { 2 } else { 1 }, "{}", id.len());
    }
    let deep = format!("{}{}", "[".repeat(1 << 20), r#"{"task":{"id":"t"}}"#);
    assert!(names(Form::A2aRest, &[deep.as_bytes()]).is_empty());
}

proptest! {
    #[test]
    fn whatever_comes_it_is_read_the_same_in_pieces(
        bytes in proptest::collection::vec(
            prop_oneof![Just(b'"'), Just(b'{'), Just(b'}'), Just(b'['), Just(b','), Just(b':'), Just(b'\\'), any::<u8>()],
            0..200,
        ),
        at in 0_usize..200,
    ) {
        let (one, two) = bytes.split_at(at.min(bytes.len()));
        for form in [Form::Mcp, Form::A2aRpc, Form::A2aRest] {
            prop_assert_eq!(names(form, &[&bytes]), names(form, &[one, two]));
        }
    }

    #[test]
    fn what_a_server_writes_is_found(id in "[ -~]{1,40}", context in "\\PC{1,40}", other in "[^ic]{0,20}") {
        let text = serde_json::json!({
            "jsonrpc": "2.0",
            "id": other,
            "result": {"artifacts": [{"name": other}], other.clone(): other, "contextId": context, "id": id},
        });
        let found = names(Form::A2aRpc, &[text.to_string().as_bytes()]);
        prop_assert_eq!(found, [format!("context {context}"), format!("task {id}")]);
    }
}
