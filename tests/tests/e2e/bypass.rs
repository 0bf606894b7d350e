//! The attacks of `tests/cases/bypass`, on a real Envoy, and those that only bytes on a connection can make. Nothing that was not
//! judged and permitted reaches the upstream, and what reaches it is what was judged.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a part that is missing fails the test"
)]

use std::path::{Path, PathBuf};

use bailiwick_host_test::case::format::Decision;
use bailiwick_host_test::case::load;
use bailiwick_host_test::case::run::{Case, RequestParts, Row};
use bailiwick_tests::clients::{Framing, Reply, Request, Version, http1, mcp, send};
use bailiwick_tests::envoy::{Envoy, Gateway};
use bailiwick_tests::mcp_server::McpServer;
use bailiwick_tests::mint::{self, Mint};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

fn cases() -> Vec<Case> {
    let keys = folder().join("keys");
    let found = load::find(&[folder().join("bypass")]).unwrap();
    found
        .iter()
        .map(|path| load::load(path, &keys).unwrap())
        .collect()
}

/// The gate that all cases are about, with a key of PyJWT's for a token that is good now.
struct Guarded {
    upstream: McpServer,
    envoy: Envoy,
    token: String,
}

impl Guarded {
    async fn by(case: &Case) -> Self {
        let mint = Mint::start().unwrap();
        let key = mint.key("now", "ES256").unwrap();
        let mut configuration: Value = serde_json::from_slice(&case.configuration).unwrap();
        let issuer = configuration.pointer_mut("/issuers/0").unwrap();
        let now = mint::now();
        let claims = json!({
            "iss": issuer["issuer"], "aud": issuer["audiences"][0], "sub": "refund-bot", "client_id": "bot-client",
            "jti": "token-1", "iat": now, "exp": now + 600,
        });
        issuer["keys"] = json!({"inline": {"keys": [key.jwk()]}});
        let upstream = McpServer::start().await.unwrap();
        let gateway =
            Gateway::forwarding_to(upstream.address()).guarded_by(configuration.to_string());
        Self {
            envoy: Envoy::start(&gateway).await.unwrap(),
            token: mint.token(&key, &claims).unwrap(),
            upstream,
        }
    }
}

/// The request as a client writes it that has this token.
fn written(parts: &RequestParts, token: &str) -> Request {
    let text = |name: &str| {
        let value = parts.headers.first(name).unwrap_or_default();
        String::from_utf8_lossy(value).into_owned()
    };
    let fields = parts.headers.iter();
    let fields = fields.filter(|(name, _)| !name.starts_with(b":"));
    Request {
        method: text(":method"),
        target: text(":path"),
        headers: fields
            .map(|(name, value)| match name {
                b"authorization" => ("authorization".to_owned(), format!("Bearer {token}").into()),
                _ => (String::from_utf8_lossy(name).into_owned(), value.to_vec()),
            })
            .collect(),
        body: parts.body(),
    }
}

