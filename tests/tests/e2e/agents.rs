//! What a refusal looks like to the people who use the official MCP clients, as HTTP 403 and as a JSON-RPC error in a 200.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use bailiwick_tests::clients::agent::{self, Plan, Refusal, Revision, Walk};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::scene::{self, Scene};
use serde_json::json;

async fn walks(denial_status: u16) -> Vec<(&'static str, Walk)> {
    let scene = Scene::set().await.unwrap();
    let mut configuration = scene::configuration();
    configuration["routes"][0]["mcp"]["denial_status"] = json!(denial_status);
    let gateway = scene.gateway().guarded_by(configuration.to_string());
    let envoy = Envoy::start(&gateway).await.unwrap();
    let mut walks = Vec::new();
    for revision in [Revision::Handshake, Revision::Stateless] {
        let plan = Plan {
            gateway: envoy.address(),
            token: scene.token().unwrap(),
            revision,
            calls: vec![
                ("search_orders".to_owned(), json!({"customer": "Ada"})),
                ("delete_order".to_owned(), json!({"order_id": "A-1001"})),
                ("echo".to_owned(), json!({"text": "still here"})),
            ],
        };
        walks.push(("rust", agent::walk_with_rust(&plan).await.unwrap()));
        walks.push(("python", agent::walk_with_python(&plan).await.unwrap()));
    }
    assert!(
        !scene
            .upstream
            .called_tools()
            .contains(&"delete_order".to_owned())
    );
    walks
}

/// What every walk has in common, and the refusal of the call in its middle.
fn refusal(client: &str, walk: &Walk) -> Refusal {
    // All that the server has, but for the one that no arguments help.
    let listed = ["echo", "refund_order", "search_orders"];
    assert_eq!(
        walk.tools,
        Ok(listed.map(str::to_owned).to_vec()),
        "{client}"
    );
    let [found, deleted, echoed] = &walk.calls[..] else {
        panic!("{client} made {} calls", walk.calls.len());
    };
    assert!(
        found.as_ref().unwrap().contains("2 orders of Ada"),
        "{client}"
    );
    assert_eq!(
        echoed,
        &Ok("still here".to_owned()),
        "{client} goes on after a refusal"
    );
    deleted.clone().unwrap_err()
}

/// A refusal that arrived as a JSON-RPC error, with all that an agent can act on.
fn assert_explained(client: &str, refusal: &Refusal) {
    assert_eq!(refusal.code, Some(-31403), "{client}: {}", refusal.message);
    assert!(
        refusal.message.contains("orders are kept for ten years"),
        "{client}: {}",
        refusal.message
    );
    let data = refusal.data.as_ref().unwrap();
    assert_eq!(data["reason"], "policy_forbidden", "{client}");
    assert_eq!(
        data["remedy"]["text"], "refund the order instead",
        "{client}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn as_http_403_python_shows_the_error_and_rust_quotes_the_response() {
    for (client, walk) in walks(403).await {
        let refusal = refusal(client, &walk);
        if client == "python" {
            assert_explained(client, &refusal);
        } else {
            // `rmcp` takes the 403 for a failure of the transport; its message quotes the body, remedy and all.
            assert_eq!(refusal.code, None);
            for part in [
                "HTTP 403 Forbidden",
                "policy_forbidden",
                "refund the order instead",
            ] {
                assert!(refusal.message.contains(part), "{}", refusal.message);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_an_error_in_a_200_both_show_it_as_what_it_is() {
    for (client, walk) in walks(200).await {
        assert_explained(client, &refusal(client, &walk));
    }
}
