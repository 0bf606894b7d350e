//! What `bailiwick inspect` says of tokens that `bailiwick mint` made, and of what is no token.

#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const NOW: &str = "1800000000";

/// A folder with a key, its key set, and a configuration that knows its issuer.
struct Bench(PathBuf);

impl Bench {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Left over from an earlier run, or not there at all.
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        let bench = Self(folder);
        let set = bench.mint("key --kid k1 --out k.jwk");
        std::fs::write(bench.0.join("set.json"), &set).unwrap();
        let set: Value = serde_json::from_str(&set).unwrap();
        let config = json!({
            "version": 1,
            "issuers": [
                {"name": "acme", "issuer": "https://as.example", "audiences": ["https://a.example"], "algorithms": ["ES256"],
                 "keys": {"inline": set}},
                {"name": "fleet", "issuer": "fleet.example", "profile": "wit", "proof": "wpt-02", "algorithms": ["ES256"],
                 "keys": {"inline": set}},
                {"name": "far", "issuer": "https://far.example", "audiences": ["https://a.example"], "algorithms": ["ES256"],
                 "keys": {"remote": {"url": "https://far.example/jwks.json", "cluster": "far"}}},
            ],
            "routes": [
                {"name": "open", "path": "/open", "mcp": {"server": "open"}},
                {"name": "scoped", "path": "/scoped", "scopes": ["a:write"], "mcp": {"server": "scoped"}},
                {"name": "bound", "path": "/bound", "sender_constrained": true, "mcp": {"server": "bound"}},
                {"name": "fresh", "path": "/fresh", "authentication": {"max_age_seconds": 60}, "mcp": {"server": "fresh"}},
            ],
            "policies": "permit (principal, action, resource);",
        });
        std::fs::write(bench.0.join("gate.json"), config.to_string()).unwrap();
        bench
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick"));
        command
            .args(arguments.split(' ').filter(|part| !part.is_empty()))
            .current_dir(&self.0);
        command
    }

    fn mint(&self, arguments: &str) -> String {
        let output = self.command(&format!("mint {arguments}")).output().unwrap();
        assert!(output.status.success(), "{arguments}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The exit code, and what is printed.
    fn inspect(&self, arguments: &str, token: &str) -> (i32, String) {
        let mut process = self
            .command(&format!("inspect --at {NOW} {arguments}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        process
            .stdin
            .take()
            .unwrap()
            .write_all(token.as_bytes())
            .unwrap();
        let output = process.wait_with_output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(printed).unwrap(),
        )
    }

    fn report(&self, arguments: &str, token: &str) -> Value {
        let (_, printed) = self.inspect(&format!("--json {arguments}"), token);
        serde_json::from_str(&printed).unwrap()
    }
}

/// The outcome of the check of that name.
fn outcome<'r>(report: &'r Value, what: &str) -> Option<&'r str> {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["what"] == what)?;
    check["outcome"].as_str()
}

