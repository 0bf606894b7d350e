//! What a page in a browser meets: its browser's question beforehand (CORS), a challenge that the page may read, and the
//! metadata that the challenge points to (RFC 9728).

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use bailiwick_tests::clients::{Framing, Reply, Request, http1, mcp};
use bailiwick_tests::envoy::{Envoy, Gateway};
use bailiwick_tests::oauth::free_address;
use bailiwick_tests::scene::{self, Scene};
use serde_json::json;

const PAGE: &str = "https://app.example";
const STRANGER: &str = "https://evil.example";
const METADATA: &str = "/.well-known/oauth-protected-resource/mcp";

/// A gate that is the protected resource `resource`, whose host is the gateway's own address.
async fn staged() -> (Scene, Envoy, String) {
    let scene = Scene::set().await.unwrap();
    let address = free_address().unwrap();
    let resource = format!("https://{address}/mcp");
    let mut configuration = scene::configuration();
    configuration["cors"] = json!({"origins": [PAGE]});
    configuration["issuers"][0]["audiences"] = json!([resource]);
    configuration["resources"] = json!([{"resource": resource, "scopes_supported": ["orders"]}]);
    configuration["routes"][0]["resource"] = json!(resource);
    let gateway: Gateway = scene.gateway().listening_on(address);
    let gateway = gateway.guarded_by(configuration.to_string());
    let envoy = Envoy::start(&gateway).await.unwrap();
    (scene, envoy, resource)
}

async fn ask(envoy: &Envoy, origin: &str, request: Request) -> Reply {
    // A response without a body may state no length, and then ends with its connection.
    let request = request.with("origin", origin).with("connection", "close");
    let reply = http1::send(envoy.address(), &request, Framing::Whole).await;
    reply.unwrap()
}

fn preflight(path: &str) -> Request {
    let question = Request {
        method: "OPTIONS".to_owned(),
        ..Request::get(path)
    };
    question.with("access-control-request-method", "POST").with(
        "access-control-request-headers",
        "authorization,mcp-method,x-other",
    )
}

fn search() -> Request {
    mcp::call("search_orders", &json!({"customer": "Ada"}))
}

fn allowed_origin(reply: &Reply) -> Option<String> {
    reply.header("access-control-allow-origin")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_finds_its_way_from_the_preflight_to_an_answer() {
    let (scene, envoy, resource) = staged().await;
    let answer = ask(&envoy, PAGE, preflight(mcp::PATH)).await;
    assert_eq!(answer.status, 204, "{}", envoy.log());
    assert_eq!(allowed_origin(&answer).as_deref(), Some(PAGE));
    let fields = answer.header("access-control-allow-headers").unwrap();
    let fields: Vec<_> = fields.split(", ").collect();
    assert!(
        fields.contains(&"authorization") && fields.contains(&"mcp-method"),
        "{fields:?}"
    );
    assert!(!fields.contains(&"x-other"), "{fields:?}");

    let challenged = ask(&envoy, PAGE, search()).await;
    assert_eq!(challenged.status, 401);
    assert_eq!(allowed_origin(&challenged).as_deref(), Some(PAGE));
    let readable = challenged.header("access-control-expose-headers").unwrap();
    assert!(readable.contains("www-authenticate"), "{readable}");
    let challenge = challenged.header("www-authenticate").unwrap();
    let place = format!(
        r#"resource_metadata="https://{}{METADATA}""#,
        envoy.address()
    );
    assert!(challenge.contains(&place), "{challenge}");

    let metadata = ask(&envoy, PAGE, Request::get(METADATA)).await;
    assert_eq!(metadata.status, 200, "{}", metadata.text());
    assert_eq!(metadata.json()["resource"], resource);
    assert_eq!(
        metadata.json()["authorization_servers"],
        json!([scene::ISSUER])
    );
    assert_eq!(metadata.json()["scopes_supported"], json!(["orders"]));
    assert!(allowed_origin(&metadata).is_some(), "{metadata:?}");
    assert_eq!(
        scene.upstream.take_seen(),
        [],
        "so far the gate has answered all by itself"
    );

    let mut claims = scene::claims();
    claims["aud"] = json!(resource);
    let token = scene.mint.token(&scene.key, &claims).unwrap();
    let answer = ask(&envoy, PAGE, search().bearer(&token)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(allowed_origin(&answer).as_deref(), Some(PAGE));

    for (name, request) in [
        ("its browser's question", preflight(mcp::PATH)),
        ("a call", search().bearer(&token)),
    ] {
        drop(scene.upstream.take_seen());
        let answer = ask(&envoy, STRANGER, request).await;
        assert_eq!(
            answer.reason().as_deref(),
            Some("origin_not_allowed"),
            "{name}"
        );
        assert_eq!(allowed_origin(&answer), None, "{name}");
        assert_eq!(scene.upstream.take_seen(), [], "{name}");
    }
}
