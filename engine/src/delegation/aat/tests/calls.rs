//! What is new in each call.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Draft, NOW, OWN, Step, mint, rules, signer, signing_digest, verify};
use crate::delegation::aat::{Call, Judged, Nonce, Refusal, Rules};
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::replay::Replays;
use crate::json;
use crate::ports::Isolated;
use crate::time::UnixTime;

const ARGUMENTS: &str = r#"{"path":"a","limit":5.0}"#;

/// A call that is allowed by a chain of two, but for what a row changes.
struct Attempt {
    tokens: Vec<String>,
    proof: Draft,
    tool: &'static str,
    arguments: &'static str,
    rules: Rules,
    nonce: bool,
    now: UnixTime,
}

fn attempt() -> Attempt {
    let tokens = mint(2, |_, _| {});
    let claims = json!({
        "jti": "p1",
        "iat": 1000,
        "aat_id": "t1",
        "aat_hash": signing_digest(&tokens[1]),
        "aat_tool": "read",
        "hta": {"limit": 5, "path": "a"},
    });
    Attempt {
        tokens,
        proof: Draft {
            header: json!({"alg": "Ed25519", "typ": "aat-pop+jwt"}),
            claims,
            text: None,
            signer: signer(2),
            algorithm: jsonwebtoken::Algorithm::EdDSA,
        },
        tool: "read",
        arguments: ARGUMENTS,
        rules: rules(),
        nonce: false,
        now: NOW,
    }
}

impl Attempt {
    fn judge(&self) -> Result<Judged, Refusal> {
        self.judge_with(&self.proof.sign())
    }

    fn judge_with(&self, proof: &str) -> Result<Judged, Refusal> {
        let chain = verify(&self.tokens, &self.rules)?;
        let arguments = json::parse(self.arguments.as_bytes(), &json::Limits::default()).unwrap();
        let call = Call {
            proof,
            tool: self.tool,
            arguments: arguments.as_object().unwrap(),
        };
        let is_ours = |nonce: &str| nonce == "n1";
        let nonce = if self.nonce {
            Nonce::Required(&is_ours)
        } else {
            Nonce::Any
        };
        chain.judge(&call, &self.rules, nonce, &CrateVerifier, self.now)
    }

    /// Another leaf, which the proof is for.
    fn leaf(&mut self, patch: Value) {
        self.tokens = mint(2, |place, draft| {
            if place == 1 {
                draft.patch(&patch);
            }
        });
        let hash = signing_digest(&self.tokens[1]);
        self.proof.patch(&json!({ "aat_hash": hash }));
    }

    /// Another tool or other arguments, in the call as well as in the proof.
    fn call(&mut self, tool: &'static str, arguments: &'static str) {
        self.tool = tool;
        self.arguments = arguments;
        let hta: Value = serde_json::from_str(arguments).unwrap();
        self.proof.patch(&json!({"aat_tool": tool, "hta": hta}));
    }
}

pub(super) struct Row {
    name: &'static str,
    edit: Box<dyn Fn(&mut Attempt)>,
    pub(super) expected: Option<Step>,
}

fn row(
    name: &'static str,
    edit: impl Fn(&mut Attempt) + 'static,
    expected: impl Into<Option<Step>>,
) -> Row {
    Row {
        name,
        edit: Box::new(edit),
        expected: expected.into(),
    }
}

fn proof(name: &'static str, patch: Value, expected: impl Into<Option<Step>>) -> Row {
    row(name, move |attempt| attempt.proof.patch(&patch), expected)
}

fn call(
    name: &'static str,
    tool: &'static str,
    arguments: &'static str,
    expected: impl Into<Option<Step>>,
) -> Row {
    row(name, move |attempt| attempt.call(tool, arguments), expected)
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = calls();
    rows.extend(proof_headers());
    rows.extend(proof_claims());
    rows.extend(limits());
    rows
}

