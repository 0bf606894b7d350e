use super::{Mission, MissionError};
use crate::json::{Limits, Value, parse};

/// The first test vector of the draft: two entries, and their hash as of `https://as.example.com`.
const DETAILS: &str = r#"[
    {"type": "mission_resource_access", "actions": ["invoices.read"], "resource": "https://erp.example.com"},
    {"type": "mission_resource_access", "resource": "https://erp.example.com", "actions": ["journal-entries.write"],
     "constraints": {"max_amount": {"currency": "USD", "amount": "500.00"}}}
]"#;
const HASH: &str = "sha-256:vUCCfjGulit9u0qJ0Z6pQSNerZtXMqRlfJNCr4PzLro";

fn json(text: &str) -> Value<'_> {
    parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// Is it the whole authority? None without a mission.
fn read(claim: &str, details: Option<&str>, parts_ok: bool) -> Result<Option<bool>, MissionError> {
    let details = details.map(json);
    let mission = Mission::read(Some(&json(claim)), details.as_ref(), parts_ok)?;
    Ok(mission.map(|mission| {
        assert_eq!(mission.id, "m-1");
        assert_eq!(mission.issuer, "https://as.example.com");
        mission.is_whole
    }))
}

#[test]
fn a_mission_is_of_the_tokens_own_authority() {
    let claim = |members: &str| format!(r#"{{"id": "m-1", {members}}}"#);
    let sound = claim(&format!(
        r#""issuer": "https://as.example.com", "authority_hash": "{HASH}", "expires_at": 1"#
    ));
    let earlier = sound.replace("issuer", "origin");
    let elsewhere = sound.replace("as.example", "other.example");
    let less = r#"[{"type": "mission_resource_access", "resource": "https://erp.example.com", "actions": ["invoices.read"]}]"#;
    let turned = r#"[{"type": "b"}, {"type": "a"}]"#;
    let member = |member, expected| Err(MissionError::Member { member, expected });
    let no_text = |name| member(name, "a string that isn't empty");
    let no_hash = || member("authority_hash", "`sha-256:` and a digest in base64url");
    let other = || Err(MissionError::OtherAuthority);
    for (name, claim, details, parts_ok, expected) in [
        (
            "the draft's vector",
            &*sound,
            Some(DETAILS),
            false,
            Ok(Some(true)),
        ),
        (
            "by the name of earlier revisions",
            &earlier,
            Some(DETAILS),
            false,
            Ok(Some(true)),
        ),
        (
            "of another issuer",
            &elsewhere,
            Some(DETAILS),
            false,
            other(),
        ),
        ("less than was approved", &sound, Some(less), false, other()),
        ("something else", &sound, Some(turned), false, other()),
        ("nothing", &sound, None, false, other()),
        (
            "less, where that is accepted",
            &sound,
            Some(less),
            true,
            Ok(Some(false)),
        ),
        (
            "all, where less is accepted",
            &sound,
            Some(DETAILS),
            true,
            Ok(Some(true)),
        ),
        (
            "a number that can be read in two ways",
            &sound,
            Some("[9007199254740993]"),
            false,
            other(),
        ),
        ("no object", "\"m-1\"", None, false, Ok(None)),
        ("an issuer's own", r#"{"id": "m-1"}"#, None, false, Ok(None)),
        (
            "no id",
            r#"{"issuer": "i", "authority_hash": ""}"#,
            None,
            true,
            no_text("id"),
        ),
        (
            "no issuer",
            r#"{"id": "i", "authority_hash": ""}"#,
            None,
            true,
            no_text("issuer"),
        ),
        (
            "two issuers, of which the newer name counts",
            r#"{"id": "i", "origin": "a", "issuer": 1, "authority_hash": ""}"#,
            None,
            true,
            no_text("issuer"),
        ),
        (
            "a hash that is a number",
            r#"{"id": "i", "issuer": "a", "authority_hash": 1}"#,
            None,
            true,
            no_text("authority_hash"),
        ),
        (
            "another algorithm",
            &sound.replace("sha-256", "sha3-256"),
            Some(DETAILS),
            true,
            no_hash(),
        ),
        (
            "no algorithm",
            &sound.replace("sha-256:", ""),
            Some(DETAILS),
            true,
            no_hash(),
        ),
        (
            "half a digest",
            &sound.replace("vUCCfjGulit9u0qJ0Z6p", ""),
            Some(DETAILS),
            true,
            no_hash(),
        ),
    ] {
        assert_eq!(read(claim, details, parts_ok), expected, "{name}");
    }
}
