//! Keys that are fetched, rotated, unknown and unavailable, with two workers that share them.

#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

use std::time::{Duration, Instant};

use bailiwick_tests::clients::{Framing, Reply, http1, mcp};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::mint::Key;
use bailiwick_tests::scene::{self, Scene};
use serde_json::json;

/// Enough connections that both workers get some.
const CONNECTIONS: usize = 24;

async fn search(envoy: &Envoy, token: &str) -> Reply {
    let request = mcp::call("search_orders", &json!({"customer": "Ada"})).bearer(token);
    http1::send(envoy.address(), &request, Framing::Whole)
        .await
        .unwrap()
}

fn token(scene: &Scene, key: &Key) -> String {
    scene.mint.token(key, &scene::claims()).unwrap()
}

/// The outcome on each of many connections, so that every worker is asked.
async fn everywhere(envoy: &Envoy, token: &str) -> Vec<(u16, Option<String>)> {
    let mut outcomes = Vec::new();
    for _ in 0..CONNECTIONS {
        let reply = search(envoy, token).await;
        outcomes.push(reply.outcome());
    }
    outcomes.dedup();
    outcomes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_is_found_and_the_old_one_forgotten() {
    let scene = Scene::set().await.unwrap();
    let envoy = Envoy::start(&scene.gateway()).await.unwrap();
    let old = token(&scene, &scene.key);
    assert_eq!(everywhere(&envoy, &old).await, [(200, None)]);
    assert_eq!(scene.issuer.fetches(), 1, "one worker fetches for both");

    let key = scene.mint.key("k2", "ES256").unwrap();
    scene.issuer.rotate(vec![key.jwk()]);
    // The configuration allows one fetch for an unknown key each second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        everywhere(&envoy, &token(&scene, &key)).await,
        [(200, None)]
    );
    assert_eq!(scene.issuer.fetches(), 2, "one fetch finds the new key");
    assert_eq!(
        everywhere(&envoy, &old).await,
        [(401, Some("key_unknown".to_owned()))]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_keys_do_not_make_the_gateway_fetch_without_end() {
    let scene = Scene::set().await.unwrap();
    let envoy = Envoy::start(&scene.gateway()).await.unwrap();
    let unpublished = scene.mint.key("nobody-knows-it", "ES256").unwrap();
    let started = Instant::now();
    let outcomes = everywhere(&envoy, &token(&scene, &unpublished)).await;
    assert_eq!(outcomes, [(401, Some("key_unknown".to_owned()))]);
    // One at the start, and one for each second that was begun, at both ends.
    let allowed = started.elapsed().as_secs() + 3;
    let fetches = u64::from(scene.issuer.fetches());
    assert!(
        fetches <= allowed,
        "{fetches} fetches, where {allowed} are allowed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keys_a_request_waits_a_while_and_is_told_to_come_again() {
    let scene = Scene::set().await.unwrap();
    scene.issuer.set_failing(true);
    let mut configuration = scene::configuration();
    configuration["limits"] = json!({"key_wait_seconds": 1});
    let gateway = scene.gateway().guarded_by(configuration.to_string());
    let envoy = Envoy::start(&gateway).await.unwrap();
    let token = token(&scene, &scene.key);
    let reply = search(&envoy, &token).await;
    assert_eq!(
        (reply.status, reply.reason().as_deref()),
        (503, Some("keys_unavailable"))
    );
    let again: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&again), "retry after {again} s");
    assert_eq!(scene.upstream.seen(), []);

    scene.issuer.set_failing(false);
    let mut last = reply;
    let started = Instant::now();
    // After some failures it tries again ever later.
    while last.status != 200 && started.elapsed() < Duration::from_secs(90) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        last = search(&envoy, &token).await;
    }
    assert_eq!(last.status, 200, "{}\n{}", last.text(), envoy.log());
    assert_eq!(scene.upstream.called_tools(), ["search_orders"]);

    scene.issuer.set_failing(true);
    assert_eq!(
        everywhere(&envoy, &token).await,
        [(200, None)],
        "keys that are known last"
    );
}
