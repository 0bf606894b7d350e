use super::{SAYS_OLD, ask, excerpt, params};
use crate::json::Kind;
use crate::operation::{OperationError, Refusal};

#[test]
fn params_have_the_shapes_that_decisions_rest_on() {
    let name_shape = |found| {
        params(
            "params.name",
            "a string of 1 to 256 bytes without control characters",
            found,
        )
    };
    let ambiguous = |object, name: &str| OperationError::AmbiguousMember {
        object,
        name: excerpt(name),
    };
    let text = Some(Kind::String);
    for (name, method, inside, expected) in [
        (
            "no name",
            "tools/call",
            r#""arguments":{}"#.to_owned(),
            name_shape(None),
        ),
        (
            "name as a number",
            "tools/call",
            r#""name":1"#.into(),
            name_shape(Some(Kind::Number)),
        ),
        (
            "empty name",
            "tools/call",
            r#""name":"""#.into(),
            name_shape(text),
        ),
        (
            "control character in the name",
            "tools/call",
            r#""name":"a\n""#.into(),
            name_shape(text),
        ),
        (
            "long name",
            "tools/call",
            format!(r#""name":"{}""#, "x".repeat(257)),
            name_shape(text),
        ),
        (
            "arguments as an array",
            "tools/call",
            r#""name":"a","arguments":[]"#.into(),
            params("params.arguments", "an object", Some(Kind::Array)),
        ),
        (
            "arguments as null",
            "tools/call",
            r#""name":"a","arguments":null"#.into(),
            params("params.arguments", "an object", Some(Kind::Null)),
        ),
        (
            "arguments as text",
            "tools/call",
            r#""name":"a","arguments":"{}""#.into(),
            params("params.arguments", "an object", text),
        ),
        (
            "name in another case",
            "tools/call",
            r#""name":"a","NAME":"b""#.into(),
            ambiguous("params", "NAME"),
        ),
        (
            "arguments in another case only",
            "tools/call",
            r#""name":"a","Arguments":{}"#.into(),
            ambiguous("params", "Arguments"),
        ),
        (
            "by an odd letter",
            "tools/call",
            r#""name":"a","argument\u017f":{}"#.into(),
            ambiguous("params", "argument\u{17f}"),
        ),
        (
            "two arguments of one name",
            "tools/call",
            r#""name":"a","arguments":{"path":1,"Path":2}"#.into(),
            ambiguous("params.arguments", "Path"),
        ),
        (
            "the same deep inside",
            "tools/call",
            r#""name":"a","arguments":{"x":[{"a":1,"A":2}]}"#.into(),
            ambiguous("params.arguments", "A"),
        ),
        (
            "the same among many",
            "tools/call",
            format!(
                r#""name":"a","arguments":{{{}"m1":0,"M1":0}}"#,
                (2..20).map(|n| format!(r#""m{n}":0,"#)).collect::<String>()
            ),
            ambiguous("params.arguments", "M1"),
        ),
        (
            "meta as text",
            "ping",
            r#""_meta":"x""#.into(),
            params("params._meta", "an object", text),
        ),
        (
            "meta in another case",
            "ping",
            r#""_META":{}"#.into(),
            ambiguous("params", "_META"),
        ),
        (
            "cursor as a number",
            "tools/list",
            r#""cursor":1"#.into(),
            params("params.cursor", "a string", Some(Kind::Number)),
        ),
        (
            "no proposal",
            "initialize",
            r#""capabilities":{},"clientInfo":{}"#.into(),
            params("params.protocolVersion", "a string", None),
        ),
        (
            "no capabilities",
            "initialize",
            r#""protocolVersion":"2025-11-25","clientInfo":{}"#.into(),
            params("params.capabilities", "an object", None),
        ),
        (
            "no client info",
            "initialize",
            r#""protocolVersion":"2025-11-25","capabilities":{}"#.into(),
            params("params.clientInfo", "an object", None),
        ),
    ] {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":"q","method":"{method}","params":{{{inside}}}}}"#);
        let refusal = Refusal {
            error: expected,
            rpc_id: Some(r#""q""#.to_owned()),
        };
        assert_eq!(ask(SAYS_OLD, &body), Err(refusal), "{name}");
    }
}
