//! The official clients, unchanged, at npm's `server-everything` through a real Envoy: what is allowed works, and what a refused
//! client shows its user is in `docs/clients.md`. And its tasks are their callers' alone.
//!
//! The document's table is generated: `BAILIWICK_UPDATE=1 cargo xtask test e2e` writes it anew.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use std::path::{Path, PathBuf};

use bailiwick_tests::clients::agent::{self, Plan, Refusal, Revision, Walk};
use bailiwick_tests::clients::{Framing, Reply, Request, http1, mcp};
use bailiwick_tests::envoy::{Envoy, Gateway};
use bailiwick_tests::everything::Everything;
use bailiwick_tests::jwks_server::JwksServer;
use bailiwick_tests::mint::Mint;
use bailiwick_tests::scene::{self, KEYS_CLUSTER};
use serde_json::{Value, json};

/// How a gate can be told to say no: the status, and how much it says.
const SHAPES: [(u16, &str); 4] = [
    (403, "explain"),
    (403, "opaque"),
    (200, "explain"),
    (200, "opaque"),
];

fn configuration((status, detail): (u16, &str)) -> Value {
    let mut configuration = scene::configuration();
    configuration["routes"] = json!([{
        "name": "everything", "path": "/mcp", "mcp": {"server": "everything", "denial_status": status},
    }]);
    configuration["groups"] = json!({});
    configuration["errors"] = json!({"detail": detail});
    configuration["policies"] = json!(include_str!("../../e2e/everything.cedar"));
    configuration
}

fn plan(envoy: &Envoy, token: String) -> Plan {
    Plan {
        gateway: envoy.address(),
        token,
        revision: Revision::Handshake,
        calls: vec![
            ("echo".to_owned(), json!({"message": "hello"})),
            ("get-sum".to_owned(), json!({"a": 1, "b": 2})),
            ("get-sum".to_owned(), json!({"a": 100, "b": 2})),
            ("get-env".to_owned(), json!({})),
            ("echo".to_owned(), json!({"message": "still here"})),
        ],
    }
}

/// What went as it should, and the two refusals: of an argument, and of a tool.
fn refusals(client: &str, walk: &Walk) -> [Refusal; 2] {
    let tools = walk.tools.as_ref().unwrap();
    assert_eq!(tools, &["echo", "get-sum"], "{client}");
    let said = |number: usize| walk.calls[number].clone();
    assert_eq!(said(0), Ok("Echo: hello".to_owned()), "{client}");
    assert_eq!(
        said(1),
        Ok("The sum of 1 and 2 is 3.".to_owned()),
        "{client}"
    );
    assert_eq!(
        said(4),
        Ok("Echo: still here".to_owned()),
        "{client} goes on"
    );
    [said(2).unwrap_err(), said(3).unwrap_err()]
}

/// What the user sees, without the record's id, which differs from run to run.
fn shown(refusal: &Refusal) -> String {
    let data = refusal.data.as_ref();
    let data = data.map_or(String::new(), |data| format!(" data: {data}"));
    let text = format!("{}{data}", refusal.message);
    let mut steady = String::new();
    for (place, part) in text.split("\"evidence\":\"").enumerate() {
        let rest = match part.split_once('"') {
            Some((_, rest)) if place > 0 => format!("\"evidence\":\"..\"{rest}"),
            _ => part.to_owned(),
        };
        steady.push_str(&rest);
    }
    steady.replace('|', "\\|")
}

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/clients.md")
}

/// Sends one message of the last revision with sessions, with this token, in the session that was begun with it.
async fn say(envoy: &Envoy, token: &str, session: Option<&str>, message: Value) -> Reply {
    let request = Request::post(mcp::PATH, message.to_string())
        .with("mcp-protocol-version", mcp::HANDSHAKE)
        .bearer(token);
    let request = match session {
        Some(session) => request.with("mcp-session-id", session),
        None => request,
    };
    let reply = http1::send(envoy.address(), &request, Framing::Whole).await;
    reply.unwrap()
}

/// Begins a session, and returns its name.
async fn begin(envoy: &Envoy, token: &str) -> String {
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": mcp::HANDSHAKE,
        "clientInfo": {"name": "raw", "version": "1"},
        "capabilities": {},
    }});
    let begun = say(envoy, token, None, initialize).await;
    let session = begun.header("mcp-session-id").unwrap();
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let told = say(envoy, token, Some(&session), initialized).await;
    assert_eq!(told.outcome(), (202, None), "{}", told.text());
    session
}