#[test]
fn each_kind_is_told_apart() {
    let bench = Bench::new("inspect-kinds");
    let common = format!("--key k.jwk --aud a --at {NOW}");
    let wit = bench.mint(&format!("wit {common} --cnf-key k.jwk"));
    let wit = wit.trim_end();
    for (arguments, expected, has_use) in [
        (
            format!("access-token {common}"),
            "OAuth access token (RFC 9068)",
            true,
        ),
        (
            format!("jwt {common}"),
            "JWT without a type of its own",
            true,
        ),
        (
            format!("id-token {common}"),
            "OpenID Connect ID token",
            false,
        ),
        (format!("jwt-svid {common}"), "SPIFFE JWT-SVID", true),
        (
            format!("jwt {common} --claim job_workflow_ref=x"),
            "ID token of a CI job",
            true,
        ),
        (
            format!("wit {common} --cnf-key k.jwk"),
            "Workload Identity Token",
            true,
        ),
        (
            format!("wpt --key k.jwk --url https://a.example/ --at {NOW} --wit {wit}"),
            "Workload Proof Token",
            true,
        ),
        (
            format!("transaction-token {common}"),
            "transaction token",
            true,
        ),
        (
            format!("dpop --key k.jwk --url https://a.example/ --at {NOW}"),
            "DPoP proof (RFC 9449)",
            true,
        ),
        (
            format!("status-list --key k.jwk --uri https://a.example/s --at {NOW}"),
            "Token Status List",
            true,
        ),
        (
            format!("jwt {common} --header typ=application/AT+JWT"),
            "OAuth access token (RFC 9068)",
            true,
        ),
        (
            format!("jwt {common} --header typ=logout+jwt"),
            "OpenID Connect logout token",
            false,
        ),
        (
            format!("jwt {common} --claim events={{}}"),
            "security event token (RFC 8417)",
            false,
        ),
        (
            format!("jwt {common} --header typ=x+jwt"),
            "JWT of a type that is not known here",
            false,
        ),
    ] {
        let report = bench.report("", &bench.mint(&arguments));
        assert_eq!(report["what"], expected, "{arguments}");
        let stands = if has_use { "holds" } else { "fails" };
        assert_eq!(outcome(&report, "use"), Some(stands), "{arguments}");
        assert_eq!(report["sound"], has_use, "{arguments}");
    }
}

#[test]
fn signatures_and_times_are_judged() {
    let bench = Bench::new("inspect-checks");
    bench.mint("key --kid k1 --out other.jwk");
    let mint = |key: &str, more: &str| {
        bench.mint(&format!(
            "access-token --key {key} --aud a --expires-in 60 {more}"
        ))
    };
    for (name, token, arguments, check, expected, code) in [
        (
            "no keys",
            mint("k.jwk", "--at 1800000000"),
            "",
            "signature",
            "unknown",
            0,
        ),
        (
            "the right key",
            mint("k.jwk", "--at 1800000000"),
            "--jwks set.json",
            "signature",
            "holds",
            0,
        ),
        (
            "another key",
            mint("other.jwk", "--at 1800000000"),
            "--jwks set.json",
            "signature",
            "fails",
            1,
        ),
        (
            "a second before its end",
            mint("k.jwk", "--at 1799999941"),
            "",
            "exp",
            "holds",
            0,
        ),
        (
            "its very end",
            mint("k.jwk", "--at 1799999940"),
            "",
            "exp",
            "fails",
            1,
        ),
        (
            "not valid yet",
            mint("k.jwk", "--at 1800000000 --claim nbf=1800000001"),
            "",
            "nbf",
            "fails",
            1,
        ),
        (
            "from ahead",
            mint("k.jwk", "--at 1800000001"),
            "",
            "iat",
            "fails",
            1,
        ),
        (
            "a date that is text",
            mint("k.jwk", "--at 1800000000 --claim exp=soon"),
            "",
            "exp",
            "fails",
            1,
        ),
        (
            "no algorithm",
            mint("k.jwk", "--at 1800000000 --header alg=none"),
            "",
            "header",
            "fails",
            1,
        ),
        (
            "an extension",
            mint("k.jwk", "--at 1800000000 --header crit=[]"),
            "",
            "header",
            "fails",
            1,
        ),
    ] {
        let report = bench.report(arguments, &token);
        assert_eq!(outcome(&report, check), Some(expected), "{name}");
        assert_eq!(bench.inspect(arguments, &token).0, code, "{name}");
    }
}

