use super::*;

#[test]
fn one_target_has_one_form() {
    for (name, uri, expected) in [
        ("plain", "https://a.example/mcp", "https://a.example/mcp"),
        ("no path", "https://a.example", "https://a.example/"),
        (
            "case of scheme and host",
            "HTTPS://A.Example/Mcp",
            "https://a.example/Mcp",
        ),
        (
            "the scheme's port",
            "https://a.example:443/",
            "https://a.example/",
        ),
        (
            "plain text's port",
            "http://a.example:80/",
            "http://a.example/",
        ),
        (
            "another port",
            "https://a.example:8443/",
            "https://a.example:8443/",
        ),
        (
            "the other scheme's port",
            "https://a.example:80/",
            "https://a.example:80/",
        ),
        ("an empty port", "https://a.example:/", "https://a.example/"),
        (
            "an address",
            "http://[2001:DB8::1]:80/",
            "http://[2001:db8::1]/",
        ),
        (
            "an escape in lower case",
            "https://a.example/a%2fb",
            "https://a.example/a%2Fb",
        ),
        (
            "an escape that isn't needed",
            "https://a.example/%6dc%70",
            "https://a.example/mcp",
        ),
        (
            "dot segments",
            "https://a.example/a/./b/../c",
            "https://a.example/a/c",
        ),
        (
            "escaped dot segments",
            "https://a.example/a/%2E%2e/c",
            "https://a.example/c",
        ),
        (
            "a dot segment at the end",
            "https://a.example/a/b/..",
            "https://a.example/a/",
        ),
        (
            "above the root",
            "https://a.example/../../a",
            "https://a.example/a",
        ),
        (
            "a name with a dot",
            "https://a.example/.well-known",
            "https://a.example/.well-known",
        ),
        (
            "empty segments stay",
            "https://a.example//a//",
            "https://a.example//a//",
        ),
        (
            "the root's dot stays",
            "https://a.example./",
            "https://a.example./",
        ),
    ] {
        let found = Target::parse(uri).map(|target| target.to_string());
        assert_eq!(found.as_deref(), Ok(expected), "{name}");
    }
}

#[test]
fn what_is_no_target_is_refused() {
    for (name, uri, expected) in [
        ("a path alone", "/mcp", TargetError::NotHttp),
        ("another scheme", "ftp://a.example/", TargetError::NotHttp),
        ("no scheme", "a.example/", TargetError::NotHttp),
        ("no host", "https:///a", TargetError::NotHttp),
        (
            "user information",
            "https://a@a.example/",
            TargetError::NotHttp,
        ),
        (
            "a port that is no number",
            "https://a.example:x/",
            TargetError::NotHttp,
        ),
        ("two ports", "https://a.example:1:2/", TargetError::NotHttp),
        ("no address", "https://[a]/", TargetError::NotHttp),
        (
            "something behind the address",
            "https://[::1]a/",
            TargetError::NotHttp,
        ),
        (
            "an escape in the host",
            "https://a%2eexample/",
            TargetError::NotHttp,
        ),
        (
            "a backslash",
            "https://a.example\\@b/",
            TargetError::NotHttp,
        ),
        ("a query", "https://a.example/a?b", TargetError::Query),
        ("an empty query", "https://a.example/a?", TargetError::Query),
        ("a fragment", "https://a.example/a#b", TargetError::Query),
        (
            "half an escape",
            "https://a.example/%a",
            TargetError::Character,
        ),
        ("no escape", "https://a.example/%zz", TargetError::Character),
        (
            "a sign is no digit",
            "https://a.example/%+f",
            TargetError::Character,
        ),
        ("a space", "https://a.example/a b", TargetError::Character),
        (
            "a line break",
            "https://a.example/a\r\nb",
            TargetError::Character,
        ),
        (
            "another script",
            "https://a.example/\u{e4}",
            TargetError::Character,
        ),
    ] {
        assert_eq!(
            Target::parse(uri).map(|target| target.to_string()),
            Err(expected),
            "{name}"
        );
    }
}

#[test]
fn an_origin_is_no_more_than_that() {
    for (text, expected) in [
        ("https://API.example:443", Some("https://api.example")),
        ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
        ("https://api.example/", None),
        ("https://api.example/mcp", None),
        ("https://api.example?x", None),
        ("api.example", None),
    ] {
        let found = Origin::parse(text).ok();
        assert_eq!(found.as_ref().map(Origin::as_str), expected, "{text}");
    }
}
