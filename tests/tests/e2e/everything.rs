//! The official clients, unchanged, at npm's `server-everything` through a real Envoy: what is allowed works, and what a refused
//! client shows its user is in `docs/clients.md`.
//!
//! The document's table is generated: `BAILIWICK_UPDATE=1 cargo xtask test e2e` writes it anew.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part that is missing fails the test"
)]

use std::path::{Path, PathBuf};

use bailiwick_tests::clients::agent::{self, Plan, Refusal, Revision, Walk};
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