/// A task of a server that has real ones: who made it asks about it and ends it, and for anybody else there is none.
async fn a_task_is_its_callers_alone(envoy: &Envoy, maker: &str, other: &str) {
    let session = begin(envoy, maker).await;
    let others_session = begin(envoy, other).await;
    let make = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
        "name": "simulate-research-query",
        "arguments": {"topic": "tides"},
        "task": {"ttl": 60_000},
    }});
    let made = say(envoy, maker, Some(&session), make.clone()).await;
    let id = made.json()["result"]["task"]["taskId"].clone();
    assert!(id.is_string(), "{}\n{}", made.text(), envoy.log());
    let about = |method: &str, id: &Value| json!({"jsonrpc": "2.0", "id": 3, "method": method, "params": {"taskId": id}});
    let get = about("tasks/get", &id);
    let got = say(envoy, maker, Some(&session), get.clone()).await;
    assert_eq!(got.json()["result"]["taskId"], id, "{}", got.text());
    let unknown = (400, Some("mcp_task_unknown".to_owned()));
    for (name, token, session, message) in [
        ("another's", other, &others_session, get),
        (
            "another's, to be ended",
            other,
            &others_session,
            about("tasks/cancel", &id),
        ),
        (
            "nobody's",
            maker,
            &session,
            about("tasks/get", &json!("made-up")),
        ),
    ] {
        let refused = say(envoy, token, Some(session), message).await;
        assert_eq!(refused.outcome(), unknown, "{name}: {}", refused.text());
    }
    let still = say(envoy, maker, Some(&session), about("tasks/get", &id)).await;
    let task = &still.json()["result"];
    assert_eq!(task["taskId"], id, "{}", still.text());
    assert_ne!(task["status"], "cancelled", "another can't end it");
    // Another one, since the first may be done by itself meanwhile.
    let made = say(envoy, maker, Some(&session), make).await;
    let id = made.json()["result"]["task"]["taskId"].clone();
    let ended = say(envoy, maker, Some(&session), about("tasks/cancel", &id)).await;
    let status = &ended.json()["result"]["status"];
    assert_eq!(status, "cancelled", "{}", ended.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn official_clients_work_unchanged_and_show_what_was_refused() {
    let mint = Mint::start().unwrap();
    let key = mint.key("k1", "ES256").unwrap();
    let issuer = JwksServer::start(vec![key.jwk()]).await.unwrap();
    let everything = Everything::start().unwrap();
    let mut table = String::new();
    for shape in SHAPES {
        let gateway = Gateway::forwarding_to(everything.address())
            .guarded_by(configuration(shape).to_string())
            .with_cluster(KEYS_CLUSTER, issuer.address());
        let envoy = Envoy::start(&gateway).await.unwrap();
        if shape == SHAPES[0] {
            let token_of = |user: &str| {
                let mut claims = scene::claims();
                claims["sub"] = json!(user);
                claims["act"] = json!({"sub": "research-bot"});
                mint.token(&key, &claims).unwrap()
            };
            a_task_is_its_callers_alone(&envoy, &token_of("alice"), &token_of("bob")).await;
        }
        let plan = plan(&envoy, mint.token(&key, &scene::claims()).unwrap());
        let walks = [
            ("Python", agent::walk_with_python(&plan).await.unwrap()),
            (
                "TypeScript",
                agent::walk_with_typescript(&plan).await.unwrap(),
            ),
            ("Rust", agent::walk_with_rust(&plan).await.unwrap()),
        ];
        for (client, walk) in walks {
            let (status, detail) = shape;
            let [argument, tool] = refusals(client, &walk).map(|refusal| shown(&refusal));
            let row = format!("| {client} | {status} | `{detail}` |");
            table.push_str(&format!("{row} an argument | `` {argument} `` |\n"));
            table.push_str(&format!("{row} a tool | `` {tool} `` |\n"));
        }
    }
    let text = std::fs::read_to_string(document()).unwrap();
    let (before, after) = text.split_once("|---|---|---|---|---|\n").unwrap();
    let (there, after) = after.split_once("\n\n").unwrap();
    if there != table.trim_end() {
        assert!(
            std::env::var_os("BAILIWICK_UPDATE").is_some(),
            "docs/clients.md is stale; run with BAILIWICK_UPDATE=1. It should show\n{table}"
        );
        let updated = format!("{before}|---|---|---|---|---|\n{table}\n{after}");
        std::fs::write(document(), updated).unwrap();
    }
}
