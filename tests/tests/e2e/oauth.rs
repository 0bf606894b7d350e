//! Clients and an authorization server that are not ours: npm's `oauth4webapi` finds its way from the gate's challenge to
//! npm's `oidc-provider` and back, over TLS.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use bailiwick_tests::certificates::Authority;
use bailiwick_tests::envoy::{Envoy, Gateway, Tls};
use bailiwick_tests::mcp_server::McpServer;
use bailiwick_tests::oauth::{AuthorizationServer, OauthClient, free_address};
use serde_json::{Value, json};

struct Parts {
    authority: Authority,
    server: AuthorizationServer,
    upstream: McpServer,
    envoy: Envoy,
    /// The protected resource's URL, and so its identifier.
    resource: String,
}

impl Parts {
    /// The gate in front of an MCP server, with `changes` to its configuration (RFC 7396, one level).
    async fn start(changes: &Value) -> Self {
        let mut authority = Authority::start().unwrap();
        let certificate = authority
            .issue("gateway", &json!({"ips": ["127.0.0.1"]}))
            .unwrap();
        let address = free_address().unwrap();
        let resource = format!("https://{address}/mcp");
        let server = AuthorizationServer::start(&resource, &certificate).unwrap();
        let upstream = McpServer::start().await.unwrap();
        let mut configuration = configuration(&resource, server.issuer());
        for (name, value) in changes.as_object().unwrap() {
            configuration[name] = value.clone();
        }
        let gateway = Gateway::forwarding_to(upstream.address())
            .listening_on(address)
            .over(Tls {
                certificate,
                clients_by: None,
                clients_unverified: false,
                clients_must: false,
            })
            .guarded_by(configuration.to_string())
            .with_cluster("issuer", server.address());
        let envoy = Envoy::start(&gateway).await.unwrap();
        Self {
            authority,
            server,
            upstream,
            envoy,
            resource,
        }
    }

    fn client(&self) -> OauthClient {
        OauthClient::start(self.authority.root()).unwrap()
    }

    /// The first message of an MCP client, sent with or without a proof.
    fn call(&self, dpop: bool) -> Value {
        let message = json!({
            "jsonrpc": "2.0", "id": 1, "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            },
        });
        json!({
            "method": "POST",
            "url": self.resource,
            "body": message.to_string(),
            "headers": {
                "content-type": "application/json",
                "accept": "application/json, text/event-stream",
            },
            "dpop": dpop,
        })
    }
}

fn configuration(resource: &str, issuer: &str) -> Value {
    json!({
        "version": 1,
        "issuers": [{
            "name": "acme",
            "issuer": issuer,
            "audiences": [resource],
            "algorithms": ["ES256"],
            "keys": {"remote": {"url": format!("{issuer}/jwks"), "cluster": "issuer", "min_interval_seconds": 1}},
        }],
        "resources": [{"resource": resource, "scopes_supported": ["orders"]}],
        "routes": [{"name": "shop", "path": "/mcp", "resource": resource, "mcp": {"server": "shop"}}],
        "policies": r#"
            @id("shop") permit (principal, action, resource)
            when { context.token.scopes.contains("orders") };
        "#,
    })
}

fn status(answer: &Value) -> u64 {
    answer["status"].as_u64().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_challenge_to_a_bound_token_and_back() {
    let parts = Parts::start(&json!({})).await;
    let mut client = parts.client();
    let found = client.discover(&parts.resource).unwrap();
    assert_eq!(status(&found), 401, "{found}");
    let located = found["located"].as_str().unwrap();
    assert!(
        located.ends_with("/.well-known/oauth-protected-resource/mcp"),
        "{found}"
    );
    assert_eq!(found["metadata"]["resource"], parts.resource, "{found}");

    let token = client.authorize("openid orders").unwrap();
    assert_eq!(token["token_type"], "dpop", "{token}");
    assert_eq!(token["claims"]["sub"], "alice", "{token}");
    let answer = client.call(&parts.call(true)).unwrap();
    assert_eq!(status(&answer), 200, "{answer}\n{}", parts.envoy.log());
    let seen = parts.upstream.seen();
    let [seen] = seen.as_slice() else {
        panic!("the upstream saw {seen:?}")
    };
    assert_eq!(seen.header("authorization"), [""; 0], "stays at the gate");
    assert_eq!(seen.header("dpop"), [""; 0], "stays at the gate");

    let downgraded = client.call(&parts.call(false)).unwrap();
    assert_eq!(
        status(&downgraded),
        401,
        "a bound token as if it weren't: {downgraded}"
    );
    assert_eq!(parts.upstream.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_of_its_own_and_the_servers_new_key() {
    let parts = Parts::start(&json!({})).await;
    let mut client = parts.client();
    client.discover(&parts.resource).unwrap();
    for dpop in [false, true] {
        let token = client.credentials("orders", dpop).unwrap();
        assert_eq!(token["claims"]["sub"], "nightly-agent", "{token}");
        let answer = client.call(&parts.call(dpop)).unwrap();
        assert_eq!(status(&answer), 200, "{answer}\n{}", parts.envoy.log());
    }
    parts.server.rotate().await.unwrap();
    // The configuration allows one fetch for an unknown key each second.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    client.discover(&parts.resource).unwrap();
    let token = client.credentials("orders", true).unwrap();
    let answer = client.call(&parts.call(true)).unwrap();
    assert_eq!(
        status(&answer),
        200,
        "{token} {answer}\n{}",
        parts.envoy.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_takes_the_gates_nonce() {
    let parts = Parts::start(&json!({"dpop": {"nonce": "required"}})).await;
    let mut client = parts.client();
    client.discover(&parts.resource).unwrap();
    client.credentials("orders", true).unwrap();
    let first = client.call(&parts.call(true)).unwrap();
    assert_eq!(status(&first), 200, "{first}\n{}", parts.envoy.log());
    let refusals = first["attempts"].as_array().unwrap();
    let [refusal] = refusals.as_slice() else {
        panic!("one refusal hands out the nonce: {first}")
    };
    assert_eq!(refusal["status"], 401, "{first}");
    let challenges = refusal["challenges"].as_array().unwrap();
    assert!(
        challenges
            .iter()
            .any(|challenge| challenge["scheme"] == "dpop"
                && challenge["parameters"]["error"] == "use_dpop_nonce"),
        "{first}"
    );
    let second = client.call(&parts.call(true)).unwrap();
    assert_eq!(status(&second), 200, "{second}");
    assert_eq!(
        second["attempts"],
        json!([]),
        "the nonce is known: {second}"
    );
}
