//! Attenuating Agent Tokens signed by PyJWT: an issuer gives authority to a planner's key, the planner a part of it to a worker's.

use bailiwick_tests::clients::{Framing, http1, mcp};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::scene::Scene;
use bailiwick_tests::warrants::{self, TOOL, anybody, handed_on, one_of, only, search};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_does_what_a_planner_let_it_do_and_no_more() {
    let scene = Scene::set().await.unwrap();
    let mint = &scene.mint;
    let key = |kid| mint.key(kid, "ES256").unwrap();
    let (issuer, planner, worker) = (key("issuer"), key("planner"), key("worker"));
    let gateway = scene
        .gateway()
        .guarded_by(warrants::configuration(&issuer).to_string());
    let envoy = Envoy::start(&gateway).await.unwrap();
    let root = warrants::root(mint, &issuer, &planner, &one_of(&["Ada", "Grace"])).unwrap();
    let to_worker = |customers| {
        let chain = std::slice::from_ref(&root);
        handed_on(mint, chain, &planner, &worker, &customers).unwrap()
    };
    let (narrowed, widened) = (to_worker(only("Ada")), to_worker(anybody()));
    let call = |chain: &[String], customer: &str, id: &str| {
        search(mint, chain, &worker, customer, id).unwrap()
    };
    let rows = [
        ("inside", call(&narrowed, "Ada", "1"), None),
        (
            "again",
            call(&narrowed, "Ada", "1"),
            Some("warrant_proof_replayed"),
        ),
        (
            "outside",
            call(&narrowed, "Grace", "2"),
            Some("warrant_exceeded"),
        ),
        (
            "a hop that widened",
            call(&widened, "Ada", "3"),
            Some("attenuation_widened"),
        ),
        (
            "without its parent",
            call(&narrowed[1..], "Ada", "4"),
            Some("warrant_invalid"),
        ),
    ];
    for (name, request, expected) in rows {
        let reply = http1::send(envoy.address(), &request, Framing::Whole);
        let reply = reply.await.unwrap();
        let status = if expected.is_some() { 403 } else { 200 };
        assert_eq!(reply.status, status, "{name}: {}", reply.text());
        let seen = scene.upstream.take_seen();
        assert_eq!(seen.len(), usize::from(expected.is_none()), "{name}");
        for request in seen {
            let body = request.json().unwrap();
            assert_eq!(
                body["params"]["_meta"],
                mcp::call_body(TOOL, &json!({}))["params"]["_meta"],
                "the warrant goes no further"
            );
            let length = request.body.len().to_string();
            assert_eq!(request.header("content-length"), [length], "{name}");
        }
        if let Some(reason) = expected {
            assert!(reply.text().contains(reason), "{name}: {}", reply.text());
        }
        if name == "a hop that widened" {
            assert!(
                reply.text().contains("token 1"),
                "the hop is named: {}",
                reply.text()
            );
        }
    }
}
