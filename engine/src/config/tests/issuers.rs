//! What each profile asks of its issuer.

use serde_json::{Value, json};

use super::{read, small};

/// The small configuration with these members of its issuer.
fn with_issuer(members: &Value) -> Value {
    let mut config = small();
    let issuer = config["issuers"][0].as_object_mut().unwrap();
    for (name, value) in members.as_object().unwrap() {
        issuer.insert(name.clone(), value.clone());
    }
    config
}

#[test]
fn each_profile_says_what_its_issuer_needs() {
    let character = "has a character other than `a-z`, `0-9`, `.`, `-` and `_`";
    let no_domain = format!("issuers[0].issuer: the trust domain `https://x.example` {character}");
    let no_proof = "issuers[0].proof: the profile `wit` needs one, `wpt-02` or `http-signature-07`, and no other has one";
    let no_repository = "issuers[0].ci: `repository` needs a claim: without it nothing says whose job has the token";
    for (name, members, expected) in [
        (
            "a trust domain",
            json!({"profile": "jwt_svid", "issuer": "prod.acme.example"}),
            &[][..],
        ),
        (
            "a URL is no trust domain",
            json!({"profile": "jwt_svid", "issuer": "https://x.example"}),
            &[no_domain.as_str()],
        ),
        (
            "no SVID is signed so",
            json!({"profile": "jwt_svid", "issuer": "prod.acme.example", "algorithms": ["ES256", "Ed25519"]}),
            &["issuers[0].algorithms[1]: no JWT-SVID is signed with `Ed25519`"],
        ),
        (
            "a proof, and no audience",
            json!({"profile": "wit", "issuer": "prod.acme.example", "proof": "wpt-02", "audiences": []}),
            &[],
        ),
        (
            "no proof",
            json!({"profile": "wit", "issuer": "prod.acme.example"}),
            &[no_proof],
        ),
        (
            "a proof of something else",
            json!({"proof": "wpt-02"}),
            &[no_proof],
        ),
        (
            "another revision of proofs",
            json!({"profile": "wit", "issuer": "prod.acme.example", "proof": "wpt-01"}),
            &[
                "issuers[0].proof: `wpt-01` is not one of `wpt-02`, `http-signature-07`, did you mean `wpt-02`?",
            ],
        ),
        ("no facts", json!({"profile": "ci"}), &[no_repository]),
        (
            "no such fact",
            json!({"profile": "ci", "ci": {"repository": ["repo"], "evnt": ["on"]}}),
            &[
                "issuers[0].ci.evnt: `evnt` is not one of `repository`, `repository_id`, `owner`, `owner_id`, `ref`, `ref_type`, \
               `ref_protected`, `commit`, `environment`, `workflow`, `job_workflow`, `run`, `run_attempt`, `job`, `event`, `actor`, \
               did you mean `event`?",
            ],
        ),
        (
            "facts of its own",
            json!({"profile": "gitlab", "ci": {"repository": ["repo"]}}),
            &["issuers[0].ci: only the profile `ci` has one; the others know their claims"],
        ),
    ] {
        let found = read(&with_issuer(&members)).err().unwrap_or_default();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_trust_domain_may_have_both_kinds_of_identities() {
    let mut config = with_issuer(&json!({"profile": "jwt_svid", "issuer": "prod.acme.example"}));
    let svids = config["issuers"][0].clone();
    let wits = |profile: Value, proof: Value| {
        let mut other = svids.clone();
        (other["name"], other["profile"], other["proof"]) = (json!("other"), profile, proof);
        other
    };
    config["issuers"] = json!([svids.clone(), wits(json!("wit"), json!("wpt-02"))]);
    assert_eq!(read(&config).err(), None);
    config["issuers"] = json!([svids.clone(), wits(json!("jwt_svid"), Value::Null)]);
    let twice = "issuers[1].issuer: `prod.acme.example` is the `issuer` of `issuers[0]` already";
    assert_eq!(read(&config).err(), Some(vec![twice.to_owned()]));
}
