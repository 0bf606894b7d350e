use proptest::prelude::*;

use super::super::LONGEST_ID;
use super::{SAYS_NEW, SAYS_OLD, ask, excerpt, params, why, without_source};
use crate::json::{JsonError, Kind};
use crate::operation::{Action, OperationError, Resource};

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

#[test]
fn only_one_json_rpc_message_is_a_body() {
    let unknown = |name: &str| OperationError::UnknownMember {
        name: excerpt(name),
    };
    let id_shape = || OperationError::IdShape {
        longest: LONGEST_ID,
    };
    let object_found = |found| OperationError::NotAnObject { found };
    for (name, body, expected) in [
        ("nothing", "", OperationError::BodyMissing),
        ("white space", " ", JsonError::Empty.into()),
        (
            "byte order mark",
            "\u{feff}{}",
            JsonError::ByteOrderMark.into(),
        ),
        (
            "two documents",
            &format!("{PING}{PING}"),
            JsonError::TrailingData { at: PING.len() }.into(),
        ),
        (
            "server-sent event",
            "data: {}",
            JsonError::Unexpected {
                at: 0,
                expected: "a value",
            }
            .into(),
        ),
        (
            "duplicate by escape",
            r#"{"method":"ping","m\u0065thod":"tools/call"}"#,
            JsonError::DuplicateName { at: 17 }.into(),
        ),
        ("batch", &format!("[{PING}]"), OperationError::Batch),
        ("empty batch", "[]", OperationError::Batch),
        ("string", r#""tools/call""#, object_found(Kind::String)),
        ("null", "null", object_found(Kind::Null)),
        (
            "no version",
            r#"{"id":1,"method":"ping"}"#,
            OperationError::NotJsonRpc2,
        ),
        (
            "other version",
            r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
            OperationError::NotJsonRpc2,
        ),
        (
            "version as a number",
            r#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#,
            OperationError::NotJsonRpc2,
        ),
        (
            "no method",
            r#"{"jsonrpc":"2.0","id":1}"#,
            OperationError::MethodNotText,
        ),
        (
            "method as null",
            r#"{"jsonrpc":"2.0","id":1,"method":null}"#,
            OperationError::MethodNotText,
        ),
        (
            "request and result at once",
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#,
            unknown("result"),
        ),
        (
            "unknown member",
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","x\n":1}"#,
            unknown("x\n"),
        ),
        (
            "method in two cases",
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}"#,
            unknown("Method"),
        ),
        (
            "null id",
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            id_shape(),
        ),
        (
            "fractional id",
            r#"{"jsonrpc":"2.0","id":1.0,"method":"ping"}"#,
            id_shape(),
        ),
        (
            "exponent id",
            r#"{"jsonrpc":"2.0","id":1e3,"method":"ping"}"#,
            id_shape(),
        ),
        (
            "object id",
            r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
            id_shape(),
        ),
        (
            "long id",
            &format!(
                r#"{{"jsonrpc":"2.0","id":"{}","method":"ping"}}"#,
                "x".repeat(LONGEST_ID - 1)
            ),
            id_shape(),
        ),
        (
            "request without id",
            r#"{"jsonrpc":"2.0","method":"ping"}"#,
            OperationError::IdMissing {
                method: excerpt("ping"),
            },
        ),
        (
            "notification with id",
            r#"{"jsonrpc":"2.0","id":1,"method":"notifications/initialized"}"#,
            OperationError::IdOnNotification {
                method: excerpt("notifications/initialized"),
            },
        ),
        (
            "unknown method",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/delete"}"#,
            OperationError::UnknownMethod {
                method: excerpt("tools/delete"),
            },
        ),
        (
            "method in another case",
            r#"{"jsonrpc":"2.0","id":1,"method":"Tools/Call"}"#,
            OperationError::UnknownMethod {
                method: excerpt("Tools/Call"),
            },
        ),
        (
            "unknown notification",
            r#"{"jsonrpc":"2.0","method":"notifications/x"}"#,
            OperationError::UnknownMethod {
                method: excerpt("notifications/x"),
            },
        ),
        (
            "params as an array",
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#,
            params("params", "an object", Some(Kind::Array)),
        ),
        (
            "params as null",
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#,
            params("params", "an object", Some(Kind::Null)),
        ),
        (
            "too large",
            &" ".repeat(4097),
            OperationError::BodyTooLarge { limit: 4096 },
        ),
    ] {
        assert_eq!(why(SAYS_OLD, body), Some(expected), "{name}");
    }
}

