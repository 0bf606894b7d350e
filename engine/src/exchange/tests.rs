//! Every input in every state, and the ways of one request.

mod answered;
mod counted;
mod hostile;
mod tasks;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

use super::*;
use crate::evidence::InstanceId;
use crate::gate::Gate;
use crate::identity::documents::{DocumentId, Documents as _};
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::nonce::Seed;
use crate::ports::{Isolated, Store};

const HOST: Host<'static> = Host {
    verifier: &CrateVerifier,
    store: &Isolated,
    connection: &Isolated,
};
const NOW: UnixTime = UnixTime(1_800_000_000);
/// The keys of the one issuer.
const KEYS: DocumentId = DocumentId::Keys { issuer: 0 };

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn jwks() -> Value {
    let x = URL_SAFE_NO_PAD.encode(key().verifying_key().as_bytes());
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "alg": "EdDSA", "use": "sig", "x": x}]})
}

fn token(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "k1"});
    let input = format!("{}.{}", part(&header), part(claims));
    let signature = key().sign(input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

fn claims() -> Value {
    json!({
        "iss": "https://as.example", "aud": "https://mcp.example", "sub": "alice", "client_id": "bot",
        "iat": NOW.0, "exp": NOW.0 + 300, "jti": "t1",
    })
}

fn configuration(keys: &Value) -> Value {
    json!({
        "version": 1,
        "issuers": [{
            "name": "corp", "issuer": "https://as.example", "audiences": ["https://mcp.example"],
            "algorithms": ["EdDSA"], "keys": keys,
        }],
        "routes": [
            {"name": "tools", "path": "/mcp", "mcp": {"server": "tools"}},
            {"name": "api", "http": {"operations": [{"name": "health", "method": "GET", "path": "/health"}]}},
        ],
        "policies": r#"
            @id("echo") permit(principal, action == Action::"call_tool", resource == Tool::"tools/echo");
            @id("health") permit(principal, action == Action::"http_request", resource);
        "#,
        "limits": {"waiting": 1, "body_bytes": 1000},
    })
}

fn instance(keys: &Value) -> Instance {
    instance_of(&configuration(keys))
}

fn instance_of(config: &Value) -> Instance {
    instance_with(config, &Isolated)
}

fn instance_with(config: &Value, store: &dyn Store) -> Instance {
    let gate = Gate::from_json(config.to_string().as_bytes()).unwrap();
    let id = InstanceId::new("w1").unwrap();
    Instance::new(gate, id, Seed::new([7; 32]), store).unwrap()
}

fn ready() -> Instance {
    instance(&json!({"inline": jwks()}))
}

/// Its keys are still to be fetched.
fn keyless() -> Instance {
    instance(&json!({"remote": {"url": "https://as.example/jwks.json", "cluster": "as"}}))
}

fn head(method: &str, path: &str, token: &str) -> Input<'static> {
    head_with(
        method,
        path,
        &[("authorization", &format!("Bearer {token}"))],
    )
}

fn head_with(method: &str, path: &str, fields: &[(&str, &str)]) -> Input<'static> {
    let pseudo = [
        (":method", method),
        (":scheme", "https"),
        (":authority", "mcp.example"),
        (":path", path),
    ];
    let content = [
        ("content-type", "application/json"),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    let headers = Headers::from_pairs(pseudo.iter().chain(&content).chain(fields).copied());
    Input::Head {
        headers,
        end_of_stream: method == "GET",
    }
}

fn call() -> Input<'static> {
    head("POST", "/mcp", &token(&claims()))
}

fn body(tool: &str) -> Vec<u8> {
    let params = json!({"name": tool, "arguments": {"text": "hello"}});
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        .to_string()
        .into_bytes()
}

fn step(exchange: Exchange, instance: &mut Instance, input: Input<'_>) -> (Exchange, Effect) {
    exchange.step(instance, HOST, NOW, input)
}

fn reason(effect: &Effect) -> &str {
    match effect {
        Effect::Wait(Wait::Body) => "wait for the body",
        Effect::Wait(Wait::Documents { .. }) => "wait for documents",
        Effect::Wait(Wait::Counts) => "wait for counts",
        Effect::Ask(_) => "ask",
        Effect::Forward(_) => "forward",
        Effect::Refuse(refusal) => refusal.denial.reason().code(),
        Effect::Serve(_) => "serve",
        Effect::Settled => "settled",
    }
}

