//! What Envoy's access log, its own log and its statistics show of each decision.

use std::time::{Duration, Instant};

use bailiwick_engine::evidence::verify_chain;
use bailiwick_tests::clients::{Framing, Request, http1, mcp};
use bailiwick_tests::envoy::{AccessLine, Envoy, EnvoyError};
use bailiwick_tests::scene::Scene;
use serde_json::{Value, json};

/// Rounds of three requests, each on a connection of its own: enough that both workers get some.
const ROUNDS: usize = 12;

/// The statistics once the workers have told Envoy, on their next tick, of so many decisions; or what there is after half a minute.
async fn told(envoy: &Envoy, decisions: u64) -> Result<Vec<(String, u64)>, EnvoyError> {
    let started = Instant::now();
    loop {
        let stats = envoy.stats("bailiwick").await?;
        let counted = sum(&stats, "decisions.allow") + sum(&stats, "policy_forbidden");
        if counted >= decisions || started.elapsed() > Duration::from_secs(30) {
            return Ok(stats);
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// All that both workers have told of what ends in `name`.
fn sum(stats: &[(String, u64)], name: &str) -> u64 {
    let of_name = stats.iter().filter(|(known, _)| known.ends_with(name));
    of_name.map(|(_, value)| *value).sum()
}

fn shape(line: &AccessLine) -> (u16, Value, Value, Value, Value) {
    let at = |pointer| line.evidence.pointer(pointer).cloned().unwrap_or_default();
    (
        line.status,
        at("/outcome"),
        at("/reason"),
        at("/policies"),
        at("/operation/resource/tool"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_is_recorded_chained_and_counted() {
    let scene = Scene::set().await.unwrap();
    let envoy = Envoy::start(&scene.gateway()).await.unwrap();
    let token = scene.token().unwrap();
    let allowed = mcp::call("search_orders", &json!({"customer": "Ada Lovelace"})).bearer(&token);
    let denied = mcp::call("delete_order", &json!({"order_id": "A-1001"})).bearer(&token);
    let nobody = Request::get("/orders/7");
    for _ in 0..ROUNDS {
        for request in [&allowed, &denied, &nobody] {
            http1::send(envoy.address(), request, Framing::Whole)
                .await
                .unwrap();
        }
    }
    let lines = envoy.access_log_of(ROUNDS * 3).await;
    assert_eq!(lines.len(), ROUNDS * 3);
    let expected = [
        (
            200,
            json!("allow"),
            Value::Null,
            json!(["read"]),
            json!("search_orders"),
        ),
        (
            403,
            json!("deny"),
            json!("policy_forbidden"),
            json!(["no-deletion"]),
            json!("delete_order"),
        ),
        (
            401,
            json!("deny"),
            json!("credential_missing"),
            json!([]),
            Value::Null,
        ),
    ];
    for round in lines.chunks(3) {
        assert_eq!(round.iter().map(shape).collect::<Vec<_>>(), expected);
    }
    assert_eq!(lines[0].evidence["caller"]["agent"], "acme/support-bot");
    assert_eq!(lines[1].details, "bailiwick_policy_forbidden");

    let records = lines.iter().map(|line| line.evidence_text.as_str());
    let chains = verify_chain(records).unwrap();
    assert_eq!(chains.len(), 2, "each worker has a chain of its own");
    let written: u64 = chains.values().map(|end| end.records).sum();
    assert_eq!(written, u64::try_from(lines.len()).unwrap());

    let everything = format!(
        "{}{}",
        envoy.log(),
        lines
            .iter()
            .map(|line| line.evidence_text.as_str())
            .collect::<String>()
    );
    for (what, secret) in [("the token", token.as_str()), ("an argument", "Lovelace")] {
        assert!(!everything.contains(secret), "{what} was logged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_keys_and_tokens_are_counted() {
    let scene = Scene::set().await.unwrap();
    let envoy = Envoy::start(&scene.gateway()).await.unwrap();
    let token = scene.token().unwrap();
    let allowed = mcp::call("search_orders", &json!({"customer": "Ada"})).bearer(&token);
    let denied = mcp::call("delete_order", &json!({"order_id": "A-1001"})).bearer(&token);
    let send = async |request: &Request| {
        let sent = http1::send(envoy.address(), request, Framing::Whole).await;
        sent.unwrap();
    };
    send(&allowed).await;
    let first = told(&envoy, 1).await.unwrap();
    for request in [&allowed; 10].into_iter().chain([&denied]) {
        send(request).await;
    }
    let stats = told(&envoy, 12).await.unwrap();
    let value = |name: &str| sum(&stats, name);
    assert_eq!(value("bailiwick.decisions.allow"), 11, "{stats:?}");
    assert_eq!(
        value("bailiwick.decisions.deny.policy_forbidden"),
        1,
        "{stats:?}"
    );
    assert_eq!(value("bailiwick.keys.fetched"), 1, "{stats:?}");
    // Only the other worker still verifies the token, and looks at it again at a tick or two while it waits for the keys.
    let examined = value("bailiwick.tokens.examined");
    let since = examined - sum(&first, "bailiwick.tokens.examined");
    assert!(since <= 3, "{since} of {stats:?}");
    assert!(examined >= 1, "{stats:?}");
    assert!(
        examined + value("bailiwick.tokens.remembered") >= 12,
        "{stats:?}"
    );
}