#[test]
fn routes_judge_as_a_gate_would() {
    let bench = Bench::new("inspect-routes");
    let judged = |arguments: &str, token: &str| {
        let token = bench.mint(&format!("access-token --key k.jwk --at {NOW} {token}"));
        let report = bench.report(arguments, &token);
        let routes = report["routes"].as_array().unwrap().clone();
        let outcomes: Vec<_> = routes
            .iter()
            .map(|route| match (&route["caller"], &route["reason"]) {
                (Value::String(caller), _) => caller.clone(),
                (_, Value::String(reason)) => reason.clone(),
                _ => route["detail"].as_str().unwrap().to_owned(),
            })
            .collect();
        outcomes.join(" | ")
    };
    let ours = "--iss https://as.example --aud https://a.example";
    for (name, arguments, token, expected) in [
        (
            "a plain token",
            "-c gate.json",
            format!("{ours} --sub alice --client-id bot"),
            "acme/bot for acme/alice | scope_insufficient | token_binding_required | authentication_too_old",
        ),
        (
            "all that is asked for",
            "-c gate.json",
            format!(
                "{ours} --sub bot --client-id bot --scope a:write --cnf-key k.jwk --claim auth_time=1799999990"
            ),
            "acme/bot | acme/bot | acme/bot | acme/bot",
        ),
        (
            "an unknown binding",
            "-c gate.json",
            format!("{ours} --claim cnf={{\"kid\":\"x\"}}"),
            "token_binding_unknown | token_binding_unknown | token_binding_unknown | token_binding_unknown",
        ),
        (
            "another audience",
            "-c gate.json",
            "--iss https://as.example --aud https://b.example".to_owned(),
            "audience_wrong | audience_wrong | audience_wrong | audience_wrong",
        ),
        (
            "another issuer",
            "-c gate.json",
            "--aud https://a.example".to_owned(),
            "issuer_unknown | issuer_unknown | issuer_unknown | issuer_unknown",
        ),
        (
            "keys that are given in place of fetched ones",
            "-c gate.json --jwks set.json",
            "--iss https://far.example --aud https://a.example --sub bot --client-id bot"
                .to_owned(),
            "far/bot | scope_insufficient | token_binding_required | authentication_too_old",
        ),
    ] {
        assert_eq!(judged(arguments, &token), expected, "{name}");
    }
    let wit = bench.mint(&format!(
        "wit --key k.jwk --cnf-key k.jwk --aud a --claim aud=null --sub wimse://fleet.example/bot --at {NOW}"
    ));
    let report = bench.report("-c gate.json", &wit);
    assert_eq!(report["routes"][0]["believed"], true, "{report}");
    assert_eq!(report["routes"][1]["reason"], "scope_insufficient");
    let fetched = judged(
        "-c gate.json",
        "--iss https://far.example --aud https://a.example",
    );
    let unknown = "a gate fetches the keys of issuer `far` from https://far.example/jwks.json";
    assert_eq!(fetched, [unknown; 4].join(" | "));
}

#[test]
fn what_each_request_needs_is_said() {
    let bench = Bench::new("inspect-needs");
    for (arguments, expected) in [
        ("", json!([])),
        (
            "--cnf-jkt abc --cnf-x5t def",
            json!([
                "a DPoP proof by the key with the thumbprint abc, and the scheme `DPoP`",
                "the client certificate with the digest def in the TLS connection",
            ]),
        ),
        (
            "--claim cnf={\"kid\":\"x\"}",
            json!(["a proof of `cnf.kid`, which is not understood here"]),
        ),
        (
            "--claim status={\"status_list\":{\"idx\":7,\"uri\":\"https://a.example/s\"}}",
            json!(["entry 7 of the status list at https://a.example/s to be valid"]),
        ),
    ] {
        let spaced = format!("access-token --key k.jwk --aud a {arguments}");
        let token = bench.mint(spaced.trim_end());
        assert_eq!(bench.report("", &token)["needs"], expected, "{arguments}");
    }
}

