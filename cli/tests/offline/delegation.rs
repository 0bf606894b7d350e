//! Chains that `bailiwick mint aat` begins and `bailiwick attenuate` narrows, verified by the engine and shown by
//! `bailiwick inspect`.

use std::ops::Deref;

use bailiwick_engine::digest::Digest;
use bailiwick_engine::identity::jose::compact::Compact;
use serde_json::{Value, json};

use crate::folder::{Folder, NOW, Ran};

/// A folder with the keys of an issuer and of two agents, and the root of a chain that the issuer gave the first.
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
        for name in ["issuer", "planner", "worker"] {
            let set = bench.good(&format!("mint key --alg Ed25519 --out {name}.jwk"));
            bench.write(&format!("{name}.pub"), &set);
        }
        let root = bench.root("--max-depth 3 --expires-in 600");
        bench.write("root", &root);
        bench
    }

    /// A root that allows to list, and to read some things.
    fn root(&self, more: &str) -> String {
        self.good(&format!(
            "mint aat --key issuer.jwk --holder planner.pub --at {NOW} --iss https://issuer.example \
             --aud https://tools.example --aud urn:tools --tool list --argument read.path=one_of:a,b \
             --argument read.limit?=range:1..100 {more}"
        ))
    }

    /// Narrows the root for the worker.
    fn attenuate(&self, more: &str) -> Ran {
        let arguments =
            format!("attenuate root --key planner.jwk --next-key worker.pub --at {NOW} {more}");
        self.run(&arguments, "")
    }

    fn inspect(&self, arguments: &str, chain: &str) -> Value {
        let ran = self.run(&format!("inspect --json --at {NOW} {arguments}"), chain);
        serde_json::from_str(&ran.out).unwrap()
    }
}

fn tokens(chain: &str) -> Vec<String> {
    let chain: Value = serde_json::from_str(chain).unwrap();
    let tokens = chain.get("aat_chain").unwrap().as_array().unwrap().iter();
    tokens
        .map(|token| token.as_str().unwrap().to_owned())
        .collect()
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&Compact::decode(token).unwrap().payload).unwrap()
}

#[test]
fn a_root_says_what_its_holder_may_do() {
    let bench = Bench::new("delegation-root");
    let root = bench.read("root");
    let mut payload = claims(root.trim());
    let jti = payload["jti"].take();
    assert_eq!(jti.as_str().unwrap().len(), 22);
    let holder = bench.read("planner.pub");
    let holder: Value = serde_json::from_str(&holder).unwrap();
    let expected = json!({
        "jti": null, "iss": "https://issuer.example", "iat": NOW, "exp": NOW + 600,
        "aud": ["https://tools.example", "urn:tools"], "del_depth": 0, "del_max_depth": 3,
        "cnf": {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": holder["keys"][0]["x"]}},
        "authorization_details": [{"type": "attenuating_agent_token", "tools": {
            "list": {},
            "read": {
                "path": {"constraint_type": "one_of", "values": ["a", "b"]},
                "limit": {"constraint_type": "range", "min": 1, "max": 100, "optional": true},
            },
        }}],
    });
    assert_eq!(payload, expected);
    let header = Compact::decode(root.trim()).unwrap().header;
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({"alg": "Ed25519", "typ": "aat+jwt"}));
}

