//! Bound tokens and proofs by other people's libraries: npm's `jose` signs the token, npm's `dpop` proves who holds its key.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use bailiwick_tests::clients::{Framing, Reply, Request, http1};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::npm_agent::{NpmAgent, Proof};
use bailiwick_tests::scene::{self, Scene};
use serde_json::{Value, json};

const PATH: &str = "/orders/7";

struct Stage {
    scene: Scene,
    agent: NpmAgent,
    envoy: Envoy,
    /// Where the agent calls, as its proofs name it.
    url: String,
    token: String,
}

/// An agent with a bound token of `alg`, and a gateway with that part of the configuration that is `dpop`.
async fn staged(alg: &str, dpop: Value) -> Stage {
    let scene = Scene::set().await.unwrap();
    let mut agent = NpmAgent::start(alg).unwrap();
    let mut configuration = scene::configuration();
    configuration["issuers"][0]["keys"] = json!({"inline": {"keys": [agent.issuer_key()]}});
    configuration["issuers"][0]["algorithms"] = json!([alg]);
    configuration["dpop"] = dpop;
    let gateway = scene.gateway().guarded_by(configuration.to_string());
    let envoy = Envoy::start(&gateway).await.unwrap();
    let token = agent.token(&scene::claims(), true).unwrap();
    Stage {
        url: format!("http://{}{PATH}", envoy.address()),
        scene,
        agent,
        envoy,
        token,
    }
}

impl Stage {
    /// A proof for reading the order; `nonce` and `other_key` as [`Proof`] has them.
    fn proof(&mut self, nonce: Option<&str>, other_key: bool) -> String {
        let proof = Proof {
            method: "GET",
            url: &self.url,
            token: &self.token,
            nonce,
            other_key,
        };
        self.agent.proof(proof).unwrap()
    }

    async fn ask(&self, scheme: &str, proof: Option<&str>) -> Reply {
        let credential = format!("{scheme} {}", self.token);
        let mut request = Request::get(PATH).with("authorization", credential);
        if let Some(proof) = proof {
            request = request.with("dpop", proof);
        }
        let reply = http1::send(self.envoy.address(), &request, Framing::Whole);
        reply.await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_counts_once_and_only_with_the_tokens_key() {
    let mut stage = staged("ES256", json!({})).await;
    let (first, second) = (stage.proof(None, false), stage.proof(None, false));
    let forged = stage.proof(None, true);
    stage.url = stage.url.replace(PATH, "/orders/8");
    let elsewhere = stage.proof(None, false);
    let rows = [
        ("a proof", "DPoP", Some(&first), None),
        ("again", "DPoP", Some(&first), Some("dpop_proof_replayed")),
        ("the next", "DPoP", Some(&second), None),
        (
            "another's",
            "DPoP",
            Some(&forged),
            Some("dpop_key_mismatch"),
        ),
        (
            "for another URL",
            "DPoP",
            Some(&elsewhere),
            Some("dpop_target_mismatch"),
        ),
        ("none", "DPoP", None, Some("dpop_proof_missing")),
        (
            "as if it weren't bound",
            "Bearer",
            None,
            Some("token_bound_unproven"),
        ),
    ];
    for (name, scheme, proof, reason) in rows {
        let reply = stage.ask(scheme, proof.map(String::as_str)).await;
        assert_eq!(
            reply.reason().as_deref(),
            reason,
            "{name}: {}\n{}",
            reply.text(),
            stage.envoy.log()
        );
        assert_eq!(
            reply.status,
            if reason.is_none() { 200 } else { 401 },
            "{name}"
        );
    }
    assert_eq!(stage.scene.upstream.seen().len(), 2);
}

/// Ed25519 is what Envoy has no native verification for; the nonce is the gate's own.
#[tokio::test(flavor = "multi_thread")]
async fn a_proof_takes_the_gates_nonce() {
    let mut stage = staged("Ed25519", json!({"nonce": "required"})).await;
    let bare = stage.proof(None, false);
    let refusal = stage.ask("DPoP", Some(&bare)).await;
    assert_eq!(
        refusal.reason().as_deref(),
        Some("dpop_nonce_required"),
        "{}",
        stage.envoy.log()
    );
    let asks = |(name, value): &(String, Vec<u8>)| {
        let value = String::from_utf8_lossy(value);
        name == "www-authenticate" && value.contains(r#"error="use_dpop_nonce""#)
    };
    assert!(refusal.headers.iter().any(asks), "{refusal:?}");
    let nonce = refusal.header("dpop-nonce").unwrap();
    let made_up = stage.proof(Some("made-up"), false);
    let with_nonce = stage.proof(Some(&nonce), false);
    for (name, proof, reason) in [
        ("a nonce of its own", &made_up, Some("dpop_nonce_unknown")),
        ("the gate's", &with_nonce, None),
        (
            "the same proof again",
            &with_nonce,
            Some("dpop_proof_replayed"),
        ),
    ] {
        let reply = stage.ask("DPoP", Some(proof)).await;
        assert_eq!(
            reply.reason().as_deref(),
            reason,
            "{name}: {}",
            reply.text()
        );
    }
    assert_eq!(stage.scene.upstream.seen().len(), 1);
}
