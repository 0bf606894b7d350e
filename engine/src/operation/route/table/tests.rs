mod evasion;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{RouteProblem, RouteTableError, Routes};
use crate::json::Limits;
use crate::operation::path::PathError;
use crate::operation::route::{
    DenialStatus, Endpoint, HttpOperation, McpRules, RouteProtocol, RouteRule, RouteTarget,
};
use crate::operation::{Excerpt, McpRevision, OperationError, TemplateError};
use crate::request::{Head, Headers};

fn mcp(name: &str, host: Option<&str>, endpoint: Endpoint) -> RouteRule {
    RouteRule {
        name: name.into(),
        host: host.map(str::to_owned),
        protocol: RouteProtocol::Mcp(McpRules {
            endpoint,
            server: "tools".into(),
            revisions: vec![McpRevision::V2026_07_28],
            denial_status: DenialStatus::Forbidden,
            allowed_origins: Vec::new(),
            json: Limits::default(),
            filter_lists: true,
            bind_tasks: true,
            arguments: BTreeMap::new(),
            warrant_member: None,
        }),
        audience: None,
        resource: None,
        cors: None,
        terms: Arc::default(),
    }
}

/// A rule with operations given as `METHOD /template`, each named after itself.
fn http(name: &str, host: Option<&str>, operations: &[&str]) -> RouteRule {
    RouteRule {
        name: name.into(),
        host: host.map(str::to_owned),
        protocol: RouteProtocol::Http(
            operations
                .iter()
                .map(|operation| {
                    let (method, template) = operation.split_once(' ').unwrap();
                    HttpOperation {
                        name: (*operation).into(),
                        method: method.to_owned(),
                        template: template.to_owned(),
                        declared: None,
                    }
                })
                .collect(),
        ),
        audience: None,
        resource: None,
        cors: None,
        terms: Arc::default(),
    }
}

fn exact(path: &str) -> Endpoint {
    Endpoint::Exact(path.to_owned())
}

fn below(path: &str) -> Endpoint {
    Endpoint::Below(path.to_owned())
}

fn head(method: &str, authority: &str, target: &str, more: &[(&str, &str)]) -> Head {
    let pseudo = [
        (":method", method),
        (":authority", authority),
        (":path", target),
    ];
    Head::parse(Headers::from_pairs(
        pseudo.into_iter().chain(more.iter().copied()),
    ))
    .unwrap()
}

/// Which rule and operation a request falls under, with parameters.
fn found(
    routes: &Routes,
    method: &str,
    authority: &str,
    target: &str,
) -> Result<String, OperationError> {
    let found = routes.find(&head(method, authority, target, &[]))?;
    Ok(match found.target {
        RouteTarget::Mcp(_) | RouteTarget::A2a(..) => found.route.to_string(),
        RouteTarget::Http(target) => format!(
            "{}: {} {:?}",
            found.route, target.operation, target.parameters
        ),
    })
}

#[test]
fn the_most_specific_pattern_wins() {
    let routes = Routes::build(vec![
        http(
            "a",
            None,
            &[
                "GET /v1/{kind}/{id}",
                "GET /v1/orders/{id}",
                "GET /v1/orders/all",
                "POST /v1/orders/{order}",
            ],
        ),
        mcp("tools", None, exact("/mcp")),
        mcp("more", None, below("/m")),
        http("b", Some("B.example"), &["GET /v1/{x}"]),
    ])
    .unwrap();
    for (name, method, authority, target, expected) in [
        (
            "two parameters",
            "GET",
            "h",
            "/v1/items/7",
            "a: GET /v1/{kind}/{id} [(\"kind\", \"items\"), (\"id\", \"7\")]",
        ),
        (
            "a literal first",
            "GET",
            "h",
            "/v1/orders/7?x=y",
            "a: GET /v1/orders/{id} [(\"id\", \"7\")]",
        ),
        (
            "all literal",
            "GET",
            "h",
            "/v1/orders/all",
            "a: GET /v1/orders/all []",
        ),
        (
            "a parameter named as its method names it",
            "POST",
            "h",
            "/v1/orders/7",
            "a: POST /v1/orders/{order} [(\"order\", \"7\")]",
        ),
        (
            "a parameter is decoded",
            "GET",
            "h",
            "/v1/orders/a%20b",
            "a: GET /v1/orders/{id} [(\"id\", \"a b\")]",
        ),
        (
            "normal form matches",
            "GET",
            "h",
            "/v1/%6frders/%61ll",
            "a: GET /v1/orders/all []",
        ),
        ("endpoint", "GET", "h:80", "/mcp", "tools"),
        ("open endpoint itself", "POST", "h", "/m", "more"),
        ("below it", "POST", "h", "/m/c/p/", "more"),
        (
            "host",
            "GET",
            "b.example:8080",
            "/v1/7",
            "b: GET /v1/{x} [(\"x\", \"7\")]",
        ),
    ] {
        assert_eq!(
            found(&routes, method, authority, target).as_deref(),
            Ok(expected),
            "{name}"
        );
    }
}

