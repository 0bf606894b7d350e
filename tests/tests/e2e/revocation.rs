//! Tokens that end before they expire, on a gateway that runs on: by their issuer's status list and by a fetched deny-list.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use std::time::{Duration, Instant};

use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::mint;
use bailiwick_tests::scene::{self, ISSUER, KEYS_CLUSTER, Scene};
use serde_json::{Value, json};

const STATUS_PATH: &str = "/status/1";
const STATUS_URL: &str = "https://issuer.example/status/1";
/// Eight bytes, one bit for each of 64 tokens, compressed by Python's `zlib`: all valid, and the first one revoked.
const ALL_VALID: &str = "eNpjYIAAAAAIAAE";
const FIRST_REVOKED: &str = "eNpjZIAAAAAQAAI";
const DENIED_PATH: &str = "/revoked.json";
/// The shortest time after which a deny-list is fetched anew.
const DENIED_REFRESH: u64 = 30;

/// An answer of the gateway: the status, and the reason where it refuses.
type Outcome = (u16, Option<String>);

fn revoked() -> Outcome {
    (401, Some("token_revoked".to_owned()))
}

async fn read_order(envoy: &Envoy, token: &str) -> Outcome {
    let reply = scene::read_order(envoy, token).await;
    reply.unwrap().outcome()
}

/// Asks until the answers are others than `200`, so many in a row that both workers were heard; or what came when patience ended.
async fn until_refused(envoy: &Envoy, token: &str, patience: Duration) -> Vec<Outcome> {
    let started = Instant::now();
    let passes = |outcome: &Outcome| outcome.0 == 200;
    loop {
        let mut outcomes: Vec<Outcome> = Vec::new();
        while outcomes.len() < 17 && !outcomes.last().is_some_and(passes) {
            outcomes.push(read_order(envoy, token).await);
        }
        if !outcomes.last().is_some_and(passes) || started.elapsed() > patience {
            outcomes.dedup();
            return outcomes;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

fn publish_status(scene: &Scene, list: &str) {
    let claims = json!({
        "sub": STATUS_URL,
        "iat": mint::now(),
        "ttl": 1,
        "status_list": {"bits": 1, "lst": list},
    });
    let token = scene.mint.sign(&scene.key, "statuslist+jwt", &claims);
    let media_type = "application/statuslist+jwt";
    scene
        .issuer
        .publish(STATUS_PATH, media_type, token.unwrap());
}

/// A token with the place `index` in the status list.
fn listed(scene: &Scene, index: u64) -> String {
    let mut claims = scene::claims();
    claims["status"] = json!({"status_list": {"idx": index, "uri": STATUS_URL}});
    scene.mint.token(&scene.key, &claims).unwrap()
}

async fn started(scene: &Scene, configuration: &Value) -> Envoy {
    let gateway = scene.gateway().guarded_by(configuration.to_string());
    Envoy::start(&gateway).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_list_ends_a_token_that_was_accepted() {
    let scene = Scene::set().await.unwrap();
    publish_status(&scene, ALL_VALID);
    let mut configuration = scene::configuration();
    configuration["issuers"][0]["status"] = json!({"lists": [{
        "url": STATUS_URL,
        "cluster": KEYS_CLUSTER,
        "min_refresh_seconds": 1,
    }]});
    let envoy = started(&scene, &configuration).await;
    let (first, second) = (listed(&scene, 0), listed(&scene, 1));
    for token in [&first, &second] {
        assert_eq!(
            read_order(&envoy, token).await,
            (200, None),
            "{}",
            envoy.log()
        );
    }
    publish_status(&scene, FIRST_REVOKED);
    let outcomes = until_refused(&envoy, &first, Duration::from_secs(30)).await;
    assert_eq!(outcomes, [revoked()], "{}", envoy.log());
    assert_eq!(
        read_order(&envoy, &second).await,
        (200, None),
        "its neighbour"
    );
    let fetches = scene.issuer.fetches_of(STATUS_PATH);
    assert!(fetches >= 2, "{fetches} fetches");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deny_list_is_swapped_while_the_gateway_runs() {
    let scene = Scene::set().await.unwrap();
    let publish = |list: Value| {
        let media_type = "application/json";
        scene
            .issuer
            .publish(DENIED_PATH, media_type, list.to_string());
    };
    publish(json!({"tokens": []}));
    let mut configuration = scene::configuration();
    configuration["revocations"] = json!({"remote": {
        "url": "https://issuer.example/revoked.json",
        "cluster": KEYS_CLUSTER,
        "refresh_seconds": DENIED_REFRESH,
    }});
    let envoy = started(&scene, &configuration).await;
    let token = scene.token().unwrap();
    let mut claims = scene::claims();
    claims["jti"] = json!("another");
    let other = scene.mint.token(&scene.key, &claims).unwrap();
    for token in [&token, &other] {
        assert_eq!(
            read_order(&envoy, token).await,
            (200, None),
            "{}",
            envoy.log()
        );
    }
    publish(json!({"tokens": [{"issuer": ISSUER, "jti": scene::claims()["jti"]}]}));
    let outcomes = until_refused(&envoy, &token, Duration::from_secs(DENIED_REFRESH + 25)).await;
    assert_eq!(outcomes, [revoked()], "{}", envoy.log());
    assert_eq!(read_order(&envoy, &other).await, (200, None), "not named");
}
