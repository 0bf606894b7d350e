//! Client certificates on a real Envoy's TLS listener: tokens that are bound to one, and workloads that need no token.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use std::collections::BTreeMap;

use bailiwick_tests::certificates::{Authority, Certificate};
use bailiwick_tests::clients::tls::{Outcome, TlsClient};
use bailiwick_tests::envoy::{Envoy, Tls};
use bailiwick_tests::scene::{self, Scene};
use serde_json::{Value, json};

mod forwarded;

const AGENT: &str = "spiffe://acme.example/agent";
const OTHER: &str = "spiffe://acme.example/other";
const POLICIES: &str = r#"
@id("orders")
permit (principal, action == Action::"http_request", resource == Route::"read_order");
"#;

struct Stage {
    scene: Scene,
    client: TlsClient,
    certificates: BTreeMap<&'static str, Certificate>,
    envoy: Envoy,
    /// A token that is bound to the agent's certificate.
    bound: String,
    /// Its files are the certificates.
    _authority: Authority,
}

/// Certificates of an agent and of others, and an Envoy whose listener verifies them, or doesn't.
async fn staged(clients_unverified: bool) -> Stage {
    let scene = Scene::set().await.unwrap();
    let mut authority = Authority::start().unwrap();
    let mut issue = |name, request: &Value| authority.issue(name, request).unwrap();
    let server = issue("server", &json!({"dns": ["localhost"]}));
    let certificates = BTreeMap::from([
        ("agent", issue("agent", &json!({"uris": [AGENT]}))),
        ("other", issue("other", &json!({"uris": [OTHER]}))),
        (
            "two-names",
            issue("two-names", &json!({"uris": [AGENT, OTHER]})),
        ),
        (
            "stranger",
            issue("stranger", &json!({"ca": true, "issuer": null})),
        ),
        (
            "forged",
            issue("forged", &json!({"uris": [AGENT], "issuer": "stranger"})),
        ),
        (
            "self-signed",
            issue("self-signed", &json!({"uris": [AGENT], "issuer": null})),
        ),
    ]);
    let gateway = scene.gateway().guarded_by(configuration().to_string());
    let gateway = gateway.over(Tls {
        certificate: server,
        clients_by: Some(authority.root().file.clone()),
        clients_unverified,
        clients_must: false,
    });
    let bound = bound_token(&scene, &certificates["agent"]);
    Stage {
        client: TlsClient::trusting(authority.root()).unwrap(),
        envoy: Envoy::start(&gateway).await.unwrap(),
        scene,
        certificates,
        bound,
        _authority: authority,
    }
}

/// The scene's configuration, with workloads that call by their certificate.
fn configuration() -> Value {
    let mut configuration = scene::configuration();
    configuration["client_certificates"] = json!({
        "verified_by": "gateway",
        "trust_domains": [{"name": "mesh", "trust_domain": "acme.example"}],
    });
    configuration["routes"][1]["certificate_callers"] = json!("x509_svid");
    configuration["policies"] = json!(POLICIES);
    configuration
}

fn bound_token(scene: &Scene, certificate: &Certificate) -> String {
    let mut claims = scene::claims();
    claims["cnf"] = json!({"x5t#S256": certificate.digest});
    scene.mint.token(&scene.key, &claims).unwrap()
}

impl Stage {
    fn without_token(&mut self, certificate: Option<&str>) -> Outcome {
        self.ask(certificate, &json!({}))
    }

    fn with_bound_token(&mut self, certificate: Option<&str>) -> Outcome {
        let headers = json!({"authorization": format!("Bearer {}", self.bound)});
        self.ask(certificate, &headers)
    }

    fn ask(&mut self, certificate: Option<&str>, headers: &Value) -> Outcome {
        let at = self.envoy.address();
        let certificate = certificate.map(|name| &self.certificates[name]);
        let outcome = self.client.get(at, "/orders/7", certificate, headers);
        outcome.unwrap()
    }

    /// How many requests have reached the upstream since this was asked last.
    fn reached(&self) -> usize {
        self.scene.upstream.take_seen().len()
    }
}

fn refused(reason: &str) -> Outcome {
    Outcome::Answered(401, Some(reason.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_token_is_good_with_its_certificate_only() {
    let mut stage = staged(false).await;
    let own = stage.with_bound_token(Some("agent"));
    assert_eq!(stage.reached(), 1, "{own:?}\n{}", stage.envoy.log());
    for (name, certificate, expected) in [
        ("another", Some("other"), refused("certificate_mismatch")),
        ("none", None, refused("certificate_missing")),
        (
            "an unknown authority's",
            Some("forged"),
            Outcome::NotConnected,
        ),
    ] {
        assert_eq!(stage.with_bound_token(certificate), expected, "{name}");
    }
    assert_eq!(stage.reached(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workload_calls_with_its_svid_alone() {
    let mut stage = staged(false).await;
    let own = stage.without_token(Some("agent"));
    let seen = stage.scene.upstream.take_seen();
    assert_eq!(seen.len(), 1, "{own:?}\n{}", stage.envoy.log());
    assert_eq!(
        seen[0].header("x-bailiwick-agent"),
        [format!("mesh/{AGENT}")]
    );
    for (name, certificate, expected) in [
        ("none", None, refused("credential_missing")),
        (
            "two names",
            Some("two-names"),
            refused("certificate_name_invalid"),
        ),
        (
            "an unknown authority's",
            Some("forged"),
            Outcome::NotConnected,
        ),
        (
            "its own authority's",
            Some("self-signed"),
            Outcome::NotConnected,
        ),
    ] {
        assert_eq!(stage.without_token(certificate), expected, "{name}");
    }
    let claimed = json!({"x-forwarded-client-cert": format!("URI={AGENT}")});
    assert_eq!(stage.ask(None, &claimed), refused("credential_missing"));
    assert_eq!(stage.reached(), 0);
}

/// What the documentation warns of: with `ACCEPT_UNTRUSTED`, Envoy shows a forged certificate as it shows a right one. A
/// token that is bound to its certificate is as safe as ever, since it takes the certificate's key.
#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_verifies_nothing_is_good_for_bound_tokens_only() {
    let mut stage = staged(true).await;
    let forged = stage.without_token(Some("forged"));
    let told = "Envoy tells them apart now: refuse it, and say so in the documentation";
    assert_eq!(stage.reached(), 1, "{told}: {forged:?}");
    let stolen = stage.with_bound_token(Some("forged"));
    assert_eq!(stolen, refused("certificate_mismatch"));
    let own = stage.with_bound_token(Some("agent"));
    assert_eq!(stage.reached(), 1, "{own:?}");
}
