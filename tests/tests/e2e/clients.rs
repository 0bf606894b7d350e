//! The real clients and the real server through an Envoy that only forwards: what the gateway has to leave as it is.

#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

use bailiwick_tests::clients::agent::{self, Plan, Revision, Walk};
use bailiwick_tests::clients::{Framing, Request, http1, http2};
use bailiwick_tests::envoy::{Envoy, Gateway};
use bailiwick_tests::mcp_server::{McpServer, TOOL_NAMES};
use serde_json::json;

async fn forwarding() -> (McpServer, Envoy) {
    let server = McpServer::start().await.unwrap();
    let gateway = Gateway::forwarding_to(server.address());
    let envoy = Envoy::start(&gateway).await.unwrap();
    (server, envoy)
}

fn refund_plan(envoy: &Envoy, revision: Revision) -> Plan {
    let arguments = json!({"order_id": "A-1001", "amount": 40});
    Plan {
        gateway: envoy.address(),
        token: "none".to_owned(),
        revision,
        calls: vec![("refund_order".to_owned(), arguments)],
    }
}

fn everything_worked(revision: &str) -> Walk {
    Walk {
        connected: Ok(revision.to_owned()),
        tools: Ok(TOOL_NAMES.map(str::to_owned).to_vec()),
        calls: vec![Ok("refunded 40 euros of order A-1001".to_owned())],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_clients_speak_both_revisions_through_envoy() {
    let (server, envoy) = forwarding().await;
    let revisions = [
        (Revision::Handshake, "2025-11-25"),
        (Revision::Stateless, "2026-07-28"),
    ];
    for (revision, name) in revisions {
        let plan = refund_plan(&envoy, revision);
        let rust = agent::walk_with_rust(&plan).await.unwrap();
        assert_eq!(rust, everything_worked(name), "the Rust SDK in {name}");
        let python = agent::walk_with_python(&plan).await.unwrap();
        assert_eq!(python, everything_worked(name), "the Python SDK in {name}");
    }
    assert_eq!(server.called_tools(), ["refund_order"; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_bytes_reach_the_upstream_unchanged() {
    let (server, envoy) = forwarding().await;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let request = Request::post("/orders/7", body)
        .with("x-odd", b"caf\xe9".to_vec())
        .with("x-twice", "one")
        .with("x-twice", "two");
    for framing in [Framing::Whole, Framing::ByteByByte] {
        http1::send(envoy.address(), &request, framing)
            .await
            .unwrap();
        http2::send(envoy.address(), &request, framing)
            .await
            .unwrap();
        let seen = server.take_seen();
        assert_eq!(seen.len(), 2);
        for request in seen {
            assert_eq!(request.body, body.as_bytes());
            let odd = request.headers.iter().find(|(name, _)| name == "x-odd");
            assert_eq!(
                odd.map(|(_, value)| value.as_slice()),
                Some(&b"caf\xe9"[..])
            );
            assert_eq!(request.header("x-twice"), ["one", "two"]);
        }
    }
}