/// An exchange in the state named, with its instance.
fn in_state(state: &str) -> (Exchange, Instance) {
    match state {
        "expect head" => (Exchange::new(), ready()),
        "expect documents" => {
            let mut instance = keyless();
            let (exchange, effect) = step(Exchange::new(), &mut instance, call());
            assert_eq!(reason(&effect), "wait for documents");
            (exchange, instance)
        }
        "expect body" => {
            let mut instance = ready();
            let (exchange, effect) = step(Exchange::new(), &mut instance, call());
            assert_eq!(reason(&effect), "wait for the body");
            (exchange, instance)
        }
        "closed" => {
            let (exchange, mut instance) = in_state("expect body");
            let (exchange, effect) = step(exchange, &mut instance, Input::Body(&body("echo")));
            assert_eq!(reason(&effect), "forward");
            (exchange, instance)
        }
        other => panic!("no state `{other}`"),
    }
}

#[test]
fn every_input_in_every_state_has_its_outcome() {
    let echo = body("echo");
    type Make<'a> = &'a dyn Fn() -> Input<'a>;
    let inputs: [(&str, Make<'_>); 8] = [
        ("head", &|| call()),
        ("progress", &|| Input::BodyProgress { buffered: 10 }),
        ("too much progress", &|| Input::BodyProgress {
            buffered: 1001,
        }),
        ("body", &|| Input::Body(&echo)),
        ("withheld", &|| Input::BodyWithheld),
        ("documents", &|| Input::DocumentsChanged),
        ("time", &|| Input::Time),
        ("counts", &|| Input::Counted(Err(ServiceError::Unanswered))),
    ];
    let table = [
        (
            "expect head",
            [
                "wait for the body",
                "exchange_out_of_order",
                "exchange_out_of_order",
                "exchange_out_of_order",
                "exchange_out_of_order",
                "exchange_out_of_order",
                "exchange_out_of_order",
                "exchange_out_of_order",
            ],
        ),
        (
            "expect documents",
            [
                "exchange_out_of_order",
                "wait for documents",
                "body_too_large",
                "wait for documents",
                "body_gating_unavailable",
                "wait for documents",
                "wait for documents",
                "exchange_out_of_order",
            ],
        ),
        (
            "expect body",
            [
                "exchange_out_of_order",
                "wait for the body",
                "body_too_large",
                "forward",
                "body_gating_unavailable",
                "wait for the body",
                "wait for the body",
                "exchange_out_of_order",
            ],
        ),
        (
            "closed",
            [
                "exchange_out_of_order",
                "exchange_out_of_order",
                "exchange_out_of_order",
                "exchange_out_of_order",
                "exchange_out_of_order",
                "settled",
                "settled",
                "settled",
            ],
        ),
    ];
    for (state, row) in table {
        for ((name, input), expected) in inputs.iter().zip(row) {
            let (exchange, mut instance) = in_state(state);
            let (after, effect) = step(exchange, &mut instance, input());
            assert_eq!(reason(&effect), expected, "{name} in {state}");
            let waits = matches!(effect, Effect::Wait(_));
            assert_eq!(after.is_settled(), !waits, "{name} in {state}");
        }
    }
}

#[test]
fn a_closed_exchange_never_forwards_again() {
    let (exchange, mut instance) = in_state("closed");
    let (exchange, effect) = step(exchange, &mut instance, call());
    assert_eq!(reason(&effect), "exchange_out_of_order");
    let (_, effect) = step(exchange, &mut instance, Input::Body(&body("echo")));
    assert_eq!(reason(&effect), "exchange_out_of_order");
}

#[test]
fn a_request_waits_for_keys_with_its_body_and_is_then_decided() {
    for (tool, expected) in [("echo", "forward"), ("wipe", "policy_not_permitted")] {
        let (exchange, mut instance) = in_state("expect documents");
        let (exchange, effect) = step(exchange, &mut instance, Input::Body(&body(tool)));
        assert_eq!(reason(&effect), "wait for documents");
        assert_eq!(instance.waiting(), 1);
        let due = instance.documents().due(NOW);
        assert_eq!(due.len(), 1);
        instance
            .documents()
            .loaded(KEYS, NOW, jwks().to_string().as_bytes())
            .unwrap();
        let (_, effect) = step(exchange, &mut instance, Input::DocumentsChanged);
        assert_eq!(reason(&effect), expected);
        assert_eq!(instance.waiting(), 0);
    }
}

#[test]
fn a_body_that_nobody_judges_is_not_kept_while_waiting_for_keys() {
    let mut instance = keyless();
    let (exchange, _) = step(
        Exchange::new(),
        &mut instance,
        head("GET", "/health", &token(&claims())),
    );
    let (exchange, _) = step(exchange, &mut instance, Input::Body(&[b' '; 4096]));
    let State::ExpectDocuments(waiting) = exchange.0 else {
        panic!("{exchange:?}")
    };
    assert_eq!(waiting.body, Some(Vec::new()));
}

#[test]
fn a_body_is_judged_even_where_the_host_said_that_none_follows() {
    let mut instance = keyless();
    let (exchange, _) = step(
        Exchange::new(),
        &mut instance,
        head("GET", "/mcp", &token(&claims())),
    );
    let (exchange, _) = step(exchange, &mut instance, Input::Body(&body("echo")));
    instance
        .documents()
        .loaded(KEYS, NOW, jwks().to_string().as_bytes())
        .unwrap();
    let (_, effect) = step(exchange, &mut instance, Input::DocumentsChanged);
    assert_eq!(reason(&effect), "body_unexpected");
}

#[test]
fn a_second_body_while_waiting_for_keys_is_out_of_order() {
    let (exchange, mut instance) = in_state("expect documents");
    let (exchange, _) = step(exchange, &mut instance, Input::Body(&body("echo")));
    let (_, effect) = step(exchange, &mut instance, Input::Body(&body("wipe")));
    assert_eq!(reason(&effect), "exchange_out_of_order");
}

#[test]
fn waiting_for_keys_is_bounded_in_number_and_in_time() {
    let (exchange, mut instance) = in_state("expect documents");
    let (_, effect) = step(Exchange::new(), &mut instance, call());
    assert_eq!(reason(&effect), "too_many_waiting");
    let (exchange, effect) = exchange.step(&mut instance, HOST, UnixTime(NOW.0 + 4), Input::Time);
    assert_eq!(reason(&effect), "wait for documents");
    let (_, effect) = exchange.step(&mut instance, HOST, UnixTime(NOW.0 + 5), Input::Time);
    assert_eq!(reason(&effect), "keys_unavailable");
    let Effect::Refuse(refusal) = effect else {
        panic!()
    };
    assert_eq!(refusal.response.status, 503);
    assert!(
        refusal
            .response
            .headers
            .iter()
            .any(|(name, _)| *name == "retry-after")
    );
    assert_eq!(instance.waiting(), 0);
}

#[test]
fn an_abandoned_request_gives_its_place_back() {
    let (exchange, instance) = in_state("expect documents");
    assert_eq!(instance.waiting(), 1);
    drop(exchange);
    assert_eq!(instance.waiting(), 0);
}

#[test]
fn a_request_without_a_body_to_judge_is_decided_at_its_head() {
    for (method, path, expected) in [
        ("GET", "/health", "forward"),
        ("POST", "/health", "method_not_allowed"),
        ("PUT", "/mcp", "method_not_allowed"),
        // The stream of a session: an operation like any other.
        ("GET", "/mcp", "policy_not_permitted"),
        ("GET", "/elsewhere", "route_unknown"),
    ] {
        let (_, effect) = step(
            Exchange::new(),
            &mut ready(),
            head(method, path, &token(&claims())),
        );
        assert_eq!(reason(&effect), expected, "{method} {path}");
    }
}

#[test]
fn a_remembered_token_is_refused_once_it_expires() {
    let mut instance = ready();
    let health = || head("GET", "/health", &token(&claims()));
    for (seconds, expected, hits) in [
        (0, "forward", 0),
        (1, "forward", 1),
        (329, "forward", 2),
        (330, "token_expired", 2),
    ] {
        let now = UnixTime(NOW.0 + seconds);
        let (_, effect) = Exchange::new().step(&mut instance, HOST, now, health());
        assert_eq!(reason(&effect), expected, "after {seconds} s");
        assert_eq!(instance.token_lookups().hits, hits, "after {seconds} s");
    }
}

#[test]
fn a_token_remembered_for_one_route_says_nothing_about_another() {
    let mut instance = ready();
    let (_, effect) = step(
        Exchange::new(),
        &mut instance,
        head("GET", "/health", &token(&claims())),
    );
    assert_eq!(reason(&effect), "forward");
    let (_, effect) = step(Exchange::new(), &mut instance, call());
    assert_eq!(reason(&effect), "wait for the body");
    assert_eq!(instance.token_lookups().hits, 0);
}

#[test]
fn a_rotated_key_ends_what_it_verified() {
    let (exchange, mut instance) = in_state("expect documents");
    drop(exchange);
    instance.documents().due(NOW);
    instance
        .documents()
        .loaded(KEYS, NOW, jwks().to_string().as_bytes())
        .unwrap();
    let health = || head("GET", "/health", &token(&claims()));
    let (_, effect) = step(Exchange::new(), &mut instance, health());
    assert_eq!(reason(&effect), "forward");
    let other = SigningKey::from_bytes(&[8; 32]);
    let x = URL_SAFE_NO_PAD.encode(other.verifying_key().as_bytes());
    let rotated = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k2", "x": x}]});
    let later = UnixTime(NOW.0 + 60);
    instance
        .documents()
        .loaded(KEYS, later, rotated.to_string().as_bytes())
        .unwrap();
    let (_, effect) = Exchange::new().step(&mut instance, HOST, later, health());
    assert_ne!(reason(&effect), "forward");
}

#[test]
fn no_spelling_of_a_host_gets_around_a_policy_about_it() {
    let mut config = configuration(&json!({"inline": jwks()}));
    config["policies"] = json!(
        r#"@id("all") permit(principal, action, resource);
           @id("inside") forbid(principal, action, resource) when { context.request.host == "inside.example" };"#
    );
    let mut instance = instance_of(&config);
    let authorization = format!("Bearer {}", token(&claims()));
    for host in [
        "inside.example",
        "Inside.EXAMPLE",
        "inside.example:8443",
        "inside.example.",
    ] {
        let fields = [
            (":method", "GET"),
            (":authority", host),
            (":path", "/health"),
            ("authorization", authorization.as_str()),
        ];
        let head = Input::Head {
            headers: Headers::from_pairs(fields),
            end_of_stream: true,
        };
        let (_, effect) = step(Exchange::new(), &mut instance, head);
        assert_eq!(reason(&effect), "policy_forbidden", "{host}");
    }
}

#[test]
fn identity_fields_are_the_gates_own_and_the_credential_stays_here() {
    let authorization = format!("Bearer {}", token(&claims()));
    let fields = [
        ("authorization", authorization.as_str()),
        ("X-Bailiwick-Agent", "corp/root"),
        ("x_bailiwick_user", "corp/root"),
        ("x.bailiwick.task", "t"),
        ("x-bailiwick", "not ours"),
    ];
    let (_, effect) = step(
        Exchange::new(),
        &mut ready(),
        head_with("GET", "/health", &fields),
    );
    let Effect::Forward(forward) = effect else {
        panic!("{effect:?}")
    };
    assert_eq!(
        forward.headers.remove,
        [
            "X-Bailiwick-Agent",
            "x.bailiwick.task",
            "x_bailiwick_user",
            "authorization"
        ]
    );
    let set: Vec<_> = forward
        .headers
        .set
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        set,
        [
            ("x-bailiwick-evidence", "w1-0"),
            ("x-bailiwick-agent", "corp/bot"),
            ("x-bailiwick-user", "corp/alice"),
        ]
    );
}