#[test]
fn what_has_no_rule_is_refused() {
    let routes = Routes::build(vec![
        http(
            "a",
            None,
            &["GET /v1/{id}", "DELETE /v1/{id}", "POST /v1/new"],
        ),
        mcp("tools", None, below("/mcp")),
        http("b", Some("b.example"), &["GET /b"]),
    ])
    .unwrap();
    let no_route = |host: &str, path: &str| OperationError::NoRoute {
        host: Excerpt::of(host),
        path: Excerpt::of(path),
    };
    let no_method = |method: &str, allow: &str| OperationError::MethodNotAllowed {
        method: Excerpt::of(method),
        allow: allow.to_owned(),
    };
    for (name, method, authority, target, expected) in [
        ("unknown path", "GET", "h", "/v2/7", no_route("h", "/v2/7")),
        ("too short", "GET", "h", "/v1", no_route("h", "/v1")),
        ("too long", "GET", "h", "/v1/7/8", no_route("h", "/v1/7/8")),
        (
            "a parameter is never empty",
            "GET",
            "h",
            "/v1/",
            no_route("h", "/v1/"),
        ),
        (
            "a trailing slash matters",
            "GET",
            "h",
            "/v1/7/",
            no_route("h", "/v1/7/"),
        ),
        ("case matters", "GET", "h", "/V1/7", no_route("h", "/V1/7")),
        (
            "below is by segment",
            "POST",
            "h",
            "/mcpx",
            no_route("h", "/mcpx"),
        ),
        (
            "a named host has its own rules only",
            "GET",
            "b.example.",
            "/v1/7",
            no_route("b.example", "/v1/7"),
        ),
        (
            "method",
            "PUT",
            "h",
            "/v1/7",
            no_method("PUT", "GET, DELETE"),
        ),
        (
            "method case",
            "get",
            "h",
            "/v1/7",
            no_method("get", "GET, DELETE"),
        ),
        (
            "the path is chosen before the method",
            "GET",
            "h",
            "/v1/new",
            no_method("GET", "POST"),
        ),
        ("path", "GET", "h", "/v1/..", PathError::DotSegment.into()),
        (
            "authority",
            "GET",
            "u@h",
            "/v1/7",
            OperationError::Authority {
                authority: Excerpt::of("u@h"),
            },
        ),
    ] {
        assert_eq!(
            found(&routes, method, authority, target),
            Err(expected),
            "{name}"
        );
    }
}

#[test]
fn overlaps_are_reported_at_load() {
    let overlap = |route: &str| {
        Err(RouteProblem::Overlap {
            route: route.to_owned(),
        })
    };
    for (name, first, second, expected) in [
        (
            "same path",
            http("a", None, &["GET /a"]),
            http("b", None, &["POST /a"]),
            overlap("a"),
        ),
        (
            "same shape",
            http("a", None, &["GET /{x}"]),
            http("b", None, &["GET /{y}"]),
            overlap("a"),
        ),
        (
            "crossed",
            http("a", None, &["GET /a/{x}"]),
            http("b", None, &["PUT /{y}/b"]),
            overlap("a"),
        ),
        (
            "crossed in one rule",
            http("a", None, &["GET /a/{x}", "GET /{y}/b"]),
            mcp("b", None, exact("/mcp")),
            overlap("a"),
        ),
        (
            "same endpoint",
            mcp("a", None, exact("/mcp")),
            mcp("b", None, exact("/mcp")),
            overlap("a"),
        ),
        (
            "same open endpoint",
            mcp("a", None, below("/mcp")),
            mcp("b", None, below("/mcp/")),
            overlap("a"),
        ),
        (
            "crossed with an open endpoint",
            mcp("a", None, below("/mcp")),
            http("b", None, &["GET /{x}/y"]),
            overlap("a"),
        ),
        (
            "open endpoint against a parameter",
            mcp("a", None, below("/a/b")),
            http("b", None, &["GET /{x}/b/c"]),
            overlap("a"),
        ),
        (
            "exact within open",
            mcp("a", None, below("/mcp")),
            mcp("b", None, exact("/mcp")),
            Ok(()),
        ),
        (
            "literal within parameter",
            http("a", None, &["GET /{x}"]),
            mcp("b", None, exact("/mcp")),
            Ok(()),
        ),
        (
            "another host",
            http("a", Some("a.example"), &["GET /a"]),
            http("b", Some("b.example"), &["GET /a "]),
            Err(RouteProblem::Template {
                template: "/a ".to_owned(),
                error: PathError::UnencodedCharacter.into(),
            }),
        ),
        (
            "two hosts",
            mcp("a", Some("a.example"), exact("/a")),
            mcp("b", Some("b.example"), exact("/a")),
            Ok(()),
        ),
        (
            "one host in two cases",
            mcp("a", Some("a.example"), exact("/a")),
            mcp("b", Some("A.EXAMPLE"), exact("/a")),
            overlap("a"),
        ),
        (
            "nothing after a slash is no parameter",
            http("a", None, &["GET /{x}/"]),
            http("b", None, &["GET /a/{x}"]),
            Ok(()),
        ),
        (
            "trailing slash against a parameter",
            http("a", None, &["GET /a/"]),
            http("b", None, &["GET /a/{x}"]),
            Ok(()),
        ),
    ] {
        let built = Routes::build(vec![first, second]);
        assert_eq!(
            built.map(drop).map_err(|error| error.problem),
            expected,
            "{name}"
        );
    }
}

