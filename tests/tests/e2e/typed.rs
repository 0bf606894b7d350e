//! Declared arguments and parameters in a real Envoy: what reaches the upstream is what policy saw by name and type.

#![expect(
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use bailiwick_tests::clients::{Framing, Request, Version, mcp, send};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::scene::{self, Scene};
use serde_json::{Value, json};

const POLICIES: &str = r#"
    @id("refunds")
    permit (principal in TrustDomain::"acme", action == Action::"call_tool", resource == Tool::"shop/refund_order")
    when { context.arguments.amount <= 100 };

    @id("orders")
    permit (principal in TrustDomain::"acme", action == Action::"http_request", resource == Route::"read_order")
    when {
        context.parameters.path.id < 100 &&
        context.parameters.query.view == Parameters::query::view::"short" &&
        context.parameters.query has limit && context.parameters.query.limit <= 20
    };
"#;

fn configuration() -> Value {
    let mut configuration = scene::configuration();
    configuration["routes"][0]["mcp"]["arguments"] = json!({"refund_order": {"members": {
        "order_id": {"type": "string"},
        "amount": {"type": "integer"},
    }}});
    configuration["routes"][1]["http"]["operations"][0]["parameters"] = json!({
        "path": {"id": {"type": "integer"}},
        "query": {
            "limit": {"type": "integer", "optional": true},
            "view": {"type": "string", "enum": ["short", "full"]},
        },
    });
    configuration["policies"] = json!(POLICIES);
    configuration
}

fn refund(amount: &str) -> Request {
    let body = mcp::call_body("refund_order", &json!({"order_id": "A-1001", "amount": 0}));
    let body = body
        .to_string()
        .replace(r#""amount":0"#, &format!(r#""amount":{amount}"#));
    mcp::call_with_body("refund_order", body.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declared_is_what_the_upstream_gets() {
    let scene = Scene::set().await.unwrap();
    let gateway = scene.gateway().guarded_by(configuration().to_string());
    let envoy = Envoy::start(&gateway).await.unwrap();
    let good = scene.token().unwrap();
    let read = Request::get;
    for (request, reason) in [
        (refund("100"), None),
        (refund("101"), Some("policy_not_permitted")),
        (refund("1.0"), Some("argument_mistyped")),
        (refund("1e0"), Some("argument_mistyped")),
        (refund(r#""1""#), Some("argument_mistyped")),
        (refund(r#"1,"force":true"#), Some("argument_undeclared")),
        (read("/orders/7?view=short&limit=20"), None),
        (read("/orders/%37?%76iew=short&limit=%32"), None),
        (
            read("/orders/7?view=short&limit=21"),
            Some("policy_not_permitted"),
        ),
        (
            read("/orders/7?view=full&limit=1"),
            Some("policy_not_permitted"),
        ),
        (read("/orders/x?view=short"), Some("parameter_mistyped")),
        (read("/orders/7?limit=1"), Some("parameter_missing")),
        (
            read("/orders/7?view=short&limit=1&limit=99"),
            Some("parameter_repeated"),
        ),
        (
            read("/orders/7?view=short&limit=1&li%6dit=99"),
            Some("parameter_repeated"),
        ),
        (
            read("/orders/7?view=short&limit=1;limit=99"),
            Some("query_ambiguous"),
        ),
        (
            read("/orders/7?view=short&limit[]=99"),
            Some("parameter_undeclared"),
        ),
    ] {
        for version in Version::ALL {
            let name = format!(
                "{} {} over {version}",
                request.target,
                String::from_utf8_lossy(&request.body)
            );
            drop(scene.upstream.take_seen());
            let reply = send(
                envoy.address(),
                version,
                &request.clone().bearer(&good),
                Framing::Whole,
            )
            .await;
            let reply = reply.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(
                reply.reason().as_deref(),
                reason,
                "{name}: {}",
                reply.text()
            );
            let seen = scene.upstream.take_seen();
            assert_eq!(seen.len(), usize::from(reason.is_none()), "{name}");
        }
    }
}
