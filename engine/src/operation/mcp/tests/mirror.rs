use super::{SAYS_NEW, SAYS_OLD, call, excerpt, malformed, mismatch, missing, why, without_source};
use crate::operation::OperationError;
use crate::request::RequestError;

const CALL: &str = "mcp-method: tools/call\nmcp-name: refund";

/// Why the new revision refuses a `tools/call` of `refund` with these headers in place of the right ones.
fn why_new(lines: &str, arguments: &str) -> Option<OperationError> {
    why(&format!("{SAYS_NEW}\n{lines}"), &call(arguments))
}

#[test]
fn the_method_is_repeated_in_a_header() {
    let name = "mcp-name: refund";
    for (row, line, expected) in [
        ("it is", "mcp-method: tools/call", None),
        ("not there", "accept: */*", Some(missing("mcp-method"))),
        (
            "another one",
            "mcp-method: tools/list",
            Some(mismatch("mcp-method", "tools/list", "tools/call")),
        ),
        (
            "another case",
            "mcp-method: Tools/Call",
            Some(mismatch("mcp-method", "Tools/Call", "tools/call")),
        ),
        (
            "encoded",
            "mcp-method: =?base64?YQ==?=",
            Some(mismatch("mcp-method", "=?base64?YQ==?=", "tools/call")),
        ),
    ] {
        assert_eq!(why_new(&format!("{line}\n{name}"), "{}"), expected, "{row}");
    }
}

#[test]
fn the_tool_is_repeated_in_a_header() {
    let name = "mcp-name";
    let repeated = OperationError::Request(RequestError::RepeatedField { name });
    let other = |found| Some(mismatch(name, found, "refund"));
    for (row, lines, expected) in [
        ("it is", "mcp-name: refund", None),
        ("not there", "accept: */*", Some(missing(name))),
        ("another one", "mcp-name: list", other("list")),
        ("another case", "mcp-name: Refund", other("Refund")),
        ("two", "mcp-name: refund\nMcp-Name: list", Some(repeated)),
        ("white space around it", "mcp-name:  refund\t", None),
        ("encoded", "mcp-name: =?base64?cmVmdW5k?=", None),
        (
            "encoded other one",
            "mcp-name: =?base64?bGlzdA==?=",
            other("list"),
        ),
        (
            "marker in upper case",
            "mcp-name: =?BASE64?cmVmdW5k?=",
            other("=?BASE64?cmVmdW5k?="),
        ),
        (
            "marker without an end",
            "mcp-name: =?base64?cmVmdW5k",
            other("=?base64?cmVmdW5k"),
        ),
        (
            "no base64",
            "mcp-name: =?base64?cmVm dW5k?=",
            Some(malformed(name)),
        ),
        (
            "base64 without padding",
            "mcp-name: =?base64?bGlzdA?=",
            Some(malformed(name)),
        ),
        (
            "base64 with trailing bits",
            "mcp-name: =?base64?bGlzdB==?=",
            Some(malformed(name)),
        ),
        (
            "base64url",
            "mcp-name: =?base64?_-8=?=",
            Some(malformed(name)),
        ),
        (
            "encoded bytes that are no text",
            "mcp-name: =?base64?/w==?=",
            Some(malformed(name)),
        ),
        ("beyond ascii", "mcp-name: réfund", Some(malformed(name))),
    ] {
        let lines = format!("mcp-method: tools/call\n{lines}");
        assert_eq!(why_new(&lines, "{}"), expected, "{row}");
    }
}

#[test]
fn headers_that_nobody_asked_for_must_be_true_too() {
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"refund","arguments":{"amount":40}}}"#;
    for (row, line, body, expected) in [
        ("method", "mcp-method: tools/call", call, None),
        (
            "other method",
            "mcp-method: tools/list",
            call,
            Some(mismatch("mcp-method", "tools/list", "tools/call")),
        ),
        (
            "other tool",
            "mcp-name: list",
            call,
            Some(mismatch("mcp-name", "list", "refund")),
        ),
        (
            "tool of nothing",
            "mcp-name: refund",
            list,
            Some(without_source("mcp-name")),
        ),
        (
            "argument of nothing",
            "mcp-param-a: 1",
            list,
            Some(without_source("mcp-param-a")),
        ),
        (
            "other argument",
            "mcp-param-amount: 41",
            call,
            Some(mismatch("mcp-param-amount", "41", "40")),
        ),
    ] {
        assert_eq!(why(&format!("{SAYS_OLD}\n{line}"), body), expected, "{row}");
    }
}