#[test]
fn what_people_copy_with_a_token_is_left_out_and_what_is_none_is_named() {
    let bench = Bench::new("inspect-texts");
    let token = bench.mint(&format!("access-token --key k.jwk --aud a --at {NOW}"));
    for copied in [
        token.clone(),
        format!("Bearer {token}"),
        format!("  DPoP   {token}\n\n"),
    ] {
        let (code, printed) = bench.inspect("", &copied);
        assert_eq!(code, 0);
        assert!(
            printed.starts_with("OAuth access token (RFC 9068)\n"),
            "{printed}"
        );
        assert!(
            !printed.contains(token.trim_end()),
            "the token itself is not shown"
        );
    }
    let (code, printed) = bench.inspect("", "2YotnFZFEjr1zCsicMWpAA");
    assert_eq!(code, 1);
    assert_eq!(
        printed,
        "This is an opaque token, as it seems: only who issued it can say what it means.\n\
         It is no JWT: it has 1 parts, not 3.\n"
    );
    let (code, printed) = bench.inspect("", "");
    assert_eq!(code, 2);
    assert_eq!(
        printed,
        "error: there is no token: give one as an argument or on the standard input\n"
    );
    let (code, printed) = bench.inspect("-c set.json", &token);
    assert_eq!(code, 2);
    assert!(
        printed.starts_with("error: set.json can't be used:\n\nkeys: unknown field"),
        "{printed}"
    );
}

#[test]
fn nothing_of_a_token_moves_the_cursor() {
    let bench = Bench::new("inspect-terminal");
    let token = bench.mint(&format!(
        "access-token --key k.jwk --aud a --at {NOW} --sub \u{1b}[2Jx\u{202e}y\r --claim a\u{7}=\u{9b}1m --header kid=\u{1b}c"
    ));
    let (_, printed) = bench.inspect("", &token);
    let hostile = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!printed.contains(hostile), "{printed:?}");
    assert!(printed.contains(r"\u{1b}[2Jx\u{202e}y\r"), "{printed}");
}

