//! A2A routes: defaults, and what can't be.

use serde_json::{Value, json};

use super::{read, with};
use crate::operation::A2aVersion;
use crate::operation::route::{DenialStatus, RouteProtocol};

fn route(path: &str, agent: Value) -> Value {
    with(
        "/routes",
        json!([{"name": "travel", "path": path, "a2a": agent}]),
    )
}

#[test]
fn a_route_has_all_bindings_and_versions_and_no_card() {
    let config = read(&route("/a2a", json!({"agent": "travel"}))).unwrap();
    let RouteProtocol::A2a(rules) = &config.routes[0].protocol else {
        panic!("{:?}", config.routes[0]);
    };
    assert_eq!((&*rules.base, &*rules.agent), ("/a2a", "travel"));
    assert!(rules.json_rpc && rules.http_json && !rules.card_is_public);
    assert_eq!(rules.versions, A2aVersion::ALL);
    assert_eq!(rules.card_paths, [""; 0]);
    assert_eq!(rules.denial_status, DenialStatus::Forbidden);
    let guarded = read(&route("/", json!({"agent": "travel", "card": {}}))).unwrap();
    let RouteProtocol::A2a(rules) = &guarded.routes[0].protocol else {
        panic!("{:?}", guarded.routes[0]);
    };
    let usual = ["/.well-known/agent-card.json", "/.well-known/agent.json"];
    assert_eq!((&*rules.base, rules.card_paths.len()), ("", 2));
    assert_eq!(rules.card_paths, usual);
    assert!(!rules.card_is_public);
}

#[test]
fn tasks_that_are_left_to_the_server_are_told() {
    for (kind, server) in [
        ("a2a", json!({"agent": "travel", "bind_tasks": false})),
        ("mcp", json!({"server": "orders", "bind_tasks": false})),
    ] {
        let routes = json!([{"name": "one", "path": "/one", kind: server}]);
        let config = read(&with("/routes", routes)).unwrap();
        let [line] = config.loosened() else {
            panic!("{kind}: {:?}", config.loosened());
        };
        let expected = format!("routes[0].{kind}.bind_tasks: whose a task is");
        assert!(line.starts_with(&expected), "{line}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_path() {
    for (path, agent, error) in [
        (
            "/a2a",
            json!({"agent": "a b"}),
            "routes[0].a2a.agent: `a b` is not 1 to 64 of the characters",
        ),
        (
            "/a2a",
            json!({"agent": "a", "bindings": []}),
            "routes[0].a2a.bindings: at least one is needed",
        ),
        (
            "/a2a",
            json!({"agent": "a", "bindings": ["GRPC"]}),
            "routes[0].a2a.bindings[0]: gRPC is not understood by this gate",
        ),
        (
            "/a2a",
            json!({"agent": "a", "bindings": ["JSONRPC", "JSONRPC"]}),
            "routes[0].a2a.bindings[1]: `JSONRPC` stands there twice",
        ),
        (
            "/a2a",
            json!({"agent": "a", "versions": ["0.2"]}),
            "routes[0].a2a.versions[0]: `0.2` is no version that is understood",
        ),
        (
            "/a2a",
            json!({"agent": "a", "card": {"paths": []}}),
            "routes[0].a2a.card.paths: at least one is needed",
        ),
        (
            "/a2a",
            json!({"agent": "a", "denial_status": 404}),
            "routes[0].a2a.denial_status: 404 is neither 403 nor 200",
        ),
        (
            "/a2a/",
            json!({"agent": "a"}),
            "routes[0].a2a: the path of an A2A route does not end in `/`",
        ),
    ] {
        let errors = read(&route(path, agent)).unwrap_err().join("\n");
        assert!(errors.contains(error), "{errors}");
    }
}

#[test]
fn a_public_card_is_told() {
    let public = json!({"agent": "travel", "card": {"access": "public"}});
    let config = read(&route("/a2a", public)).unwrap();
    let told =
        "routes[0].a2a.card.access: everybody may read the agent's card, without a credential";
    assert!(
        config.loosened().iter().any(|one| one == told),
        "{:?}",
        config.loosened()
    );
}
