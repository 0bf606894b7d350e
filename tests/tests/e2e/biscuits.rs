//! Biscuits by biscuit-python: an issuer gives authority to a planner, the planner a part of it to a worker.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use bailiwick_engine::digest::Digest;
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::jwk::KeyUse;
use bailiwick_engine::identity::jose::keyset::KeySet;
use bailiwick_engine::time::{Timestamp, UnixTime};
use bailiwick_tests::biscuits::{BiscuitMint, RootKey};
use bailiwick_tests::clients::{Framing, Request, http1, mcp};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::mint::{self, Key};
use bailiwick_tests::scene::{self, Scene};
use serde_json::json;

const TOOL: &str = "search_orders";
const ORIGIN: &str = "https://shop.example";

struct Stage {
    scene: Scene,
    envoy: Envoy,
    biscuits: BiscuitMint,
    root: RootKey,
}

impl Stage {
    async fn set() -> Self {
        let scene = Scene::set().await.unwrap();
        let biscuits = BiscuitMint::start().unwrap();
        let root = biscuits.key().unwrap();
        let mut configuration = scene::configuration();
        configuration["warrants"] = json!({"biscuit": {
            "anchors": [{
                "name": "partner",
                "issuer": "https://biscuits.partner.example",
                "keys": [{"id": 1, "key": root.public()}],
            }],
        }});
        configuration["routes"][0]["warrant"] = "accept".into();
        configuration["routes"][0]["origin"] = ORIGIN.into();
        let policies = configuration["policies"].as_str().unwrap();
        let permit = r#"@id("biscuits") permit (principal in TrustDomain::"partner", action == Action::"call_tool", resource);"#;
        configuration["policies"] = format!("{policies}\n{permit}").into();
        let gateway = scene.gateway().guarded_by(configuration.to_string());
        let envoy = Envoy::start(&gateway).await.unwrap();
        Self {
            scene,
            envoy,
            biscuits,
            root,
        }
    }

    /// What the planner gives on to the worker: searches for Ada only.
    fn worker(&self, root: &RootKey, facts: &str, lifetime: u64) -> String {
        let until = Timestamp(UnixTime(mint::now().saturating_add(lifetime)));
        let authority = format!(
            r#"user("alice"); agent("planner"); tool("{TOOL}"); {facts} check if time($t), $t < {until}"#
        );
        let narrower = r#"check if argument("customer", "Ada")"#;
        self.biscuits.token(root, &[&authority, narrower]).unwrap()
    }

    /// A proof by the key that a token is bound to.
    fn proof(&self, key: &Key, token: &str) -> String {
        let claims = json!({
            "jti": "e2e", "htm": "POST", "htu": format!("{ORIGIN}/mcp"), "iat": mint::now(),
            "ath": Digest::of(token.as_bytes()).to_base64url(),
        });
        self.scene.mint.proofs(key, &claims, 1).unwrap().remove(0)
    }
}

fn search(customer: &str) -> Request {
    mcp::call(TOOL, &json!({ "customer": customer }))
}

fn thumbprint(key: &Key) -> String {
    let set = json!({"keys": [key.jwk()]}).to_string();
    let set = KeySet::parse(set.as_bytes(), &[Algorithm::Es256], KeyUse::Signature).unwrap();
    set.keys()[0].key.thumbprint().to_base64url()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_does_what_the_blocks_let_it_do_and_no_more() {
    let stage = Stage::set().await;
    let stranger = stage.biscuits.key().unwrap();
    let key = stage.scene.mint.key("worker", "ES256").unwrap();
    let holder = format!(r#"holder("{}");"#, thumbprint(&key));

    let worker = stage.worker(&stage.root, "", 120);
    let forged = stage.worker(&stranger, "", 120);
    let expired = stage.worker(&stage.root, "", 0);
    let bound = stage.worker(&stage.root, &holder, 120);
    let access_token = stage.scene.token().unwrap();
    let beside = |customer: &str| {
        search(customer)
            .bearer(&access_token)
            .with("agent-authorization", format!("Biscuit {worker}"))
    };
    let rows = [
        ("inside", search("Ada").bearer(&worker), None),
        (
            "outside",
            search("Grace").bearer(&worker),
            Some((403, "check 0 of block 1 fails")),
        ),
        (
            "signed with another root key",
            search("Ada").bearer(&forged),
            Some((401, "biscuit_untrusted")),
        ),
        (
            "expired",
            search("Ada").bearer(&expired),
            Some((401, "biscuit_expired")),
        ),
        (
            "without the holder's key",
            search("Ada").bearer(&bound),
            Some((401, "token_bound_unproven")),
        ),
        (
            "with it",
            search("Ada")
                .with("authorization", format!("DPoP {bound}"))
                .with("dpop", stage.proof(&key, &bound)),
            None,
        ),
        ("beside an access token", beside("Ada"), None),
        (
            "which it limits",
            beside("Grace"),
            Some((403, "biscuit_check_failed")),
        ),
    ];
    for (name, request, expected) in rows {
        let reply = http1::send(stage.envoy.address(), &request, Framing::Whole);
        let reply = reply.await.unwrap();
        let (status, text) = expected.unwrap_or((200, ""));
        assert_eq!(reply.status, status, "{name}: {}", reply.text());
        assert!(reply.text().contains(text), "{name}: {}", reply.text());
        let seen = stage.scene.upstream.take_seen();
        assert_eq!(seen.len(), usize::from(expected.is_none()), "{name}");
        for request in seen {
            for field in ["authorization", "dpop", "agent-authorization"] {
                assert!(request.header(field).is_empty(), "{name}: {field}");
            }
        }
    }
    let log = stage.envoy.access_log_of(8).await;
    for line in log {
        for token in [&worker, &bound] {
            assert!(!line.evidence_text.contains(token.as_str()));
        }
    }
}
