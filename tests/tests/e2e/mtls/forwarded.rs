//! A client's certificate behind another proxy: an Envoy in front ends the client's TLS and says in
//! `x-forwarded-client-cert` whom it saw; the gate believes that of this proxy, by the certificate it connects with.

use std::path::Path;

use bailiwick_tests::certificates::{Authority, Certificate};
use bailiwick_tests::clients::tls::{Outcome, TlsClient};
use bailiwick_tests::envoy::{Envoy, ForwardedCertificates, Gateway, Tls, UpstreamTls};
use bailiwick_tests::scene::Scene;
use serde_json::{Value, json};

use super::{AGENT, OTHER, bound_token, configuration, refused};

const EDGE: &str = "spiffe://acme.example/edge";
const POLICIES: &str = r#"
@id("agent")
permit (principal == Agent::"mesh/spiffe://acme.example/agent", action == Action::"http_request", resource == Route::"read_order");
@id("tokens")
permit (principal == Agent::"acme/support-bot", action == Action::"http_request", resource == Route::"read_order");
"#;

/// Clients reach `edge`, which forwards to `gate`; some try to reach `gate` directly.
struct Stage {
    scene: Scene,
    client: TlsClient,
    agent: Certificate,
    other: Certificate,
    edge: Envoy,
    gate: Envoy,
    /// Its files are the certificates.
    _authority: Authority,
}

impl Stage {
    async fn set() -> Self {
        let scene = Scene::set().await.unwrap();
        let mut authority = Authority::start().unwrap();
        let root = authority.root().file.clone();
        let mut issue = |name, request: &Value| authority.issue(name, request).unwrap();
        let server = issue("server", &json!({"dns": ["localhost"]}));
        let mut configuration = configuration();
        configuration["client_certificates"]["trusted_hops"] = json!([{"spiffe_id": EDGE}]);
        configuration["policies"] = json!(POLICIES);
        let gate = scene
            .gateway()
            .guarded_by(configuration.to_string())
            .over(listener(&server, &root, true))
            .client_certificates(ForwardedCertificates::Kept);
        let gate = Envoy::start(&gate).await.unwrap();
        let edge = Gateway::forwarding_to(gate.address())
            .over(listener(&server, &root, false))
            .client_certificates(ForwardedCertificates::Set)
            .forwarding_over(UpstreamTls {
                certificate: issue("edge", &json!({"uris": [EDGE]})),
                server_by: root,
            });
        Self {
            agent: issue("agent", &json!({"uris": [AGENT]})),
            other: issue("other", &json!({"uris": [OTHER]})),
            client: TlsClient::trusting(authority.root()).unwrap(),
            edge: Envoy::start(&edge).await.unwrap(),
            gate,
            scene,
            _authority: authority,
        }
    }

    /// Asks the gate where `directly`, and else the edge, as `caller` (`agent`, `other`) or without a certificate.
    fn ask(&mut self, directly: bool, caller: Option<&str>, headers: &Value) -> Outcome {
        let at = if directly { &self.gate } else { &self.edge };
        let certificate = caller.map(|name| match name {
            "agent" => &self.agent,
            _ => &self.other,
        });
        let outcome = self
            .client
            .get(at.address(), "/orders/7", certificate, headers);
        outcome.unwrap()
    }
}

fn listener(server: &Certificate, root: &Path, clients_must: bool) -> Tls {
    Tls {
        certificate: server.clone(),
        clients_by: Some(root.to_owned()),
        clients_unverified: false,
        clients_must,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_certificate_is_believed_from_the_trusted_hop_only() {
    let mut stage = Stage::set().await;
    let nothing = json!({});
    let own = stage.ask(false, Some("agent"), &nothing);
    let seen = stage.scene.upstream.take_seen();
    assert_eq!(seen.len(), 1, "{own:?}\n{}", stage.gate.log());
    assert_eq!(
        seen[0].header("x-bailiwick-agent"),
        [format!("mesh/{AGENT}")]
    );
    // What the edge wrote, so that the gate gets from others exactly what it believes from the edge.
    let field = seen[0].header("x-forwarded-client-cert").concat();
    assert!(field.contains("Hash=") && field.contains(AGENT), "{field}");
    let forged = json!({"x-forwarded-client-cert": field});

    let bound = bound_token(&stage.scene, &stage.agent);
    let bound = json!({"authorization": format!("Bearer {bound}")});
    let forged_and_bound = json!({
        "authorization": bound["authorization"],
        "x-forwarded-client-cert": forged["x-forwarded-client-cert"],
    });
    let accepted = stage.ask(false, Some("agent"), &bound);
    assert_eq!(stage.scene.upstream.take_seen().len(), 1, "{accepted:?}");

    let not_permitted = || Outcome::Answered(403, Some("policy_not_permitted".to_owned()));
    let rows = [
        (
            "no certificate",
            false,
            None,
            &nothing,
            refused("credential_missing"),
        ),
        (
            "another workload",
            false,
            Some("other"),
            &nothing,
            not_permitted(),
        ),
        (
            "the field of another's, which the edge replaces",
            false,
            Some("other"),
            &forged,
            not_permitted(),
        ),
        (
            "the same without a certificate",
            false,
            None,
            &forged,
            refused("credential_missing"),
        ),
        (
            "a bound token behind another certificate",
            false,
            Some("other"),
            &bound,
            refused("certificate_mismatch"),
        ),
        (
            "the same with the field",
            false,
            Some("other"),
            &forged_and_bound,
            refused("certificate_mismatch"),
        ),
        (
            "straight from a client",
            true,
            Some("other"),
            &forged,
            not_permitted(),
        ),
        (
            "straight from a client with a bound token",
            true,
            Some("other"),
            &forged_and_bound,
            refused("certificate_mismatch"),
        ),
        (
            "straight from a client without a certificate",
            true,
            None,
            &forged,
            Outcome::NotConnected,
        ),
    ];
    for (name, directly, certificate, headers, expected) in rows {
        assert_eq!(
            stage.ask(directly, certificate, headers),
            expected,
            "{name}"
        );
    }
    assert_eq!(stage.scene.upstream.take_seen(), []);
}
