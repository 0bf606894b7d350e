//! Hostile bytes in every field that is read before anybody is known: whatever they are, nothing is forwarded.

use proptest::prelude::*;

use super::*;
use crate::digest::Digest;
use crate::ports::{Connection, PeerCertificate};

/// Fields that say, prove or describe who is calling, each with a value that is nearly right.
const FIELDS: [(&str, &str); 12] = [
    ("authorization", "Bearer e30.e30.AQ"),
    ("dpop", "eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.AQ"),
    ("workload-identity-token", "eyJ0eXAiOiJ3aXQrand0In0.e30.AQ"),
    ("txn-token", "eyJ0eXAiOiJ0eG50b2tlbitqd3QifQ.e30.AQ"),
    (
        "signature-input",
        r#"sig1=("@authority" "signature-agent" "content-digest";key="sha-256" "@query-param";name="a");created=1800000000;expires=1800000060;keyid="k";alg="ed25519";nonce="n";tag="web-bot-auth""#,
    ),
    ("signature", "sig1=:AAAA:"),
    ("signature-agent", r#"me="https://bot.example""#),
    ("content-digest", "sha-256=:AAAA:"),
    (
        "x-forwarded-client-cert",
        r#"By=spiffe://a/b;Hash=0000000000000000000000000000000000000000000000000000000000000000;Cert="-----BEGIN%20CERTIFICATE-----%0AMAA%3D%0A-----END%20CERTIFICATE-----%0A";URI=spiffe://a/b"#,
    ),
    (
        "agent-authorization",
        "AAT eyJhYXRfY2hhaW4iOlsiZTMwLmV5SnFkR2tpT2lKaEluMC5BUSJdLCJhYXRfcG9wIjoiZTMwLmUzMC5BUSJ9",
    ),
    ("origin", "https://app.example"),
    ("access-control-request-headers", "mcp-a, authorization"),
];

/// A connection that the trusted hop made, so that its word on the client's certificate is read.
struct FromHop;

impl FromHop {
    fn digest() -> Digest {
        Digest::of(b"the hop's certificate")
    }
}

impl Connection for FromHop {
    fn peer_certificate(&self) -> Option<PeerCertificate> {
        Some(PeerCertificate {
            digest: Self::digest(),
        })
    }

    fn peer_certificate_der(&self) -> Option<Vec<u8>> {
        None
    }
}

/// A gate that reads all of it, and whose policy permits everything: only who is calling stands in the way.
fn open() -> Instance {
    let hop: String = FromHop::digest()
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let keys = json!({"inline": jwks()});
    let issuer = |name: &str, identifier: &str, more: Value| {
        let mut issuer =
            json!({"name": name, "issuer": identifier, "algorithms": ["EdDSA"], "keys": keys});
        for (member, value) in more.as_object().unwrap() {
            issuer[member] = value.clone();
        }
        issuer
    };
    let audiences = json!(["https://mcp.example"]);
    instance_of(&json!({
        "version": 1,
        "issuers": [
            issuer("corp", "https://as.example", json!({"audiences": audiences})),
            issuer("prod", "a", json!({"profile": "wit", "proof": "wpt-02"})),
            issuer("transactions", "https://tts.example", json!({"profile": "transaction_token", "audiences": ["a"]})),
        ],
        "signature_agents": [{"name": "bot", "url": "https://bot.example", "keys": keys}],
        "client_certificates": {
            "verified_by": "gateway",
            "trust_domains": [{"name": "mesh", "trust_domain": "a"}],
            "trusted_hops": [{"sha256": hop}],
        },
        "warrants": {"aat": {
            "profile": "aat-02", "audiences": audiences,
            "anchors": [{"name": "payroll", "issuer": "https://payroll.example", "keys": {"keys": [{
                "kty": "OKP", "crv": "Ed25519", "alg": "Ed25519", "x": "EQ_c30T6gfkIdfM35hQQp9i5yRFiEdX8UYoZOWXE4fc",
            }]}}],
        }},
        "dpop": {"nonce": "required"},
        "cors": {"origins": ["https://app.example"]},
        "routes": [{
            "name": "api", "transaction_tokens": "accept", "certificate_callers": "x509_svid", "warrant": "accept",
            "http": {"operations": [{"name": "health", "method": "GET", "path": "/health"}]},
        }],
        "policies": "permit(principal, action, resource);",
    }))
}

/// Any bytes, or the nearly right value with some of its bytes replaced.
fn value(nearly: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let mutated = prop::collection::vec((0..nearly.len(), any::<u8>()), 0..4);
    let mutated = mutated.prop_map(move |changes| {
        let mut bytes = nearly.as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes
    });
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..64),
        4 => mutated,
    ]
}

/// Some of the fields, some of them several times.
fn fields() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let one = (0..FIELDS.len()).prop_flat_map(|at| {
        let (name, nearly) = FIELDS[at];
        value(nearly).prop_map(move |value| (name, value))
    });
    prop::collection::vec(one, 0..9)
}

/// What comes of a request with these fields beside those that every request has.
fn answer<V: AsRef<[u8]>>(fields: impl IntoIterator<Item = (&'static str, V)>) -> Effect {
    let pseudo = [
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", "mcp.example"),
        (":path", "/health?a=1"),
    ];
    let pseudo = pseudo.map(|(name, value)| (name, value.as_bytes().to_vec()));
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name, value.as_ref().to_vec()));
    let input = Input::Head {
        headers: Headers::from_pairs(pseudo.into_iter().chain(fields)),
        end_of_stream: true,
    };
    let host = Host {
        connection: &FromHop,
        ..HOST
    };
    let (_, effect) = Exchange::new().step(&mut open(), host, NOW, input);
    effect
}

/// Each value is refused for what is wrong with itself, so it is the right reader that meets the hostile ones.
#[test]
fn what_is_nearly_right_is_read() {
    let of = |name: &str| *FIELDS.iter().find(|(known, _)| *known == name).unwrap();
    let bound = {
        let mut claims = claims();
        claims["cnf"] = json!({"jkt": Digest::of(b"a key").to_base64url()});
        format!("DPoP {}", token(&claims))
    };
    let good = format!("Bearer {}", token(&claims()));
    let signed = [
        "signature-input",
        "signature",
        "signature-agent",
        "content-digest",
    ];
    for (fields, expected) in [
        (vec![of("authorization")], "token_header_malformed"),
        (
            vec![("authorization", &*bound), of("dpop")],
            "dpop_proof_malformed",
        ),
        (
            vec![
                of("workload-identity-token"),
                ("authorization", "WPT a.b.c"),
            ],
            "token_header_malformed",
        ),
        (
            vec![("authorization", &*good), of("txn-token")],
            "transaction_invalid",
        ),
        (signed.map(of).to_vec(), "http_signature_key_unknown"),
        (
            vec![of("x-forwarded-client-cert")],
            "forwarded_certificate_invalid",
        ),
    ] {
        assert_eq!(reason(&answer(fields.clone())), expected, "{fields:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn nobody_is_let_through_by_bytes(fields in fields(), bound in any::<bool>()) {
        let mut fields = fields;
        // A good token that is bound to a key, which only a good proof makes good.
        if bound {
            let mut claims = claims();
            claims["cnf"] = json!({"jkt": Digest::of(b"a key").to_base64url()});
            fields.retain(|(name, _)| *name != "authorization");
            fields.push(("authorization", format!("DPoP {}", token(&claims)).into_bytes()));
        }
        let effect = answer(fields);
        prop_assert!(matches!(effect, Effect::Refuse(_)), "{effect:?}");
    }
}