#[test]
fn a_client_answers_what_a_server_asked() {
    let session = format!("{SAYS_OLD}\nmcp-session-id: a");
    let asked = ask(
        &session,
        r#"{"jsonrpc":"2.0","id":7,"result":{"roots":[]}}"#,
    )
    .unwrap();
    assert_eq!(asked.action, Action::Respond);
    assert_eq!(asked.rpc_id, None, "the id is of the server's question");
    let unknown = |name: &str| OperationError::UnknownMember {
        name: excerpt(name),
    };
    let id_shape = OperationError::IdShape {
        longest: LONGEST_ID,
    };
    let object = |found| params("result` or `error", "an object", Some(found));
    for (name, lines, body, expected) in [
        (
            "an error",
            &session,
            r#"{"jsonrpc":"2.0","id":"x","error":{"code":-1,"message":"no"}}"#,
            None,
        ),
        (
            "without an id",
            &session,
            r#"{"jsonrpc":"2.0","result":{}}"#,
            Some(id_shape),
        ),
        (
            "both",
            &session,
            r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#,
            Some(unknown("error")),
        ),
        (
            "a result that is none",
            &session,
            r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
            Some(object(Kind::Null)),
        ),
        (
            "something more",
            &session,
            r#"{"jsonrpc":"2.0","id":1,"result":{},"Method":"tools/call"}"#,
            Some(unknown("Method")),
        ),
        (
            "another JSON-RPC",
            &session,
            r#"{"jsonrpc":"1.0","id":1,"result":{}}"#,
            Some(OperationError::NotJsonRpc2),
        ),
        (
            "a header of a call",
            &format!("{session}\nmcp-method: tools/call"),
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            Some(without_source("mcp-method")),
        ),
        (
            "where nobody asks",
            &SAYS_NEW.to_owned(),
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            Some(OperationError::ResponseFromClient),
        ),
    ] {
        assert_eq!(why(lines, body), expected, "{name}");
    }
}

proptest! {
    /// Whatever is changed in a call, it is refused, or it asks for what another JSON parser says that it asks for.
    #[test]
    fn no_change_hides_what_is_asked(
        at in any::<prop::sample::Index>(),
        removed in 0_usize..4,
        inserted in "[\\x00-\\x7f]{0,3}|,\"name\":\"b\"|\\\\u006e|,\"params\":\\{\\}",
    ) {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"refund","arguments":{"amount":40}}}"#;
        let mut body = call.to_owned();
        let start = at.index(body.len());
        let end = (start + removed).min(body.len());
        body.replace_range(start..end, &inserted);
        if let Ok(operation) = ask(SAYS_OLD, &body) {
            let theirs: serde_json::Value = serde_json::from_str(&body).unwrap();
            if let Resource::Tool { tool, .. } = operation.resource {
                prop_assert_eq!(&theirs["method"], "tools/call");
                prop_assert_eq!(&theirs["params"]["name"], tool.as_str());
                let arguments = operation.arguments.unwrap().to_string();
                let arguments: serde_json::Value = serde_json::from_str(&arguments).unwrap();
                let expected = theirs["params"].get("arguments").cloned();
                prop_assert_eq!(arguments, expected.unwrap_or_else(|| serde_json::json!({})));
            }
        }
    }

    #[test]
    fn no_bytes_break_it(name in "[a-zA-Z-]{1,12}|mcp-(param-a|name|method|session-id|protocol-version)", value in "\\PC{0,20}", body in any::<Vec<u8>>()) {
        let head = super::head(&format!("{SAYS_OLD}\n{name}: {}", value.replace(": ", "")));
        let _ = super::read(&super::rules(super::BOTH), &head, &body);
    }
}
