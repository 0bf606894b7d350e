//! Requests that want to be judged by another rule than the upstream serves them by.

use super::{below, found, head, http, mcp};
use crate::operation::OperationError;
use crate::operation::path::PathError;
use crate::operation::route::Routes;
use crate::request::RequestError;

#[test]
fn a_request_has_one_host() {
    let routes = Routes::build(vec![http("a", Some("a.example"), &["GET /a"])]).unwrap();
    let twice = Err(RequestError::RepeatedField { name: "host" }.into());
    for (name, hosts, expected) in [
        ("the authority alone", &[][..], Ok("a")),
        ("the same by its older name", &["A.example"], Ok("a")),
        (
            "with another port, which is the gateway's",
            &["a.example:80"],
            Ok("a"),
        ),
        ("another", &["b.example"], twice.clone()),
        ("none", &[""], twice.clone()),
        ("two", &["a.example", "a.example"], twice),
    ] {
        let fields: Vec<_> = hosts.iter().map(|host| ("Host", *host)).collect();
        let request = head("GET", "a.example:443", "/a", &fields);
        let found = routes.find(&request).map(|found| found.route.to_string());
        assert_eq!(found, expected.map(str::to_owned), "{name}");
    }
}

#[test]
fn no_spelling_reaches_another_route_past_its_own() {
    let routes = Routes::build(vec![
        http(
            "jobs",
            None,
            &[
                "GET /jobs/{job}",
                "GET /jobs/all:purge",
                "GET /jobs/caf%C3%A9",
            ],
        ),
        http("letters", None, &["GET /l/a", "GET /l/A"]),
        mcp("tools", None, below("/tools")),
        http("admin", None, &["GET /tools/admin"]),
    ])
    .unwrap();
    let other = Err(PathError::OtherSpelling.into());
    for (name, target, expected) in [
        (
            "as it is written out",
            "/jobs/all:purge",
            Ok("jobs: GET /jobs/all:purge []"),
        ),
        (
            "a parameter may have any spelling",
            "/jobs/All%3AOf",
            Ok(r#"jobs: GET /jobs/{job} [("job", "All:Of")]"#),
        ),
        (
            "a reserved character encoded",
            "/jobs/all%3apurge",
            other.clone(),
        ),
        ("other letters", "/jobs/ALL:purge", other.clone()),
        ("both", "/jobs/ALL%3Apurge", other.clone()),
        ("letters beside an escape", "/jobs/CAF%C3%A9", other.clone()),
        ("within an open route", "/tools/Admin", other),
        (
            "letters that the routes tell apart",
            "/l/A",
            Ok("letters: GET /l/A []"),
        ),
        (
            "and the other way round",
            "/l/a",
            Ok("letters: GET /l/a []"),
        ),
    ] {
        let expected = expected.map(str::to_owned);
        assert_eq!(found(&routes, "GET", "h", target), expected, "{name}");
    }
}

#[test]
fn no_header_replaces_what_was_judged() {
    let routes = Routes::build(vec![http("a", None, &["GET /a"])]).unwrap();
    for (sent, name) in [
        ("X-HTTP-Method-Override", "x-http-method-override"),
        ("x-http-method", "x-http-method"),
        ("X-Method-Override", "x-method-override"),
        ("X-Original-URL", "x-original-url"),
        ("X-Rewrite-Url", "x-rewrite-url"),
        ("X_HTTP_Method_Override", "x-http-method-override"),
        ("x-original_url", "x-original-url"),
    ] {
        let request = head("GET", "h", "/a", &[(sent, "DELETE")]);
        assert_eq!(
            routes.find(&request).map(|found| found.route),
            Err(OperationError::OverrideHeader { name })
        );
    }
}
