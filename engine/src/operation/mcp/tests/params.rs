use super::super::uri::{EACH_PLAIN, PLAIN};
use super::{SAYS_NEW, SAYS_OLD, ask, excerpt, params, why};
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
            "prompt without a name",
            "prompts/get",
            r#""arguments":{}"#.into(),
            name_shape(None),
        ),
        (
            "prompt's arguments in two cases",
            "prompts/get",
            r#""name":"a","arguments":{"a":"1","A":"2"}"#.into(),
            ambiguous("params.arguments", "A"),
        ),
        (
            "no uri",
            "resources/read",
            String::new(),
            params("params.uri", PLAIN, None),
        ),
        (
            "uri in another case",
            "resources/read",
            r#""uri":"file:///a","URI":"file:///b""#.into(),
            ambiguous("params", "URI"),
        ),
        (
            "uri that goes up",
            "resources/read",
            r#""uri":"file:///public/../etc""#.into(),
            params("params.uri", PLAIN, text),
        ),
        (
            "completion of nothing",
            "completion/complete",
            r#""argument":{}"#.into(),
            params("params.ref", "an object", None),
        ),
        (
            "completion of another kind",
            "completion/complete",
            r#""argument":{},"ref":{"type":"ref/tool","name":"a"}"#.into(),
            params("params.ref.type", "`ref/prompt` or `ref/resource`", text),
        ),
        (
            "completion of two kinds",
            "completion/complete",
            r#""argument":{},"ref":{"type":"ref/prompt","name":"a","Type":"ref/resource"}"#.into(),
            ambiguous("params.ref", "Type"),
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
            rpc_id: Some(r#""q""#.to_owned()),
            ..expected.into()
        };
        assert_eq!(ask(SAYS_OLD, &body), Err(refusal), "{name}");
    }
}

#[test]
fn what_is_followed_is_named_plainly_and_bounded() {
    let listen = |followed: &str| {
        let params = format!(
            r#""notifications":{{"resourceSubscriptions":{followed}}},{}"#,
            super::META
        );
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{{{params}}}}}"#
        )
    };
    let lines = format!("{SAYS_NEW}\nmcp-method: subscriptions/listen");
    let many = |count| format!("[{}]", vec![r#""a:b""#; count].join(","));
    let member = "params.notifications.resourceSubscriptions";
    let refused = |expected, found| Some(params(member, expected, Some(found)));
    let (array, plain) = ("an array of at most 64 URIs", EACH_PLAIN);
    for (name, followed, expected) in [
        ("none", "[]", None),
        ("as many as may be", &*many(64), None),
        ("too many", &*many(65), refused(array, Kind::Array)),
        ("text", r#""a:b""#, refused(array, Kind::String)),
        ("a number", "[1]", refused(plain, Kind::Array)),
        ("up", r#"["file:///a/../b"]"#, refused(plain, Kind::Array)),
    ] {
        assert_eq!(why(&lines, &listen(followed)), expected, "{name}");
    }
}
