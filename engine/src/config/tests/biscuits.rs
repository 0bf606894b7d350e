//! Biscuits: what collides, and what names nothing.

use serde_json::{Value, json};

use super::{read, with};

const ROOT: &str = "ed25519/acdd6d5b53bfee478bf689f8e012fe7988bf755e3d7c5152947abc149bc20189";
const OTHER: &str = "secp256r1/036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";

fn biscuits(change: impl FnOnce(&mut Value)) -> Value {
    let mut warrants = json!({"biscuit": {
        "anchors": [
            {"name": "payroll", "issuer": "https://payroll.example", "keys": [{"id": 1, "key": ROOT}]},
            {"name": "umbrella", "issuer": "https://umbrella.example", "keys": [{"key": OTHER}]},
        ],
        "third_parties": [{"name": "partner", "key": OTHER}],
    }});
    change(&mut warrants["biscuit"]);
    with("/warrants", warrants)
}

#[test]
fn what_is_sound_is_taken() {
    let config = read(&biscuits(|_| {})).unwrap();
    assert!(config.loosened().is_empty());
    let rules = config.warrants.unwrap();
    assert!(rules.aat.is_none());
    let rules = rules.biscuit.as_ref().unwrap();
    assert!(rules.expiry_required && !rules.users_are_people);
}

#[test]
fn what_is_wrong_is_said_with_its_path() {
    type Row = (fn(&mut Value), &'static str);
    let rows: [Row; 16] = [
        (
            |of| of["anchors"] = json!([]),
            "warrants.biscuit.anchors: there are 0, 1 to 64 are needed",
        ),
        (
            |of| of["anchors"][1]["name"] = "payroll".into(),
            "warrants.biscuit.anchors[1].name: ",
        ),
        (
            |of| of["anchors"][0]["name"] = "acme".into(),
            "warrants.biscuit.anchors[0].name: `acme` is the name of another trust domain",
        ),
        (
            |of| of["anchors"][0]["keys"] = json!([]),
            "warrants.biscuit.anchors[0].keys: at least one root key is needed",
        ),
        (
            |of| of["anchors"][0]["keys"][0]["key"] = "ed25519/00".into(),
            "warrants.biscuit.anchors[0].keys[0].key: what follows the slash is no public key",
        ),
        (
            |of| of["anchors"][0]["keys"][0]["key"] = ROOT[8..].into(),
            "warrants.biscuit.anchors[0].keys[0].key: the key doesn't say what it is for",
        ),
        (
            |of| of["anchors"][0]["keys"][0]["key"] = "rsa/00".into(),
            "warrants.biscuit.anchors[0].keys[0].key: `rsa` is no algorithm of Biscuits",
        ),
        (
            |of| of["anchors"][1]["keys"][0]["id"] = 1.into(),
            "warrants.biscuit.anchors: two root keys have the id 1",
        ),
        (
            |of| of["anchors"][0]["keys"][0]["id"] = Value::Null,
            "warrants.biscuit.anchors: two root keys have no id",
        ),
        (
            |of| of["anchors"][0]["keys"][0]["id"] = (1_u64 << 32).into(),
            "warrants.biscuit.anchors[0].keys[0].id: ",
        ),
        (
            |of| of["third_parties"][0]["key"] = "ed25519".into(),
            "warrants.biscuit.third_parties[0].key: the key doesn't say what it is for",
        ),
        (
            |of| of["facts"] = json!({"tool": "tool_call"}),
            "warrants.biscuit.facts: `tool_call` is what the gate says about a call",
        ),
        (
            |of| of["facts"] = json!({"tool": "right"}),
            "warrants.biscuit.facts: `right` is to mean two things",
        ),
        (
            |of| of["facts"] = json!({"user": "on behalf"}),
            "warrants.biscuit.facts.user: `on behalf` is no name of a fact",
        ),
        (
            |of| of["limits"] = json!({"blocks": 0}),
            "warrants.biscuit.limits.blocks: 0 is not within 1 to 33",
        ),
        (
            |of| of["limits"] = json!({"step": 1}),
            "warrants.biscuit.limits.step: unknown field, did you mean `steps`?",
        ),
    ];
    for (change, expected) in rows {
        let errors = read(&biscuits(change)).unwrap_err().join("\n");
        assert!(errors.contains(expected), "{expected}\n{errors}");
    }
}

#[test]
fn what_is_given_up_is_said() {
    let config = read(&biscuits(|of| {
        of["expiry_required"] = false.into();
        of["unstated"] = "everything".into();
        of["limits"] = json!({"steps": 2_000_000});
    }));
    let config = config.unwrap();
    let loosened = config.loosened().join("\n");
    for path in [
        "warrants.biscuit.expiry_required",
        "warrants.biscuit.unstated",
        "warrants.biscuit.limits.steps",
    ] {
        assert!(loosened.contains(path), "{path}\n{loosened}");
    }
}

#[test]
fn some_format_has_to_count() {
    let errors = read(&with("/warrants", json!({}))).unwrap_err().join("\n");
    assert!(
        errors.contains("warrants: either `aat` or `biscuit` is needed"),
        "{errors}"
    );
}

#[test]
fn an_owner_has_one_name_in_both_formats() {
    let key = json!({"kty": "OKP", "crv": "Ed25519", "alg": "Ed25519", "x": "EQ_c30T6gfkIdfM35hQQp9i5yRFiEdX8UYoZOWXE4fc"});
    let both = |name: &str, issuer: &str| {
        let mut config = biscuits(|_| {});
        config["warrants"]["aat"] = json!({
            "profile": "aat-02",
            "audiences": ["https://tools.example"],
            "anchors": [{"name": name, "issuer": issuer, "keys": {"keys": [key]}}],
        });
        read(&config)
            .map(|_| ())
            .map_err(|errors| errors.join("\n"))
    };
    assert_eq!(both("payroll", "https://payroll.example"), Ok(()));
    assert_eq!(both("other", "https://other.example"), Ok(()));
    for (name, issuer) in [
        ("payroll", "https://other.example"),
        ("other", "https://payroll.example"),
    ] {
        let errors = both(name, issuer).unwrap_err();
        let expected = "warrants.biscuit.anchors[0]: `payroll` and `https://payroll.example` belong together here";
        assert!(errors.contains(expected), "{errors}");
    }
}
