//! The local gateway, on a small module: it answers `/refuse` by itself, waits for a callout on `/ask`, and lets the
//! rest through. No product code takes part.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should say so and stop"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::{get, post};
use bailiwick_host_test::gateway::{Gateway, GatewayError, Logged, Setup};
use bailiwick_host_test::{Module, Plugin};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A path's second letter says what is done with it. Properties: `seen` is set to that letter.
const MODULE: &str = r#"(module
  (import "env" "proxy_get_header_map_value" (func $value (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_continue_stream" (func $resume (param i32) (result i32)))
  (import "env" "proxy_set_effective_context" (func $effective (param i32) (result i32)))
  (import "env" "proxy_send_local_response" (func $respond (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_property" (func $set_property (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_http_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (global $free (mut i32) (i32.const 65536))
  (global $held (mut i32) (i32.const 0))
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $size))))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.eqz (local.get 1)))
  (data (i32.const 0) ":path")
  (data (i32.const 16) "seen")
  (data (i32.const 32) "keys")
  (data (i32.const 64)
    "\03\00\00\00"
    "\07\00\00\00\03\00\00\00" "\05\00\00\00\05\00\00\00" "\0a\00\00\00\01\00\00\00"
    ":method\00GET\00" ":path\00/keys\00" ":authority\00k\00")
  (data (i32.const 256) "no")
  (func (export "proxy_on_request_headers") (param $id i32) (param i32 i32) (result i32)
    (local $letter i32)
    (drop (call $value (i32.const 0) (i32.const 0) (i32.const 5) (i32.const 1000) (i32.const 1004)))
    (local.set $letter (i32.add (i32.load (i32.const 1000)) (i32.const 1)))
    (drop (call $set_property (i32.const 16) (i32.const 4) (local.get $letter) (i32.const 1)))
    (if (i32.eq (i32.load8_u (local.get $letter)) (i32.const 114))
      (then
        (drop (call $respond (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 256) (i32.const 2)
          (i32.const 0) (i32.const 0) (i32.const -1)))
        (return (i32.const 1))))
    (if (i32.eq (i32.load8_u (local.get $letter)) (i32.const 97))
      (then
        (global.set $held (local.get $id))
        (drop (call $call (i32.const 32) (i32.const 4) (i32.const 64) (i32.const 66)
          (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 5000) (i32.const 2000)))
        (return (i32.const 1))))
    (i32.const 0))
  (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
    (drop (call $effective (global.get $held)))
    (drop (call $resume (i32.const 0))))
)"#;

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn setup(configuration: &[u8]) -> Setup {
    let upstream = Router::new()
        .route(
            "/pass",
            post(|body: String| async move { format!("got {body}") }),
        )
        .route("/ask", get(|| async { "after the keys" }));
    let keys = Router::new().route("/keys", get(|| async { "{}" }));
    Setup {
        module: Module::compile(&wat::parse_str(MODULE).unwrap(), None).unwrap(),
        plugin: Plugin {
            configuration: configuration.to_vec(),
            ..Plugin::default()
        },
        workers: 2,
        upstream: serve(upstream).await,
        clusters: BTreeMap::from([("keys".to_owned(), serve(keys).await)]),
        logged_property: "seen".to_owned(),
    }
}

async fn ask(gateway: &Gateway, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    let (status, rest) = reply.split_once("\r\n").unwrap();
    let (_, body) = rest.split_once("\r\n\r\n").unwrap();
    format!("{} {body}", status.split(' ').nth(1).unwrap())
}

#[tokio::test]
async fn requests_pass_wait_and_are_refused_as_the_module_says() {
    let gateway = Gateway::start(setup(b"").await).await.unwrap();
    assert_eq!(ask(&gateway, "POST /pass", "body").await, "200 got body");
    assert_eq!(ask(&gateway, "GET /refuse", "").await, "403 no");
    assert_eq!(ask(&gateway, "GET /ask", "").await, "200 after the keys");
    let logged = |status, letter: &str| Logged {
        status,
        property: Some(letter.as_bytes().to_vec()),
    };
    assert_eq!(
        gateway.log(),
        [logged(200, "p"), logged(403, "r"), logged(200, "a")]
    );
}

#[tokio::test]
async fn a_configuration_that_the_module_refuses_gives_no_gateway() {
    let refused = Gateway::start(setup(b"bad").await).await;
    assert!(matches!(refused, Err(GatewayError::Refused { .. })));
}
