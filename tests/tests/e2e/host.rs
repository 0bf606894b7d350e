//! What the plugin does with Envoy itself: header fields, a filter that is set up wrong, a configuration that is wrong.

use bailiwick_tests::clients::{Framing, Request, Version, http1, mcp, send};
use bailiwick_tests::envoy::{Envoy, EnvoyError};
use bailiwick_tests::scene::{self, Scene};
use serde_json::json;

fn search() -> Request {
    mcp::call("search_orders", &json!({"customer": "Ada"}))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upstream_is_told_who_calls_by_the_gateway_alone() {
    let scene = Scene::set().await.unwrap();
    let envoy = Envoy::start(&scene.gateway()).await.unwrap();
    let token = scene.token().unwrap();
    for version in Version::ALL {
        let honest = search().bearer(&token);
        let spoofed = [
            "x-bailiwick-agent",
            "x-bailiwick-user",
            "x-bailiwick-evidence",
            "x-bailiwick-made-up",
        ]
        .iter()
        .fold(honest, |request, name| request.with(name, "root"));
        let reply = send(envoy.address(), version, &spoofed, Framing::Whole)
            .await
            .unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text());
        let seen = scene.upstream.take_seen();
        let ours = seen[0]
            .headers
            .iter()
            .filter(|(name, _)| name.starts_with("x-bailiwick-"));
        let ours: Vec<_> = ours
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value)))
            .collect();
        assert!(
            !ours.is_empty() && ours.iter().all(|(_, value)| value != "root"),
            "{ours:?}"
        );
        assert_eq!(
            seen[0].header("authorization"),
            [""; 0],
            "the token is for the gateway, not for the server"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_cannot_hold_requests_back_refuses_those_with_a_body() {
    let scene = Scene::set().await.unwrap();
    let mut gateway = scene.gateway();
    if let Some(plugin) = &mut gateway.plugin {
        plugin.headers_stop_iteration = false;
    }
    let envoy = Envoy::start(&gateway).await.unwrap();
    let token = scene.token().unwrap();
    let reply = http1::send(envoy.address(), &search().bearer(&token), Framing::Whole)
        .await
        .unwrap();
    assert_eq!(
        reply.outcome(),
        (503, Some("body_gating_unavailable".to_owned())),
        "{}",
        envoy.log()
    );
    assert_eq!(scene.upstream.seen(), []);
    assert!(
        envoy
            .log()
            .contains("allow_on_headers_stop_iteration: true"),
        "{}",
        envoy.log()
    );

    let without_body = Request::get("/orders/7").bearer(&token);
    let reply = http1::send(envoy.address(), &without_body, Framing::Whole)
        .await
        .unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_is_refused_with_its_path() {
    let scene = Scene::set().await.unwrap();
    let mut configuration = scene::configuration();
    let issuer = configuration["issuers"][0].as_object_mut().unwrap();
    let audiences = issuer.remove("audiences").unwrap();
    issuer.insert("audience".to_owned(), audiences);
    let gateway = scene.gateway().guarded_by(configuration.to_string());
    let Err(EnvoyError::Ended { log, .. }) = Envoy::start(&gateway).await else {
        panic!("an Envoy with a wrong configuration runs");
    };
    assert!(log.contains("issuers[0].audience"), "{log}");
    assert!(log.contains("audiences"), "{log}");
}