#[test]
fn what_ends_a_token_before_it_expires_is_told() {
    let bench = Bench::new("inspect-lifecycle");
    let mut config: Value =
        serde_json::from_slice(&std::fs::read(bench.0.join("gate.json")).unwrap()).unwrap();
    let list = "https://as.example/s";
    let of_issuer = json!({
        "max_age_seconds": 600, "not_issued_before": 1_799_999_000,
        "status": {"lists": [{"url": list, "cluster": "status"}]},
    });
    let issuer = config["issuers"][0].as_object_mut().unwrap();
    issuer.extend(of_issuer.as_object().unwrap().clone());
    config["revocations"] = json!({
        "inline": {"subjects": [{"issuer": "https://as.example", "subject": "fired"}]},
        "remote": {"url": "https://ops.example/revoked.json", "cluster": "ops"},
    });
    std::fs::write(bench.0.join("life.json"), config.to_string()).unwrap();
    let denies = r#"{"tokens":[{"issuer":"https://as.example","jti":"stolen"}]}"#;
    std::fs::write(bench.0.join("denied.json"), denies).unwrap();
    std::fs::write(bench.0.join("nothing.json"), "{}").unwrap();
    std::fs::write(bench.0.join("typo.json"), r#"{"token":[]}"#).unwrap();
    let statuses = bench.mint(&format!(
        "status-list --key k.jwk --iss https://as.example --uri {list} --revoked 7 --at {NOW}"
    ));
    std::fs::write(bench.0.join("list.jwt"), statuses).unwrap();
    let at =
        |index: u8| format!(r#"--claim status={{"status_list":{{"idx":{index},"uri":"{list}"}}}}"#);
    let both = "--deny-list nothing.json --status-list list.jwt";
    for (name, token, arguments, expected, sound) in [
        (
            "nothing given",
            "--at 1800000000".to_owned(),
            "",
            ["holds", "holds", "unknown", "none"],
            true,
        ),
        (
            "a place, nothing given",
            at(1),
            "",
            ["holds", "holds", "unknown", "unknown"],
            true,
        ),
        (
            "all given",
            at(1),
            both,
            ["holds", "holds", "holds", "holds"],
            true,
        ),
        (
            "an entry that is invalid",
            at(7),
            both,
            ["holds", "holds", "holds", "fails"],
            false,
        ),
        (
            "an entry behind the end",
            at(255).replace("255", "9999"),
            both,
            ["holds", "holds", "holds", "fails"],
            false,
        ),
        (
            "denied by the file",
            "--claim jti=stolen".to_owned(),
            "--deny-list denied.json",
            ["holds", "holds", "fails", "none"],
            false,
        ),
        (
            "denied by the configuration",
            "--sub fired".to_owned(),
            "",
            ["holds", "holds", "fails", "none"],
            false,
        ),
        (
            "too old",
            "--at 1799999369".to_owned(),
            both,
            ["holds", "fails", "holds", "none"],
            false,
        ),
        (
            "cut off",
            "--at 1799998999".to_owned(),
            both,
            ["fails", "fails", "holds", "none"],
            false,
        ),
        (
            "a file that is no deny-list",
            String::new(),
            "--deny-list typo.json",
            ["holds", "holds", "unknown", "none"],
            false,
        ),
        (
            "a file that is no status list",
            at(1),
            "--status-list typo.json",
            ["holds", "holds", "unknown", "unknown"],
            false,
        ),
    ] {
        let made_at = if token.contains("--at") {
            ""
        } else {
            "--at 1800000000"
        };
        let arguments_of_token = format!(
            "access-token --key k.jwk --iss https://as.example --aud https://a.example --expires-in 3000 {made_at} {token}"
        );
        let token = bench.mint(&arguments_of_token);
        let report = bench.report(&format!("-c life.json {arguments}"), &token);
        let found = ["cut-off", "age", "deny-lists", "status"]
            .map(|what| outcome(&report, what).unwrap_or("none"));
        assert_eq!(found, expected, "{name}: {report:#}");
        assert_eq!(report["sound"], sound, "{name}: {report:#}");
        if expected.contains(&"fails") {
            assert_eq!(report["routes"][0]["believed"], false, "{name}");
        }
    }
}

#[test]
fn who_acted_for_whom_is_shown_and_judged_where_routes_do() {
    let bench = Bench::new("inspect-parties");
    let common = format!("access-token --key k.jwk --at {NOW} --iss https://as.example");
    let token = bench.mint(&format!(
        "{common} --aud https://a.example --sub alice --act bot --act planner"
    ));
    let parties = json!([
        {"issuer": "https://as.example", "subject": "alice"},
        {"issuer": "https://as.example", "subject": "planner"},
        {"issuer": "https://as.example", "subject": "bot"},
    ]);
    let claimed = &bench.report("", &token)["delegation"];
    assert_eq!(claimed["parties"], parties);
    assert_eq!(claimed["verdict"], Value::Null);
    let judged = &bench.report("-c gate.json", &token)["delegation"];
    assert_eq!(judged["parties"], parties);
    assert_eq!(judged["verdict"], "unproven");
    assert_eq!(judged["hop"], 1);

    let mut config: Value =
        serde_json::from_slice(&std::fs::read(bench.0.join("gate.json")).unwrap()).unwrap();
    config["routes"][0]["attenuation"] = json!("proven");
    std::fs::write(bench.0.join("strict.json"), config.to_string()).unwrap();
    let refused = bench.report("-c strict.json", &token);
    assert_eq!(refused["routes"][0]["believed"], false, "{refused}");
    assert_eq!(refused["delegation"]["verdict"], "unproven", "{refused}");

    let alone = bench.mint(&format!("{common} --aud a --sub alice"));
    assert_eq!(bench.report("", &alone)["delegation"], Value::Null);
    let (_, printed) = bench.inspect("-c gate.json", &token);
    let tree = "chain of delegation\n\nhttps://as.example\n└─ alice\n   └─ planner\n      └─ bot\n\nverdict   unproven at hop 1: actors_only\n";
    assert!(printed.contains(tree), "{printed}");
}
