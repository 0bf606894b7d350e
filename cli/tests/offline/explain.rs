//! What `bailiwick explain` says of requests: which stage found what, and which one refused.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::folder::{Folder, NOW, Ran};

/// A folder with the keys of an issuer and of agents, tokens, and a gate's configuration.
struct Bench(Folder);

impl Deref for Bench {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

impl Bench {
    fn new(name: &str) -> Self {
        let bench = Self(Folder::new(name));
        let set = bench.make("keys.json", "mint key --kid dev --out dev.jwk");
        let root = bench.make("root.pub", "mint key --alg Ed25519 --out root.jwk");
        bench.make("worker.pub", "mint key --alg Ed25519 --out worker.jwk");
        bench.write("gate.json", &configuration(&set, &root).to_string());
        let token = "mint access-token --key dev.jwk --iss https://as.example --aud https://a.example --sub alice --act bot";
        bench.make("token", &format!("{token} --at {NOW}"));
        bench.make("old", &format!("{token} --at 1000"));
        bench.make("bound", &format!("{token} --at {NOW} --cnf-key worker.jwk"));
        let root = "mint aat --key root.jwk --holder worker.pub --iss https://root.example --aud https://a.example";
        bench.make(
            "chain",
            &format!("{root} --argument refund.amount=range:1..100 --at {NOW}"),
        );
        let proof = "mint aat-pop chain --key worker.jwk --tool refund --present";
        for amount in [20, 200] {
            let arguments = format!(r#"--arguments {{"amount":{amount}}} --at {NOW}"#);
            bench.make(
                &format!("warrant-{amount}"),
                &format!("{proof} {arguments}"),
            );
        }
        bench
    }

    fn explain(&self, arguments: &str) -> Ran {
        let arguments = format!("explain --config gate.json --at {NOW} {arguments}");
        self.run(&arguments, "")
    }

    /// The report as JSON, and the exit code.
    fn report(&self, arguments: &str) -> (i32, Value) {
        let ran = self.explain(&format!("--json {arguments}"));
        assert!(ran.out.starts_with('{'), "{}", ran.err);
        (ran.code, serde_json::from_str(&ran.out).unwrap())
    }
}

fn configuration(keys: &str, root: &str) -> Value {
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    json!({
        "version": 1,
        "issuers": [
            {"name": "acme", "issuer": "https://as.example", "audiences": ["https://a.example"], "algorithms": ["ES256"],
             "keys": {"inline": json(keys)}},
            {"name": "far", "issuer": "https://far.example", "audiences": ["https://a.example"], "algorithms": ["ES256"],
             "keys": {"remote": {"url": "https://far.example/jwks.json", "cluster": "far"}}},
        ],
        "warrants": {"aat": {
            "profile": "aat-02",
            "audiences": ["https://a.example"],
            "anchors": [{"name": "payroll", "issuer": "https://root.example", "keys": json(root)}],
        }},
        "errors": {"detail": "opaque"},
        "routes": [
            {"name": "shop", "path": "/mcp", "warrant": "accept", "mcp": {"server": "shop"}},
            {"name": "proven", "path": "/proven", "attenuation": "proven", "mcp": {"server": "shop"}},
            {"name": "scoped", "scopes": ["a:write"], "http": {"operations": [{"name": "read", "method": "GET", "path": "/scoped"}]}},
        ],
        "policies": r#"
            @id("refunds") permit (principal, action == Action::"call_tool", resource == Tool::"shop/refund");
            @id("never-much") forbid (principal, action == Action::"call_tool", resource)
              when { context.arguments.hasTag("/amount") && context.arguments.getTag("/amount") has long &&
                     context.arguments.getTag("/amount").long > 1000 };
        "#,
    })
}

/// Each stage with its outcome, those that were not reached left out.
fn stages(report: &Value) -> Vec<(&str, &str)> {
    let stages = report["stages"].as_array().unwrap().iter();
    let stages = stages.map(|stage| {
        let text = |name: &str| stage[name].as_str().unwrap();
        (text("stage"), text("outcome"))
    });
    stages
        .filter(|(_, outcome)| *outcome != "not_reached")
        .collect()
}

/// All that a stage says.
fn says<'r>(report: &'r Value, stage: &str) -> &'r Value {
    let stages = report["stages"].as_array().unwrap();
    let found = stages.iter().find(|one| one["stage"] == stage);
    &found.unwrap()["says"]
}

