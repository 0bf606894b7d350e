//! The JOSE cookbook (RFC 7520, RFC 7797, RFC 8037): examples that a general library accepts, of which the gate's profile
//! takes signatures in compact form by asymmetric algorithms it knows, and public keys, and nothing else.

use bailiwick_engine::identity::jose::algorithm::Algorithm;
use serde_json::{Value, json};

use crate::{Suite, Verdict, jws, text};

pub(crate) const SUITE: Suite = Suite {
    name: "jose-cookbook",
    files: &[
        "jws/4_1.rsa_v15_signature.json",
        "jws/4_2.rsa-pss_signature.json",
        "jws/4_3.ecdsa_signature.json",
        "jws/4_4.hmac-sha2_integrity_protection.json",
        "jws/4_5.signature_with_detached_content.json",
        "jws/4_6.protecting_specific_header_fields.json",
        "jws/4_7.protecting_content_only.json",
        "jws/4_8.multiple_signatures.json",
        "curve25519/jws.json",
        "curve25519/ecdh-es.json",
        "rfc7797/4.2.hmac-sha2_b64_false.json",
        "rfc7797/hmac-sha2_b64_false.json",
        "jwk/3_1.ec_public_key.json",
        "jwk/3_2.ec_private_key.json",
        "jwk/3_3.rsa_public_key.json",
        "jwk/3_4.rsa_private_key.json",
        "jwk/3_5.symmetric_key_mac_computation.json",
        "jwk/3_6.symmetric_key_encryption.json",
    ],
    judge,
};

/// The files of which something is to be accepted: the compact form of a token, or a key. ES512 (4.3) and its curve (3.1)
/// are not offered.
const ACCEPTED: [&str; 4] = [
    "jws/4_1.rsa_v15_signature.json",
    "jws/4_2.rsa-pss_signature.json",
    "curve25519/jws.json",
    "jwk/3_3.rsa_public_key.json",
];

/// The members that a private or symmetric key has beside its public half.
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

fn judge(file: &str, document: &Value) -> Vec<Verdict> {
    let accepted = ACCEPTED.contains(&file);
    let Some(output) = document.get("output").and_then(Value::as_object) else {
        let found = jws::key_set(&json!({"keys": [document]}), &Algorithm::ALL).map(drop);
        return vec![Verdict::on(file.to_owned(), accepted, found)];
    };
    let input = document.get("input").unwrap_or(&Value::Null);
    let keys = public(input.get("key").unwrap_or(&Value::Null));
    // A key without `alg` is for what its issuer signs with.
    let allowed = text(input, "alg")
        .parse()
        .map_or_else(|_| Algorithm::ALL.to_vec(), |one| vec![one]);
    output
        .iter()
        .map(|(form, token)| {
            let case = format!("{file}#{form}");
            match token.as_str() {
                Some(compact) => Verdict::on(case, accepted, jws::verify(&keys, compact, &allowed)),
                None => {
                    let json = token.to_string();
                    Verdict::on(case, false, jws::verify(&keys, &json, &allowed))
                }
            }
        })
        .collect()
}

/// The public halves of one key or several, as a set.
fn public(keys: &Value) -> Value {
    let several = keys
        .as_array()
        .map_or_else(|| vec![keys.clone()], Clone::clone);
    let public = several.into_iter().map(|mut key| {
        if let Some(members) = key.as_object_mut()
            && text(&json!(members), "kty") != "oct"
        {
            members.retain(|name, _| !PRIVATE.contains(&name.as_str()));
        }
        key
    });
    json!({"keys": public.collect::<Vec<_>>()})
}