/// What a row does wrong with a version of HTTP, if anything.
async fn fault(gate: &Guarded, row: &Row, version: Version) -> Option<String> {
    let request = written(&row.request, &gate.token);
    if version == Version::Http2 && request.target.contains('#') {
        // The client's library takes fragments away.
        return None;
    }
    drop(gate.upstream.take_seen());
    // Envoy may close the connection on what is no HTTP at all.
    let reply = send(gate.envoy.address(), version, &request, Framing::Whole).await;
    let reply = reply.unwrap_or_else(|_| Reply {
        status: 400,
        ..Reply::default()
    });
    // To gRPC clients Envoy says refusals in their own way.
    let refused = reply.status >= 400
        || reply
            .header("grpc-status")
            .is_some_and(|status| status != "0");
    let seen = gate.upstream.take_seen();
    match (row.expected.result.decision, seen.as_slice()) {
        (Decision::Allow, [only]) if only.body == request.body => None,
        (Decision::Deny, []) if refused => None,
        // Envoy itself takes away a wish for HTTP/2 in the middle of HTTP/1.1, and the rest is a request like others.
        (Decision::Deny, [only])
            if version == Version::Http1
                && row.name == "an upgrade to HTTP/2"
                && only.header("upgrade").is_empty() =>
        {
            None
        }
        (_, seen) => Some(format!(
            "{} over {version}: {} requests reached the upstream, status {}",
            row.name,
            seen.len(),
            reply.status
        )),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_judged_reaches_nobody() {
    let mut faults = Vec::new();
    let mut rows = 0;
    let cases = cases();
    let gate = Guarded::by(cases.first().unwrap()).await;
    for case in &cases {
        assert_eq!(case.configuration, cases.first().unwrap().configuration);
        for row in &case.rows {
            for version in Version::ALL {
                faults.extend(fault(&gate, row, version).await);
                rows += 1;
            }
        }
    }
    assert!(rows > 300, "{rows} rows");
    assert!(
        faults.is_empty(),
        "{}\n{}",
        faults.join("\n"),
        gate.envoy.log()
    );
}

/// One request as bytes, with the token in place of `TOKEN`; what of it may reach the upstream, as `METHOD target`.
struct Bytes {
    name: &'static str,
    sent: String,
    arrives: &'static [&'static str],
}

fn on_the_wire(token: &str) -> Vec<Bytes> {
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let refund = mcp::call_body("refund", &json!({"amount": 1000})).to_string();
    let head = |rest: &str| {
        format!(
            "POST /mcp HTTP/1.1\r\nhost: tools.example\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\nmcp-protocol-version: 2025-11-25\r\n{rest}\r\n"
        )
    };
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let length = ping.len();
    let get = format!(
        "GET /reports/7 HTTP/1.1\r\nhost: tools.example\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    let row = |name, sent, arrives| Bytes {
        name,
        sent,
        arrives,
    };
    vec![
        row(
            "a length and chunks",
            head(&format!(
                "content-length: {length}\r\ntransfer-encoding: chunked\r\n"
            )) + &chunk(ping)
                + "0\r\n\r\n",
            &[],
        ),
        row(
            "two lengths",
            head(&format!(
                "content-length: {length}\r\ncontent-length: 1\r\n"
            )) + ping,
            &[],
        ),
        row(
            "a transfer coding that looks like chunks",
            head("transfer-encoding: xchunked\r\n") + &chunk(ping) + "0\r\n\r\n",
            &[],
        ),
        row(
            "chunks twice",
            head("transfer-encoding: chunked, chunked\r\n") + &chunk(ping) + "0\r\n\r\n",
            &[],
        ),
        row(
            "chunks under a name with a space",
            head("transfer-encoding : chunked\r\n") + &chunk(ping) + "0\r\n\r\n",
            &[],
        ),
        row(
            "a field that goes on in the next line",
            head(&format!("x-note: a\r\n b\r\ncontent-length: {length}\r\n")) + ping,
            &["POST /mcp"],
        ),
        row(
            "a body that nobody announced is the next request, which has no token",
            get.clone() + &refund + "\r\n\r\n",
            &["GET /reports/7"],
        ),
        row(
            "a second request behind the first is judged by itself",
            get.clone() + &get.replace("GET", "DELETE"),
            &["GET /reports/7"],
        ),
        row(
            "trailers that say what headers say",
            head("transfer-encoding: chunked\r\ntrailer: mcp-protocol-version\r\n")
                + &chunk(&refund)
                + "0\r\nauthorization: Bearer x\r\nmcp-protocol-version: 2025-06-18\r\n\r\n",
            &[],
        ),
        row(
            "a body in small chunks with extensions",
            head("transfer-encoding: chunked\r\n")
                + &refund
                    .chars()
                    .map(|letter| format!("1;x={}\r\n{letter}\r\n", "y".repeat(20)))
                    .collect::<String>()
                + "0\r\n\r\n",
            &[],
        ),
        row(
            "a target with another host",
            get.replace("GET /", "GET http://elsewhere.example/"),
            &["GET /reports/7"],
        ),
        row(
            "a zero in the target",
            get.replace("/reports/7", "/reports/7\0"),
            &[],
        ),
        row("a space in the target", get.replace("/7", "/7 x"), &[]),
        row(
            "a bare line feed between fields",
            get.replace("host: tools.example\r\n", "host: tools.example\nx-a: b\n"),
            &["GET /reports/7"],
        ),
        row("HTTP/1.0", get.replace("HTTP/1.1", "HTTP/1.0"), &[]),
        row("HTTP/0.9", "GET /reports/7\r\n\r\n".to_owned(), &[]),
        row(
            "two hosts",
            get.replace("\r\n\r\n", "\r\nhost: other.example\r\n\r\n"),
            &[],
        ),
        row("no host", get.replace("host: tools.example\r\n", ""), &[]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_on_a_connection_mean_one_thing() {
    let gate = Guarded::by(cases().first().unwrap()).await;
    let mut faults = Vec::new();
    for Bytes {
        name,
        sent,
        arrives,
    } in on_the_wire(&gate.token)
    {
        drop(gate.upstream.take_seen());
        let reply = http1::exchange(gate.envoy.address(), [sent.into_bytes()]).await;
        // A second request on the same connection is answered, or not, right after the first.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let seen = gate.upstream.take_seen();
        let seen: Vec<_> = seen
            .iter()
            .map(|seen| format!("{} {}", seen.method, seen.target))
            .collect();
        if seen != arrives {
            let status = reply.map_or(0, |reply| reply.status);
            faults.push(format!(
                "{name}: {seen:?} reached the upstream, status {status}"
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
