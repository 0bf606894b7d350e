//! Requests that an agent signs (RFC 9421) with npm's `web-bot-auth`, for want of a token.

use bailiwick_tests::clients::{Framing, Request, http1};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::npm_agent::NpmAgent;
use bailiwick_tests::scene::{self, KEYS_CLUSTER, Scene};
use serde_json::json;

const AGENT: &str = "https://bot.example";
const DIRECTORY: &str = "/.well-known/http-message-signatures-directory";
const POLICIES: &str = r#"
@id("bot")
permit (principal == Agent::"bot/https://bot.example", action == Action::"http_request", resource == Route::"read_order");
"#;

/// A request that names `agent` as its sender.
fn order_for(agent: &str) -> Request {
    Request::get("/orders/7").with("signature-agent", format!("\"{agent}\""))
}

/// The same request with `value` in the place of the field `name`.
fn replaced(request: &Request, name: &str, value: &str) -> Request {
    let mut request = request.clone();
    for (known, old) in &mut request.headers {
        if known.eq_ignore_ascii_case(name) {
            *old = value.as_bytes().to_vec();
        }
    }
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_request_needs_no_token_and_can_not_be_changed() {
    let scene = Scene::set().await.unwrap();
    let mut agent = NpmAgent::start("ES256").unwrap();
    let mut stranger = NpmAgent::start("ES256").unwrap();
    let directory = json!({"keys": [agent.signature_key()]}).to_string();
    let media_type = "application/http-message-signatures-directory+json";
    scene.issuer.publish(DIRECTORY, media_type, directory);
    let mut configuration = scene::configuration();
    configuration["signature_agents"] = json!([{
        "name": "bot",
        "url": AGENT,
        "keys": {"remote": {"url": format!("{AGENT}{DIRECTORY}"), "cluster": KEYS_CLUSTER}},
        "components": ["@method", "@path"],
    }]);
    configuration["policies"] = json!(POLICIES);
    let gateway = scene.gateway().guarded_by(configuration.to_string());
    let envoy = Envoy::start(&gateway).await.unwrap();

    let origin = format!("http://{}", envoy.address());
    let components = ["@authority", "@method", "@path", "signature-agent"];
    let signed = |agent: &mut NpmAgent, origin: &str, covers: Option<&[&str]>| {
        agent.sign(order_for(AGENT), origin, covers).unwrap()
    };
    let right = signed(&mut agent, &origin, Some(&components));
    let other_path = Request {
        target: "/orders/8".to_owned(),
        ..signed(&mut agent, &origin, Some(&components))
    };
    let for_another = signed(&mut agent, "http://other.example", Some(&components));
    let too_little = signed(&mut agent, &origin, None);
    let by_stranger = signed(&mut stranger, &origin, Some(&components));
    let other_agent = replaced(
        &signed(&mut agent, &origin, Some(&components)),
        "signature-agent",
        "\"https://other.example\"",
    );
    let rows = [
        ("as it was signed", right.clone(), None),
        ("once more", right, Some("http_signature_replayed")),
        (
            "for another path",
            other_path,
            Some("http_signature_invalid"),
        ),
        (
            "for another service",
            for_another,
            Some("http_signature_invalid"),
        ),
        (
            "the library's own components",
            too_little,
            Some("http_signature_covers_too_little"),
        ),
        (
            "by a key that is not the agent's",
            by_stranger,
            Some("http_signature_key_unknown"),
        ),
        (
            "in another agent's name",
            other_agent,
            Some("http_signature_agent_unknown"),
        ),
        ("not signed", order_for(AGENT), Some("credential_missing")),
    ];
    for (name, request, reason) in rows {
        let reply = http1::send(envoy.address(), &request, Framing::Whole).await;
        let reply = reply.unwrap();
        assert_eq!(
            reply.reason().as_deref(),
            reason,
            "{name}: {}\n{}",
            reply.text(),
            envoy.log()
        );
    }
    let seen = scene.upstream.take_seen();
    let [seen] = seen.as_slice() else {
        panic!("the upstream saw {seen:?}")
    };
    assert_eq!(seen.header("x-bailiwick-agent"), [format!("bot/{AGENT}")]);
    assert_eq!(seen.header("signature"), [""; 0], "stays at the gate");
}
