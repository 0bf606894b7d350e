//! The official A2A client and an official A2A server with the gateway in between, and what that client shows of a refusal.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use bailiwick_tests::a2a::{Agent, PATH, Plan};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::scene::{self, Scene};
use serde_json::{Value, json};

const POLICIES: &str = r#"
    @id("all") permit(principal == Agent::"acme/support-bot", action in Action::"a2a", resource == A2aAgent::"travel");

    @id("no-secrets") @reason("secrets stay inside") @remedy("say something else")
    forbid(principal, action == Action::"send_message", resource == A2aAgent::"travel")
    when {
        context.arguments.hasTag("/message/parts/0/text") &&
        context.arguments.getTag("/message/parts/0/text") has text &&
        context.arguments.getTag("/message/parts/0/text").text like "*secret*"
    };
"#;

const WAYS: [(&str, &str); 4] = [
    ("1.0", "JSONRPC"),
    ("1.0", "HTTP+JSON"),
    ("0.3", "JSONRPC"),
    ("0.3", "HTTP+JSON"),
];

struct Stage {
    scene: Scene,
    _agent: Agent,
    envoy: Envoy,
}

async fn stage(denial_status: u16, bind_tasks: bool) -> Stage {
    stage_telling("explain", denial_status, bind_tasks).await
}

async fn stage_telling(detail: &str, denial_status: u16, bind_tasks: bool) -> Stage {
    let (scene, agent) = (Scene::set().await.unwrap(), Agent::start().unwrap());
    let mut configuration = scene::configuration();
    configuration["routes"] = json!([{
        "name": "travel",
        "path": PATH,
        "a2a": {
            "agent": "travel",
            "card": {"access": "public"},
            "denial_status": denial_status,
            "bind_tasks": bind_tasks,
        },
    }]);
    configuration["groups"] = json!({});
    configuration["errors"] = json!({"detail": detail});
    configuration["policies"] = json!(POLICIES);
    let mut gateway = scene.gateway().guarded_by(configuration.to_string());
    gateway.upstream = agent.address();
    let envoy = Envoy::start(&gateway).await.unwrap();
    Stage {
        scene,
        _agent: agent,
        envoy,
    }
}

impl Stage {
    fn walk(&self, way: (&str, &str), streaming: bool, steps: Value) -> Value {
        self.walk_as(&self.scene.token().unwrap(), way, streaming, steps)
    }

    /// The token of the same agent on behalf of somebody else.
    fn another(&self) -> String {
        let mut claims = scene::claims();
        claims["sub"] = json!("mallory");
        self.scene.mint.token(&self.scene.key, &claims).unwrap()
    }