#[test]
fn a_chain_narrows_in_every_way() {
    let bench = Bench::new("delegation-narrows");
    let ran = bench.attenuate(
        "--anchor issuer.pub --tool read --argument read.path=exact:a --expires-in 300 --max-depth 1 --audience urn:tools",
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let chain = tokens(&ran.out);
    let root = bench.read("root");
    assert_eq!(chain[0], root.trim());
    let (signed, _) = chain[0].rsplit_once('.').unwrap();
    let child = claims(&chain[1]);
    assert_eq!(
        child["par_hash"],
        Digest::of(signed.as_bytes()).to_base64url()
    );
    assert_eq!(child["exp"], NOW + 300);
    assert_eq!(child["aud"], "urn:tools");
    assert_eq!(
        (&child["del_depth"], &child["del_max_depth"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        child["authorization_details"][0]["tools"],
        json!({"read": {
            "path": {"constraint_type": "exact", "value": "a"},
            "limit": {"constraint_type": "range", "min": 1, "max": 100, "optional": true},
        }})
    );
    let report = bench.inspect("--anchor issuer.pub", &ran.out);
    assert_eq!(report["verdict"], "proven");
    assert_eq!(report["root_verified"], true);
    assert_eq!(report["hops"][1]["widens"], Value::Null);

    // The worker goes on from there, with a key that is made for the last.
    bench.write("chain.json", &ran.out);
    let last = bench.good(&format!(
        "attenuate chain.json --key worker.jwk --new-key last.jwk --at {NOW} --argument read.limit=range:1..10"
    ));
    let chain = tokens(&last);
    assert_eq!(chain.len(), 3);
    let key = bench.good("mint jwks last.jwk");
    let key: Value = serde_json::from_str(&key).unwrap();
    let last = claims(&chain[2]);
    assert_eq!(last["cnf"]["jwk"]["x"], key["keys"][0]["x"]);
    assert_eq!(last["exp"], NOW + 300, "as its parent");
    assert_eq!(last.get("aud"), None, "as its parent");
    let limit = &last["authorization_details"][0]["tools"]["read"]["limit"];
    let expected = json!({"constraint_type": "range", "min": 1, "max": 10, "optional": true});
    assert_eq!(limit, &expected);
}

#[test]
fn nothing_is_widened() {
    let bench = Bench::new("delegation-widens");
    for (more, expected) in [
        (
            "--tool read --tool write",
            "that would widen the chain: step 4p1, token 1: The token allows a tool that its parent doesn't. tools: the tool `write` is new; before: `list, read`, now: `write`",
        ),
        (
            "--argument read.path=one_of:a,c",
            "that would widen the chain: step 4p4, token 1: ",
        ),
        (
            "--argument read.limit=range:..100",
            "that would widen the chain: step 4p4, token 1: ",
        ),
        (
            "--argument read.path?=exact:a",
            "that would widen the chain: step 4p3, token 1: ",
        ),
        (
            "--argument read.size=exact:1",
            "that would widen the chain: step 4p2, token 1: ",
        ),
        (
            "--argument read.path=none",
            "that would widen the chain: step 4p2, token 1: ",
        ),
        (
            "--argument read.*=wildcard",
            "that would widen the chain: step 4p2, token 1: ",
        ),
        (
            "--expires-in 601",
            "that would widen the chain: step 4h, token 1: ",
        ),
        (
            "--max-depth 3",
            "that would widen the chain: step 4g, token 1: ",
        ),
        (
            "--audience urn:tools --audience urn:other",
            "that would widen the chain: audience; before: `https://tools.example, urn:tools`, now: `urn:other`",
        ),
        (
            "--argument read.path=exact:9007199254740993",
            "that makes no good chain: step 4o, token 1: ",
        ),
        (
            "--expires-in 0",
            "that makes no good chain: step 4i, token 1: ",
        ),
    ] {
        let ran = bench.attenuate(more);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{more}: {}", ran.err);
        let said = ran.err.strip_prefix("error: ").unwrap();
        assert!(said.starts_with(expected), "{more}: {said}");
    }
    let arguments = format!("attenuate root --key planner.jwk --new-key x.jwk --tool x --at {NOW}");
    assert_eq!(bench.run(&arguments, "").code, 1);
    assert!(!bench.has("x.jwk"), "no key is left of what was refused");
}

#[test]
fn what_can_not_be_narrowed_is_said() {
    let bench = Bench::new("delegation-errors");
    let forged = bench.root("--claim del_depth=1");
    bench.write("forged", &forged);
    bench.write("two.pub", r#"{"keys":[]}"#);
    let common = format!("--at {NOW} --next-key worker.pub");
    for (arguments, expected) in [
        (
            format!("root --key worker.jwk {common}"),
            "worker.jwk is not the key that the last token is bound to: ",
        ),
        (
            format!("root --key planner.jwk {common} --anchor worker.pub"),
            "this chain can't be narrowed, it is refused itself: step 3b, token 0: ",
        ),
        (
            format!("forged --key planner.jwk {common}"),
            "this chain can't be narrowed, it is refused itself: step 3c, token 0: ",
        ),
        (
            format!("root --key planner.jwk --at {NOW} --next-key two.pub"),
            "two.pub: 0 keys, where there has to be one\n",
        ),
        (
            format!("root --key planner.jwk --at {NOW} --next-key root"),
            "root: neither a private JWK nor a PKCS#8 PEM",
        ),
        (
            format!("root --key planner.jwk {common} --tool list --argument read.path=exact:a"),
            "`--argument read.path=exact:a` is for the tool `read`, which `--tool` leaves out: ",
        ),
        (
            format!("root --key planner.jwk {common} --argument read.path=a"),
            "`--argument read.path=a`: `a` is no constraint: write exact:VALUE, ",
        ),
        (
            format!("{{\"aat_chain\":[]}} --key planner.jwk {common}"),
            "there is no token in the chain\n",
        ),
    ] {
        let ran = bench.run(&format!("attenuate {arguments}"), "");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments}");
        let said = ran.err.strip_prefix("error: ").unwrap();
        assert!(said.starts_with(expected), "{arguments}: {said}");
    }
}

#[test]
fn a_chain_comes_from_anywhere_and_goes_on_in_either_form() {
    let bench = Bench::new("delegation-forms");
    let root = bench.read("root");
    let options = format!("--key planner.jwk --next-key worker.pub --at {NOW} --compact");
    let as_json = json!({ "aat_chain": [root.trim()], "aat_pop": "x" }).to_string();
    for (argument, input) in [
        ("root", ""),
        (root.trim(), ""),
        (as_json.as_str(), ""),
        ("-", root.as_str()),
        ("", as_json.as_str()),
    ] {
        let ran = bench.run(&format!("attenuate {argument} {options}"), input);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(
            ran.err,
            "note: who signed the root was not looked at; `--anchor` takes the key\n"
        );
        let lines: Vec<_> = ran.out.lines().collect();
        assert_eq!((lines.len(), lines[0]), (2, root.trim()));
        let report = bench.inspect("--anchor issuer.jwk", &ran.out);
        assert_eq!(report["verdict"], "proven");
    }
}

#[test]
fn a_hop_that_widens_is_named() {
    let bench = Bench::new("delegation-widened");
    // A child of a root that allows more, put below one that doesn't.
    let more = bench.root("--max-depth 3 --tool read --tool write");
    bench.write("more", &more);
    let child = bench.good(&format!(
        "attenuate more --key planner.jwk --next-key worker.pub --at {NOW}"
    ));
    let root = bench.read("root");
    let chain = format!("{} {}", root.trim(), tokens(&child)[1]);
    let report = bench.inspect("--anchor issuer.pub", &chain);
    assert_eq!(report["verdict"], "widened");
    assert_eq!(report["sound"], false);
    assert_eq!(report["hops"][0]["widens"], Value::Null);
    assert_eq!(
        report["hops"][1]["widens"],
        json!({"dimension": "tools", "parent": "list, read", "child": "write"})
    );
    assert_eq!(report["refusal"]["step"], "4p1");
    assert_eq!(report["refusal"]["reason"], "tool_added");
    assert_eq!(report["refusal"]["token"], 1);

    let ran = bench.run(&format!("inspect --at {NOW}"), &chain);
    assert_eq!(ran.code, 1);
    let thumbprint = |place: usize| report["hops"][place]["holder"].as_str().unwrap().to_owned();
    let expected = format!(
        "chain of 2 attenuating agent tokens (AAT), as of 2027-01-15T08:00:00Z\n\n\
         https://issuer.example\n\
         └─ holder of the key {}\n   \
            lives     until 2027-01-15T08:10:00Z (in 10 min); 3 tokens may follow\n   \
            audience  https://tools.example, urn:tools\n   \
            tool      list: any arguments\n   \
            tool      read: limit? range [1, 100]; path one_of [\"a\", \"b\"]\n   \
            └─ holder of the key {}\n      \
               lives     until 2027-01-15T08:10:00Z (in 10 min); 2 tokens may follow\n      \
               tool      list: any arguments\n      \
               tool      read: limit? range [1, 100]; path one_of [\"a\", \"b\"]\n      \
               tool      write: any arguments\n      \
               WIDENS    tools: `write`, where the one above has `list, read`\n\n\
         root      who signed it was not looked at: name a key with `--anchor`, or a gate with `--config`\n\
         verdict   widened: step 4p1, token 1: The token allows a tool that its parent doesn't. \
         tools: the tool `write` is new; before: `list, read`, now: `write`\n",
        thumbprint(0),
        thumbprint(1),
    );
    assert_eq!(ran.out, expected);
}

#[test]
fn a_proof_is_judged_for_its_own_call() {
    let bench = Bench::new("delegation-proofs");
    let chain = bench.attenuate("--argument read.path=exact:a").out;
    bench.write("chain.json", &chain);
    for (key, more, options, outcome, step) in [
        (
            "worker",
            r#"--arguments {"path":"a","limit":1e2}"#,
            "--anchor issuer.pub",
            "allowed",
            json!(null),
        ),
        (
            "worker",
            r#"--arguments {"path":"a"} --aud urn:elsewhere --nonce n"#,
            "--anchor issuer.pub",
            "allowed",
            json!(null),
        ),
        (
            "worker",
            r#"--arguments {"path":"b"}"#,
            "--anchor issuer.pub",
            "refused",
            json!("6b"),
        ),
        (
            "planner",
            r#"--arguments {"path":"a"}"#,
            "--anchor issuer.pub",
            "refused",
            json!("7b"),
        ),
        (
            "worker",
            r#"--arguments {"path":"a"} --at 1799999969"#,
            "--anchor issuer.pub",
            "refused",
            json!("7g"),
        ),
        (
            "worker",
            r#"--arguments {"path":"a"} --claim aat_id=x"#,
            "--anchor issuer.pub",
            "refused",
            json!("7c"),
        ),
        (
            "worker",
            r#"--arguments {"path":"a"}"#,
            "",
            "unknown",
            json!(null),
        ),
        (
            "worker",
            r#"--claim hta=null"#,
            "--anchor issuer.pub",
            "unknown",
            json!(null),
        ),
    ] {
        let at = if more.contains("--at") {
            String::new()
        } else {
            format!("--at {NOW}")
        };
        let presented = bench.good(&format!(
            "mint aat-pop chain.json --key {key}.jwk --tool read {at} --present {more}"
        ));
        let report = bench.inspect(options, &presented);
        let proof = &report["proof"];
        assert_eq!(proof["outcome"], outcome, "{more}: {proof}");
        assert_eq!(proof["refusal"]["step"], step, "{more}: {proof}");
        assert_eq!(report["sound"], outcome != "refused", "{more}");
    }
    let field = bench.good(&format!(
        "mint aat-pop chain.json --key worker.jwk --tool list --at {NOW} --present=header"
    ));
    assert!(field.starts_with("AAT "), "{field}");
    let report = bench.inspect("--anchor issuer.pub", &field);
    assert_eq!(report["proof"]["outcome"], "allowed", "{report}");
    let proof = bench.good("mint aat-pop chain.json --key worker.jwk --tool read");
    assert_eq!(claims(proof.trim())["hta"], json!({}));
}

#[test]
fn a_gate_judges_by_its_own_anchors_and_audiences() {
    let bench = Bench::new("delegation-gate");
    let chain = bench.attenuate("--tool list").out;
    let keys = bench.read("issuer.pub");
    let keys: Value = serde_json::from_str(&keys).unwrap();
    let config = |issuer: &str, audience: &str| {
        json!({
            "version": 1,
            "issuers": [{"name": "corp", "issuer": "https://as.example", "audiences": ["a"], "algorithms": ["Ed25519"],
                         "keys": {"inline": keys}}],
            "warrants": {"aat": {"profile": "aat-02", "audiences": [audience],
                                 "anchors": [{"name": "tools", "issuer": issuer, "keys": keys}]}},
            "routes": [{"name": "open", "path": "/open", "warrant": "require", "mcp": {"server": "open"}}],
            "policies": "permit (principal, action, resource);",
        })
        .to_string()
    };
    for (issuer, audience, verdict, step) in [
        ("https://issuer.example", "urn:tools", "proven", json!(null)),
        ("https://other.example", "urn:tools", "refused", json!("3k")),
        (
            "https://issuer.example",
            "urn:other",
            "refused",
            json!("6c"),
        ),
    ] {
        bench.write("gate.json", &config(issuer, audience));
        let report = bench.inspect("--config gate.json", &chain);
        assert_eq!(report["verdict"], verdict, "{report}");
        assert_eq!(report["refusal"]["step"], step, "{report}");
    }
}
