use super::super::check_head;
use super::{BOTH, NEW, excerpt, head, method_not_allowed as not_allowed, rules};
use crate::operation::{McpRevision, OperationError};
use crate::request::{Head, Headers, RequestError};

#[test]
fn heads_are_judged_before_the_body() {
    let content_type = |found: &str| OperationError::ContentType {
        found: Some(excerpt(found)),
    };
    let encoding = |found: &str| OperationError::ContentEncoding {
        found: excerpt(found),
    };
    let repeated = |name| OperationError::Request(RequestError::RepeatedField { name });
    let rows: Vec<(&str, &[McpRevision], &str, Option<OperationError>)> = vec![
        ("post", &[NEW], "", None),
        ("get", BOTH, ":method: GET", None),
        (
            "get of a stateless server",
            &[NEW],
            ":method: GET",
            Some(not_allowed("GET", "POST")),
        ),
        (
            "delete of a stateless server",
            &[NEW],
            ":method: DELETE",
            Some(not_allowed("DELETE", "POST")),
        ),
        (
            "put",
            BOTH,
            ":method: PUT",
            Some(not_allowed("PUT", "POST, GET, DELETE")),
        ),
        (
            "lower case",
            BOTH,
            ":method: post",
            Some(not_allowed("post", "POST, GET, DELETE")),
        ),
        ("allowed origin", BOTH, "origin: https://app.example", None),
        (
            "other origin",
            BOTH,
            "origin: https://evil.example",
            Some(OperationError::OriginNotAllowed {
                origin: excerpt("https://evil.example"),
            }),
        ),
        (
            "opaque origin",
            BOTH,
            "origin: null",
            Some(OperationError::OriginNotAllowed {
                origin: excerpt("null"),
            }),
        ),
        (
            "two origins",
            BOTH,
            "origin: https://app.example\nOrigin: https://app.example",
            Some(repeated("origin")),
        ),
        (
            "content type with parameters",
            BOTH,
            "content-type: Application/JSON ; charset=\"UTF-8\"; a=b",
            None,
        ),
        (
            "no utf-8",
            BOTH,
            "content-type: application/json;charset=utf-16",
            Some(content_type("application/json;charset=utf-16")),
        ),
        (
            "charset without a value",
            BOTH,
            "content-type: application/json;charset",
            Some(content_type("application/json;charset")),
        ),
        (
            "text",
            BOTH,
            "content-type: text/plain",
            Some(content_type("text/plain")),
        ),
        (
            "json suffix",
            BOTH,
            "content-type: application/problem+json",
            Some(content_type("application/problem+json")),
        ),
        (
            "two types in one",
            BOTH,
            "content-type: application/json, text/plain",
            Some(content_type("application/json, text/plain")),
        ),
        ("empty type", BOTH, "content-type: ", Some(content_type(""))),
        (
            "two types",
            BOTH,
            "content-type: application/json\nContent-Type: text/plain",
            Some(repeated("content-type")),
        ),
        ("identity", BOTH, "content-encoding: Identity", None),
        (
            "gzip",
            BOTH,
            "content-encoding: gzip",
            Some(encoding("gzip")),
        ),
        (
            "identity and more",
            BOTH,
            "content-encoding: identity, gzip",
            Some(encoding("identity, gzip")),
        ),
        ("as long as allowed", BOTH, "content-length: 4096", None),
        (
            "too long",
            BOTH,
            "content-length: 4097",
            Some(OperationError::BodyTooLarge { limit: 4096 }),
        ),
    ];
    for (name, revisions, headers, expected) in rows {
        assert_eq!(
            check_head(&rules(revisions), &head(headers)).err(),
            expected,
            "{name}"
        );
    }
    let bare = Head::parse(Headers::from_pairs([
        (":method", "POST"),
        (":authority", "h"),
        (":path", "/mcp"),
    ]))
    .unwrap();
    assert_eq!(
        check_head(&rules(BOTH), &bare),
        Err(OperationError::ContentType { found: None })
    );
}