const REFUND: &str = r#"--url https://a.example/mcp --tool refund --arguments {"amount":20}"#;

#[test]
fn a_permitted_call_shows_every_stage() {
    let bench = Bench::new("explain-permitted");
    let (code, report) = bench.report(&format!("{REFUND} --token token"));
    assert_eq!(
        (code, report["decision"].as_str()),
        (0, Some("permitted")),
        "{report:#}"
    );
    assert_eq!(stages(&report).len(), 9, "{report:#}");
    assert!(
        stages(&report)
            .iter()
            .all(|(_, outcome)| *outcome == "found")
    );
    assert_eq!(says(&report, "route"), &json!(["shop"]));
    assert_eq!(says(&report, "identity")[0], "acme/bot for acme/alice");
    assert_eq!(
        says(&report, "delegation"),
        &json!([
            "unproven: hop 1 is `actors_only`",
            "hop 0: alice of https://as.example (subject)",
            "hop 1: bot of https://as.example (act)",
        ])
    );
    assert_eq!(says(&report, "proof"), &json!(["bearer"]));
    assert_eq!(
        says(&report, "operation"),
        &json!(["call_tool shop/refund"])
    );
    assert_eq!(says(&report, "policy"), &json!(["permitted by `refunds`"]));
    assert_eq!(report["upstream"]["remove"], json!(["authorization"]));
    assert_eq!(report["record"]["outcome"], "allow");
}

