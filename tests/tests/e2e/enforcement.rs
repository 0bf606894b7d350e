//! What a real Envoy with the plugin answers, over HTTP/1.1 and HTTP/2, and what then reaches the upstream: for a
//! refused request that is nothing.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a part that is missing fails the test"
)]

use bailiwick_tests::clients::{Framing, Request, Version, mcp, send};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::mint;
use bailiwick_tests::scene::{self, Scene};
use serde_json::{Value, json};

/// What a request must come to: the status, and the reason where it is refused.
type Outcome = (u16, Option<&'static str>);
type Row = (&'static str, Request, Outcome);

const ALLOWED: Outcome = (200, None);

const fn refused(status: u16, reason: &'static str) -> Outcome {
    (status, Some(reason))
}

async fn staged() -> (Scene, Envoy) {
    let scene = Scene::set().await.unwrap();
    let envoy = Envoy::start(&scene.gateway()).await.unwrap();
    (scene, envoy)
}

/// Plays every row over both protocol versions, and shows all rows that came out differently.
async fn play(scene: &Scene, envoy: &Envoy, framing: Framing, rows: &[Row]) {
    let mut differing = Vec::new();
    for (name, request, expected) in rows {
        for version in Version::ALL {
            drop(scene.upstream.take_seen());
            let reply = send(envoy.address(), version, request, framing).await;
            let reply = reply.unwrap_or_else(|error| panic!("{name} over {version}: {error}"));
            let reason = reply.reason();
            let reached = scene.upstream.take_seen().len();
            let (status, expected_reason) = *expected;
            let expected_reached = usize::from(expected_reason.is_none());
            if (reply.status, reason.as_deref(), reached)
                != (status, expected_reason, expected_reached)
            {
                differing.push(format!(
                    "{name} over {version}: {} {reason:?}, reached the upstream {reached} times: {}",
                    reply.status,
                    reply.text(),
                ));
            }
        }
    }
    assert!(
        differing.is_empty(),
        "{}\n{}",
        differing.join("\n"),
        envoy.log()
    );
}

fn search() -> Request {
    mcp::call("search_orders", &json!({"customer": "Ada"}))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_decides() {
    let (scene, envoy) = staged().await;
    let good = scene.token().unwrap();
    let signed = |change: &dyn Fn(&mut Value)| {
        let mut claims = scene::claims();
        change(&mut claims);
        scene.mint.token(&scene.key, &claims).unwrap()
    };
    let now = mint::now();
    let expired = signed(&|claims| {
        claims["iat"] = json!(now - 1200);
        claims["exp"] = json!(now - 900);
    });
    let elsewhere = signed(&|claims| claims["aud"] = json!("https://elsewhere.example"));
    let stranger = signed(&|claims| claims["iss"] = json!("https://stranger.example"));
    let forger = scene.mint.key("k1", "ES256").unwrap();
    let forged = scene.mint.token(&forger, &scene::claims()).unwrap();
    let rows = [
        ("a good token", search().bearer(&good), ALLOWED),
        ("no token", search(), refused(401, "credential_missing")),
        (
            "an expired token",
            search().bearer(&expired),
            refused(401, "token_expired"),
        ),
        (
            "a token for another service",
            search().bearer(&elsewhere),
            refused(401, "audience_wrong"),
        ),
        (
            "an issuer nobody configured",
            search().bearer(&stranger),
            refused(401, "issuer_unknown"),
        ),
        (
            "a forged signature",
            search().bearer(&forged),
            refused(401, "signature_invalid"),
        ),
        (
            "no JWT at all",
            search().bearer("e30.e30"),
            refused(401, "token_malformed"),
        ),
        (
            "another scheme",
            search().with("authorization", "Basic YTpi"),
            refused(401, "scheme_unsupported"),
        ),
        (
            "bytes that are no text",
            search().with("authorization", b"Bearer \xff\xfe".to_vec()),
            refused(400, "credential_not_text"),
        ),
        (
            "other bytes that are no text",
            search().bearer(&good).with("x-odd", b"caf\xe9".to_vec()),
            ALLOWED,
        ),
    ];
    play(&scene, &envoy, Framing::Whole, &rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_credentials_are_refused_however_the_host_shows_them() {
    let (scene, envoy) = staged().await;
    let good = scene.token().unwrap();
    let twice = search().bearer(&good).bearer(&good);
    let mixed = search().bearer(&good).with("authorization", "Basic YTpi");
    let rows = [
        ("one token twice", twice, refused(400, "credentials_joined")),
        ("two schemes", mixed, refused(400, "credentials_joined")),
    ];
    play(&scene, &envoy, Framing::Whole, &rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_call_decides() {
    let (scene, envoy) = staged().await;
    let good = scene.token().unwrap();
    let refund = |amount: Value| {
        mcp::call(
            "refund_order",
            &json!({"order_id": "A-1001", "amount": amount}),
        )
        .bearer(&good)
    };
    let rows = [
        ("listing tools", mcp::list().bearer(&good), ALLOWED),
        ("an allowed tool", search().bearer(&good), ALLOWED),
        (
            "a tool that is not for it",
            mcp::call("delete_order", &json!({"order_id": "A-1001"})).bearer(&good),
            refused(403, "policy_forbidden"),
        ),
        ("an amount at the bound", refund(json!(100)), ALLOWED),
        (
            "an amount over the bound",
            refund(json!(101)),
            refused(403, "policy_forbidden"),
        ),
        (
            "an amount that is no whole number",
            refund(json!(12.5)),
            refused(403, "policy_not_permitted"),
        ),
        (
            "an amount as text",
            refund(json!("12")),
            refused(403, "policy_not_permitted"),
        ),
        (
            "a tool that nobody mentioned",
            mcp::call("drop_table", &json!({})).bearer(&good),
            refused(403, "policy_not_permitted"),
        ),
        (
            "a plain HTTP operation",
            Request::get("/orders/7").bearer(&good),
            ALLOWED,
        ),
        (
            "another method on it",
            Request {
                method: "DELETE".to_owned(),
                ..Request::get("/orders/7")
            }
            .bearer(&good),
            refused(405, "method_not_allowed"),
        ),
        (
            "a path that nobody published",
            Request::get("/admin").bearer(&good),
            refused(404, "route_unknown"),
        ),
        (
            "a path that climbs",
            Request::get("/mcp/../admin").bearer(&good),
            refused(400, "path_ambiguous"),
        ),
    ];
    play(&scene, &envoy, Framing::Whole, &rows).await;
    // Cut into single bytes, each request must come to the same.
    play(&scene, &envoy, Framing::ByteByByte, &rows[..5]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_can_be_read_two_ways_is_refused() {
    let (scene, envoy) = staged().await;
    let good = scene.token().unwrap();
    let call = |body: &[u8]| mcp::call_with_body("search_orders", body).bearer(&good);
    let body = mcp::call_body("search_orders", &json!({"customer": "Ada"})).to_string();
    let duplicate = body.replacen(r#""customer":"#, r#""customer":"Eve","customer":"#, 1);
    let escaped = body.replacen(r#""customer":"#, r#""custome\u0072":"Eve","customer":"#, 1);
    let with_bom = [b"\xef\xbb\xbf", body.as_bytes()].concat();
    let not_text = body.replacen("Ada", "\u{1}", 1).into_bytes();
    let not_text: Vec<u8> = not_text
        .iter()
        .map(|byte| if *byte == 1 { 0xff } else { *byte })
        .collect();
    let padded = body.replacen("Ada", &"A".repeat(2 * 1024 * 1024), 1);
    let deletes = mcp::call_body("delete_order", &json!({"order_id": "A-1001"})).to_string();
    let rows = [
        ("as a client sends it", call(body.as_bytes()), ALLOWED),
        (
            "cut off",
            call(&body.as_bytes()[..body.len() - 1]),
            refused(400, "json_malformed"),
        ),
        (
            "a member twice",
            call(duplicate.as_bytes()),
            refused(400, "json_malformed"),
        ),
        (
            "a member twice, once by escape",
            call(escaped.as_bytes()),
            refused(400, "json_malformed"),
        ),
        (
            "two documents",
            call(format!("{body}{deletes}").as_bytes()),
            refused(400, "json_malformed"),
        ),
        (
            "a byte order mark",
            call(&with_bom),
            refused(400, "json_malformed"),
        ),
        ("no UTF-8", call(&not_text), refused(400, "json_malformed")),
        ("no object", call(b"true"), refused(400, "rpc_malformed")),
        (
            "a batch",
            call(format!("[{body}]").as_bytes()),
            refused(400, "batch_refused"),
        ),
        (
            "another tool than the header says",
            call(deletes.as_bytes()),
            refused(400, "mcp_header_mismatch"),
        ),
        (
            "over the limit",
            call(padded.as_bytes()),
            refused(413, "body_too_large"),
        ),
    ];
    play(&scene, &envoy, Framing::Whole, &rows).await;
}
