//! Minting and forging tokens for cases: plain text work, so that a mistake in the product can't hide here too.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::sha2::{Digest as _, Sha256};
use serde_json::{Value, json};
use thiserror::Error;

use super::biscuits;
use super::format::{SignatureSpec, TokenSpec};
use super::keys::{KeyError, TestKey};
use super::value::merge;

/// Why a token can't be made.
#[derive(Debug, Error)]
pub enum TokenError {
    /// It names a token or a key that is not there.
    #[error("there is no {kind} `{name}`")]
    Unknown {
        /// `token` or `key`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Tokens that are each like the other.
    #[error("the token is like itself, by way of `{name}`")]
    Circle {
        /// One of them.
        name: String,
    },
    /// Neither a text nor a key.
    #[error("the token has neither `text` nor `key`, and is `like` none that has")]
    Keyless,
    /// The Biscuit can't be made.
    #[error("the Biscuit can't be made: {0}")]
    Biscuit(String),
    /// The key can't do it.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Gives a private key by its name, and the algorithm that its JWK says it is for.
pub type KeyLookup<'k> = dyn FnMut(&str) -> Result<(TestKey, String), TokenError> + 'k;

/// Makes a token of a specification that [`resolve`] has filled in.
///
/// # Errors
/// If it can't be made from what the specification says.
pub fn mint(spec: TokenSpec, keys: &mut KeyLookup<'_>) -> Result<String, TokenError> {
    if let Some(text) = spec.text {
        return Ok(text);
    }
    let key_name = spec.key.ok_or(TokenError::Keyless)?;
    let (key, own_algorithm) = keys(&key_name)?;
    if let Some(biscuit) = &spec.biscuit {
        return biscuits::mint(biscuit, &key, spec.signature.unwrap_or_default(), keys);
    }
    let mut header = json!({"alg": own_algorithm, "kid": key_name, "typ": "at+jwt"});
    if let Some(patch) = &spec.header {
        merge(&mut header, patch);
    }
    let algorithm = match header.get("alg").and_then(Value::as_str) {
        Some(algorithm) if key.sign(algorithm, b"").is_ok() => algorithm.to_owned(),
        Some(_) | None => own_algorithm,
    };
    // What `like` tokens took away stands in the patches as null, and goes only now.
    let mut payload = json!({});
    merge(&mut payload, &spec.payload.unwrap_or_else(|| json!({})));
    let header = spec.header_text.unwrap_or_else(|| header.to_string());
    let payload = spec.payload_text.unwrap_or_else(|| payload.to_string());
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = sign(
        &key,
        &algorithm,
        message.as_bytes(),
        spec.signature.unwrap_or_default(),
    )?;
    Ok(format!(
        "{message}.{}{}",
        URL_SAFE_NO_PAD.encode(signature),
        spec.suffix.unwrap_or_default()
    ))
}

fn sign(
    key: &TestKey,
    algorithm: &str,
    message: &[u8],
    how: SignatureSpec,
) -> Result<Vec<u8>, KeyError> {
    match how {
        SignatureSpec::Valid => key.sign(algorithm, message),
        SignatureSpec::None => Ok(Vec::new()),
        SignatureSpec::Flip => {
            let mut signature = key.sign(algorithm, message)?;
            if let Some(byte) = signature.first_mut() {
                *byte ^= 1;
            }
            Ok(signature)
        }
        SignatureSpec::HmacWithPublicKey => Ok(hmac_sha256(
            key.public_pem().unwrap_or_default().as_bytes(),
            message,
        )),
        SignatureSpec::Der => key.sign_der(message),
    }
}

/// HMAC-SHA256 (RFC 2104), written out: the harness needs it for this one forgery only.
fn hmac_sha256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let mut block = if secret.len() > BLOCK {
        Sha256::digest(secret).to_vec()
    } else {
        secret.to_vec()
    };
    block.resize(BLOCK, 0);
    let pad = |with: u8| block.iter().map(|b| b ^ with).collect::<Vec<u8>>();
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .to_vec()
}

/// The specification of that name, with everything that it is `like` filled in.
///
/// # Errors
/// If one of them isn't there, or a token is like itself.
pub fn resolve(name: &str, specs: &BTreeMap<String, TokenSpec>) -> Result<TokenSpec, TokenError> {
    let mut names = vec![name.to_owned()];
    let mut line: Vec<&TokenSpec> = Vec::new();
    while let Some(current) = names.get(line.len()).cloned() {
        let spec = specs.get(&current).ok_or(TokenError::Unknown {
            kind: "token",
            name: current,
        })?;
        if let Some(like) = &spec.like {
            if names.contains(like) {
                return Err(TokenError::Circle { name: like.clone() });
            }
            names.push(like.clone());
        }
        line.push(spec);
    }
    let mut resolved = TokenSpec::default();
    for spec in line.into_iter().rev() {
        lay_over(&mut resolved, spec);
    }
    Ok(resolved)
}

fn lay_over(under: &mut TokenSpec, over: &TokenSpec) {
    let replace = |under: &mut Option<String>, over: &Option<String>| {
        if over.is_some() {
            under.clone_from(over);
        }
    };
    replace(&mut under.text, &over.text);
    replace(&mut under.key, &over.key);
    replace(&mut under.header_text, &over.header_text);
    replace(&mut under.payload_text, &over.payload_text);
    replace(&mut under.suffix, &over.suffix);
    under.signature = over.signature.or(under.signature);
    if over.biscuit.is_some() {
        under.biscuit.clone_from(&over.biscuit);
    }
    // Header patches add up, as the header that they are patches on is made from the key only later.
    for (under, over) in [
        (&mut under.header, &over.header),
        (&mut under.payload, &over.payload),
    ] {
        if let Some(patch) = over {
            add_patch(under.get_or_insert_with(|| json!({})), patch);
        }
    }
}

/// Puts one merge patch after another into one, so that a null stays a removal.
fn add_patch(patch: &mut Value, next: &Value) {
    match (patch, next) {
        (Value::Object(members), Value::Object(changes)) => {
            for (name, change) in changes {
                match members.get_mut(name) {
                    Some(member) => add_patch(member, change),
                    None => {
                        members.insert(name.clone(), change.clone());
                    }
                }
            }
        }
        (patch, next) => patch.clone_from(next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_matches_rfc_4231_case_2() {
        let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        let hex: String = mac.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(
            hex,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn like_adds_patches_and_null_removes() {
        let specs: BTreeMap<String, TokenSpec> = serde_norway::from_str(
            "{a: {text: x, payload: {sub: s, exp: 1}}, b: {like: a, payload: {exp: null, n: 2}}, c: {like: c}}",
        )
        .unwrap();
        let b = resolve("b", &specs).unwrap();
        assert_eq!(b.payload.unwrap(), json!({"sub": "s", "exp": null, "n": 2}));
        assert!(matches!(
            resolve("c", &specs),
            Err(TokenError::Circle { .. })
        ));
        assert!(matches!(
            resolve("d", &specs),
            Err(TokenError::Unknown { .. })
        ));
    }
}
