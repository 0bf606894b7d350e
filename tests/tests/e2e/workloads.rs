//! JWT-SVIDs, verified by the fetched bundle of the trust domain that stands in them and by no other's.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use std::time::Duration;

use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::mint::{self, Key};
use bailiwick_tests::scene::{self, AUDIENCE, KEYS_CLUSTER, Scene};
use serde_json::{Value, json};

const POLICIES: &str = r#"
@id("own")
permit (principal in TrustDomain::"mesh", action == Action::"http_request", resource == Route::"read_order");
@id("partners")
permit (principal in TrustDomain::"partner", action == Action::"http_request", resource == Route::"read_order")
when { context.caller has path && context.caller.path == "/agent" };
"#;

/// A trust domain with its own bundle, as a SPIRE server would publish it.
fn trust_domain(name: &str, trust_domain: &str) -> Value {
    json!({
        "name": name,
        "issuer": trust_domain,
        "profile": "jwt_svid",
        "audiences": [AUDIENCE],
        "algorithms": ["ES256"],
        "keys": {"remote": {
            "url": format!("https://{trust_domain}{}", bundle_path(name)),
            "cluster": KEYS_CLUSTER,
            "min_interval_seconds": 1,
        }},
    })
}

fn bundle_path(name: &str) -> String {
    format!("/bundles/{name}")
}

/// Publishes a bundle with `svids` for JWT-SVIDs and `certificates` for X.509-SVIDs.
fn publish(scene: &Scene, name: &str, svids: &Key, certificates: &Key) {
    let for_use = |key: &Key, purpose: &str| {
        let mut jwk = key.jwk();
        jwk["use"] = json!(purpose);
        jwk
    };
    let bundle = json!({
        "spiffe_sequence": 1,
        "spiffe_refresh_hint": 300,
        "keys": [for_use(certificates, "x509-svid"), for_use(svids, "jwt-svid")],
    });
    let path = bundle_path(name);
    scene
        .issuer
        .publish(&path, "application/json", bundle.to_string());
}

fn svid(scene: &Scene, key: &Key, workload: &str, audience: &str) -> String {
    let now = mint::now();
    let claims = json!({"sub": workload, "aud": [audience], "iat": now, "exp": now + 300});
    scene.mint.sign(key, "JWT", &claims).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workload_is_known_by_its_own_trust_domains_bundle() {
    let scene = Scene::set().await.unwrap();
    // Both trust domains call their keys the same: what tells them apart is whose bundle they stand in.
    let key = |kid| scene.mint.key(kid, "ES256").unwrap();
    let (own, partners, for_certificates) = (key("svid"), key("svid"), key("x509"));
    publish(&scene, "mesh", &own, &for_certificates);
    publish(&scene, "partner", &partners, &for_certificates);
    let mut configuration = scene::configuration();
    configuration["issuers"] = json!([
        trust_domain("mesh", "acme.example"),
        trust_domain("partner", "partner.example"),
    ]);
    configuration["policies"] = json!(POLICIES);
    let gateway = scene.gateway().guarded_by(configuration.to_string());
    let envoy = Envoy::start(&gateway).await.unwrap();

    let agent = "spiffe://acme.example/agent";
    let partners_agent = "spiffe://partner.example/agent";
    let other_of_partner = "spiffe://partner.example/other";
    let elsewhere = "https://elsewhere.example";
    let refused = |status, reason: &str| (status, Some(reason.to_owned()));
    let rows = [
        ("its own", &own, agent, AUDIENCE, (200, None)),
        (
            "a partner's",
            &partners,
            partners_agent,
            AUDIENCE,
            (200, None),
        ),
        (
            "a partner's that no policy permits",
            &partners,
            other_of_partner,
            AUDIENCE,
            refused(403, "policy_not_permitted"),
        ),
        (
            "signed by the other trust domain",
            &partners,
            agent,
            AUDIENCE,
            refused(401, "signature_invalid"),
        ),
        (
            "and the other way round",
            &own,
            partners_agent,
            AUDIENCE,
            refused(401, "signature_invalid"),
        ),
        (
            "signed by a key for certificates",
            &for_certificates,
            agent,
            AUDIENCE,
            refused(401, "key_unknown"),
        ),
        (
            "for another service",
            &own,
            agent,
            elsewhere,
            refused(401, "audience_wrong"),
        ),
        (
            "of a trust domain that nobody knows",
            &own,
            "spiffe://stranger.example/agent",
            AUDIENCE,
            refused(401, "trust_domain_unknown"),
        ),
        (
            "of a name with two readings",
            &own,
            "spiffe://acme.example/x/../agent",
            AUDIENCE,
            refused(401, "workload_id_invalid"),
        ),
    ];
    for (name, key, workload, audience, expected) in rows {
        let token = svid(&scene, key, workload, audience);
        let reply = scene::read_order(&envoy, &token).await.unwrap();
        assert_eq!(reply.outcome(), expected, "{name}\n{}", envoy.log());
    }
    let seen = scene.upstream.take_seen();
    let callers: Vec<_> = seen
        .iter()
        .map(|seen| seen.header("x-bailiwick-agent"))
        .collect();
    assert_eq!(
        callers,
        [
            [format!("mesh/{agent}")],
            [format!("partner/{partners_agent}")]
        ]
    );

    let next = key("svid-2");
    publish(&scene, "mesh", &next, &for_certificates);
    // The configuration allows one fetch for an unknown key each second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let token = svid(&scene, &next, agent, AUDIENCE);
    let reply = scene::read_order(&envoy, &token).await.unwrap();
    assert_eq!(reply.outcome(), (200, None), "the next bundle's key");
    assert_eq!(
        scene.issuer.fetches_of(&bundle_path("partner")),
        1,
        "the partner's is none of its business"
    );
}
