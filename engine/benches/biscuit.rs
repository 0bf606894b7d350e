//! What Biscuits cost by themselves, natively: verifying one of several blocks, judging one call with it, and for comparison
//! the signatures alone.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that can't make its own tokens has nothing to measure"
)]

use bailiwick_engine::delegation::biscuit::ambient::Call;
use bailiwick_engine::delegation::biscuit::grants::{Names, Unstated};
use bailiwick_engine::delegation::biscuit::limits::Limits;
use bailiwick_engine::delegation::biscuit::roots::{Root, Roots, ThirdParties};
use bailiwick_engine::delegation::biscuit::verifier::{Settings, Verifier};
use bailiwick_engine::json;
use bailiwick_engine::time::UnixTime;
use biscuit_auth::builder::BlockBuilder;
use biscuit_auth::{Biscuit, KeyPair};
use divan::{Bencher, black_box};

/// How many blocks a token has.
const BLOCKS: [usize; 3] = [1, 3, 8];
const AUTHORITY: &str =
    r#"user("alice"); tool("read"); tool("list"); check if time($t), $t < 2030-01-01T00:00:00Z"#;
const BLOCK: &str = r#"
    check if tool_call($t), ["read", "list"].contains($t);
    check if argument("path", $p), $p.starts_with("/a/")"#;

fn main() {
    divan::main();
}

/// A token that was never seen.
#[divan::bench(args = BLOCKS)]
fn verify(bencher: Bencher<'_, '_>, blocks: usize) {
    let (verifier, token) = minted(blocks);
    bencher.bench_local(|| {
        verifier
            .verify(black_box(&token), &|_| false)
            .expect("a valid token")
    });
}

/// A call with a token that was verified before.
#[divan::bench(args = BLOCKS)]
fn judge(bencher: Bencher<'_, '_>, blocks: usize) {
    let (verifier, token) = minted(blocks);
    let token = verifier.verify(&token, &|_| false).expect("a valid token");
    let arguments = json::parse(br#"{"path": "/a/b", "depth": 3}"#, &json::Limits::default());
    let arguments = arguments.expect("an object");
    let call = Call {
        time: UnixTime(1_800_000_000),
        operation: "call_tool",
        resource: Some("files"),
        tool: Some("read"),
        arguments: arguments.as_object(),
        ..Call::default()
    };
    bencher.bench_local(|| token.judge(black_box(&call)).expect("an allowed call"));
}

/// As many signatures as a token of so many blocks has, and one more for its proof.
#[divan::bench(args = BLOCKS)]
fn signatures(bencher: Bencher<'_, '_>, blocks: usize) {
    let pair = KeyPair::new();
    let (public, message) = (pair.public(), [7; 200]);
    let signature = pair.sign(&message).expect("a signature");
    bencher.bench_local(|| {
        for _ in 0..=blocks {
            public
                .verify_signature(black_box(&message), &signature)
                .expect("a valid signature");
        }
    });
}

fn minted(blocks: usize) -> (Verifier, String) {
    let root = KeyPair::new();
    let authority = Biscuit::builder().code(AUTHORITY).expect("Datalog");
    let token = authority.root_key_id(1).build(&root).expect("a token");
    let token = (1..blocks).fold(token, |token, _| {
        let block = BlockBuilder::new().code(BLOCK).expect("Datalog");
        token.append(block).expect("a block more")
    });
    let key = root.public().to_string().parse().expect("a key");
    let settings = Settings {
        roots: Roots::new([Root {
            id: Some(1),
            issuer: "acme".to_owned(),
            key,
        }])
        .expect("one key"),
        third_parties: ThirdParties::default(),
        limits: Limits::default(),
        names: Names::default(),
        unstated: Unstated::Nothing,
    };
    let verifier = Verifier::new(settings).expect("names that differ");
    (verifier, token.to_base64().expect("a text"))
}
