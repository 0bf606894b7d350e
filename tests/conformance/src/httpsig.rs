//! The examples of RFC 9421, appendix B: each signature over a request must have the base that the document shows, and verify
//! by the key that it names.

use bailiwick_engine::identity::binding::target::Origin;
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::identity::signature::agent::ALGORITHMS;
use bailiwick_engine::identity::signature::base::Message;
use bailiwick_engine::identity::signature::input::Signatures;
use bailiwick_engine::request::{Head, Headers};
use serde_json::{Value, json};

use crate::{Suite, Verdict, elements, jws, text};

pub(crate) const SUITE: Suite = Suite {
    name: "rfc9421-httpsig",
    files: &["cases.json"],
    judge,
};

fn judge(file: &str, document: &Value) -> Vec<Verdict> {
    let cases = elements(document, "cases");
    // The message stands in the document as prose; the base of the signature that covers all of it says the same.
    let whole = cases
        .iter()
        .map(|case| text(case, "signature_base"))
        .max_by_key(|base| base.lines().count())
        .unwrap_or_default();
    let keys = document.get("keys_jwk").unwrap_or(&Value::Null);
    cases
        .iter()
        .map(|case| {
            let found = verify(case, whole, keys);
            Verdict::on(format!("{file}#{}", label(case)), true, found)
        })
        .collect()
}

fn verify(case: &Value, whole: &str, keys: &Value) -> Result<(), String> {
    let expected = text(case, "signature_base");
    let head = request(case, &[expected, whole])?;
    let origin = Origin::new(head.scheme(), head.authority()).map_err(|e| e.to_string())?;
    let signature = Signatures::read(head.headers())
        .and_then(|all| all.map(|all| all.labelled(label(case))).transpose())
        .map_err(|error| error.to_string())?
        .ok_or("there is no `signature-input`")?;
    let base = Message::new(&head, &origin)
        .base(&signature.covered)
        .map_err(|error| error.to_string())?;
    if base != expected {
        return Err(format!("the base is\n{base}"));
    }
    let key = signature.parameters.key.as_deref().unwrap_or_default();
    let set = json!({"keys": [public(keys.get(key).unwrap_or(&Value::Null))]});
    let set = jws::key_set(&set, &ALGORITHMS)?;
    let jwk = set.keys().first().ok_or("there is no such key")?;
    jwk.key
        .verify(
            &CrateVerifier,
            jwk.key.algorithm(),
            base.as_bytes(),
            &signature.bytes,
        )
        .map_err(|error| error.to_string())
}

/// The signature's label, such as `sig-b21`.
fn label(case: &Value) -> &str {
    let input = text(case, "signature_input");
    input.split_once('=').map_or(input, |(label, _)| label)
}

/// The request whose parts these bases show, of which the earlier ones count.
fn request(case: &Value, bases: &[&str]) -> Result<Head, String> {
    let part = |name: &str| {
        let start = format!("\"{name}\": ");
        let mut lines = bases.iter().flat_map(|base| base.lines());
        lines
            .find_map(|line| line.strip_prefix(&start))
            .unwrap_or_default()
    };
    let target = format!("{}{}", part("@path"), part("@query"));
    let mut fields = vec![
        (":method", part("@method")),
        (":scheme", "https"),
        (":authority", part("@authority")),
        (":path", &target),
        ("signature-input", text(case, "signature_input")),
        ("signature", text(case, "signature")),
    ];
    for name in [
        "date",
        "content-type",
        "content-digest",
        "content-length",
        "client-cert",
    ] {
        fields.push((name, part(name)));
    }
    Head::parse(Headers::from_pairs(fields)).map_err(|error| error.to_string())
}

/// The public half of a key.
fn public(key: &Value) -> Value {
    let mut key = key.clone();
    if let Some(members) = key.as_object_mut() {
        members.retain(|name, _| matches!(name.as_str(), "kty" | "crv" | "x" | "y" | "n" | "e"));
    }
    key
}
