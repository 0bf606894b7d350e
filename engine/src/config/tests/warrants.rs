//! Warrants: what collides, and what names nothing.

use serde_json::{Value, json};

use super::{read, small, with};

fn warrants(change: impl FnOnce(&mut Value)) -> Value {
    let key = json!({"kty": "OKP", "crv": "Ed25519", "alg": "Ed25519", "x": "EQ_c30T6gfkIdfM35hQQp9i5yRFiEdX8UYoZOWXE4fc"});
    let mut warrants = json!({"aat": {
        "profile": "aat-02",
        "audiences": ["https://tools.example"],
        "anchors": [{"name": "payroll", "issuer": "https://payroll.example", "keys": {"keys": [key]}}],
    }});
    change(&mut warrants);
    with("/warrants", warrants)
}

#[test]
fn what_is_sound_is_taken() {
    let config = read(&warrants(|_| {})).unwrap();
    let rules = config.warrants.unwrap();
    assert_eq!(rules.header.as_str(), "agent-authorization");
    let aat = rules.aat.as_ref().unwrap();
    assert_eq!(aat.anchors.len(), 1);
    assert!(aat.chain_audience_required);
}

#[test]
fn what_is_wrong_is_said_with_its_path() {
    type Row = (fn(&mut Value), &'static str);
    let rows: [Row; 8] = [
        (
            |of| of["header"] = "Authorization".into(),
            "warrants.header: `Authorization` is not the name of a header field of its own",
        ),
        (
            |of| of["header"] = "content-type".into(),
            "warrants.header: `content-type` is not the name of a header field of its own",
        ),
        (
            |of| of["aat"]["profile"] = "aat-01".into(),
            "warrants.aat.profile: ",
        ),
        (
            |of| of["aat"]["algorithms"] = json!(["ES256"]),
            "warrants.aat.algorithms: `Ed25519` is not among them",
        ),
        (
            |of| of["aat"]["algorithms"] = json!(["Ed25519", "EdDSA"]),
            "warrants.aat.algorithms: `EdDSA` is never accepted by that name",
        ),
        (
            |of| of["aat"]["audiences"] = json!([]),
            "warrants.aat.audiences: at least one is needed",
        ),
        (
            |of| of["aat"]["anchors"] = json!([]),
            "warrants.aat.anchors: there are 0, 1 to 64 are needed",
        ),
        (
            |of| of["aat"]["anchors"][0]["keys"] = json!({"keys": []}),
            "warrants.aat.anchors[0].keys: ",
        ),
    ];
    for (change, expected) in rows {
        let errors = read(&warrants(change)).unwrap_err().join("\n");
        assert!(errors.contains(expected), "{expected}\n{errors}");
    }
}

#[test]
fn an_anchor_has_a_trust_domain_of_its_own() {
    let config = small();
    let issuer = config["issuers"][0]["name"].as_str().unwrap().to_owned();
    let taken = warrants(|of| of["aat"]["anchors"][0]["name"] = issuer.into());
    let errors = read(&taken).unwrap_err().join("\n");
    assert!(
        errors.contains("is the name of another trust domain"),
        "{errors}"
    );
}

#[test]
fn a_route_names_anchors_that_are_there() {
    let mut config = warrants(|_| {});
    config["routes"][0]["warrant_anchors"] = json!(["payrol"]);
    let errors = read(&config).unwrap_err().join("\n");
    assert!(
        errors.contains("`payrol` is none of the anchors in `warrants`"),
        "{errors}"
    );
    let mut config = small();
    config["routes"][0]["warrant"] = "require".into();
    let errors = read(&config).unwrap_err().join("\n");
    assert!(
        errors.contains("there is no `warrants` that says whose count"),
        "{errors}"
    );
}
