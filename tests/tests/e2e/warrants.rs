//! Attenuating Agent Tokens signed by PyJWT: an issuer gives authority to a planner's key, the planner a part of it to a worker's.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use bailiwick_engine::delegation::aat::thumbprint_uri;
use bailiwick_engine::digest::Digest;
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::jwk::KeyUse;
use bailiwick_engine::identity::jose::keyset::KeySet;
use bailiwick_tests::clients::{Framing, Request, http1, mcp};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::mint::{self, Key};
use bailiwick_tests::scene::{self, AUDIENCE, Scene};
use serde_json::{Value, json};

const ISSUER: &str = "https://payroll.example";
const TOOL: &str = "search_orders";

struct Stage {
    scene: Scene,
    envoy: Envoy,
    issuer: Key,
    planner: Key,
    worker: Key,
}

/// The name that a key has as issuer.
fn name_of(key: &Key) -> String {
    let set = json!({"keys": [key.jwk()]}).to_string();
    let set = KeySet::parse(set.as_bytes(), &[Algorithm::Es256], KeyUse::Signature).unwrap();
    thumbprint_uri(&set.keys()[0].key)
}

fn signed_part(token: &str) -> &str {
    token.rsplit_once('.').unwrap().0
}

impl Stage {
    async fn set() -> Self {
        let scene = Scene::set().await.unwrap();
        let key = |kid| scene.mint.key(kid, "ES256").unwrap();
        let (issuer, planner, worker) = (key("issuer"), key("planner"), key("worker"));
        let mut configuration = scene::configuration();
        configuration["warrants"] = json!({"aat": {
            "profile": "aat-02",
            "algorithms": ["Ed25519", "ES256"],
            "audiences": [AUDIENCE],
            "anchors": [{"name": "payroll", "issuer": ISSUER, "keys": {"keys": [issuer.jwk()]}}],
        }});
        configuration["routes"][0]["warrant"] = "accept".into();
        let policies = configuration["policies"].as_str().unwrap();
        let permit = r#"@id("warrants") permit (principal in TrustDomain::"payroll", action == Action::"call_tool", resource);"#;
        configuration["policies"] = format!("{policies}\n{permit}").into();
        let gateway = scene.gateway().guarded_by(configuration.to_string());
        let envoy = Envoy::start(&gateway).await.unwrap();
        Self {
            scene,
            envoy,
            issuer,
            planner,
            worker,
        }
    }

    /// The planner's token, by which it may search for any customer of the two.
    fn root(&self) -> String {
        let now = mint::now();
        let claims = json!({
            "jti": "root", "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now.saturating_add(300),
            "del_depth": 0, "del_max_depth": 2, "cnf": {"jwk": self.planner.jwk()},
            "authorization_details": details(&json!({"constraint_type": "one_of", "values": ["Ada", "Grace"]})),
        });
        self.scene
            .mint
            .sign(&self.issuer, "aat+jwt", &claims)
            .unwrap()
    }

    /// What the planner gives to the worker.
    fn child(&self, root: &str, customer: &Value) -> String {
        let now = mint::now();
        let claims = json!({
            "jti": "child", "iss": name_of(&self.planner), "iat": now, "exp": now.saturating_add(120),
            "par_hash": Digest::of(signed_part(root).as_bytes()).to_base64url(),
            "del_depth": 1, "del_max_depth": 1, "cnf": {"jwk": self.worker.jwk()},
            "authorization_details": details(customer),
        });
        self.scene
            .mint
            .sign(&self.planner, "aat+jwt", &claims)
            .unwrap()
    }

    /// The worker's call for that customer, with a proof over it that is called `id`.
    fn call(&self, chain: &[&str], customer: &str, id: &str) -> Request {
        let arguments = json!({"customer": customer});
        let leaf = signed_part(chain.last().unwrap());
        let claims = json!({
            "jti": id, "iat": mint::now(), "aat_id": "child", "aat_tool": TOOL, "hta": arguments,
            "aat_hash": Digest::of(leaf.as_bytes()).to_base64url(),
        });
        let proof = self
            .scene
            .mint
            .sign(&self.worker, "aat-pop+jwt", &claims)
            .unwrap();
        let mut body = mcp::call_body(TOOL, &arguments);
        body["params"]["_meta"]["dev.bailiwick/warrant"] =
            json!({"aat_chain": chain, "aat_pop": proof});
        mcp::call_with_body(TOOL, body.to_string())
    }
}

fn details(customer: &Value) -> Value {
    json!([{"type": "attenuating_agent_token", "tools": {TOOL: {"customer": customer}}}])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_does_what_a_planner_let_it_do_and_no_more() {
    let stage = Stage::set().await;
    let root = stage.root();
    let only_ada = stage.child(&root, &json!({"constraint_type": "exact", "value": "Ada"}));
    let anybody = stage.child(&root, &json!({"constraint_type": "wildcard"}));
    let chain = [root.as_str(), only_ada.as_str()];
    let rows = [
        ("inside", stage.call(&chain, "Ada", "1"), None),
        (
            "again",
            stage.call(&chain, "Ada", "1"),
            Some("warrant_proof_replayed"),
        ),
        (
            "outside",
            stage.call(&chain, "Grace", "2"),
            Some("warrant_exceeded"),
        ),
        (
            "a hop that widened",
            stage.call(&[&root, &anybody], "Ada", "3"),
            Some("attenuation_widened"),
        ),
        (
            "without its parent",
            stage.call(&[&only_ada], "Ada", "4"),
            Some("warrant_invalid"),
        ),
    ];
    for (name, request, expected) in rows {
        let reply = http1::send(stage.envoy.address(), &request, Framing::Whole);
        let reply = reply.await.unwrap();
        let status = if expected.is_some() { 403 } else { 200 };
        assert_eq!(reply.status, status, "{name}: {}", reply.text());
        let seen = stage.scene.upstream.take_seen();
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
