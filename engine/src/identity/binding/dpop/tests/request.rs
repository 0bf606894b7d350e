//! What a proof is for: one request with one token, now.

use super::*;

#[test]
fn the_claims_are_those_of_a_proof() {
    let digest = |text: &str| Digest::of(text.as_bytes()).to_base64url();
    let long = "j".repeat(257);
    for (name, patch, expected) in [
        (
            "more than needed",
            json!({"nonce": "whatever", "x": 1}),
            Ok(()),
        ),
        ("no jti", json!({"jti": null}), invalid("jti", TEXT)),
        ("an empty jti", json!({"jti": ""}), invalid("jti", TEXT)),
        ("a number", json!({"jti": 1}), invalid("jti", TEXT)),
        (
            "a long jti",
            json!({"jti": long}),
            invalid("jti", "a string of 1 to 256 bytes"),
        ),
        ("no htm", json!({"htm": null}), invalid("htm", TEXT)),
        (
            "another method",
            json!({"htm": "GET"}),
            Err(DpopError::OtherMethod {
                found: Excerpt::of("GET"),
            }),
        ),
        (
            "in lower case",
            json!({"htm": "post"}),
            Err(DpopError::OtherMethod {
                found: Excerpt::of("post"),
            }),
        ),
        ("no htu", json!({"htu": null}), invalid("htu", TEXT)),
        (
            "a list",
            json!({"htu": ["https://api.example/mcp"]}),
            invalid("htu", TEXT),
        ),
        ("no ath", json!({"ath": null}), invalid("ath", TEXT)),
        (
            "ath in hexadecimal",
            json!({"ath": "00"}),
            invalid("ath", "a SHA-256 digest in base64url"),
        ),
        (
            "for another token",
            json!({"ath": digest("b.bound.token")}),
            Err(DpopError::OtherToken),
        ),
        (
            "no iat",
            json!({"iat": null}),
            invalid("iat", "seconds since 1970, up to the year 9999"),
        ),
        (
            "iat as text",
            json!({"iat": NOW.to_string()}),
            invalid("iat", "seconds since 1970, up to the year 9999"),
        ),
        ("at the limit of age", json!({"iat": NOW - 60}), Ok(())),
        (
            "older",
            json!({"iat": NOW - 61}),
            Err(DpopError::Stale {
                at: UnixTime(NOW - 61),
                now: UnixTime(NOW),
            }),
        ),
        ("ahead as far as may be", json!({"iat": NOW + 10}), Ok(())),
        (
            "further ahead",
            json!({"iat": NOW + 11}),
            Err(DpopError::FromFuture {
                at: UnixTime(NOW + 11),
                now: UnixTime(NOW),
            }),
        ),
    ] {
        let found = outcome(&REQUEST, &proof(&header(), &patched(claims(), &patch)));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_proof_is_for_one_uri() {
    let other = |found: &str| {
        Err(DpopError::OtherTarget {
            found: Excerpt::of(found),
            expected: Excerpt::of("https://api.example/mcp"),
        })
    };
    let no_target = |why| Err(DpopError::NoTarget { why });
    for (name, htu, expected) in [
        ("exactly", "https://api.example/mcp", Ok(())),
        (
            "with the scheme's port",
            "https://api.example:443/mcp",
            Ok(()),
        ),
        ("in another case", "HTTPS://API.example/mcp", Ok(())),
        (
            "with an escape that isn't needed",
            "https://api.example/%6Dcp",
            Ok(()),
        ),
        (
            "with another scheme",
            "http://api.example/mcp",
            other("http://api.example/mcp"),
        ),
        (
            "at another port",
            "https://api.example:8443/mcp",
            other("https://api.example:8443/mcp"),
        ),
        (
            "at another host",
            "https://evil.example/mcp",
            other("https://evil.example/mcp"),
        ),
        (
            "at the forwarded host",
            "https://forwarded.example/mcp",
            other("https://forwarded.example/mcp"),
        ),
        (
            "with the root's dot",
            "https://api.example./mcp",
            other("https://api.example./mcp"),
        ),
        (
            "at another path",
            "https://api.example/mcp2",
            other("https://api.example/mcp2"),
        ),
        (
            "with a slash more",
            "https://api.example/mcp/",
            other("https://api.example/mcp/"),
        ),
        (
            "with an encoded slash",
            "https://api.example/%2Fmcp",
            other("https://api.example/%2Fmcp"),
        ),
        (
            "in another case of path",
            "https://api.example/MCP",
            other("https://api.example/MCP"),
        ),
        (
            "with a query",
            "https://api.example/mcp?a=b",
            no_target(TargetError::Query),
        ),
        (
            "with a fragment",
            "https://api.example/mcp#a",
            no_target(TargetError::Query),
        ),
        (
            "with a user",
            "https://api.example@evil.example/mcp",
            no_target(TargetError::NotHttp),
        ),
        ("a path alone", "/mcp", no_target(TargetError::NotHttp)),
    ] {
        let found = outcome(
            &REQUEST,
            &proof(&header(), &patched(claims(), &json!({"htu": htu}))),
        );
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn the_request_or_the_configuration_says_what_the_uri_is() {
    let with = |htu: &str| proof(&header(), &patched(claims(), &json!({"htu": htu})));
    let public = "https://api.example/mcp";
    for (name, request, htu, expected) in [
        (
            "a query is left out",
            Request {
                path: "/mcp?a=b",
                ..REQUEST
            },
            public,
            true,
        ),
        (
            "the port that it came to",
            Request {
                authority: "api.example:8443",
                ..REQUEST
            },
            "https://api.example:8443/mcp",
            true,
        ),
        (
            "behind another proxy",
            Request {
                scheme: "http",
                authority: "10.0.0.1:8080",
                ..REQUEST
            },
            public,
            false,
        ),
        (
            "and so configured",
            Request {
                scheme: "http",
                authority: "10.0.0.1:8080",
                origin: Some("https://api.example"),
                ..REQUEST
            },
            public,
            true,
        ),
        (
            "what is configured counts alone",
            Request {
                origin: Some("https://other.example"),
                ..REQUEST
            },
            public,
            false,
        ),
    ] {
        assert_eq!(outcome(&request, &with(htu)).is_ok(), expected, "{name}");
    }
}
