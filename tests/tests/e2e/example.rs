//! `examples/envoy/envoy.yaml` as it stands, but for its ports and the module's path, in a real Envoy.

#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

use std::net::SocketAddr;
use std::path::Path;

use bailiwick_tests::clients::{Framing, http1, mcp};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::parts;
use bailiwick_tests::scene::{self, Scene};
use serde_json::{Value, json};

/// Replaces, in every `socket_address`, the port `from` with the one of `to`.
fn readdress(value: &mut Value, from: u64, to: SocketAddr) {
    match value {
        Value::Object(members) => {
            let port = members
                .get_mut("port_value")
                .filter(|port| port.as_u64() == Some(from));
            if let Some(port) = port {
                *port = json!(to.port());
            }
            members
                .values_mut()
                .for_each(|member| readdress(member, from, to));
        }
        Value::Array(elements) => elements
            .iter_mut()
            .for_each(|element| readdress(element, from, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The example, with free ports for Envoy's own and the scene's for the others.
fn example(scene: &Scene) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/envoy/envoy.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let module = parts::find(parts::WASM).unwrap();
    let text = text.replace(
        "filename: bailiwick.wasm",
        &format!("filename: {}", module.display()),
    );
    let mut bootstrap: Value = serde_norway::from_str(&text).unwrap();
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    for (from, to) in [
        (9901, free),
        (10000, free),
        (8000, scene.upstream.address()),
        (9000, scene.issuer.address()),
    ] {
        readdress(&mut bootstrap, from, to);
    }
    bootstrap
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_does_what_it_says() {
    let scene = Scene::set().await.unwrap();
    let envoy = Envoy::start_with(&example(&scene), 2).await.unwrap();
    let mut claims = scene::claims();
    claims["iss"] = json!("https://auth.example.com");
    claims["aud"] = json!("https://mcp.example.com");
    claims["scope"] = json!("refunds");
    let token = scene.mint.token(&scene.key, &claims).unwrap();
    let refund = |amount: u32| {
        mcp::call(
            "refund_order",
            &json!({"order_id": "A-1", "amount": amount}),
        )
    };
    for (request, status, reason) in [
        (refund(100).bearer(&token), 200, None),
        (
            refund(101).bearer(&token),
            403,
            Some("policy_not_permitted"),
        ),
        (mcp::list().bearer(&token), 200, None),
        (refund(100), 401, Some("credential_missing")),
    ] {
        let reply = http1::send(envoy.address(), &request, Framing::Whole)
            .await
            .unwrap();
        assert_eq!(
            (reply.status, reply.reason().as_deref()),
            (status, reason),
            "{}\n{}",
            reply.text(),
            envoy.log()
        );
    }
    assert_eq!(scene.upstream.called_tools(), ["refund_order"]);
}