#[test]
fn whatever_is_refused_names_its_stage_and_why() {
    let bench = Bench::new("explain-refused");
    let call = |url: &str, tool: &str, amount: u32| {
        format!(r#"--url https://a.example{url} --tool {tool} --arguments {{"amount":{amount}}}"#)
    };
    bench.write("not-json", "{");
    bench.write("field", "content-type: application/json\n");
    for (arguments, stage, reason) in [
        (call("/nowhere", "refund", 20), "route", "route_unknown"),
        (
            call("/mcp", "refund", 20) + " --header authorization:Basic",
            "credential",
            "scheme_unsupported",
        ),
        (
            call("/mcp", "refund", 20) + " --token old",
            "identity",
            "token_expired",
        ),
        (
            call("/mcp", "refund", 20) + " --token bound",
            "proof",
            "token_bound_unproven",
        ),
        (
            call("/proven", "refund", 20) + " --token token",
            "delegation",
            "attenuation_unproven",
        ),
        (
            "--url /scoped --token token".to_owned(),
            "terms",
            "scope_insufficient",
        ),
        (
            "--url /mcp --body not-json --header @field --token token".to_owned(),
            "operation",
            "json_malformed",
        ),
        (
            call("/mcp", "delete", 20) + " --token token",
            "policy",
            "policy_not_permitted",
        ),
        (
            call("/mcp", "refund", 2000) + " --token token",
            "policy",
            "policy_forbidden",
        ),
    ] {
        let (code, report) = bench.report(&arguments);
        let found = stages(&report).into_iter();
        let refused: Vec<_> = found.filter(|(_, outcome)| *outcome == "refused").collect();
        assert_eq!(
            (code, report["reason"].as_str()),
            (1, Some(reason)),
            "{arguments}: {report:#}"
        );
        assert_eq!(refused, [(stage, "refused")], "{arguments}");
        let last = stages(&report).pop().unwrap().0;
        if stage != "proof" && stage != "delegation" {
            assert_eq!(last, stage, "{arguments}: nothing comes after it");
        }
    }
    let ran = bench.explain(&(call("/mcp", "refund", 2000) + " --token token"));
    let said = "policy      REFUSED. A policy forbids this: forbidden by policy (`never-much`)\n";
    assert!(ran.out.contains(said), "{}", ran.out);
    assert!(
        ran.out
            .contains("decision    refused: policy_forbidden, HTTP 403\n"),
        "{}",
        ran.out
    );
}

#[test]
fn a_chain_is_taken_for_one_alone_and_beside_a_token() {
    let bench = Bench::new("explain-warrant");
    let (code, report) = bench.report(&format!("{REFUND} --token warrant-20"));
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(says(&report, "delegation")[0], "proven");
    assert_eq!(
        report["upstream"]["remove"]
            .as_array()
            .unwrap()
            .last()
            .unwrap(),
        "agent-authorization"
    );
    let (code, report) = bench.report(&format!("{REFUND} --token token --token warrant-20"));
    assert_eq!(code, 0, "{report:#}");
    let said = says(&report, "delegation").as_array().unwrap();
    let said: Vec<_> = said.iter().map(|one| one.as_str().unwrap()).collect();
    assert!(said[3].starts_with("limited by a warrant of payroll, held by "));
    assert_eq!(said[4], "proven");
    assert!(said[5].starts_with("hop 0: urn:ietf:params:oauth:jwk-thumbprint:"));
    let more = r#"--url /mcp --tool refund --arguments {"amount":200} --token warrant-200"#;
    let (code, report) = bench.report(more);
    assert_eq!(
        (code, report["reason"].as_str()),
        (1, Some("warrant_exceeded"))
    );
    let said = says(&report, "delegation")[0].as_str().unwrap();
    assert!(
        said.contains("step 6b"),
        "also where the client isn't told: {said}"
    );
    assert!(!report["answer"]["body"].as_str().unwrap().contains("step"));
}

#[test]
fn what_cannot_be_told_is_an_error() {
    let bench = Bench::new("explain-errors");
    let far = "mint access-token --key dev.jwk --iss https://far.example --aud https://a.example";
    bench.make("far", &format!("{far} --at {NOW}"));
    let call = format!("{REFUND} --token far");
    let ran = bench.explain(&call);
    assert_eq!(ran.code, 2, "{}", ran.out);
    let wanted =
        "issuers[1].keys.remote from https://far.example/jwks.json: give it with `--jwks FILE`";
    assert!(ran.err.contains(wanted), "{}", ran.err);
    let (code, report) = bench.report(&format!("{call} --jwks keys.json"));
    assert_eq!(code, 0, "{report:#}");
    bench.write("empty", "\n");
    for (arguments, said) in [
        ("--url nowhere", "neither a path nor"),
        ("--url /mcp --header x", "a header field is"),
        ("--url /mcp --token empty", "there is no token in it"),
        ("--url /mcp --token none", "none: "),
        (
            "--url /mcp --tool a --arguments {",
            "the arguments are no JSON",
        ),
        ("--url /mcp --client-cert empty", "it is no certificate"),
    ] {
        let ran = bench.explain(arguments);
        assert_eq!(ran.code, 2, "{arguments}: {}", ran.out);
        assert!(ran.err.contains(said), "{arguments}: {}", ran.err);
    }
}

#[test]
fn what_a_call_is_about_is_named_and_its_query_is_not_shown() {
    let bench = Bench::new("explain-named");
    for (name, method, params, shown) in [
        (
            "read",
            "resources/read",
            json!({"uri": "file:///notes"}),
            "read_resource shop/file:///notes",
        ),
        (
            "prompt",
            "prompts/get",
            json!({"name": "greet"}),
            "get_prompt shop/greet",
        ),
    ] {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        bench.write(name, &body.to_string());
        bench.write(
            "fields",
            "content-type: application/json\nmcp-protocol-version: 2025-11-25\n",
        );
        let asked = format!("--url /mcp?key=s3cret --body {name} --header @fields --token token");
        let (_, report) = bench.report(&asked);
        assert_eq!(says(&report, "operation"), &json!([shown]), "{report:#}");
        assert_eq!(report["target"], "/mcp?...");
        for text in [report.to_string(), bench.explain(&asked).out] {
            assert!(!text.contains("s3cret"), "{text}");
        }
    }
}