fn calls() -> Vec<Row> {
    use Step::{
        ArgumentMissing, ArgumentRejected, ArgumentUnnamed, ArgumentsCost, LeafCapability,
        NumberInadmissible, ToolNotAuthorized,
    };

    vec![
        row("as it should be", |_| {}, None),
        call("without what is optional", "read", r#"{"path":"b"}"#, None),
        call("with anything", "list", r#"{"x":{"y":[null,1e20]}}"#, None),
        call("another tool", "write", "{}", ToolNotAuthorized),
        call(
            "a tool in another case",
            "READ",
            r#"{"path":"a"}"#,
            ToolNotAuthorized,
        ),
        call(
            "an argument more",
            "read",
            r#"{"path":"a","mode":1}"#,
            ArgumentUnnamed,
        ),
        call("a star", "read", r#"{"path":"a","*":1}"#, ArgumentUnnamed),
        call("an argument less", "read", "{}", ArgumentMissing),
        call("another value", "read", r#"{"path":"c"}"#, ArgumentRejected),
        call("null", "read", r#"{"path":null}"#, ArgumentRejected),
        call(
            "what is optional with another value",
            "read",
            r#"{"path":"a","limit":101}"#,
            ArgumentRejected,
        ),
        call(
            "an unclear number where anything goes",
            "list",
            r#"{"x":[9007199254740993]}"#,
            NumberInadmissible,
        ),
        row(
            "a leaf without entry",
            |attempt| attempt.leaf(json!({"authorization_details": []})),
            LeafCapability,
        ),
        row(
            "too many elements to look at",
            |attempt| {
                let path = json!({"constraint_type": "subset", "allowed": ["a"]});
                let entry =
                    json!({"type": "attenuating_agent_token", "tools": {"list": {"path": path}}});
                attempt.leaf(json!({"authorization_details": [entry]}));
                attempt.call(
                    "list",
                    r#"{"path":["a","a","a","a","a","a","a","a","a","a"]}"#,
                );
                attempt.rules.limits.max_work = 10;
            },
            ArgumentsCost,
        ),
    ]
}

fn proof_headers() -> Vec<Row> {
    use Step::{ProofHeader, ProofSignature, ProofTooLarge};

    let mut rows = vec![
        row(
            "the parent's holder",
            |attempt| attempt.proof.signer = signer(1),
            ProofSignature,
        ),
        row(
            "a stranger with their key",
            |attempt| {
                attempt.proof.signer = signer(9);
                attempt.proof.header(&json!({"jwk": signer(9).jwk}));
            },
            ProofSignature,
        ),
        row(
            "a key that isn't looked at",
            |attempt| attempt.proof.header(&json!({"jwk": signer(9).jwk})),
            None,
        ),
        row(
            "a long proof",
            |attempt| attempt.rules.limits.max_proof_bytes = 100,
            ProofTooLarge,
        ),
    ];
    for (name, wrong) in [
        ("no type", json!({"typ": null})),
        ("a token's type", json!({"typ": "aat+jwt"})),
        (
            "a type with its prefix",
            json!({"typ": "application/aat-pop+jwt"}),
        ),
        ("none", json!({"alg": "none"})),
        ("the old name", json!({"alg": "EdDSA"})),
        ("an extension", json!({"crit": ["x"], "x": 1})),
    ] {
        rows.push(row(
            name,
            move |attempt| attempt.proof.header(&wrong),
            ProofHeader,
        ));
    }
    rows
}

fn proof_claims() -> Vec<Row> {
    use Step::{
        ProofArguments, ProofAudience, ProofClaims, ProofDuplicate, ProofLeaf, ProofNonce,
        ProofTime, ProofTool, ProofUnreadable,
    };

    let mut rows = vec![
        proof("other claims", json!({"sub": "x", "exp": 1}), None),
        proof("another leaf", json!({"aat_id": "t0"}), ProofLeaf),
        proof(
            "a leaf's id with another hash",
            json!({"aat_hash": "bm8"}),
            ProofLeaf,
        ),
        proof("our audience", json!({ "aat_aud": OWN }), None),
        proof(
            "another audience",
            json!({"aat_aud": "https://x.example"}),
            ProofAudience,
        ),
        proof(
            "a list of audiences",
            json!({"aat_aud": [OWN]}),
            ProofAudience,
        ),
        row(
            "an audience of null",
            |attempt| attempt.proof.replace(r#""hta""#, r#""aat_aud":null,"hta""#),
            ProofAudience,
        ),
        row(
            "an audience that is required",
            |attempt| attempt.rules.proof_audience_required = true,
            ProofAudience,
        ),
        proof("another tool", json!({"aat_tool": "list"}), ProofTool),
        proof(
            "other arguments",
            json!({"hta": {"path": "b", "limit": 5}}),
            ProofArguments,
        ),
        proof(
            "an argument less",
            json!({"hta": {"path": "a"}}),
            ProofArguments,
        ),
        row(
            "arguments beyond all doubles",
            |attempt| attempt.proof.replace(r#""limit":5"#, r#""limit":1e999"#),
            ProofArguments,
        ),
        row(
            "numbers that are rounded alike",
            |attempt| {
                attempt.call("list", r#"{"n":9007199254740992}"#);
                attempt
                    .proof
                    .replace("9007199254740992", "9007199254740993");
            },
            None,
        ),
        proof("as old as may be", json!({"iat": 970}), None),
        proof("older", json!({"iat": 969}), ProofTime),
        proof("as far ahead as may be", json!({"iat": 1030}), None),
        proof("further ahead", json!({"iat": 1031}), ProofTime),
        proof("a nonce that nobody asked for", json!({"nonce": 1}), None),
    ];
    for (name, nonce, expected) in [
        ("our nonce", json!("n1"), None),
        ("no nonce", json!(null), Some(ProofNonce)),
        ("another nonce", json!("n2"), Some(ProofNonce)),
        ("a nonce that is a number", json!(1), Some(ProofNonce)),
    ] {
        rows.push(row(
            name,
            move |attempt| {
                attempt.nonce = true;
                attempt.proof.patch(&json!({ "nonce": nonce }));
            },
            expected,
        ));
    }
    for claim in ["jti", "aat_id", "aat_hash", "aat_tool", "iat", "hta"] {
        rows.push(proof(claim, json!({ claim: null }), ProofClaims));
        rows.push(proof(claim, json!({ claim: [] }), ProofClaims));
        rows.push(proof(claim, json!({ claim: "" }), ProofClaims));
    }
    for (name, to, expected) in [
        ("a name twice", r#"{"jti":"x","#, ProofDuplicate),
        (
            "an argument twice",
            r#"{"x":{"a":1,"\u0061":1},"#,
            ProofDuplicate,
        ),
        ("no JSON", r"{,", ProofUnreadable),
        ("no object", r"[{},{", ProofUnreadable),
    ] {
        rows.push(row(
            name,
            move |attempt| attempt.proof.replace("{", to),
            expected,
        ));
    }
    rows
}

fn limits() -> Vec<Row> {
    vec![
        row(
            "a chain that was remembered for too long",
            |attempt| attempt.now = UnixTime(1999),
            Step::ChildExpired,
        ),
        row(
            "no token",
            |attempt| attempt.tokens.clear(),
            Step::EmptyChain,
        ),
        row(
            "a long token",
            |attempt| attempt.rules.limits.max_token_bytes = 100,
            Step::TokenTooLarge,
        ),
        row(
            "a long chain",
            |attempt| attempt.rules.limits.max_chain_bytes = 1000,
            Step::ChainTooLarge,
        ),
        row(
            "two parts",
            |attempt| attempt.tokens[0] = "a.b".to_owned(),
            Step::IdUnreadable,
        ),
        row(
            "padding",
            |attempt| attempt.tokens[0].push('='),
            Step::IdUnreadable,
        ),
        row(
            "no signature",
            |attempt| strip_signature(&mut attempt.tokens[0]),
            Step::RootHeader,
        ),
        row(
            "no signature below",
            |attempt| strip_signature(&mut attempt.tokens[1]),
            Step::ChildHeader,
        ),
    ]
}

fn strip_signature(token: &mut String) {
    token.truncate(token.rfind('.').unwrap() + 1);
}

#[test]
fn each_call_is_refused_at_its_step_or_not_at_all() {
    for row in rows() {
        let mut attempt = attempt();
        (row.edit)(&mut attempt);
        let found = attempt.judge().err().map(|refusal| refusal.step);
        assert_eq!(found, row.expected, "{}", row.name);
    }
}

#[test]
fn a_proof_counts_once_where_it_is_to() {
    let replays = Replays::new(1, &Isolated);
    let once = |attempt: &Attempt, now| {
        let outcome = attempt.judge()?.once(&replays, &Isolated, now)?;
        Ok::<_, Refusal>(outcome.holder())
    };
    let step = |outcome: Result<_, Refusal>| outcome.map(drop).map_err(|refusal| refusal.step);

    let good = attempt();
    let mut wrong = attempt();
    wrong.tool = "list";
    assert_eq!(step(once(&wrong, NOW)), Err(Step::ProofTool));
    let holder = verify(&good.tokens, &good.rules)
        .unwrap()
        .holder()
        .thumbprint();
    assert_eq!(
        once(&good, NOW).ok(),
        Some(holder),
        "a call that is refused uses nothing up"
    );
    assert_eq!(step(once(&good, NOW)), Err(Step::ProofReplayed));
    assert!(good.judge().map(|judged| judged.again().holder()) == Ok(holder));

    let mut another = attempt();
    another.proof.patch(&json!({"jti": "p2", "iat": 1030}));
    assert_eq!(step(once(&another, NOW)), Ok(()));
    // It is accepted until 1060, and remembered for as much longer as another worker's clock may be behind.
    for (now, expected) in [
        (1060, Err(Step::ProofReplayed)),
        (1090, Err(Step::ProofReplayed)),
        (1091, Ok(())),
    ] {
        assert_eq!(step(once(&another, UnixTime(now))), expected, "at {now}");
    }
}

#[test]
fn a_memory_that_is_full_lets_nothing_in() {
    let replays = Replays::new(1, &Isolated);
    let mut outcomes = std::collections::BTreeSet::new();
    let mut attempt = attempt();
    for number in 0..3000 {
        attempt.proof.patch(&json!({"jti": format!("p{number}")}));
        let judged = attempt.judge().unwrap();
        let step = judged
            .once(&replays, &Isolated, NOW)
            .err()
            .map(|refusal| refusal.step);
        outcomes.insert(step);
        if outcomes.len() == 2 {
            break;
        }
    }
    assert!(outcomes.contains(&Some(Step::ProofUntold)), "{outcomes:?}");
    assert!(
        !outcomes.contains(&Some(Step::ProofReplayed)),
        "{outcomes:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_character_of_a_proof_can_be_changed(place in any::<prop::sample::Index>(), other in "[A-Za-z0-9_.=-]") {
        let attempt = attempt();
        let mut proof = attempt.proof.sign();
        let place = place.index(proof.len());
        prop_assume!(proof[place..=place] != other);
        proof.replace_range(place..=place, &other);
        prop_assert!(attempt.judge_with(&proof).is_err());
    }
}