#[test]
fn rules_that_cannot_be_used_are_reported_with_their_place() {
    let template = |template: &str, error: TemplateError| RouteProblem::Template {
        template: template.to_owned(),
        error,
    };
    let name_taken = |name: &str| RouteProblem::NameTaken {
        name: name.to_owned(),
    };
    for (name, rule, operation, problem) in [
        (
            "name taken",
            mcp("ok", None, exact("/b")),
            None,
            name_taken("ok"),
        ),
        (
            "no name",
            mcp("", None, exact("/b")),
            None,
            RouteProblem::EmptyName,
        ),
        (
            "host with port",
            mcp("b", Some("h:80"), exact("/b")),
            None,
            RouteProblem::Host {
                host: "h:80".to_owned(),
            },
        ),
        (
            "no operation",
            http("b", None, &[]),
            None,
            RouteProblem::NoOperation,
        ),
        (
            "operation taken",
            http("b", None, &["GET /b", "GET /b"]),
            Some(1),
            name_taken("GET /b"),
        ),
        (
            "method",
            http("b", None, &["PUT /b", "get /b"]),
            Some(1),
            RouteProblem::Method {
                method: "get".to_owned(),
            },
        ),
        (
            "endpoint that never matches",
            mcp("b", None, exact("/a//b")),
            None,
            template("/a//b", PathError::EmptySegment.into()),
        ),
        (
            "endpoint not in normal form",
            mcp("b", None, exact("/%61")),
            None,
            template(
                "/%61",
                TemplateError::NotNormal {
                    normal: "/a".to_owned(),
                },
            ),
        ),
        (
            "endpoint with a query",
            mcp("b", None, exact("/a?b")),
            None,
            template("/a?b", TemplateError::Query),
        ),
        (
            "relative template",
            http("b", None, &["GET b"]),
            Some(0),
            template("b", PathError::NotOriginForm.into()),
        ),
        (
            "half a parameter",
            http("b", None, &["GET /b/x{id}"]),
            Some(0),
            template(
                "/b/x{id}",
                TemplateError::Parameter {
                    segment: "x{id}".to_owned(),
                },
            ),
        ),
        (
            "nested braces",
            http("b", None, &["GET /{{id}}"]),
            Some(0),
            template(
                "/{{id}}",
                TemplateError::Parameter {
                    segment: "{{id}}".to_owned(),
                },
            ),
        ),
        (
            "nameless parameter",
            http("b", None, &["GET /{}"]),
            Some(0),
            template(
                "/{}",
                TemplateError::ParameterName {
                    name: String::new(),
                },
            ),
        ),
        (
            "parameter name",
            http("b", None, &["GET /{a-b}"]),
            Some(0),
            template(
                "/{a-b}",
                TemplateError::ParameterName {
                    name: "a-b".to_owned(),
                },
            ),
        ),
        (
            "repeated parameter",
            http("b", None, &["GET /{id}/{id}"]),
            Some(0),
            template(
                "/{id}/{id}",
                TemplateError::RepeatedParameter {
                    name: "id".to_owned(),
                },
            ),
        ),
    ] {
        let built = Routes::build(vec![mcp("ok", None, exact("/ok")), rule]);
        assert_eq!(
            built.map(drop),
            Err(RouteTableError {
                index: 1,
                operation,
                problem
            }),
            "{name}"
        );
    }
}

#[test]
fn a_method_stands_once_per_path() {
    let mut rule = http("a", None, &["GET /{x}", "GET /{y}"]);
    assert_eq!(
        Routes::build(vec![rule.clone()]).map(drop),
        Err(RouteTableError {
            index: 0,
            operation: Some(1),
            problem: RouteProblem::MethodTwice {
                method: "GET".to_owned()
            }
        })
    );
    if let RouteProtocol::Http(operations) = &mut rule.protocol {
        operations.pop();
    }
    rule.audience = Some(Arc::from("https://a.example"));
    let routes = Routes::build(vec![rule]).unwrap();
    let found = routes.find(&head("GET", "h", "/7", &[])).unwrap();
    assert_eq!(found.audience.as_deref(), Some("https://a.example"));
}

#[test]
fn an_exact_endpoint_wins_over_an_open_one_in_any_order() {
    let rules = [
        mcp("open", None, below("/mcp")),
        mcp("exact", None, exact("/mcp")),
    ];
    let reversed = rules.iter().rev().cloned().collect();
    for rules in [rules.to_vec(), reversed] {
        let routes = Routes::build(rules).unwrap();
        assert_eq!(found(&routes, "POST", "h", "/mcp").as_deref(), Ok("exact"));
        assert_eq!(found(&routes, "POST", "h", "/mcp/").as_deref(), Ok("open"));
    }
}
