//! Project Wycheproof: signatures and keys made to break verifiers.

use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::key::PublicKey;
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use serde_json::{Value, json};

use crate::{Suite, Verdict, elements, jws, text};

pub(crate) const SUITE: Suite = Suite {
    name: "wycheproof",
    files: &[
        "testvectors_v1/json_web_key_test.json",
        "testvectors_v1/ed25519_test.json",
        "testvectors_v1/ecdsa_secp256r1_sha256_p1363_test.json",
        "testvectors_v1/ecdsa_secp384r1_sha384_p1363_test.json",
        "testvectors_v1/ecdsa_secp521r1_sha512_p1363_test.json",
        "testvectors_v1/rsa_signature_2048_sha256_test.json",
        "testvectors_v1/rsa_signature_2048_sha384_test.json",
        "testvectors_v1/rsa_signature_2048_sha512_test.json",
        "testvectors_v1/rsa_pss_2048_sha256_mgf1_32_test.json",
        "testvectors_v1/rsa_pss_2048_sha384_mgf1_48_test.json",
    ],
    judge,
};

fn judge(file: &str, document: &Value) -> Vec<Verdict> {
    let (_, name) = file.rsplit_once('/').unwrap_or(("", file));
    let judge_group: fn(&str, &Value) -> Vec<Verdict> = if name == "json_web_key_test.json" {
        keys
    } else {
        signatures
    };
    elements(document, "testGroups")
        .iter()
        .flat_map(|group| judge_group(name, group))
        .collect()
}

fn case(file: &str, test: &Value) -> String {
    let id = test.get("tcId").unwrap_or(&Value::Null);
    format!("{file}#{id}")
}

/// Tokens whose keys have something wrong with them.
fn keys(file: &str, group: &Value) -> Vec<Verdict> {
    let set = group.get("public").or(group.get("private"));
    let set = set.unwrap_or(&Value::Null);
    elements(group, "tests")
        .iter()
        .map(|test| {
            let found = jws::verify(set, text(test, "jws"), &Algorithm::ALL);
            Verdict::on(case(file, test), text(test, "result") == "valid", found)
        })
        .collect()
}

/// Signatures over arbitrary messages. What is `acceptable` there leaves out the NULL of the hash's parameters, which
/// RFC 8017, section 9.2 wants, and is to be refused.
fn signatures(file: &str, group: &Value) -> Vec<Verdict> {
    let key = key(file, group);
    elements(group, "tests")
        .iter()
        .map(|test| {
            let found = key
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|(key, algorithm)| {
                    let (message, signature) = (hex(text(test, "msg"))?, hex(text(test, "sig"))?);
                    key.verify(&CrateVerifier, *algorithm, &message, &signature)
                        .map_err(|error| error.to_string())
                });
            Verdict::on(case(file, test), text(test, "result") == "valid", found)
        })
        .collect()
}

/// A group's key, which must be the very one that the group also gives in DER form.
fn key(file: &str, group: &Value) -> Result<(PublicKey, Algorithm), String> {
    let algorithm = match file {
        "ed25519_test.json" => Algorithm::Ed25519,
        "ecdsa_secp256r1_sha256_p1363_test.json" => Algorithm::Es256,
        "ecdsa_secp384r1_sha384_p1363_test.json" => Algorithm::Es384,
        "rsa_signature_2048_sha256_test.json" => Algorithm::Rs256,
        "rsa_signature_2048_sha384_test.json" => Algorithm::Rs384,
        "rsa_signature_2048_sha512_test.json" => Algorithm::Rs512,
        "rsa_pss_2048_sha256_mgf1_32_test.json" => Algorithm::Ps256,
        "rsa_pss_2048_sha384_mgf1_48_test.json" => Algorithm::Ps384,
        other => return Err(format!("no algorithm of ours is that of `{other}`")),
    };
    let jwk = group.get("publicKeyJwk").or(group.get("keyJwk"));
    let jwk = jwk.cloned().map_or_else(|| ec_jwk(group), Ok)?;
    let set = jws::key_set(&json!({"keys": [jwk]}), &[algorithm])?;
    let key = set.keys().first().ok_or("the set is empty")?.key.clone();
    if key.spki_der() != hex(text(group, "publicKeyDer"))? {
        return Err("the key's DER form is another than the vector's".to_owned());
    }
    Ok((key, algorithm))
}

/// Some groups of the curves give their key as an uncompressed point only (SEC 1, section 2.3.3).
fn ec_jwk(group: &Value) -> Result<Value, String> {
    let point = group.get("publicKey").unwrap_or(&Value::Null);
    let point = hex(text(point, "uncompressed"))?;
    let (_, coordinates) = point.split_first().ok_or("the group has no key")?;
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    let crv = if x.len() == 32 { "P-256" } else { "P-384" };
    Ok(json!({"kty": "EC", "crv": crv, "x": base64url(x), "y": base64url(y)}))
}

fn hex(digits: &str) -> Result<Vec<u8>, String> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let digit = |c: u8| {
        char::from(c)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let byte = |[high, low]: &[u8; 2]| Some((digit(*high)? << 4) | digit(*low)?);
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    bytes
        .filter(|_| rest.is_empty())
        .ok_or_else(|| format!("`{digits}` is not hexadecimal"))
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