#[test]
fn what_the_upstream_is_told_cannot_break_out_of_its_field() {
    let mut hostile = claims();
    hostile["client_id"] = json!("bot\r\nx-evil: 1 %41ü");
    let (_, effect) = step(
        Exchange::new(),
        &mut ready(),
        head("GET", "/health", &token(&hostile)),
    );
    let Effect::Forward(forward) = effect else {
        panic!("{effect:?}")
    };
    let agent = forward
        .headers
        .set
        .iter()
        .find(|(name, _)| *name == "x-bailiwick-agent")
        .unwrap();
    assert_eq!(agent.1, "corp/bot%0D%0Ax-evil:%201%20%2541%C3%BC");
}

#[test]
fn records_chain_over_permits_and_denials() {
    let mut instance = ready();
    let mut lines = Vec::new();
    for path in ["/health", "/elsewhere", "/health"] {
        match step(
            Exchange::new(),
            &mut instance,
            head("GET", path, &token(&claims())),
        )
        .1
        {
            Effect::Forward(forward) => lines.push(forward.evidence.line),
            Effect::Refuse(refusal) => lines.push(refusal.evidence.line),
            other @ (Effect::Wait(_) | Effect::Ask(_) | Effect::Serve(_) | Effect::Settled) => {
                panic!("{other:?}")
            }
        }
    }
    crate::evidence::verify_chain(lines.iter().map(String::as_str)).unwrap();
    lines.remove(1);
    assert!(crate::evidence::verify_chain(lines.iter().map(String::as_str)).is_err());
}

#[test]
fn the_record_names_the_agent_that_policy_judged() {
    let mut delegated = claims();
    delegated["act"] = json!({"sub": "worker", "act": {"sub": "planner"}});
    for (claims, agent, user) in [
        (claims(), "corp/bot", "corp/alice"),
        (delegated, "corp/worker", "corp/alice"),
    ] {
        let (_, effect) = step(
            Exchange::new(),
            &mut ready(),
            head("GET", "/health", &token(&claims)),
        );
        let Effect::Forward(forward) = effect else {
            panic!("{effect:?}")
        };
        let record: Value = serde_json::from_str(&forward.evidence.line).unwrap();
        assert_eq!(record["caller"]["agent"], json!(agent));
        assert_eq!(record["caller"]["user"], json!(user));
    }
}
