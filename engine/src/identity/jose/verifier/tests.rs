//! Project Wycheproof's vectors, where they are at hand: in `BAILIWICK_VECTORS`, or beside the repository.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::CrateVerifier;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::compact::Compact;
use crate::identity::jose::header::Header;
use crate::identity::jose::jwk::{Jwk, KeyError};
use crate::identity::jose::keyset::{KeySet, KeySetError, Lookup};
use crate::identity::mint::encode;
use crate::json;

fn vectors(file: &str) -> Option<Value> {
    let root = std::env::var_os("BAILIWICK_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
        PathBuf::from,
    );
    let path = root.join("wycheproof/testvectors_v1").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!(
            "skipped: no vectors at `{}`; set BAILIWICK_VECTORS",
            path.display()
        );
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn hex(text: &Value) -> Vec<u8> {
    let digits = text.as_str().unwrap();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

fn key(jwk: &Value, algorithm: Algorithm) -> Result<Jwk, KeyError> {
    let text = jwk.to_string();
    let value = json::parse(text.as_bytes(), &json::Limits::default()).unwrap();
    Jwk::parse(&value, &[algorithm])
}

#[test]
fn signatures_of_wycheproof() {
    use Algorithm::{Ed25519, Es256, Es384, Ps256, Ps384, Rs256, Rs384, Rs512};
    for (file, algorithm, expected_count) in [
        ("ecdsa_secp256r1_sha256_p1363_test.json", Es256, 262),
        ("ecdsa_secp384r1_sha384_p1363_test.json", Es384, 280),
        ("ed25519_test.json", Ed25519, 151),
        ("rsa_pss_2048_sha256_mgf1_32_test.json", Ps256, 108),
        ("rsa_pss_2048_sha384_mgf1_48_test.json", Ps384, 141),
        ("rsa_signature_2048_sha256_test.json", Rs256, 259),
        ("rsa_signature_2048_sha384_test.json", Rs384, 258),
        ("rsa_signature_2048_sha512_test.json", Rs512, 259),
    ] {
        let Some(vectors) = vectors(file) else {
            return;
        };
        let mut count = 0;
        for group in vectors["testGroups"].as_array().unwrap() {
            count += signatures_of_group(file, group, algorithm);
        }
        assert_eq!(count, expected_count, "{file}");
    }
}

fn signatures_of_group(file: &str, group: &Value, algorithm: Algorithm) -> usize {
    let jwk = group.get("publicKeyJwk").or(group.get("keyJwk"));
    let jwk = jwk.cloned().unwrap_or_else(|| ec_jwk(group));
    let key = key(&jwk, algorithm).unwrap().key;
    assert_eq!(key.spki_der(), hex(&group["publicKeyDer"]), "{file} {jwk}");
    let tests = group["tests"].as_array().unwrap();
    for test in tests {
        let signature = hex(&test["sig"]);
        let outcome = key.verify(&CrateVerifier, algorithm, &hex(&test["msg"]), &signature);
        // What is `acceptable` there leaves out the NULL of the hash's parameters, which RFC 8017 wants.
        let valid = test["result"] == "valid";
        assert_eq!(
            outcome.is_ok(),
            valid,
            "{file} {} {}",
            test["tcId"],
            test["comment"]
        );
    }
    tests.len()
}

/// Some groups of the curves give their key in other forms only.
fn ec_jwk(group: &Value) -> Value {
    let point = hex(&group["publicKey"]["uncompressed"]);
    let (x, y) = point[1..].split_at(point.len() / 2);
    let crv = if x.len() == 32 { "P-256" } else { "P-384" };
    json!({"kty": "EC", "crv": crv, "x": encode(x), "y": encode(y)})
}

#[test]
fn key_sets_of_wycheproof() {
    let Some(vectors) = vectors("json_web_key_test.json") else {
        return;
    };
    let mut refusals = Vec::new();
    for group in vectors["testGroups"].as_array().unwrap() {
        let keys = group.get("public").unwrap_or(&group["private"]);
        for test in group["tests"].as_array().unwrap() {
            let refusal = refusal(keys, test["jws"].as_str().unwrap());
            let id = test["tcId"].as_u64().unwrap();
            match &refusal {
                None => assert_eq!(test["result"], "valid", "{id}"),
                // Symmetric keys verify there; here they never do.
                Some(why) if test["result"] == "valid" => assert_eq!(why, "it is a symmetric key"),
                Some(_) => {}
            }
            refusals.extend(refusal.map(|why| (id, why)));
        }
    }
    let asymmetric: Vec<_> = refusals
        .iter()
        .filter(|(_, why)| why != "it is a symmetric key")
        .map(|(id, why)| (*id, why.as_str()))
        .collect();
    let off_curve = "its coordinates are not a point of the curve";
    assert_eq!(
        asymmetric,
        [
            (6, "`use` says that it is not for verifying signatures"),
            (7, "the RSA modulus has 2049 bits, no multiple of 8"),
            (8, "the RSA modulus has 1024 bits, fewer than 2048"),
            (
                9,
                "the RSA exponent is even, below 3, or longer than 32 bits"
            ),
            (19, "the algorithm `ES521` is not supported"),
            (20, "the algorithm `ES224` is not supported"),
            (21, "`use` says that it is not for verifying signatures"),
            (22, off_curve),
            (23, "`x` is not a coordinate of the curve's full size"),
            (24, "`n` is not a string"),
        ]
    );
}

/// Why a token doesn't verify with a set of keys; `None` if it does.
fn refusal(keys: &Value, token: &str) -> Option<String> {
    let set = match KeySet::parse(keys.to_string().as_bytes(), &Algorithm::ALL) {
        Ok(set) => set,
        Err(KeySetError::Compromised { error, .. }) => return Some(error.to_string()),
        Err(KeySetError::NoUsableKey { skipped }) => return Some(skipped[0].1.to_string()),
        Err(other) => return Some(other.to_string()),
    };
    let token = Compact::decode(token).unwrap();
    let header = Header::parse(&token.header).unwrap();
    let Lookup::Found(jwk) = set.find(header.kid.as_deref(), header.algorithm) else {
        return Some("no key".to_owned());
    };
    let verified = jwk.key.verify(
        &CrateVerifier,
        header.algorithm,
        token.signing_input,
        &token.signature,
    );
    verified.err().map(|error| error.to_string())
}

/// The flawed generator's key of the suite has an odd size, too, and is refused for that. Judged by its numbers alone:
#[test]
fn the_flawed_key_of_wycheproof_is_found() {
    let Some(vectors) = vectors("json_web_key_test.json") else {
        return;
    };
    let groups = vectors["testGroups"].as_array().unwrap();
    let flawed = groups
        .iter()
        .find(|group| group["comment"] == "jws_rsa_roca_key")
        .unwrap();
    let modulus = flawed["public"]["keys"][0]["n"].as_str().unwrap();
    let modulus = URL_SAFE_NO_PAD.decode(modulus).unwrap();
    assert!(crate::identity::jose::rsa::has_roca_fingerprint(&modulus));
}