    fn walk_as(
        &self,
        token: &str,
        (version, binding): (&str, &str),
        streaming: bool,
        steps: Value,
    ) -> Value {
        let plan = Plan {
            gateway: self.envoy.address(),
            token,
            version,
            binding,
            streaming,
            steps,
        };
        plan.walk().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_of_another_caller_is_not_found_where_the_agent_goes_by_the_gateways_word() {
    let stage = stage(403, false).await;
    for way in WAYS {
        let begun = stage.walk(way, false, json!([{"send": "hello"}]));
        let task = &begun["steps"][0]["task"];
        let steps = json!([{"get": task}, {"cancel": task}, {"send": "and mine", "task": task}]);
        let seen = stage.walk_as(&stage.another(), way, false, steps);
        for step in seen["steps"].as_array().unwrap() {
            let (class, _) = raised(step);
            // The server answers 0.3's HTTP+JSON in a way that its own client takes for a missing path.
            let is_not_found = matches!(class, "TaskNotFoundError" | "MethodNotFoundError");
            assert!(is_not_found, "{way:?}: {seen}");
        }
        let still = stage.walk(way, false, json!([{"get": task}]));
        assert_eq!(still["steps"][0]["said"], "heard hello", "{way:?}: {still}");
    }
}

/// The message of what the client raised.
fn raised(step: &Value) -> (&str, &str) {
    let text = |name: &str| step[name].as_str().unwrap_or_default();
    (text("raised"), text("message"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_permitted_passes_in_each_version_and_binding() {
    let stage = stage(403, true).await;
    for way in WAYS {
        for streaming in [false, true] {
            let steps = json!([
                {"send": "hello"},
                {"send": "more", "task": "last"},
                {"get": "last"},
                {"cancel": "last"},
            ]);
            let walk = stage.walk(way, streaming, steps);
            assert_eq!(walk["card"], "travel", "{way:?}: {walk}");
            let said: Vec<_> = walk["steps"].as_array().unwrap().iter().collect();
            assert_eq!(said[0]["said"], "heard hello", "{way:?}: {walk}");
            assert_eq!(said[1]["said"], "heard more", "{way:?}: {walk}");
            assert_eq!(said[1]["task"], said[0]["task"], "{way:?}: {walk}");
            assert_eq!(said[2]["said"], "heard more", "{way:?}: {walk}");
            // TASK_STATE_CANCELED
            assert_eq!(said[3]["state"], 5, "{way:?}: {walk}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_http_403_the_client_shows_the_status_and_not_the_reason() {
    let stage = stage(403, true).await;
    for way in WAYS {
        for streaming in [false, true] {
            let walk = stage.walk(
                way,
                streaming,
                json!([{"send": "a secret"}, {"send": "hello"}]),
            );
            let (class, message) = raised(&walk["steps"][0]);
            assert_eq!(class, "A2AClientError", "{way:?}: {walk}");
            assert!(message.contains("403"), "{way:?}: {walk}");
            assert!(!message.contains("secrets stay inside"), "{way:?}: {walk}");
            assert_eq!(walk["steps"][1]["said"], "heard hello", "{way:?}: {walk}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_an_error_in_a_200_it_shows_reason_and_remedy() {
    let stage = stage(200, true).await;
    for way in [WAYS[0], WAYS[2]] {
        for streaming in [false, true] {
            let walk = stage.walk(
                way,
                streaming,
                json!([{"send": "a secret"}, {"send": "hello"}]),
            );
            let (class, message) = raised(&walk["steps"][0]);
            assert_eq!(class, "A2AClientError", "{way:?}: {walk}");
            for part in [
                "A policy forbids this",
                "secrets stay inside",
                "say something else",
            ] {
                assert!(message.contains(part), "{way:?}: {walk}");
            }
            assert_eq!(walk["steps"][1]["said"], "heard hello", "{way:?}: {walk}");
        }
    }
    another_gets_at_nothing(&stage);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opaque_error_shows_that_it_is_forbidden_and_not_why() {
    let stage = stage_telling("opaque", 200, true).await;
    for way in WAYS {
        let walk = stage.walk(way, false, json!([{"send": "a secret"}]));
        let (class, message) = raised(&walk["steps"][0]);
        assert_eq!(class, "A2AClientError", "{way:?}: {walk}");
        let is_rpc = way.1 == "JSONRPC";
        let shown = if is_rpc { "Forbidden" } else { "403" };
        assert!(message.contains(shown), "{way:?}: {walk}");
        assert!(!message.contains("secrets stay inside"), "{way:?}: {walk}");
    }
}

/// Whoever has not made a task or a context can't use it, whatever is spoken, and the client says so where it reads the error.
fn another_gets_at_nothing(stage: &Stage) {
    let begun = stage.walk(WAYS[1], true, json!([{"send": "hello"}]));
    let (task, context) = (&begun["steps"][0]["task"], &begun["steps"][0]["context"]);
    for (way, streaming) in WAYS.into_iter().zip([false, true, true, false]) {
        let steps = json!([
            {"get": task},
            {"cancel": task},
            {"send": "and mine", "task": task},
            {"send": "and mine", "context": context},
        ]);
        let seen = stage.walk_as(&stage.another(), way, streaming, steps);
        for step in seen["steps"].as_array().unwrap() {
            let (class, message) = raised(step);
            assert_eq!(class, "TaskNotFoundError", "{way:?} {streaming}: {seen}");
            let says_why = message.contains("is not one of this caller");
            assert!(says_why, "{way:?} {streaming}: {seen}");
        }
    }
    let steps = json!([{"get": task}, {"send": "more", "context": context}]);
    let still = stage.walk(WAYS[0], false, steps);
    assert_eq!(still["steps"][0]["said"], "heard hello", "{still}");
    assert_eq!(&still["steps"][1]["context"], context, "{still}");
}