/// The rows with Base64 are the examples of "Value Encoding".
#[test]
fn a_parameter_header_mirrors_an_argument() {
    let arguments = r#"{"region":"us-west1","text":"Hello, 世界","padded":" padded ","lines":"line1\nline2",
        "marker":"=?base64?literal?=","n":42,"big":9007199254740993,"yes":true,"nothing":null,
        "place":{"zone":"b"},"list":["in an array"]}"#;
    let other = |name, header, body| Some(mismatch(name, header, body));
    for (row, name, value, expected) in [
        ("plain", "Mcp-Param-Region", "us-west1", None),
        (
            "encoded for nothing",
            "Mcp-Param-Region",
            "=?base64?dXMtd2VzdDE=?=",
            None,
        ),
        (
            "not ascii",
            "Mcp-Param-Greeting",
            "=?base64?SGVsbG8sIOS4lueVjA==?=",
            None,
        ),
        (
            "padded",
            "Mcp-Param-Padded",
            "=?base64?IHBhZGRlZCA=?=",
            None,
        ),
        (
            "line break",
            "Mcp-Param-Lines",
            "=?base64?bGluZTEKbGluZTI=?=",
            None,
        ),
        (
            "like the marker",
            "Mcp-Param-Val",
            "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=",
            None,
        ),
        (
            "another value",
            "Mcp-Param-Region",
            "eu",
            other("Mcp-Param-Region", "eu", "\"us-west1\""),
        ),
        (
            "another argument's value",
            "mcp-param-region",
            "42",
            other("mcp-param-region", "42", "\"us-west1\""),
        ),
        ("under another name", "Mcp-Param-Where", "us-west1", None),
        (
            "no argument's value",
            "Mcp-Param-Where",
            "nowhere",
            Some(without_source("Mcp-Param-Where")),
        ),
        ("integer", "Mcp-Param-N", "42", None),
        ("integer with zeros", "Mcp-Param-N", "42.0", None),
        (
            "integer with a fraction",
            "Mcp-Param-N",
            "42.5",
            other("Mcp-Param-N", "42.5", "42"),
        ),
        (
            "integer with a plus",
            "Mcp-Param-N",
            "+42",
            other("Mcp-Param-N", "+42", "42"),
        ),
        (
            "integer beyond a double",
            "Mcp-Param-Big",
            "9007199254740992",
            other("Mcp-Param-Big", "9007199254740992", "9007199254740993"),
        ),
        ("boolean", "Mcp-Param-Yes", "true", None),
        (
            "boolean in another case",
            "Mcp-Param-Yes",
            "True",
            other("Mcp-Param-Yes", "True", "true"),
        ),
        (
            "null",
            "Mcp-Param-Nothing",
            "null",
            other("Mcp-Param-Nothing", "null", "null"),
        ),
        ("nested", "Mcp-Param-Zone", "b", None),
        (
            "in an array",
            "Mcp-Param-Item",
            "in an array",
            Some(without_source("Mcp-Param-Item")),
        ),
        (
            "not well-formed",
            "Mcp-Param-N",
            "=?base64?!?=",
            Some(malformed("Mcp-Param-N")),
        ),
    ] {
        assert_eq!(
            why_new(&format!("{CALL}\n{name}: {value}"), arguments),
            expected,
            "{row}"
        );
    }
    let repeated = OperationError::HeaderRepeated {
        name: excerpt("mcp-param-n"),
    };
    let lines = format!("{CALL}\nMcp-Param-N: 42\nmcp-param-n: 42");
    assert_eq!(why_new(&lines, arguments), Some(repeated));
}
